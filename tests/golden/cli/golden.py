"""Golden texts: what people read, kept beside the tests. UPDATE_GOLDEN=1 writes them anew, for a reviewer to read."""

from __future__ import annotations

import os
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "said"
_LONG = re.compile(r"\d+\.\d{10,}(?:e[+-]?\d+)?|\d+\.\d+e[+-]?\d+")


def agrees(name: str, text: str) -> None:
    """Fail unless a text is the one kept under a name.

    Of a long fraction nine digits are kept and compared: the last ones are another processor's own.

    Args:
        name: Name of the file in `said/`.
        text: What was said.
    """
    kept = FOLDER / name
    text = _LONG.sub(lambda number: f"{float(number[0]):.9g}", text)
    if os.environ.get("UPDATE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    assert kept.is_file(), f"no golden text {name}: run with UPDATE_GOLDEN=1, and read what it writes"
    assert text == kept.read_text(encoding="utf-8"), f"{name} has changed: if it is better, run with UPDATE_GOLDEN=1"
