"""The statements of the port's queries and commits; those of appending stand in `append`."""

# ruff: noqa: S608  (statements are put together from constants of this package; values are always bound)

from __future__ import annotations

from typing import Final

EVENT_COLUMNS: Final = "source, id, type, subject, occurred_at, heard_at, body, sequence, assumed"
"""What `troth.runtime.rows.event_of` reads, in its order."""

READ: Final = f"""
SELECT position, replaces, standing, pack, {EVENT_COLUMNS} FROM event
WHERE tenant = ? AND bucket = ? AND standing > 0 AND position > ? ORDER BY position LIMIT ?"""
TAIL: Final = f"""
SELECT position, replaces, standing, pack, {EVENT_COLUMNS} FROM event
WHERE tenant = ? AND standing = 1 AND position > ? ORDER BY position LIMIT ?"""
DIRTY: Final = """
SELECT bucket FROM bucket AS b WHERE tenant = ? AND EXISTS (
    SELECT 1 FROM event WHERE tenant = b.tenant AND bucket = b.bucket AND standing > 0 AND position > b.position
) ORDER BY bucket"""
POSITION: Final = "SELECT position, fence FROM bucket WHERE tenant = ? AND bucket = ?"
EVENTS_OF: Final = f"""
SELECT {EVENT_COLUMNS} FROM event WHERE tenant = ? AND bucket = ? AND subject = ? AND standing = 1"""
SCAN_EVENTS: Final = f"""
SELECT {EVENT_COLUMNS} FROM event
WHERE tenant = ? AND bucket = ? AND standing = 1 AND ? IN ('', pack) ORDER BY subject"""
SCAN_RECORDS: Final = "SELECT body FROM record WHERE tenant = ? AND bucket = ? AND ? IN ('', pack) ORDER BY subject"
# Of subjects in any buckets, given as [[bucket, subject], …]: the list first, then one step in the key for each.
RECORDS: Final = """
SELECT r.subject, r.body FROM json_each(?) AS wanted CROSS JOIN record AS r
ON r.tenant = ? AND r.bucket = wanted.value ->> 0 AND r.subject = wanted.value ->> 1"""
PUT_RECORD: Final = """
INSERT INTO record (tenant, bucket, subject, pack, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (tenant, bucket, subject) DO UPDATE SET pack = excluded.pack, body = excluded.body"""
PUT_TIMER: Final = """
INSERT INTO timer (tenant, bucket, subject, id, due_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (tenant, bucket, subject) DO UPDATE SET id = excluded.id, due_at = excluded.due_at"""
DROP_TIMER: Final = "DELETE FROM timer WHERE tenant = ? AND bucket = ? AND subject = ?"
MOVE: Final = """
UPDATE bucket SET position = ?, fence = fence + 1 WHERE tenant = ? AND bucket = ? AND fence = ?"""
DUE: Final = """
SELECT id, subject, due_at FROM timer WHERE tenant = ? AND due_at <= ? AND ? IN (-1, bucket)
ORDER BY due_at, subject LIMIT ?"""
NEXT_DUE: Final = "SELECT min(due_at) FROM timer WHERE tenant = ?"
DROP_ENTRIES: Final = "DELETE FROM entry WHERE tenant = ? AND subject = ?"
PUT_ENTRY: Final = "INSERT INTO entry (tenant, subject, line, kind, key, ord, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
ENTRIES: Final = """
SELECT ord, subject, body FROM entry WHERE tenant = ? AND kind = ? AND key = ? AND ord > ? AND ord <= ?
ORDER BY ord, subject, line LIMIT ?"""
QUARANTINE: Final = """
SELECT id, code, reason, place, raw, heard_at, kind, pack FROM quarantine
WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?"""
PUT_SETTING: Final = """
INSERT INTO setting (tenant, key, value) VALUES (?, ?, ?)
ON CONFLICT (tenant, key) DO UPDATE SET value = excluded.value"""
ADVANCE: Final = """
INSERT INTO watermark (tenant, source, heard_to) VALUES (?, ?, ?)
ON CONFLICT (tenant, source) DO UPDATE SET heard_to = max(heard_to, excluded.heard_to)"""
COUNTS: Final = {
    "events": "SELECT count(*) FROM event WHERE tenant = ? AND standing = 1",
    "subjects": "SELECT count(*) FROM (SELECT DISTINCT bucket, subject FROM event WHERE tenant = ? AND standing = 1)",
    "records": "SELECT count(*) FROM record WHERE tenant = ?",
    "quarantined": "SELECT count(*) FROM quarantine WHERE tenant = ?",
    "wake_ups": "SELECT count(*) FROM timer WHERE tenant = ?",
}
