"""Answers kept for repetitions: a request that brings an Idempotency-Key is carried out once.

A record is made before the work (in progress), and completed with the answer; both are durable, so that a repetition
after a crash, or at another process on the same database, is recognised. Records are kept by day, so that old ones are
found by name and dropped together.

Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final, Literal

import msgspec

from troth.model.ids import bucket_of
from troth.model.times import DAY, HOUR, SECOND, Micros
from troth.ports.ledger import Ledger

KEPT: Final = 24 * HOUR
LEASE: Final = 60 * SECOND
"""How long a request counts as in progress: after that its process is taken to have died."""
_STORED: Final = "idempotency/"


class Kept(msgspec.Struct, frozen=True):
    """What is kept of one request.

    Attributes:
        fingerprint: Of method, path and body.
        at: When it came; microseconds since 1970 UTC.
        until: While in progress: when it counts as given up. Complete: when the answer is forgotten.
        status: Status of the answer; 0: in progress.
        headers: Headers of the answer worth repeating.
        body: Body of the answer, Base64.
    """

    fingerprint: str
    at: Micros
    until: Micros
    status: int = 0
    headers: dict[str, str] = {}
    body: str = ""

    @property
    def content(self) -> bytes:
        """Return the body of the answer."""
        return base64.b64decode(self.body)


class Begun(msgspec.Struct, frozen=True):
    """What to do with a request.

    Attributes:
        verdict: `new`: carry it out; `again`: answer as before; `busy`: it is being worked on; `other`: the key names
            another request.
        kept: The record; of `again` with the answer.
    """

    verdict: Literal["new", "again", "busy", "other"]
    kept: Kept


def fingerprint_of(method: str, path: str, body: bytes) -> str:
    """Return what tells one request from another."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (method.encode(), path.encode(), body):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


class Idempotency:
    """The records of a ledger.

    Args:
        ledger: Where they are kept.
        kept: How long an answer is kept; microseconds.
    """

    def __init__(self, ledger: Ledger, *, kept: Micros = KEPT) -> None:
        """Keep the arguments."""
        self._ledger = ledger
        self._kept = kept

    def begin(self, caller: str, key: str, fingerprint: str, now: Micros) -> Begun:
        """Note that a request has begun, unless its key is known.

        Args:
            caller: Whose key space it is: two callers may use the same key.
            key: The Idempotency-Key.
            fingerprint: Of the request.
            now: The present moment.

        Raises:
            LedgerError: The storage cannot be used.
        """
        name = _name(caller, key)
        with self._ledger.unit([self._bucket(name)]):
            known = self._find(name, now)
            if known is not None and known.until > now:
                if known.fingerprint != fingerprint:
                    return Begun("other", known)
                return Begun("again" if known.status else "busy", known)
            fresh = Kept(fingerprint, now, now + LEASE)
            self._ledger.put(_place(name, now), msgspec.to_builtins(fresh))
            return Begun("new", fresh)

    def complete(
        self, caller: str, key: str, begun: Kept, *, status: int, headers: dict[str, str], body: bytes
    ) -> None:
        """Keep the answer of a request."""
        done = msgspec.structs.replace(
            begun, status=status, headers=headers, body=base64.b64encode(body).decode(), until=begun.at + self._kept
        )
        self._ledger.put(_place(_name(caller, key), begun.at), msgspec.to_builtins(done))

    def abandon(self, caller: str, key: str, begun: Kept) -> None:
        """Forget a request that was not carried out, so that it can be sent again with the same key."""
        self._ledger.put(_place(_name(caller, key), begun.at), None)

    def prune(self, now: Micros) -> int:
        """Drop the records of days of which none can count any more; return how many there were."""
        oldest = (now - max(self._kept, DAY)) // DAY
        old = [name for name in self._ledger.keys(_STORED) if int(name.split("/")[1]) < oldest]
        for name in old:
            self._ledger.put(name, None)
        return len(old)

    def _find(self, name: str, now: Micros) -> Kept | None:
        """Return the latest record of a name that can still count."""
        days = -(-max(self._kept, LEASE) // DAY)
        for back in range(days + 1):
            value = self._ledger.get(_place(name, now - back * DAY))
            if value is not None:
                return msgspec.convert(value, Kept)
        return None

    def _bucket(self, name: str) -> int:
        """Return the bucket whose lock makes looking and noting one step."""
        return bucket_of(self._ledger.tenant, name)


def _name(caller: str, key: str) -> str:
    """Return what a record is called: a hash, because keys may say something about people."""
    return hashlib.blake2b(f"{caller}\0{key}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _place(name: str, at: Micros) -> str:
    """Return the setting in which a record is kept."""
    return f"{_STORED}{at // DAY:06d}/{name}"
