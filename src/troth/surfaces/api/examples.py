"""Examples of bodies, for the description of the interface; a test reads each through its own type."""

from __future__ import annotations

from typing import Any, Final

EVENT: Final[dict[str, Any]] = {
    "specversion": "1.0", "id": "pick-17", "source": "store", "type": "order.picked", "subject": "pickup/17",
    "time": "2026-03-02T09:45:00Z", "datacontenttype": "application/json", "data": {},
}  # fmt: skip
TAKEN: Final[dict[str, Any]] = {
    "accepted": 1, "duplicates": 0, "conflicts": 0, "quarantined": 0, "subjects": 1, "problems": [],
}  # fmt: skip
ASK: Final[dict[str, Any]] = {
    "id": "ready-17", "message": "ready_for_pickup", "subject": "pickup/17", "channel": "email",
    "customer": "customer/5", "data": {},
}  # fmt: skip
DECISION: Final[dict[str, Any]] = {
    "id": "ready-17", "subject": "pickup/17", "message": "ready_for_pickup", "outcome": "HOLD", "sends": "",
    "at": "2026-03-02T09:46:00Z",
    "reasons": [
        {
            "code": "G302", "check": "truth", "outcome": "HOLD", "text": "whether it has been picked is not known",
            "about": "picked", "evidence": [], "until": None,
        }
    ],
    "permit": None, "replacement": None, "recheck_at": None,
}  # fmt: skip
CONFIRM: Final[dict[str, Any]] = {"subject": "pickup/17", "id": "ready-17"}
CONFIRMED: Final[dict[str, Any]] = {
    "ok": False, "code": "G704", "decision": None,
    "detail": "The permit was used: 'ready-17' was confirmed at 2026-03-02T09:46:00Z, and that counted. Nothing goes "
    "out on this answer.",
    "used": {"id": "ready-17", "sends": "ready_for_pickup", "channel": "email", "at": "2026-03-02T09:46:00Z"},
}  # fmt: skip
RECEIPT: Final[dict[str, Any]] = {
    "id": "ready-17", "subject": "pickup/17", "message": "ready_for_pickup", "channel": "email", "phase": "delivered",
    "at": "2026-03-02T09:47:00Z",
}  # fmt: skip
COMPLAINT: Final[dict[str, Any]] = {
    "subject": "pickup/17", "text": "I was at the desk, nothing was there.", "channel": "sms", "reply_to": "ready-17",
}  # fmt: skip
HEARTBEATS: Final[dict[str, Any]] = {"sources": {"store": None, "carrier": "2026-03-02T09:45:00Z"}}
CASE: Final[dict[str, Any]] = {
    "id": "5f0c", "subject": "pickup/17", "kind": "contradiction", "title": "The customer was told what is not so",
    "about": "ready", "stage": "open", "detected_by": "system", "owner": "", "opened_at": "2026-03-02T09:50:00Z",
    "broke_at": "2026-03-02T09:45:00Z", "owned_at": None, "informed_at": None, "remedied_at": None, "closed_at": None,
    "closed_as": "", "reopened_at": [],
}  # fmt: skip
CASES: Final[dict[str, Any]] = {
    "items": [
        {
            "case": CASE, "harm": 12.0, "factors": {"severity": 4.0, "people": 1.0, "time": 3.0, "value": 1.0},
            "wrong": "the customer believes that it is ready, and it is not",
        }
    ],
    "next": None,
}  # fmt: skip
ASKED: Final[dict[str, Any]] = {
    "id": "ready-17", "subject": "pickup/17", "message": "ready_for_pickup", "channel": "email",
    "customer": "customer/5", "outcome": "HOLD", "sends": "", "codes": ["G302"],
    "requested_at": "2026-03-02T09:46:00Z", "decided_at": "2026-03-02T09:46:00Z", "expires_at": None,
    "confirmed_at": None, "revoked_at": None,
}  # fmt: skip
TRUTH: Final[dict[str, Any]] = {
    "subject": "pickup/17", "pack": "store_pickup", "at": "2026-03-02T09:46:00Z",
    "alignment": {"value": "untold", "since": None, "about": []}, "message": [],
    "state": {"state": "unknown", "candidates": ["placed", "ready"]}, "facts": [], "action": [], "promises": [],
    "told": [], "cases": [], "findings": [], "attributes": {}, "events": 1, "version": 1,
}  # fmt: skip
TOLD: Final[list[dict[str, Any]]] = [
    {
        "told_at": "2026-03-02T09:31:00Z", "message": "ready", "message_id": "ready-17", "channel": "email",
        "statement": "ready_for_pickup", "then": True, "now": False, "verdict": "unlucky",
        "meaning": "true then, false now: a system reported late", "source": "desk", "lag": "30m late",
        "lag_s": 1_800.0, "event_id": "desk-9",
    }
]  # fmt: skip
QUARANTINE: Final[dict[str, Any]] = {
    "items": [
        {
            "id": "9c1e", "kind": "event", "code": "E105", "reason": "time is 'lunchtime'", "place": "store (pick-17)",
            "pack": "store_pickup", "heard_at": "2026-03-02T09:46:00Z", "raw": "{}",
        }
    ],
    "next": None,
}  # fmt: skip
REPLAYED: Final[dict[str, Any]] = {"tried": 1, "released": 1, "accepted": 1}
DELIVERIES: Final[dict[str, Any]] = {
    "items": [
        {
            "id": "5f0c", "destination": "crm", "topic": "case.opened", "subject": "pickup/17", "state": "waiting",
            "attempts": 1, "arose_at": "2026-03-02T09:50:00Z", "due_at": "2026-03-02T09:50:05Z",
            "error": "connection refused",
        }
    ],
    "next": None,
}  # fmt: skip
PUT_DESTINATION: Final[dict[str, Any]] = {
    "topics": ["case.opened", "case.closed"], "kind": "webhook", "settings": {"url": "https://crm.example.com/hook"},
    "active": True,
}  # fmt: skip
DESTINATION: Final[dict[str, Any]] = {"id": "crm", **PUT_DESTINATION}
MAKE_LINK: Final[dict[str, Any]] = {"subject": "pickup/17", "may": ["see", "act"], "expires_in": "14d"}
LINK: Final[dict[str, Any]] = {
    "id": "1f2e3d4c5b6a", "subject": "pickup/17", "may": ["see", "act"], "state": "good",
    "created_at": "2026-03-02T09:46:00Z", "expires_at": "2026-03-16T09:46:00Z",
}  # fmt: skip
LINKS: Final[dict[str, Any]] = {"items": [LINK], "next": None}
MADE_LINK: Final[dict[str, Any]] = {
    **LINK, "path": "/s/1f2e3d4c5b6a-AAAA…", "url": "https://status.example/s/1f2e3d4c5b6a-AAAA…",
}  # fmt: skip
WINDOW_ASKED: Final[dict[str, Any]] = {"kind": "ready_by", "subject": "pickup/17", "level": 0.9, "write": True}
WINDOW: Final[dict[str, Any]] = {
    "subject": "pickup/17", "kind": "ready_by", "made_at": "2026-03-02T09:46:00Z", "start": "2026-03-02T09:46:00Z",
    "end": "2026-03-02T13:12:00Z",
    "basis": {
        "method": "conformal prediction over a quantile forest", "level": 0.9, "segment": {"store": "12"}, "n": 2_310,
        "trained_as_of": "2026-03-01T00:00:00Z", "digest": "5f0c9c1e77a1b2c3", "sides": "latest", "own_date": False,
        "seen_later": {"level": 0.9, "kept": 0.903, "se": 0.004, "n": 5_120},
    },
    "counts": "first",
}  # fmt: skip
