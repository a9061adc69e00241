"""Who is signed in."""

from __future__ import annotations

import msgspec

from troth.runtime import roles
from troth.runtime.staff import Account


class Person(msgspec.Struct, frozen=True):
    """Who is signed in, or the key that asks for the data of a page.

    Attributes:
        id: The account's name, `ann`: what `by` of acts on cases says.
        name: In words.
        role: `reader`, `associate`, `lead` or `admin`.
        session: Id of the session: the holder of form tokens; empty: a key asks.
        locale: How dates and numbers are written.
        zone: IANA name of the zone that times are written in.
        shortcuts: Whether single keys do something on pages.
    """

    id: str
    name: str
    role: str
    session: str
    locale: str = "en"
    zone: str = "UTC"
    shortcuts: bool = True

    def may(self, deed: str) -> bool:
        """Return whether they may `see`, `act`, do it in `bulk`, or do what only an `admin` may."""
        return roles.may(self.role, deed)


def person_of(account: Account, session: str, zone: str) -> Person:
    """Return who an account is.

    Args:
        account: The account.
        session: Id of the session.
        zone: The server's own time zone, for an account that has none.
    """
    shown = account.locale.replace("-", "_")
    return Person(account.name, account.shown, account.role, session, shown, account.zone or zone, account.shortcuts)
