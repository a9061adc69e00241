"""Packs are found by name, by path, by entry point, and in a ledger."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest

from tests.unit.lang.small import SMALL
from troth.errors import PackError, UsageError
from troth.ledger.memory import MemoryLedger
from troth.runtime import catalog

SHIPPED = ("customer", "delivery", "service_request", "store_pickup", "travel_disruption")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the small pack, a mapping and a scenario."""
    home = tmp_path / "pickup"
    for part in ("mappings", "scenarios"):
        (home / part).mkdir(parents=True)
    (home / "pack.yaml").write_text(SMALL, encoding="utf-8")
    (home / "quality.yaml").write_text("status: trial\n", encoding="utf-8")
    (home / "README.md").write_text("Pickup.\n", encoding="utf-8")
    (home / "mappings" / "till.yaml").write_text("mapping: till\n", encoding="utf-8")
    (home / "scenarios" / "b.yaml").write_text("scenario: b\n", encoding="utf-8")
    (home / "scenarios" / "a.yml").write_text("scenario: a\n", encoding="utf-8")
    return home


def test_shipped_packs_are_known_by_name() -> None:
    assert set(SHIPPED) <= set(catalog.names())


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_pack_comes_with_its_mappings(name: str) -> None:
    loaded = catalog.load(name)
    # What customers read lies beside the pack; the customer's own record is shown to nobody.
    page = [] if name == "customer" else [f"{name}/page.yaml"]
    assert list(loaded.files) == [f"{name}/pack.yaml", *page]
    assert loaded.name == name
    for file in loaded.mappings:
        stem = Path(file).stem
        assert catalog.mapping(loaded, stem) == (file, loaded.mappings[file])


def test_a_pack_is_loaded_from_its_folder_with_all_beside_it(folder: Path) -> None:
    loaded = catalog.load(str(folder))
    assert loaded.name == "pickup"
    assert [Path(file).name for file in loaded.files] == ["pack.yaml"]
    assert catalog.mapping(loaded, "till") == (f"{folder}/mappings/till.yaml", "mapping: till\n")
    assert [Path(file).name for file in catalog.scenarios(loaded)] == ["a.yml", "b.yaml"]


def test_a_pack_is_loaded_from_its_file(folder: Path) -> None:
    loaded = catalog.load(str(folder / "pack.yaml"))
    assert loaded.compiled.problems == ()
    assert len(loaded.mappings) == 1


def test_a_split_pack_is_read_with_pack_yaml_first(folder: Path) -> None:
    head, _, rest = SMALL.partition("facts:")
    (folder / "pack.yaml").write_text(head, encoding="utf-8")
    (folder / "all_else.yaml").write_text("facts:" + rest, encoding="utf-8")
    loaded = catalog.load(str(folder))
    assert [Path(file).name for file in loaded.files] == ["pack.yaml", "all_else.yaml"]
    assert loaded.compiled.problems == ()


def test_a_pack_with_problems_is_loaded_with_them(folder: Path) -> None:
    (folder / "pack.yaml").write_text("pack: pickup\n", encoding="utf-8")
    loaded = catalog.load(str(folder))
    assert loaded.name == "pickup"
    assert loaded.compiled.pack is None
    assert {problem.place.file for problem in loaded.compiled.problems} == {f"{folder}/pack.yaml"}


def test_an_unknown_pack_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UsageError) as caught:
        catalog.load("delivry")
    (problem,) = caught.value.problems
    assert problem.code == "P301"
    assert "travel_disruption" in problem.expected
    assert problem.remedy == "did you mean `delivery`?"


def test_a_folder_without_a_pack_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"P301.*pack\.yaml"):
        catalog.load(str(tmp_path))


def test_an_unknown_mapping_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UsageError) as caught:
        catalog.mapping(catalog.load("delivery"), "olits")
    (problem,) = caught.value.problems
    assert (problem.code, problem.expected, problem.remedy) == ("P302", "one of: olist", "did you mean `olist`?")


def test_a_mapping_is_taken_from_any_path(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("mapping: own\n", encoding="utf-8")
    assert catalog.mapping(catalog.load("delivery"), str(own)) == (str(own), "mapping: own\n")


def test_a_file_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "pack.yaml").write_bytes("pack: é".encode("utf-16"))
    with pytest.raises(UsageError, match="P303"):
        catalog.load(str(folder))


def test_an_installed_package_offers_its_pack(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder.parent))
    entry = importlib.metadata.EntryPoint("click_and_collect", "pickup", catalog.GROUP)
    monkeypatch.setattr(catalog, "entry_points", lambda group: [entry] if group == catalog.GROUP else [])
    try:
        assert "click_and_collect" in catalog.names()
        loaded = catalog.load("click_and_collect")
    finally:
        sys.modules.pop("pickup", None)
    assert loaded.compiled.require().name == "pickup"
    assert list(loaded.files) == ["click_and_collect/pack.yaml"]


def test_a_ledger_explains_itself_without_the_packs_folder(folder: Path) -> None:
    ledger = MemoryLedger()
    loaded = catalog.load(str(folder))
    catalog.store(ledger, loaded)
    catalog.store(ledger, catalog.load("delivery"))
    restored = catalog.restore(ledger)
    assert sorted(restored) == ["delivery", "pickup"]
    assert restored["pickup"].digest == loaded.compiled.require().digest
    assert restored["pickup"].states == loaded.compiled.require().states


def test_a_pack_with_problems_is_not_kept(folder: Path) -> None:
    (folder / "pack.yaml").write_text("pack: pickup\n", encoding="utf-8")
    ledger = MemoryLedger()
    with pytest.raises(PackError, match="P112"):
        catalog.store(ledger, catalog.load(str(folder)))
    assert catalog.restore(ledger) == {}


def test_a_stored_pack_that_is_no_longer_right_is_reported() -> None:
    ledger = MemoryLedger()
    ledger.put("pack/old", {"old/pack.yaml": "pack: old\n"})
    with pytest.raises(PackError, match=r"old/pack\.yaml"):
        catalog.restore(ledger)


def test_packs_to_serve_are_those_named_those_kept_and_the_customers(folder: Path) -> None:
    ledger = MemoryLedger()
    catalog.store(ledger, catalog.load("delivery"))
    assert list(catalog.gather(ledger, [str(folder)])) == ["pickup", "delivery", "customer"]
    assert sorted(catalog.gather(ledger, [])) == ["customer", "delivery", "pickup"], "all of them are kept"


def test_without_any_pack_there_are_no_customers_either() -> None:
    ledger = MemoryLedger()
    assert catalog.gather(ledger, []) == {}
    assert catalog.restore(ledger) == {}


def test_a_pack_that_is_named_takes_the_place_of_what_was_kept_of_it(folder: Path) -> None:
    ledger = MemoryLedger()
    ledger.put("pack/pickup", {"old/pack.yaml": "pack: pickup\n"})
    assert "pickup" in catalog.gather(ledger, [str(folder)])
    assert "pickup" in catalog.restore(ledger)
