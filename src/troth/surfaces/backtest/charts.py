"""The charts of a backtest's report: rows in, drawings out, each for a wide and for a narrow page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from markupsafe import Markup

from troth.measures.backtest.figures import OUTCOMES
from troth.measures.backtest.weights import MINIMUM
from troth.model.backtest import FAULTS
from troth.surfaces.backtest.listed import Row
from troth.surfaces.backtest.words import NAMES, percent
from troth.surfaces.svg.bars import Bar, bars
from troth.surfaces.svg.frame import NARROW, WIDE, Chart
from troth.surfaces.svg.line import line
from troth.surfaces.svg.scale import ticks
from troth.surfaces.svg.stacked import Stack, stacked
from troth.surfaces.svg.stretches import Figure

MOST: Final = 12
"""Rows of a chart at most; the table under it has all."""

LEAST: Final = 0.01
"""How far a scale of shares reaches at least: a message in ten thousand is not to look like half of them."""


DECIDED: Final = ("let go", "replaced", "held", "stopped")
"""What people call the outcomes of the gate, in the order of `OUTCOMES`."""


class Drawn(msgspec.Struct, frozen=True):
    """One chart, drawn twice.

    Attributes:
        title: The sentence that it shows.
        wide, narrow: The drawings; a page shows the one that fits.
    """

    title: str
    wide: Markup
    narrow: Markup


_TITLES: Final = 0.45
"""Share of the width that titles of messages and promises may take: they are sentences."""


def drawn(name: str, draw: Callable[[str, float], Chart]) -> Drawn:
    """Return a chart drawn for a wide and for a narrow page.

    Args:
        name: Unique on the page.
        draw: Draws under a name for a width.
    """
    wide, narrow = draw(name, WIDE), draw(f"{name}-narrow", NARROW)
    return Drawn(wide.title, wide.svg, narrow.svg)


def faults(rows: Sequence[Row]) -> Drawn | None:
    """Return how many messages had each fault."""
    shown = [row for row in rows if row["figure"] in FAULTS and row["of"]]
    if not shown:
        return None
    worst = max(shown, key=lambda row: (_share(row)[0] or 0.0, row["count"]))
    title = "No message had a fault."
    if worst["count"]:
        title = f"The most frequent fault, {NAMES[worst['figure']]}: {worst['count']:,} of {worst['of']:,} messages."
        if worst.get("weighted") is not None:
            share = percent(worst["weighted"])
            title = f"The most frequent fault, {NAMES[worst['figure']]}: {share} of messages by weight."
    made = [
        _bar(NAMES[row["figure"]], row["count"], row, tone="bad" if row["figure"] == "false" else "plain")
        for row in shown
    ]
    return drawn("faults", lambda name, width: bars(title, name, made, width=width, written=percent, top=_top(made)))


def months(rows: Sequence[Row]) -> Drawn | None:
    """Return the share of false messages month by month; months with too few messages are gaps.

    Where nothing was false there is nothing to draw: a band of intervals alone would look like something.
    """
    points = [Figure(row["month"], *_share(row)) for row in rows]
    known = [(share, row["month"]) for row in rows if (share := _share(row)[0]) is not None]
    if len(known) < 2 or not any(row["false"] for row in rows):
        return None
    worst = max(known)
    title = f"False messages month by month: at worst {percent(worst[0])}, in {worst[1]}."
    return drawn("months", lambda name, width: line(title, name, points, width=width, written=percent, least=LEAST))


def messages(rows: Sequence[Row]) -> Drawn | None:
    """Return the share of false ones of each message."""
    if not rows:
        return None
    made = [_bar(row["title"], row["false"], row, of=row["told"], tone="bad") for row in rows[:MOST]]
    ranked = [(share, row) for row in rows if (share := _share(row)[0])]
    title = "No message was false often enough to compare."
    if ranked:
        share, worst = max(ranked, key=lambda one: one[0])
        said = worst["title"].rstrip(".")
        title = f"“{said}” was false most often: {percent(share)} of {worst['told']:,}{_by_weight(worst)}."
    return drawn(
        "messages",
        lambda name, width: bars(title, name, made, width=width, written=percent, top=_top(made), room=_TITLES),
    )


def gate(rows: Sequence[Row]) -> Drawn | None:
    """Return what the gate would have decided, by what is known now."""
    order = {"false": 0, "unknown": 1, "true": 2}
    totals = {truth: [0] * len(OUTCOMES) for truth in order}
    for row in rows:
        for number, outcome in enumerate(OUTCOMES):
            totals[row["truth"]][number] += row[outcome.lower()]
    words = {"false": "false now", "unknown": "nobody can tell", "true": "true now"}
    made = [
        Stack(words[truth], dict(zip(DECIDED, totals[truth], strict=True)))
        for truth in sorted(order, key=order.__getitem__)
        if sum(totals[truth])
    ]
    if not made:
        return None
    false, sent = sum(totals["false"]), totals["false"][0]
    title = f"Of {false:,} messages that are false now, the gate would have let {f'{sent:,}' if sent else 'none'} go."
    if not false:
        title = f"The gate would have let {totals['true'][0]:,} of {sum(totals['true']):,} true messages go."
    return drawn("gate", lambda name, width: stacked(title, name, made, DECIDED, width=width))


def sources(rows: Sequence[Row]) -> Drawn | None:
    """Return how many false messages each source's late reports explain."""
    shown = [row for row in rows if row["worth"] or row["late"]][:MOST]
    if not shown:
        return None
    first = shown[0]
    title = (
        f"Had {first['title']} reported at once, the gate would have stopped {first['worth']:,} false messages more."
    )
    made = [Bar(row["title"], float(row["worth"]), note=f"{row['worth']:,}", tone="bad") for row in shown]
    return drawn("sources", lambda name, width: bars(title, name, made, width=width))


def promises(rows: Sequence[Row]) -> Drawn | None:
    """Return the share of promises not kept that were broken without a word."""
    shown = [row for row in rows if row["told"] and row["not_kept"]]
    if not shown:
        return None
    worst = shown[0]
    title = f"“{worst['title'].rstrip('.')}”: of {worst['not_kept']:,} that were not kept, "
    if worst["without_a_word"] == worst["not_kept"]:
        title += "this history holds no word beforehand."
    else:
        title += f"{worst['without_a_word']:,} were broken without a word."
    made = [_bar(row["title"], row["without_a_word"], row, of=row["not_kept"], tone="bad") for row in shown[:MOST]]
    return drawn(
        "promises", lambda name, width: bars(title, name, made, width=width, written=percent, top=1.0, room=_TITLES)
    )


def _top(made: Sequence[Bar]) -> float:
    """Return how far the scale of some shares reaches."""
    return ticks(max(LEAST, *(bar.high or bar.value or 0.0 for bar in made)))[-1]


def _bar(label: str, count: int, row: Row, *, of: int | None = None, tone: str = "plain") -> Bar:
    """Return a bar of a share; of too few cases only their counts."""
    total = row["of"] if of is None else of
    share, low, high = _share(row)
    if share is None:
        return Bar(label, None, note=f"{count:,} of {total:,}: fewer than {MINIMUM}")
    return Bar(label, share, low, high, f"{percent(share)} ({count:,})", tone)


def _share(row: Row) -> tuple[float | None, float | None, float | None]:
    """Return a share with its interval: by weight where one was asked for."""
    if "weighted" in row:
        return row["weighted"], row["weighted_low"], row["weighted_high"]
    return row["share"], row["low"], row["high"]


def _by_weight(row: Row) -> str:
    """Return what to add where a share is one by weight."""
    return ", by weight" if "weighted" in row else ""
