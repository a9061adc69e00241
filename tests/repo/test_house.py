"""Locks, decisions and changelog are in order."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from importlib.metadata import packages_distributions
from pathlib import Path

from tools.lint import changelog, declared, locks
from tools.lint.tree import Finding, files, modules, texts


def none_of(found: Sequence[Finding]) -> None:
    """Fail with one finding a line."""
    assert not found, "\n" + "\n".join(map(str, found))


def read(folder: Path, suffix: str) -> dict[str, str]:
    """Return name → content of a folder's files with that suffix."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"*{suffix}"))}


def test_locks_pin_everything_with_hashes_and_without_addresses(repository: Path) -> None:
    found = read(repository / "requirements", ".txt")
    assert set(found) == {"build.txt", "run.txt", "dev.txt"}
    none_of([finding for name, text in found.items() for finding in locks.check_lock(f"requirements/{name}", text)])


def test_the_lock_of_foreign_libraries_pins_by_hash_and_holds_no_address(repository: Path) -> None:
    text = (repository / "tests" / "foreign" / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text, "take `funding` and `resolved` out: npm needs neither"
    packages = {name: one for name, one in json.loads(text)["packages"].items() if name}
    assert packages
    assert all("integrity" in one for one in packages.values())


def test_locks_hold_all_that_is_asked_for_and_agree_with_each_other(repository: Path) -> None:
    folder = repository / "requirements"
    run_lock, dev_lock = ((folder / name).read_text(encoding="utf-8") for name in ("run.txt", "dev.txt"))
    assert locks.direct((folder / "run.in").read_text()) <= locks.pinned(run_lock)
    assert locks.direct((folder / "dev.in").read_text()) <= locks.pinned(dev_lock)
    pins = [set(re.findall(r"(?m)^\S+==\S+", text)) for text in (run_lock, dev_lock)]
    assert pins[0] <= pins[1], "dev.txt must hold run.txt's versions: run `make lock`"


def test_what_the_package_depends_on_is_what_the_run_lock_is_made_from(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    declared = {locks.canonical(re.split(r"[\[<>=]", entry)[0]) for entry in project["dependencies"]}
    assert declared <= locks.direct((repository / "requirements/run.in").read_text())


def test_what_is_imported_is_asked_for(repository: Path) -> None:
    folder, packages = repository / "requirements", packages_distributions()
    run, dev = (locks.direct((folder / name).read_text(encoding="utf-8")) for name in ("run.in", "dev.in"))
    source = modules("src")
    kit = [module for module in source if module.name.startswith("troth.testing")]
    none_of(declared.check([module for module in source if module not in kit], run, packages))
    none_of(declared.check([*kit, *modules("tests", "tools", "bench")], run | dev, packages))


def test_every_direct_dependency_has_a_reason(repository: Path) -> None:
    decisions = "\n".join(read(repository / "docs/decisions", ".md").values())
    given = read(repository / "requirements", ".in")
    none_of(
        [
            finding
            for name, text in given.items()
            for finding in locks.check_reasons(f"requirements/{name}", text, decisions)
        ]
    )


def test_decisions_are_numbered_without_gaps_and_have_the_four_parts(repository: Path) -> None:
    records = {name: text for name, text in read(repository / "docs/decisions", ".md").items() if name != "README.md"}
    assert [name[:4] for name in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    parts = ["## Context", "## Decision", "## Consequences", "## Alternatives"]
    for name, text in records.items():
        assert text.startswith(f"# {name[:4]} "), f"{name}: the title begins with the number"
        assert re.search(r"(?m)^Status: (accepted|superseded by \d{4})$", text), f"{name}: no status line"
        assert re.findall(r"(?m)^## \w+$", text) == parts, f"{name}: the parts are {', '.join(parts)}"


def test_changelog_fragments_are_well_formed() -> None:
    none_of(changelog.check(texts()))


def test_every_room_is_on_the_map(repository: Path) -> None:
    rooms = {path.split("/")[2].removesuffix(".py") for path in files() if path.startswith("src/troth/")} - {"__init__"}
    drawn = (repository / "ARCHITECTURE.md").read_text(encoding="utf-8")
    missing = sorted(room for room in rooms if not re.search(rf"`{room}(?:/|\.py)?`", drawn))
    assert not missing, f"ARCHITECTURE.md does not say what these are for: {missing}"
