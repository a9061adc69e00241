"""troth: the layer between a firm and its customers that makes what is said true.

In process: `from troth import open_service, Request, Event, Gate`. Names are loaded when they are first used, so that
`import troth` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from troth.bootstrap import open_ledger as open_ledger
    from troth.bootstrap import open_service as open_service
    from troth.client import AsyncClient as AsyncClient
    from troth.client import Client as Client
    from troth.client import Gate as Gate
    from troth.client import parse_webhook as parse_webhook
    from troth.errors import TrothError as TrothError
    from troth.model.decision import Decision as Decision
    from troth.model.decision import Permit as Permit
    from troth.model.decision import Reason as Reason
    from troth.model.decision import Request as Request
    from troth.model.event import Event as Event
    from troth.runtime.live import LiveService as LiveService
    from troth.runtime.service import CaseAction as CaseAction
    from troth.runtime.service import Complaint as Complaint
    from troth.runtime.service import Confirmed as Confirmed
    from troth.runtime.service import Tell as Tell

_HOMES: Final = {
    "open_ledger": "troth.bootstrap",
    "open_service": "troth.bootstrap",
    "AsyncClient": "troth.client",
    "Client": "troth.client",
    "Gate": "troth.client",
    "parse_webhook": "troth.client",
    "TrothError": "troth.errors",
    "Decision": "troth.model.decision",
    "Permit": "troth.model.decision",
    "Reason": "troth.model.decision",
    "Request": "troth.model.decision",
    "Event": "troth.model.event",
    "LiveService": "troth.runtime.live",
    "CaseAction": "troth.runtime.service",
    "Complaint": "troth.runtime.service",
    "Confirmed": "troth.runtime.service",
    "Tell": "troth.runtime.service",
}
"""Public name → where it lives."""

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names stand above, once


def __getattr__(name: str) -> Any:
    """Return a public name from where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module 'troth' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted({*globals(), *_HOMES})
