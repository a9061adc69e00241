"""The house rules hold for every source file; tools/lint says what each of them means."""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from collections.abc import Sequence
from pathlib import Path

import troth.codes
from tools.lint import addresses, codes, cycles, docstrings, sizes, unfinished
from tools.lint.tree import Finding, files, modules, texts

PURE_ROOMS = {"codes", "errors", "model", "lang", "engine", "customers", "policies", "measures", "trust"}


def none_of(found: Sequence[Finding]) -> None:
    """Fail with one finding a line."""
    assert not found, "\n" + "\n".join(map(str, found))


def test_every_public_name_has_a_docstring() -> None:
    none_of(docstrings.check(modules("src", "tools", "bench")))


def test_no_module_imports_itself_through_others() -> None:
    none_of(cycles.check(modules("src")))


def test_files_and_functions_are_small() -> None:
    none_of(sizes.check(modules("src")))


def test_files_and_functions_of_tests_and_tools_are_small() -> None:
    none_of(sizes.check(modules("tests", "tools", "bench")))


def test_nothing_is_left_for_later() -> None:
    none_of(unfinished.check(modules("src", "tools", "bench")))


def test_no_file_knows_the_machine_or_the_registry_it_came_from() -> None:
    none_of(addresses.check(texts()))


def test_every_code_is_registered_once_explained_and_used() -> None:
    found = pkgutil.iter_modules(troth.codes.__path__, "troth.codes.")
    registry = {name: importlib.import_module(name) for _, name, _ in found if name.rpartition(".")[2][0] != "_"}
    none_of(codes.check(modules("src"), {name: module.PAGES for name, module in registry.items()}))


def test_every_pure_room_is_under_the_contract_that_keeps_it_pure(repository: Path) -> None:
    contracts = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    pure = next(contract for contract in contracts if contract["name"].startswith("Pure rooms"))
    present = {path.split("/")[2].removesuffix(".py") for path in files() if path.startswith("src/troth/")}
    assert {f"troth.{room}" for room in PURE_ROOMS & present} == set(pure["source_modules"])
