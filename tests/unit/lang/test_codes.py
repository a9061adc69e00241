"""Every code that a pack can earn has a page, and every page is of a code that can be earned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from troth.codes import p_pack, w_lint
from troth.codes._page import Page

CODE = re.compile(r"\"([PW]\d{3})\"|^\s+\"\"\"(W\d{3})", re.MULTILINE)
PAGES = {**p_pack.PAGES, **w_lint.PAGES}


def test_codes_in_the_source_and_pages_are_the_same(repository: Path) -> None:
    source = repository / "src/troth"
    # Packs are read by the language, found by the catalogue, and pasted into the explorer.
    files = [
        *(source / "lang").rglob("*.py"),
        source / "runtime/catalog.py",
        *(source / "surfaces/web/explorer").glob("*.py"),
    ]
    used = {
        code for file in files for found in CODE.findall(file.read_text(encoding="utf-8")) for code in found if code
    }
    assert used == set(PAGES)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_says_what_why_and_how(page: Page) -> None:
    assert all((page.title, page.meaning, page.example, page.remedy))
    assert page.title.endswith(".")
    assert page.meaning.endswith(".")
    assert page.remedy.endswith((".", "}", "]"))
