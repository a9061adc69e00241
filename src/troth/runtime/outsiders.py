"""Accounts of people who sign in at an identity provider: made when they first come, kept in step with what it says."""

from __future__ import annotations

import hashlib
from itertools import chain, count
from typing import Final

from troth.errors import UsageError
from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime import staff
from troth.runtime.staff import Account

_STORED: Final = "staff-outside/"


def enter(
    ledger: Ledger,
    *,
    issuer: str,
    subject: str,
    name: str,
    shown: str,
    role: str,
    now: Micros,
    locale: str = "en",
    zone: str = "",
) -> Account | None:
    """Return the account of somebody whom a provider knows; `None`: it is disabled here.

    Its role is what the provider says each time; the name stays the one it was first given. A name that is taken
    already, by an account of this place or another person, gets a number: nobody comes into somebody else's account.

    Args:
        ledger: Where.
        issuer: The provider.
        subject: Its own id of the person.
        name: The name that an account would best have.
        shown: The name in words.
        role: Of `roles.ROLES`.
        now: The present moment; microseconds since 1970 UTC.
        locale: How dates and numbers are written, for a new account.
        zone: IANA name of a time zone, for a new account.
    """
    outside = f"{issuer} {subject}"
    key = _STORED + hashlib.sha256(outside.encode()).hexdigest()
    known = ledger.get(key)
    account = None if known is None else staff.find(ledger, known)
    if account is None or account.outside != outside:
        account = _made(ledger, outside, name, role, now, shown, locale, zone)
        ledger.put(key, account.name)
    if account.disabled_at:
        return None
    return account if account.role == role else staff.set_role(ledger, account.name, role)


def _made(
    ledger: Ledger, outside: str, name: str, role: str, now: Micros, shown: str, locale: str, zone: str
) -> Account:
    """Return a new account under the first of some names that is free; what cannot be read of them is left out."""
    for wished in chain([name], (f"{name}-{number}" for number in count(2))):
        account = Account(wished, shown or wished, role, locale=locale, zone=zone)
        try:
            staff.check(account)
        except UsageError:
            locale, zone, shown = "en", "", wished
        found = staff.find(ledger, wished)
        if found is not None and found.outside == outside:
            return found
        if found is None:
            return staff.create(
                ledger, wished, role=role, now=now, shown=shown, locale=locale, zone=zone, outside=outside
            )
    raise AssertionError("numbers do not end")
