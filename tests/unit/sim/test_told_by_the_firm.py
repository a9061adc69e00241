"""The figures of telling the truth, over a simulated firm whose truth is known beside it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sim.kit import NONE
from troth.bootstrap import open_ledger
from troth.measures.question import Question, Tables
from troth.runtime import catalog
from troth.runtime.snapshot import measure, open_tables, run
from troth.runtime.work import as_of
from troth.sim.faults import Faults
from troth.sim.firm import START, Firm
from troth.sim.observer import Real
from troth.sim.rules import truth_of
from troth.sim.world import judged, live_driver

WORDS = {True: "true", False: "false", None: "unknown"}


def _lived(path: Path, faults: Faults) -> tuple[Firm, Counter[str], Tables]:
    """Return a firm that has lived before the live service, the score's counts, and the tables of its ledger."""
    firm = Firm(7, orders=30, faults=faults)
    score = judged(firm, live_driver(str(path), start=START))
    ledger = open_ledger(path)
    moment = as_of(ledger)
    assert moment is not None
    return firm, score.counts, open_tables(ledger, catalog.restore(ledger), moment)


def _messages(tables: Tables) -> list[dict[str, Any]]:
    """Return the messages that were told, with the truth of all that they state as known now."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in run(tables.told("tellings")).to_pylist():
        own = found.setdefault((row["subject"], row["message_id"]), {**row, "truths": set()})
        own["truths"].add(row["now"])
    for own in found.values():
        truths = own["truths"]
        own["now"] = "false" if "false" in truths else "unknown" if "unknown" in truths else "true"
    return list(found.values())


@pytest.mark.slow
def test_in_a_firm_without_faults_what_is_known_now_is_what_was_so(tmp_path: Path) -> None:
    firm, counts, tables = _lived(tmp_path / "firm.db", NONE)
    rows = [row for row in _messages(tables) if row["message_id"] in firm.senders.letters]
    assert len(rows) > 30
    wrong = []
    for row in rows:
        letter = firm.senders.letters[row["message_id"]]
        real = Real(firm.truth, row["subject"], row["told_at"])
        if WORDS[truth_of(real, row["message"], letter.request.data)] != row["now"]:
            wrong.append((row["subject"], row["message"], row["now"]))
    assert not wrong
    (told,) = [row for row in measure("told_truth", tables, Question()) if row.figures["pack"] == "store_pickup"]
    assert told.figures["careless_n"] == 0
    assert counts["bypasses"] == 0
    gate = measure("gate_quality", tables, Question())
    assert sum(row.figures["bypass_n"] * (row.figures["bypass"] or 0) for row in gate) == 0


@pytest.mark.slow
def test_bypasses_are_those_that_the_firm_knows_of(tmp_path: Path) -> None:
    firm, counts, tables = _lived(tmp_path / "firm.db", Faults())
    told = {row["message_id"]: row["permit"] for row in _messages(tables)}
    bypassed = {name for name, sent in firm.truth.sent.items() if sent.bypass and sent.receipt_at is not None}
    assert bypassed
    assert counts["bypasses_with_receipt"] == len(bypassed)
    assert {name for name, permit in told.items() if permit == "bypass"} == bypassed & set(told)
    assert {name for name, permit in told.items() if permit == "permitted"} <= set(firm.senders.letters)
