"""Settings of a server, in one place: options go before the environment, that before the file `troth.toml`.

Each setting is one field of `Settings`; its meaning stands in `HELP`, and in docs/reference/settings.md.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import msgspec

from troth.errors import Place, Problem, UsageError
from troth.model.times import zone_of
from troth.runtime.roles import ROLES, role_of_text

FILE: Final = "troth.toml"
ENVIRONMENT: Final = "TROTH_"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a server is told; `HELP` has the meaning of each."""

    db: str = ""
    packs: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8080
    open: bool = False
    tick_ms: int = 250
    allow_networks: tuple[str, ...] = ()
    body_limit_bytes: int = 4_194_304
    header_limit_bytes: int = 16_384
    batch_limit: int = 1_000
    depth_limit: int = 32
    request_timeout_s: float = 30.0
    body_timeout_s: float = 15.0
    rate_per_s: float = 1_000.0
    rate_burst: float = 2_000.0
    idempotency: str = "optional"
    idempotency_hours: float = 24.0
    outbox_days: float = 7.0
    outbox_dead_days: float = 30.0
    keys_refresh_s: float = 2.0
    log_requests: str = "problems"
    metrics_open: bool = False
    trace_requests: bool = False
    grace_s: float = 1.0
    firm: str = ""
    public_url: str = ""
    zone: str = "UTC"
    contact_phone: str = ""
    contact_email: str = ""
    contact_hours: str = ""
    page_rate_per_s: float = 5.0
    page_streams: int = 5_000
    session_hours: float = 12.0
    session_idle_minutes: float = 60.0
    audit_days: float = 400.0
    trusted_proxies: tuple[str, ...] = ()
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_scopes: str = "openid profile email"
    oidc_roles: tuple[str, ...] = ()
    oidc_name: str = "your organisation"
    beside: tuple[str, ...] = ()


HELP: Final[dict[str, str]] = {
    "db": "The ledger: a file, or `postgresql://…`.",
    "packs": "Packs to serve, by name or path, separated by commas; else those that the ledger keeps.",
    "host": "The address to listen on. Without any API key only this machine's own.",
    "port": "The port to listen on; 0 takes a free one.",
    "open": "Let everybody who reaches the port write. For development.",
    "tick_ms": "How often deliveries that are due are looked for; milliseconds. Timers fire when they are due.",
    "allow_networks": "Networks that webhooks may call although they are not public, such as `10.1.0.0/16`.",
    "body_limit_bytes": "The largest body that is taken.",
    "header_limit_bytes": "The largest size of all headers together.",
    "batch_limit": "The most events, questions or receipts in one request.",
    "depth_limit": "The deepest nesting of JSON that is read.",
    "request_timeout_s": "How long an answer may take.",
    "body_timeout_s": "How long a body may take to arrive.",
    "rate_per_s": "Requests a second that each key may make in the long run; 0: no limit.",
    "rate_burst": "Requests that each key may make at once.",
    "idempotency": "`optional`, or `required`: whether whatever changes something has to bring an Idempotency-Key.",
    "idempotency_hours": "How long an answer is kept for repetitions.",
    "outbox_days": "How long deliveries are kept that were made.",
    "outbox_dead_days": "How long dead letters are kept, to be replayed.",
    "keys_refresh_s": "How long a new or revoked key may take to be noticed.",
    "log_requests": "Which requests are logged: `none`, `problems` (status 400 and above) or `all`.",
    "metrics_open": "Show the metrics to everybody who reaches the port.",
    "trace_requests": "Trace requests by OpenTelemetry.",
    "grace_s": "How long a stopping server waits for the requests it is answering.",
    "firm": "What customers call you; shown at the top of their pages.",
    "public_url": "Where customers reach this server, such as `https://status.example`; what links begin with.",
    "zone": "The time zone of pages whose customer's is not known, such as `Europe/Berlin`.",
    "contact_phone": "A number that customers reach a person at, such as `+49 30 1234`.",
    "contact_email": "An address that customers reach a person at.",
    "contact_hours": "When a person can be reached, in words.",
    "page_rate_per_s": "Requests a second that the holders of one customer link may make in the long run; 0: no limit.",
    "page_streams": "The most pages that are kept live at once; more look for news every half minute.",
    "session_hours": "How long staff stay signed in, whatever they do.",
    "session_idle_minutes": "How long staff stay signed in while they do nothing; pages that keep live do not count.",
    "audit_days": "How long it is kept what staff did.",
    "trusted_proxies": "Networks of proxies whose `X-Forwarded-For` is believed, such as `10.0.0.0/8`.",
    "oidc_issuer": "The identity provider that staff sign in at, such as `https://id.example`; empty: none.",
    "oidc_client_id": "What the identity provider calls this server.",
    "oidc_client_secret": "The secret of this server at the identity provider; empty: it is a public client.",
    "oidc_scopes": "What the identity provider is asked for.",
    "oidc_roles": "Which claim of the identity provider gives which role: `groups=support:associate`; `*`: any value.",
    "oidc_name": "What the button to sign in there names: *Sign in with* …",
    "beside": "Other servers that staff find at the top of each page, such as `Returns=https://returns.example/console`.",
}
"""Setting → what it means."""

