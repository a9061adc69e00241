"""What bounds a comparison: subjects, time, a process that is ended, one at once; the page says what it left out."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import Pipe
from pathlib import Path
from time import monotonic

import pytest

from tests.unit.surfaces.web.conftest import House, submit
from troth.bootstrap import open_ledger
from troth.runtime import catalog
from troth.surfaces.web.explorer import bounded, planning, routes
from troth.surfaces.web.explorer.planning import Asked

Served = Callable[..., House]
FILES = dict(catalog.load("delivery").files)


def placed(house: House, count: int) -> None:
    """Have some orders placed."""
    for number in range(count):
        house.accept({
            "specversion": "1.0", "id": f"e{number}", "source": "shop", "type": "order.placed",
            "subject": f"order/{number}", "data": {"promised_day": "2026-03-04", "zone": "UTC"},
        })  # fmt: skip


def test_what_was_told_before_the_time_was_over_is_the_outcome() -> None:
    receiving, sending = Pipe(duplex=False)
    sending.send(("told", 1))
    sending.send(("told", 2))
    assert bounded.outcome(receiving, monotonic()) == bounded.Outcome(2, ended=False)
    sending.send(("told", 3))
    sending.send(("end", None))
    assert bounded.outcome(receiving, monotonic()) == bounded.Outcome(3, ended=True)


def test_a_fault_is_raised_and_a_process_that_is_lost_is_said_to_be() -> None:
    receiving, sending = Pipe(duplex=False)
    sending.send(("fault", ValueError("no")))
    with pytest.raises(ValueError, match="no"):
        bounded.outcome(receiving, monotonic())
    sending.close()
    with pytest.raises(ChildProcessError):
        bounded.outcome(receiving, monotonic() + 60)


def test_a_comparison_whose_process_takes_too_long_is_ended_and_says_so(served: Served, tmp_path: Path) -> None:
    db = str(tmp_path / "shop.db")
    open_ledger(db).close()
    asked = Asked("delivery", FILES, FILES, served("delivery").now, total=12, seconds=0.0, grace=0.0)
    shown = planning.plan_view(planning.plan_in(db, asked), asked)
    said = "Not looked at: 12 subjects, since one subject alone takes too long, and 0 s were over."
    assert (shown["answer"], shown["whole"], shown["subjects"]) == (said, False, 0)


def test_after_its_time_no_further_subject_is_looked_at(served: Served) -> None:
    house = served("delivery")
    placed(house, 2)
    asked = Asked("delivery", FILES, FILES, house.now, total=2, seconds=0.0)
    shown = planning.plan_view(planning.plan_on(house.store, asked), asked)
    assert shown["answer"] == "Not looked at: 2 subjects, since a page takes no more than 0 s."


def test_the_page_says_what_was_looked_at_and_what_was_not(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    house = served("delivery")
    placed(house, 5)
    real = planning.plan_on
    some = lambda ledger, asked: real(ledger, Asked(asked.pack, asked.old, asked.new, asked.now, asked.total, 3))  # noqa: E731
    monkeypatch.setattr(planning, "plan_on", some)
    changed = "\n".join(FILES.values()).replace("tell_within: 14d", "tell_within: 7d")
    page = submit(house.staff("lead"), "/packs/delivery/changes", text=changed).text
    assert "The first 3 subjects were looked at. Not looked at: 2 subjects, since a page takes no more than" in page
    monkeypatch.setattr(planning, "plan_on", real)
    page = submit(house.staff("lead"), "/packs/delivery/changes", text=changed).text
    assert "5 subjects with 5 events" in page
    assert "none: that is the whole history" in page


def test_who_would_wait_too_long_for_another_comparison_is_told_so(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "AT_ONCE", 0)
    monkeypatch.setattr(routes, "TURN_S", 0.01)
    answer = submit(served("delivery").staff("lead"), "/packs/delivery/changes", text="pack: delivery")
    assert answer.status_code == 503
    assert "Somebody else is comparing" in answer.text
    assert answer.headers["retry-after"] == "30"
