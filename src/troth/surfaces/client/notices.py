"""Webhooks from a service as typed values, after their signature was checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from troth.errors import OutboundError, Place, Problem
from troth.model.decision import Outcome
from troth.model.times import Micros, parse_instant

REQUESTED: Final = "message.requested"
CHANGED: Final = "decision.changed"
REVOKED: Final = "permit.revoked"


class Notice(msgspec.Struct, frozen=True):
    """Something that a service tells.

    Attributes:
        topic: What it is, `permit.revoked`.
        notice_id: The same at every attempt to deliver it: who has seen it does nothing.
        at: When it arose; microseconds since 1970 UTC.
        subject: Whose.
        data: Everything that was told, as docs/reference/webhooks.md lists it.
    """

    topic: str
    notice_id: str
    at: Micros
    subject: str
    data: dict[str, Any]


class DecisionNotice(Notice, frozen=True, kw_only=True):
    """The gate's answer about a message is another one: `decision.changed`, `permit.revoked`, `message.requested`.

    Attributes:
        id: The message's own id.
        customer: To whom.
        message: What was asked for.
        channel: Where it would go.
        outcome: SEND, REPLACE, HOLD or SUPPRESS.
        sends: What may go now; empty: nothing.
        codes: Codes of its reasons.
        reasons: The reasons in words.
        was: What it was before; empty: nobody had asked.
    """

    id: str
    customer: str = ""
    message: str
    channel: str = ""
    outcome: Outcome
    sends: str = ""
    codes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    was: str = ""


class CaseNotice(Notice, frozen=True, kw_only=True):
    """A service failure began, ended or came back.

    Attributes:
        case: The case's id.
        kind: Its kind.
        about: What it is about.
        customer: Whose.
        detected_by: system, associate or customer.
        closed_as: clean, unclean or void; empty while it is open.
    """

    case: str
    kind: str
    about: str = ""
    customer: str = ""
    detected_by: str = ""
    closed_as: str = ""


_KINDS: Final[Mapping[str, type[Notice]]] = {
    **dict.fromkeys((REQUESTED, CHANGED, REVOKED), DecisionNotice),
    **dict.fromkeys(("case.opened", "case.closed", "case.reopened"), CaseNotice),
}


class _Body(msgspec.Struct, frozen=True):
    """What is delivered."""

    type: str
    timestamp: str
    data: dict[str, Any]


def parse_webhook(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: Micros) -> Notice:
    """Return what a webhook tells, if its signature holds and it is recent.

    Args:
        headers: The request's headers; their names in any case.
        body: The very bytes that came, before anything parses them.
        secrets: Shared secrets `whsec_…` and public keys `whpk_…` of this receiver.
        now: The present moment; microseconds since 1970 UTC.

    Returns:
        A `DecisionNotice`, a `CaseNotice`, or for any other topic a `Notice`.

    Raises:
        OutboundError: O130 to O132, it is not to be trusted; K108, it is signed, and no notice.
    """
    from troth.connectors.webhooks.signing import verify

    verify(secrets, headers, body, now)
    name = next(value for key, value in headers.items() if key.lower() == "webhook-id")
    try:
        found = msgspec.json.decode(body, type=_Body)
        common = {
            "topic": found.type,
            "notice_id": name,
            "at": parse_instant(found.timestamp),
            "subject": str(found.data.get("subject", "")),
            "data": found.data,
        }
        return msgspec.convert(found.data | common, _KINDS.get(found.type, Notice))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        problem = Problem(Place(path=name[:100]), "K108", f"no notice: {error}", "see docs/reference/webhooks.md")
        raise OutboundError(problem) from error
