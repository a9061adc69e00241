"""What a measure says in one sentence, where its objective stands, and which way it goes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from troth.measures.difference import difference
from troth.measures.period import Period
from troth.measures.question import MINIMUM
from troth.measures.standing import MET, MISSED, Standing
from troth.model.estimate import Estimate
from troth.model.pack import Pack
from troth.model.times import format_duration
from troth.surfaces.web.dashboard.dips import dip
from troth.surfaces.web.dashboard.figuring import Found, key_of
from troth.surfaces.web.dashboard.numbers import Number, Numbers
from troth.surfaces.web.dashboard.parts import Form, kind_of, layout_of, leg_of, named
from troth.surfaces.web.dashboard.span import lasting

LEGS: Final[Mapping[str, str]] = {
    "open_owned": "had somebody who took care of them",
    "open_informed": "had been told to the customer",
    "open_resolved": "were resolved",
    "resolved_closed": "were closed, once resolved,",
    "open_closed": "were closed",
    "broke_detected": "were known to us",
    "detected_informed": "were told to the customer, once we knew,",
    "informed_closed": "were closed clean, once the customer knew,",
    "broke_closed": "were put right for good",
}
SPANS: Final[Mapping[str, str]] = {
    "open_owned": "until somebody takes care of it",
    "open_informed": "until the customer is told",
    "open_resolved": "until it is resolved",
    "resolved_closed": "from resolved until closed",
    "open_closed": "until it is closed",
    "broke_detected": "until we know of it",
    "detected_informed": "from when we know until the customer is told",
    "informed_closed": "from when the customer is told until closed clean",
    "broke_closed": "until it is put right for good",
}
"""What stretch of a case's life a leg is, as a row of a list says it."""
MODES: Final[Mapping[str, str]] = {
    "enforced": "asked before sending", "shadow": "only watched", "replayed": "worked out afterwards",
}  # fmt: skip


def title_of(pack: Pack | None, measure: str, kind: str) -> str:
    """Return what people call a kind of promise, case, statement or message."""
    if pack is None or kind == pack.name:
        return ""
    promise = next((one.title for one in pack.promises if one.name == kind), "")
    statement = pack.statements[kind].title if kind in pack.statements and measure == "predictive_fidelity" else ""
    case = next((one.title for one in pack.cases if one.name == kind), "") if measure == "exception_closure" else ""
    return promise or statement or case or kind.replace("_", " ")


def sentence(numbers: Numbers, found: Found, pack: Pack | None) -> dict[str, Any]:
    """Return a measure's sentence: what stands before and after the number, with the number between.

    Args:
        numbers: Makes the numbers.
        found: What was worked out.
        pack: The service model.
    """
    one = found.chosen(numbers.asked)
    layout = layout_of(found.measure)
    said: dict[str, Any] = {"measure": found.measure, "title": layout.title, "kind": "", "leg": "", "value": None}
    if one is None:
        return said | {"lead": "Nothing to measure here: nothing of the kind happened in the period.", "tail": "",
                       "state": "nothing", "word": "No data"}  # fmt: skip
    value = numbers.estimate(one)
    kind = title_of(pack, found.measure, kind_of(one))
    said |= {"kind": kind, "leg": leg_of(one), "value": value, "about": about(found.measure, kind, leg_of(one))}
    if one.n < MINIMUM:
        return said | _few(numbers, one, kind)
    if one.value is None:
        lead, tail = _never(found.measure, kind, leg_of(one))
        return said | {"lead": lead, "tail": tail, "state": "unknown", "word": "Not reached"}
    lead, tail = _said(found.measure, kind, leg_of(one))
    return said | {"lead": lead, "tail": tail, "state": "closed", "word": "Measured"}


def _few(numbers: Numbers, one: Estimate, kind: str) -> dict[str, Any]:
    """Return the sentence of too few cases, or of nothing that is due yet."""
    waiting = sum(int(one.figures.get(name) or 0) for name in ("open", "early", "failed_early"))
    if not one.n and waiting:
        return {"lead": "Nothing is due yet.", "tail": "", "state": "open", "word": "Not yet due"}
    of = f" of “{kind}”" if kind else ""
    lead = f"Too few to say{of}: a figure needs {numbers.words.number(MINIMUM, 0)} decided cases, and there are"
    return {"lead": lead, "tail": "", "state": "unknown", "word": "Insufficient data"}


