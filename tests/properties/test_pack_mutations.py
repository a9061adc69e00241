"""Whatever is changed in a shipped pack: it compiles, or says with places why not; nothing ever blows up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.codes.p_pack import PAGES as PACK_PAGES
from troth.codes.w_lint import PAGES as LINT_PAGES
from troth.errors import Problem
from troth.lang.compile import compile_pack
from troth.lang.document import Path, read_document
from troth.lang.lint import lint
from troth.lang.render import pretty
from troth.runtime import catalog

SHIPPED = ("customer", "delivery", "service_request", "store_pickup", "travel_disruption")
WRONG: tuple[Any, ...] = (
    None, 7, -1.5, True, "zzz", "", [], {}, "known(", [1], {"a": 1}, "a\nb", "1h", ["zzz"], 2**70, "delivered",
    "data.x", "é 漢", "x" * 11_000, "!" * 40 + "placed", "placed ? placed : 7", [["shop"]], {"when": "placed"},
)  # fmt: skip
NAMES: tuple[Any, ...] = ("zzz", "Bad Name", 7, "in", "type", "a.b", "*", "x" * 300)


@cache
def parts(name: str) -> tuple[str, tuple[Path, ...]]:
    """Return a shipped pack's data as JSON, and the paths of all its parts."""
    whole: dict[str, Any] = {}
    for file, text in catalog.load(name).files.items():
        document, _ = read_document(text, file)
        assert document is not None
        whole |= document.data
    return json.dumps(whole), tuple(path for path in _paths(whole, ()) if path)


def _paths(value: Any, path: Path) -> Iterator[Path]:
    """Yield the path of a value and of all within."""
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in members:
        yield from _paths(member, (*path, step))


def mutate(data: Any, path: Path, how: str, what: Any) -> None:
    """Remove, rename or replace one part in place."""
    here = data
    for step in path[:-1]:
        here = here[step]
    if how == "remove":
        del here[path[-1]]
    elif how == "rename" and isinstance(here, dict):
        renamed = {what if key == path[-1] else key: value for key, value in here.items()}
        here.clear()
        here.update(renamed)
    else:
        here[path[-1]] = what


def judge(data: Any) -> tuple[Problem, ...]:
    """Return errors and warnings about a pack, each checked to be complete."""
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    compiled = compile_pack({"pack.yaml": text})
    assert (compiled.pack is None) == bool(compiled.problems)
    problems = compiled.problems + lint(compiled)
    for problem in problems:
        assert problem.place.file == "pack.yaml"
        assert 1 <= problem.place.line <= text.count("\n") + 1, problem
        assert problem.place.column >= 1, problem
        assert problem.found, problem
        assert problem.expected, problem
        assert problem.code[0] in "PXW", problem
        if problem.code[0] in "PW":
            assert problem.remedy, problem
            assert problem.code in {**PACK_PAGES, **LINT_PAGES}, problem
    assert pretty(problems, {"pack.yaml": text}).count("^") >= len(problems)
    return problems


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, Path, str, Any]:
    """Draw one change of one shipped pack."""
    name = draw(st.sampled_from(SHIPPED))
    path = draw(st.sampled_from(parts(name)[1]))
    how = draw(st.sampled_from(["remove", "rename", "replace"]))
    return name, path, how, draw(st.sampled_from(NAMES if how == "rename" else WRONG))


def _check(mutation: tuple[str, Path, str, Any]) -> None:
    """Judge a shipped pack with one change."""
    name, path, how, what = mutation
    data = json.loads(parts(name)[0])
    mutate(data, path, how, what)
    judge(data)


@given(mutations())
@settings(max_examples=60)
def test_a_changed_pack_compiles_or_says_why_not(mutation: tuple[str, Path, str, Any]) -> None:
    _check(mutation)


@pytest.mark.thorough
@given(mutations())
def test_a_changed_pack_compiles_or_says_why_not_thoroughly(mutation: tuple[str, Path, str, Any]) -> None:
    _check(mutation)


@given(st.sampled_from(SHIPPED), st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 40), st.text(max_size=3))))
@settings(max_examples=40)
def test_a_pack_with_text_torn_out_never_raises(name: str, cuts: list[tuple[int, int, str]]) -> None:
    files = dict(catalog.load(name).files)
    for file, text in files.items():
        torn = text
        for start, length, instead in cuts:
            torn = torn[: start % len(torn)] + instead + torn[start % len(torn) + length :]
        files[file] = torn
    compiled = compile_pack(files)
    assert (compiled.pack is None) == bool(compiled.problems)
    lint(compiled)
    pretty(compiled.problems, files)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_pack_read_and_written_again_is_the_same_pack(name: str) -> None:
    data = json.loads(parts(name)[0])
    assert judge(data) == ()
    again = compile_pack({"again.yaml": yaml.safe_dump(data, sort_keys=False)}).require()
    assert again.digest == catalog.load(name).compiled.require().digest
