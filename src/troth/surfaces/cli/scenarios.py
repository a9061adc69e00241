"""`troth test`: the scenarios of packs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from troth.errors import Problem
from troth.surfaces.cli.common import command as make
from troth.surfaces.render.answer import Answer, Row, Section

if TYPE_CHECKING:
    from troth.scenarios import Result


@make(
    "test",
    examples=["troth test my_pack", "troth test delivery travel_disruption --format junit > troth.xml"],
    formats=["junit"],
)
@click.argument("packs", nargs=-1, required=True, metavar="PACK...")
@click.option("--only", metavar="TEXT", help="Only scenarios whose name or file contains TEXT.")
def command(packs: tuple[str, ...], only: str | None) -> Answer:
    """Run the scenarios of each PACK (a name, a folder or a file), each in several orders of arrival.

    Exits with 1 if one fails.
    """
    from troth.runtime import catalog
    from troth.scenarios import run_text

    results: list[tuple[str, Result]] = []
    sources: dict[str, str] = {}
    for name in packs:
        loaded = catalog.load(name)
        pack = loaded.compiled.require()
        sources |= loaded.scenarios
        for file, text in catalog.scenarios(loaded).items():
            result = run_text(pack, text, file)
            if not only or only in result.name or only in file:
                results.append((pack.name, result))
    return answer_of(results, sources)


def answer_of(results: list[tuple[str, Result]], sources: Mapping[str, str]) -> Answer:
    """Return the answer of `troth test`.

    Args:
        results: (pack, result) of each scenario.
        sources: File name → text, for the lines that are shown.
    """
    from troth.surfaces.render.problems import as_junit

    failed = sum(1 for _, result in results if not result.passed)
    total = f"{len(results) - failed} passed, {failed} failed"
    rows = tuple(_row(pack, result) for pack, result in results)
    problems = tuple(problem for _, result in results for problem in problems_of(result))
    return Answer(
        data=rows,
        diagnostics=problems,
        status="findings" if failed else "ok",
        exit_code=1 if failed else 0,
        sections=(
            Section(rows=rows, columns=("pack", "result", "scenario", "expectations", "orders"),
                    empty="No scenario was found: they are YAML files in the pack's folder scenarios/."),
            *(Section(text=text) for _, result in results if (text := story(result, sources))),
            Section(text=total),
        ),
        told=True,
        rendered={"junit": as_junit("troth test", [(result.name, problems_of(result)) for _, result in results])},
    )  # fmt: skip


def story(result: Result, sources: Mapping[str, str]) -> str:
    """Return what is wrong with a scenario, for people: each problem with its line and with what made it so."""
    from troth.lang.render import pretty

    text = pretty(result.problems, sources)
    for failure in result.failures:
        text += pretty([failure.problem], sources)
        text += "".join(f"      because:  {why}\n" for why in failure.why)
    return text


def problems_of(result: Result) -> tuple[Problem, ...]:
    """Return what is wrong with a scenario's file, or what does not hold."""
    return (*result.problems, *(failure.problem for failure in result.failures))


def _row(pack: str, result: Result) -> Row:
    """Return one scenario."""
    return {
        "pack": pack,
        "scenario": result.name,
        "result": "passed" if result.passed else "failed",
        "file": result.file,
        "expectations": result.expectations,
        "orders": result.orders,
        "failures": [
            {"code": failure.problem.code, "at": failure.at, "found": failure.problem.found,
             "expected": failure.problem.expected, "why": list(failure.why)}
            for failure in result.failures
        ],
    }  # fmt: skip
