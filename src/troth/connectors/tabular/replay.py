"""Reading quarantined rows again, from the files they came from, by the mapping as it is now.

The rows of one data set are read together, in one pass. A row is settled only when nothing about it is wrong any more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

from troth.connectors.tabular.mapping import Mapping
from troth.connectors.tabular.source import TabularSource
from troth.errors import EventError, Place, Problem
from troth.model.event import Event
from troth.ports.ledger import Ledger, Refused

FindMapping: TypeAlias = Callable[[str, str], Mapping]
"""(pack, file name of the mapping as given) → the mapping as it is now; raises a `TrothError` when there is none."""

_PAGE: Final = 1000
_Origin: TypeAlias = tuple[str, str, str]


class RowReader:
    """Reads refused rows again; what `replay_quarantine` takes as `rows`."""

    def __init__(self, ledger: Ledger, find: FindMapping) -> None:
        """Note which rows are in quarantine, so that each data set is read once.

        Args:
            ledger: Whose quarantine.
            find: Finds the present mapping.
        """
        self._find = find
        self._wanted: dict[_Origin, list[dict[str, Any]]] = {}
        self._read: dict[_Origin, dict[str, list[Event]]] = {}
        for refused in _rows_in(ledger):
            raw = json.loads(refused.raw)
            self._wanted.setdefault(_origin(refused, raw), []).append(raw)

    def __call__(self, refused: Refused) -> list[Event]:
        """Return the events that a refused row makes now.

        Raises:
            TrothError: The row is still not right, or its file or mapping cannot be read (M208).
        """
        raw = json.loads(refused.raw)
        origin = _origin(refused, raw)
        if not raw["row"] or not raw["file"]:
            raise EventError(_again(refused, "the row has no number in a file"))
        if origin not in self._read:
            self._read[origin] = {}
            self._read[origin] = self._events(refused, origin)
        found = self._read[origin].get(_key(raw["file"], raw["row"]))
        if found is None:
            raise EventError(_again(refused, "the row is still not right, or its data set cannot be read"))
        return found

    def _events(self, refused: Refused, origin: _Origin) -> dict[str, list[Event]]:
        """Return row → its events, for the rows of a data set that are right now.

        Raises:
            TrothError: The mapping or the files are not right; M208 when they are not the ones that were imported.
        """
        pack, file, path = origin
        if not Path(path).exists():
            raise EventError(_again(refused, f"{path} is not there any more"))
        wanted = self._wanted.get(origin, [])
        with TabularSource(self._find(pack, file), Path(path)) as source:
            if any(raw["origin"] != source.origin for raw in wanted):
                raise EventError(_again(refused, f"{path} has changed since it was imported"))
            found: dict[str, list[Event]] = {_key(raw["file"], raw["row"]): [] for raw in wanted if raw["file"]}
            for key, events, bad in source.rows({(raw["file"], raw["row"]) for raw in wanted}):
                if bad:
                    found.pop(_key(*key), None)
                elif _key(*key) in found:
                    found[_key(*key)] += events
        return found


def _rows_in(ledger: Ledger) -> Iterator[Refused]:
    """Yield the refused rows of a quarantine."""
    after = ""
    while page := ledger.quarantine(after=after, limit=_PAGE):
        after = page[-1].id
        yield from (refused for refused in page if refused.kind == "row" and "origin" in _said(refused))


def _said(refused: Refused) -> dict[str, Any]:
    """Return the raw JSON of a refusal; empty when it is none."""
    try:
        said = json.loads(refused.raw)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _origin(refused: Refused, raw: dict[str, Any]) -> _Origin:
    """Return what a row was imported from: pack, mapping and path."""
    return refused.pack, str(raw["map"]), str(raw["path"])


def _key(file: str, row: int) -> str:
    """Return the key of a row."""
    return f"{row} {file}"


def _again(refused: Refused, found: str) -> Problem:
    """Return the problem of a row that cannot be read again."""
    return Problem(
        Place(path=refused.place), "M208", found, remedy="import the data set again: settled rows leave quarantine"
    )
