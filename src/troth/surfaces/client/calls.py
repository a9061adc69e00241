"""Calls of the HTTP interface as values: what is sent, whether it may be sent again, and how its answer is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from troth.model.decision import Decision, Request
from troth.model.event import Event
from troth.model.hindsight import Hindsight
from troth.model.record import Asked
from troth.model.times import Micros, format_instant
from troth.runtime.envelope import to_envelope
from troth.runtime.service import CaseAction, Complaint, Confirmed, Tell
from troth.surfaces.client import wire
from troth.surfaces.client.nouns import AskedWindow, CaseLine, PackInfo, PromisedWindow, Taken, Truth

_T = TypeVar("_T")

BATCH: Final = "application/cloudevents-batch+json"
JSON: Final = "application/json"
_encode: Final = msgspec.json.Encoder().encode


class Call(msgspec.Struct, Generic[_T], frozen=True):
    """One request to the service.

    Attributes:
        method: Its method.
        target: Path and query.
        read: Makes the value that is returned of the answer's body; ValueError: it is not what was expected.
        body: What is sent.
        media: Its media type.
        once: Doing it twice is not the same as doing it once: it is sent with an Idempotency-Key.
    """

    method: str
    target: str
    read: Callable[[bytes], _T]
    body: bytes = b""
    media: str = JSON
    once: bool = False

    @property
    def name(self) -> str:
        """Return how it is called in errors: without its query, which may name a customer."""
        return f"{self.method} {self.target.partition('?')[0]}"


def events(some: Iterable[Event | Mapping[str, Any]], pack: str) -> Call[Taken]:
    """Return the call that hands in events; the same ones again change nothing."""
    batch = [to_envelope(one) if isinstance(one, Event) else one for one in some]
    return Call("POST", "/v1/events" + _query(pack=pack), wire.taken, _encode(batch), BATCH)


def ask(requests: Sequence[Request]) -> Call[list[Decision]]:
    """Return the call that puts messages to the gate; asked again they are decided anew."""
    body = [
        _given(
            id=one.id,
            message=one.message,
            subject=one.subject,
            channel=one.channel,
            customer=one.customer,
            data=one.data,
            requested_at=format_instant(one.requested_at) if one.requested_at else "",
        )
        for one in requests
    ]
    return Call("POST", "/v1/ask", lambda answer: wire.decisions(answer, requests), _encode(body))


def confirm(subject: str, message_id: str) -> Call[Confirmed]:
    """Return the call that uses a permit."""
    body = {"subject": subject, "id": message_id}
    return Call("POST", "/v1/confirm", wire.confirmed, _encode(body), once=True)


def tell(receipts: Sequence[Tell]) -> Call[Taken]:
    """Return the call that hands in receipts; the same ones again change nothing."""
    body = [
        {
            "id": one.id,
            "subject": one.subject,
            "message": one.message,
            "channel": one.channel,
            "phase": one.phase,
            **_given(at=_text(one.at), source=one.source, open=one.open, shadow=one.shadow),
        }
        for one in receipts
    ]
    return Call("POST", "/v1/receipts", wire.taken, _encode(body))


def complain(complaint: Complaint) -> Call[CaseLine]:
    """Return the call that hands in what a customer says."""
    body = _given(
        subject=complaint.subject,
        text=complaint.text,
        id=complaint.id,
        channel=complaint.channel,
        reply_to=complaint.reply_to,
        at=_text(complaint.at),
    )
    return Call("POST", "/v1/complaints", wire.case, _encode(body), once=True)


def window(asked: AskedWindow) -> Call[PromisedWindow]:
    """Return the call that asks which window can be promised, and perhaps makes the promise."""
    body = {"kind": asked.kind, "level": asked.level} | _given(
        subject=asked.subject,
        attributes=dict(asked.attributes),
        pack=asked.pack,
        date=_text(asked.date),
        key=asked.key,
        write=asked.write,
    )
    return Call("POST", "/v1/promises/window", wire.window, _encode(body), once=asked.write)


def act(action: CaseAction) -> Call[CaseLine]:
    """Return the call that does something to a case."""
    body = _given(
        by=action.by, note=action.note, message=action.message, how=action.how, owner=action.owner, only=action.only
    )
    target = f"/v1/cases/{quote(action.case, safe='')}/{action.verb}"
    return Call("POST", target, wire.case, _encode(body), once=True)


def heartbeat(sources: Mapping[str, Micros | None]) -> Call[None]:
    """Return the call that says that feeds are alive; a mark that is passed already changes nothing."""
    body = {"sources": {source: _text(to) for source, to in sources.items()}}
    return Call("POST", "/v1/heartbeats", lambda _: None, _encode(body))


def truth(subject: str, at: Micros | None) -> Call[Truth]:
    """Return the call that reads what is so with a subject."""
    return Call("GET", f"/v1/subjects/{_path(subject)}/truth" + _query(at=_text(at)), wire.truth)


def timeline(subject: str, at: Micros | None) -> Call[list[dict[str, Any]]]:
    """Return the call that reads a subject's story."""
    return Call("GET", f"/v1/subjects/{_path(subject)}/timeline" + _query(at=_text(at)), wire.rows)


def hindsight(subject: str, at: Micros | None) -> Call[list[Hindsight]]:
    """Return the call that reads what was told about a subject, judged twice."""
    target = f"/v1/subjects/{_path(subject)}/hindsight" + _query(at=_text(at))
    return Call("GET", target, lambda answer: wire.hindsight(answer, subject))


def decision(subject: str, message_id: str) -> Call[Asked]:
    """Return the call that reads the standing decision about a message."""
    return Call("GET", f"/v1/decisions/{_path(subject)}/{quote(message_id, safe='')}", wire.asked)


def cases(customer: str, limit: int, cursor: str) -> Call[tuple[list[CaseLine], str]]:
    """Return the call that reads a page of the queue."""
    target = "/v1/cases" + _query(customer=customer, limit=str(limit), cursor=cursor)
    return Call("GET", target, wire.case_page)


def case(case_id: str) -> Call[CaseLine]:
    """Return the call that reads one case."""
    return Call("GET", f"/v1/cases/{quote(case_id, safe='')}", wire.case)


def packs() -> Call[list[PackInfo]]:
    """Return the call that reads which packs are served."""
    return Call("GET", "/v1/packs", wire.packs)


def _path(subject: str) -> str:
    """Return a subject as part of a path; its slash stands as it is."""
    return quote(subject, safe="/")


def _query(**parameters: str | None) -> str:
    """Return a query of the parameters that are given."""
    given = {name: value for name, value in parameters.items() if value}
    return "?" + urlencode(given) if given else ""


def _given(**members: Any) -> dict[str, Any]:
    """Return the members that say something."""
    return {name: value for name, value in members.items() if value}


def _text(moment: Micros | None) -> str | None:
    """Return a moment as RFC 3339."""
    return None if moment is None else format_instant(moment)
