"""Checking a pack with all that lies beside it: pack, lint, mappings, scenarios; every problem at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from troth.connectors.tabular.load import check_against_pack, load_mapping
from troth.errors import PackError, Problem
from troth.lang.compile import Compiled, compile_pack
from troth.lang.lint import lint
from troth.model.pack import Pack
from troth.runtime import catalog
from troth.scenarios import parse

STDIN = "<stdin>"


class CheckedPack(msgspec.Struct, frozen=True):
    """A pack and everything that is wrong with it.

    Attributes:
        name: The pack's name, or as the user named it where it could not be read.
        pack: The pack; `None` when it does not compile.
        problems: By place.
        sources: File name → text, for excerpts.
        files: Files that were checked, with their problems, in the order of checking.
        mappings: Number of mappings checked.
        scenarios: Number of scenarios checked.
    """

    name: str
    pack: Pack | None
    problems: tuple[Problem, ...]
    sources: Mapping[str, str]
    files: Mapping[str, tuple[Problem, ...]]
    mappings: int = 0
    scenarios: int = 0

    def count(self, severity: str) -> int:
        """Return how many problems have a severity."""
        return sum(1 for problem in self.problems if problem.severity == severity)


def check_named(name_or_path: str) -> CheckedPack:
    """Check a pack by name or path, with its mappings and scenarios.

    Raises:
        UsageError: There is no such pack, or a file of it cannot be read.
    """
    return check_loaded(catalog.load(name_or_path))


def check_text(text: str, file: str = STDIN) -> CheckedPack:
    """Check the text of one pack file."""
    return check_loaded(catalog.Loaded(file, {file: text}, compile_pack({file: text})))


def check_loaded(loaded: catalog.Loaded) -> CheckedPack:
    """Check a pack that has been found.

    Mappings and scenarios are read against the pack only where it compiles: the rest would be noise.
    """
    compiled = loaded.compiled
    problems = [*compiled.problems, *_warnings(compiled)]
    for file, text in loaded.mappings.items():
        problems += _mapping(text, file, compiled.pack)
    if compiled.pack is not None:
        for file, text in loaded.scenarios.items():
            problems += parse(text, file, compiled.pack)[2]
    found = tuple(sorted(set(problems)))
    sources = {**loaded.files, **loaded.mappings, **loaded.scenarios}
    return CheckedPack(
        loaded.name,
        compiled.pack,
        found,
        sources,
        dict(_by_file(sources, found)),
        len(loaded.mappings),
        len(loaded.scenarios),
    )


def _warnings(compiled: Compiled) -> tuple[Problem, ...]:
    """Return what the linter says of a pack that compiles."""
    return tuple(lint(compiled)) if compiled.pack is not None else ()


def _mapping(text: str, file: str, pack: Pack | None) -> Iterator[Problem]:
    """Yield the problems of a mapping by itself, and against its pack."""
    try:
        mapping = load_mapping(text, file)
    except PackError as error:
        yield from error.problems
        return
    if pack is not None:
        yield from check_against_pack(mapping, pack)


def _by_file(sources: Mapping[str, str], problems: tuple[Problem, ...]) -> Iterator[tuple[str, tuple[Problem, ...]]]:
    """Yield every file with its problems; a problem without a file goes to the first."""
    first = next(iter(sources), STDIN)
    for file in sources or {first: ""}:
        yield file, tuple(problem for problem in problems if (problem.place.file or first) == file)
