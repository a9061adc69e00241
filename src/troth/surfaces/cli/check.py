"""`troth check`: every problem of packs, each with its place."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from troth.surfaces.cli.common import coloured
from troth.surfaces.cli.common import command as make
from troth.surfaces.render.answer import Answer, Row, Section

if TYPE_CHECKING:
    from troth.surfaces.checking import CheckedPack


@make(
    "check",
    examples=["troth check my_pack", "troth check packs/*/ --format sarif > troth.sarif"],
    formats=["pretty", "github", "sarif", "junit"],
)
@click.argument("packs", nargs=-1, required=True, metavar="PACK...")
@click.option("--messages", is_flag=True, help="List the messages of each pack instead of the summary.")
def command(packs: tuple[str, ...], *, messages: bool) -> Answer:
    """Check each PACK: a name, a folder, a file, or - for standard input.

    The pack, its linter's warnings, its mappings and its scenarios: all problems at once, each with file, line and
    column, what was found, what was expected, and what to do. Exits with 1 if there is an error or a warning.
    """
    from troth.surfaces.checking import check_named, check_text

    checked = [check_text(sys.stdin.read()) if name == "-" else check_named(name) for name in packs]
    return answer_of(checked, messages=messages)


def answer_of(checked: Sequence[CheckedPack], *, messages: bool = False) -> Answer:
    """Return the answer of `troth check`.

    Args:
        checked: The packs.
        messages: List their messages instead of the summary.
    """
    from importlib.metadata import version

    from troth.lang.render import as_rows, pretty
    from troth.surfaces.render.problems import as_github, as_junit, as_sarif, emphasised

    problems = tuple(problem for one in checked for problem in one.problems)
    sources = {file: text for one in checked for file, text in one.sources.items()}
    text = pretty(problems, sources)
    found = any(problem.severity != "note" for problem in problems)
    if messages:
        rows = tuple(row for one in checked for row in _messages(one))
        summary = Section(rows=rows, empty="There are no messages.")
    else:
        rows = tuple(_row(one) for one in checked)
        columns = ("pack", "result", "errors", "warnings", "files", "mappings", "scenarios")
        summary = Section(rows=rows, columns=columns)
    shown = emphasised(text) if coloured(sys.stdout) else text
    return Answer(
        data=rows,
        diagnostics=problems,
        status="findings" if found else "ok",
        exit_code=1 if found else 0,
        sections=(Section(text=shown), summary) if text else (summary,),
        flat=tuple(as_rows(problems)),
        rendered={
            "pretty": text,
            "github": as_github(problems),
            "sarif": as_sarif(problems, version=version("troth")),
            "junit": as_junit("troth check", [(file, found) for one in checked for file, found in one.files.items()]),
        },
        told=True,
    )


def _messages(one: CheckedPack) -> list[Row]:
    """Return the messages of a pack: what each is for, states, needs to say, and does without a gate."""
    if one.pack is None:
        return []
    return [
        {
            "message": message.name,
            "purpose": message.purpose,
            "states": ", ".join(message.statements),
            "data": ", ".join(dict.fromkeys((*message.must_say, *message.reads))),
            "fail": message.fail or "not gated",
        }
        for message in one.pack.messages.values()
    ]


def _row(one: CheckedPack) -> Row:
    """Return the summary of one pack."""
    errors, warnings = one.count("error"), one.count("warning")
    return {
        "pack": one.name,
        "result": "fail" if errors else "warn" if warnings else "ok",
        "version": one.pack.version if one.pack else None,
        "digest": one.pack.digest if one.pack else None,
        "errors": errors,
        "warnings": warnings,
        "files": len(one.files),
        "mappings": one.mappings,
        "scenarios": one.scenarios,
    }
