"""Samples of a cell, as the tables that measures read: one segment a sample, so that one question answers for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from troth.measures.closure_aligned import FULL
from troth.measures.question import AttributeColumn, Tables
from troth.measures.tables import SCHEMAS
from troth.measures.told import TOLD_SCHEMAS
from troth.model.times import DAY, HOUR, Micros
from troth.sim.coverage.cells import COMPETING, Cell
from troth.sim.coverage.draws_told import TOLD_DRAWS
from troth.sim.coverage.laws import Floats

PACK: Final = "study"
RUN: Final = "run"
"""The attribute that tells samples apart."""

_AS_OF: Final[Micros] = 10**15
_UNIT: Final = 10 * HOUR
_TYPES: Final = {"string": pa.string(), "int64": pa.int64(), "bool": pa.bool_()}
_RELAPSE: Final = 7 * DAY
_TOGETHER: Final = 2.0
"""Mean of further promises of a customer, and how alike they are: beta-distributed chances of this precision."""

LIVES: Final = ((0.3, (2.0, 20.0), (2.0, 2.0)), (0.7, (3.0, 5.0), (9.0, 1.0)))
"""Kinds of lives: share, (shape, scale) of their length, (a, b) of the aligned part of it."""

_Columns = dict[str, Any]


def tables(cell: Cell, runs: int, seed: int) -> Tables:
    """Return samples of a cell, `runs` of them, as tables with the attribute `run`.

    Args:
        cell: What to draw.
        runs: How many samples, each of `cell.n` subjects.
        seed: Another one, other samples.
    """
    rng = np.random.default_rng([seed, *cell.name.encode(), *cell.kind.encode()])
    made = _DRAWS[cell.kind](cell, runs * cell.n, rng)
    subjects = _subjects(np.repeat(np.arange(runs), cell.n), rng, made.pop("subjects", {}))
    connection = ibis.duckdb.connect()
    opened = {"subjects": connection.create_table("subjects", subjects)}
    for name in ("promises", "spans", "cases"):
        opened[name] = connection.create_table(name, _table(name, made.get(name, {})))
    told = {name: connection.create_table(name, _table(name, made.get(name, {}))) for name in TOLD_SCHEMAS}
    return Tables(
        **opened,
        attributes={RUN: AttributeColumn(f"a:{RUN}", "int64")},
        as_of=_AS_OF,
        kinds={PACK: ["due"]},
        legs={(PACK, "failure"): FULL if cell.kind == "endings" else ["closed"]},
        rows={name: table.count().execute() for name, table in opened.items()},
        several=cell.kind == "clusters",
        further=told.__getitem__,
        said={"message": ["note"], "statement": ["ready"], "topic": ["pickup"]},
    )


def lengths(cell: Cell, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return durations and follow-ups of a cell, in microseconds."""
    assert cell.law is not None
    return cell.law.quantile(rng.random(size)) * _UNIT, rng.random(size) * cell.until * _UNIT


def in_seconds(units: float) -> float:
    """Return a duration of a law in seconds."""
    return units * _UNIT / 1_000_000


def in_units(seconds: float) -> float:
    """Return seconds as a duration of a law."""
    return seconds * 1_000_000 / _UNIT


def _subjects(run: npt.NDArray[np.int64], rng: np.random.Generator, given: Mapping[str, Any]) -> pa.Table:
    """Return the subjects table: what was drawn, and what has no part in it."""
    size = len(run)
    start = np.full(size, _AS_OF - DAY)
    columns: _Columns = {
        "subject": _names(size),
        "pack": [PACK] * size,
        "cluster": rng.integers(0, 2**62, size),
        "requested_at": start,
        "entry": start,
        "observed_until": np.full(size, _AS_OF),
        "outcome": ["open"] * size,
        "outcome_at": pa.nulls(size, pa.int64()),
        "undated": np.zeros(size, bool),
        "clock_until": np.full(size, _AS_OF),
        "state": ["waiting"] * size,
        **given,
    }
    shaped = {one.name: pa.array(columns[one.name], _TYPES[one.type]) for one in SCHEMAS["subjects"].columns[:-1]}
    return pa.table({**shaped, f"a:{RUN}": pa.array(run)})


