"""What requests hold: the bodies that people and programs send, as typed values that refuse what they do not know.

Moments are RFC 3339 text with an offset on the wire, and microseconds inside.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

_NAME = r"^[^\x00-\x1f\x7f]+$"

Subject: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[^/\x00-\x20\x7f]+/[^\x00-\x1f\x7f]+$",
        max_length=512,
        description="What a customer waits on, `<noun>/<id>`.",
        examples=["pickup/17"],
    ),
]
Name: TypeAlias = Annotated[str, Meta(pattern=_NAME, min_length=1, max_length=256)]
Word: TypeAlias = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=256)]
Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=20_000)]
Moment: TypeAlias = Annotated[
    str,
    Meta(
        max_length=64,
        description="RFC 3339 with seconds and offset.",
        examples=["2026-03-02T09:46:00Z"],
        extra_json_schema={"format": "date-time"},
    ),
]


class Ask(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A question to the gate: may this message go now?

    Attributes:
        id: The message's own id: the same id asked again is the same message.
        message: Its name in the pack.
        subject: What it is about.
        channel: Where it would go.
        customer: To whom; the subject's own customer when left out.
        data: What it would say: the variables of its template.
        requested_at: When it was first asked for; now when left out.
    """

    id: Name
    message: Name
    subject: Subject
    channel: Word = ""
    customer: Word = ""
    data: dict[str, Any] = {}
    requested_at: Moment | None = None


class Confirm(Struct, frozen=True, forbid_unknown_fields=True):
    """Use a permit, just before hand-over.

    Attributes:
        subject: What the message is about.
        id: The message's own id.
    """

    subject: Subject
    id: Name


class Receipt(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What became of a message.

    Attributes:
        id: The message's own id.
        subject: What it was about.
        message: Its name in the pack.
        channel: Where it went.
        phase: What happened to it.
        at: When; now when left out.
        source: Who says so; the asking system itself when left out.
        open: The sender went on without the gate because it could not be reached.
        shadow: The sender only watches what the gate would do: without a permit it is no bypass.
    """

    id: Name
    subject: Subject
    message: Name
    channel: Word
    phase: Literal["sent", "delivered", "failed", "read"]
    at: Moment | None = None
    source: Word = ""
    open: bool = False
    shadow: bool = False


class Complain(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A complaint, or a reply by text. The text is kept as personal data.

    Attributes:
        subject: What it is about.
        text: In the customer's own words.
        id: Its id; derived from what it says and when, when left out.
        channel: Where it came from.
        reply_to: Id of the message that it answers.
        at: When; now when left out.
    """

    subject: Subject
    text: Text
    id: Word = ""
    channel: Word = ""
    reply_to: Word = ""
    at: Moment | None = None


class Heartbeats(Struct, frozen=True, forbid_unknown_fields=True):
    """Feeds that are alive although they have nothing to report.

    Attributes:
        sources: Source → heard up to; `null`: up to now.
    """

    sources: Annotated[dict[Name, Moment | None], Meta(min_length=1, max_length=1_000)]


class Act(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something done to a case.

    Attributes:
        by: Who does it: an account, or a system's name.
        note: Free text; kept as personal data.
        message: Of *inform*: id of the message that told the customer.
        how: Of *remedy*: the remedy's name.
        owner: Of *own*: who takes it; left out: whoever acts.
        only: Of *close*: only if the case is `aligned` (its failure over, and message, state and action in line) or
            `clean` (for as long as its kind asks); left out: however it is.
    """

    by: Name
    note: Annotated[str, Meta(max_length=20_000)] = ""
    message: Word = ""
    how: Word = ""
    owner: Word = ""
    only: Literal["", "aligned", "clean"] = ""


class PromiseWindow(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which window can be promised?

    Attributes:
        kind: Kind of promise.
        level: The share of such promises that is to be kept.
        subject: Whose promise it would be; left out for one that nobody has heard of yet.
        attributes: What is known of it; goes before what the ledger knows.
        pack: The pack, where several have such a kind.
        date: The date that the firm itself would promise, where windows rest on it.
        key: Tells the promise from others of its kind.
        write: Make the promise, with the basis of its window. It needs a subject.
    """

    kind: Name
    level: Annotated[float, Meta(gt=0, lt=1)] = 0.9
    subject: Subject | None = None
    attributes: Annotated[
        dict[Name, Annotated[str, Meta(max_length=1_000)] | int | float | bool | None], Meta(max_length=200)
    ] = {}
    pack: Word = ""
    date: Moment | None = None
    key: Word = ""
    write: bool = False


class ReplayQuarantine(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Judge what is in quarantine again.

    Attributes:
        pack: Only what was meant for this pack; of all packs when left out.
    """

    pack: Word = ""


class ReplayDeliveries(Struct, frozen=True, forbid_unknown_fields=True):
    """Try dead deliveries again.

    Attributes:
        ids: Their ids.
    """

    ids: Annotated[list[Name], Meta(min_length=1, max_length=1_000)]


class MakeLink(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A link that is to be made.

    Attributes:
        subject: What it shows.
        may: What its holder may do; left out: see and act.
        expires_in: How long it is good: a whole number of s, m, h, d or w, such as `30d`; left out: 30 days.
    """

    subject: Subject
    may: Annotated[tuple[Literal["see", "act"], ...], Meta(min_length=1, max_length=2)] = ("see", "act")
    expires_in: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,3}(s|m|h|d|w)$")] | None = None


class PutDestination(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where outgoing messages go.

    Attributes:
        topics: Topics that it wants; `*`: all.
        kind: What it is.
        settings: Of its kind: `url` and `secrets` of a webhook, host and addresses of a sender.
            Of what is stored, `[secret]` and a URL that ends with `?...` say: as it is.
        active: Left out: true. False: no new deliveries are made for it.
        id: Left out, or that of the path.
    """

    topics: Annotated[list[Name], Meta(min_length=1, max_length=100)]
    kind: Literal["webhook", "smtp", "sink"] = "webhook"
    settings: dict[str, Any] = {}
    active: bool = True
    id: str = ""
