"""The packs that properties are checked over: every shipped one, and one that uses every feature of the language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from troth.engine.machine import Machine, prepare
from troth.lang.compile import compile_pack

_SHIPPED = Path(__file__).resolve().parents[2] / "src" / "troth" / "packs"
_FILES = {file.parent.name: file for file in sorted(_SHIPPED.glob("*/pack.yaml"))}
_FILES["everything"] = Path(__file__).parent / "packs" / "everything.yaml"

every_pack = pytest.mark.parametrize("name", list(_FILES))


@cache
def machine_of(name: str) -> Machine:
    """Return a pack, prepared."""
    file = _FILES[name]
    return prepare(compile_pack({file.name: file.read_text(encoding="utf-8")}).require())
