"""Worlds: small sets of rows for the tables that measures read, and how an engine holds them.

A world is plain columns. Its instants come from a short list, so that ties are common, with the ends of civil time
among them; nothing, unknown and zero stand where the schemas allow them.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from troth.measures.question import AttributeColumn, Tables
from troth.measures.tables import SCHEMAS, Schema
from troth.measures.told import TOLD_SCHEMAS
from troth.model.times import DAY, Micros

AS_OF: Final[Micros] = 100 * DAY
YEAR_1: Final[Micros] = -62_135_596_800_000_000
YEAR_9999: Final[Micros] = 253_402_300_799_999_999
"""The ends of civil time in microseconds; between them lie more microseconds than a double can tell apart."""

PACK: Final = "parcel"
KINDS: Final = ("by_day", "hand_over")
LEGS: Final[Mapping[tuple[str, str], Sequence[str]]] = {
    (PACK, "lost"): ("owned", "resolved", "closed"),
    (PACK, "late"): ("detected", "owned", "informed", "resolved", "closed"),
}
ATTRIBUTES: Final[Mapping[str, AttributeColumn]] = {
    "shop": AttributeColumn("a:shop", "string"),
    "express": AttributeColumn("a:express", "bool", 2),
    "w": AttributeColumn("a:w", "float64"),
}
_ARROW: Final[Mapping[str, pa.DataType]] = {
    "string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_(),
}  # fmt: skip

Row = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class World:
    """Rows of each table; a table that is not named has none.

    Attributes:
        rows: Table name → rows; rows of `subjects` hold the columns of attributes, too.
        as_of: The moment that they speak of.
    """

    rows: Mapping[str, Sequence[Row]]
    as_of: Micros = AS_OF

    def of(self, table: str) -> Sequence[Row]:
        """Return the rows of a table."""
        return self.rows.get(table, ())

    @functools.cached_property
    def subjects(self) -> Mapping[str, Row]:
        """Return the subjects by name."""
        return {row["subject"]: row for row in self.of("subjects")}

    def several(self) -> bool:
        """Return whether some subject has several promises of one kind."""
        seen = [(row["subject"], row["kind"]) for row in self.of("promises")]
        return len(set(seen)) < len(seen)


def arrow(world: World, schema: Schema) -> pa.Table:
    """Return a table of a world as Arrow, of the types that its schema names."""
    types = {column.name: column.type for column in schema.columns if column.name != "attributes"}
    if schema.name == "subjects":
        types |= {attribute.column: attribute.type for attribute in ATTRIBUTES.values()}
    rows = world.of(schema.name)
    return pa.table({name: pa.array([row[name] for row in rows], type=_ARROW[kind]) for name, kind in types.items()})


def opened(world: World, hold: Callable[[str, pa.Table], ir.Table]) -> Tables:
    """Return a world's tables on an engine.

    Args:
        world: The rows.
        hold: Stores a table under a name, in place of an earlier one, and returns it.
    """
    held = {name: hold(name, arrow(world, schema)) for name, schema in SCHEMAS.items()}
    return Tables(
        **held,
        attributes=ATTRIBUTES,
        as_of=world.as_of,
        kinds={PACK: KINDS},
        legs=LEGS,
        rows={name: len(world.of(name)) for name in SCHEMAS},
        several=world.several(),
        said={"message": ("ready", "late"), "statement": ("is_ready", "ready_by"), "topic": ("pickup", "money")},
        further=functools.cache(lambda name: hold(name, arrow(world, TOLD_SCHEMAS[name]))),
    )


def duckdb(connection: Any) -> Callable[[str, pa.Table], ir.Table]:
    """Return how a DuckDB connection of Ibis holds a table."""
    return lambda name, table: connection.create_table(name, table, overwrite=True)


def postgres(connection: Any) -> Callable[[str, pa.Table], ir.Table]:
    """Return how a PostgreSQL connection of Ibis holds a table: one statement for all rows."""

    def hold(name: str, table: pa.Table) -> ir.Table:
        if name not in connection.list_tables():
            schema = ibis.schema({field.name: field.type for field in table.schema})
            connection.create_table(name, schema=schema)
        columns = ", ".join(f'"{column}"' for column in table.column_names)
        places = ", ".join(["%s"] * table.num_columns)
        with connection.con.cursor() as cursor:
            cursor.execute(f'TRUNCATE "{name}"')
            cursor.executemany(
                f'INSERT INTO "{name}" ({columns}) VALUES ({places})',  # noqa: S608  names of our own schemas
                list(_tuples(table)),
            )
        connection.con.commit()
        return connection.table(name)

    return hold


def _tuples(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)
