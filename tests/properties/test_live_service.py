"""Whatever commands come, in whatever turns: the records are those that the ledger's events define."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.runtime.live.firm import Firm, packs
from troth.engine.effects import bypasses
from troth.engine.fold import refold
from troth.engine.machine import prepare
from troth.engine.project import entries_of
from troth.errors import GateError
from troth.model.decision import Request
from troth.model.effect import Entry
from troth.model.ids import record_hash
from troth.model.times import MINUTE, SECOND, format_instant
from troth.runtime.service import CaseAction, Complaint, Tell

SUBJECTS = ("pickup/1", "pickup/2", "customer/1")
MESSAGES = ("ready", "survey", "offer", "confirmation", "reminder", "looking_into_it")
REPORTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "oms",
        "order.placed",
        {"customer": "customer/1", "mode": "in_store", "value": 5.0, "promised_by": "2026-03-02T14:00:00Z"},
    ),
    ("oms", "order.cancelled", {"by": "customer"}),
    ("inventory", "stock.checked", {"available": True}),
    ("store", "pick.completed", {"picked": 1, "short": 0}),
    ("store", "pick.failed", {"reason": "none"}),
    ("staging", "stage.placed", {"slot": "A"}),
    ("staging", "stage.removed", {}),
    ("desk", "pickup.refused", {"reason": "not_found"}),
    ("pos", "pickup.handed_over", {}),
    ("mailer", "mail.delivered", {"message": "ready", "id": "m0", "channel": "email"}),
    ("mailer", "mail.delivered", {"message": "ready", "id": "m1", "channel": "email"}),
)
CUSTOMERS = (
    ("crm", "customer.registered", {"zone": "Europe/Berlin"}),
    ("preference_centre", "customer.consented", {"purpose": "survey", "given": True}),
    ("preference_centre", "customer.withdrew", {"purpose": "survey"}),
)

ids = st.sampled_from(["m0", "m1", "m2"])
whom = st.sampled_from(SUBJECTS[:2])
steps = st.one_of(
    st.tuples(st.just("report"), whom, st.sampled_from(REPORTS), st.integers(-30, 3), st.integers(0, 12)),
    st.tuples(
        st.just("report"), st.just("customer/1"), st.sampled_from(CUSTOMERS), st.integers(-30, 0), st.integers(0, 12)
    ),
    st.tuples(st.just("ask"), whom, ids, st.sampled_from(MESSAGES)),
    st.tuples(st.just("ask"), whom, ids, st.just("ready")),
    st.tuples(st.just("confirm"), whom, ids),
    st.tuples(st.just("tell"), whom, ids, st.sampled_from(["sent", "delivered", "failed"])),
    st.tuples(st.just("complain"), whom, st.sampled_from(["where?", "late!"])),
    st.tuples(st.just("act"), whom, st.sampled_from(["own", "release", "note", "inform", "remedy", "close", "reopen"])),
    st.tuples(st.just("hear"), st.sampled_from([(), ("store",), ("desk", "pos")])),
    st.tuples(st.just("wait"), st.integers(1, 400)),
    st.tuples(st.just("pump")),
)
stories = st.lists(steps, min_size=4, max_size=40)


def play(firm: Firm, story: list[tuple[Any, ...]]) -> list[Future[Any]]:
    """Do the steps of a story; return what will be answered."""
    answers: list[Future[Any]] = []
    doing: dict[str, Callable[..., Future[Any] | None]] = {
        "report": lambda *step: firm.service.accept("", [_envelope(firm, *step)]),
        "ask": lambda subject, name, message: firm.service.ask([Request(name, message, subject, "email")]),
        "confirm": firm.service.confirm,
        "tell": lambda subject, name, phase: firm.service.tell([Tell(name, subject, "ready", "email", phase)]),
        "complain": lambda subject, text: firm.service.complain(Complaint(subject, text, id=text)),
        "act": lambda subject, verb: _act(firm, subject, verb),
        "hear": lambda silent: firm.hear(*silent),
        "wait": lambda minutes: _wait(firm, minutes),
        "pump": lambda: _pump(firm),
    }
    for name, *rest in story:
        answer = doing[name](*rest)
        if answer is not None:
            answers.append(answer)
    firm.service.pump()
    return answers


def _envelope(
    firm: Firm, subject: str, report: tuple[str, str, dict[str, Any]], late: int, name: int
) -> dict[str, Any]:
    source, kind, data = report
    raw = firm.event(source, kind, subject, **data)
    return raw | {
        "id": f"{kind}{name}",
        "time": msgspec.json.decode(msgspec.json.encode(_text(firm.moment + late * MINUTE))),
    }


def _text(moment: int) -> str:

    return format_instant(moment)


def _act(firm: Firm, subject: str, verb: Any) -> Future[Any] | None:
    firm.service.pump()
    seen = firm.service.look(subject)
    cases = [case for case in seen.record.cases if case.id] if seen is not None else []
    return firm.service.act(CaseAction(verb, subject, cases[-1].id, "ada")) if cases else None


def _wait(firm: Firm, minutes: int) -> None:
    firm.service.pump()
    firm.moment += minutes * MINUTE


def _pump(firm: Firm) -> None:
    firm.service.pump()


@given(story=stories)
@settings(max_examples=60, deadline=None)
def test_records_and_indexes_are_those_that_the_events_define(story: list[tuple[Any, ...]]) -> None:
    firm = Firm()
    answers = play(firm, story)
    for answer in answers:
        if answer.exception(timeout=0) is not None:
            assert isinstance(answer.exception(timeout=0), GateError)
    machines = {name: prepare(pack) for name, pack in packs().items()}
    heard = firm.ledger.watermarks()
    lines: set[bytes] = set()
    for subject, record in firm.ledger.records(SUBJECTS).items():
        machine = machines[record.pack]
        again = refold(machine, subject, firm.ledger.events_of([subject])[subject], heard, record.at)
        assert record_hash(again) == record_hash(record), subject
        lines |= {_line(entry) for entry in entries_of(machine, record)}
    stored = {
        _line(entry)
        for kind in ("contact", "open_case", "waiting", "asking", "subject")
        for key in ("", "customer/1")
        for entry in firm.ledger.entries(kind, key, limit=1000)
    }
    assert stored == {line for line in lines if not line.startswith((b'["unheard', b'["case"'))}


def _line(entry: Entry) -> bytes:
    return msgspec.json.encode([entry.kind, entry.key, entry.order, entry.subject, entry.body])


@given(story=stories, cut=st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_a_restart_at_any_moment_changes_no_answer(story: list[tuple[Any, ...]], cut: int) -> None:
    whole, broken = Firm(), Firm()
    answers: list[list[Any]] = []
    for firm in (whole, broken):
        futures = play(firm, story[:cut])
        if firm is broken:
            firm.restart()
        # The first turn after a restart is one more tick of the writer's own clock: the other gets it, too.
        firm.answer(firm.service.heartbeat({}))
        futures += play(firm, story[cut:])
        answers.append([_in_words(one.exception(timeout=0) or one.result(timeout=0)) for one in futures])
    assert answers[0] == answers[1]
    assert [_in_words(one) for one in whole.outgoing] == [_in_words(one) for one in broken.outgoing]
    assert {name: _said(whole, name) for name in SUBJECTS} == {name: _said(broken, name) for name in SUBJECTS}


def _in_words(answer: Any) -> str:
    """Return an answer as text, without what tells only in which turn of a moment it was given."""
    text = re.sub(r"\d{16}", lambda found: str(int(found[0]) // SECOND), str(answer))
    return re.sub(r"\b[0-9a-f]{32}\b", "id", re.sub(r"\.\d+Z", "Z", text))


def _said(firm: Firm, subject: str) -> Any:
    seen = firm.service.look(subject)
    if seen is None:
        return None
    record = seen.record
    asks = [(one.id, one.message, one.outcome, one.sends, one.codes, one.confirmed_at is None) for one in record.asks]
    return asks, [span.value for span in record.states], [(case.kind, case.about) for case in record.cases]


READY = [
    ("report", "customer/1", CUSTOMERS[0], -1, 0),
    *(("report", "pickup/1", REPORTS[number], -1, 0) for number in (0, 2, 3, 5)),
    ("hear", ()),
    ("ask", "pickup/1", "m0", "ready"),
]
"""Begins a story in which there is something to confirm."""
begins = st.sampled_from([[], READY, [*READY, ("confirm", "pickup/1", "m0")]])


def test_nothing_is_confirmed_twice_and_what_left_without_a_permit_is_found() -> None:
    tally = Counter[str]()

    @given(begin=begins, story=stories)
    @settings(max_examples=40, deadline=None)
    def check(begin: list[tuple[Any, ...]], story: list[tuple[Any, ...]]) -> None:
        firm = Firm()
        play(firm, [*begin, *story])
        found = {(one.subject, one.body["id"]) for one in firm.outgoing if one.topic == "bypass.found"}
        for subject in SUBJECTS[:2]:
            seen = firm.service.look(subject)
            if seen is None:
                continue
            left = {(subject, told.id) for told in bypasses(seen.pack, seen.record)}
            assert left <= found
            written = [one for one in firm.ledger.events_of([subject])[subject] if one.type == "troth.confirmed"]
            assert len({one.data["id"] for one in written}) == len(written)
            tally["bypasses"] += len(left)
            tally["confirmed"] += len(written)

    check()
    assert tally["confirmed"], "nothing was ever confirmed"
    assert tally["bypasses"], "nothing ever left without a permit"


def test_an_answer_about_what_is_settled_takes_nothing_back() -> None:
    firm = Firm()
    handed_over: tuple[str, str, dict[str, Any]] = ("pos", "pickup.handed_over", {})
    play(firm, [("ask", "pickup/1", "m0", "ready"), ("report", "pickup/1", handed_over, -10, 0)])
    record = firm.ledger.records(["pickup/1"])["pickup/1"]
    machine = prepare(packs()[record.pack])
    events = firm.ledger.events_of(["pickup/1"])["pickup/1"]
    assert record_hash(refold(machine, "pickup/1", events, firm.ledger.watermarks(), record.at)) == record_hash(record)
