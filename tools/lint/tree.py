"""The files of this repository, parsed once, and the shape of a finding."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Finding(NamedTuple):
    """One place that breaks a house rule.

    Attributes:
        path: File, relative to the repository's root.
        line: Line from 1, or 0 for the file as a whole.
        text: What is wrong and what to do about it.
    """

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        """Return the finding as compilers print it."""
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


class Module(NamedTuple):
    """A Python file.

    Attributes:
        path: File, relative to the repository's root.
        name: Dotted name; that of the package for an `__init__.py`.
        text: Its source.
        tree: Its syntax tree.
    """

    path: str
    name: str
    text: str
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        """Return whether the file is an `__init__.py`."""
        return self.path.endswith("__init__.py")


def parse(path: str, text: str) -> Module:
    """Return a module from its source; the name follows the path, without a leading `src`."""
    parts = list(Path(path).with_suffix("").parts)
    if parts[0] == "src":
        parts = parts[1:]
    if parts[-1] == "__init__":
        parts = parts[:-1]
    return Module(path, ".".join(parts), text, ast.parse(text, path))


@cache
def files() -> Sequence[str]:
    """Return all files that are or would be committed, sorted, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return sorted({name for name in listed if name and (ROOT / name).is_file()})


@cache
def modules(*folders: str) -> Sequence[Module]:
    """Return the Python files below the folders, by path."""
    chosen = [name for name in files() if name.endswith(".py") and name.startswith(tuple(f"{f}/" for f in folders))]
    return [parse(name, (ROOT / name).read_text(encoding="utf-8")) for name in chosen]


def texts() -> Iterator[tuple[str, str]]:
    """Yield (path, content) of every text file; files that are not UTF-8 are passed over."""
    for name in files():
        try:
            yield name, (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
