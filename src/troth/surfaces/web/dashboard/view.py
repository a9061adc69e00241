"""What the pages of the dashboard show: plain data, from which they are rendered and which `.json` answers. Pure.

Whatever is worked out comes in, rows go out. A number is a row of its own: what it says, how many rows stand behind it,
and their address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from troth.measures.comparison import COMPARED
from troth.measures.question import MINIMUM
from troth.measures.registry import measure_of
from troth.measures.standing import MISSED
from troth.model.estimate import Estimate
from troth.surfaces.web.dashboard import pictures, sentences
from troth.surfaces.web.dashboard.asked import MAIN, OTHERS, PATH, address
from troth.surfaces.web.dashboard.figuring import Found, key_of
from troth.surfaces.web.dashboard.numbers import Numbers
from troth.surfaces.web.dashboard.parts import LAYOUTS, kind_of, layout_of, leg_of, named
from troth.surfaces.web.dashboard.scene import Scene, head

REFERENCE: Final = "docs/reference/measures.md"
_GONE: Final = "(not known)"
_PLAIN: Final[Mapping[str, str]] = {
    "insufficient data": "",
    "p50 not reached": "",
    "competing endings: quantiles of the cumulative incidence": (
        "Who ended otherwise counts as never having got there, not as still waiting"
    ),
}
"""Notes of a measure → what people read."""
_ROWS: Final = 8
"""Other kinds that a card has at the most."""


def overview(scene: Scene, found: Sequence[Found]) -> dict[str, Any]:
    """Return what the first page shows.

    Args:
        scene: What it is about.
        found: Of the four main measures.
    """
    cards = [card(scene, one) for one in found]
    said = sentences.verdicts(cards)
    text, state = sentences.answer(said, scene.words.reader.listed)
    return head(scene, PATH) | {"answer": text, "state": state, "measures": cards}


def others(scene: Scene, found: Sequence[Found]) -> list[dict[str, Any]]:
    """Return the other measures in the same form, briefly: one row for each kind that has enough to be said."""
    return [card(scene, one) for one in found]


def card(scene: Scene, found: Found, *, small: bool = True) -> dict[str, Any]:
    """Return a measure with its sentence, direction, objectives, counts and trend.

    Args:
        scene: What the page is about.
        found: What was worked out.
        small: Draw the trend for a card; else for a page.
    """
    numbers = scene.numbers(found)
    one = found.chosen(scene.asked)
    said = sentences.sentence(numbers, found, scene.pack)
    aims = sentences.aims(numbers, found, scene.pack)
    way = sentences.direction(numbers, found)
    own = next((aim for aim in aims if not aim["segment"] and one is not None and _is_of(aim, found, one)), None)
    shown: dict[str, Any] = {
        "measure": found.measure,
        "href": address(f"{PATH}/{found.measure}", scene.asked.but(kind="", leg="", segment="", seen="")),
        "sentence": said,
        "direction": way,
        "aims": aims,
        "aim": own,
        "aims_shown": [
            aim for aim in aims if not aim["segment"] and (aim is own or aim["verdict"] == MISSED or aim["alert"])
        ],
        "counts": [],
        "bounds": None,
        "kinds": [],
        "kinds_more": 0,
        "trend": None,
        "notes": [],
    }
    shown["badge"] = _badge(said, way, own, shown["aims_shown"])
    if one is None:
        return shown
    layout = layout_of(found.measure, leg_of(one))
    shown["counts"] = numbers.lines(layout.counts, one, found.counts)
    shown["bounds"] = _bounds(numbers, one)
    kinds = _kinds(scene, found, numbers, one)
    # A card has one row for each kind: of the same leg; the page of the measure has all of them.
    shown["kinds"] = [row for row in kinds if row["leg"] == leg_of(one)][:_ROWS] if small else kinds
    shown["kinds_more"] = len(kinds) - len(shown["kinds"])
    shown["notes"] = _notes(one)
    points = pictures.points_of(found, one)
    if points is not None:
        rows = pictures.rows_of_trend(numbers, points, one)
        title = f"{layout.title}, by {scene.span.step}, with the 95 % interval"
        begins = pictures.begins_of(rows, scene.span.period.ends[0])
        if begins:
            title += "; shaded: before the period chosen"
        # An objective of times is a share: it has no place on a scale of times.
        target = own["target_value"] if own and layout.form == "share" else None
        chart = pictures.trend_of(numbers, rows, layout.form, found.measure, title, target,
                                  begins=begins, card=small)  # fmt: skip
        shown["trend"] = {"rows": rows, "chart": chart, "step": scene.span.step}
    return shown


def _is_of(aim: Mapping[str, Any], found: Found, one: Estimate) -> bool:
    """Return whether an objective speaks of the estimate."""
    standing = next(stand for stand in found.standings if stand.objective.name == aim["name"] and not stand.segment)
    objective = standing.objective
    return objective.kind in ("", kind_of(one)) and objective.leg in ("", leg_of(one))


def _badge(
    said: Mapping[str, Any],
    way: Mapping[str, Any] | None,
    aim: Mapping[str, Any] | None,
    aims: Sequence[Mapping[str, Any]],
) -> dict[str, str]:
    """Return the word and the shape of a measure: an objective's, else its direction's, else what it is.

    What the page's first sentence says of a measure is what its badge says: a missed objective goes before all else.
    """
    missed = [one for one in aims if one["verdict"] == MISSED]
    if missed:
        word = f"Objective missed{_when(missed[0])}" if len(missed) == 1 else "Objectives missed"
        return {"state": "broken", "word": word}
    if said["state"] != "closed":
        return {"state": said["state"], "word": said["word"]}
    if aim is not None:
        return {"state": aim["state"], "word": f"Objective {aim['word'].lower()}{_when(aim)}"}
    if way is not None and way["dip"]:
        return {"state": "closed", "word": "Better, but not all along"}
    if way is not None and way["way"] in ("better", "worse"):
        return {"state": "well" if way["way"] == "better" else "late", "word": way["word"]}
    return {"state": "closed", "word": "Steady" if way is not None and way["way"] == "same" else "Measured"}


def _when(aim: Mapping[str, Any]) -> str:
    """Return over which period an objective was judged, where that is not the page's; else nothing."""
    return f" over {aim['over']}" if aim["apart"] else ""


