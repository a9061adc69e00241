"""All pages that can be explained: every code of `troth.codes`, and every measure."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from troth import codes
from troth.codes import Page
from troth.surfaces.render.answer import Row


def code_pages() -> dict[str, Page]:
    """Return the pages of all codes, sorted by code.

    Each module of `troth.codes` that has `PAGES` takes part: a new letter needs no registration.
    """
    pages: dict[str, Page] = {}
    for module in pkgutil.iter_modules(codes.__path__):
        if not module.name.startswith("_"):
            pages |= getattr(import_module(f"troth.codes.{module.name}"), "PAGES", {})
    return dict(sorted(pages.items()))


def code_page(code: str) -> Row | None:
    """Return the row of one code, in whatever case it is written; `None` when there is none."""
    page = code_pages().get(code.upper())
    return _row(page) if page else None


def all_pages() -> dict[str, Row]:
    """Return the rows of everything that `troth explain` knows, codes first, then measures."""
    return {code: _row(page) for code, page in code_pages().items()} | _measure_rows() | {"backtest": _backtest_row()}


def _row(page: Page) -> Row:
    """Return a page as plain values."""
    return {
        "code": page.code,
        "title": page.title,
        "meaning": page.meaning,
        "example": page.example,
        "remedy": page.remedy,
    }


def _measure_rows() -> dict[str, Row]:
    """Return the definitions of the measures."""
    from troth.measures.definition import page_of
    from troth.measures.registry import MEASURES

    rows: dict[str, Row] = {}
    for name, measure in MEASURES.items():
        text = page_of(measure.definition)
        body = text.split("\n", 1)[1].strip("\n")
        example = f"troth measure {name} --db year.db"
        rows[name] = {
            "code": name,
            "title": measure.definition.title,
            "meaning": body,
            "example": example,
            "remedy": "",
        }
    return rows


def _backtest_row() -> Row:
    """Return what the words of a backtest mean."""
    from troth.surfaces.backtest.words import DEFINITIONS

    return {
        "code": "backtest",
        "title": "Everything that a history's customers were told, judged by what is known now.",
        "meaning": "\n".join(f"{term}: {text}" for term, text in DEFINITIONS),
        "example": "troth backtest --db shop.db --html report.html",
        "remedy": "",
    }
