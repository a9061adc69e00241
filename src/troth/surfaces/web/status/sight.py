"""What the parts of a status page look at: a subject as it stands, and whoever reads about it."""

from __future__ import annotations

from troth.model.message import Statement
from troth.model.pack import Fact, PromiseKind, State
from troth.model.page import StatusPage
from troth.model.record import Belief, Promise
from troth.model.times import FOREVER, Micros
from troth.surfaces.web.seeing import Seeing

SETTLED = frozenset({"kept", "void"})
"""Outcomes of a promise of which nothing more is to come."""
_COUNTING = frozenset({"first", "renegotiated"})


class Sight(Seeing, frozen=True):
    """A subject as its customer sees it.

    Attributes:
        proved: Whether the reader has shown who they are.
    """

    proved: bool = False

    @property
    def page(self) -> StatusPage:
        """Return the pack's texts for customers."""
        return self.now.pack.page

    @property
    def thing(self) -> str:
        """Return what the customer waits on, in their words."""
        return self.say(self.page.thing) if self.page.thing else self.reader.say("What you are waiting for")

    def say(self, text: str) -> str:
        """Return a text of the pack in the reader's language."""
        return self.page.say(text, self.reader.language)

    def state(self) -> State | None:
        """Return the present state; `None` while it is not known, or nothing has been heard."""
        spans = self.record.states
        return self.state_named(spans[-1].value if spans else "")

    def source(self, name: str) -> str:
        """Return a source in plain words."""
        title = next((source.title for source in self.pack.sources if source.name == name), "")
        return self.say(title) if title else name

    def authority(self, fact: Fact) -> str:
        """Return in plain words who decides about a fact."""
        return self.source(fact.authority[0][0]) if fact.authority and fact.authority[0] else ""

    def kind_of(self, promise: Promise) -> PromiseKind | None:
        """Return the kind of a promise; `None` when the pack no longer declares it."""
        return next((kind for kind in self.pack.promises if kind.name == promise.kind), None)

    def promised(self, promise: Promise) -> str:
        """Return what was promised, in one sentence."""
        kind = self.kind_of(promise)
        text = self.page.promises.get(promise.kind, "") or (kind.title if kind else "")
        return self.say(text) if text else promise.kind.replace("_", " ")

    def believed(self) -> list[tuple[Belief, Statement]]:
        """Return what the customer has been told and may still believe."""
        found = ((belief, self.pack.statements.get(belief.statement)) for belief in self.record.beliefs)
        return [(belief, one) for belief, one in found if one is not None and belief.until > self.now.now]

    def moot(self, promise: Promise) -> bool:
        """Return whether a promise can no longer be kept by anybody: an order that is cancelled will not be ready."""
        return any(
            statement.promise is not None
            and self.pack.promises[statement.promise].name == promise.kind
            and self.now.truth(statement.fails_when, default=False) is True
            for statement in self.pack.statements.values()
        )

    def wrong(self) -> list[tuple[Belief, Statement]]:
        """Return what the customer may still believe although it is false."""
        return [(belief, statement) for belief, statement in self.believed() if self.truth(statement) is False]


def due_of(promise: Promise) -> Micros | None:
    """Return the latest due moment that was named for a promise; `None` where it is not disclosed."""
    due = promise.windows[-1].due if promise.windows else None
    return None if due is None or abs(due) >= FOREVER else due


def counted_due(promise: Promise) -> Micros | None:
    """Return the due moment that counts: a later one does only when the customer was told in time, and agreed.

    Returns:
        The moment; `None` where it is not disclosed.
    """
    counting = [window for window in promise.windows if window.counts in _COUNTING]
    due = counting[-1].due if counting else None
    return None if due is None or abs(due) >= FOREVER else due


def is_late(promise: Promise, now: Micros) -> bool:
    """Return whether a promise is past its last due moment that counts, and known not to be kept."""
    if promise.kept_at is not None or promise.outcome in SETTLED or promise.renegotiated == "unknown":
        return False
    due = counted_due(promise)
    return promise.renegotiated in ("late", "broken") if due is None else due <= now


def is_unsure(promise: Promise) -> bool:
    """Return whether nobody can tell if a promise was kept."""
    return promise.kept_at is None and promise.renegotiated == "unknown"
