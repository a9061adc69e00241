"""Columns of Python values as Arrow tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from troth.measures.tables import Schema

TYPES: Final[Mapping[str, pa.DataType]] = {"string": pa.string(), "int64": pa.int64(), "bool": pa.bool_()}


def schema_of(schema: Schema) -> pa.Schema:
    """Return the Arrow schema of a table."""
    return pa.schema([(column.name, TYPES[column.type]) for column in schema.columns])


def table_of(columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Return columns as a table.

    Column by column: to hand them over all at once takes three times as long.
    """
    return pa.Table.from_arrays([pa.array(columns[field.name], field.type) for field in schema], schema=schema)
