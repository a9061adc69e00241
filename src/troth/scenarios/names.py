"""Every name that a scenario uses has to be one of its pack's: what is misspelt must not pass as never true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from troth.errors import Problem
from troth.lang.document import Document, Path
from troth.lang.words import did_you_mean, one_of
from troth.model.pack import Pack
from troth.runtime.live.desk import CORRECTION
from troth.scenarios.cast import Cast

_ANSWERS = ("decision", "because", "sends", "until")
"""What is expected of the answer to the step's own question."""
_COMPLAINT = "complaint"
_NO_ID = "use the id of a message that the story asks about; without `id` it is the message's name"


def check_names(document: Document, cast: Cast) -> tuple[Problem, ...]:
    """Return a problem for each name that no pack declares, and for answers to questions that nobody asks.

    Args:
        document: A document that has the shape of a scenario.
        cast: The pack it is run against, with that of customers.
    """
    check, pack = _Check(document, cast), cast.pack
    data: Mapping[str, Any] = document.data
    if data["pack"] != pack.name:
        remedy = "move the file to that pack's scenarios, or name this pack"
        place = document.place("pack")
        check.problems.append(
            Problem(place, "S108", f"the pack `{data['pack']}`", f"`{pack.name}`, the pack it is run with", remedy)
        )
    for name in data.get("heard", {}):
        check.name("source", name, ("heard", name), key=True, also=("all",))
    for index, step in enumerate(data["timeline"]):
        check.step(step, ("timeline", index))
    return tuple(check.problems)


class _Check:
    """The walk over one document; collects problems."""

    def __init__(self, document: Document, cast: Cast) -> None:
        """List what the packs declare, by kind of name."""
        self.document, self.cast = document, cast
        self.problems: list[Problem] = []
        self.subject: str = document.data.get("subject", f"{cast.pack.subject}/1")
        self.declared = {name: _declared(pack) for name, pack in cast.packs().items()}
        live = any(_about_customers(step, cast) for step in document.data["timeline"])
        asked = frozenset(_asked(document.data["timeline"]))
        for known in self.declared.values():
            known["source"] = frozenset(cast.sources(customers=live))
            known["id"] = asked
        self.known = self.declared[cast.pack.name]

    def step(self, step: Mapping[str, Any], path: Path) -> None:
        """Check one step."""
        about, event = step.get("subject", self.subject), step.get("event", {})
        if event:
            self.known = self.declared[self.cast.of(event.get("subject", about)).name]
            self.name("source", step["event"]["source"], (*path, "event", "source"))
            self.name("event type", step["event"]["type"], (*path, "event", "type"))
        self.known = self.declared[self.cast.of(step.get("subject", event.get("subject", about))).name]
        for key in ("silent", "heard"):
            self.names("source", step.get(key, ()), (*path, key))
        for key in ("ask", "receipt"):
            if isinstance(step.get(key), str):
                self.name("message", step[key], (*path, key))
            elif key in step:
                self.name("message", step[key]["message"], (*path, key, "message"))
        if "confirm" in step:
            short = isinstance(step["confirm"], str)
            where: Path = (*path, "confirm") if short else (*path, "confirm", "id")
            self.id(step["confirm"] if short else step["confirm"]["id"], where)
        if "act" in step:
            self.name("case", step["act"]["case"].partition("/")[0], (*path, "act", "case"))
        if "expect" in step:
            self.expect(step["expect"], (*path, "expect"))
            if "ask" not in step:
                self.unasked(step["expect"], (*path, "expect"))

    def expect(self, wanted: Mapping[str, Any], path: Path) -> None:
        """Check the names of one expectation."""
        for name, where in _states(wanted.get("state"), (*path, "state")):
            self.name("state", name, where, also=("unknown",))
        for key in ("fact", "statement", "action"):
            for name in wanted.get(key, ()):
                self.name(key, name, (*path, key, name), key=True)
        for key in ("promise", "renegotiated"):
            for name in wanted.get(key, ()):
                self.name("promise", name.partition("/")[0], (*path, key, name), key=True)
        self.names("message", wanted.get("told", ()), (*path, "told"))
        self.names("statement", wanted.get("believed", ()), (*path, "believed"))
        for name in wanted.get("permit", ()):
            self.id(name, (*path, "permit", name), key=True)
        if "sends" in wanted:
            self.name("message", wanted["sends"], (*path, "sends"), also=("none",))
        for leg, named in wanted.get("case", {}).items():
            for name in [named] if isinstance(named, str) else named:
                keyed = isinstance(named, Mapping)
                self.name("case", name, (*path, "case", leg, name) if keyed else (*path, "case", leg), key=keyed)

    def unasked(self, wanted: Mapping[str, Any], path: Path) -> None:
        """Note a problem for what is expected of an answer where nothing is asked."""
        for key in _ANSWERS:
            if key in wanted:
                found, expected = f"`{key}` in a step that asks nothing", "`ask:` in the same step"
                place, remedy = self.document.key_place(*path, key), "move it to the step that asks"
                self.problems.append(Problem(place, "S105", found, expected, remedy))

    def id(self, name: str, path: Path, *, key: bool = False) -> None:
        """Note a problem if the story puts no message of this id to the gate; troth's own corrections are not its."""
        if not name.startswith(CORRECTION):
            self.name("id", name, path, key=key)

    def names(self, kind: str, names: Iterable[str], path: Path) -> None:
        """Check a list of names of one kind."""
        for index, name in enumerate(names):
            self.name(kind, name, (*path, index))

    def name(self, kind: str, name: str, path: Path, *, key: bool = False, also: tuple[str, ...] = ()) -> None:
        """Note a problem if the pack declares no such name."""
        known = self.known[kind]
        if name in known or name in also:
            return
        place = self.document.key_place(*path) if key else self.document.place(*path)
        declare = f"declare the {kind} in the pack, or use one that it declares"
        remedy = did_you_mean(name, known) or (_NO_ID if kind == "id" else declare)
        self.problems.append(Problem(place, "S104", f"the {kind} `{name}`", one_of(sorted(known)), remedy))


