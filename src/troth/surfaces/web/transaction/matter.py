"""What the parts of a transaction page look at: a subject as it stands or was known, its events, and whoever reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from troth.model.event import Event
from troth.model.hindsight import Hindsight
from troth.model.times import Micros
from troth.surfaces.views.moments import Moments
from troth.surfaces.web.naming import Naming
from troth.surfaces.web.seeing import Seeing

CHANNELS: Final = {"email": "e-mail", "sms": "text message", "push": "app", "counter": "counter, in person"}
"""Channel → its word, where its name is none."""
_YES: Final = {"true": "yes", "false": "no", "unknown": "not known"}
_UNKNOWN: Final = {"missing": "not known", "stale": "too old to count", "disputed": "sources differ"}


class Matter(Seeing, frozen=True):
    """A subject as staff see it.

    Attributes:
        events: What had happened and been heard by that moment, in total order, as it may be shown.
        told: What the customer was told, judged, in the order of telling.
        heard: Source → watermark.
        past: Whether it is shown as known at an earlier moment.
        shown: Whether personal data are shown.
        forgotten_at: When the person was forgotten; `None`: they were not.
        names: What accounts are called.
        senders: Who delivers what staff have sent.
    """

    events: Sequence[Event] = ()
    told: Sequence[Hindsight] = ()
    heard: Mapping[str, Micros] = {}
    past: bool = False
    shown: bool = False
    forgotten_at: Micros | None = None
    names: Naming = str
    senders: Sequence[str] = ()

    @property
    def moments(self) -> Moments:
        """Return how instants are written: RFC 3339 in UTC."""
        return Moments(self.now.now)

    @property
    def known(self) -> bool:
        """Return whether anything had been heard of it."""
        return self.record.events > 0

    def source(self, name: str) -> str:
        """Return a source in plain words."""
        found = next((source.title for source in self.pack.sources if source.name == name), "")
        return found or name

    def message(self, name: str) -> str:
        """Return a message in words."""
        found = self.pack.messages.get(name)
        return found.title if found is not None and found.title else spaced(name)

    def statement(self, name: str) -> str:
        """Return a statement as a sentence."""
        found = self.pack.statements.get(name)
        return found.title if found is not None and found.title else spaced(name)

    def action(self, name: str) -> str:
        """Return an action in words."""
        found = self.pack.actions.get(name)
        return found.title if found is not None and found.title else spaced(name)

    def state(self, name: str) -> str:
        """Return a state in words."""
        found = self.state_named(name)
        return found.title if found is not None and found.title else spaced(name)

    def promise(self, kind: str) -> str:
        """Return a kind of promise in words."""
        found = next((one.title for one in self.pack.promises if one.name == kind), "")
        return found or spaced(kind)

    def fact(self, name: str) -> str:
        """Return a fact in words."""
        found = next((one.title for one in self.pack.facts if one.name == name), "")
        return found or spaced(name)

    def topic(self, name: str) -> str:
        """Return what a case is about in words: a topic, an action, a fact, a state, a promise."""
        for words in (self.pack.actions, self.pack.statements):
            if name in words:
                return self.action(name) if words is self.pack.actions else self.statement(name)
        if any(fact.name == name for fact in self.pack.facts):
            return self.fact(name)
        if any(promise.name == name for promise in self.pack.promises):
            return self.promise(name)
        return self.state(name) if self.state_named(name) is not None else spaced(name)

    def plain(self, because: str) -> str:
        """Return in words what made a rule's value what it is: `lost = true` by the titles of facts and promises."""
        return "; ".join(self._plain(part) for part in because.split("; ") if part)

    def _plain(self, part: str) -> str:
        """Return one reason of a rule in words."""
        name, equals, value = part.partition(" = ")
        if equals and any(fact.name == name for fact in self.pack.facts):
            return f"{self.fact(name)}: {_YES.get(value, value)}"
        first, _, rest = part.partition(" ")
        kind, _, outcome = rest.partition(" ")
        if first == "promise" and any(one.name == kind for one in self.pack.promises):
            return f"{self.promise(kind)}: {outcome}"
        status, colon, name = rest.partition(": ")
        if first == "fact" and colon:
            return f"{self.fact(name)}: {_UNKNOWN.get(status, status)}"
        return part

    def channel(self, name: str) -> str:
        """Return a channel in words."""
        return CHANNELS.get(name, spaced(name))


def spaced(name: str) -> str:
    """Return a name in words.

    >>> spaced("ready_for_pickup"), spaced("pick.completed")
    ('ready for pickup', 'pick completed')
    """
    return name.replace("_", " ").replace(".", " ")


def shortened(text: str) -> str:
    """Return a sentence without its last stop, to stand within another one.

    >>> shortened("Your order is ready.")
    'Your order is ready'
    """
    return text.removesuffix(".")
