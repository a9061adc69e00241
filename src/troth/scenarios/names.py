"""Every name that a scenario uses has to be one of its pack's: what is misspelt must not pass as never true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from troth.errors import Problem
from troth.lang.document import Document, Path
from troth.lang.words import did_you_mean, one_of
from troth.model.pack import Pack

_LATER = ("decision", "because")


def check_names(document: Document, pack: Pack) -> tuple[Problem, ...]:
    """Return a problem for each name that the pack does not declare, and for what only the gate can answer.

    Args:
        document: A document that has the shape of a scenario.
        pack: The pack it is run against.
    """
    check = _Check(document, pack)
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

    def __init__(self, document: Document, pack: Pack) -> None:
        """List what the pack declares, by kind of name."""
        self.document = document
        self.problems: list[Problem] = []
        self.known: dict[str, frozenset[str]] = {
            "source": frozenset(source.name for source in pack.sources),
            "event type": frozenset(pack.events),
            "state": frozenset(state.name for state in pack.states),
            "fact": frozenset(fact.name for fact in pack.facts),
            "promise": frozenset(kind.name for kind in pack.promises),
            "statement": frozenset(pack.statements),
            "message": frozenset(pack.messages),
            "action": frozenset(pack.actions),
            "case": frozenset(case.name for case in pack.cases),
        }

    def step(self, step: Mapping[str, Any], path: Path) -> None:
        """Check one step."""
        if "event" in step:
            self.name("source", step["event"]["source"], (*path, "event", "source"))
            self.name("event type", step["event"]["type"], (*path, "event", "type"))
        for key in ("silent", "heard"):
            self.names("source", step.get(key, ()), (*path, key))
        if "expect" in step:
            self.expect(step["expect"], (*path, "expect"))

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
        for leg, named in wanted.get("case", {}).items():
            for name in [named] if isinstance(named, str) else named:
                self.name("case", name, (*path, "case", leg))
        for key in _LATER:
            if key in wanted:
                remedy = "expect `statement`, `action` or `alignment` instead until then"
                found = f"`{key}`, which only the gate can answer"
                place = self.document.key_place(*path, key)
                self.problems.append(
                    Problem(place, "S105", found, "what a record can answer (the gate comes later)", remedy)
                )

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
        remedy = did_you_mean(name, known) or f"declare the {kind} in the pack, or use one that it declares"
        self.problems.append(Problem(place, "S104", f"the {kind} `{name}`", one_of(sorted(known)), remedy))


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
