"""One step of a story as the page shows it: what happened, where the subject is, what may be said. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from troth.engine.align import truth_of
from troth.errors import Problem
from troth.model.decision import Decision
from troth.model.pack import Fact, Pack
from troth.model.times import FOREVER, Micros, format_duration, format_instant
from troth.model.truth import Truth, all_of
from troth.scenarios.clock import Clock
from troth.surfaces.views.standing import Standing
from troth.surfaces.web.explorer.stepping import Step, Story
from troth.surfaces.web.explorer.view import problem_row
from troth.surfaces.web.explorer.walk import Walk

Row: TypeAlias = dict[str, Any]
_TRUTH: Final[Mapping[Truth, tuple[str, str]]] = {
    True: ("well", "true"), False: ("wrong", "not true"), None: ("unknown", "not known"),
}  # fmt: skip
_MAY: Final[Mapping[Truth, tuple[str, str]]] = {
    True: ("well", "may be sent"), False: ("wrong", "not sent"), None: ("unknown", "held"),
}  # fmt: skip
_WORDS: Final[Mapping[str, str]] = {
    "ask": "The gate is asked", "confirm": "The sender uses the permit", "receipt": "The sender reports",
    "complain": "The customer says", "act": "Somebody works on a case", "silent": "Nothing is heard any more from",
    "heard": "Heard again", "expect": "The scenario expects",
}  # fmt: skip


def walk_view(pack: Pack, walk: Walk, story: Story, wrong: Sequence[Problem]) -> Row:
    """Return the page of a walk through a story.

    Args:
        pack: What the story is about.
        walk: Which story, and at which step.
        story: The story.
        wrong: What is wrong with the event that was to be added to it.
    """
    place = walk.within(len(story.steps))
    return {
        "pack": pack.name,
        "scenario": walk.scenario,
        "name": story.name if walk.scenario else "A story of your own",
        "problems": [problem_row(each) for each in (*wrong, *story.problems)],
        "headline": headline(story, place) if story.steps else "",
        "steps": listed(story) if story.steps else [],
        "at": place,
        "step": step_view(story, place) if story.steps else None,
    }


def headline(story: Story, place: int) -> str:
    """Return at which step a story is: at what moment, in which state, and what has just happened."""
    step = listed(story)[place]
    where = state_of(story.steps[place].standing)
    state = "nobody can tell where it is" if where["name"] == "unknown" else where["says"]
    return f"Step {place + 1} of {len(story.steps)}, at {step['clock']}: {state}. Just now: {step['says']}"


def here_since(story: Story, place: int) -> int:
    """Return at which step, up to one, its state was reached: as each step saw it."""
    name = state_of(story.steps[place].standing)["name"]
    while place and state_of(story.steps[place - 1].standing)["name"] == name:
        place -= 1
    return place


def listed(story: Story) -> list[Row]:
    """Return all steps of a story in a line each."""
    assert story.scenario is not None, "only a story that can be told has steps"
    return [
        {
            "number": place,
            "at": format_instant(step.at),
            "clock": clock_of(story.scenario.clock, step.at),
            "says": "; ".join(line["short"] for line in told(step) if line["short"]) or "time passes",
            "state": state_of(step.standing)["name"],
        }
        for place, step in enumerate(story.steps)
    ]


def step_view(story: Story, place: int) -> Row:
    """Return one step in full; what has changed since the step before is marked."""
    assert story.scenario is not None, "only a story that can be told has steps"
    step = story.steps[place]
    before = story.steps[place - 1].standing if place else None
    now, clock = step.standing, story.scenario.clock
    return {
        "at": format_instant(step.at),
        "clock": clock_of(story.scenario.clock, step.at),
        "told": told(step),
        "refused": list(step.refused),
        "state": state_of(now),
        "here_since": here_since(story, place),
        "past": [span.value for span in now.record.states[:-1]],
        "alignment": alignment_of(now),
        "facts": _marked(facts(now), None if before is None else facts(before)),
        "statements": _marked(statements(now), None if before is None else statements(before)),
        "messages": _marked(messages(now), None if before is None else messages(before)),
        "promises": _marked(promises(now, clock), None if before is None else promises(before, clock)),
        "cases": _marked(cases(now, clock), None if before is None else cases(before, clock)),
        "actions": _marked(actions(now), None if before is None else actions(before)),
        "believed": [belief.statement for belief in now.record.beliefs if belief.until > now.now],
        "decisions": [_decision(one) for one in step.decisions],
        "findings": [{"code": one.code, "text": one.text} for one in now.record.findings],
    }


def clock_of(clock: Clock, moment: Micros) -> str:
    """Return a moment on the story's clock: `41m`, `-2h`."""
    since = moment - clock.start
    return f"-{format_duration(-since)}" if since < 0 else format_duration(since)


