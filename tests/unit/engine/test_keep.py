"""Promises: windows, grace, days, void, slips and renegotiation, undisclosed dues, unknown outcomes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.engine.kit import Told, a_pack, codes, fold, promise
from troth.model.pack import Pack
from troth.model.times import format_instant

PLACED: Told = ("0m", "desk", "order.placed")
TOLD_NEW: Told = ("3h", "desk", "message.sent", {"message": "notice", "id": "n1", "channel": "sms"})
NEW_DATE: Told = ("2h", "desk", "order.delayed", {"hours": 6})


def promising(**declared: Any) -> Pack:
    """Return a pack that promises `done` within four hours of the placing, changed as given."""
    kind = {"made_by": "order.placed", "due": {"after": "4h"}, "kept_when": "done", "void_when": "gone", **declared}
    return a_pack(
        more_facts={
            "gone": {"type": "bool", "authority": [["desk"]], "otherwise": False},
            "missed": {"type": "bool", "authority": [["desk"]], "otherwise": False},
        },
        more_events={
            "order.gone": {"observe": {"gone": True}},
            "order.missed": {"observe": {"missed": True}},
            "order.delayed": {},
        },
        states={
            "done": {"when": "done", "usable": True, "terminal": True},
            "gone": {"when": "gone", "terminal": True},
            "open": {"when": "placed"},
            "before": {"when": "!placed"},
        },
        statements={"soon": {"about": "time", "promise": "soon"}},
        messages={"notice": {"purpose": "promise", "statements": ["soon"], "told_at": {"*": "sent"}}},
        promises={"soon": kind},
    )


def outcome(pack: Pack, *told: Told, now: str = "1d", heard: str | None = None) -> str:
    """Return the outcome of the promise for its first window."""
    return promise(fold(pack, [PLACED, *told], now, heard), "soon").outcome


def done(when: str) -> Told:
    """Return the event that fulfils the promise."""
    return (when, "floor", "order.done", {"done": True})


@pytest.mark.parametrize(
    ("when", "declared", "wanted"),
    [
        ("3h59m", {}, "kept"),
        ("4h", {}, "late"),
        ("4h", {"until": "inclusive"}, "kept"),
        ("4h10m", {"grace": "20m"}, "kept"),
        ("4h20m", {"grace": "20m"}, "late"),
    ],
)
def test_windows_are_half_open_and_grace_lengthens_them(when: str, declared: dict[str, Any], wanted: str) -> None:
    """Kept when it became true before due + grace."""
    assert outcome(promising(**declared), done(when)) == wanted


def test_a_promise_is_open_before_due_and_broken_once_a_heard_source_stays_silent() -> None:
    """The lapse is a moment of its own; no event has to come."""
    pack = promising()
    assert outcome(pack, now="3h59m") == "open"
    record = fold(pack, [PLACED], "4h")
    assert promise(record, "soon").outcome == "broken"
    assert promise(record, "soon").decided_at == 4 * 3600 * 10**6


def test_a_promise_is_unknown_while_the_source_that_would_decide_is_not_heard() -> None:
    """Unknown is never counted as broken."""
    assert outcome(promising(), heard="3h") == "unknown"


def test_a_late_event_that_happened_in_time_keeps_the_promise() -> None:
    """A late event lands where it belongs, whenever it is heard."""
    assert outcome(promising(), ("3h heard 20h", "floor", "order.done", {"done": True})) == "kept"


def test_what_was_unknown_when_due_stays_unknown_although_it_is_true_now() -> None:
    """That it is true now does not tell whether it was in time."""
    told = (("1h", "floor", "order.done", {"done": None}), done("6h"))
    assert outcome(promising(), *told) == "unknown"


def test_a_withdrawal_before_due_is_void_and_after_it_broken() -> None:
    """Void only if the customer withdrew in time."""
    pack = promising()
    assert outcome(pack, ("1h", "desk", "order.gone")) == "void"
    assert outcome(pack, ("5h", "desk", "order.gone")) == "broken"


def test_a_withdrawal_within_the_grace_is_broken() -> None:
    """Void is before due; the grace is our own allowance, not the customer's."""
    pack = promising(grace="1h", grace_source="a test")
    assert outcome(pack, ("4h30m", "desk", "order.gone")) == "broken"


