"""A plan → rows and tables. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from troth.model.plan import WHAT, Change
from troth.runtime.backtest.plan import Planned
from troth.surfaces.backtest.listed import Row, Where
from troth.surfaces.render.answer import Section

_ORDER: Final = {name: number for number, name in enumerate(WHAT)}
_WORDS: Final = {"due": "due moment", "state": "present state", "course": "course of state"}


def plan_rows(found: Planned, pack: str, digests: tuple[str, str], as_of: str | None, where: Where) -> list[Row]:
    """Return the rows of a plan: the head, then what changes, the widest first within its kind.

    Args:
        found: The plan.
        pack: Name of the pack.
        digests: Of the old and of the new pack.
        as_of: The moment, as text.
        where: What commands name.
    """
    head: Row = {
        "section": "plan",
        "answer": answer(found),
        "pack": pack,
        "old": digests[0],
        "new": digests[1],
        "as_of": as_of,
        "subjects": found.subjects,
        "changed": found.changed,
        "events": found.events,
    }
    rows: list[Row] = []
    for part, group in found.groups.items():
        one = group.examples[0]
        rows.append(
            {
                "section": "change",
                "what": one.what,
                "name": one.name,
                "before": one.before,
                "after": one.after,
                "count": group.count,
                "subjects": group.subjects,
                "ids": group.ids,
                "part": part,
                "examples": [change_row(change, where) for change in group.examples],
            }
        )
    rows.sort(key=lambda row: (_ORDER[row["what"]], -row["count"], row["part"]))
    return [head, *rows]


def change_row(one: Change, where: Where) -> Row:
    """Return one change as a row of `--subjects`."""
    return {
        "subject": one.subject,
        "what": one.what,
        "name": one.name,
        "about": one.about,
        "before": one.before,
        "after": one.after,
        "before_in_full": one.before_in_full or one.before,
        "after_in_full": one.after_in_full or one.after,
        "see": where.timeline(one.subject),
    }


def answer(found: Planned) -> str:
    """Return what a plan says, in one sentence."""
    if not found.changed:
        who = "the only subject" if found.subjects == 1 else f"any of {found.subjects:,} subjects"
        return f"Nothing would change for {who}."
    counts: dict[str, int] = {}
    for part, group in found.groups.items():
        what = part.partition(":")[0]
        counts[what] = counts.get(what, 0) + group.count
    said = ", ".join(f"{counts[what]:,} {_plural(what, counts[what])}" for what in WHAT if what in counts)
    return f"Something would change for {found.changed:,} of {found.subjects:,} subjects: {said}."


def sections(rows: Sequence[Row], rows_command: str) -> tuple[Section, ...]:
    """Return the human form of a plan.

    Args:
        rows: As of `plan_rows`.
        rows_command: The command that lists the subjects behind a row.
    """
    head, *groups = rows
    text = f"{head['answer']}\n{head['events']:,} events of the pack {head['pack']}, as of {head['as_of']}."
    shown = tuple(
        {name: row[name] for name in ("what", "name", "before", "after", "count", "subjects")}
        | {"such_as": ", ".join(row["ids"][:2])}
        for row in groups
    )
    found = [Section(text=text), Section(title="what would change", rows=shown, optional=("such_as",))] if shown else []
    if not found:
        return (Section(text=text),)
    return (
        *found,
        Section(text=f"For whom: {rows_command}, PART being WHAT or WHAT:NAME; --format json names each part"),
    )


def _plural(what: str, count: int) -> str:
    """Return a word for so many."""
    word = _WORDS.get(what, what)
    return word if count == 1 else f"{word}s"
