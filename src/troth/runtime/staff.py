"""Accounts of staff: who may sign in to the console, as what; kept in the ledger's settings.

Whoever tries a name that does not exist waits as long, and reads the same, as whoever errs about the password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

import msgspec
from babel import Locale, UnknownLocaleError

from troth.errors import Place, Problem, UsageError
from troth.model.times import Micros, zone_of
from troth.ports.ledger import Ledger
from troth.runtime import passwords, roles, sessions
from troth.runtime.roles import ROLES
from troth.runtime.sessions import Session

_NAME: Final = re.compile(r"[a-z][a-z0-9._-]{0,39}")
_LOCALE: Final = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}")
_SHOWN: Final = 80
_STORED: Final = "staff/"
BUCKET: Final = 0
"""Whoever changes an account, or what hangs on it, has this bucket to itself meanwhile."""


class Account(msgspec.Struct, frozen=True):
    """One account.

    Attributes:
        name: Its id, `ann`: what acts on cases are signed with.
        shown: The name in words.
        role: Of `roles.ROLES`.
        digest: The argon2 hash of the password; empty: it has none, and signs in elsewhere.
        locale: How dates and numbers are written, such as `en_GB`.
        zone: IANA name of the zone that times are written in; empty: the server's.
        shortcuts: Whether single keys do something on pages.
        created_at: When it was made; microseconds since 1970 UTC.
        disabled_at: When it was disabled; 0: it is not.
        outside: Who it is at the identity provider; empty: an account of this place.
    """

    name: str
    shown: str
    role: str
    digest: str = ""
    locale: str = "en"
    zone: str = ""
    shortcuts: bool = True
    created_at: Micros = 0
    disabled_at: Micros = 0
    outside: str = ""

    def may(self, deed: str) -> bool:
        """Return whether it may do something of `roles.DEEDS`."""
        return roles.may(self.role, deed)


def create(
    ledger: Ledger,
    name: str,
    *,
    role: str,
    now: Micros,
    password: str | None = None,
    shown: str = "",
    locale: str = "en",
    zone: str = "",
    outside: str = "",
) -> Account:
    """Make an account and return it.

    Args:
        ledger: Where.
        name: Its id.
        role: Of `roles.ROLES`.
        now: The present moment; microseconds since 1970 UTC.
        password: Of somebody who signs in here; `None`: it signs in elsewhere.
        shown: The name in words; empty: the id.
        locale: How dates and numbers are written.
        zone: IANA name of the zone that times are written in; empty: the server's.
        outside: Who it is at the identity provider.

    Raises:
        UsageError: H322, there is one of this name; H323, no account can be so; all that is wrong at once.
    """
    account = Account(name, shown or name, role, "", locale, zone, created_at=now, outside=outside)
    check(account, password)
    if password is not None:
        account = msgspec.structs.replace(account, digest=passwords.digest_of(password))
    with ledger.unit([BUCKET]):
        if find(ledger, name) is not None:
            remedy = "take another name, or change it: troth staff role, troth staff password"
            raise UsageError(Problem(Place(path=name), "H322", f"there is an account {name!r}", "a new name", remedy))
        store(ledger, account)
    return account


def store(ledger: Ledger, account: Account) -> None:
    """Store an account as it is, within a unit of the caller's."""
    ledger.put(_STORED + account.name, msgspec.to_builtins(account))


def check(account: Account, password: str | None = None) -> None:
    """Refuse what no account can be; for asking before anything is stored.

    Raises:
        UsageError: H323; all that is wrong at once.
    """
    problems = list(_senseless(account, password))
    if problems:
        raise UsageError(problems)


def all_accounts(ledger: Ledger) -> list[Account]:
    """Return all accounts by name."""
    found = (ledger.get(key) for key in ledger.keys(_STORED))
    return [msgspec.convert(value, Account) for value in found if value is not None]


def exist(ledger: Ledger) -> bool:
    """Return whether there is any account."""
    return bool(ledger.keys(_STORED))


def find(ledger: Ledger, name: str) -> Account | None:
    """Return the account of a name, disabled or not; `None`: there is none."""
    value = ledger.get(_STORED + name) if _NAME.fullmatch(name) else None
    return None if value is None else msgspec.convert(value, Account)


def get(ledger: Ledger, name: str) -> Account:
    """Return the account of a name.

    Raises:
        UsageError: H321, there is none.
    """
    found = find(ledger, name)
    if found is None:
        near = get_close_matches(name, [one.name for one in all_accounts(ledger)], n=2)
        remedy = f"did you mean {' or '.join(near)}?" if near else "troth staff list names them"
        raise UsageError(Problem(Place(path=name), "H321", f"no account {name!r}", "a name that is there", remedy))
    return found


def known(ledger: Ledger, name: str, password: str) -> Account | None:
    """Return the account that a name and a password are of; `None`: of none, whatever the reason.

    It takes a while on purpose, and as long for a name that does not exist: not for the event loop. A hash that was
    made with other costs than today's is made anew.
    """
    account = find(ledger, name)
    digest = account.digest if account is not None else ""
    fits = passwords.fits(password, digest)
    if account is None or not fits or account.disabled_at:
        return None
    if not passwords.outdated(digest):
        return account
    anew = passwords.digest_of(password)
    with ledger.unit([BUCKET]):
        present = find(ledger, account.name)
        if present is not None and present.digest == digest:
            renewed = msgspec.structs.replace(present, digest=anew)
            store(ledger, renewed)
            return renewed
    # Meanwhile it has got another password, or somebody else has made the hash anew: which of the two, is checked.
    return known(ledger, name, password)


