"""Webhooks become typed notices, and only those that are signed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.unit.surfaces.client.kit import NOW, FakeService
from troth.client import CaseNotice, DecisionNotice, Gate, Notice, OutboundError, parse_webhook
from troth.connectors.webhooks import signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the example of the specification
DECISION = {
    "id": "ready", "subject": "pickup/1", "customer": "customer/17", "message": "ready", "channel": "email",
    "outcome": "SUPPRESS", "sends": "", "codes": ["G301"], "reasons": ["false"], "expires_at": "", "was": "SEND",
}  # fmt: skip
CASE = {"subject": "pickup/1", "case": "5d1f0c", "kind": "late_ready", "about": "ready_by", "customer": "customer/17"}


def body_of(topic: str, data: Any) -> bytes:
    return msgspec.json.encode({"type": topic, "timestamp": "2026-03-02T09:00:00Z", "data": data})


def test_a_revoked_permit_is_told_to_those_who_want_to_know() -> None:
    gate = Gate(FakeService())
    revoked: list[DecisionNotice] = []
    changed: list[DecisionNotice] = []
    gate.on_revoked(revoked.append)
    gate.on_changed(changed.append)
    body = body_of("permit.revoked", DECISION)
    notice = gate.receive(signed_headers([SECRET], "msg_1", NOW, body), body, [SECRET], NOW)
    assert revoked == [notice]
    assert changed == []
    (one,) = revoked
    assert (one.id, one.subject, one.message, one.outcome, one.was) == (
        "ready",
        "pickup/1",
        "ready",
        "SUPPRESS",
        "SEND",
    )
    assert (one.notice_id, one.at, one.codes) == ("msg_1", NOW, ("G301",))


def test_each_topic_has_its_type() -> None:
    def parsed(topic: str, data: Any) -> Notice:
        body = body_of(topic, data)
        return parse_webhook(signed_headers([SECRET], "msg_1", NOW, body), body, [SECRET], NOW)

    case, state = parsed("case.opened", CASE), parsed("state.changed", {"subject": "pickup/1", "state": "ready"})
    assert isinstance(case, CaseNotice)
    assert (case.case, case.kind) == ("5d1f0c", "late_ready")
    assert (type(state), state.subject, state.data["state"]) == (Notice, "pickup/1", "ready")


@pytest.mark.parametrize(
    ("change", "code"),
    [("body", "O130"), ("secret", "O130"), ("late", "O131"), ("headers", "O132")],
)
def test_what_is_not_signed_for_this_receiver_calls_nobody(change: str, code: str) -> None:
    gate = Gate(FakeService())
    called: list[DecisionNotice] = []
    gate.on_revoked(called.append)
    body = body_of("permit.revoked", DECISION)
    headers = signed_headers([SECRET], "msg_1", NOW, body)
    secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD" if change == "secret" else SECRET
    with pytest.raises(OutboundError, match=code):
        gate.receive(
            {} if change == "headers" else headers,
            body + b" " if change == "body" else body,
            [secret],
            NOW + (3_600_000_000 if change == "late" else 0),
        )
    assert called == []


@pytest.mark.parametrize(
    "body", [b"[]", b"{", body_of("permit.revoked", {"subject": "pickup/1"}), body_of("case.opened", 1)]
)
def test_what_is_signed_and_is_no_notice_is_refused(body: bytes) -> None:
    with pytest.raises(OutboundError, match="K108"):
        parse_webhook(signed_headers([SECRET], "msg_1", NOW, body), body, [SECRET], NOW)
