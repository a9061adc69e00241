"""What a turn keeps: nothing that was decided is lost, nothing is looked at for ever."""

from __future__ import annotations

from tests.unit.runtime.live.firm import Firm


def test_a_decision_about_a_corrected_subject_is_kept_after_a_restart() -> None:
    firm = Firm()
    firm.placed()
    firm.ready()
    firm.report("staging", "event.corrected", corrects="e0")
    assert firm.record().corrected
    firm.restart()
    assert firm.ask().outcome == "SEND"
    assert firm.confirm().ok
    assert firm.confirm().code == "G704"
