"""SQL that turns a column into the type that a mapping declares, or into what the row maker works on.

Every conversion gives null for a cell that is not so; the caller tells that from a missing cell.
"""

from __future__ import annotations

from typing import Final

from troth.connectors.tabular.text import literal, quoted
from troth.model.rules import ValueType

_WHOLE: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_REAL: Final = ("FLOAT", "DOUBLE")
_TRUE: Final = "('true', 't', 'yes', 'y', '1')"
_FALSE: Final = "('false', 'f', 'no', 'n', '0')"

EMPTY: Final = {"text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE"}
"""Type word → DuckDB type; every other word is a time."""


def without_words(column: str, words: tuple[str, ...]) -> str:
    """Return the SQL of a text column with its words for nothing turned into null."""
    if not words:
        return quoted(column)
    listed = ", ".join(literal(word) for word in words)
    return f"case when {quoted(column)} not in ({listed}) then {quoted(column)} end"


def has_offset(cell: str) -> str:
    """Return the SQL that is true for a text that ends in a time of day with an offset from UTC."""
    return rf"regexp_matches({cell}, ':\d\d([.]\d+)?\s*(Z|[+-]\d\d(:?\d\d)?)\s*$')"


def conversion(column: str, type_: str, wanted: str, guessed: str, zoned: bool) -> str:
    """Return the SQL that reads a column as declared (`wanted`) or as inferred (`guessed`).

    Args:
        column: Its name.
        type_: Its DuckDB type.
        wanted: Type word or strptime format of the mapping; empty when none is declared.
        guessed: DuckDB type that all cells of an undeclared text column have.
        zoned: A text column declared as timestamp carries offsets.
    """
    cell = quoted(column)
    if not wanted:
        return f"try_cast({cell} as {guessed})"
    if wanted == "text":
        return f"cast({cell} as VARCHAR)"
    if wanted == "integer":
        return _integer(cell, type_)
    if wanted == "number":
        return f"case when isfinite(try_cast({cell} as DOUBLE)) then try_cast({cell} as DOUBLE) end"
    if wanted == "boolean":
        return _boolean(cell, type_)
    if wanted == "date":
        return f"try_cast(try_cast({cell} as TIMESTAMP) as DATE)" if type_ == "VARCHAR" else f"try_cast({cell} as DATE)"
    if type_ != "VARCHAR":  # a Parquet file that has times already
        return cell if type_.startswith("TIMESTAMP") else f"try_cast({cell} as TIMESTAMP)"
    if wanted == "timestamp" and zoned:  # a cell without an offset among cells with one is no moment
        return f"case when {has_offset(cell)} then try_cast({cell} as TIMESTAMPTZ) end"
    if wanted == "timestamp":
        return f"try_cast({cell} as TIMESTAMP)"
    return f"try_strptime(trim({cell}), {literal(wanted)})"


def _integer(cell: str, type_: str) -> str:
    """Return the SQL of a whole number; a fraction of zeros is allowed, as writers of floats leave it."""
    if type_ in _WHOLE:
        return f"cast({cell} as BIGINT)"
    if type_ == "VARCHAR":
        whole = f"try_cast(split_part(trim({cell}), '.', 1) as BIGINT)"
        return rf"case when regexp_full_match(trim({cell}), '[+-]?\d+([.]0*)?') then {whole} end"
    return (
        f"case when try_cast({cell} as DOUBLE) = trunc(try_cast({cell} as DOUBLE)) then try_cast({cell} as BIGINT) end"
    )


def _boolean(cell: str, type_: str) -> str:
    """Return the SQL of a truth value."""
    if type_ == "BOOLEAN":
        return cell
    word = f"regexp_replace(lower(trim(cast({cell} as VARCHAR))), '[.]0$', '')"
    return f"case when {word} in {_TRUE} then true when {word} in {_FALSE} then false end"


class Kind:
    """What the row maker receives for a column: how its cells come out of SQL, and their type in expressions."""

    def __init__(self, type_: str) -> None:
        """Classify a DuckDB type."""
        self.naive = type_.startswith("TIMESTAMP") and "TIME ZONE" not in type_ and type_ != "TIMESTAMPTZ"
        self.instant = type_ in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
        self.type = type_

    @property
    def value_type(self) -> ValueType:
        """Return the type in expressions."""
        if self.naive or self.instant:
            return "timestamp"
        if self.type in _WHOLE:
            return "int"
        if self.type in _REAL or self.type.startswith("DECIMAL") or self.type in ("HUGEINT", "UBIGINT", "UHUGEINT"):
            return "double"
        if self.type == "BOOLEAN":
            return "bool"
        return (
            "dyn" if self.type.endswith("]") or self.type.startswith(("STRUCT", "MAP", "UNION", "JSON")) else "string"
        )

    def sql(self, column: str) -> str:
        """Return the SQL of the cell for times and expressions: whole microseconds, numbers, truth values or text."""
        cell = quoted(column)
        if self.naive or self.instant:
            return f"case when isfinite({cell}) then epoch_us({cell}) end"
        match self.value_type:
            case "double":
                return f"case when isfinite(cast({cell} as DOUBLE)) then cast({cell} as DOUBLE) end"
            case "string":
                return cell if self.type == "VARCHAR" else f"cast({cell} as VARCHAR)"
            case "int":
                return f"cast({cell} as BIGINT)"
            case _:
                return cell

    def shown(self, column: str) -> str:
        """Return the SQL of the cell as an attribute: as `sql`, but times as ISO 8601 text, instants with `Z`."""
        if not (self.naive or self.instant):
            return self.sql(column)
        wall = f"{quoted(column)}::TIMESTAMP" if self.naive else f"({quoted(column)} at time zone 'UTC')"
        text = f"strftime({wall}, '%Y-%m-%dT%H:%M:%S')"
        text += f" || case when epoch_us({wall}) % 1000000 = 0 then '' else strftime({wall}, '.%f') end"
        return f"{text} || 'Z'" if self.instant else text
