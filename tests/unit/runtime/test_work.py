"""The worker: whatever the order, the batches and the moments of folding, the ledger ends with the same records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import workload
from bench.fold import machine
from troth.errors import LedgerError
from troth.ledger.memory import MemoryLedger
from troth.model.event import Event
from troth.model.ids import record_hash
from troth.model.pack import Pack
from troth.model.times import HOUR, Micros
from troth.ports.ledger import Share
from troth.runtime.replay import record_of, records_at
from troth.runtime.work import as_of, fold

PACK = machine().pack
PACKS: Mapping[str, Pack] = {PACK.name: PACK}
EVENTS = workload.events(12, late=0.2, duplicate=0.1)


def hashes(ledger: MemoryLedger) -> dict[str, str]:
    """Return subject → record hash."""
    return {record.subject: record_hash(record) for record in ledger.scan_records()}


def at_once(events: Sequence[Event]) -> dict[str, str]:
    """Return the hashes after one append and one fold."""
    ledger = MemoryLedger()
    ledger.append(events, pack=PACK.name)
    ledger.advance(workload.HEARD)
    fold(ledger, PACKS, now=workload.NOW)
    return hashes(ledger)


@settings(max_examples=40)
@given(st.permutations(EVENTS), st.lists(st.integers(0, 60), max_size=4), st.data())
def test_any_order_any_batches_and_any_moments_of_folding_give_the_same_records(
    events: list[Event], cuts: list[int], data: st.DataObject
) -> None:
    """Feeds heard in stages, timers fired in between, events twice: one set of records."""
    ledger = MemoryLedger()
    moments = sorted(data.draw(st.lists(st.integers(0, 200), min_size=len(cuts), max_size=len(cuts))))
    start = 0
    for cut, hours in zip(sorted(cuts), moments, strict=True):
        ledger.append(events[start:cut], pack=PACK.name)
        start = cut
        moment: Micros = workload.START + hours * HOUR
        ledger.advance(dict.fromkeys(workload.HEARD, moment))
        fold(ledger, PACKS, now=moment)
    ledger.append(events[start:], pack=PACK.name)
    ledger.append(events[: len(events) // 2], pack=PACK.name)
    ledger.advance(workload.HEARD)
    fold(ledger, PACKS, now=workload.NOW)
    assert hashes(ledger) == at_once(EVENTS)


def test_an_event_that_is_displaced_is_folded_away() -> None:
    """Of two contents with one identity the earlier heard stands, also when it arrives last."""
    placed = next(event for event in EVENTS if event.type == "order.placed")
    late = Event(placed.source, placed.id, placed.type, placed.subject, placed.occurred_at, placed.heard_at + 1, {})
    ledger = MemoryLedger()
    ledger.advance(workload.HEARD)
    for event in (late, placed):
        ledger.append([event], pack=PACK.name)
        fold(ledger, PACKS, now=workload.NOW)
    assert hashes(ledger) == at_once([placed])


def test_a_lapse_is_found_by_its_timer_without_any_event() -> None:
    """The wake-up of the due moment is armed at the folding and fired by the next one."""
    placed = next(event for event in EVENTS if event.type == "order.placed")
    ledger = MemoryLedger()
    ledger.append([placed], pack=PACK.name)
    ledger.advance(workload.HEARD)
    fold(ledger, PACKS, now=placed.occurred_at)
    assert [wake.due_at for wake in ledger.due(workload.NOW, limit=9)] == [placed.occurred_at + 4 * HOUR]
    folded = fold(ledger, PACKS, now=placed.occurred_at + 4 * HOUR)
    assert (folded.fired, folded.events) == (1, 0)
    assert ledger.records([placed.subject])[placed.subject].promises[0].outcome == "broken"


def test_a_feed_that_catches_up_has_its_silence_judged_again() -> None:
    """While the feed was behind the promise was unknown; heard further, it was broken."""
    placed = next(event for event in EVENTS if event.type == "order.placed")
    ledger = MemoryLedger()
    ledger.append([placed], pack=PACK.name)
    ledger.advance({"desk": workload.NOW, "floor": placed.occurred_at + HOUR})
    fold(ledger, PACKS, now=workload.NOW)
    assert ledger.records([placed.subject])[placed.subject].promises[0].outcome == "unknown"
    ledger.advance({"floor": workload.NOW})
    fold(ledger, PACKS, now=workload.NOW)
    assert ledger.records([placed.subject])[placed.subject].promises[0].outcome == "broken"


def test_a_fold_that_was_killed_forgets_no_feed_that_it_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its records were committed; the feed that they miss is heard later, and they are judged again."""
    placed = next(event for event in EVENTS if event.type == "order.placed")
    ledger = MemoryLedger()
    ledger.append([placed], pack=PACK.name)
    ledger.advance({"desk": workload.NOW, "floor": placed.occurred_at + HOUR})
    with monkeypatch.context() as patched:
        patched.setattr(MemoryLedger, "due", _killed)
        with pytest.raises(KeyboardInterrupt):
            fold(ledger, PACKS, now=workload.NOW)
    fold(ledger, PACKS, now=workload.NOW)
    assert ledger.records([placed.subject])[placed.subject].promises[0].outcome == "unknown"
    ledger.advance({"floor": workload.NOW})
    fold(ledger, PACKS, now=workload.NOW)
    assert ledger.records([placed.subject])[placed.subject].promises[0].outcome == "broken"


