"""A backtest over the simulated firm finds what the simulator knows: what was known then, and what really was so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from troth.bootstrap import open_ledger
from troth.measures.backtest.part import parse_part
from troth.model.backtest import Judgement
from troth.model.event import Event
from troth.model.times import FOREVER, Micros
from troth.runtime.backtest.history import LedgerHistory
from troth.runtime.backtest.run import backtest, rows_of
from troth.runtime.work import as_of
from troth.sim.faults import Faults
from troth.sim.firm import START, Firm
from troth.sim.observer import Real
from troth.sim.oracle import TELLING, Known, happened_at
from troth.sim.rules import truth_of
from troth.sim.systems import SOURCES
from troth.sim.world import judged, live_driver

LATE_ONLY = Faults(
    lost=0, late=0.3, duplicated=0.02, reordered=0.1, contradicted=0, skew=0, early=0, stale_stock=0, bypass=0.5,
    failing=0, outages=0,
)  # fmt: skip
"""Every report comes, truthfully, but many too late; half of all messages leave without asking."""

ALL_HEARD: Mapping[str, Micros] = dict.fromkeys(SOURCES, FOREVER)


def run(tmp_path: Path, firm: Firm) -> LedgerHistory:
    """Run a firm before the live service, and return the history that it left."""
    path = tmp_path / "firm.db"
    judged(firm, live_driver(str(path), start=START))
    opener = partial(open_ledger, str(path), must_exist=True)
    ledger = opener()
    now = as_of(ledger)
    ledger.close()
    assert now is not None
    return LedgerHistory(opener, now, 1)


def told_by(history: LedgerHistory) -> Iterator[tuple[Judgement, list[Event]]]:
    """Yield every message that was told, with the reports about its subject."""
    rows = rows_of(history, parse_part("told"), pack="store_pickup", processes=1).messages
    ledger = history.opener()
    try:
        for one in rows:
            yield one, [event for event in ledger.events_of([one.subject])[one.subject] if event.type in TELLING]
    finally:
        ledger.close()


@pytest.mark.slow
def test_what_was_false_is_what_the_simulators_oracle_says(tmp_path: Path) -> None:
    """As known then from the reports that had arrived, as known now from all reports of what had happened by then."""
    firm = Firm(5, faults=LATE_ONLY, orders=150)
    history = run(tmp_path, firm)
    found, oracle = Counter[str](), Counter[str]()
    world = 0
    for one, events in told_by(history):
        letter = firm.senders.letters.get(one.message_id)
        if letter is None:
            continue  # A correction that the service itself has asked for.
        data = letter.request.data
        happened = [event for event in events if happened_at(event) <= one.told_at]
        heard = [event for event in happened if event.heard_at <= one.told_at]
        then = truth_of(Known(heard, one.told_at, ALL_HEARD), one.message, data)
        now = truth_of(Known(happened, one.told_at, ALL_HEARD), one.message, data)
        found[f"{one.message_id} {one.then} {one.now}"] += 1
        oracle[f"{one.message_id} {then} {now}"] += 1
        world += now == truth_of(Real(firm.truth, one.subject, one.told_at), one.message, data)
    assert sum(name.endswith("False") for name in found) > 20
    assert found == oracle
    # A carrier that says what is not so is believed by everybody: that is the whole difference from the world.
    assert world >= 0.98 * found.total() > 300


@pytest.mark.slow
def test_figures_are_counts_of_their_rows_and_the_same_however_the_work_is_shared(tmp_path: Path) -> None:
    firm = Firm(9, faults=Faults(bypass=0.3, late=0.2), orders=20)
    history = run(tmp_path, firm)
    alone, shared = backtest(history, processes=1), backtest(history, processes=2)
    assert alone.tally == shared.tally
    assert alone.examples == shared.examples
    assert alone.tally.counts["false"] > 0
    for part, count in sorted(alone.tally.counts.items())[::12]:
        rows = rows_of(history, parse_part(part), processes=1)
        assert len(rows.messages) + len(rows.promises) == count, part
