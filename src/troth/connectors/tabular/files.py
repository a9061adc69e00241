"""Finding the files of a data set: PATH and the `file` names of a mapping → which table is read from which files."""

from __future__ import annotations

import fnmatch
import hashlib
from pathlib import Path

from troth.connectors.tabular.mapping import Mapping, Table
from troth.errors import Place, Problem, SourceError


def find_files(mapping: Mapping, path: Path) -> dict[str, tuple[Path, ...]]:
    """Return table → its files, for the tables that the data set has.

    A folder is searched for the names of each table. A file serves the table whose names it matches, else the first
    table that must be there; if that is a part of an event log, all its parts. Others are looked for beside it.

    Raises:
        SourceError: The path does not exist, or a table that must be there has no file.
    """
    if not path.exists():
        raise SourceError(
            Problem(
                Place(str(path)),
                "M110",
                "there is no such file or folder",
                "a data file or a folder of them",
                "look at the path: it counts from the folder in which the command runs",
            )
        )
    folder = path if path.is_dir() else path.parent
    found = {name: files for name, table in mapping.tables.items() if (files := _matches(folder, table.file))}
    if path.is_file():
        serves = _serves(mapping, path)
        found |= {
            name: (path,)
            for name, table in mapping.tables.items()
            if name == serves or _is_part(mapping, serves, table)
        }
    problems = []
    for name, table in mapping.tables.items():
        if table.file and not table.optional and name not in found:
            expected = f"one of: {', '.join(table.file)}"
            place = mapping.place("tables", name, "file")
            remedy = f"put it into {folder}, add its name to `file`, or mark the table `optional: true`"
            problems.append(Problem(place, "M110", f"no file of the table `{name}` in {folder}", expected, remedy))
    if problems:
        raise SourceError(problems)
    return found


def digest_of(files: dict[str, tuple[Path, ...]]) -> str:
    """Return SHA-256 over the names of the tables and the content of their files, hexadecimal."""
    total = hashlib.sha256()
    for table in sorted(files):
        for file in files[table]:
            total.update(f"{table}\0{file.name}\0{file_digest(file)}\n".encode())
    return total.hexdigest()


def file_digest(file: Path) -> str:
    """Return SHA-256 of a file's content, hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_part(mapping: Mapping, serves: str, table: Table) -> bool:
    """Return whether a table is another part of the event log that serves one."""
    return bool(table.part and mapping.tables[serves].part)


def _matches(folder: Path, names: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the files of the first name that matches any."""
    for name in names:
        files = tuple(sorted(file for file in folder.glob(name) if file.is_file()))
        if files:
            return files
    return ()


def _serves(mapping: Mapping, path: Path) -> str:
    """Return the table that a single file is for: exact names before patterns, else the first that must be there."""
    for exact in (True, False):
        for name, table in mapping.tables.items():
            for pattern in table.file:
                if (path.name == pattern) if exact else fnmatch.fnmatch(path.name, pattern):
                    return name
    with_file = [name for name, table in mapping.tables.items() if table.file]
    required = [name for name in with_file if not mapping.tables[name].optional]
    return (required or with_file)[0]
