"""Lines on a terminal or in a pipe: one event a line, the kind in words, colour only beside them."""

from __future__ import annotations

import json
from textwrap import wrap
from typing import Any, Final, Protocol, TextIO
from zoneinfo import ZoneInfo

import msgspec

from troth.model.times import parse_instant, to_datetime
from troth.surfaces.watch.line import Counts, FeedLine

WORDS: Final = {
    "held": "HOLD", "released": "RELEASE", "replaced": "REPLACE", "corrected": "CORRECT", "suppressed": "SUPPRESS",
    "permitted": "PERMIT", "sent": "SENT", "case": "CASE", "lapse": "LAPSE", "bypass": "BYPASS",
    "shadow": "SHADOW",
}  # fmt: skip
_STYLES: Final = {
    "held": "yellow", "released": "green", "replaced": "cyan", "corrected": "bold magenta", "suppressed": "dim",
    "permitted": "green", "sent": "green", "case": "blue", "lapse": "red", "bypass": "bold red",
    "shadow": "dim",
}  # fmt: skip
_SUBJECT: Final = 12
_LEAST: Final = 30


def sentence(line: FeedLine) -> str:
    """Return what a line says."""
    if not line.why:
        return line.what
    match line.kind:
        case "sent":
            return f"{line.what} ({line.why})"
        case "case" | "lapse" | "bypass" | "shadow":
            return f"{line.what}: {line.why}"
        case "released":
            return f"{line.what}, held because {line.why}"
        case _:
            return f"{line.what}, because {line.why}"


def clock(line: FeedLine, zone: str) -> tuple[str, str]:
    """Return the day and the time of a line in a zone."""
    moment = to_datetime(parse_instant(line.at)).astimezone(ZoneInfo(zone or "UTC"))
    return moment.strftime("%Y-%m-%d"), moment.strftime("%H:%M:%S")


def laid_out(line: FeedLine, zone: str, width: int) -> tuple[str, str, list[str]]:
    """Return time, word and the rows of a line; of rows after the first only the text.

    Args:
        line: The line.
        zone: IANA zone to write the time in; empty: UTC.
        width: Columns; 0: nothing is broken.
    """
    _, time = clock(line, zone)
    word = WORDS[line.kind]
    text = f"{line.subject:<{_SUBJECT}}  {sentence(line)}"
    room = width - len(time) - 2 - 8 - 2
    if not width or len(text) <= room:
        return time, word, [text]
    inner = " " * (_SUBJECT + 2)
    return time, word, wrap(text, max(room, _LEAST), subsequent_indent=inner, break_on_hyphens=False)


class Screen(Protocol):
    """Where lines go."""

    def line(self, line: FeedLine) -> None:
        """Print a line."""
        ...

    def counts(self, counts: Counts) -> None:
        """Take note of the counts so far."""
        ...

    def close(self) -> None:
        """Print nothing more."""
        ...


def screen_on(
    out: TextIO, zone: str, *, terminal: bool, colour: bool, width: int = 0, notes: TextIO | None = None
) -> Screen:
    """Return what prints lines for people.

    Args:
        out: Where they go.
        zone: IANA zone of times; empty: UTC.
        terminal: Whether a person looks at it.
        colour: Whether it takes colours.
        width: Columns where it is no terminal; 0: lines are not broken.
        notes: Where the counts go in the end where it is no terminal; `None`: nowhere.
    """
    return Terminal(out, zone, colour=colour) if terminal else Plain(out, zone, width, notes)


class Plain:
    """Prints for whoever is no person: no colour, nothing that moves.

    Args:
        out: Where lines go.
        zone: IANA zone of times; empty: UTC.
        width: Columns to break lines at; 0: they are not broken.
        notes: Where the counts go in the end; `None`: nowhere.
    """

    def __init__(self, out: TextIO, zone: str = "", width: int = 0, notes: TextIO | None = None) -> None:
        self._out, self._zone, self._width, self._day = out, zone, width, ""
        self._notes, self._said = notes, ""

    def line(self, line: FeedLine) -> None:
        """Print a line."""
        day, _ = clock(line, self._zone)
        if day != self._day:
            self._day = day
            self._out.write(f"{day} ({self._zone or 'UTC'})\n")
        time, word, rows = laid_out(line, self._zone, self._width)
        self._out.write(f"{time}  {word:<8}  {rows[0]}\n")
        for row in rows[1:]:
            self._out.write(" " * (len(time) + 12) + row + "\n")
        self._out.flush()

    def counts(self, counts: Counts) -> None:
        """Take note of the counts; they are printed at the end only."""
        self._said = counts.text()

    def close(self) -> None:
        """Print the counts."""
        if self._notes is not None and self._said:
            self._out.flush()
            self._notes.write(f"{self._said}\n")


class Ndjson(Plain):
    """Prints one JSON object a line."""

    def line(self, line: FeedLine) -> None:
        """Print a line."""
        self._out.write(json.dumps(msgspec.to_builtins(line), ensure_ascii=False) + "\n")
        self._out.flush()


class Terminal:
    """Prints for a person: words in colour, and the counts in a row of their own that stays at the bottom.

    Args:
        out: The terminal.
        zone: IANA zone of times; empty: UTC.
        colour: Whether it takes colours.
    """

    def __init__(self, out: TextIO, zone: str = "", *, colour: bool = True) -> None:
        from rich.console import Console
        from rich.live import Live

        self._zone, self._day = zone, ""
        self._console: Any = Console(file=out, no_color=not colour, highlight=False, emoji=False, markup=False)
        self._said = ""
        # It is drawn when something has changed, and only then: what moves without need cannot be read or copied.
        self._live: Any = Live(console=self._console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._live.start()

    def line(self, line: FeedLine) -> None:
        """Print a line above the counts."""
        from rich.text import Text

        day, _ = clock(line, self._zone)
        if day != self._day:
            self._day = day
            self._console.print(Text(f"{day} ({self._zone or 'UTC'})", style="bold"))
        time, word, rows = laid_out(line, self._zone, self._console.width)
        text = Text.assemble((time, "dim"), "  ", (f"{word:<8}", _STYLES[line.kind]), "  ", rows[0])
        for row in rows[1:]:
            text.append("\n" + " " * (len(time) + 12) + row)
        self._console.print(text, no_wrap=True, overflow="ignore", crop=False)

    def counts(self, counts: Counts) -> None:
        """Show the counts so far."""
        from rich.text import Text

        if counts.text() != self._said:
            self._said = counts.text()
            self._live.update(Text(self._said, style="bold"), refresh=True)

    def close(self) -> None:
        """Leave the counts where they are, and the terminal as it was."""
        self._live.stop()
