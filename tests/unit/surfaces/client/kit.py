"""Fakes of what a client and a gate stand on: a link that answers from a script, and a service that does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

import msgspec
from starlette.testclient import TestClient

from troth.model.decision import Decision, Outcome, Permit, Reason, Request
from troth.model.pack import Pack
from troth.model.record import Case, Promise
from troth.model.times import Micros
from troth.ports.ledger import Appended
from troth.runtime.ingest import Raw
from troth.runtime.service import CaseAction, Complaint, Confirmed, Given, Seen, Tell
from troth.surfaces.client.attempts import Reply, Sent
from troth.surfaces.client.link import Link

NOW = 1_772_442_000_000_000
"""2026-03-02T09:00:00Z."""

Answer = Reply | Exception
_L = TypeVar("_L", bound=Link)


class ScriptedLink:
    """Answers each request by the next of a script; the last one is repeated."""

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.sent: list[Sent] = []
        self.closed = False

    def carry(self, sent: Sent) -> Reply:
        self.sent.append(sent)
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.closed = True


class ServedLink:
    """Carries requests to an app in this process."""

    def __init__(self, app: TestClient) -> None:
        self._app = app

    def carry(self, sent: Sent) -> Reply:
        answer = self._app.request(sent.method, sent.target, headers=dict(sent.headers), content=sent.body)
        return Reply(answer.status_code, dict(answer.headers), answer.content)

    def close(self) -> None:
        """Leave the app as it is: others use it."""


class AwaitedLink(Generic[_L]):
    """A link of these for asynchronous clients."""

    def __init__(self, inner: _L) -> None:
        self.inner = inner

    async def carry(self, sent: Sent) -> Reply:
        return self.inner.carry(sent)

    async def close(self) -> None:
        self.inner.close()


class AsyncScriptedLink(AwaitedLink[ScriptedLink]):
    """A script for asynchronous clients."""

    def __init__(self, *script: Answer) -> None:
        super().__init__(ScriptedLink(*script))


def ok(value: Any, status: int = 200) -> Reply:
    """Return an answer that holds a value."""
    return Reply(status, {"content-type": "application/json"}, msgspec.json.encode(value))


def problem(status: int, code: str, detail: str = "so it is", **headers: str) -> Reply:
    """Return an answer that is a problem."""
    body = {
        "type": f"/problems/{code}", "title": "a title", "status": status, "detail": detail,
        "instance": "urn:uuid:0", "retryable": status >= 500, "problems": [],
    }  # fmt: skip
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, msgspec.json.encode(body))


def decision_of(request: Request, outcome: Outcome, sends: str = "") -> Decision:
    """Return a decision as the gate gives it."""
    named = sends or request.message
    if outcome in {"SEND", "REPLACE"}:
        permit = Permit(request.id, request.subject, named, "email", "customer/17", NOW, NOW + 60_000_000, 1, 1)
        return Decision(request, outcome, NOW, named, permit=permit)
    reason = Reason("G302", "truth", outcome, "fact_missing: staged", "ready_for_pickup")
    return Decision(request, outcome, NOW, reasons=(reason,))


class FakeService:
    """A service that answers from scripts: an exception in one is raised. What it does not know of raises KeyError.

    Attributes:
        outcomes: Answers to questions, in order: (outcome, message that may go), or an error; the last is repeated.
        confirms: Answers to confirmations: a code (empty: confirmed), or an error; the last is repeated.
        tells: What happens to receipts: `None`, or an error; the last is repeated.
        confirmed: (subject, id) that were confirmed.
        told: Receipts that were taken in.
    """

    def __init__(
        self,
        outcomes: Iterable[tuple[Outcome, str] | Exception] = (("SEND", ""),),
        confirms: Iterable[str | Exception] = ("",),
        tells: Iterable[Exception | None] = (None,),
    ) -> None:
        self.outcomes = list(outcomes)
        self.confirms = list(confirms)
        self.tells = list(tells)
        self.asked: list[Request] = []
        self.confirmed: list[tuple[str, str]] = []
        self.told: list[Tell] = []
        self.packs: dict[str, Pack] = {}

    def ask(self, requests: Sequence[Request]) -> Future[Sequence[Decision]]:
        self.asked += requests
        answer = _next(self.outcomes)
        return _future(lambda: [decision_of(requests[0], *answer)], answer)

    def preview(self, requests: Sequence[Request]) -> Sequence[Decision]:
        raise KeyError(requests[0].subject)

    def say(self, requests: Sequence[Request]) -> Future[Sequence[Decision]]:
        raise KeyError(requests[0].subject)

    def confirm(self, subject: str, message_id: str) -> Future[Confirmed]:
        answer: str | Exception = _next(self.confirms)
        if isinstance(answer, str) and (subject, message_id) in self.confirmed:
            failed = any((one.id, one.phase) == (message_id, "failed") for one in self.told)
            answer = "G706" if failed else "G704"
        if answer == "":
            self.confirmed.append((subject, message_id))
        return _future(lambda: Confirmed(answer == "", None, str(answer)), answer)

    def tell(self, receipts: Sequence[Tell]) -> Future[Appended]:
        answer = _next(self.tells)
        if answer is None:
            self.told += receipts
        return _future(lambda: Appended(accepted=len(receipts)), answer)

    def accept(self, pack: str, raws: Sequence[Raw]) -> Future[Appended]:
        raise KeyError(pack)

    def complain(self, complaint: Complaint) -> Future[Case]:
        raise KeyError(complaint.subject)

    def act(self, action: CaseAction) -> Future[Case]:
        raise KeyError(action.case)

    def promise(self, given: Given) -> Future[Promise]:
        raise KeyError(given.subject)

    def heartbeat(self, sources: dict[str, Micros]) -> Future[None]:
        raise KeyError(str(sources))

    def look(self, subject: str, at: Micros | None = None) -> Seen | None:
        raise KeyError(subject)

    def cases(
        self, *, customer: str = "", after: int | None = None, limit: int = 100
    ) -> Sequence[tuple[int, str, Any]]:
        raise KeyError(customer)

    def now(self) -> Micros:
        return NOW

    def close(self) -> None:
        raise KeyError("close")


def _next(script: list[Any]) -> Any:
    return script.pop(0) if len(script) > 1 else script[0]


def _future(value: Callable[[], Any], answer: object) -> Future[Any]:
    future: Future[Any] = Future()
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(value())
    return future