def test_a_withdrawal_after_a_slip_is_broken() -> None:
    """Whoever leaves because of a new date has not withdrawn freely."""
    pack = promising(renewed_by={"event": "order.delayed", "due": {"after": "6h"}})
    assert outcome(pack, NEW_DATE, ("3h", "desk", "order.gone")) == "broken"


def test_a_terminal_state_without_it_breaks_a_promise_before_due() -> None:
    """No waiting for the clock when nothing can come any more."""
    pack = a_pack(
        more_facts={"gone": {"type": "bool", "authority": [["desk"]], "otherwise": False}},
        more_events={"order.gone": {"observe": {"gone": True}}},
        states={
            "done": {"when": "done", "terminal": True},
            "gone": {"when": "gone", "terminal": True},
            "open": {"when": "!done"},
        },
        promises={"soon": {"made_by": "order.placed", "due": {"after": "4h"}, "kept_when": "done"}},
    )
    assert outcome(pack, ("1h", "desk", "order.gone"), now="2h") == "broken"


def test_a_new_date_told_before_the_old_one_renegotiates_and_the_first_window_still_counts_first() -> None:
    """Two outcomes: for the first window, and as renegotiated."""
    pack = promising(renewed_by={"event": "order.delayed", "due": {"after": "6h"}})
    made = promise(fold(pack, [PLACED, NEW_DATE, TOLD_NEW, done("7h")], "1d"), "soon")
    assert (made.outcome, made.renegotiated) == ("late", "kept")
    assert [window.counts for window in made.windows] == ["first", "renegotiated"]


def test_a_new_date_told_after_the_old_one_is_a_slip() -> None:
    """The first window counts in both figures."""
    pack = promising(renewed_by={"event": "order.delayed", "due": {"after": "6h"}})
    late_word: Told = ("5h", *TOLD_NEW[1:])
    made = promise(fold(pack, [PLACED, NEW_DATE, late_word, done("7h")], "1d"), "soon")
    assert (made.outcome, made.renegotiated) == ("late", "late")
    assert made.windows[-1].counts == "slip"


def test_a_receipt_heard_later_turns_a_slip_into_a_renegotiation() -> None:
    """What counts is when the customer was told, not when we learned it."""
    pack = promising(renewed_by={"event": "order.delayed", "due": {"after": "6h"}})
    receipt: Told = ("3h heard 20h", *TOLD_NEW[1:])
    assert promise(fold(pack, [PLACED, NEW_DATE, receipt, done("7h")], "1d"), "soon").renegotiated == "kept"


def test_a_new_date_without_the_consent_that_is_demanded_does_not_renegotiate() -> None:
    """Law or policy may demand that the customer agrees."""
    pack = promising(renewed_by={"event": "order.delayed", "due": {"after": "6h"}, "consent": "data.agreed"})
    without = promise(fold(pack, [PLACED, NEW_DATE, TOLD_NEW, done("7h")], "1d"), "soon")
    assert (without.windows[-1].counts, without.renegotiated) == ("unconsented", "late")
    agreed: Told = ("2h", "desk", "order.delayed", {"agreed": True})
    assert promise(fold(pack, [PLACED, agreed, TOLD_NEW, done("7h")], "1d"), "soon").renegotiated == "kept"


def test_a_new_date_after_due_is_found() -> None:
    """Re-promising what has already failed is a slip and a finding."""
    pack = promising(renewed_by={"event": "order.delayed", "due": {"after": "6h"}})
    assert "F103" in codes(fold(pack, [PLACED, ("5h", "desk", "order.delayed")], "1d"))


