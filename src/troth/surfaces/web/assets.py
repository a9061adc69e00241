"""Style sheets, scripts and pictures: under an address that names their content, so that browsers keep them for ever.

All are under one folder name, the digest of all of them: modules import each other by relative addresses, and a page
never mixes two versions.
"""

from __future__ import annotations

import hashlib
import importlib.resources
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

MOUNTED: Final = "/assets"
_FOLDER: Final = "static"
_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_DIGITS: Final = 16
_FOR_EVER: Final = "public, max-age=31536000, immutable"


class Asset(msgspec.Struct, frozen=True):
    """One file: its bytes and its media type."""

    body: bytes
    media_type: str


@lru_cache(maxsize=1)
def assets() -> Mapping[str, Asset]:
    """Return all files by name."""
    folder = importlib.resources.files(__package__ or "") / _FOLDER
    found = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        ending = file.name.rpartition(".")[2]
        if ending in _TYPES:
            found[file.name] = Asset(file.read_bytes(), _TYPES[ending])
    return found


@lru_cache(maxsize=1)
def version() -> str:
    """Return the digest of all files."""
    digest = hashlib.blake2b(digest_size=_DIGITS // 2)
    for name, asset in assets().items():
        digest.update(f"{name}:{len(asset.body)}:".encode() + asset.body)
    return digest.hexdigest()


def address_of(name: str) -> str:
    """Return the address of a file.

    Raises:
        KeyError: There is no such file: a template names what does not exist.
    """
    assets()[name]
    return f"{MOUNTED}/{version()}/{name}"


async def answer(request: Request) -> Response:
    """Answer a file, for ever; of another version than the present one nothing is kept."""
    asset = assets().get(request.path_params["name"])
    if asset is None or request.path_params["version"] != version():
        return Response("not found", 404, media_type="text/plain")
    return Response(asset.body, media_type=f"{asset.media_type}; charset=utf-8", headers={"Cache-Control": _FOR_EVER})
