"""The oracles of told truth, predictive fidelity and gate quality: statement by statement, decision by decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from troth.measures.question import Question
from troth.model.hindsight import BLIND, DOUBTFUL, HONEST, UNLUCKY, VERDICTS
from troth.testing.conformance.measures.asked import (
    Expected,
    Line,
    grouped,
    joined,
    passed,
    quantiles,
    share,
    spread,
    total,
    value_of,
    weights,
    whose,
)
from troth.testing.conformance.measures.plainly import kish
from troth.testing.conformance.measures.world import World

_TELLING: Final = ("source", "message", "channel", "statement", "topic")
_HOUR: Final = 3_600_000_000

# ---------------------------------------------------------------- told truth


def _late(row: Line) -> bool:
    return row["verdict"] in {UNLUCKY, BLIND, DOUBTFUL} and row["source"] != ""


def _blame(late: list[Line]) -> Expected:
    false = sum(row["now"] == "false" for row in late)
    true = sum(row["verdict"] == BLIND and row["now"] == "true" for row in late)
    lags = [(row["lag"], row["w"]) for row in late if row["w"] is not None]
    return {"late": len(late), "false": false, "worth_held": false, "worth_true": true, **quantiles("lag", lags)}


def truth(world: World, question: Question) -> list[Expected]:
    """Return the rows that told truth should give; by source, a row for each that was late."""
    rows = joined(world, question, world.of("tellings"), _TELLING)
    if "source" in question.by:
        return _by_source(rows, question)
    found = []
    for (pack, segment), own in grouped(rows, "pack", "segment").items():
        parts = {name: [row for row in own if row["verdict"] == name] for name in VERDICTS}
        decided = [row for row in own if row["verdict"] != DOUBTFUL]
        figures = whose(question, segment, pack=pack) | value_of(parts[HONEST], decided, parts[DOUBTFUL])
        figures["told"] = len(own)
        for name, part in parts.items():
            figures |= {**share(name, part, own), f"{name}_n": len(part)}
        figures |= _blame([row for row in own if _late(row)]) | spread(parts[HONEST], decided)
        found.append(figures | _weighed(own, question))
    return found


def _by_source(rows: list[Line], question: Question) -> list[Expected]:
    place = question.by.index("source")
    rest = [{**row, "rest": row["segment"][:place] + row["segment"][place + 1 :]} for row in rows]
    found = []
    for (pack, segment), late in grouped([row for row in rest if _late(row)], "pack", "segment").items():
        told = [row for row in rest if row["pack"] == pack and row["rest"] == late[0]["rest"]]
        figures = whose(question, segment, pack=pack)
        figures |= value_of(late, told, [])
        figures |= {"bound_low": figures["value"], "bound_high": figures["value"], "told": len(told)}
        for name in (UNLUCKY, BLIND, DOUBTFUL):
            part = [row for row in late if row["verdict"] == name]
            figures |= {**share(name, part, told), f"{name}_n": len(part)}
        found.append(figures | _blame(late) | _weighed(told, question))
    return found


def _weighed(told: list[Line], question: Question) -> Expected:
    if question.weight is None:
        return {}
    return {"n_effective": kish(weights(told)), "unweighted": sum(row["w"] is None for row in told)}


# ---------------------------------------------------------------- predictive fidelity

_PREDICTED: Final = (
    "followed", "not_followed", "undecidable", "endless", "early", "failed_early", "open", "void",
)  # fmt: skip


def _predicted(row: Mapping[str, Any], as_of: int) -> str:
    over = row["due_at"] is None or passed(row["due_at"], as_of)
    if row["followed"] == "void":
        return "void"
    if over:
        return {"yes": "followed", "no": "not_followed", "unknown": "undecidable"}.get(row["followed"], "endless")
    return {"yes": "early", "no": "failed_early"}.get(row["followed"], "open")


def _band(age: int | None) -> str:
    if age is None:
        return "6 not known"
    limits = ((1, "1 under 1 h"), (24, "2 under 1 d"), (72, "3 under 3 d"), (168, "4 under 7 d"))
    return next((name for hours, name in limits if age < hours * _HOUR), "5 7 d and more")


def predicted(world: World, question: Question) -> list[Expected]:
    """Return the rows that predictive fidelity should give."""
    tellings = [
        {**row, "part": _predicted(row, world.as_of), "age": _band(row["age"])}
        for row in world.of("tellings")
        if row["implies"] != "" and question.kind in (None, row["statement"])
    ]
    rows = joined(world, question, tellings, ("age", "channel", "message", "topic"))
    found = []
    for (pack, kind, segment), own in grouped(rows, "pack", "statement", "segment").items():
        parts = {name: [row for row in own if row["part"] == name] for name in _PREDICTED}
        decided = parts["followed"] + parts["not_followed"]
        figures = whose(question, segment, pack=pack, kind=kind, implies=own[0]["implies"])
        figures |= value_of(parts["followed"], decided, parts["undecidable"] + parts["endless"])
        figures |= {name: len(rows) for name, rows in parts.items()}
        figures["untrue"] = sum(row["now"] == "false" for row in decided)
        waits = [
            (row["followed_at"] - row["told_at"], row["w"])
            for row in parts["followed"]
            if row["implies"] != "stays" and row["followed_at"] is not None and row["w"] is not None
        ]
        figures |= quantiles("wait", waits) | spread(parts["followed"], decided)
        if question.weight is not None:
            figures |= {"n_effective": kish(weights(decided)), "unweighted": sum(row["w"] is None for row in own)}
        found.append(figures)
    return found


# ---------------------------------------------------------------- gate quality


def _judged(row: Mapping[str, Any]) -> str:
    sent = row["outcome"] == "SEND"
    if not sent and not row["for_truth"]:
        return "other"
    if row["now"] == "unknown":
        return "unknown"
    if sent:
        return "right_send" if row["now"] == "true" else "false_send"
    if row["now"] == "false":
        return "right_stop"
    return "false_hold" if row["outcome"] == "HOLD" else "false_suppress"


def gate(world: World, question: Question) -> list[Expected]:
    """Return the rows that gate quality should give."""
    asks = [{**row, "judged": _judged(row)} for row in world.of("asks") if question.kind in (None, row["message"])]
    rows = joined(world, question, asks, ("channel",))
    told = joined(world, question, world.of("tellings"), ("channel",))
    gated = [row for row in told if row["permit"] in {"permitted", "bypass"}]
    messages = [
        group[0] for group in grouped(gated, "subject", "pack", "message_id", "message", "channel", "permit").values()
    ]
    by_class = grouped(messages, "pack", "message", "segment")
    found = []
    for (pack, kind, segment, mode), own in grouped(rows, "pack", "message", "segment", "mode").items():
        figures = whose(question, segment, pack=pack, kind=kind, mode=mode)
        figures |= _decided(own)
        left = by_class.get((pack, kind, segment), [])
        figures |= {**share("bypass", [row for row in left if row["permit"] == "bypass"], left), "bypass_n": len(left)}
        if question.weight is not None:
            judged = [row for row in own if row["judged"] not in {"other", "unknown"}]
            figures["n_effective"] = kish(weights(judged))
        found.append(figures)
    return found


def _decided(own: list[Line]) -> Expected:
    """Return the confusion matrix, the shares of right and wrong decisions, and their bounds."""

    def of(**wanted: Any) -> list[Line]:
        return [row for row in own if all(row[name] == value for name, value in wanted.items())]

    right = of(judged="right_send") + of(judged="right_stop")
    judged = right + of(judged="false_send") + of(judged="false_hold") + of(judged="false_suppress")
    figures = value_of(right, judged, of(judged="unknown")) | spread(right, judged) | {"decisions": len(own)}
    for outcome in ("SEND", "REPLACE", "HOLD", "SUPPRESS"):
        figures |= {
            f"{outcome.lower()}_{now}": len(of(outcome=outcome, now=now)) for now in ("true", "false", "unknown")
        }
    figures |= {name: len(of(judged=name)) for name in ("right_send", "right_stop", "other")}
    figures["knowable"] = len(of(outcome="SEND", then="false"))
    sent = of(outcome="SEND", now="true") + of(judged="false_send")
    true, doubtful = of(now="true"), of(now="unknown")
    held = of(judged="unknown", outcome="HOLD")
    stopped = of(judged="unknown", outcome="REPLACE") + of(judged="unknown", outcome="SUPPRESS")
    doubt_sent = of(outcome="SEND", now="unknown")
    figures |= _wrong(
        "false_send", of(judged="false_send"), sent, doubt_sent, of(judged="unknown", outcome="SEND"), doubt_sent
    )
    figures |= _wrong("false_hold", of(judged="false_hold"), true, doubtful, held, held)
    figures |= _wrong("false_suppress", of(judged="false_suppress"), true, doubtful, stopped, stopped)
    return figures


def _wrong(
    name: str, part: list[Line], of: list[Line], doubt: list[Line], possible: list[Line], counted: list[Line]
) -> Expected:
    """Return the share of one wrong decision, with what it is at least and at most once the doubtful are known."""
    least, most = total(of) + total(doubt), total(of) + total(counted)
    return {
        **share(name, part, of),
        f"{name}_bound_low": total(part) / least if least else None,
        f"{name}_bound_high": (total(part) + total(possible)) / most if most else None,
    }
