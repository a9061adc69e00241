"""What a pack calls its messages, statements, promises, cases, facts and sources, in words for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from troth.model.backtest import Reasoned
from troth.model.decision import HOLD, REPLACE, SEND, SUPPRESS
from troth.model.pack import Pack
from troth.surfaces.pages import code_pages

_BELIEFS: Final = frozenset({"ahead", "stuck"})
"""What a reason is about when it is about no thing of the pack: its title says so already."""

_GATE: Final = {
    SEND: "it would have gone out",
    HOLD: "it would have been held",
    SUPPRESS: "it would have been stopped",
}


class Titles:
    """Titles of several packs, none of which shares the name of a message or of a kind of promise with another.

    Args:
        packs: The packs by name.
    """

    def __init__(self, packs: Mapping[str, Pack]) -> None:
        """Note which message belongs to which pack."""
        self._packs = packs
        self._owners = {message: pack for pack in packs.values() for message in pack.messages}
        self._promises = {kind.name: kind.title for pack in packs.values() for kind in pack.promises}
        self._sources = {one.name: one.title for pack in packs.values() for one in pack.sources}

    def message(self, name: str) -> str:
        """Return the title of a message; its name where it has none."""
        pack = self._owners.get(name)
        return (pack.messages[name].title if pack else "") or name

    def statement(self, message: str, name: str) -> str:
        """Return what a statement of a message says."""
        pack = self._owners.get(message)
        return (pack.statements[name].title if pack and name in pack.statements else "") or name

    def fact(self, message: str, name: str) -> str:
        """Return the title of a fact that a message reads."""
        pack = self._owners.get(message)
        return next((one.title for one in pack.facts if one.name == name), "") or name if pack else name

    def promise(self, kind: str) -> str:
        """Return the title of a kind of promise."""
        return self._promises.get(kind) or kind

    def source(self, name: str) -> str:
        """Return the title of a source."""
        return self._sources.get(name) or name

    def reason(self, message: str, one: Reasoned) -> str:
        """Return a reason of the gate in words: what its code means, and what it is about."""
        text = _meaning(one.code)
        about = "" if one.about in _BELIEFS else self._about(message, one.about)
        return f"{text} ({about.rstrip('.')})" if about else text

    def gate(self, outcome: str, sends: str) -> str:
        """Return what the gate would have done, in words."""
        if outcome == REPLACE:
            return f"“{self.message(sends)}” would have gone in its place"
        return _GATE.get(outcome, outcome)

    def _about(self, message: str, name: str) -> str:
        """Return what a reason is about, by its title."""
        pack = self._owners.get(message)
        if pack is None:
            return name
        for found in (pack.statements.get(name), pack.messages.get(name), pack.actions.get(name)):
            if found is not None:
                return found.title or name
        case = next((kind.title for kind in pack.cases if kind.name == name), "")
        return case or self._promises.get(name) or self.fact(message, name)


@cache
def _meaning(code: str) -> str:
    """Return what a code means, with a small first letter; the code where it has no page."""
    page = code_pages().get(code)
    return page.title[:1].lower() + page.title[1:] if page else code
