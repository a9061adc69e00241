"""Commands of a story as calls of the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Final

from troth.errors import GateError, Place, Problem
from troth.model.decision import Request
from troth.model.record import Case
from troth.runtime.service import CaseAction, Complaint, Service, Tell
from troth.scenarios.commands import Command
from troth.scenarios.language import Scenario

_SOMEBODY: Final = "somebody"


def answer_of(service: Service, scenario: Scenario, command: Command) -> Future[Any]:
    """Return the future answer to a command.

    Raises:
        GateError: G803, the subject has no case as the command names it.
    """
    return _DEEDS[command.key](service, scenario, command)


def _ask(service: Service, _: Scenario, command: Command) -> Future[Any]:
    """Put a message to the gate."""
    said = command.said
    request = Request(
        id=command.id,
        message=said["message"],
        subject=command.subject,
        channel=said.get("channel", ""),
        customer=said.get("customer", ""),
        data=said.get("data", {}),
        requested_at=command.at,
    )
    return service.ask([request])


def _confirm(service: Service, _: Scenario, command: Command) -> Future[Any]:
    """Use a permit."""
    return service.confirm(command.subject, command.id)


def _receipt(service: Service, scenario: Scenario, command: Command) -> Future[Any]:
    """Tell what became of a message; where it went is known from the question, unless it is said."""
    asked = (one.said.get("channel", "") for one in scenario.commands if one.key == "ask" and one.id == command.id)
    said = command.said
    receipt = Tell(
        id=command.id,
        subject=command.subject,
        message=said["message"],
        channel=said.get("channel") or next(asked, ""),
        phase=said.get("phase", "sent"),
        at=command.at,
        source=said.get("source", ""),
        open=said.get("open", False),
    )
    return service.tell([receipt])


def _complain(service: Service, _: Scenario, command: Command) -> Future[Any]:
    """Take in what the customer says."""
    said = command.said
    complaint = Complaint(
        subject=command.subject,
        text=said["text"],
        id=said.get("id", ""),
        channel=said.get("channel", ""),
        reply_to=said.get("reply_to", ""),
        at=command.at,
    )
    return service.complain(complaint)


def _act(service: Service, _: Scenario, command: Command) -> Future[Any]:
    """Do something to a case."""
    said = command.said
    action = CaseAction(
        verb=said["verb"],
        subject=command.subject,
        case=_case(service, command).id,
        by=said.get("by", _SOMEBODY),
        note=said.get("note", ""),
        message=said.get("message", ""),
        how=said.get("how", ""),
    )
    return service.act(action)


def _case(service: Service, command: Command) -> Case:
    """Return the case that a command names by its kind: an open one if there is, else the last."""
    kind, _, about = command.said["case"].partition("/")
    seen = service.look(command.subject)
    known = () if seen is None else seen.record.cases
    found = [case for case in known if case.kind == kind and about in ("", case.about)]
    if not found:
        has = ", ".join(f"{case.kind}/{case.about}" for case in known) or "none"
        text = f"{command.subject} has no case {command.said['case']}"
        raise GateError(Problem(Place(path=command.subject), "G803", text, f"one of: {has}"))
    return next((case for case in found if case.closed_at is None), found[-1])


_DEEDS: Final[Mapping[str, Callable[[Service, Scenario, Command], Future[Any]]]] = {
    "ask": _ask,
    "confirm": _confirm,
    "receipt": _receipt,
    "complain": _complain,
    "act": _act,
}
