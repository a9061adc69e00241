"""Accounts of people who sign in at an identity provider: made when they first come, kept in step with what it says."""

from __future__ import annotations

import hashlib
from itertools import chain, count
from typing import Final

import msgspec

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
    wished = Account(name, shown, role, locale=locale, zone=zone, created_at=now, outside=outside)
    key = _STORED + hashlib.sha256(outside.encode()).hexdigest()
    # One who comes twice at once, for the first time, gets one account.
    with ledger.unit([staff.BUCKET]):
        known = ledger.get(key)
        account = None if known is None else staff.find(ledger, known)
        if account is None or account.outside != outside:
            account = _named(ledger, wished)
            staff.store(ledger, account)
            ledger.put(key, account.name)
    if account.disabled_at:
        return None
    return account if account.role == role else staff.set_role(ledger, account.name, role)


def _named(ledger: Ledger, wished: Account) -> Account:
    """Return an account under the first of some names that is free; what cannot be read of it is left out."""
    for name in chain([wished.name], (f"{wished.name}-{number}" for number in count(2))):
        found = staff.find(ledger, name)
        if found is None:
            return _sensible(msgspec.structs.replace(wished, name=name, shown=wished.shown or name))
        if found.outside == wished.outside:
            return found
    raise AssertionError("numbers do not end")


def _sensible(account: Account) -> Account:
    """Return an account as it can be: what a provider says of somebody need not make sense here.

    Raises:
        UsageError: H323, it cannot be at all.
    """
    try:
        staff.check(account)
    except UsageError:
        account = msgspec.structs.replace(account, locale="en", zone="", shown=account.name)
        staff.check(account)
    return account
