"""What the tests of scenarios share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from troth.engine.machine import Machine
from troth.engine.step import step
from troth.lang.compile import compile_pack
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.scenarios import Result

HERE = Path(__file__).resolve().parent
PACKS = Path(__file__).resolve().parents[3] / "src" / "troth" / "packs"


@cache
def pack_named(name: str) -> Pack:
    """Return a shipped pack."""
    return compile_pack({"pack.yaml": (PACKS / name / "pack.yaml").read_text(encoding="utf-8")}).require()


def story(*steps: str, start: str = "2026-03-02T09:00:00Z", more: str = "") -> str:
    """Return the text of a scenario of the delivery pack from its steps, each in flow style."""
    lines = [f"  - {step}" for step in steps]
    return "\n".join(
        ["scenario: a story", "pack: delivery", f"start: {start}", *more.splitlines(), "timeline:", *lines]
    )


def told(result: Result) -> str:
    """Return everything that a result has to say, one problem a line, its reasons indented below.

    Of problems that the pack language words (any code but S), only place and code: their wording has tests of its own.
    """
    lines = [
        str(problem) if problem.code.startswith("S") else f"{problem.place}: {problem.code}"
        for problem in result.problems
    ]
    for failure in result.failures:
        lines += [str(failure.problem), *(f"    {line}" for line in failure.why)]
    return "\n".join(lines) + "\n"


def forgetful(
    pack: Machine,
    record: Record | None,
    subject: str,
    fresh: Sequence[Event],
    past: Sequence[Event] | None,
    heard: Mapping[str, Micros],
    now: Micros,
) -> Record:
    """Step without ever looking at the past: late events are lost."""
    return step(pack, None, subject, fresh, fresh, heard, now)