def let_in(
    ledger: Ledger, account: Account, *, now: Micros, address: str = "", agent: str = ""
) -> tuple[Session, str] | None:
    """Begin a session of somebody who is known; return it with the token for the browser.

    Args:
        ledger: Where.
        account: As it was when they were known.
        now: The present moment; microseconds since 1970 UTC.
        address: Where the session begins.
        agent: What the browser says of itself.

    Returns:
        `None`: meanwhile the account has got another password, or is disabled. What ends all sessions of an account
        leaves no way for one that is just about to begin.
    """
    with ledger.unit([BUCKET]):
        if not _still(ledger, account):
            return None
        return sessions.begin(ledger, account.name, now=now, address=address, agent=agent)


def set_password(ledger: Ledger, name: str, password: str) -> Account:
    """Give an account another password, and end its sessions.

    Raises:
        UsageError: H321, H323.
    """
    check(get(ledger, name), password)
    return _changed(ledger, name, end=True, digest=passwords.digest_of(password))


def change_password(ledger: Ledger, account: Account, password: str) -> Account | None:
    """Give somebody who is known another password, and end all their sessions; they are let in anew with what returns.

    Args:
        ledger: Where.
        account: As it was when they said the present password.
        password: The new one.

    Returns:
        `None`: meanwhile the account has got another password, which stays, or is disabled.

    Raises:
        UsageError: H323.
    """
    check(account, password)
    digest = passwords.digest_of(password)
    with ledger.unit([BUCKET]):
        if not _still(ledger, account):
            return None
        changed = msgspec.structs.replace(get(ledger, account.name), digest=digest)
        store(ledger, changed)
        sessions.end_all(ledger, account.name)
    return changed


def _still(ledger: Ledger, account: Account) -> bool:
    """Return whether somebody who was known would be known still; within a unit it stays so to its end."""
    present = find(ledger, account.name)
    return present is not None and not present.disabled_at and present.digest == account.digest


def set_role(ledger: Ledger, name: str, role: str) -> Account:
    """Give an account another role, and end its sessions.

    Raises:
        UsageError: H321, H323.
    """
    check(msgspec.structs.replace(get(ledger, name), role=role))
    return _changed(ledger, name, end=True, role=role)


def disable(ledger: Ledger, name: str, now: Micros) -> Account:
    """Let nobody sign in with an account any more, and end its sessions.

    Raises:
        UsageError: H321.
    """
    return _changed(ledger, name, end=True, disabled_at=get(ledger, name).disabled_at or now)


def enable(ledger: Ledger, name: str) -> Account:
    """Let an account that was disabled sign in again.

    Raises:
        UsageError: H321.
    """
    return _changed(ledger, name, disabled_at=0)


def set_wishes(ledger: Ledger, name: str, *, locale: str, zone: str, shortcuts: bool) -> Account:
    """Change how pages are for an account.

    Raises:
        UsageError: H321, H323.
    """
    check(msgspec.structs.replace(get(ledger, name), locale=locale, zone=zone))
    return _changed(ledger, name, locale=locale, zone=zone, shortcuts=shortcuts)


def _changed(ledger: Ledger, name: str, *, end: bool = False, **changes: Any) -> Account:
    """Change a stored account, and end its sessions with it if they are to end.

    Raises:
        UsageError: H321.
    """
    with ledger.unit([BUCKET]):
        account = msgspec.structs.replace(get(ledger, name), **changes)
        store(ledger, account)
        if end:
            sessions.end_all(ledger, name)
    return account


def _senseless(account: Account, password: str | None) -> Iterator[Problem]:
    """Yield the problems of what an account is said to be."""
    if not _NAME.fullmatch(account.name):
        yield _wrong("name", f"no name: {account.name!r}", "up to 40 of a-z, 0-9, '.', '_', '-'; a letter first")
    if not 0 < len(account.shown) <= _SHOWN or not account.shown.isprintable():
        yield _wrong("shown", f"no name in words: {account.shown!r}", f"up to {_SHOWN} letters in one line")
    if account.role not in ROLES:
        yield _wrong("role", f"no role {account.role!r}", f"one of {', '.join(ROLES)}")
    if not _is_locale(account.locale):
        yield _wrong("locale", f"no locale: {account.locale!r}", "one such as en or en_GB")
    try:
        zone_of(account.zone or "UTC")
    except ValueError:
        yield _wrong("zone", f"no time zone of the name {account.zone!r}", "an IANA name such as Europe/Berlin")
    if password is not None and not passwords.LEAST <= passwords.length(password) <= passwords.MOST:
        found = f"the password has {passwords.length(password)} characters"
        yield _wrong("password", found, f"{passwords.LEAST} to {passwords.MOST}")


def _is_locale(name: str) -> bool:
    """Return whether dates can be written so."""
    try:
        return bool(_LOCALE.fullmatch(name)) and Locale.parse(name.replace("-", "_")) is not None
    except (UnknownLocaleError, ValueError):
        return False


def _wrong(what: str, found: str, expected: str) -> Problem:
    """Return a problem of an account."""
    return Problem(Place(path=what), "H323", found, expected, "see troth explain H323")