def _said(measure: str, kind: str, leg: str) -> tuple[str, str]:
    """Return what stands before and after the value."""
    match measure:
        case "promise_reliability":
            return "", f"of the promises “{kind}” were kept in the window first given"
        case "status_fidelity":
            return "For", "of customers' time, message, state and action lined up"
        case "time_to_usable_outcome":
            return "Half of the customers could use what they came for within", ""
        case "exception_closure":
            return f"Half of the cases “{kind}” {LEGS.get(leg, leg)} within", ""
        case "told_truth":
            return "", "of what customers were told was honest"
        case "predictive_fidelity":
            return "", f"of the times that “{kind}” was said, it came true"
        case "informativeness":
            return "For", "of their time, customers knew something that helps"
        case _:
            return "", f"of the decisions on “{kind}” were right ({MODES.get(leg, leg)})"


def _never(measure: str, kind: str, leg: str) -> tuple[str, str]:
    """Return the sentence where the median is not reached."""
    if measure == "time_to_usable_outcome":
        return "Less than half of", "customers could use what they came for so far"
    return "Less than half of", f"cases “{kind}” {LEGS.get(leg, leg)} so far"


def about(measure: str, kind: str, leg: str) -> str:
    """Return what a row of a measure is about."""
    words = {"exception_closure": SPANS, "gate_quality": MODES}.get(measure, {})
    return ", ".join(part for part in (kind, words.get(leg, leg)) if part)


def direction(numbers: Numbers, found: Found) -> dict[str, Any] | None:
    """Return which way a measure goes against what it is compared with; `None`: it is compared with nothing.

    Args:
        numbers: Makes the numbers.
        found: What was worked out.
    """
    span, one = numbers.span, found.chosen(numbers.asked)
    if span.before is None or one is None:
        return None
    layout = layout_of(found.measure)
    earlier = found.before.get(key_of(one))
    against = span.against
    if numbers.asked.vs == "dates":
        against += f", {numbers.words.period(span.before.since, span.before.until)}"
    said: dict[str, Any] = {"against": against, "before": None, "difference": None, "between": "",
                            "dip": None}  # fmt: skip
    if earlier is None:
        return said | {
            "word": "Nothing to compare with",
            "way": "none",
            "says": f"Nothing was there in {against}.",
        }
    said["before"] = numbers.estimate(earlier, period=span.before)
    gap = difference(one, earlier, MINIMUM)
    if gap is None:
        return said | {
            "word": "Cannot be compared",
            "way": "none",
            "says": f"Too few on one side to compare with {against}.",
        }
    better = (gap.value > 0) == (layout.better > 0)
    parts = named(layout.whole, leg_of(one))
    said["difference"] = numbers.number(layout.form, gap.value, one.n + earlier.n, numbers.rows(parts, one, both=True))
    said["difference"]["text"] = numbers.words.difference(layout.form, gap.value)
    signed = [numbers.words.signed(layout.form, end) for end in (gap.low, gap.high) if end is not None]
    said["between"] = " to ".join(signed) if len(signed) == 2 else ""
    if gap.low is None:
        return said | {"word": "Cannot tell", "way": "none", "says": "The difference has no interval."}
    if not gap.certain:
        return said | {"word": "No more than noise", "way": "same", "says": "No more than noise."}
    word = "Better" if better else "Worse"
    said["dip"] = dip(numbers, found, one, earlier) if better else None
    return said | {"word": word, "way": "better" if better else "worse", "says": f"{word}, and more than noise."}


def aims(numbers: Numbers, found: Found, pack: Pack | None = None) -> list[dict[str, Any]]:
    """Return where the objectives of a measure stand, the whole of each first, with their budgets in counts."""
    return [_aim(numbers, one, pack) for one in found.standings]


