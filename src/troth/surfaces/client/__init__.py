"""The client of a service, and the gate that a sender puts before its messages. Imported as `troth.client`."""

from __future__ import annotations

from troth.errors import (
    EventError,
    GateError,
    LedgerError,
    OutboundError,
    Place,
    Problem,
    ServiceError,
    TrothError,
    UsageError,
)
from troth.model.decision import Decision, Permit, Reason, Request
from troth.model.event import Event
from troth.model.hindsight import Hindsight
from troth.model.record import Asked, Case
from troth.runtime.service import CaseAction, Complaint, Confirmed, Tell, Used
from troth.surfaces.client.aio import AsyncClient
from troth.surfaces.client.gate import Gate
from troth.surfaces.client.gated import Message
from troth.surfaces.client.notices import CaseNotice, DecisionNotice, Notice, parse_webhook
from troth.surfaces.client.nouns import AskedWindow, CaseLine, FailPolicy, PackInfo, PromisedWindow, Taken, Truth
from troth.surfaces.client.report import Report
from troth.surfaces.client.sending import NotSentError, Result, Sending, Verdict
from troth.surfaces.client.spool import Spool
from troth.surfaces.client.sync import Client

__all__ = [
    "Asked",
    "AskedWindow",
    "AsyncClient",
    "Case",
    "CaseAction",
    "CaseLine",
    "CaseNotice",
    "Client",
    "Complaint",
    "Confirmed",
    "Decision",
    "DecisionNotice",
    "Event",
    "EventError",
    "FailPolicy",
    "Gate",
    "GateError",
    "Hindsight",
    "LedgerError",
    "Message",
    "NotSentError",
    "Notice",
    "OutboundError",
    "PackInfo",
    "Permit",
    "Place",
    "Problem",
    "PromisedWindow",
    "Reason",
    "Report",
    "Request",
    "Result",
    "Sending",
    "ServiceError",
    "Spool",
    "Taken",
    "Tell",
    "TrothError",
    "Truth",
    "UsageError",
    "Used",
    "Verdict",
    "parse_webhook",
]
