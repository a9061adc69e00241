"""What the checks of the linter look at: the pack, the trees of its rules, and where everything stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from troth.errors import Place, Problem
from troth.lang.compile import Compiled
from troth.lang.compile._events import message_named
from troth.lang.document import Document, Path
from troth.lang.expressions import ir
from troth.lang.expressions.read import read
from troth.lang.lint._logic import Options
from troth.model.pack import Fact, Pack
from troth.model.rules import RuleIndex


class View:
    """A compiled pack as the linter sees it.

    Attributes:
        pack: The pack.
        document: Its text with places.
        found: (warning, name of the thing it is about) so far.
    """

    def __init__(self, compiled: Compiled) -> None:
        """Start without a warning."""
        assert compiled.pack is not None
        assert compiled.document is not None
        self.pack: Pack = compiled.pack
        self.document: Document = compiled.document
        self.found: list[tuple[Problem, str]] = []
        self._nodes: dict[RuleIndex, ir.Node] = {}

    def warn(self, code: str, path: Path, name: str, found: str, expected: str, remedy: str) -> None:
        """Note a warning about the thing at a path."""
        place = self.document.key_place(*path)
        self.found.append((Problem(place, code, found, expected, remedy, "warning"), name))

    def node(self, rule: RuleIndex) -> ir.Node:
        """Return the tree of a rule."""
        if rule not in self._nodes:
            variables = {fact.name: str(fact.type) for fact in self.pack.facts}
            node, problems = read(self.pack.rules.rules[rule].text, variables, Place())
            assert node is not None, problems
            self._nodes[rule] = node
        return self._nodes[rule]

    def nodes(self, *rules: RuleIndex | None) -> list[ir.Node]:
        """Return the trees of the rules that there are."""
        return [self.node(rule) for rule in rules if rule is not None]

    @cached_property
    def observed(self) -> Mapping[str, Sequence[Any]]:
        """Return fact → what events report of it where they may: a constant, `...` for anything, `None` for unknown.

        Only events count that a source of the fact's authority can send.
        """
        found: dict[str, list[Any]] = {fact.name: [] for fact in self.pack.facts}
        for plan in self.pack.events.values():
            for seen in plan.observe:
                fact = self.pack.facts[seen.fact]
                if not plan.sources or set(plan.sources) & {source for tier in fact.authority for source in tier}:
                    found[fact.name].append(self._constant(plan.type, fact))
        return found

    def _constant(self, event: str, fact: Fact) -> Any:
        """Return the constant that an event reports of a fact, `...` when it depends on the event."""
        written: Any = self.document.data["events"][event]["observe"][fact.name]
        if isinstance(written, dict):
            written = written["value"]
        if not isinstance(written, str):
            return written
        if message_named(written):
            return message_named(written)
        return {"true": True, "false": False}.get(written.strip(), ...)

    @cached_property
    def options(self) -> Options:
        """Return the values that facts can have by what events report; facts that can have any are not named."""
        made: dict[str, tuple[Any, ...]] = {}
        for fact in self.pack.facts:
            values = [*self.observed[fact.name], *([] if fact.otherwise is None else [fact.otherwise])]
            if ... not in values:
                made[fact.name] = tuple(dict.fromkeys(values)) or (None,)
        return made
