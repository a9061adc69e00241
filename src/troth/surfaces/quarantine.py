"""The quarantine: what is in it, and judging it again after a fix."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from troth.connectors.tabular import TabularSource, load_mapping
from troth.errors import Problem, TrothError
from troth.model.times import Micros, format_instant
from troth.ports.ledger import Ledger, Refused
from troth.runtime import catalog
from troth.runtime.ingest import replay_quarantine

_PAGE = 1_000


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
    events = replay_quarantine(ledger, now=now, pack=pack)
    tried, released, accepted = events.tried, events.released, events.accepted
    problems: list[Problem] = []
    for (of_pack, mapping, path), refusals in _groups(ledger, pack).items():
        tried += len(refusals)
        try:
            with _source(of_pack, map_name or mapping, Path(path)) as source:
                more = _again(ledger, of_pack, source, refusals)
        except TrothError as error:
            problems += error.problems
            continue
        released += more[0]
        accepted += more[1]
    return Outcome(tried, released, accepted, tuple(problems))


def _groups(ledger: Ledger, pack: str) -> dict[tuple[str, str, str], list[tuple[Refused, Mapping[str, Any]]]]:
    """Return the refused rows by pack, mapping and data set."""
    groups: dict[tuple[str, str, str], list[tuple[Refused, Mapping[str, Any]]]] = {}
    for refused in waiting(ledger):
        if refused.kind == "row" and (not pack or refused.pack == pack):
            raw = json.loads(refused.raw)
            groups.setdefault((refused.pack, raw["map"], raw["path"]), []).append((refused, raw))
    return groups


def _source(pack: str, map_name: str, path: Path) -> TabularSource:
    """Open a data set behind a mapping: a file if there is one of that name, else one that a shipped pack has."""
    place = Path(map_name)
    if place.is_file():
        return TabularSource(load_mapping(place.read_text(encoding="utf-8"), map_name), path)
    file, text = catalog.mapping(catalog.load(pack), map_name)
    return TabularSource(load_mapping(text, file), path)


def _again(
    ledger: Ledger, pack: str, source: TabularSource, refusals: list[tuple[Refused, Mapping[str, Any]]]
) -> tuple[int, int]:
    """Read refused rows again; return how many have left quarantine and how many events were new."""
    wanted = {(raw["file"], raw["row"]) for _, raw in refusals}
    seen: set[tuple[str, int]] = set()
    still: set[tuple[str, int, str]] = set()
    accepted = 0
    for place, events, refused in source.rows(wanted):
        seen.add(place)
        still.update((*place, json.loads(one.raw)["block"]) for one in refused)
        # First the events, then the release: after a fall between the two, the next replay finds duplicates.
        accepted += ledger.append(events, pack=pack).accepted if events else 0
    settled = [
        one.id
        for one, raw in refusals
        if (raw["file"], raw["row"]) in seen and (raw["file"], raw["row"], raw["block"]) not in still
    ]
    return (ledger.release(settled) if settled else 0), accepted
