"""What several answers of a measure begin with, computed once: a temporary table for as long as the question lasts."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final

import ibis.expr.types as ir

from troth.measures.question import Tables

_NUMBERS: Final = count(1)
"""Names are never used twice: several questions may be on one connection."""


@contextmanager
def holding(tables: Tables) -> Iterator[Tables]:
    """Give the tables with a `hold` that computes an expression at once; what it made is dropped at the end."""
    connection = tables.subjects.get_backend()
    held: list[str] = []

    def hold(expression: ir.Table) -> ir.Table:
        held.append(f"troth_held_{next(_NUMBERS)}")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="fetch_arrow_table", category=DeprecationWarning)
            return connection.create_table(held[-1], expression, temp=True)

    try:
        yield dataclasses.replace(tables, hold=hold)
    finally:
        for name in held:
            connection.drop_table(name, force=True)
