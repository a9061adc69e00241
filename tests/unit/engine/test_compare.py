"""What two packs make of one history: every difference, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.unit.engine.cases_kit import PLACED, done, sent
from tests.unit.engine.kit import SUBJECT, a_pack, moment
from troth.engine.backtest import Backtest
from troth.engine.compare import View, changes
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.plan import WHAT, is_in


def pack(**more: Any) -> Pack:
    """Return a pack that promises and tells; some of its sections may be others."""
    base: dict[str, Any] = {
        "statements": {"ready": {"about": "pickup", "true_when": "done"}},
        "messages": {"note": {"purpose": "inform", "statements": ["ready"], "told_at": {"*": "sent"}}},
        "promises": {"today": {"made_by": "order.placed", "due": {"after": "1h"}, "kept_when": "done"}},
        "cases": {"lapse": {"lapse_of": "today", "title": "It was late"}},
    }
    return a_pack(**(base | more))


def view(of: Pack, events: Sequence[Event]) -> View:
    """Return what a pack makes of some events."""
    heard = {source.name: moment("9h") for source in of.sources}
    return Backtest(of, heard, moment("9h")).judge(SUBJECT, events)


EVENTS = [PLACED, sent("30m", "note"), done("70m")]


def found(new: Pack, events: Sequence[Event] = EVENTS) -> list[tuple[str, str, str, str]]:
    """Return the differences to the plain pack, in short."""
    return [(one.what, one.name, one.before, one.after) for one in changes(view(pack(), events), view(new, events))]


def test_the_same_pack_changes_nothing() -> None:
    assert found(pack()) == []


def test_another_grace_keeps_the_promise_and_opens_no_case() -> None:
    later = {"today": {"made_by": "order.placed", "due": {"after": "2h"}, "kept_when": "done"}}
    assert found(pack(promises=later)) == [
        ("case", "lapse", "closed", "none"),
        ("due", "today", "as it was", "another one"),
        ("promise", "today", "late", "kept"),
    ]


def test_another_condition_makes_a_statement_true_and_its_message_one_to_send() -> None:
    easier = {"ready": {"about": "pickup", "true_when": "placed"}}
    assert found(pack(statements=easier)) == [
        ("decision", "note", "SUPPRESS G301", "SEND"),
        ("statement", "ready", "false then, false now", "true then, true now"),
    ]


def test_a_message_that_is_no_longer_declared_is_no_longer_told() -> None:
    assert ("message", "note", "told", "none") in found(pack(messages={}, statements={}))


def test_another_name_of_a_state_is_another_state() -> None:
    states = {"ready": {"when": "done", "usable": True, "terminal": True}, "open": {"when": "!done"}}
    assert found(pack(states=states)) == [("state", "", "done", "ready")]


def test_a_state_on_the_way_is_told_as_another_course() -> None:
    states = {
        "done": {"when": "done", "usable": True, "terminal": True},
        "going": {"when": "placed"},
        "open": {"when": "!done"},
    }
    assert found(pack(states=states)) == [("course", "done", "as it was", "another one")]


def test_every_change_is_of_a_kind_that_is_named_and_can_be_asked_for() -> None:
    ones = changes(view(pack(), EVENTS), view(pack(messages={}, statements={}), EVENTS))
    assert {one.what for one in ones} <= set(WHAT)
    for one in ones:
        assert is_in(one.part, one.what)
        assert is_in(one.part, f"{one.what}:{one.name}")
        assert is_in(one.part, one.part)
    assert not is_in("statement:a:b->c", "state")
