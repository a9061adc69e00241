"""What is wrong with the settings of a destination, member by member, before anything is stored or delivered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from ipaddress import ip_address
from typing import Any, Final

import msgspec

from troth.connectors.smtp import SmtpSettings
from troth.connectors.smtp.compose import address
from troth.connectors.webhooks import check_url, sign
from troth.errors import OutboundError, Place, Problem
from troth.runtime.outbound.deliverer import FAILING_SINCE

_INCOMPLETE: Final = "O105"
_HOST: Final = re.compile(r"(?=.{1,253}\Z)[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*\.?")
_PORTS: Final = range(1, 65_536)
_TLS: Final = ("starttls", "tls", "none")
_TO: Final = "to"
_MAIL: Final = (*SmtpSettings.__struct_fields__, _TO)
_TEXTS: Final = ("user", "password", "domain")


def flaws(kind: str, settings: Mapping[str, Any]) -> list[Problem]:
    """Return all that is wrong with settings; each problem's place names the member, none repeats a secret.

    Args:
        kind: Kind of the destination; of other kinds than `webhook` and `smtp` nothing is asked.
        settings: Its settings, with nothing hidden.
    """
    match kind:
        case "webhook":
            return [*_webhook(settings)]
        case "smtp":
            return [*_mail(settings)]
    return []


def _webhook(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with a webhook."""
    url = settings.get("url")
    if isinstance(url, str) and url:
        yield from _refused("url", partial(check_url, url))
    else:
        yield _wrong("url", "the webhook has no URL", "https://…, as text", "give the URL that it goes to")
    secrets = settings.get("secrets")
    if not isinstance(secrets, list | tuple) or not secrets:
        yield _wrong("secrets", "there is no list of secrets", "at least one", "leave it out, and one is made")
        return
    for number, secret in enumerate(secrets):
        member = f"secrets[{number}]"
        if isinstance(secret, str):
            yield from _refused(member, partial(sign, [secret], "", 0, b""))
        else:
            yield _wrong(member, "the secret is no text", "whsec_… or whsk_…", "leave it out, and one is made")


def _mail(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with a mail server."""
    for name in settings:
        if name not in _MAIL and name != FAILING_SINCE:
            yield _wrong(name, f"mail has no setting {name!r}", f"some of {', '.join(_MAIL)}", "correct the name")
    yield from _server(settings)
    for name, whose in (("sender", "the sender"), (_TO, "the recipient")):
        given = settings.get(name)
        if isinstance(given, str) and given:
            yield from _refused(name, partial(address, given, whose))
        else:
            yield _wrong(name, f"{name} is missing or no text", "one address, such as Shop <shop@example.org>")
    for name in _TEXTS:
        if not isinstance(settings.get(name, ""), str):
            yield _wrong(name, f"{name} is no text", "text")
    if settings.get("user") and not settings.get("password"):
        yield _wrong("password", "a user is named, and there is no password", "the user's password")


def _server(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with where a mail server is, and how it is spoken to."""
    if not _is_host(settings.get("host")):
        yield _wrong("host", "host is missing or no host", "the name or address of a mail server, without port or path")
    port = settings.get("port", SmtpSettings("", "").port)
    # True is the number 1 to Python.
    if type(port) is not int or port not in _PORTS:
        yield _wrong("port", "port is none", "a whole number from 1 to 65535: 587, 465 or 25")
    if settings.get("tls", _TLS[0]) not in _TLS:
        yield _wrong("tls", "tls is none of its values", " or ".join(_TLS))
    if settings.get("domain") and not _is_host(settings["domain"]):
        yield _wrong("domain", "domain is no name of a domain", "where Message-IDs are from, such as shop.example")


def _is_host(given: object) -> bool:
    """Return whether something is a host's name or address."""
    if not isinstance(given, str):
        return False
    if _HOST.fullmatch(given):
        return True
    try:
        ip_address(given)
    except ValueError:
        return False
    return True


def _refused(member: str, check: Callable[[], object]) -> Iterator[Problem]:
    """Yield what a check finds, at its member."""
    try:
        check()
    except OutboundError as error:
        for problem in error.problems:
            yield msgspec.structs.replace(problem, place=_place(member))


def _wrong(
    member: str, found: str, expected: str, remedy: str = "correct it; see docs/reference/webhooks.md"
) -> Problem:
    """Return the problem of a member."""
    return Problem(_place(member), _INCOMPLETE, found, expected, remedy)


def _place(member: str) -> Place:
    """Return where a member of the settings is."""
    return Place("settings", path=member)
