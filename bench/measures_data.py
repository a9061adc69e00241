"""Tables of intervals for the rows of `bench.measures`, made by DuckDB from hashes of row numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import duckdb
import ibis

from troth.measures.question import AttributeColumn, Tables
from troth.measures.tables import SCHEMAS
from troth.measures.told import TOLD_SCHEMAS
from troth.model.times import DAY

PACK: Final = "parcel"
AS_OF: Final = 365 * DAY
SHOPS: Final = 20
PER_SUBJECT: Final = 4
"""Intervals of one subject."""

_REQUESTED: Final = f"(i % 300) * {DAY} + (hash(i) % {DAY})::BIGINT"


def _some(seed: int, *words: str) -> str:
    """Return SQL that picks one of some words by a hash of the row number."""
    listed = ", ".join(f"'{word}'" for word in words)
    return f"[{listed}][1 + (hash(i + {seed}) % {len(words)})::INT]"


def _after(seed: int, moment: str, days: int) -> str:
    """Return SQL of a moment up to so many days after another."""
    return f"{moment} + (hash(i + {seed}) % {days * DAY})::BIGINT"


_SAID: Final = f"""'order/' || (i // {PER_SUBJECT}) AS subject, '{PACK}' AS pack"""
_TRUTHS: Final = ("true", "true", "true", "true", "false", "unknown")

_COLUMNS: Final[Mapping[str, str]] = {
    "subjects": f"""
        'order/' || i AS subject, '{PACK}' AS pack, (hash(i) >> 2)::BIGINT AS cluster, {_REQUESTED} AS requested_at,
        {_REQUESTED} AS entry, {AS_OF} AS observed_until, {_some(1, *['usable'] * 17, 'cancelled', 'open', 'open')}
        AS outcome, CASE WHEN {_some(1, *['usable'] * 17, 'cancelled', 'open', 'open')} <> 'open'
        THEN {_after(2, _REQUESTED, 20)} END AS outcome_at, false AS undated,
        {_REQUESTED} + {20 * DAY} AS clock_until, 'delivered' AS state,
        's' || (hash(i + 3) % {SHOPS}) AS "a:shop" """,
    "spans": f"""
        'order/' || (i // 4) AS subject,
        ((i // 4) % 300) * {DAY} + (hash(i // 4) % {DAY})::BIGINT + (i % 4) * {5 * DAY} AS since,
        ((i // 4) % 300) * {DAY} + (hash(i // 4) % {DAY})::BIGINT + (i % 4 + 1) * {5 * DAY} AS until,
        {_some(4, 'aligned', 'aligned', 'aligned', 'ahead', 'stuck', 'unverifiable', 'behind', 'untold')} AS alignment,
        '' AS about""",
    "promises": f"""
        {_SAID}, 'by_day' AS kind, (i % 4)::VARCHAR AS key, (i % 400) * {DAY} AS made_at,
        (i % 400) * {DAY} AS opens_at, (i % 400 + 3) * {DAY} AS first_due, (i % 400 + 3) * {DAY} AS first_limit,
        (i % 400 + 3) * {DAY} AS last_due, (i % 400 + 3) * {DAY} AS last_limit, 0::BIGINT AS grace,
        {_some(5, *['kept'] * 7, 'late', 'broken', 'void')} AS outcome,
        {_some(6, *['kept'] * 7, 'late', 'broken', 'void')} AS renegotiated,
        (i % 400 + 3) * {DAY} AS decided_at, {_after(7, f'(i % 400) * {DAY}', 10)} AS kept_at""",
    "cases": f"""
        {_SAID}, 'lost' AS kind, (i % 4)::VARCHAR AS about, (i % 300) * {DAY} AS opened_at,
        {_after(1, f'(i % 300) * {DAY}', 1)} AS owned_at, {_after(2, f'(i % 300) * {DAY}', 2)} AS informed_at,
        {_after(3, f'(i % 300) * {DAY}', 9)} AS resolved_at, {_after(4, f'(i % 300) * {DAY}', 12)} AS closed_at,
        {_after(3, f'(i % 300) * {DAY}', 9)} AS first_resolved_at,
        {_after(4, f'(i % 300) * {DAY}', 12)} AS first_closed_at, NULL::BIGINT AS first_reopened_at,
        0::BIGINT AS reopenings, NULL::BIGINT AS relapse, '' AS id, (i % 300) * {DAY} AS broke_at,
        NULL::BIGINT AS detected_at, 'system' AS detected_by, {_some(5, 'clean', 'clean', 'unclean', 'void')}
        AS closed_as""",
    "tellings": f"""
        {_SAID}, i::VARCHAR AS message_id, {_some(1, 'ready', 'late')} AS message,
        {_some(2, 'email', 'sms')} AS channel,
        {_some(3, 'is_ready', 'coming')} AS statement, 'pickup' AS topic, (i % 300) * {DAY} AS told_at,
        {_some(4, *_TRUTHS)} AS "then", {_some(5, *_TRUTHS)} AS "now",
        {_some(6, 'honest', 'honest', 'honest', 'careless', 'lucky', 'unlucky', 'blind', 'doubtful')} AS verdict,
        {_some(7, 'oms', 'till', '')} AS source, '' AS event_id, (hash(i + 8) % {DAY})::BIGINT AS lag,
        'permitted' AS permit, 'placed' AS state_then, 'ready' AS state_now, false AS promises,
        (hash(i + 9) % {9 * DAY})::BIGINT AS age, 'moves_on' AS implies, (i % 300 + 2) * {DAY} AS due_at,
        {_some(10, 'yes', 'yes', 'yes', 'no', 'unknown')} AS followed, {_after(11, f'(i % 300) * {DAY}', 2)}
        AS followed_at""",
    "beliefs": f"""
        {_SAID}, {_some(1, 'is_ready', 'coming')} AS statement, 'pickup' AS topic,
        ((i // 4) % 300) * {DAY} + (hash(i // 4) % {DAY})::BIGINT + (i % 4) * {4 * DAY} AS since,
        ((i // 4) % 300) * {DAY} + (hash(i // 4) % {DAY})::BIGINT + (i % 4 + 1) * {5 * DAY} AS until,
        'email' AS channel, i::VARCHAR AS message_id, {_some(2, *_TRUTHS)} AS truth, {_some(3, *_TRUTHS)} AS helps""",
    "asks": f"""
        {_SAID}, i::VARCHAR AS message_id, {_some(1, 'ready', 'late')} AS message, 'email' AS channel,
        (i % 300) * {DAY} AS decided_at, {_some(2, 'SEND', 'SEND', 'SEND', 'REPLACE', 'HOLD', 'SUPPRESS')} AS outcome,
        '' AS sends, '' AS codes, true AS for_truth, {_some(4, *_TRUTHS)} AS "then", {_some(5, *_TRUTHS)} AS "now",
        'enforced' AS mode, true AS permitted, true AS confirmed, true AS "left" """,
}  # fmt: skip


def made(folder: Path, counts: Mapping[str, int]) -> Path:
    """Return a folder with one Parquet file for each table, made once; a table without a count has no rows.

    Args:
        folder: Where it goes.
        counts: Table → rows.
    """
    place = folder / "-".join(f"{name}{count}" for name, count in sorted(counts.items()))
    if place.exists():
        return place
    place.mkdir(parents=True)
    with duckdb.connect() as connection:
        for name in (*SCHEMAS, *TOLD_SCHEMAS):
            columns = _COLUMNS.get(name)
            if columns is not None:
                query = f"SELECT {columns} FROM range({counts.get(name, 0)}) numbers(i)"
                file = place / f"{name}.parquet"
                connection.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
    return place


def opened(place: Path, counts: Mapping[str, int]) -> Tables:
    """Return the tables of a folder, opened as `troth.runtime.snapshot` opens a snapshot."""
    connection = ibis.duckdb.connect()
    held = {name: connection.read_parquet(place / f"{name}.parquet", table_name=name) for name in SCHEMAS}
    further: Callable[[str], Any] | None = None
    if any(name in TOLD_SCHEMAS for name in counts):
        told = {
            name: connection.read_parquet(place / f"{name}.parquet", table_name=name)
            for name in TOLD_SCHEMAS if name in _COLUMNS
        }  # fmt: skip
        further = told.__getitem__
    return Tables(
        **held,
        attributes={"shop": AttributeColumn("a:shop", "string")},
        as_of=AS_OF,
        kinds={PACK: ["by_day"]},
        legs={(PACK, "lost"): ["owned", "informed", "resolved", "closed"]},
        rows={name: counts.get(name, 0) for name in SCHEMAS},
        several=counts.get("promises", 0) > 0,
        further=further,
        said={"statement": ["is_ready", "coming"], "message": ["ready", "late"]},
    )
