"""Addresses of databases on a server: which texts are one, and how one is shown to people."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

SCHEMES: Final = ("postgresql://", "postgres://")
"""How an address of PostgreSQL begins."""


def is_address(text: str) -> bool:
    """Return whether a text is meant as the address of a database on a server, not as the path of a file."""
    return text.startswith(SCHEMES)


def shown(address: str) -> str:
    """Return an address as it may be printed: without password and without options, which could hold one.

    >>> shown("postgresql://troth:s3cret@db.example:5432/shop?sslmode=require")
    'postgresql://troth@db.example:5432/shop'
    >>> shown("postgresql:///shop?host=/run/postgresql&password=s3cret")
    'postgresql:///shop?host=/run/postgresql'
    """
    try:
        parts = urlsplit(address)
        folders = [one for one in parse_qs(parts.query).get("host", []) if one.startswith("/")]
    except ValueError:
        return address.split("://", 1)[0] + "://…"
    # Not by `parts.hostname` and `parts.port`: there may be several hosts, and the user may have typed anything.
    user, at, host = parts.netloc.rpartition("@")
    name = user.split(":", 1)[0]
    folder = f"?host={folders[0]}" if folders else ""
    return f"{parts.scheme}://{name}{at}{host}{parts.path}{folder}"