def _declared(pack: Pack) -> dict[str, frozenset[str]]:
    """Return kind of name → the names that a pack declares; complaints every pack has."""
    cases = {case.name for case in pack.cases}
    own = any(case.of == _COMPLAINT for case in pack.cases)
    return {
        "event type": frozenset(pack.events),
        "state": frozenset(state.name for state in pack.states),
        "fact": frozenset(fact.name for fact in pack.facts),
        "promise": frozenset(kind.name for kind in pack.promises),
        "statement": frozenset(pack.statements),
        "message": frozenset(pack.messages),
        "action": frozenset(pack.actions),
        # A pack that declares no complaint has one all the same.
        "case": frozenset(cases if own else {*cases, _COMPLAINT}),
    }


def _asked(timeline: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the ids of all messages that a story puts to the gate."""
    for step in timeline:
        said = step.get("ask", {})
        yield from [said] if isinstance(said, str) else [said.get("id") or said["message"]] if said else []


def _about_customers(step: Mapping[str, Any], cast: Cast) -> bool:
    """Return whether a step, or its event, is about a customer."""
    return any(cast.is_customer(part.get("subject", "")) for part in (step, step.get("event", {})))


def _states(wanted: Any, path: Path) -> Iterator[tuple[str, Path]]:
    """Yield each state name in what is expected of the state."""
    if isinstance(wanted, str):
        yield wanted, path
    elif isinstance(wanted, dict):
        if "is" in wanted:
            yield wanted["is"], (*path, "is")
        for key in ("unknown", "history"):
            for index, name in enumerate(wanted.get(key, ())):
                yield name, (*path, key, index)
