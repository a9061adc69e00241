"""Passwords: kept as argon2id hashes, judged by their length alone.

Rules about letters and signs make people choose worse ones.

Source: RFC 9106; NIST SP 800-63B-4, 3.1.1; OWASP, Password Storage Cheat Sheet.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST: Final = 12
"""The shortest password, in characters."""
MOST: Final = 256
"""The longest password, in characters: a hash of more costs time and adds nothing."""
PASSES: Final = 2
"""Passes of a hash; with other costs than these three, it is made anew at the next sign-in."""
MEMORY_KIB: Final = 19_456
LANES: Final = 1
_HASHER: Final = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def length(password: str) -> int:
    """Return how many characters a password has; of one that is far too long, some number that is too large."""
    return len(_plain(password))


def digest_of(password: str) -> str:
    """Return the hash that is kept of a password. It takes a while, and memory, on purpose."""
    return _HASHER.hash(_plain(password))


def fits(password: str, digest: str) -> bool:
    """Return whether a hash is of a password; an empty one is of none, and takes as long to find out."""
    try:
        _HASHER.verify(digest or _nobody(), _plain(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(digest)


def outdated(digest: str) -> bool:
    """Return whether a hash was made with other costs than today's."""
    return _HASHER.check_needs_rehash(digest)


def _plain(password: str) -> str:
    """Return a password in the one form that it has however a keyboard writes it; no more of it than is judged.

    Source: NIST SP 800-63B-4, 3.1.1.2 (normalisation by NFKC).
    """
    return unicodedata.normalize("NFKC", password[: 4 * MOST])[: MOST + 1]


@lru_cache(maxsize=1)
def _nobody() -> str:
    """Return the hash that the password of nobody is compared with."""
    return _HASHER.hash("nobody signs in with this")
