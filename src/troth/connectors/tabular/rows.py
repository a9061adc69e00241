"""The row maker: one block of a mapping, compiled against the columns that are there; a row in, its events out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from troth.connectors.tabular.cells import Kind
from troth.connectors.tabular.mapping import HEARD_AT_EXTRACT, Block, EventForm
from troth.connectors.tabular.mapping import Mapping as MappingFile
from troth.connectors.tabular.moments import Moment, Row, bad, compile_time
from troth.connectors.tabular.personal import Personal
from troth.connectors.tabular.tables import FILE, ROW
from troth.connectors.tabular.values import Value, compile_value, names_in
from troth.connectors.tabular.zones import instant_of, instant_text
from troth.errors import Place, Problem, SourceError, TrothError
from troth.model.event import Event
from troth.model.ids import content_hash
from troth.model.pack import Pack
from troth.model.rules import ValueType

SHOWN: Final = "shown:"
"""Before the name of a column of times: the cell as an attribute shows it."""


class _Form(msgspec.Struct, frozen=True):
    """An event form, compiled; `attributes` are pairs of attribute name and key of the row."""

    type: str
    source: str
    at: str
    heard: str
    when: Callable[[Row], Any] | None
    data: tuple[tuple[str, Value], ...]
    sequence: Callable[[Row], Any] | None
    fixed_sequence: int
    id: Callable[[Row], Any] | None
    attributes: tuple[tuple[str, str], ...]


_EXTRACT: Final = "@extract"
"""The row's key of the moment of the extract; no column can have it in an expression."""


