"""The reference names everything there is: keys, commands, codes, measures, fields of the record, tables, settings."""

from __future__ import annotations

import importlib
import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tools.lint.tree import ROOT
from tools.reference import PARTS, filled, pages

REFERENCE = ROOT / "docs/reference"


def read(name: str) -> str:
    """Return a page's text."""
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def marked(text: str) -> set[str]:
    """Return all that stands in backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


def properties(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield every property name of a JSON Schema, at any depth."""
    for name, value in schema.get("properties", {}).items():
        yield name
        yield from properties(value)
    for key in ("additionalProperties", "items"):
        if isinstance(schema.get(key), dict):
            yield from properties(schema[key])
    for form in schema.get("anyOf", ()):
        yield from properties(form)


@pytest.mark.parametrize("page", [pytest.param(path, id=path.stem) for path in pages()])
def test_generated_parts_are_what_the_product_says(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == filled(text), "run `python -m tools.reference`"


def test_every_part_that_can_be_generated_stands_on_a_page() -> None:
    found = {name for page in pages() for name in re.findall(r"<!-- generated: (\w+) -->", page.read_text("utf-8"))}
    assert found == set(PARTS)


@pytest.mark.parametrize(
    ("kind", "page"), [("pack", "pack-language"), ("mapping", "mapping-language"), ("scenario", "scenarios")]
)
def test_every_key_of_a_language_is_on_its_page(kind: str, page: str) -> None:
    schema = importlib.import_module("troth.surfaces.cli.schema").schema_of(kind)
    names = set(properties(schema))
    assert len(names) > 20
    words = {word for code in marked(read(page)) for word in re.findall(r"\w+", code)}
    assert not sorted(names - words)


def test_every_field_of_a_record_is_on_its_page() -> None:
    record = importlib.import_module("troth.model.record")
    structs = [kind for kind in vars(record).values() if hasattr(kind, "__struct_fields__")]
    words = marked(read("record"))
    missing = [f"{kind.__name__}.{name}" for kind in structs for name in kind.__struct_fields__ if name not in words]
    assert len(structs) > 8
    assert not missing


def test_every_table_and_method_of_the_ledger_is_on_its_page(tmp_path: Path) -> None:
    ledger = importlib.import_module("troth.ledger.sqlite").SqliteLedger(tmp_path / "some.db", tenant="main")
    ledger.close()
    with sqlite3.connect(tmp_path / "some.db") as database:
        rows = database.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
        tables = {name for (name,) in rows}
    port = importlib.import_module("troth.ports.ledger").Ledger
    methods = {name for name, value in vars(port).items() if callable(value) and not name.startswith("_")}
    assert tables
    assert not sorted((tables | methods) - marked(read("ledger")))


def test_every_function_and_word_of_expressions_is_on_its_page() -> None:
    operators = importlib.import_module("troth.lang.expressions.operators").OPERATIONS
    functions = {name.split()[0] for name in operators if name[0].isalpha()} - {"dyn", "truth"}
    functions |= set(importlib.import_module("troth.lang.expressions.read").FUNCTIONS)
    words = {word for code in marked(read("expressions")) for word in re.findall(r"\w+", code)}
    assert not sorted(functions - words)


def test_every_row_of_the_benchmarks_is_on_its_page() -> None:
    text = read("benchmarks")
    said = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "bench").glob("*.py")))
    names = [name for source in said for name in re.findall(r'^\s+name=f?"([^"{]+)', source, re.MULTILINE)]
    assert len(names) > 3
    assert not [name for name in names if name.strip(" ,") not in text]
