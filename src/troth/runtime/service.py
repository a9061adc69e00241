"""What the live service takes and gives: the nouns of its door. The work is done in `troth.runtime.live`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

import msgspec

from troth.model.decision import Decision, Request
from troth.model.pack import Pack
from troth.model.record import Case, Promise, Record
from troth.model.times import Micros
from troth.ports.ledger import Appended

if TYPE_CHECKING:
    # Clients import these nouns: they need nothing of what takes events in.
    from troth.runtime.ingest import Raw

SAID: Final = "said-"
"""Ids of messages that people have troth's own outbox deliver begin so; see `Service.say`."""

CaseVerb: TypeAlias = Literal["own", "release", "note", "inform", "remedy", "close", "reopen"]
"""What people do to a case."""
WRITTEN: Final[Mapping[CaseVerb, str]] = {
    "own": "owned",
    "release": "released",
    "note": "noted",
    "inform": "informed",
    "remedy": "remedied",
    "close": "closed",
    "reopen": "reopened",
}
"""What people do to a case → the last word of the journal event that says that it was done."""

Only: TypeAlias = Literal["", "aligned", "clean"]
"""What a case has to be for somebody to close it: anything, right again, or right for as long as its kind asks."""


class Tell(msgspec.Struct, frozen=True):
    """A receipt: what a sender or provider says became of a message.

    Attributes:
        id: The message's own id.
        subject: What it was about.
        message: Its name in the pack.
        channel: Where it went.
        phase: `sent`, `delivered`, `failed` or `read`.
        at: When; microseconds since 1970 UTC; `None`: now.
        source: Who says so; empty: troth's own sender.
        open: True when the sender went on without the gate because it could not be reached.
        shadow: True when the sender only watches what the gate would do: without a permit it is no bypass.
    """

    id: str
    subject: str
    message: str
    channel: str
    phase: str
    at: Micros | None = None
    source: str = ""
    open: bool = False
    shadow: bool = False


class Used(msgspec.Struct, frozen=True):
    """The confirmation of a permit that counted: there is one, however often a permit is confirmed.

    Attributes:
        id: The message's own id.
        sends: What was permitted: the message asked for, or its replacement.
        channel: Where.
        at: When it was confirmed; microseconds since 1970 UTC.
    """

    id: str
    sends: str
    channel: str
    at: Micros


class Confirmed(msgspec.Struct, frozen=True):
    """Whether a message may be handed over now.

    Attributes:
        ok: True: hand it over; it is never confirmed a second time.
        decision: The decision that stands now.
        code: Why not, when not ok: G701 no permit, G702 expired, G703 revoked, G704 confirmed before, G705 would now
            be decided otherwise, G706 confirmed before and the hand-over failed.
        used: The confirmation that counted: this one when ok, the former one with G704 and G706; `None` otherwise.
    """

    ok: bool
    decision: Decision | None
    code: str = ""
    used: Used | None = None


class CaseAction(msgspec.Struct, frozen=True):
    """What somebody does to a case.

    Attributes:
        verb: own, release, note, inform, remedy, close or reopen.
        subject: Whose.
        case: The case's id.
        by: Who: an account or a name of a system.
        note: Free text; kept as personal data.
        message: For inform: the id of the message that told the customer.
        how: For remedy: the remedy's name.
        seen: The case as whoever acts has seen it: it is acted on only if it is that still; `None`: however it is.
        owner: For own: who takes it; empty: whoever acts.
        only: For close: what the case has to be; empty: it is closed however it is.
    """

    verb: CaseVerb
    subject: str
    case: str
    by: str
    note: str = ""
    message: str = ""
    how: str = ""
    seen: Case | None = None
    owner: str = ""
    only: Only = ""


class Complaint(msgspec.Struct, frozen=True):
    """What a customer says: it attaches to the subject and opens a case at once.

    Attributes:
        id: Its id; empty: derived from what it says and when.
        subject: What it is about.
        text: In the customer's words; kept as personal data.
        channel: Where it came from.
        reply_to: Id of the message it answers; empty: none.
        at: When; `None`: now.
    """

    subject: str
    text: str
    id: str = ""
    channel: str = ""
    reply_to: str = ""
    at: Micros | None = None


class Given(msgspec.Struct, frozen=True):
    """A promise that troth is to make: with the window that it found, and what the window rests on.

    Attributes:
        subject: Whose.
        kind: Kind of promise, of the subject's pack.
        due: End of the window; microseconds since 1970 UTC.
        basis: What it rests on, as plain data; see `troth.trust.windows`.
        opens: Its beginning; `None`: the making.
        key: Tells it from others of its kind; empty when there is one.
    """

    subject: str
    kind: str
    due: Micros
    basis: dict[str, Any]
    opens: Micros | None = None
    key: str = ""


class Seen(msgspec.Struct, frozen=True):
    """A subject as it stands: its record at `now` with its pack. `version` counts its events (for ETags)."""

    record: Record
    pack: Pack
    now: Micros
    version: int


class Service(Protocol):
    """The live service. Commands are answered by futures after their durable commit, and are safe from any thread.

    Raises (through the future): LedgerError; GateError G8xx: an unknown subject, message or case.
    """

    def accept(self, pack: str, raws: Sequence[Raw]) -> Future[Appended]:
        """Take in events; what does not validate goes to quarantine."""
        ...

    def ask(self, requests: Sequence[Request]) -> Future[Sequence[Decision]]:
        """Put messages to the gate, in order; the same id asked again is answered anew."""
        ...

    def preview(self, requests: Sequence[Request]) -> Sequence[Decision]:
        """Return what `ask` would answer now to each request by itself, without a permit. Reads only, and blocks."""
        ...

    def say(self, requests: Sequence[Request]) -> Future[Sequence[Decision]]:
        """Put messages to the gate in troth's own name: what may go is handed to the outbox, what is held once it may.

        Their ids begin with `SAID`. Their data go to the sender and are kept: they must name nobody.
        """
        ...

    def confirm(self, subject: str, message_id: str) -> Future[Confirmed]:
        """Use a permit, just before hand-over."""
        ...

    def tell(self, receipts: Sequence[Tell]) -> Future[Appended]:
        """Take in receipts."""
        ...

    def complain(self, complaint: Complaint) -> Future[Case]:
        """Take in a complaint or a reply by text."""
        ...

    def act(self, action: CaseAction) -> Future[Case]:
        """Do something to a case."""
        ...

    def promise(self, given: Given) -> Future[Promise]:
        """Make a promise, as an event with its basis; made again with the same due moment it is the same promise."""
        ...

    def heartbeat(self, sources: dict[str, Micros]) -> Future[None]:
        """Note that feeds are alive although they have nothing to report: source → heard up to."""
        ...

    def look(self, subject: str, at: Micros | None = None) -> Seen | None:
        """Return a subject as it stands now or stood at a moment; `None`: unknown. Reads only."""
        ...

    def now(self) -> Micros:
        """Return the service's present moment."""
        ...

    def close(self) -> None:
        """Answer what waits, then stop."""
        ...
