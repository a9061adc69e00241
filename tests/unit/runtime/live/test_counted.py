"""What the gate does is counted once, whichever door it came by: a program, a provider's receipt, troth itself."""

from __future__ import annotations

from tests.unit.runtime.live.firm import Firm, packs
from troth.bootstrap import open_service
from troth.model.decision import Request
from troth.runtime.live import LiveService
from troth.runtime.live.run import Done
from troth.runtime.service import Tell
from troth.runtime.telemetry import Metrics


class Counted(Firm):
    """A firm whose turns are told to the figures."""

    def _served(self) -> LiveService:
        self.metrics = Metrics()
        return LiveService(
            self.ledger, packs(), clock=lambda: self.moment, threaded=False, on_turn=self._turned
        )  # fmt: skip

    def _turned(self, done: Done) -> None:
        self.outgoing.extend(done.outgoing)
        self.metrics.turned(done)

    def count(self, name: str, **labels: str) -> float:
        """Return a figure; 0 when it has never been counted."""
        self.metrics.text()  # What was tallied is added when it is shown.
        return self.metrics.registry.get_sample_value(f"troth_{name}_total", labels) or 0.0


def test_a_question_in_the_process_is_counted_with_its_reasons() -> None:
    firm = Counted.shop()
    decision = firm.ask()
    assert (firm.count("asks", outcome="HOLD"), firm.count("own_decisions", outcome="HOLD")) == (1, 0)
    for reason in decision.reasons:
        assert firm.count("reasons", code=reason.code) >= 1


def test_a_confirmation_is_counted_by_what_became_of_it() -> None:
    firm = Counted.shop(ready=True)
    firm.confirm()
    firm.ask()
    firm.confirm()
    firm.confirm()
    assert [firm.count("confirms", code=code) for code in ("ok", "G701", "G704")] == [1, 1, 1]


def test_what_is_decided_again_and_what_the_gate_asks_for_itself_is_counted_apart() -> None:
    firm = Counted.shop()
    firm.ask()
    firm.at("10m")
    firm.ready()
    assert (firm.count("asks", outcome="SEND"), firm.count("own_decisions", outcome="SEND")) == (0, 1)
    firm.confirm()
    firm.provider()
    before = sum(firm.count("own_decisions", outcome=outcome) for outcome in ("SEND", "REPLACE", "HOLD", "SUPPRESS"))
    firm.at("20m")
    firm.report("desk", "pickup.refused", reason="not_found")
    after = sum(firm.count("own_decisions", outcome=outcome) for outcome in ("SEND", "REPLACE", "HOLD", "SUPPRESS"))
    assert any(asked.id.startswith("correct-") for asked in firm.record().asks)
    assert after > before
    assert sum(firm.count("asks", outcome=outcome) for outcome in ("SEND", "REPLACE", "HOLD", "SUPPRESS")) == 1


def test_a_bypass_is_counted_once_by_whichever_receipt_it_is_found() -> None:
    firm = Counted.shop(ready=True)
    firm.provider(name="wild")
    assert firm.count("bypasses") == 1
    firm.provider(name="wild")
    firm.answer(firm.service.tell([Tell("wild", "pickup/1", "ready", "email", "read", source="spam filter")]))
    assert firm.count("bypasses") == 1
    firm.answer(firm.service.tell([Tell("open", "pickup/1", "ready", "email", "sent", open=True)]))
    assert firm.count("bypasses") == 2
    firm.answer(firm.service.tell([Tell("watched", "pickup/1", "ready", "email", "sent", shadow=True)]))
    assert firm.count("bypasses") == 2


def test_what_left_with_its_permit_is_no_bypass() -> None:
    firm = Counted.shop(ready=True)
    firm.send()
    assert firm.count("bypasses") == 0


def test_a_program_of_its_own_has_the_same_figures() -> None:
    metrics = Metrics()
    with open_service(packs=["store_pickup"], on_turn=metrics.turned) as service:
        service.ask([Request("m1", "ready", "pickup/1", "email")]).result(30)
    text = metrics.text().decode()
    assert 'troth_asks_total{outcome="HOLD"} 1.0' in text
    assert "troth_turn_commands_count" in text
