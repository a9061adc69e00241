"""Comparing versions: what is declared differently, what would change on the history, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.surfaces.web.conftest import House, entries, submit
from troth.bootstrap import open_ledger
from troth.lang.compile import compile_pack
from troth.model.times import MINUTE, format_instant
from troth.runtime import catalog
from troth.surfaces.web.explorer import planning
from troth.surfaces.web.explorer.comparison import LIMIT
from troth.surfaces.web.explorer.difference import differences
from troth.surfaces.web.explorer.planning import Asked

Served = Callable[..., House]


def text_of(name: str) -> str:
    """Return a shipped pack as one text."""
    return "\n".join(catalog.load(name).files.values())


def deliver(house: House, count: int = 3) -> None:
    """Have some orders placed, told of as delivered, and delivered later."""
    for number in range(count):
        subject = f"order/{number}"
        for minute, source, kind, data in (
            (0, "shop", "order.placed", {"promised_day": "2026-03-04", "zone": "Europe/Zurich"}),
            (10, "mailer", "survey.sent", {"survey": f"s{number}"}),
        ):
            house.accept({
                "specversion": "1.0", "id": f"{subject}-{kind}", "source": source, "type": kind, "subject": subject,
                "time": format_instant(house.now - (60 - minute) * MINUTE), "data": data,
            })  # fmt: skip


def test_what_is_declared_differently_is_told_by_name() -> None:
    before = {
        "states": {"a": {"when": "x"}, "b": {"when": "y"}}, "facts": {"x": {"type": "bool"}}, "title": "T",
        "transitions": {"a": ["b"]},
    }  # fmt: skip
    after = {
        "states": {"b": {"when": "y && x"}, "a": {"when": "x"}}, "facts": {"z": {"type": "int"}}, "title": "U",
        "transitions": {"a": []},
    }  # fmt: skip
    found = {(row["section"], row["name"], row["what"], row["key"]): (row["before"], row["after"])
             for row in differences(before, after)}  # fmt: skip
    assert found == {
        ("state", "b", "changed", "when"): ("y", "y && x"),
        ("state", "in another order", "moved", ""): ("a, b", "b, a"),
        ("transition", "a", "changed", ""): ('["b"]', "[]"),
        ("fact", "x", "removed", ""): ('{"type": "bool"}', "nothing"),
        ("fact", "z", "added", ""): ("nothing", '{"type": "int"}'),
        ("pack", "title", "changed", ""): ("T", "U"),
    }
    assert differences(before, before) == []


def test_a_pasted_pack_shows_what_it_would_change_and_for_whom(served: Served) -> None:
    house = served("delivery")
    deliver(house)
    client = house.staff("lead")
    changed = text_of("delivery").replace("true_when: delivered\n", "true_when: delivered || handed_over || placed\n")
    answer = submit(client, "/packs/delivery/changes", text=changed)
    assert answer.status_code == 200
    assert "1 thing declared differently. Something would change for 3 of 3 subjects" in answer.text
    assert 'href="/tx/order/2"' in answer.text
    assert "statement <code>was_delivered</code>" in answer.text
    assert "true_when" in answer.text
    assert house.store.keys("former-pack/") == []
    (entry,) = [one for one in entries(house) if one.deed == "pack-changes"]
    assert (entry.who, entry.subject) == ("lea", "pack/delivery")


def test_the_same_pack_changes_nothing(served: Served) -> None:
    house = served("delivery")
    deliver(house, 1)
    answer = submit(house.staff("admin"), "/packs/delivery/changes", text=text_of("delivery"))
    assert "Nothing is declared differently." in answer.text
    assert "Nothing would change for the only subject." in answer.text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "P106"),
        ("pack: [", "P101"),
        ("pack: delivery\nversion: one\n", "P112"),
        ("&a x: 1", "P1"),
        ("x" * (LIMIT + 1), "P305"),
        (text_of("customer"), "B104"),
    ],
)
def test_a_text_that_cannot_be_compared_is_answered_with_its_problems(served: Served, text: str, code: str) -> None:
    house = served("delivery")
    answer = submit(house.staff("lead"), "/packs/delivery/changes", text=text)
    assert answer.status_code == 422
    assert code in answer.text
    assert "What is wrong" in answer.text
    if 0 < len(text) < 100:
        assert "What to do" in answer.text


def test_that_nothing_was_pasted_is_said_as_that(served: Served) -> None:
    answer = submit(served("delivery").staff("lead"), "/packs/delivery/changes", text=" ")
    assert "<h1>No text was pasted: there is nothing to compare with.</h1>" in answer.text


def test_what_is_pasted_is_shown_as_text_and_nothing_else(served: Served) -> None:
    house = served("delivery")
    answer = submit(house.staff("lead"), "/packs/delivery/changes", text="pack: <script>alert(1)</script>")
    assert "<script>alert" not in answer.text


def test_only_leads_and_admins_compare(served: Served) -> None:
    house = served("delivery")
    for role in ("reader", "associate"):
        assert house.staff(role).post("/packs/delivery/changes", data={"text": "x"}).status_code == 403


def test_versions_that_the_ledger_keeps_can_be_compared(served: Served) -> None:
    house = served("delivery")
    deliver(house, 2)
    older = text_of("delivery").replace("tell_within: 14d", "tell_within: 7d").replace("version: 1", "version: 7")
    _keep(house, older)
    catalog.store(house.store, catalog.load("delivery"))
    client = house.staff("lead")
    page = client.get("/packs/delivery/changes").text
    assert "version 7" in page
    shown: dict[str, Any] = client.get("/packs/delivery/changes.json?from=1").json()
    assert {(row["name"], row["key"], row["before"], row["after"]) for row in shown["rows"]} >= {
        ("delivered", "tell_within", "7d", "14d")
    }
    assert client.get("/packs/delivery/changes?from=9").status_code == 404


def _keep(house: House, text: str) -> None:
    """Have the ledger keep a text of a pack."""
    files = {"delivery/pack.yaml": text}
    catalog.store(house.store, catalog.Loaded("delivery", files, compile_pack(files)))


def test_the_ledger_keeps_the_last_versions_of_a_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "_VERSIONS", 3)
    ledger = open_ledger()
    base = text_of("delivery")
    for number in range(6):
        files = {"pack.yaml": base.replace("version: 1", f"version: {number + 1}")}
        loaded = catalog.Loaded("delivery", files, compile_pack(files))
        catalog.store(ledger, loaded)
        catalog.store(ledger, loaded)
    found = catalog.former(ledger, "delivery")
    versions = [compile_pack(files).require().version for files in found.values()]
    assert versions == list(range(5, 2, -1))
    assert set(catalog.restore(ledger)) == {"delivery"}
    ledger.close()


def test_a_ledger_in_a_file_is_opened_anew_for_it(served: Served, tmp_path: Path) -> None:
    house = served("delivery")
    db = str(tmp_path / "shop.db")
    ledger = open_ledger(db)
    catalog.store(ledger, catalog.load("delivery"))
    ledger.close()
    files = dict(catalog.load("delivery").files)
    found = planning.plan_view(planning.plan_in(db, asked := Asked("delivery", files, files, house.now)), asked)
    assert found["answer"] == "There is no history to compare on yet."


def test_a_comparison_is_bounded_and_says_so(served: Served) -> None:
    house = served("delivery")
    deliver(house, 4)
    files = dict(catalog.load("delivery").files)
    asked = Asked("delivery", files, files, house.now, subjects=3)
    found = planning.plan_on(house.store, asked)
    shown = planning.plan_view(found, asked)
    assert (shown["subjects"], shown["whole"]) == (3, False)
    assert "The first 3 subjects were looked at" in shown["limits"]
    whole = planning.plan_view(planning.plan_on(house.store, Asked("delivery", files, files, house.now)), asked)
    assert (whole["subjects"], whole["whole"], whole["limits"]) == (4, True, "")
