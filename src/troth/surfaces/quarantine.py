"""The quarantine: what is in it, and judging it again after a fix."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from troth.connectors.tabular import TabularSource, load_mapping
from troth.errors import Place, Problem, TrothError
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.times import Micros, format_instant
from troth.ports.ledger import Ledger, Refused
from troth.runtime import catalog
from troth.runtime.importing import append_sealed, hear, release
from troth.runtime.ingest import replay_quarantine
from troth.runtime.privacy import Sealer

_PAGE = 1_000
_Row: TypeAlias = tuple[str, int]


class Outcome(msgspec.Struct, frozen=True):
    """What a replay did.

    Attributes:
        tried: Refusals judged again.
        released: Of them, those that have left quarantine.
        accepted: New events among what they brought.
        problems: Why some could not even be tried.
    """

    tried: int
    released: int
    accepted: int
    problems: tuple[Problem, ...] = ()


def waiting(ledger: Ledger) -> Iterator[Refused]:
    """Yield everything in quarantine, by id."""
    after = ""
    while page := ledger.quarantine(after=after, limit=_PAGE):
        after = page[-1].id
        yield from page


def row(refused: Refused) -> dict[str, Any]:
    """Return a refusal as a plain row."""
    return {
        "id": refused.id,
        "kind": refused.kind,
        "code": refused.code,
        "reason": refused.reason,
        "place": refused.place,
        "pack": refused.pack,
        "heard_at": format_instant(refused.heard_at) if refused.heard_at else None,
        "raw": refused.raw,
    }


def replay(ledger: Ledger, *, now: Micros, pack: str = "", map_name: str = "") -> Outcome:
    """Judge everything in quarantine again: events by themselves, rows through their mapping as it is today.

    Args:
        ledger: Whose quarantine.
        now: The present moment.
        pack: Only of this pack; empty: of all.
        map_name: A mapping file to read rows with; empty: the one that each was refused by.
    """
    packs = catalog.restore(ledger)
    sealer = Sealer(ledger, packs)
    events = replay_quarantine(ledger, now=now, pack=pack, sealer=sealer)
    tried, released, accepted = events.tried, events.released, events.accepted
    problems: list[Problem] = []
    for (of_pack, mapping, path), refusals in _groups(ledger, sealer, pack).items():
        tried += len(refusals)
        try:
            with _source(of_pack, packs.get(of_pack), map_name or mapping, Path(path)) as source:
                more = _again(ledger, sealer, source, refusals)
        except TrothError as error:
            problems += error.problems
            continue
        released += more[0]
        accepted += more[1]
        problems += more[2]
    return Outcome(tried, released, accepted, tuple(problems))


def _groups(
    ledger: Ledger, sealer: Sealer, pack: str
) -> dict[tuple[str, str, str], list[tuple[Refused, Mapping[str, Any]]]]:
    """Return the refused rows by pack, mapping and data set, opened."""
    groups: dict[tuple[str, str, str], list[tuple[Refused, Mapping[str, Any]]]] = {}
    for refused in waiting(ledger):
        if refused.kind == "row" and (not pack or refused.pack == pack):
            raw = json.loads(sealer.open_refused(refused).raw)
            groups.setdefault((refused.pack, raw["map"], raw["path"]), []).append((refused, raw))
    return groups


def _source(name: str, pack: Pack | None, map_name: str, path: Path) -> TabularSource:
    """Open a data set behind a mapping: a file if there is one of that name, else one that a shipped pack has."""
    place = Path(map_name)
    if place.is_file():
        return TabularSource(load_mapping(place.read_text(encoding="utf-8"), map_name), path, pack)
    file, text = catalog.mapping(catalog.load(name), map_name)
    return TabularSource(load_mapping(text, file), path, pack)


def _again(
    ledger: Ledger, sealer: Sealer, source: TabularSource, refusals: list[tuple[Refused, Mapping[str, Any]]]
) -> tuple[int, int, list[Problem]]:
    """Read refused rows again; return how many have left quarantine, how many events were new, and what stays why."""
    made: dict[_Row, list[Event]] = {}
    still: set[tuple[str, int, str]] = set()
    for place, events, refused in source.rows({(raw["file"], raw["row"]) for _, raw in refusals}):
        made.setdefault(place, []).extend(events)
        still.update((*place, json.loads(one.raw)["block"]) for one in refused)
    new: dict[_Row, int] = {}
    settled: list[str] = []
    strange: list[Refused] = []
    heard: list[Micros] = []
    for one, raw in refusals:
        row = raw["file"], raw["row"]
        if (*row, raw["block"]) in still or not made.get(row):
            continue
        same = raw["origin"] == source.origin
        if not same and not _agree(raw["cells"], source.cells(one)):
            strange.append(one)
            continue
        # First the events, then the release: after a fall between the two, the next replay finds duplicates.
        if row not in new:
            new[row] = append_sealed(ledger, sealer, source.mapping.pack, made[row]).accepted
            heard.append(max(event.heard_at for event in made[row]))
        # A broken line has made no event before: what is known comes from another row.
        if new[row] or (same and one.code != "M206"):
            settled.append(one.id)
        else:
            strange.append(one)
    unchanged = all(raw["origin"] == source.origin for _, raw in refusals)
    _hear(ledger, source, heard, unchanged=unchanged)
    return (release(ledger, settled) if settled else 0), sum(new.values()), _unproved(strange)


def _agree(kept: Mapping[str, Any], now: Mapping[str, Any] | None) -> bool:
    """Return whether a row seems to be the one that was refused: at least half of its cells are as they were."""
    if now is None:
        return False
    cells = [(cell, now.get(name)) for name, cell in kept.items() if cell is not None]
    return bool(cells) and 2 * sum(was == is_ for was, is_ in cells) >= len(cells)


def _hear(ledger: Ledger, source: TabularSource, heard: Sequence[Micros], *, unchanged: bool) -> None:
    """Do what an import does at its end: move watermarks and extract forward to the moment of the extract.

    A file that has changed may hold more than was replayed: it counts as heard up to the rows that were.
    """
    if not heard:
        return
    latest = max(heard)
    extract = latest if source.extract is None else source.extract
    hear(ledger, source.sources, extract if unchanged else min(extract, latest))


def _unproved(refusals: Sequence[Refused]) -> list[Problem]:
    """Return a problem for rows that cannot be told to be the ones that were refused."""
    if not refusals:
        return []
    found = f"the file has changed: {len(refusals):,} rows cannot be told to be the same ones, and stay in quarantine"
    return [Problem(Place(refusals[0].place), "M208", found, remedy="import the file again", severity="warning")]
