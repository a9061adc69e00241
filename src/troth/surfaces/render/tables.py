"""The human form of an answer: headed tables that fit the terminal.

`rich` is imported here and nowhere else in the rendering room, so that a command that is piped never loads it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any, Final

from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from troth.surfaces.render.answer import Answer, Row, Section
from troth.surfaces.render.formats import cell, keys_of

WIDE: Final = 4_000
"""Width of a table that does not go to a terminal: nothing is wrapped or left out."""

_GAP: Final = 2
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\S+$")
_MARKS: Final = {
    "kept": "green", "ok": "green", "true": "green", "aligned": "green", "passed": "green",
    "broken": "red", "fail": "bold red", "failed": "bold red", "false": "red", "ahead": "red", "stuck": "red",
    "late": "yellow", "unknown": "yellow", "unverifiable": "yellow", "behind": "yellow", "warn": "yellow",
    "disputed": "yellow", "stale": "yellow", "missing": "yellow",
}  # fmt: skip


def as_table(answer: Answer, *, width: int = WIDE, colour: bool = False) -> str:
    """Return the answer's sections as text.

    Args:
        answer: What to say.
        width: Columns of the terminal.
        colour: Whether to use ANSI styles; state is always said in words, too.
    """
    sections = answer.sections or (Section(rows=answer.data),)
    text = io.StringIO()
    console = Console(
        file=text, width=width, force_terminal=colour, no_color=not colour, highlight=False, emoji=False, markup=False,
        color_system="standard" if colour else None, legacy_windows=False,
    )  # fmt: skip
    for number, section in enumerate(sections):
        if number and (section.title or section.rows):
            console.print()
        _print_section(console, section)
    return "".join(line.rstrip() + "\n" for line in text.getvalue().splitlines())


def _print_section(console: Console, section: Section) -> None:
    """Print one section: title, text, rows or the sentence for none."""
    if section.title:
        console.print(Text(section.title, style="bold"))
    if section.text:
        console.print(Text(section.text.rstrip("\n")), soft_wrap=True)
    if not section.rows:
        if section.empty:
            console.print(Text(section.empty))
        return
    columns, dropped = _fitting(section, console.width)
    console.print(_table(section.rows, columns))
    if dropped:
        console.print(Text(f"not shown here: {', '.join(dropped)} (--format json shows all)", style="dim"))


def _table(rows: Sequence[Row], columns: Sequence[str]) -> Table:
    """Return a table without lines; numbers to the right, text folded rather than cut."""
    table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="bold", show_edge=False, pad_edge=False)
    for key in columns:
        numeric = any(_is_number(row.get(key)) for row in rows)
        # An instant is read as a whole: it is not broken in two while other columns can give way.
        whole = max((cell_len(text) for row in rows if _INSTANT.match(text := shown(row.get(key)))), default=None)
        justify: JustifyMethod = "right" if numeric else "left"
        table.add_column(key.replace("_", " "), justify=justify, overflow="fold", min_width=whole)
    for row in rows:
        table.add_row(*(_styled(shown(row.get(key))) for key in columns))
    return table


def _styled(text: str) -> Text:
    """Return a cell's text; the words of a state get a colour beside themselves."""
    return Text(text, style=_MARKS.get(text, ""))


def _is_number(value: Any) -> bool:
    """Return whether a value is set to the right."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """Return a value as a table shows it: what is not known is a dash, shares have four digits, counts are grouped.

    >>> shown(None), shown(0.72720), shown(252484), shown(12.0)
    ('–', '0.7272', '252,484', '12')
    """
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return cell(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        if value.is_integer() and abs(value) >= 2:
            return f"{int(value):,}"
        return f"{value:.4f}" if abs(value) < 2 else f"{value:,.1f}"
    return cell(value) or "–"


def _fitting(section: Section, width: int) -> tuple[list[str], list[str]]:
    """Return the columns that fit the width and those that were left out, last optional first."""
    columns = list(section.columns or keys_of(section.rows))
    needed = {
        key: max(cell_len(key.replace("_", " ")), *(cell_len(shown(row.get(key))) for row in section.rows)) + _GAP
        for key in columns
    }
    dropped: list[str] = []
    # What is empty in every row goes first, then the last optional ones.
    said = {key for key in section.optional if any(shown(row.get(key)) != "–" for row in section.rows)}
    last_first = section.optional[::-1]
    for key in sorted(last_first, key=said.__contains__):
        if sum(needed[column] for column in columns) <= width:
            break
        if key in columns:
            columns.remove(key)
            dropped.insert(0, key)
    return columns, dropped
