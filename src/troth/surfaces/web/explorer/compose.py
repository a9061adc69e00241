"""A story that somebody composes on the page: all of it stands in the address, as steps of the scenario language.

What is wrong with it is found by the reader of scenarios, as in a file: code, place, what was found and expected. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from troth.errors import Place, Problem
from troth.lang.expressions import ir
from troth.lang.expressions.read import read
from troth.model.pack import Pack
from troth.model.times import MINUTE, format_duration, parse_duration, parse_instant

START: Final = "2026-01-05T09:00:00Z"
"""When a composed story begins, unless it says otherwise: a Monday morning."""
MOST: Final = 60
"""Steps of a composed story."""
LONGEST: Final = 12_000
"""Characters of all its steps; an address can take no more."""
FILE: Final = "the story"
_KEYS: Final = frozenset({"at", "event", "silent", "heard", "subject"})
_CALLS: Final[Mapping[str, str]] = {"timestamp": "time", "duration": "duration", "string": "text", "double": "number",
                                    "int": "number"}  # fmt: skip
_TYPES: Final[Mapping[str, str]] = {"bool": "yes or no", "int": "number", "double": "number", "timestamp": "time",
                                    "duration": "duration"}  # fmt: skip
_ANSWERS: Final[Mapping[str, bool]] = {"yes": True, "true": True, "no": False, "false": False}


class Field(msgspec.Struct, frozen=True):
    """A member of an event's data that the pack reads.

    Attributes:
        name: Its name; a member of a member with a dot.
        kind: `time`, `duration`, `number`, `yes or no`, `text`.
        sets: What it is read for.
    """

    name: str
    kind: str = "text"
    sets: str = ""


class Composed(msgspec.Struct, frozen=True):
    """A story as composed so far.

    Attributes:
        steps: Each as it stands in the address: JSON text of a step.
        start: When it begins.
    """

    steps: tuple[str, ...] = ()
    start: str = START

    def text(self, pack: Pack) -> str:
        """Return the scenario that it is. Its last step expects something, as a scenario has to; nobody checks it."""
        timeline = [_step(one) for one in self.steps] or [{"at": "0m"}]
        last = timeline[-1]
        if isinstance(last, dict):
            timeline[-1] = {**last, "expect": {"told": []}}
        return json.dumps(
            {"scenario": "A composed story", "pack": pack.name, "start": self.start, "timeline": timeline},
            ensure_ascii=False, indent=1,
        )  # fmt: skip

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with it as a whole."""
        length = sum(map(len, self.steps))
        if len(self.steps) > MOST or length > LONGEST:
            found = f"{len(self.steps)} steps of {length:,} characters"
            expected = f"at most {MOST} steps of {LONGEST:,} characters"
            return (Problem(Place(FILE), "S111", found, expected, "write a scenario file, and run `troth test`"),)
        return tuple(
            Problem(Place(FILE, path=f"timeline[{place}]"), "S112", f"a step with {', '.join(sorted(more))}",
                    f"nothing but {', '.join(sorted(_KEYS))}: here the events alone are told",
                    "write a scenario file, and run `troth test`")
            for place, one in enumerate(self.steps)
            if isinstance(step := _step(one), dict) and (more := step.keys() - _KEYS)
        )  # fmt: skip

    def next_at(self) -> str:
        """Return a moment for the next step: ten minutes after the last one."""
        step = _step(self.steps[-1]) if self.steps else None
        at = step.get("at") if isinstance(step, dict) else None
        try:
            return format_duration(parse_duration(str(at).removeprefix("+")) + 10 * MINUTE) if step else "0m"
        except ValueError:
            return "10m"


def events(pack: Pack) -> list[dict[str, Any]]:
    """Return the types of events that can be composed, with who reports them."""
    every = tuple(source.name for source in pack.sources)
    return [{"type": name, "sources": list(plan.sources or every)} for name, plan in pack.events.items()]


def fields_of(pack: Pack, data: Mapping[str, Any], event: str) -> list[Field]:
    """Return the members of an event's data that the pack reads, in the order in which it names them.

    Args:
        pack: The pack.
        data: Its text as plain values.
        event: Type of the event.
    """
    types = {fact.name: str(fact.type) for fact in pack.facts}
    found: dict[str, Field] = {}
    for text, kind, sets in _texts(data, event, types):
        for name, called in _members(text):
            field = Field(name, called or kind, sets)
            if name not in found or (found[name].kind == "text" and field.kind != "text"):
                found[name] = field
    return list(found.values())


def added(said: Mapping[str, str], fields: Sequence[Field]) -> tuple[str, tuple[Problem, ...]]:
    """Return a step that a form asks to add, as JSON text, and what is wrong with it.

    Args:
        said: Name of a field of the form → what was written.
        fields: Of the event's data; their names in the form begin with `data.`.
    """
    data: dict[str, Any] = {}
    problems: list[Problem] = []
    for field in fields:
        text = said.get(f"data.{field.name}", "").strip()
        if not text:
            continue
        try:
            _put(data, field.name.split("."), _value(field, text))
        except ValueError:
            expected, remedy = _FORMS[field.kind]
            problems.append(Problem(Place(FILE, path=f"data.{field.name}"), "S112", f"`{text}`", expected, remedy))
    event = {"source": said.get("source", ""), "type": said.get("type", "")}
    step = {"at": said.get("at", "").strip() or "0m", "event": event | ({"data": data} if data else {})}
    return json.dumps(step, ensure_ascii=False, separators=(",", ":")), tuple(problems)