_REMEDY: Final = "see troth explain H302"
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-fA-F:]+\](:\d{1,5})?")
_ISSUER: Final = re.compile(r"https://[^\s?#]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?(/[^\s?#]*)?")
_BESIDE: Final = re.compile(r"[^=]{1,40}=(https?://[^\s\"'<>]+)")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()/.-]{2,30}")
_MAIL: Final = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_CHOICES: Final = {"idempotency": ("optional", "required"), "log_requests": ("none", "problems", "all")}
_LEAST: Final[dict[str, float]] = {
    "port": 0, "tick_ms": 1, "body_limit_bytes": 1_024, "header_limit_bytes": 1_024, "batch_limit": 1, "depth_limit": 4,
    "request_timeout_s": 0.01, "body_timeout_s": 0.01, "rate_per_s": 0, "rate_burst": 1, "idempotency_hours": 0.01,
    "outbox_days": 0.01, "outbox_dead_days": 0.01, "keys_refresh_s": 0.01, "grace_s": 0,
    "page_rate_per_s": 0, "page_streams": 0, "session_hours": 0.01, "session_idle_minutes": 0.01, "audit_days": 1,
}  # fmt: skip


def load(options: Mapping[str, Any], environment: Mapping[str, str], file: str | Path = FILE) -> Settings:
    """Return the settings.

    Args:
        options: What was given on the command line; `None` and empty tuples were not given.
        environment: The process's environment: `TROTH_PORT` is the setting `port`.
        file: A TOML file whose top-level keys are settings; it may be absent.

    Raises:
        UsageError: H301, H302: settings that do not exist or have no sense, all at once.
    """
    problems: list[Problem] = []
    given = _of_file(Path(file), problems)
    given |= {
        name: environment[ENVIRONMENT + name.upper()] for name in HELP if environment.get(ENVIRONMENT + name.upper())
    }
    given |= {name: value for name, value in options.items() if value not in (None, ())}
    values = {name: value for name, value in given.items() if _known(name, Path(file), problems)}
    settings = _typed(values, problems)
    problems += _senseless(settings)
    if problems:
        raise UsageError(problems)
    return settings