def test_a_feed_heard_while_a_fold_is_under_way_is_looked_at_by_that_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker may have finished with the new watermark before this one committed with the old."""
    placed = next(event for event in EVENTS if event.type == "order.placed")
    ledger = MemoryLedger()
    ledger.append([placed], pack=PACK.name)
    ledger.advance({"desk": workload.NOW, "floor": placed.occurred_at + HOUR})
    dirty = ledger.dirty_buckets

    def heard_meanwhile() -> Sequence[int]:
        """Return the buckets with fresh events, and let another process advance the feed and fold."""
        buckets = dirty()
        if buckets:
            ledger.advance({"floor": workload.NOW})
            ledger.put("folded/watermarks", ledger.watermarks())
        return buckets

    monkeypatch.setattr(ledger, "dirty_buckets", heard_meanwhile)
    fold(ledger, PACKS, now=workload.NOW)
    assert ledger.records([placed.subject])[placed.subject].promises[0].outcome == "broken"


def test_of_two_workers_the_slower_goes_on_from_what_the_faster_has_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """It loses at the fence once, and both end with the same records."""
    ledger = MemoryLedger()
    ledger.append(EVENTS, pack=PACK.name)
    ledger.advance(workload.HEARD)
    commit = ledger.commit_shares
    waiting = [True]

    def overtaken(shares: Sequence[Share]) -> None:
        """Commit after another worker has done the same work."""
        if waiting.pop():
            waiting.extend([False] * 1000)
            fold(ledger, PACKS, now=workload.NOW)
        commit(shares)

    monkeypatch.setattr(ledger, "commit_shares", overtaken)
    fold(ledger, PACKS, now=workload.NOW)
    assert hashes(ledger) == at_once(EVENTS)


def _killed(*_: object, **__: object) -> None:
    """Stand in for the moment at which a process is killed."""
    raise KeyboardInterrupt


def test_a_changed_pack_folds_what_nobody_visits_anew() -> None:
    """Old and new rules never stand side by side."""
    ledger = MemoryLedger()
    ledger.append(EVENTS, pack=PACK.name)
    ledger.advance(workload.HEARD)
    fold(ledger, PACKS, now=workload.NOW)
    renamed = tuple(msgspec.structs.replace(state, name=f"new_{state.name}") for state in PACK.states)
    changed = msgspec.structs.replace(PACK, digest="another", states=renamed)
    fold(ledger, {PACK.name: changed}, now=workload.NOW)
    records = list(ledger.scan_records())
    assert {record.digest for record in records} == {"another"}
    assert all(span.value.startswith(("new_", "unknown")) for record in records for span in record.states)


def test_the_ledgers_moment_never_goes_back() -> None:
    """An earlier `now` is taken as the ledger's own; another moment is the replay's business."""
    ledger = MemoryLedger()
    ledger.append(EVENTS, pack=PACK.name)
    ledger.advance(workload.HEARD)
    fold(ledger, PACKS, now=workload.NOW)
    before = hashes(ledger)
    assert fold(ledger, PACKS, now=workload.START).now == workload.NOW
    assert (as_of(ledger), hashes(ledger)) == (workload.NOW, before)


def test_as_known_at_a_moment_only_what_was_heard_by_then_counts() -> None:
    """The replay gives the record of then, for one subject and for all alike."""
    ledger = MemoryLedger()
    ledger.append(EVENTS, pack=PACK.name)
    ledger.advance(workload.HEARD)
    fold(ledger, PACKS, now=workload.NOW)
    moment = workload.START + 2 * HOUR
    then = {record.subject: record for record in records_at(ledger, PACKS, moment)}
    assert then
    for subject, record in then.items():
        alone = record_of(ledger, PACKS, subject, moment)
        assert alone is not None
        assert record_hash(alone) == record_hash(record)
        assert all(window.given_at <= moment for promise in record.promises for window in promise.windows)


def test_events_of_a_pack_that_is_not_loaded_are_a_clear_error() -> None:
    """Nothing is folded by the wrong rules."""
    ledger = MemoryLedger()
    ledger.append(EVENTS, pack="another")
    with pytest.raises(LedgerError, match="L120"):
        fold(ledger, PACKS, now=workload.NOW)
