"""What a client returns beyond the nouns of the service: they are made for reading, and hold what the wire tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from troth.errors import Problem
from troth.model.record import Case
from troth.model.times import Micros
from troth.ports.ledger import Appended

FailPolicy: TypeAlias = Literal["closed", "open"]
"""What happens to a message when the gate gives no answer: `closed` does not send it, `open` sends and tells so."""

SaidPolicy: TypeAlias = FailPolicy | Literal[""]
"""The same as a pack says it; empty: it says nothing."""

Table: TypeAlias = Mapping[tuple[str, str], SaidPolicy]
"""(noun of the subject, message) → what its pack says happens when the gate gives no answer; empty: nothing."""


class Kept(msgspec.Struct, frozen=True):
    """A row of the table in a file.

    Attributes:
        noun: Of the subjects.
        message: Which.
        fail: Its fail policy; empty: the pack gives none.
    """

    noun: str
    message: str
    fail: SaidPolicy = ""


class Taken(Appended, frozen=True):
    """What became of events or receipts; durable by the time it is returned.

    Attributes:
        problems: Why some were refused: they are in quarantine.
    """

    problems: tuple[Problem, ...] = ()


class AskedWindow(msgspec.Struct, frozen=True):
    """The question which window can be promised.

    Attributes:
        kind: Kind of promise.
        subject: Whose promise it would be; empty: of a subject that nobody has heard of yet.
        attributes: What is known of it; goes before what the service knows.
        level: The share of such promises that is to be kept.
        pack: The pack, where several have such a kind.
        date: The date that the firm itself would promise; microseconds since 1970 UTC; needed where windows rest on it.
        key: Tells the promise from others of its kind.
        write: Make the promise, with the basis of its window; it needs a subject.
    """

    kind: str
    subject: str = ""
    attributes: Mapping[str, str | int | float | bool | None] = {}
    level: float = 0.9
    pack: str = ""
    date: Micros | None = None
    key: str = ""
    write: bool = False


class PromisedWindow(msgspec.Struct, frozen=True):
    """A window that is kept with a stated probability.

    Attributes:
        subject: Whose; empty: of a subject that nobody has heard of yet.
        kind: Kind of promise.
        made_at, start, end: When it is promised, from when and until when; microseconds since 1970 UTC.
        basis: What it rests on; see docs/reference/windows.md.
        counts: Of a promise that was made how its window counts, `first` or `slip`; empty: none was made.
    """

    subject: str
    kind: str
    made_at: Micros
    start: Micros
    end: Micros
    basis: dict[str, Any]
    counts: str = ""


class Truth(msgspec.Struct, frozen=True):
    """Message, state and action of one subject, with the evidence; rows as in docs/reference/truth.md.

    Attributes:
        subject: Which.
        pack: Its pack.
        at: The moment of which this speaks; microseconds since 1970 UTC.
        alignment: Whether message, state and action line up; since when; about what.
        message: What the customer believes, each with its truth now.
        state: The present state; of an unknown one the candidates.
        facts: Each fact with status, value, deciding source, age.
        action: Each action, and whether it can be done now.
        promises: Each promise with its windows.
        told: Messages as far as receipts tell.
        cases: Service failures and their legs.
        findings: What the data say that a reader should know.
        attributes: Segments.
        events: How many events it rests on.
        version: Grows with each event.
    """

    subject: str
    pack: str
    at: Micros
    alignment: dict[str, Any]
    message: tuple[dict[str, Any], ...]
    state: dict[str, Any]
    facts: tuple[dict[str, Any], ...]
    action: tuple[dict[str, Any], ...]
    promises: tuple[dict[str, Any], ...]
    told: tuple[dict[str, Any], ...]
    cases: tuple[dict[str, Any], ...]
    findings: tuple[dict[str, Any], ...]
    attributes: dict[str, Any]
    events: int
    version: int


class CaseLine(msgspec.Struct, frozen=True):
    """A case as people read it.

    Attributes:
        subject: Whose.
        case: The case.
        title: Its kind in words.
        stage: `open`, `owned`, `informed`, `remedied` or `closed`.
        harm: Severity times people times time times value at stake: the order of the queue. 0 outside of the queue.
        factors: The four, by name.
        wrong: What is wrong, in one sentence.
    """

    subject: str
    case: Case
    title: str = ""
    stage: str = ""
    harm: float = 0.0
    factors: dict[str, float] = {}
    wrong: str = ""


class PackInfo(msgspec.Struct, frozen=True):
    """A service model that is served.

    Attributes:
        name, version, digest, title: Which.
        subject: The noun of its subjects.
        messages: Names of its messages.
        fail: Message → its fail policy; empty text: the pack gives none.
    """

    name: str
    version: int
    digest: str
    title: str
    subject: str
    messages: tuple[str, ...] = ()
    fail: dict[str, SaidPolicy] = {}


def table_of(packs: Iterable[PackInfo]) -> Table:
    """Return the fail policies of packs: of each message, also of one that has none."""
    return {(pack.subject, message): policy for pack in packs for message, policy in pack.fail.items()}
