"""Commands: what waits for the writer, each with the future that answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, TypeAlias

import msgspec

from troth.model.decision import Decision, Request
from troth.model.record import Case, Promise
from troth.model.times import Micros
from troth.ports.ledger import Appended, Batch
from troth.runtime.service import CaseAction, Complaint, Confirmed, Given


class Accept(msgspec.Struct, frozen=True):
    """Take in batches of events; the answer sums them up. `heard` and `since`: source → heard up to, and when."""

    answer: Future[Appended]
    batches: Sequence[Batch]
    heard: Mapping[str, Micros]
    since: Mapping[str, Micros]


class Ask(msgspec.Struct, frozen=True):
    """Decide about messages, in order; `send`: troth's own outbox delivers what may go."""

    answer: Future[Sequence[Decision]]
    requests: Sequence[Request]
    send: bool = False


class Confirm(msgspec.Struct, frozen=True):
    """Use a permit."""

    answer: Future[Confirmed]
    subject: str
    message_id: str


class Act(msgspec.Struct, frozen=True):
    """Do something to a case."""

    answer: Future[Case]
    action: CaseAction


class Complain(msgspec.Struct, frozen=True):
    """Take in a complaint."""

    answer: Future[Case]
    complaint: Complaint


class Give(msgspec.Struct, frozen=True):
    """Make a promise."""

    answer: Future[Promise]
    given: Given


class Heartbeat(msgspec.Struct, frozen=True):
    """Note that feeds are alive. `heard` and `since`: source → heard up to, and when."""

    answer: Future[None]
    heard: Mapping[str, Micros]
    since: Mapping[str, Micros]


Command: TypeAlias = Accept | Ask | Confirm | Act | Complain | Give | Heartbeat


def answered(command: Command, value: Any) -> None:
    """Give a command its answer; a caller that has gone away, be it in this very moment, gets none."""
    with suppress(InvalidStateError):
        command.answer.set_result(value)


def failed(command: Command, error: BaseException) -> None:
    """Give a command its error; a caller that has gone away gets none."""
    with suppress(InvalidStateError):
        command.answer.set_exception(error)
