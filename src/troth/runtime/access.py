"""API keys: made, listed, rotated and revoked; kept as hashes; each with the scopes that say what it may do.

A key is `troth_<id>_<secret>`. The secret has 256 random bits, so that one SHA-256 of it is enough: there is nothing to
guess, and a request stays cheap. It is shown once, when it is made.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final

import msgspec

from troth.errors import Place, Problem, UsageError
from troth.model.times import DAY, HOUR, Micros
from troth.ports.ledger import Ledger

PREFIX: Final = "troth"
OVERLAP: Final = DAY
"""How long a rotated key goes on working beside the new one."""
EVERYTHING: Final = "*"

SCOPES: Final[dict[str, str]] = {
    "events:write": "Send events and heartbeats.",
    "gate:ask": "Ask the gate, and confirm permits.",
    "receipts:write": "Send receipts of messages.",
    "complaints:write": "Send complaints and replies by text.",
    "truth:read": "Read subjects, promises, decisions and packs.",
    "packs:read": "Read packs only; whoever may ask the gate may do that, too.",
    "personal:read": "Open personal data where something is read.",
    "promises:write": "Ask which window can be promised, and make promises.",
    "cases:read": "Read cases.",
    "cases:write": "Own, release, note, inform, remedy, close and reopen cases.",
    "quarantine:read": "Read what was refused.",
    "quarantine:write": "Replay what was refused.",
    "links:read": "Read which links customers have.",
    "links:write": "Make and revoke links for customers.",
    "outbox:read": "Read deliveries and destinations.",
    "outbox:write": "Replay deliveries, change destinations.",
    "metrics:read": "Read the metrics.",
    EVERYTHING: "All of the above.",
}
"""Scope → what it allows."""

_ALSO: Final = {"packs:read": ("gate:ask", "truth:read")}
"""Scope → scopes that allow it as well. A sender has to know what happens to its messages without a gate."""
_STORED: Final = "apikey/"
_USED: Final = "apikey-used/"


class Key(msgspec.Struct, frozen=True):
    """One key, without its secret.

    Attributes:
        id: The middle part of the key; not secret.
        digest: SHA-256 of the secret, hexadecimal.
        scopes: What it may do.
        name: Whose it is, in words.
        created_at: When it was made; microseconds since 1970 UTC.
        expires_at: The first moment at which it is no longer good; 0: it does not expire.
        revoked_at: When it was revoked; 0: it was not.
        rate_per_s: Requests a second that it may make; 0: the server's own limit.
        replaces: Id of the key that it was made in place of; empty: none.
    """

    id: str
    digest: str
    scopes: tuple[str, ...]
    name: str
    created_at: Micros
    expires_at: Micros = 0
    revoked_at: Micros = 0
    rate_per_s: float = 0
    replaces: str = ""

    def good(self, now: Micros) -> bool:
        """Return whether it may be used now."""
        return not self.revoked_at and (not self.expires_at or now < self.expires_at)

    def may(self, scope: str) -> bool:
        """Return whether it allows what a scope allows."""
        return any(one in self.scopes for one in (scope, EVERYTHING, *_ALSO.get(scope, ())))


class KeyRing:
    """The keys of a ledger, read at once, for checking requests without touching the storage.

    Args:
        keys: All keys, those that are no longer good too: a server that has ever had a key is not open again by their
            expiry.
    """

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        """Index the keys."""
        self._keys = {key.id: key for key in keys}

    def __len__(self) -> int:
        """Return how many keys there are."""
        return len(self._keys)

    def check(self, token: str, now: Micros) -> Key | None:
        """Return the key of a token that is good now; `None`: there is none.

        The time that it takes tells nothing about the secret.
        """
        key_id, secret = _parts(token)
        key = self._keys.get(key_id)
        same = hmac.compare_digest(key.digest if key else _digest(""), _digest(secret))
        return key if key is not None and same and key.good(now) else None


def check(scopes: Sequence[str], rate_per_s: float = 0) -> None:
    """Refuse what no key can have; for asking before a ledger is made for it.

    Raises:
        UsageError: H311, a scope that does not exist; all of them at once; H302, the rate is no number.
    """
    if not 0 <= rate_per_s < math.inf:
        # Stored, it could not be read again, and no other key either.
        found, expected = f"rate is {rate_per_s:g}", "a number, at least 0"
        raise UsageError(Problem(Place(path="rate"), "H302", found, expected, "give another, or leave it out"))
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise UsageError(_no_scope(scope) for scope in unknown)


def _no_scope(scope: str) -> Problem:
    """Return the problem of a scope that does not exist."""
    near = get_close_matches(scope, SCOPES, n=2)
    remedy = f"did you mean {' or '.join(near)}?" if near else "see troth explain H311"
    return Problem(Place(path=scope), "H311", f"no scope {scope!r}", f"one of {', '.join(SCOPES)}", remedy)


def create(
    ledger: Ledger,
    *,
    scopes: Sequence[str],
    now: Micros,
    name: str = "",
    expires_at: Micros = 0,
    rate_per_s: float = 0,
    replaces: str = "",
) -> tuple[Key, str]:
    """Make a key and store its hash; return it with the token, which is shown this once.

    Raises:
        UsageError: H311, a scope that does not exist; all of them at once; H302, the rate is no number.
    """
    check(scopes, rate_per_s)
    secret = secrets.token_urlsafe(32)
    key = Key(
        id=secrets.token_hex(6),
        digest=_digest(secret),
        scopes=tuple(dict.fromkeys(scopes)),
        name=name,
        created_at=now,
        expires_at=expires_at,
        rate_per_s=rate_per_s,
        replaces=replaces,
    )
    ledger.put(_STORED + key.id, msgspec.to_builtins(key))
    return key, f"{PREFIX}_{key.id}_{secret}"


def all_keys(ledger: Ledger) -> list[Key]:
    """Return all keys, the oldest first."""
    found = (ledger.get(name) for name in ledger.keys(_STORED))
    return sorted(
        (msgspec.convert(value, Key) for value in found if value is not None), key=lambda key: (key.created_at, key.id)
    )


def rotate(ledger: Ledger, key_id: str, *, now: Micros, overlap: Micros = OVERLAP) -> tuple[Key, str]:
    """Make a key like one that is there, which goes on working for the overlap; return it with its token.

    Raises:
        UsageError: H310, there is no such key that is good.
    """
    old = _key(ledger, key_id)
    if not old.good(now):
        found, remedy = f"the key {key_id} is no longer good", "make a new one: troth keys create"
        raise UsageError(Problem(Place(path=key_id), "H310", found, "a key in use", remedy))
    made = create(
        ledger, scopes=old.scopes, now=now, name=old.name, rate_per_s=old.rate_per_s, replaces=old.id,
        # A key that was to end goes on as long as it was to live.
        expires_at=now + (old.expires_at - old.created_at) if old.expires_at else 0,
    )  # fmt: skip
    until = min(now + overlap, old.expires_at or now + overlap)
    ledger.put(_STORED + old.id, msgspec.to_builtins(msgspec.structs.replace(old, expires_at=until)))
    return made


def revoke(ledger: Ledger, key_id: str, *, now: Micros) -> Key:
    """Make a key no longer good, for ever; return it.

    Raises:
        UsageError: H310, there is no such key.
    """
    old = _key(ledger, key_id)
    revoked = old if old.revoked_at else msgspec.structs.replace(old, revoked_at=now)
    ledger.put(_STORED + key_id, msgspec.to_builtins(revoked))
    return revoked


def note_used(ledger: Ledger, key_ids: Iterable[str], now: Micros) -> None:
    """Note when keys were last used, to the hour: enough to find those that nobody uses, and no diary."""
    hour = now // HOUR * HOUR
    for key_id in key_ids:
        if ledger.get(_USED + key_id) != hour:
            ledger.put(_USED + key_id, hour)


def last_used(ledger: Ledger, key_id: str) -> Micros | None:
    """Return the hour in which a key was last used; `None`: it never was."""
    hour: Micros | None = ledger.get(_USED + key_id)
    return hour


def _key(ledger: Ledger, key_id: str) -> Key:
    """Return a stored key.

    Raises:
        UsageError: H310, there is none.
    """
    value = ledger.get(_STORED + key_id)
    if value is None:
        expected, remedy = "an id of `troth keys list`", "look it up: the id is the part of a key after troth_"
        raise UsageError(Problem(Place(path=key_id), "H310", f"no key {key_id!r}", expected, remedy))
    return msgspec.convert(value, Key)


def _parts(token: str) -> tuple[str, str]:
    """Return id and secret of a token; of something else, two empty texts."""
    prefix, _, rest = token.partition("_")
    key_id, _, secret = rest.partition("_")
    return (key_id, secret) if prefix == PREFIX and secret else ("", "")


def _digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