def test_made_again_with_the_same_due_moment_it_is_the_same_promise() -> None:
    """A snapshot exported twice promises once."""
    pack = promising(due={"at": "timestamp(data.due)"})
    due = {"due": "1970-01-01T04:00:00Z"}
    record = fold(pack, [("0m", "desk", "order.placed", due), ("1h", "desk", "order.placed", due)], "1d")
    assert len(record.promises) == 1
    assert len(record.promises[0].windows) == 1


def test_without_a_due_moment_that_can_be_read_there_is_no_promise_and_a_finding_says_so() -> None:
    """Unless the pack says that not everybody is promised something: a fifth of a city's requests have no target."""
    silent = fold(promising(due={"at": "timestamp(data.due)"}), [PLACED], "1d")
    assert (silent.promises, codes(silent)) == ((), ["F106"])
    wrong: Told = ("0m", "desk", "order.placed", {"day": 15, "zone": "Europe/Berlin"})
    assert codes(fold(promising(due={"day": "data.day", "zone": "data.zone"}), [wrong], "1d")) == ["F106"]
    said = promising(due={"at": "timestamp(data.due)"}, made_when="known(data.due)")
    assert codes(fold(said, [PLACED], "1d")) == []


def test_a_day_given_as_an_instant_is_the_day_of_its_own_zone() -> None:
    """Half past midnight in Berlin is still the day before in UTC."""
    pack = promising(due={"day": "data.day", "zone": "data.zone"})
    told: Told = ("0m", "desk", "order.placed", {"day": "2026-04-14T22:30:00Z", "zone": "Europe/Berlin"})
    due = promise(fold(pack, [told], "1m"), "soon").windows[0].due
    assert due is not None
    assert format_instant(due) == "2026-04-15T22:00:00Z"


def test_a_promised_day_lasts_until_the_next_local_midnight_also_where_the_clocks_change() -> None:
    """In São Paulo the day after 3 November 2018 began at one o'clock."""
    pack = promising(due={"day": "data.day", "zone": "data.zone"})
    told: Told = ("0m", "desk", "order.placed", {"day": "2018-11-03", "zone": "America/Sao_Paulo"})
    due = promise(fold(pack, [told], "1m"), "soon").windows[0].due
    assert due is not None
    assert format_instant(due) == "2018-11-04T03:00:00Z"


def test_the_last_day_of_the_calendar_promises_nothing_and_stops_nothing() -> None:
    """Systems write 9999-12-31 for never; there is no midnight after it."""
    pack = promising(due={"day": "data.day", "zone": "data.zone"})
    told: Told = ("0m", "desk", "order.placed", {"day": "9999-12-31", "zone": "UTC"})
    assert fold(pack, [told], "1d").promises == ()


def test_an_undisclosed_due_is_decided_by_events_alone() -> None:
    """Late once the desk says so, for good; kept when closed with the target made."""
    pack = a_pack(
        more_facts={"missed": {"type": "bool", "authority": [["desk"]], "otherwise": False}},
        more_events={"order.missed": {"observe": {"missed": True}}},
        promises={
            "sla": {
                "made_by": "order.placed",
                "due": "undisclosed",
                "kept_when": "done && !missed",
                "late_when": "missed",
            }
        },
    )
    missed: Told = ("3h", "desk", "order.missed")
    assert promise(fold(pack, [PLACED], "100d"), "sla").outcome == "open"
    assert promise(fold(pack, [PLACED, done("9h")], "1d"), "sla").outcome == "kept"
    assert promise(fold(pack, [PLACED, missed, done("9h")], "1d"), "sla").outcome == "late"


def test_several_promises_of_a_kind_are_told_apart_by_their_key() -> None:
    """Each item has its own hand-over date."""
    pack = promising(key="data.item", due={"at": "timestamp(data.due)"})
    told = [
        ("0m", "desk", "order.placed", {"item": "a", "due": "1970-01-01T02:00:00Z"}),
        ("0m", "desk", "order.placed", {"item": "b", "due": "1970-01-01T06:00:00Z"}),
        done("4h"),
    ]
    record = fold(pack, told, "1d")
    assert (promise(record, "soon", "a").outcome, promise(record, "soon", "b").outcome) == ("late", "kept")
