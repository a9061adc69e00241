"""The console: what a dry run says is what then happens, and undoing brings back who had a case."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.bootstrap import open_ledger
from troth.errors import GateError
from troth.model.pack import Pack
from troth.model.record import Case
from troth.model.times import MINUTE, Micros, format_instant, parse_instant
from troth.runtime import catalog
from troth.runtime.config import Settings
from troth.runtime.live import LiveService
from troth.runtime.service import CaseAction, CaseVerb, Complaint
from troth.surfaces.api.context import Context
from troth.surfaces.web.console.board import Board
from troth.surfaces.web.console.doing import Asked, Doer
from troth.surfaces.web.console.filters import Filter
from troth.surfaces.web.console.plan import BULK, Do
from troth.surfaces.web.console.reading import Found, find
from troth.surfaces.web.locales import Reader
from troth.surfaces.web.staff.person import Person

START: Micros = parse_instant("2026-03-02T08:00:00Z")
FEEDS = ("oms", "inventory", "store", "staging", "pos", "desk", "carrier", "mailer", "callcentre", "crm")
SUBJECTS = ("pickup/1", "pickup/2", "pickup/3")
PEOPLE = {name: Person(name, name, "lead", name) for name in ("ann", "bob")}
READER = Reader()
REPORTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("store", "pick.failed", {"reason": "none"}),
    ("store", "pick.completed", {"picked": 2, "short": 0}),
    ("staging", "stage.placed", {"slot": "A"}),
    ("mailer", "mail.delivered", {"message": "ready", "id": "m1", "channel": "email"}),
    ("desk", "pickup.refused", {"reason": "not_found"}),
    ("pos", "pickup.handed_over", {}),
)
whom = st.sampled_from(SUBJECTS)
who = st.sampled_from(sorted(PEOPLE))
steps = st.one_of(
    st.tuples(st.just("report"), whom, st.sampled_from(REPORTS)),
    st.tuples(st.just("complain"), whom),
    st.tuples(st.just("act"), whom, who, st.sampled_from(get_args(CaseVerb))),
    st.tuples(st.just("wait"), st.integers(1, 90)),
)
stories = st.lists(steps, min_size=2, max_size=14)


@cache
def packs() -> dict[str, Pack]:
    """Return the packs that are served."""
    return {name: catalog.load(name).compiled.require() for name in ("store_pickup", "customer")}


class House:
    """A service with orders that go wrong, and what the console is made of."""

    def __init__(self) -> None:
        self.now = START
        self.count = 0
        self.store = open_ledger()
        self.service = LiveService(self.store, packs(), clock=lambda: self.now)
        self.context = Context(self.service, self.store, packs(), Settings())
        self.doer = Doer(self.context)
        for subject in SUBJECTS:
            self.report(subject, ("oms", "order.placed", self.order(subject)))

    def order(self, subject: str) -> dict[str, Any]:
        """Return the data of an order."""
        due = format_instant(START + 60 * MINUTE)
        return {"customer": f"customer/{subject[-1]}", "mode": "in_store", "value": 50.0, "promised_by": due}

    def report(self, subject: str, report: tuple[str, str, dict[str, Any]]) -> None:
        """Have a system report something now."""
        source, kind, data = report
        self.count += 1
        raw = {
            "specversion": "1.0", "id": f"e{self.count}", "source": source, "type": kind, "subject": subject,
            "time": format_instant(self.now), "data": data,
        }  # fmt: skip
        self.service.accept("", [raw]).result(10)

    def wait(self, minutes: int) -> None:
        """Let time pass; every feed is heard."""
        self.now += minutes * MINUTE
        self.service.heartbeat(dict.fromkeys(FEEDS, self.now)).result(10)

    def cases(self, subject: str) -> list[Case]:
        """Return the cases of a subject."""
        seen = self.service.look(subject)
        return [] if seen is None else [case for case in seen.record.cases if case.id]

    def play(self, story: list[tuple[Any, ...]]) -> None:
        """Do the steps of a story."""
        for name, *rest in story:
            match name:
                case "report":
                    self.report(*rest)
                case "complain":
                    self.count += 1
                    self.service.complain(Complaint(rest[0], "where is it?", id=f"k{self.count}")).result(10)
                case "wait":
                    self.wait(*rest)
                case _:
                    self.act(*rest)
        self.wait(1)

    def act(self, subject: str, person: str, verb: CaseVerb) -> None:
        """Have somebody do something to the first case of a subject."""
        cases = self.cases(subject)
        if cases:
            self.service.act(CaseAction(verb, subject, cases[0].id, person)).result(10)

    def all(self) -> list[Found]:
        """Return all cases as they stand."""
        found = [find(self.context, case.id) for subject in SUBJECTS for case in self.cases(subject)]
        return [one for one in found if one is not None]


@contextmanager
def house() -> Iterator[House]:
    """Return a house that is closed again."""
    made = House()
    try:
        yield made
    finally:
        made.service.close()
        made.store.close()


@given(story=stories, do=st.sampled_from(BULK), person=who, meddled=st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_a_dry_run_says_is_what_then_happens(
    story: list[tuple[Any, ...]], do: Do, person: str, meddled: bool
) -> None:
    with house() as made:
        made.play(story)
        chosen = [(one.case.id, one.version) for one in made.all()]
        if meddled and chosen:
            made.act(SUBJECTS[0], "bob", "own")
        before = {one.case.id: one.case for one in made.all()}
        plan = asyncio.run(made.doer.plan(do, chosen, PEOPLE[person], READER))
        assert {one.case.id: one.case for one in made.all()} == before, "a dry run does nothing"
        done = asyncio.run(made.doer.many(do, chosen, "noted", PEOPLE[person], READER))
        assert [(line.asked.case, line.step) for line in done] == [(line.asked.case, line.step) for line in plan]
        after = {one.case.id: one.case for one in made.all()}
        for line in plan:
            case, step = after[line.asked.case], line.step
            assert (case.owner, case.closed_as if case.closed_at is not None else "") == (step.owner, step.closed_as)
            if not step.ok:
                assert case == before[line.asked.case]


@given(story=stories, person=who, do=st.sampled_from(["own", "release", "close_anyway", "void"]))
@settings(max_examples=40, deadline=None)
def test_undoing_brings_back_who_had_a_case_and_that_it_was_open(
    story: list[tuple[Any, ...]], person: str, do: Do
) -> None:
    with house() as made:
        made.play([("report", SUBJECTS[0], REPORTS[0]), ("wait", 70), *story])
        for one in made.all():
            asked = Asked(do, one.case.id, one.version, note="noted")
            if asyncio.run(made.doer.act(asked, PEOPLE[person], READER)).state != "done":
                continue
            then = find(made.context, one.case.id)
            assert then is not None
            if then.case == one.case:
                continue
            undone = asyncio.run(made.doer.undo(one.case.id, then.version, made.now, PEOPLE[person]))
            again = find(made.context, one.case.id)
            assert again is not None
            assert undone.state == "done", undone.says
            assert again.case.owner == one.case.owner
            assert (again.case.closed_at is None) == (one.case.closed_at is None)


@given(story=stories)
@settings(max_examples=30, deadline=None)
def test_a_board_that_is_kept_up_to_date_is_one_that_is_made_anew(story: list[tuple[Any, ...]]) -> None:
    with house() as made:
        kept = Board(made.context)
        for step in story:
            made.play([step])
            kept.look()
        kept.hurry()
        kept.look()
        kept.hurry()
        shown = kept.look()
        fresh = Board(made.context).look()
        assert [msgspec.to_builtins(row) for row in shown.opened] == [msgspec.to_builtins(row) for row in fresh.opened]
        assert shown.rows(Filter(overdue=True), "") == fresh.rows(Filter(overdue=True), "")


@given(story=stories, person=who)
@settings(max_examples=20, deadline=None)
def test_only_what_is_over_is_closed_when_that_is_asked_for(story: list[tuple[Any, ...]], person: str) -> None:
    with house() as made:
        made.play(story)
        for one in made.all():
            if one.case.closed_at is not None:
                continue
            action = CaseAction("close", one.row.subject, one.case.id, person, only="aligned")
            asked = made.service.act(action)
            refused = asked.exception(10)
            again = find(made.context, one.case.id)
            assert again is not None
            if refused is None:
                assert asked.result(0).right_since is not None
            else:
                assert isinstance(refused, GateError)
                assert refused.problems[0].code == "G808"
                assert again.case == one.case
