"""What several answers of a measure begin with, computed once: a temporary table for as long as the question lasts."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Final

import ibis.expr.types as ir

from troth.measures.question import Tables

_NUMBERS: Final = count(1)
"""Names are never used twice: several questions may be on one connection."""


@contextmanager
def holding(tables: Tables) -> Iterator[Tables]:
    """Give the tables with a `hold` that computes an expression at once; what it made is dropped at the end."""
    held: list[tuple[Any, str]] = []

    def hold(expression: ir.Table) -> ir.Table:
        # Where the expression itself is run: tables of a test need not lie beside the subjects.
        connection, name = expression.get_backend(), f"troth_held_{next(_NUMBERS)}"
        held.append((connection, name))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="fetch_arrow_table", category=DeprecationWarning)
            return connection.create_table(name, expression, temp=True)

    try:
        yield dataclasses.replace(tables, hold=hold)
    finally:
        for connection, name in held:
            connection.drop_table(name, force=True)
