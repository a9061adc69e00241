"""Windows in a ledger's settings, and promises made from them, as events with their basis."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.unit.trust.windows_kit import a_history, end_of
from troth.bootstrap import open_ledger
from troth.engine.journal import PROMISED
from troth.errors import GateError, LedgerError, MeasureError
from troth.model.event import Event
from troth.model.record import Promise
from troth.model.times import DAY, HOUR, Micros, parse_instant
from troth.ports.ledger import Ledger
from troth.runtime import catalog
from troth.runtime.live import LiveService
from troth.runtime.promising import all_kept, keep, kept, write
from troth.runtime.service import Given
from troth.runtime.work import fold
from troth.trust.windows import Windows, fit
from troth.trust.windows_stage import Plan

START: Micros = parse_instant("2026-03-02T12:00:00Z")
BASIS = {"method": "by hand", "level": 0.9, "segment": {}, "n": 1, "trained_as_of": "2026-03-01T00:00:00Z"}


@pytest.fixture(scope="module")
def windows() -> Windows:
    past = a_history()
    return fit(past, end_of(past), Plan(names=("place",)), 0.9, "parcel")[0]


@pytest.fixture
def ledger() -> Ledger:
    """Return a ledger with one order of which only the payment is known, so that nothing was promised."""
    found = open_ledger()
    loaded = catalog.load("delivery")
    catalog.store(found, loaded)
    pack = loaded.compiled.require()
    paid = Event("payment", "e1", "payment.approved", "order/1", START, START, {"attributes": {"customer_state": "SP"}})
    found.append([paid], pack="delivery")
    fold(found, {"delivery": pack}, now=START)
    return found


def given(due: Micros = START + 5 * DAY, **more: Any) -> Given:
    return Given("order/1", more.pop("kind", "delivery_day"), due, more.pop("basis", BASIS), **more)


def promises_of(ledger: Ledger) -> tuple[Promise, ...]:
    return ledger.records(["order/1"])["order/1"].promises


def test_what_is_kept_is_read_back_with_its_digest(ledger: Ledger, windows: Windows) -> None:
    keep(ledger, windows)
    assert all_kept(ledger) == [("parcel", "day")]
    assert kept(ledger, "parcel", "day") == windows


def test_what_nobody_learned_is_said(ledger: Ledger) -> None:
    with pytest.raises(MeasureError) as refused:
        kept(ledger, "parcel", "day")
    assert refused.value.problems[0].code == "N110"


@pytest.mark.parametrize(("change", "error", "code"), [
    ({"n": 7}, LedgerError, "N112"), ({"version": 99}, MeasureError, "N111"),
])  # fmt: skip
def test_what_was_changed_or_is_of_another_version_is_not_used(
    ledger: Ledger, windows: Windows, change: dict[str, int], error: type[LedgerError], code: str
) -> None:
    keep(ledger, windows)
    value = ledger.get("windows/parcel/day")
    ledger.put("windows/parcel/day", {**value, "windows": {**value["windows"], **change}})
    with pytest.raises(error) as refused:
        kept(ledger, "parcel", "day")
    assert refused.value.problems[0].code == code


def test_a_promise_is_made_with_its_basis_and_only_once(ledger: Ledger) -> None:
    packs = catalog.restore(ledger)
    made = write(ledger, packs, given(), START + HOUR)
    assert (made.kind, made.outcome, made.basis) == ("delivery_day", "open", BASIS)
    assert [window.counts for window in made.windows] == ["first"]
    assert write(ledger, packs, given(), START + 2 * HOUR) == made
    assert promises_of(ledger) == (made,)
    assert ledger.count()["events"] == 2


def test_another_date_is_a_slip_until_the_customer_is_told_and_has_the_newer_basis(ledger: Ledger) -> None:
    packs = catalog.restore(ledger)
    write(ledger, packs, given(), START + HOUR)
    newer = {**BASIS, "n": 2}
    again = write(ledger, packs, given(START + 6 * DAY, basis=newer), START + 2 * HOUR)
    assert [window.counts for window in again.windows] == ["first", "slip"]
    assert again.basis == newer


def test_it_is_kept_and_missed_like_any_other(ledger: Ledger) -> None:
    packs = catalog.restore(ledger)
    write(ledger, packs, given(), START + HOUR)
    delivered = Event("carrier", "e2", "carrier.delivered", "order/1", START + 2 * DAY, START + 2 * DAY, {})
    ledger.append([delivered], pack="delivery")
    fold(ledger, packs, now=START + 6 * DAY)
    assert promises_of(ledger)[0].outcome == "kept"


def test_a_window_with_a_beginning_opens_then(ledger: Ledger) -> None:
    made = write(ledger, catalog.restore(ledger), given(opens=START + 3 * DAY), START + HOUR)
    assert made.opens_at == START + 3 * DAY


@pytest.mark.parametrize("kind", ["delivery", "usable"])
def test_a_kind_that_the_pack_does_not_have_is_refused(ledger: Ledger, kind: str) -> None:
    with pytest.raises(GateError) as refused:
        write(ledger, catalog.restore(ledger), given(kind=kind), START + HOUR)
    assert refused.value.problems[0].code == "N109"
    assert ledger.count()["events"] == 1


def test_the_live_service_makes_it_in_its_turn(ledger: Ledger) -> None:
    now = START + HOUR
    service = LiveService(ledger, catalog.restore(ledger), clock=lambda: now, threaded=False)
    first, refused = service.promise(given()), service.promise(given(kind="usable"))
    again = service.promise(given())
    service.pump()
    assert first.result().basis == BASIS
    assert again.result() == first.result()
    with pytest.raises(GateError) as error:
        refused.result()
    assert error.value.problems[0].code == "N109"
    service.close()
    assert promises_of(ledger) == (first.result(),)


@pytest.mark.parametrize("data", [
    {}, {"kind": "delivery_day"}, {"kind": "nothing", "due": "2026-03-09T00:00:00Z", "basis": {}},
    {"kind": "delivery_day", "due": "soon", "basis": {}}, {"kind": "delivery_day", "due": "2026-03-09T00:00:00Z",
                                                "basis": 1},
])  # fmt: skip
def test_one_that_cannot_be_read_is_a_finding_and_no_promise(ledger: Ledger, data: dict[str, Any]) -> None:
    event = Event("troth", "j1", PROMISED, "order/1", START + HOUR, START + HOUR, data)
    ledger.append([event], pack="delivery")
    fold(ledger, catalog.restore(ledger), now=START + HOUR)
    record = ledger.records(["order/1"])["order/1"]
    assert record.promises == ()
    assert [finding.code for finding in record.findings] == ["F108"]


def test_a_promise_that_was_stored_before_there_was_a_basis_is_read() -> None:
    promise = Promise("day", "", 1, 1, (), "kept")
    fields = msgspec.to_builtins(promise)
    assert msgspec.convert(fields[:-1], Promise) == promise