def told(step: Step) -> list[Row]:
    """Return what happens at a step, in words."""
    found: list[Row] = []
    event = step.said.get("event")
    if event is not None:
        late = step.late or "occurred" in event
        said = f"{event['source']} reports {event['type']}" + (" (late)" if late else "")
        found.append({"says": said, "short": f"{event['type']}", "data": _pairs(event.get("data", {}))})
    if step.late:
        return found
    for key, words in _WORDS.items():
        if key in step.said:
            value = step.said[key]
            more = value if isinstance(value, str) else ", ".join(value) if isinstance(value, list) else ""
            short = "" if key == "expect" else f"{key} {_name(value)}".strip()
            found.append({
                "says": f"{words} {more}".strip(), "short": short,
                "data": _pairs(value) if isinstance(value, dict) else [],
            })  # fmt: skip
    return found


def state_of(now: Standing) -> Row:
    """Return where the subject is: a state, or those in which it may be."""
    span = now.record.states[-1] if now.record.states else None
    if span is None:
        return {"name": "", "may": [], "says": "nothing has happened yet"}
    if span.value == "unknown":
        return {"name": "unknown", "may": list(span.about), "says": f"not known: {' or '.join(span.about)}"}
    title = next((state.title for state in now.pack.states if state.name == span.value), "")
    return {"name": span.value, "may": [span.value], "says": title or span.value}


def alignment_of(now: Standing) -> Row:
    """Return whether message, state and action line up."""
    span = now.record.alignment[-1] if now.record.alignment else None
    shape = {"aligned": "well", "ahead": "wrong", "stuck": "wrong", "behind": "late"}
    value = "untold" if span is None else span.value
    return {"value": value, "shape": shape.get(value, "unknown"), "about": [] if span is None else list(span.about)}


def facts(now: Standing) -> list[Row]:
    """Return the facts: what is so, by whom, and what is not known."""
    rows = []
    for fact, view in zip(now.pack.facts, now.record.facts, strict=True):
        known = view.status == "known"
        by = view.by.source if view.by is not None else "assumed from silence" if view.assumed else ""
        rows.append({
            "name": fact.name, "title": fact.title, "status": "in conflict" if view.conflict else view.status,
            # What is so is neither good nor bad: only what is not known has a shape.
            "shape": "" if known and not view.conflict else "late" if view.status == "stale" else "unknown",
            "value": _value(fact, view.value) if known or view.status == "stale" else "", "by": by,
        })  # fmt: skip
    return rows


def statements(now: Standing) -> list[Row]:
    """Return the statements: whether each is true, and why."""
    rows = []
    for one in now.pack.statements.values():
        truth = truth_of(now.machine, one, now.results, now.record.promises)
        shape, word = _TRUTH[truth]
        kind = "" if one.promise is None else now.pack.promises[one.promise].name
        why = now.because(one.true_when) or now.because(one.fails_when)
        because = f"the promise {kind}" if kind else why
        rows.append({"name": one.name, "title": one.title, "truth": truth, "shape": shape, "word": word,
                     "because": because})  # fmt: skip
    return rows


