"""Links for customers: one address that shows one subject, for a time, until it is revoked.

A link is `<id>-<secret>`: whoever has it needs no account. Its secret has 192 random bits, of which only a hash is
kept. It names a subject and what its holder may do; what is personal takes one proof more (`troth.runtime.proof`).
Links go when the person is forgotten.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from troth.errors import Place, Problem, UsageError
from troth.model.times import DAY, Micros
from troth.ports.ledger import Ledger

SEE: Final = "see"
ACT: Final = "act"
MAY: Final[dict[str, str]] = {
    SEE: "See how the subject stands.",
    ACT: "Ask for what the pack offers, and say that something is wrong.",
}
"""What a link allows."""
LIFE: Final = 30 * DAY
"""How long a link is good when nothing else is said."""
KEPT: Final = 30 * DAY
"""How long a link that has ended is still listed."""
TOKEN: Final = re.compile(r"([0-9a-f]{12})-([A-Za-z0-9_-]{32})")
"""The form of a token: id and secret."""
_SUBJECT: Final = re.compile(r"[^/\x00-\x20\x7f]+/[^\x00-\x1f\x7f]+")
TRIES: Final = "link-tries/"
"""Before the id of a link: the setting that counts wrong answers to what only the customer knows."""
_STORED: Final = "link/"
_OF: Final = "link-of/"
_BYTES: Final = 24
_NOBODY: Final = "0" * 12 + "-" + "A" * 32


class Link(msgspec.Struct, frozen=True):
    """One link, without its secret.

    Attributes:
        id: The first part of the token; not secret.
        digest: SHA-256 of the secret, hexadecimal.
        subject: What it shows, `pickup/17`.
        may: What its holder may do, of `MAY`.
        created_at: When it was made; microseconds since 1970 UTC.
        expires_at: The first moment at which it is no longer good.
        revoked_at: When it was revoked; 0: it was not.
    """

    id: str
    digest: str
    subject: str
    may: tuple[str, ...]
    created_at: Micros
    expires_at: Micros
    revoked_at: Micros = 0

    def good(self, now: Micros) -> bool:
        """Return whether it may be used now."""
        return not self.revoked_at and now < self.expires_at


def check(subject: str, may: Sequence[str], life: Micros = LIFE) -> None:
    """Refuse what no link can have; for asking before anything is stored.

    Raises:
        UsageError: H312, that is no subject, or it allows what does not exist, or it would be good for no time.
    """
    problems = [] if _SUBJECT.fullmatch(subject) else [_wrong(subject, "no subject", "<noun>/<id>, such as pickup/17")]
    unknown = [one for one in may if one not in MAY]
    problems += [_wrong(one, f"a link cannot allow {one!r}", f"one of {', '.join(MAY)}") for one in unknown]
    if life <= 0:
        problems.append(_wrong("expires", "it would be good for no time", "a duration such as 30d"))
    if problems:
        raise UsageError(problems)


def _wrong(what: str, found: str, expected: str) -> Problem:
    """Return a problem of a link that is asked for."""
    return Problem(Place(path=what), "H312", found, expected, "see troth explain H312")


def create(
    ledger: Ledger, subject: str, *, now: Micros, may: Sequence[str] = (SEE, ACT), life: Micros = LIFE
) -> tuple[Link, str]:
    """Make a link and store its hash; return it with the token, which is shown this once.

    Args:
        ledger: Where.
        subject: What it shows; nothing need be known of it yet.
        now: The present moment; microseconds since 1970 UTC.
        may: What its holder may do. Whoever may act may see, too.
        life: How long it is good; microseconds.

    Raises:
        UsageError: H312.
    """
    check(subject, may, life)
    secret = secrets.token_urlsafe(_BYTES)
    allowed = tuple(one for one in MAY if one in may or one == SEE)
    link = Link(secrets.token_hex(6), _digest(secret), subject, allowed, now, now + life)
    ledger.put(_STORED + link.id, msgspec.to_builtins(link))
    ledger.put(f"{_OF}{subject}/{link.id}", 1)
    return link, f"{link.id}-{secret}"


def find(ledger: Ledger, token: str, now: Micros) -> Link | None:
    """Return the link of a token that is good now; `None`: there is none, whatever the reason.

    Whether a token has no form, is unknown, wrong, expired or revoked cannot be told by the time that it takes.
    """
    form = TOKEN.fullmatch(token) or TOKEN.fullmatch(_NOBODY)
    assert form is not None
    value = ledger.get(_STORED + form[1])
    link = None if value is None else msgspec.convert(value, Link)
    same = hmac.compare_digest(link.digest if link else _digest(""), _digest(form[2]))
    return link if link is not None and same and link.good(now) else None


def all_links(ledger: Ledger, subject: str = "") -> list[Link]:
    """Return all links, or those of a subject, the oldest first."""
    if subject:
        ids = [key.rpartition("/")[2] for key in ledger.keys(f"{_OF}{subject}/")]
    else:
        ids = [key.removeprefix(_STORED) for key in ledger.keys(_STORED)]
    found = (ledger.get(_STORED + one) for one in ids)
    links = [msgspec.convert(value, Link) for value in found if value is not None]
    # A subject's name may begin with another's.
    kept = (link for link in links if subject in ("", link.subject))
    return sorted(kept, key=lambda link: (link.created_at, link.id))


def state_of(link: Link, now: Micros) -> str:
    """Return `good`, `expired` or `revoked`."""
    if link.good(now):
        return "good"
    return "revoked" if link.revoked_at else "expired"


def revoke(ledger: Ledger, link_id: str, *, now: Micros) -> Link:
    """Make a link no longer good, for ever; return it.

    Raises:
        UsageError: H313, there is no such link.
    """
    value = ledger.get(_STORED + link_id)
    if value is None:
        expected, remedy = "an id of `troth link list`", "the id is the part of a link before the dash"
        raise UsageError(Problem(Place(path=link_id), "H313", f"no link {link_id!r}", expected, remedy))
    link = msgspec.convert(value, Link)
    revoked = link if link.revoked_at else msgspec.structs.replace(link, revoked_at=now)
    ledger.put(_STORED + link_id, msgspec.to_builtins(revoked))
    return revoked


def prune(ledger: Ledger, now: Micros) -> int:
    """Remove the links that ended long enough ago that nobody asks why any more; return how many there were."""
    old = [link for link in all_links(ledger) if (link.revoked_at or link.expires_at) + KEPT <= now]
    if old:
        ledger.erase(key for link in old for key in _keys_of(link))
    return len(old)


def keys_of(ledger: Ledger, subjects: Iterable[str]) -> list[str]:
    """Return the settings that hold the links of some subjects: they go when the person is forgotten."""
    found = []
    for subject in subjects:
        for link in all_links(ledger, subject):
            found += _keys_of(link)
    return found


def _keys_of(link: Link) -> list[str]:
    """Return the settings that hold a link."""
    return [_STORED + link.id, f"{_OF}{link.subject}/{link.id}", TRIES + link.id]


def _digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
