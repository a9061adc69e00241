"""The page of figures says what was measured: a table for each part, nothing left out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reliability.__main__ import BEGIN, END, PAGE, written

FOUND: dict[str, dict[str, Any]] = {
    "kills of the server, SQLite": {"kills": 100, "lost": 0},
    "kills of the server, PostgreSQL": {"kills": 25, "lost": 0, "slowest, s": 0.25},
    "hostile durations": {"inputs": 100_000, "refused": 4},
    "hostile requests: batches": {"requests": 7},
}


def test_figures_stand_in_tables_between_their_marks() -> None:
    page = written(f"# Words\n\n{BEGIN}\nold\n{END}\n", FOUND)
    assert page.startswith("# Words\n")
    assert "old" not in page
    assert "| figure | SQLite | PostgreSQL |\n| --- | ---: | ---: |\n| kills | 100 | 25 |\n" in page
    assert "| slowest, s | – | 0.25 |" in page
    assert "| durations | 100,000 | 4 |" in page
    assert "### Hostile requests\n\n| scenario | requests |\n| --- | ---: |\n| batches | 7 |" in page
    assert written(page, FOUND) == page


def test_a_figure_that_no_part_shows_is_no_secret() -> None:
    with pytest.raises(AssertionError, match="unheard of"):
        written(f"{BEGIN}{END}", {"unheard of": {"a": 1}})


def test_the_page_has_its_marks() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