def _aim(numbers: Numbers, one: Standing, pack: Pack | None) -> dict[str, Any]:
    words, objective = numbers.words, one.objective
    about = Estimate(objective.measure, one.segment, None, None, None, 0, 0, None, None, one.as_of,
                     {"kind": objective.kind, "pack": one.pack, "leg": objective.leg})  # fmt: skip
    timed = one.unit == "hours"
    form: Form = "hours" if timed else "count"
    total = one.subjects if timed else int(one.n)

    def number(value: float, part: str = "total", rows: int = total) -> Number:
        # Of time, and of what is a share of all, all that the objective counts stands behind the number.
        part, rows = ("total", total) if timed else (part, rows)
        value = int(value) if form == "count" and float(value).is_integer() else value
        return numbers.number(form, value, rows, numbers.rows([part], about, objective=objective.name))

    few = total < MINIMUM or one.value is None
    name = objective.name.replace("_", " ")
    own = "" if objective.title in (name, objective.name) else objective.title
    return {
        "name": objective.name,
        "title": own or title_of(pack, objective.measure, objective.kind) or name,
        "segment": one.segment,
        "target": words.percent(objective.target),
        "target_value": objective.target,
        "within": "" if objective.within is None else format_duration(objective.within),
        "over": lasting(objective.over),
        "apart": "" if numbers.span.period == Period(one.as_of - objective.over) else numbers.span.words,
        "verdict": one.verdict,
        "state": {MET: "kept", MISSED: "broken"}.get(one.verdict, "unknown"),
        "word": {MET: "Met", MISSED: "Missed"}.get(one.verdict, "Cannot tell yet"),
        "few": few,
        "value": None if few or one.value is None else number(0) | {
            "text": words.percent(one.value), "value": one.value, "exact": False},
        "between": "" if few else words.interval("share", one.low, one.high),
        "unit": one.unit,
        "n": number(one.n),
        "allowed": number(one.allowed),
        "used": number(one.used, "used", int(one.used)),
        "left": number(abs(one.left)),
        "overdrawn": one.left < 0,
        "share_used": None if not one.allowed else one.used / one.allowed,
        "unknown": number(one.unknown, "unknown", int(one.unknown)),
        "burn": None if one.burn_slow is None else {"fast": one.burn_fast, "slow": one.burn_slow,
                                                    "limit": objective.burn},
        "alert": one.alert,
    }  # fmt: skip


def verdicts(found: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the titles of what is missed, burning, worse, better and met: what the page's first sentence is made of.

    Args:
        found: The measures of the page, with `sentence`, `direction` and `aims`.
    """
    said: dict[str, list[str]] = {name: [] for name in ("missed", "alert", "worse", "better", "met", "measured")}
    for one in found:
        for aim in one["aims"]:
            if aim["segment"]:
                continue
            said["missed"] += [aim["title"]] if aim["verdict"] == MISSED else []
            said["met"] += [aim["title"]] if aim["verdict"] == MET else []
            said["alert"] += [aim["title"]] if aim["alert"] else []
        found_way = one["direction"] or {}
        way = found_way.get("way")
        # What was worse for a part of the period did not simply get better.
        if way == "worse" or (way == "better" and not found_way.get("dip")):
            said[way].append(one["sentence"]["title"])
        if one["sentence"]["state"] == "closed":
            said["measured"].append(one["sentence"]["title"])
    return said


def answer(said: Mapping[str, list[str]], listed: Any) -> tuple[str, str]:
    """Return the first sentence of the page and its state.

    Args:
        said: As `verdicts` returns it.
        listed: Joins texts in words.

    >>> answer({"missed": ["on time"], "alert": [], "worse": [], "better": [], "met": [], "measured": ["x"]}, ", ".join)
    ('“on time” misses its objective.', 'broken')
    """
    if not (said["measured"] or said["missed"] or said["alert"]):
        return "None of the four main measures has enough cases yet.", "unknown"
    all_worse = len(said["worse"]) == len(said["measured"]) > 1
    worse = f" {'Every measure' if all_worse else listed(said['worse'])} got worse." if said["worse"] else ""
    if said["missed"]:
        names = listed([f"“{name}”" for name in said["missed"]])
        misses = "misses its objective" if len(said["missed"]) == 1 else "miss their objectives"
        return f"{names} {misses}.{worse}", "broken"
    if said["alert"]:
        return f"{listed([f'“{name}”' for name in said['alert']])} uses up its budget too fast.{worse}", "late"
    if said["worse"]:
        return f"{listed(said['worse'])} got worse, by more than noise.", "late"
    good = f" {listed(said['better'])} got better." if said["better"] else ""
    if said["met"]:
        return f"Every objective that can be judged is met.{good}", "well"
    return f"Nothing got worse by more than noise.{good}", "closed"
