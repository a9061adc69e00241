"""The charts of the dashboard: what was worked out in, drawings out, each for a wide and for a narrow page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from troth.measures.question import MINIMUM
from troth.model.estimate import Estimate
from troth.model.times import Micros
from troth.surfaces.svg.frame import NARROW, WIDE, Chart
from troth.surfaces.svg.survival import Jump, Mark, survival
from troth.surfaces.svg.trend import Room, Step, room_of, spark, trend
from troth.surfaces.web.dashboard.figuring import Found, Points, key_of
from troth.surfaces.web.dashboard.numbers import Numbers
from troth.surfaces.web.dashboard.parts import Form, layout_of, leg_of

_UNITS: Final = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))
_CARD: Final = 460.0


def drawn(name: str, draw: Callable[[str, float], Chart], wide: float = WIDE) -> dict[str, Any]:
    """Return a chart drawn for a wide and for a narrow page.

    Args:
        name: Unique on the page.
        draw: Draws under a name for a width.
        wide: The width of the wide one.
    """
    large, small = draw(name, wide), draw(f"{name}-narrow", NARROW - 30)
    return {"title": large.title, "wide": large.svg, "narrow": small.svg}


def unit_of(form: Form, values: Sequence[float]) -> tuple[float, str]:
    """Return the unit that times are drawn in, and its sign; of all else there is none.

    >>> unit_of("time", [7_200.0, 40_000.0]), unit_of("share", [0.5])
    ((3600.0, 'h'), (1.0, ''))
    """
    if form != "time":
        return 1.0, ""
    most = max((abs(value) for value in values), default=0.0)
    return next(((size, sign) for size, sign in _UNITS if most >= 2 * size), _UNITS[-1])


def rows_of_trend(numbers: Numbers, points: Points, one: Estimate) -> list[dict[str, Any]]:
    """Return a trend as rows: the step, its value with interval, how many, and the way to its rows."""
    rows = []
    for period, found in zip(points.periods, points.found, strict=True):
        since, until = period.ends
        row: dict[str, Any] = {"label": numbers.words.step(since, until, numbers.span.step), "since": since,
                               "until": until, "value": None}  # fmt: skip
        if found is not None:
            # The segment of a step is its number: its rows are found by the period.
            plain = Estimate(found.measure, one.segment, found.value, found.low, found.high, found.n, found.unknown,
                             found.bound_low, found.bound_high, found.as_of, found.figures)  # fmt: skip
            row["value"] = numbers.estimate(plain, period=period)
        rows.append(row)
    return rows


def begins_of(rows: Sequence[dict[str, Any]], since: Micros) -> int:
    """Return how many steps of a trend lie before a period, which are drawn for comparison only.

    >>> begins_of([{"until": 10}, {"until": 20}, {"until": 30}], 20)
    2
    """
    return sum(1 for row in rows if row["until"] <= since)


def steps_of(rows: Sequence[dict[str, Any]], unit: float) -> list[Step]:
    """Return the rows of a trend as steps of a chart."""

    def scaled(value: float | None) -> float | None:
        return None if value is None else value / unit

    found = []
    for row in rows:
        value = row["value"]
        if value is None:
            found.append(Step(row["label"], None))
            continue
        text = f"too few: {value['rows']}" if value["few"] else f"{value['text']} ({value['between']})"
        note = f"{row['label']}: {text}, {value['n']['text']} cases"
        found.append(Step(row["label"], scaled(value["value"]), scaled(value["low"]), scaled(value["high"]),
                          value["href"], note))  # fmt: skip
    return found


def trend_of(
    numbers: Numbers, rows: Sequence[dict[str, Any]], form: Form, name: str, title: str, target: float | None,
    *, begins: int = 0, card: bool,
) -> dict[str, Any] | None:  # fmt: skip
    """Return the chart of a trend; `None` where no step has enough cases to be drawn.

    Args:
        numbers: Write its values.
        rows: Its steps.
        form: How they are written.
        name: Unique on the page.
        title: The sentence that says what it shows.
        target: What is aimed at.
        begins: The number of steps that lie before the period chosen.
        card: Whether it is drawn for a card.
    """
    values = [value for row in rows if row["value"] for value in _all_of(row["value"]) if value is not None]
    if not any(row["value"] and row["value"]["value"] is not None for row in rows):
        return None
    unit, _ = unit_of(form, values)
    says = f"objective {numbers.words.percent(target)}" if target is not None else ""

    def draw(own: str, width: float) -> Chart:
        return trend(
            title, own, steps_of(rows, unit), width=width, share=form == "share", target=target, target_says=says,
            begins=begins, written=lambda value: numbers.words.of(form, value * unit),
        )  # fmt: skip

    return drawn(name, draw, _CARD if card else WIDE)


def _all_of(value: dict[str, Any]) -> tuple[float | None, ...]:
    return value["value"], value["low"], value["high"]


def multiples_of(numbers: Numbers, found: Found, form: Form) -> list[dict[str, Any]]:
    """Return a small line for each segment, all on one scale."""
    rows = [
        rows_of_trend(numbers, points, segment)
        for points, segment in zip(found.multiples, found.segments, strict=False)
    ]
    values = [
        row["value"]["value"] for own in rows for row in own if row["value"] and row["value"]["value"] is not None
    ]
    room: Room = room_of(values, share=form == "share")
    drawings = []
    for number, own in enumerate(rows):
        title = (
            f"{numbers.words.of(form, room.low)} to {numbers.words.of(form, room.high)} is the height of all of these"
        )
        chart = spark(
            title, f"{numbers.measure}-segment-{number}", steps_of(own, 1.0), room=room, share=form == "share"
        )
        drawings.append({"svg": chart.svg if any(row["value"] for row in own) else "", "rows": own})
    return drawings


def curve_of(numbers: Numbers, found: Found, one: Estimate) -> dict[str, Any] | None:
    """Return the step curve of a measure of time; `None`: it has none, or too few cases."""
    if not found.curve or one.n < MINIMUM:
        return None
    jumps = [Jump(*row) for row in found.curve]
    last = jumps[-1].time
    figures = one.figures
    reach = figures.get("p90") or figures.get("p75") or figures.get("p50")
    until = min(last, reach * 2) if reach else last
    until = until or last or 1.0
    unit, _ = unit_of("time", [until])
    words = numbers.words
    marks = [
        Mark(figures[name], share, f"{says} {words.time(figures[name])}")
        for name, share, says in (("p50", 0.5, "half within"), ("p90", 0.9, "nine in ten within"))
        if figures.get(name) is not None and 0 < figures[name] <= until
    ]
    shown = [jump for jump in jumps if jump.time <= until]
    title = f"The share that was there by a time, up to {words.time(until)}"
    if until < last:
        title += f"; the longest was seen for {words.time(last)}"

    def draw(own: str, width: float) -> Chart:
        return survival(
            title, own, shown, until=until, width=width, written=words.time, unit=unit,
            marks=marks if width >= _CARD else marks[:1],
        )  # fmt: skip

    made = drawn(f"{numbers.measure}-curve", draw)
    step = max(1, len(shown) // 24)
    made["rows"] = [
        {"time": words.time(jump.time), "share": words.percent(jump.share),
         "between": words.interval("share", jump.low, jump.high)}
        for jump in shown[::step]
    ]  # fmt: skip
    return made


def form_of(found: Found, one: Estimate) -> Form:
    """Return how a measure's value is written."""
    return layout_of(found.measure, leg_of(one)).form


def points_of(found: Found, one: Estimate) -> Points | None:
    """Return the trend of an estimate."""
    return found.trends.get(key_of(one))