def _of_file(path: Path, problems: list[Problem]) -> dict[str, Any]:
    """Return what a settings file says; nothing when it is not there."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        problems.append(Problem(Place(str(path)), "H302", f"cannot be read: {error}", "a file in TOML", _REMEDY))
        return {}


def _known(name: str, path: Path, problems: list[Problem]) -> bool:
    """Return whether a setting exists; note the problem when not."""
    if name in HELP:
        return True
    near = get_close_matches(name, HELP, n=2)
    remedy = f"did you mean {' or '.join(near)}?" if near else ""
    problems.append(Problem(Place(str(path), path=name), "H301", f"no setting {name!r}", ", ".join(HELP), remedy))
    return False


def _typed(values: Mapping[str, Any], problems: list[Problem]) -> Settings:
    """Return settings of values, each as its type asks; one that cannot be read is a problem and left out."""
    good: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        if field.name not in values:
            continue
        value = values[field.name]
        if field.type == tuple[str, ...] and isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        try:
            good[field.name] = msgspec.convert(value, field.type, strict=False)
        except (msgspec.ValidationError, UnicodeError) as error:
            found = f"{field.name} is {value!r}: {error}"
            problems.append(Problem(Place(path=field.name), "H302", found, remedy=_REMEDY))
    return Settings(**good)


def _senseless(settings: Settings) -> Iterator[Problem]:
    """Yield the problems of values that have the right type and yet no sense."""
    for name, choices in _CHOICES.items():
        value = getattr(settings, name)
        if value not in choices:
            yield Problem(Place(path=name), "H302", f"{name} is {value!r}", f"one of {', '.join(choices)}", _REMEDY)
    for name, least in _LEAST.items():
        value = getattr(settings, name)
        if not least <= value < math.inf:
            yield Problem(Place(path=name), "H302", f"{name} is {value:g}", f"at least {least:g}", _REMEDY)
    for name in ("allow_networks", "trusted_proxies"):
        for network in getattr(settings, name):
            try:
                ip_network(network)
            except ValueError as error:
                yield Problem(Place(path=name), "H302", str(error), "a network, such as 10.1.0.0/16", _REMEDY)
    yield from _senseless_provider(settings)
    yield from _senseless_pages(settings)
    if settings.port > 65_535:
        yield Problem(Place(path="port"), "H302", f"port is {settings.port}", "at most 65535", _REMEDY)


def _senseless_provider(settings: Settings) -> Iterator[Problem]:
    """Yield the problems of what is said of an identity provider."""
    for text in settings.oidc_roles:
        try:
            role_of_text(text)
        except ValueError:
            expected = f"<claim>=<value>:<role>, with one of {', '.join(ROLES)}"
            yield Problem(Place(path="oidc_roles"), "H302", f"oidc_roles has {text!r}", expected, _REMEDY)
    if not settings.oidc_issuer:
        return
    if not _ISSUER.fullmatch(settings.oidc_issuer):
        found, expected = f"oidc_issuer is {settings.oidc_issuer!r}", "https://…; http:// of this machine only"
        yield Problem(Place(path="oidc_issuer"), "H302", found, expected, _REMEDY)
    for name in ("oidc_client_id", "oidc_roles"):
        if not getattr(settings, name):
            found = f"{name} is empty, and nobody could sign in"
            yield Problem(Place(path=name), "H302", found, "a value, as there is an oidc_issuer", _REMEDY)
    if "openid" not in settings.oidc_scopes.split():
        found = f"oidc_scopes is {settings.oidc_scopes!r}"
        yield Problem(Place(path="oidc_scopes"), "H302", found, "openid, and what else is needed", _REMEDY)


def _senseless_pages(settings: Settings) -> Iterator[Problem]:
    """Yield the problems of what customers' pages are told."""
    try:
        zone_of(settings.zone)
    except ValueError:
        expected = "an IANA name such as Europe/Berlin"
        yield Problem(Place(path="zone"), "H302", f"no time zone of the name {settings.zone!r}", expected, _REMEDY)
    if settings.public_url and not _ADDRESS.fullmatch(settings.public_url):
        expected = "an address such as https://status.example, without a path"
        yield Problem(Place(path="public_url"), "H302", f"public_url is {settings.public_url!r}", expected, _REMEDY)
    for text in settings.beside:
        if not _BESIDE.fullmatch(text):
            yield Problem(Place(path="beside"), "H302", f"beside has {text!r}", "<name>=https://…", _REMEDY)
    if settings.contact_phone and not _PHONE.fullmatch(settings.contact_phone):
        found, expected = f"contact_phone is {settings.contact_phone!r}", "a number such as +49 30 1234"
        yield Problem(Place(path="contact_phone"), "H302", found, expected, _REMEDY)
    if settings.contact_email and not _MAIL.fullmatch(settings.contact_email):
        found = f"contact_email is {settings.contact_email!r}"
        yield Problem(Place(path="contact_email"), "H302", found, "an address such as help@shop.example", _REMEDY)
