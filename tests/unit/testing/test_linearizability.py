"""The checker of histories is itself judged, by histories whose verdict is known, before it judges the product."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from troth.testing.linearizability import PENDING, Operation, is_linearizable

_LINE = re.compile(r"(\d+)\s+:(\w+)\s+:(\w+)\s+(.*)$")
_KV = re.compile(r'\{:process (\d+), :type :(\w+), :f :(\w+), :key "(.*?)", :value (.*)\}$')


def register(state: Any, asked: tuple[str, Any], answered: Any) -> Any:
    """Answer as a register does: read, write, compare and set. A state is a value in a tuple."""
    verb, value = asked
    if verb == "read":
        return state if answered in (PENDING, state[0]) else None
    if verb == "write":
        return (value,)
    expected, new = value
    if answered == "fail":
        return None if state[0] == expected else state
    if answered == PENDING:
        return (new,) if state[0] == expected else state
    return (new,) if state[0] == expected else None


def etcd(text: str) -> list[Operation]:
    """Return the operations of a log of a register."""
    open_calls: dict[str, tuple[int, tuple[str, Any]]] = {}
    found: list[Operation] = []
    for moment, line in enumerate(text.splitlines()):
        match = _LINE.search(line)
        if match is None:
            continue
        process, kind, verb, raw = match.groups()
        if kind == "invoke":
            open_calls[process] = (moment, (verb, _value(verb, raw)))
            continue
        if process not in open_calls or kind == "info":
            continue
        called, asked = open_calls.pop(process)
        if kind == "fail" and verb != "cas":
            continue
        answer: Any = "fail" if kind == "fail" else (_number(raw) if verb == "read" else "ok")
        found.append(Operation(called, moment, asked, answer))
    found += [Operation(called, None, asked) for called, asked in open_calls.values()]
    return found


def _value(verb: str, raw: str) -> Any:
    if verb == "cas":
        return tuple(int(part) for part in re.findall(r"-?\d+", raw))
    return _number(raw)


def _number(raw: str) -> int | None:
    return int(raw) if re.fullmatch(r"-?\d+", raw.strip()) else None


def text_register(state: Any, asked: tuple[str, str], answered: Any) -> Any:
    """Answer as one key of a store of texts does: get, put, append."""
    verb, value = asked
    if verb == "get":
        return state if answered in (PENDING, state) else None
    return value if verb == "put" else state + value


def store(text: str) -> dict[str, list[Operation]]:
    """Return the operations of a log of a store, by key: keys know nothing of one another."""
    open_calls: dict[str, tuple[int, str, tuple[str, str]]] = {}
    found: dict[str, list[Operation]] = {}
    for moment, line in enumerate(text.splitlines()):
        match = _KV.match(line)
        if match is None:
            continue
        process, kind, verb, key, raw = match.groups()
        value = "" if raw == "nil" else json.loads(raw)
        if kind == "invoke":
            open_calls[process] = (moment, key, (verb, value))
        else:
            called, of, asked = open_calls.pop(process)
            found.setdefault(of, []).append(Operation(called, moment, asked, value if verb == "get" else "ok"))
    for called, of, asked in open_calls.values():
        found.setdefault(of, []).append(Operation(called, None, asked))
    return found


@pytest.fixture
def histories(shared_data: Path) -> Path:
    folder = shared_data / "conformance" / "histories"
    if not folder.is_dir():
        pytest.skip(f"no {folder.name} among the shared data")
    return folder


@pytest.mark.data
@pytest.mark.slow
def test_every_history_of_known_verdict_is_judged_right(histories: Path) -> None:
    verdicts = json.loads((histories / "verdicts.json").read_text())["linearizable"]
    wrong = []
    for name, expected in verdicts.items():
        text = (histories / name).read_text()
        if name.startswith("etcd"):
            found = is_linearizable(etcd(text), (None,), register)
        else:
            found = all(is_linearizable(one, "", text_register) for one in store(text).values())
        if found != expected:
            wrong.append(name)
    assert len(verdicts) >= 50
    assert not wrong


def test_a_read_that_misses_a_write_that_had_returned_is_no_register() -> None:
    stale = [Operation(0, 1, ("write", 1), "ok"), Operation(2, 3, ("read", None), None)]
    assert not is_linearizable(stale, (None,), register)


def test_operations_that_overlap_may_have_happened_in_either_order() -> None:
    for seen in (None, 1):
        overlapping = [Operation(0, 3, ("write", 1), "ok"), Operation(1, 2, ("read", None), seen)]
        assert is_linearizable(overlapping, (None,), register)


def test_an_operation_that_never_returned_may_have_happened_or_not() -> None:
    for seen in (None, 1):
        lost = [Operation(0, None, ("write", 1)), Operation(1, 2, ("read", None), seen)]
        assert is_linearizable(lost, (None,), register)


def test_what_was_never_written_is_never_read() -> None:
    assert not is_linearizable([Operation(0, 1, ("read", None), 7)], (None,), register)


def test_no_history_is_linearizable_history() -> None:
    assert is_linearizable([], (None,), register)
