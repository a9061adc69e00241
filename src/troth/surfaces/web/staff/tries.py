"""How often somebody may try to sign in: by address, by account, and by both.

The limits of a pair keep one who guesses from locking out the account's owner, who tries from elsewhere; those of the
account keep many addresses from guessing together. They are in memory, by server.

Source: OWASP, Authentication Cheat Sheet; NIST SP 800-63B-4, 3.2.2.
"""

from __future__ import annotations

from typing import Final

from troth.model.times import Micros
from troth.surfaces.api.limits import Limiter
from troth.surfaces.web.reach import holder_of

_ADDRESS: Final = (1 / 10, 40.0)
_PAIR: Final = (1 / 30, 10.0)
_ACCOUNT: Final = (1 / 60, 60.0)


class Tries:
    """Counts tries; a name that does not exist is counted like one that does."""

    def __init__(self) -> None:
        self._addresses = Limiter(*_ADDRESS)
        self._pairs = Limiter(*_PAIR)
        self._accounts = Limiter(*_ACCOUNT)

    def wait(self, name: str, address: str, now: Micros) -> int:
        """Return the seconds to wait before a try; 0: it may be made, and is counted.

        Args:
            name: Of the account.
            address: Where it comes from.
            now: The present moment; microseconds since 1970 UTC.
        """
        holder = holder_of(address)
        # By address first: nobody fills the other counters with names of their own making.
        for limiter, counted in (
            (self._addresses, holder), (self._pairs, f"{name} {holder}"), (self._accounts, name),
        ):  # fmt: skip
            grant = limiter.take(counted, now)
            if not grant.ok:
                return grant.wait_s
        return 0
