"""Locks pin every package, carry a hash for every file, and no address; each direct package has its reason."""

from __future__ import annotations

import re

from tools.lint.tree import Finding

_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?==\S+", re.MULTILINE)
_NAME = re.compile(r"^([A-Za-z0-9][\w.-]*)", re.MULTILINE)


def canonical(name: str) -> str:
    """Return a package's name in the one form that compares.

    >>> canonical("types_PyYAML")
    'types-pyyaml'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def direct(text: str) -> set[str]:
    """Return the packages that a `requirements/*.in` names itself."""
    return {canonical(name) for name in _NAME.findall(text)}


def pinned(text: str) -> set[str]:
    """Return the packages that a lock pins."""
    return {canonical(name) for name in _PIN.findall(text)}


def check_lock(path: str, text: str) -> list[Finding]:
    """Return findings for entries without pin or hash, and for addresses."""
    found = [Finding(path, 0, "a lock names an address")] if "://" in text else []
    entries = re.split(r"(?m)^(?=[^\s#])", text)
    for entry in entries:
        head = entry.split("\n", 1)[0].strip(" \\")
        if not head or head.startswith("#"):
            continue
        if not _PIN.match(entry):
            found.append(Finding(path, 0, f"not pinned: {head}"))
        if "--hash=sha256:" not in entry:
            found.append(Finding(path, 0, f"without a hash: {head}"))
    return found


def check_reasons(path: str, text: str, decisions: str) -> list[Finding]:
    """Return a finding for every direct package that no decision record names in backticks."""
    named = {canonical(name) for name in re.findall(r"`([\w.-]+)(?:\[[\w,-]+\])?`", decisions)}
    return [
        Finding(path, 0, f"{name} has no reason in docs/decisions: give name, reason and alternatives there")
        for name in sorted(direct(text) - named)
    ]
