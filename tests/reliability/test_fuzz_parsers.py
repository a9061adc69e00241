"""Hostile input to every parser: taken, or refused by the error that it promises; never anything else."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.reliability.conftest import Figures
from tests.reliability.mutation import mutants
from tests.reliability.parsers import PARSERS, Parser
from tests.reliability.served import DOOR
from troth.lang.compile import compile_pack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600)]
sizes = pytest.mark.parametrize(
    "number", [pytest.param(800, id="sample"), pytest.param(100_000, id="whole", marks=pytest.mark.reliability)]
)


@pytest.mark.parametrize("name", PARSERS)
def test_good_input_is_taken(name: str) -> None:
    parser = PARSERS[name]
    taken = [_fed(parser, seed) == "taken" for seed in parser.seeds]
    if name == "mappings (YAML)":
        # They are read against the small pack: its own, the first, is taken, and those of other packs are not.
        assert taken == [True, *(False for _ in parser.seeds[1:])]
    elif name == "tables (CSV)":
        # The last row of the only table is bad on purpose.
        (table,) = parser.seeds
        assert (taken, _fed(parser, table[: table.index(b"\n6,") + 1])) == ([False], "taken")
    else:
        assert taken
        assert all(taken)


@sizes
@pytest.mark.parametrize("name", PARSERS)
def test_hostile_input_is_taken_or_refused_and_nothing_else(name: str, number: int, figures: Figures) -> None:
    parser = PARSERS[name]
    inputs = max(number // parser.cost, 10)
    tally = Counter(_fed(parser, data) for data in mutants(parser.seeds, inputs, seed=number))
    figures(f"hostile {name}", {"inputs": inputs, **tally, "other errors": 0})
    assert tally["refused"], "nothing was hostile"


@pytest.mark.parametrize("text", ["99999999999d", "9" * 400 + "s"])
def test_a_pack_with_a_duration_beyond_all_time_is_refused(text: str) -> None:
    found = compile_pack({"door.yaml": DOOR.read_text().replace("3650d", text)})
    assert [problem.code for problem in found.problems if problem.severity == "error"] == ["P116"]


def _fed(parser: Parser, data: bytes) -> str:
    """Feed a parser, and say what it made of it."""
    try:
        return "taken" if parser.parse(data) else "refused"
    except parser.refuses:
        return "refused"
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error} on {data!r}") from error