def _table(name: str, given: Mapping[str, Any]) -> pa.Table:
    """Return a table of what was drawn; columns that have no part in it are null."""
    columns = (SCHEMAS.get(name) or TOLD_SCHEMAS[name]).columns
    size = len(next(iter(given.values()))) if given else 0
    fixed: _Columns = {"pack": [PACK] * size, **given}
    shaped = {
        one.name: pa.array(fixed[one.name], _TYPES[one.type]) if one.name in fixed else pa.nulls(size, _TYPES[one.type])
        for one in columns
    }
    return pa.table(shaped)


def _names(size: int) -> list[str]:
    """Return names of subjects."""
    return [f"one/{number}" for number in range(size)]


def _ints(values: Floats) -> npt.NDArray[np.int64]:
    """Return microseconds as whole ones."""
    return np.asarray(np.round(values), dtype=np.int64)


def _where(seen: npt.NDArray[np.bool_], values: npt.NDArray[np.int64]) -> pa.Array:
    """Return values where they were seen, else null."""
    return pa.array(values, mask=~seen)


def _promises(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw promises that are kept or broken, one a subject."""
    return {"promises": _due(_names(size), rng.random(size) < cell.share)}


def _clusters(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw several promises of each subject, whose chances are alike."""
    count = 1 + rng.poisson(_TOGETHER, size)
    chance = np.repeat(rng.beta(_TOGETHER * cell.share, _TOGETHER * (1 - cell.share), size), count)
    names = np.repeat(np.array(_names(size)), count)
    return {"promises": _due(names.tolist(), rng.random(len(chance)) < chance)}


def _due(names: list[str], kept: npt.NDArray[np.bool_]) -> _Columns:
    """Return promises that were due a day before the end."""
    size = len(names)
    due = np.full(size, _AS_OF - DAY)
    outcome = np.where(kept, "kept", "broken").tolist()
    return {
        "subject": names,
        "kind": ["due"] * size,
        "key": [str(number) for number in range(size)],
        "made_at": due - DAY,
        "opens_at": due - DAY,
        "first_due": due,
        "first_limit": due,
        "last_due": due,
        "last_limit": due,
        "grace": np.zeros(size, np.int64),
        "outcome": outcome,
        "renegotiated": outcome,
    }


def _lives(_cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw lives of two kinds: the longer ones are the worse."""
    kind = (rng.random(size) >= LIVES[0][0]).astype(int)
    length = np.empty(size)
    part = np.empty(size)
    for place, (_, (shape, scale), (a, b)) in enumerate(LIVES):
        own = kind == place
        length[own] = rng.gamma(shape, scale, int(own.sum()))
        part[own] = rng.beta(a, b, int(own.sum()))
    total = _ints(length * HOUR) + 2
    aligned = np.clip(_ints(total * part), 1, total - 1)
    start = _AS_OF - total
    names = _names(size)
    return {
        "subjects": {"requested_at": start, "entry": start},
        "spans": {
            "subject": [*names, *names],
            "since": np.concatenate([start, start + aligned]),
            "until": np.concatenate([start + aligned, np.full(size, _AS_OF)]),
            "alignment": ["aligned"] * size + ["ahead"] * size,
            "about": [""] * (2 * size),
        },
    }


def _waits(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw waits that are censored where the follow-up ends first, with a promised moment."""
    duration, follow = lengths(cell, size, rng)
    found = _waited(duration, follow, np.zeros(size, bool))
    assert cell.law is not None
    promised = float(cell.law.quantile(np.array([cell.share or 0.5]))[0]) * _UNIT
    due = found["requested_at"] + int(promised)
    promises = _due(_names(size), np.ones(size, bool)) | {"first_due": due, "first_limit": due}
    return {"subjects": found, "promises": promises}


def _competing(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw waits of which a part ends otherwise."""
    duration, follow = lengths(cell, size, rng)
    return {"subjects": _waited(duration, follow, rng.random(size) < COMPETING)}


def _entering(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw waits of which half were under way for a while when observation began."""
    duration, follow = lengths(cell, size, rng)
    found = _waited(duration, follow, np.zeros(size, bool))
    assert cell.truth is not None
    delay = np.where(rng.random(size) < 0.5, rng.random(size) * 0.5 * cell.truth * _UNIT, 0.0)
    return {"subjects": found | {"entry": found["requested_at"] + _ints(delay)}}


def _waited(duration: Floats, follow: Floats, otherwise: npt.NDArray[np.bool_]) -> _Columns:
    """Return the columns of waits: requested so long before the end as they were followed."""
    start, length = _AS_OF - _ints(follow), _ints(duration)
    seen = start + length <= _AS_OF
    outcome = np.where(seen, np.where(otherwise, "cancelled", "usable"), "open").tolist()
    return {"requested_at": start, "entry": start, "outcome": outcome, "outcome_at": _where(seen, start + length)}


def _cases(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw cases that close, or are still open at the end."""
    duration, follow = lengths(cell, size, rng)
    opened, length = _AS_OF - _ints(follow), _ints(duration)
    closed = _where(opened + length <= _AS_OF, opened + length)
    return {"cases": _failed(opened) | {"closed_at": closed, "first_closed_at": closed}}


def _relapses(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw closed cases of which some are open again; of a share the first week is not over yet."""
    follow = _ints(rng.random(size) * _RELAPSE / cell.censored)
    again = _ints(-np.log1p(-rng.random(size)) / -np.log1p(-cell.share) * _RELAPSE)
    closed, seen = _AS_OF - follow, again <= follow
    cases = _failed(closed - HOUR) | {"closed_at": closed, "first_closed_at": closed}
    return {
        "cases": cases | {"first_reopened_at": _where(seen, closed + again), "relapse": _where(seen, again)},
    }


def _endings(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw cases that close clean or otherwise, or are still open at the end; some were found by the customer."""
    duration, follow = lengths(cell, size, rng)
    broke, length = _AS_OF - _ints(follow), _ints(duration)
    seen, otherwise = broke + length <= _AS_OF, rng.random(size) < COMPETING
    ends = np.where(seen, np.where(otherwise, "unclean", "clean"), "").tolist()
    cases = _failed(broke) | {"closed_at": _where(seen, broke + length), "closed_as": ends, "detected_at": broke}
    found = np.where(rng.random(size) < COMPETING, "customer", "system").tolist()
    return {"cases": cases | {"detected_by": found}}


def _helped(cell: Cell, size: int, rng: np.random.Generator) -> dict[str, _Columns]:
    """Draw lives of two kinds of which a part is helped by a belief: the part that is aligned."""
    lives = _lives(cell, size, rng)
    spans = lives["spans"]
    believed = {
        "subject": spans["subject"][:size],
        "statement": ["by_then"] * size,
        "topic": ["date"] * size,
        "since": spans["since"][:size],
        "until": spans["until"][:size],
        "channel": ["mail"] * size,
        "message_id": ["m"] * size,
        "truth": ["true"] * size,
        "helps": ["true"] * size,
    }
    return {**lives, "beliefs": believed}


def _failed(opened: npt.NDArray[np.int64]) -> _Columns:
    """Return cases opened at these moments, one a subject."""
    size = len(opened)
    return {
        "subject": _names(size),
        "kind": ["failure"] * size,
        "about": [""] * size,
        "opened_at": opened,
        "broke_at": opened,
        "closed_as": ["clean"] * size,
    }


_DRAWS: Final[Mapping[str, Callable[[Cell, int, np.random.Generator], dict[str, _Columns]]]] = {
    "promises": _promises,
    "clusters": _clusters,
    "lives": _lives,
    "waits": _waits,
    "competing": _competing,
    "entering": _entering,
    "cases": _cases,
    "relapses": _relapses,
    "endings": _endings,
    "helped": _helped,
    **TOLD_DRAWS,
}