def messages(now: Standing) -> list[Row]:
    """Return the messages: whether what each states is true, and what would go in its place."""
    truths = {one["name"]: one["truth"] for one in statements(now)}
    state = state_of(now)["name"]
    rows = []
    for message in now.pack.messages.values():
        truth = all_of(truths[name] for name in message.statements) if message.statements else True
        shape, word = _MAY[truth]
        other = message.replace.get(state, message.replace.get("*", "")) if truth is False else ""
        rows.append(
            {"name": message.name, "shape": shape, "word": f"{other} instead" if other else word, "instead": other}
        )
    return rows


def promises(now: Standing, clock: Clock) -> list[Row]:
    """Return the promises: due when, and what became of them."""
    shape = {"kept": "kept", "open": "open", "late": "late", "broken": "broken", "void": "void"}
    rows = []
    for one in now.record.promises:
        due = one.windows[-1].due if one.windows else None
        when = "not disclosed" if due is None or abs(due) >= FOREVER else clock_of(clock, due)
        rows.append({
            "name": f"{one.kind}/{one.key}" if one.key else one.kind, "outcome": one.outcome,
            "renegotiated": one.renegotiated, "due": when, "windows": len(one.windows),
            "kept": "" if one.kept_at is None else clock_of(clock, one.kept_at),
            "shape": shape.get(one.outcome, "unknown"),
        })  # fmt: skip
    return rows


def cases(now: Standing, clock: Clock) -> list[Row]:
    """Return the service failures, open and closed."""
    return [
        {
            "name": f"{one.kind}/{one.about}" if one.about else one.kind,
            "shape": "closed" if one.closed_at is not None else "late",
            "word": "open" if one.closed_at is None else f"closed {one.closed_as}".strip(),
            "opened": clock_of(clock, one.opened_at),
            "closed": "" if one.closed_at is None else clock_of(clock, one.closed_at),
        }
        for one in now.record.cases
    ]


def actions(now: Standing) -> list[Row]:
    """Return what can be done now."""
    words: Mapping[Truth, tuple[str, str]] = {
        True: ("well", "can be done"), False: ("wrong", "cannot be done"), None: ("unknown", "not known"),
    }  # fmt: skip
    rows = []
    for one in now.pack.actions.values():
        shape, word = words[now.truth(one.available)]
        rows.append({"name": one.name, "title": one.title, "by": one.by, "shape": shape, "word": word})
    return rows


def _marked(rows: Sequence[Row], before: Sequence[Row] | None) -> list[Row]:
    """Return rows, each with whether it is another one than at the step before."""
    former = [] if before is None else list(before)
    return [row | {"changed": before is not None and row not in former} for row in rows]


def _decision(one: Decision) -> Row:
    """Return an answer of the gate."""
    shape = {"SEND": "well", "REPLACE": "remedied", "HOLD": "unknown", "SUPPRESS": "stopped"}
    reasons = [{"code": reason.code, "page": f"/problems/{reason.code}"} for reason in one.reasons]
    return {"message": one.request.message, "outcome": one.outcome, "shape": shape.get(str(one.outcome), "unknown"),
            "sends": one.sends, "reasons": reasons}  # fmt: skip


def _value(fact: Fact, value: Any) -> str:
    """Return a fact's value in words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if fact.type == "timestamp" and isinstance(value, int):
        return format_instant(value)
    if fact.type == "duration" and isinstance(value, int):
        return format_duration(value)
    return str(value)


def _pairs(data: Mapping[str, Any]) -> list[list[str]]:
    """Return the members of something as pairs of texts."""
    return [[str(name), value if isinstance(value, str) else _written(value)] for name, value in data.items()]


def _written(value: Any) -> str:
    """Return a value as a scenario writes it, in short: `after 4h`."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_written(inner) if not isinstance(inner, str) else inner}"
                         for name, inner in value.items())  # fmt: skip
    if isinstance(value, list):
        return ", ".join(_flat(value)) or "none"
    return json.dumps(value, ensure_ascii=False)


def _flat(values: Iterable[Any]) -> list[str]:
    """Return values as texts."""
    return [value if isinstance(value, str) else _written(value) for value in values]


def _name(value: Any) -> str:
    """Return what a command is about, in a word."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value.get("message") or value.get("verb") or value.get("id") or "")