def _bounds(numbers: Numbers, one: Estimate) -> dict[str, Any] | None:
    """Return the bounds of what nobody can tell; `None`: everything is known, or there are none."""
    if not one.unknown or one.bound_low is None or one.n < MINIMUM:
        return None
    layout = layout_of(numbers.measure, leg_of(one))
    parts = named((*layout.whole, *layout.unknown), leg_of(one))
    between = numbers.words.interval(layout.form, one.bound_low, one.bound_high)
    return numbers.number(layout.form, None, one.n + one.unknown, numbers.rows(parts, one)) | {"text": between}


def _kinds(scene: Scene, found: Found, numbers: Numbers, one: Estimate) -> list[dict[str, Any]]:
    """Return the other kinds and legs of a measure, each with its value: none is pooled with another."""
    path = f"{PATH}/{found.measure}"
    return [
        {
            "title": sentences.title_of(scene.pack, found.measure, kind_of(other)) or "all",
            "about": sentences.about(found.measure, sentences.title_of(scene.pack, found.measure, kind_of(other)),
                                      leg_of(other)),
            "leg": leg_of(other),
            "timed": layout_of(found.measure, leg_of(other)).form == "time",
            "value": numbers.estimate(other),
            "href": address(path, scene.asked.but(kind=kind_of(other), leg=leg_of(other), segment="", seen="")),
        }
        for other in found.now
        if key_of(other) != key_of(one)
    ]  # fmt: skip


def _notes(one: Estimate) -> list[str]:
    """Return what a reader must know of an estimate, in plain words; what its sentence says already is left out."""
    notes = [_PLAIN.get(note, note) for note in one.note.split("; ")]
    return [note for note in notes if note]


def measure_page(scene: Scene, found: Found) -> dict[str, Any]:
    """Return what the page of one measure shows.

    Args:
        scene: What it is about.
        found: What was worked out of it.
    """
    numbers = scene.numbers(found)
    one = found.chosen(scene.asked)
    shown = head(scene, f"{PATH}/{found.measure}") | {"measure": card(scene, found, small=False)}
    definition = measure_of(found.measure).definition
    shown["definition"] = {
        "title": definition.title,
        "formula": definition.formula,
        "assumptions": list(definition.assumptions),
        "source": definition.source,
        "reference": f"{REFERENCE}#{found.measure}",
    }
    shown["lines"], shown["segments"], shown["curve"] = [], None, None
    if one is None:
        return shown
    layout = layout_of(found.measure, leg_of(one))
    shown["lines"] = numbers.lines(layout.lines, one, found.counts)
    shown["curve"] = pictures.curve_of(numbers, found, one)
    if scene.asked.by:
        shown["segments"] = segments(scene, found, numbers)
    return shown


def told_lines(scene: Scene, found: Found) -> list[dict[str, Any]]:
    """Return the numbers of a measure that rest on what was told."""
    one = found.chosen(scene.asked)
    if one is None:
        return []
    return scene.numbers(found).lines(layout_of(found.measure, leg_of(one)).told, one, found.counts)


def segments(scene: Scene, found: Found, numbers: Numbers) -> dict[str, Any]:
    """Return the segments, the worst first: value and interval, how many, and how they compare."""
    form = layout_of(found.measure).form
    small = pictures.multiples_of(numbers, found, form)
    rows: list[dict[str, Any]] = []
    for place, one in enumerate(found.segments):
        figures, value = one.figures, one.segment[scene.asked.by]
        rows.append({
            "segment": _GONE if value is None else str(value),
            "known": value is not None,
            "value": numbers.estimate(one),
            "rank": figures.get("rank"),
            "pooled": None if figures.get("pooled") is None else numbers.words.of(form, figures["pooled"]),
            "pooled_between": numbers.words.interval(form, figures.get("pooled_low"), figures.get("pooled_high")),
            "q": figures.get("q"),
            "differs": figures.get("q") is not None and figures["q"] < 0.05,
            "bounds": _bounds(numbers, one),
            "small": small[place] if place < len(small) else None,
            "notes": _notes(one),
        })  # fmt: skip
    return {
        "by": scene.asked.by,
        "rows": rows,
        "differing": sum(1 for row in rows if row["differs"]),
        "few": sum(1 for row in rows if row["value"]["few"]),
        "columns": {name: COMPARED[name] for name in ("rank", "pooled", "q")},
    }


def reference() -> list[dict[str, str]]:
    """Return all measures with their titles, for ways from one to the other."""
    return [{"measure": name, "title": LAYOUTS[name].title} for name in (*MAIN, *OTHERS)]