class RowMaker:
    """Makes the events of a row.

    Attributes:
        needs: Column → SQL of what a row must hold for it, by the key of the row.
        personal: Columns that feed personal members.
        extract: The moment of the extract; microseconds; `None`: not known.
        notes: What a reader should know: columns that are absent or in no list.
    """

    def __init__(self, mapping: MappingFile, index: int, types: Mapping[str, str], pack: Pack | None = None) -> None:
        """Compile a block.

        Args:
            mapping: The mapping file.
            index: Which of its blocks.
            types: Column → DuckDB type of the rows to come.
            pack: Says which members are personal; `None`: none is.

        Raises:
            SourceError: A column that is not there, an expression that is not right; all problems at once.
        """
        self._mapping, self._index, self._types = mapping, index, types
        self._block: Block = mapping.rows[index]
        self._kinds = {column: Kind(type_) for column, type_ in types.items()}
        self._zone = self._block.zone or mapping.zone
        self._own = Personal(pack, self._block, types)
        self.personal = self._own.columns
        self._problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.extract: int | None = None
        self._variables = {column: kind.value_type for column, kind in self._kinds.items()} | dict.fromkeys(
            self._block.times, "timestamp"
        )
        self._times = tuple(self._compile_times())
        self._walls = tuple(self._walls_in_expressions())
        subject = self._value(("subject",), self._block.subject, "string")
        self._forms = tuple(self._compile_form(number, form) for number, form in enumerate(self._block.events))
        if self._problems:
            raise SourceError(self._problems)
        assert subject is not None
        self._subject = subject.get
        self.needs = self._needed()

    def make(self, row: Row) -> list[Event]:
        """Return the events of a row; the row gets its times as further members.

        Raises:
            EventError: The row cannot be used; M201 to M207.
        """
        row[_EXTRACT] = self.extract
        for name, moment in self._times:
            row[name] = moment(row)
        for column in self._walls:
            if row[column] is not None:
                row[column] = instant_of(row[column], self._zone)
        subject = self._subject(row)
        if type(subject) is not str or not subject:
            raise bad("M203", "no subject", "text that is not empty")
        made = []
        for form in self._forms:
            occurred_at = row[form.at]
            if occurred_at is None or (form.when is not None and form.when(row) is not True):
                continue
            made.append(self._event(form, row, subject, occurred_at))
        return made

    def owner(self, row: Row) -> str:
        """Return whose data a row holds that cannot be used, as far as it can be told; else nothing."""
        for form in self._forms:
            if found := self._own.customer({name: _or_none(value.get, row) for name, value in form.data}):
                return found
        subject = _or_none(self._subject, row)
        return subject if isinstance(subject, str) else ""

    def shown(self, key: str, cell: Any) -> Any:
        """Return a cell of a row as people read it: times as text."""
        kind = self._kinds.get(key)
        if kind is None or not isinstance(cell, int) or not (kind.naive or kind.instant):
            return cell
        text = instant_text(cell)
        return text if kind.instant else text.removesuffix("Z")

    def _event(self, form: _Form, row: Row, subject: str, occurred_at: int) -> Event:
        """Return the event of one form."""
        data: dict[str, Any] = {}
        for name, value in form.data:
            said = value.get(row)
            if said is not None:
                data[name] = instant_text(said) if value.is_time else said
            elif value.is_null:
                data[name] = None
        if form.attributes:
            data["attributes"] = {name: row[key] for name, key in form.attributes if row[key] is not None}
        sequence = form.fixed_sequence if form.sequence is None else _whole(form.sequence(row))
        heard_at = row[form.heard] if form.heard else None
        assumed = "" if heard_at is not None else "heard_at"
        heard_at = occurred_at if heard_at is None else heard_at
        event = Event(form.source, "", form.type, subject, occurred_at, heard_at, data, sequence, "main", assumed)
        given = form.id(row) if form.id is not None else content_hash(self._own.veiled(event))
        if given is None or given == "":
            raise bad("M207", f"no id for {form.type}", "text or a number")
        return Event(
            form.source, str(given), form.type, subject, occurred_at, heard_at, data, sequence, "main", assumed
        )

    def _here(self, *path: str | int) -> Place:
        """Return a place within the block."""
        return self._mapping.place("rows", self._index, *path)

    def _value(self, path: tuple[str | int, ...], written: Any, expected: ValueType = "dyn") -> Value | None:
        """Compile an expression; note its problems and return `None` when it is not right."""
        try:
            return compile_value(written, self._variables, self._here(*path), expected)
        except TrothError as error:
            self._problems.extend(error.problems)
            return None

    def _compile_times(self) -> list[tuple[str, Moment]]:
        """Return the times in order; note columns that are not there."""
        naive = {column: kind.naive for column, kind in self._kinds.items() if kind.naive or kind.instant}
        compiled = []
        for name, time in self._block.times.items():
            lacking = [column for column in time.columns() if column not in self._types]
            for column in lacking:
                found = f"the column `{column}` is not in `{self._block.table}`"
                expected = f"one of: {', '.join(list(self._types)[:30])}"
                remedy = "write the column's name as the file has it, or say what to take in its place under `absent`"
                self._problems.append(Problem(self._here("times", name), "M112", found, expected, remedy))
            if not lacking:
                compiled.append((name, compile_time(time, self._zone, naive)))
        return compiled

    def _expressions(self) -> list[str]:
        """Return the texts of all expressions of the block."""
        block = self._block
        texts: list[Any] = [block.subject, block.sequence]
        for form in block.events:
            texts += [form.when, form.sequence, form.id, *form.data.values()]
        return [text for text in texts if isinstance(text, str)]

    def _walls_in_expressions(self) -> list[str]:
        """Return the columns of naive times that expressions read: they see instants."""
        read = {name for text in self._expressions() for name in names_in(text)}
        return [
            column
            for column, kind in self._kinds.items()
            if kind.naive and column in read and column not in self._block.times
        ]

    def _compile_form(self, number: int, form: EventForm) -> _Form:
        """Return an event form, compiled."""
        here = ("events", number)
        when = self._value((*here, "when"), form.when, "bool") if form.when else None
        ids = self._value((*here, "id"), form.id) if form.id else None
        data = [(name, self._value((*here, "data", name), written)) for name, written in form.data.items()]
        written = self._block.sequence if form.sequence is None else form.sequence
        counted = self._value((*here, "sequence"), written, "int") if isinstance(written, str) else None
        return _Form(
            type=form.type, source=form.source, at=form.at, heard=_EXTRACT if self._heard_late(form) else form.heard,
            when=when.get if when else None,
            data=tuple((name, value) for name, value in data if value is not None),
            sequence=counted.get if counted else None,
            fixed_sequence=written if isinstance(written, int) else 0,
            id=ids.get if ids else None,
            attributes=self._attributes(form),
        )  # fmt: skip

    def _heard_late(self, form: EventForm) -> bool:
        """Return whether an event is known from the extract on, and not before."""
        return form.heard == HEARD_AT_EXTRACT and HEARD_AT_EXTRACT not in self._block.times

    def _attributes(self, form: EventForm) -> tuple[tuple[str, str], ...]:
        """Return the attributes that an event carries: (name, key of the row)."""
        listed = self._block.attributes.get(form.type, ())
        columns: Sequence[str] = self._all_others(form) if listed == "*" else tuple(listed)
        for column in columns:
            if column not in self._types:
                place = self._here("attributes", form.type)
                note = Problem(place, "M401", f"the column `{column}` is not in `{self._block.table}`", severity="note")
                self.notes += [note] if note not in self.notes else []
            if column in self.personal:
                place = self._here("attributes", form.type)
                found = f"the column `{column}`, which feeds a personal member, among the attributes"
                self._problems.append(Problem(place, "M115", found, "a column that tells nobody's name"))
        return tuple((column, self._key(column)) for column in columns if column in self._types)

    def _key(self, column: str) -> str:
        """Return the key of the row under which a column is shown as an attribute."""
        kind = self._kinds[column]
        return SHOWN + column if kind.naive or kind.instant or column in self._block.times else column

    def _all_others(self, form: EventForm) -> tuple[str, ...]:
        """Return what `*` means: every column that no other list, no drop and no time of another moment names."""
        block = self._block
        taken = {column for listed in block.attributes.values() if listed != "*" for column in listed} | set(block.drop)
        own = self._roots(form.at)
        later = {column for name in block.times if name not in own for column in block.times[name].columns()}
        earlier = {column for name in own for column in block.times[name].columns()}
        return tuple(
            c
            for c in self._types
            if c not in taken and c not in (ROW, FILE) and (c in earlier or c not in later) and c not in self.personal
        )

    def _roots(self, name: str) -> set[str]:
        """Return a time with all times that it is computed from."""
        found = {name}
        for other in self._block.times[name].times():
            found |= self._roots(other)
        return found

    def _needed(self) -> dict[str, str]:
        """Return key of the row → SQL, for everything that the block reads; note the columns that go nowhere."""
        block = self._block
        read = {name for text in self._expressions() for name in names_in(text)}
        read |= {column for time in block.times.values() for column in time.columns()}
        needs = {column: self._kinds[column].sql(column) for column in self._types if column in read}
        keys = {key for form in self._forms for _, key in form.attributes}
        for column, kind in self._kinds.items():
            if column in keys:
                needs[column] = kind.sql(column)
            if SHOWN + column in keys:
                needs[SHOWN + column] = kind.shown(column)
            used = column in read or column in keys or SHOWN + column in keys or column in block.drop
            if not used and column not in (ROW, FILE):
                found = f"the column `{column}` of `{block.table}` is in no list: dropped"
                self.notes.append(Problem(self._here(), "M402", found, severity="note"))
        return needs


def _or_none(get: Callable[[Row], Any], row: Row) -> Any:
    """Return what an expression says of a row that is not right; `None`: nothing."""
    try:
        return get(row)
    except (KeyError, TypeError, ValueError, TrothError):
        return None


def _whole(number: Any) -> int:
    """Return a sequence number."""
    if type(number) is not int:
        raise bad("M207", f"the sequence `{number}`", "a whole number")
    return number
