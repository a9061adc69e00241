"""The statements of the port's queries and commits; those of appending and of the outbox stand with their methods.

Many rows go as one statement with an array for each column: as quick as COPY, and it can name conflicts. Where rows
are looked up by such arrays, a LATERAL part with LIMIT or OFFSET makes it one look into the index for each: left to
itself, a server that has no statistics of a young table yet compares every row with every other. For the same reason
`tenant + 0` keeps it from an index that begins with the tenant where another is meant.
"""

# ruff: noqa: S608  (statements are put together from constants of this module; values are always bound)

from __future__ import annotations

from typing import Final

EVENT_COLUMNS: Final = "source, id, type, subject, occurred_at, heard_at, body, sequence, assumed"
"""What `troth.runtime.rows.event_of` reads, in its order."""

TENANT: Final = "SELECT key FROM troth.tenant WHERE name = %s"
ADD_TENANT: Final = "INSERT INTO troth.tenant (name) VALUES (%s) RETURNING key"
ADD_BUCKETS: Final = "INSERT INTO troth.bucket (tenant, bucket) SELECT %s::integer, generate_series(0, %s)"

READ: Final = f"""
SELECT position, replaces, standing = 1, pack, {EVENT_COLUMNS} FROM troth.event
WHERE tenant = %s AND bucket = %s AND standing > 0 AND position > %s ORDER BY position LIMIT %s"""
# Which rows come next is read from the index of each of the shard's buckets; only those are fetched.
TAIL: Final = f"""
SELECT found.* FROM (
    SELECT of_bucket, next.position FROM unnest(%s::smallint[]) AS of_bucket, LATERAL (
        SELECT position FROM troth.event
        WHERE tenant = %s AND bucket = of_bucket AND standing = 1 AND position > %s ORDER BY position LIMIT %s
    ) AS next ORDER BY next.position LIMIT %s
) AS wanted, LATERAL (
    SELECT position, replaces, standing = 1, pack, {EVENT_COLUMNS} FROM troth.event
    WHERE tenant = %s AND bucket = of_bucket AND position = wanted.position LIMIT 1
) AS found ORDER BY found.position"""
# LIMIT keeps this a look into the index for each bucket, whatever the server thinks of the numbers of rows.
DIRTY: Final = """
SELECT bucket FROM troth.bucket AS b WHERE tenant = %s AND (
    SELECT position FROM troth.event
    WHERE tenant = b.tenant AND bucket = b.bucket AND standing > 0 AND position > b.position
    ORDER BY position LIMIT 1
) IS NOT NULL ORDER BY bucket"""
POSITION: Final = "SELECT position, fence FROM troth.bucket WHERE tenant = %s AND bucket = %s"
EVENTS_OF: Final = f"""
SELECT found.* FROM unnest(%s::smallint[], %s::text[]) AS wanted (of_bucket, of_subject), LATERAL (
    SELECT {EVENT_COLUMNS} FROM troth.event
    WHERE tenant + 0 = %s AND bucket = of_bucket AND subject = of_subject AND standing = 1 OFFSET 0
) AS found"""
RECORDS: Final = """
SELECT of_subject, body FROM unnest(%s::smallint[], %s::text[]) AS wanted (of_bucket, of_subject), LATERAL (
    SELECT body FROM troth.record WHERE tenant = %s AND bucket = of_bucket AND subject = of_subject LIMIT 1
) AS found"""
SCAN_EVENTS: Final = f"""
SELECT {EVENT_COLUMNS} FROM troth.event
WHERE tenant = %s AND standing = 1 AND %s IN ('', pack) AND bucket = ANY(%s::smallint[]) ORDER BY bucket, subject"""
SCAN_RECORDS: Final = """
SELECT body FROM troth.record
WHERE tenant = %s AND %s IN ('', pack) AND bucket = ANY(%s::smallint[]) ORDER BY bucket, subject"""
LAST: Final = "SELECT coalesce(sum(position), 0)::bigint FROM troth.head WHERE tenant = %s"

FENCES: Final = "SELECT bucket, fence FROM troth.bucket WHERE tenant = %s AND bucket = ANY(%s::smallint[])"
MOVE: Final = """
UPDATE troth.bucket SET position = (%s::bigint[])[array_position(%s::smallint[], bucket)], fence = fence + 1
WHERE tenant = %s AND bucket = ANY(%s::smallint[])"""
PUT_RECORDS: Final = """
INSERT INTO troth.record (tenant, bucket, subject, pack, body)
SELECT %s::integer, * FROM unnest(%s::smallint[], %s::text[], %s::text[], %s::bytea[])
ON CONFLICT (tenant, bucket, subject) DO UPDATE SET pack = excluded.pack, body = excluded.body"""
PUT_TIMERS: Final = """
INSERT INTO troth.timer (tenant, bucket, subject, id, due_at)
SELECT %s::integer, * FROM unnest(%s::smallint[], %s::text[], %s::text[], %s::bigint[])
ON CONFLICT (tenant, bucket, subject) DO UPDATE SET id = excluded.id, due_at = excluded.due_at"""
DROP_TIMERS: Final = """
DELETE FROM troth.timer WHERE ctid = ANY(ARRAY(
    SELECT found.ctid FROM unnest(%s::smallint[], %s::text[]) AS gone (of_bucket, of_subject), LATERAL (
        SELECT ctid FROM troth.timer WHERE tenant = %s AND bucket = of_bucket AND subject = of_subject LIMIT 1
    ) AS found))"""
DROP_ENTRIES: Final = """
DELETE FROM troth.entry WHERE ctid = ANY(ARRAY(
    SELECT found.ctid FROM unnest(%s::text[]) AS of_subject, LATERAL (
        SELECT ctid FROM troth.entry WHERE tenant = %s AND subject = of_subject OFFSET 0
    ) AS found))"""
PUT_ENTRIES: Final = """
INSERT INTO troth.entry (tenant, subject, line, kind, key, ord, body)
SELECT %s::integer, * FROM unnest(%s::text[], %s::integer[], %s::text[], %s::text[], %s::bigint[], %s::bytea[])"""

DUE: Final = "SELECT id, subject, due_at FROM troth.timer WHERE tenant = %s AND due_at <= %s"
DUE_ORDER: Final = " ORDER BY due_at, subject LIMIT %s"
NEXT_DUE: Final = "SELECT min(due_at) FROM troth.timer WHERE tenant = %s"
ENTRIES: Final = """
SELECT ord, subject, body FROM troth.entry WHERE tenant = %s AND kind = %s AND key = %s AND ord > %s AND ord <= %s
ORDER BY ord, subject, line LIMIT %s"""
QUARANTINE: Final = """
SELECT id, code, reason, place, raw, heard_at, kind, pack FROM troth.quarantine
WHERE tenant = %s AND id > %s ORDER BY id LIMIT %s"""

RELEASE: Final = "DELETE FROM troth.quarantine WHERE tenant = %s AND id = ANY(%s::text[])"

COUNTS: Final = """
SELECT
    (SELECT count(*) FROM troth.event WHERE tenant = %s AND standing = 1),
    (SELECT count(*) FROM (
        SELECT DISTINCT bucket, subject FROM troth.event WHERE tenant = %s AND standing = 1) AS subjects),
    (SELECT count(*) FROM troth.record WHERE tenant = %s),
    (SELECT count(*) FROM troth.quarantine WHERE tenant = %s),
    (SELECT count(*) FROM troth.timer WHERE tenant = %s)"""