_FORMS: Final[Mapping[str, tuple[str, str]]] = {
    "time": ("a time such as 4h (after the step) or 2026-03-02T09:00:00Z", "write one of these"),
    "duration": ("a duration such as 90s or 1h30m", "write numbers with units, largest first"),
    "number": ("a number such as 3 or 12.5", "write digits, with a point"),
    "yes or no": ("yes or no", "choose one"),
}


def _value(field: Field, text: str) -> Any:
    """Return a value as a scenario writes it.

    Raises:
        ValueError: It is not of the field's kind.
    """
    match field.kind:
        case "number":
            number = float(text)
            if number != number or abs(number) == float("inf"):  # noqa: PLR0124 - NaN is no number
                raise ValueError(text)
            return int(number) if number == int(number) and "." not in text else number
        case "yes or no":
            if text.lower() not in _ANSWERS:
                raise ValueError(text)
            return _ANSWERS[text.lower()]
        case "time":
            if text[4:5] == "-":
                parse_instant(text)
                return text
            parse_duration(text.removeprefix("+"))
            return {"after": text.removeprefix("+")}
        case "duration":
            parse_duration(text)
            return text
    return text


def _put(data: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Put a value where a path leads."""
    for name in path[:-1]:
        data = data.setdefault(name, {})
    data[path[-1]] = value


def _step(text: str) -> Any:
    """Return a step of an address as values; what is no JSON stays text, and is found wrong by the reader."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _texts(data: Mapping[str, Any], event: str, types: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the expressions that read an event's data: text, kind of what they make, what for."""
    found: list[tuple[Any, str, str]] = []
    plan = data.get("events", {}).get(event) or {}
    for fact, said in plan.get("observe", {}).items():
        kind, sets = _TYPES.get(types.get(fact, ""), "text"), f"the fact {fact}"
        texts = (said.get("value"), said.get("when")) if isinstance(said, dict) else (said,)
        found += [(text, kind, sets) for text in texts]
    found += [(plan.get("when"), "text", "whether it counts")]
    found += [(text, "text", f"the message's {name}") for name, text in plan.get("receipt", {}).items()]
    found += [(plan.get("corrects"), "text", "the event that it corrects")]
    if event == data.get("request"):
        found.append((data.get("customer"), "text", "the customer"))
    for name, kind in data.get("promises", {}).items():
        makers = kind.get("made_by", [])
        renewed = kind.get("renewed_by") or {}
        again = renewed.get("event", [])
        if event in (makers if isinstance(makers, list) else [makers]):
            found += [(kind.get(key), "text", f"the promise {name}") for key in ("made_when", "key")]
            found += [(kind.get("opens"), "time", f"the promise {name}"), *_due(kind.get("due"), name)]
        if event in (again if isinstance(again, list) else [again]):
            found += [*_due(renewed.get("due"), name), (renewed.get("consent"), "yes or no", f"the promise {name}")]
    return [(text, kind, sets) for text, kind, sets in found if isinstance(text, str)]


def _due(said: Any, name: str) -> list[tuple[Any, str, str]]:
    """Return the expressions of a due moment."""
    due = said if isinstance(said, dict) else {}
    kinds = (("at", "time"), ("day", "text"), ("zone", "text"))
    return [(due.get(key), kind, f"the due {key} of {name}") for key, kind in kinds]


def _members(text: str) -> list[tuple[str, str]]:
    """Return the members of `data` that an expression reads: (name, what they are converted to)."""
    node, problems = read(text, {"data": "map"}, Place())
    if node is None or problems:
        return []
    return _read(node, "")


def _read(node: ir.Node, kind: str) -> list[tuple[str, str]]:
    """Return the members that a tree reads; the innermost conversion around one tells its kind."""
    path: list[str] = []
    inner = node
    while isinstance(inner, ir.Select):
        path.append(inner.field)
        inner = inner.operand
    if path and isinstance(inner, ir.Var) and inner.name == "data":
        return [(".".join(reversed(path)), kind)]
    if isinstance(node, ir.Call):
        below = _CALLS.get(node.function, _compared(node))
        return [found for part in node.args for found in _read(part, below)]
    return [found for part in ir.children(node) for found in _read(part, "")]


def _compared(node: ir.Call) -> str:
    """Return the kind of what a comparison compares."""
    constants = [arg for arg in node.args if isinstance(arg, ir.Const)]
    return (
        {"int": "number", "double": "number", "string": "text", "bool": "yes or no"}.get(constants[0].type, "")
        if constants
        else ""
    )
