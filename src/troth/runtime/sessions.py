"""Sessions of staff: who is signed in, in which browser, until when.

A session is `<id>-<secret>`, held by the browser in a cookie. Its secret has 256 random bits, of which only a hash is
kept. It ends by itself (after its life, or when nothing was done for a while), at sign-out, and with whatever changes
who somebody is: password, role, the end of the account.

Source: OWASP, Session Management Cheat Sheet.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from typing import Final

import msgspec

from troth.model.times import HOUR, MINUTE, Micros
from troth.ports.ledger import Ledger

TOKEN: Final = re.compile(r"([0-9a-f]{16})-([A-Za-z0-9_-]{43})")
"""The form of a token: id and secret."""
_STORED: Final = "staff-session/"
_OF: Final = "staff-session-of/"
_NOBODY: Final = "0" * 16 + "-" + "A" * 43
_BYTES: Final = 32
_SEEN_EVERY: Final = MINUTE
_AGENT: Final = 120
_BUCKET: Final = 0


class Lives(msgspec.Struct, frozen=True):
    """How long sessions last.

    Attributes:
        whole: From their beginning, whatever is done; microseconds.
        idle: From the last thing that was done; microseconds.
    """

    whole: Micros = 12 * HOUR
    idle: Micros = HOUR


class Session(msgspec.Struct, frozen=True):
    """One session, without its secret.

    Attributes:
        id: The first part of the token; not secret.
        digest: SHA-256 of the secret, hexadecimal.
        account: Whose it is.
        began_at: When; microseconds since 1970 UTC.
        seen_at: When something was last done in it, to the minute.
        address: Where it began.
        agent: What the browser said of itself.
    """

    id: str
    digest: str
    account: str
    began_at: Micros
    seen_at: Micros
    address: str = ""
    agent: str = ""

    def ends_at(self, lives: Lives) -> Micros:
        """Return the first moment at which it is no longer good, if nothing more is done in it."""
        return min(self.began_at + lives.whole, self.seen_at + lives.idle)


def begin(ledger: Ledger, account: str, *, now: Micros, address: str = "", agent: str = "") -> tuple[Session, str]:
    """Begin a session and store its hash, within a unit of the caller's; return it with the token for the browser.

    Whether the account may have one is asked by `staff.let_in`, in the same unit.
    """
    secret = secrets.token_urlsafe(_BYTES)
    shown = "".join(letter for letter in agent if letter.isprintable())[:_AGENT]
    session = Session(secrets.token_hex(8), _digest(secret), account, now, now, address, shown)
    ledger.put(_STORED + session.id, msgspec.to_builtins(session))
    ledger.put(f"{_OF}{account}/{session.id}", 1)
    return session, f"{session.id}-{secret}"


def find(ledger: Ledger, token: str, now: Micros, lives: Lives) -> Session | None:
    """Return the session of a token that is good now; `None`: there is none, whatever the reason.

    Whether a token has no form, is unknown, wrong or over cannot be told by the time that it takes.
    """
    form = TOKEN.fullmatch(token) or TOKEN.fullmatch(_NOBODY)
    assert form is not None
    session = _read(ledger, form[1])
    same = hmac.compare_digest(session.digest if session else _digest(""), _digest(form[2]))
    return session if session is not None and same and now < session.ends_at(lives) else None


def touch(ledger: Ledger, session: Session, now: Micros) -> None:
    """Note that something is done in a session, to the minute; one that has ended meanwhile stays ended."""
    if now < session.seen_at + _SEEN_EVERY:
        return
    with ledger.unit([_BUCKET]):
        present = _read(ledger, session.id)
        if present is not None:
            ledger.put(_STORED + session.id, msgspec.to_builtins(msgspec.structs.replace(present, seen_at=now)))


def of_account(ledger: Ledger, account: str, now: Micros, lives: Lives) -> list[Session]:
    """Return the sessions of an account that are good now, the latest first."""
    return [one for one in stored(ledger, account) if now < one.ends_at(lives)]


def stored(ledger: Ledger, account: str) -> list[Session]:
    """Return the sessions of an account that have not been ended, the latest first; some may be over by themselves."""
    ids = (key.rpartition("/")[2] for key in ledger.keys(f"{_OF}{account}/"))
    found = [one for one in (_read(ledger, one) for one in ids) if one is not None]
    return sorted(found, key=lambda one: (-one.began_at, one.id))


def end(ledger: Ledger, session: Session) -> bool:
    """End a session; return whether it had not ended before."""
    with ledger.unit([_BUCKET]):
        there = _read(ledger, session.id) is not None
        _remove(ledger, session)
    return there


def end_all(ledger: Ledger, account: str) -> None:
    """End the sessions of an account, within a unit of the caller's."""
    for session in stored(ledger, account):
        _remove(ledger, session)


def prune(ledger: Ledger, now: Micros, lives: Lives) -> int:
    """Remove the sessions that are over; return how many there were."""
    over = [one for one in _all(ledger) if now >= one.ends_at(lives)]
    for session in over:
        end(ledger, session)
    return len(over)


def _all(ledger: Ledger) -> Sequence[Session]:
    """Return all sessions that are stored."""
    found = (_read(ledger, key.removeprefix(_STORED)) for key in ledger.keys(_STORED))
    return [one for one in found if one is not None]


def _read(ledger: Ledger, session_id: str) -> Session | None:
    """Return a stored session."""
    value = ledger.get(_STORED + session_id)
    return None if value is None else msgspec.convert(value, Session)


def _remove(ledger: Ledger, session: Session) -> None:
    """Remove what is stored of a session."""
    ledger.put(_STORED + session.id, None)
    ledger.put(f"{_OF}{session.account}/{session.id}", None)


def _digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
