"""What goes out: deliveries and destinations as people list, add and replay them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final

import msgspec

from troth.bootstrap import open_couriers
from troth.connectors.smtp import SmtpSettings
from troth.connectors.smtp.compose import address
from troth.connectors.webhooks import check_url
from troth.errors import Place, Problem, UsageError
from troth.model.ids import derived_id
from troth.model.times import FOREVER, Micros, format_instant
from troth.ports.outbox import Delivery, Destination, Outbox
from troth.runtime.clock import wall_clock
from troth.runtime.outbound import Deliverer
from troth.runtime.outbound.deliverer import FAILING_SINCE
from troth.runtime.outbound.secret import new_secret
from troth.surfaces.destination_checks import flaws

_PAGE = 500
_STEP: Final = 1_000
"""How many deliveries are removed in one transaction."""
_QUERY: Final = "?..."
_HIDDEN: Final = ("[secret]", "(kept secret)")
_WHERE: Final = ("host", "port", "tls")


def deliveries(outbox: Outbox, *, state: str = "", destination: str = "") -> Iterator[Delivery]:
    """Yield deliveries by id: of a state, to a destination; empty: of all."""
    after = ""
    while page := outbox.deliveries(state=state, after=after, limit=_PAGE):
        after = page[-1].id
        yield from (one for one in page if not destination or one.destination == destination)


def delivery_row(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as a plain row."""
    outgoing = delivery.outgoing
    return {
        "id": delivery.id,
        "state": delivery.state,
        "topic": outgoing.topic,
        "subject": outgoing.subject,
        "destination": delivery.destination,
        "at": format_instant(outgoing.at),
        "attempts": delivery.attempts,
        "due_at": format_instant(delivery.due_at) if delivery.state == "waiting" else None,
        "error": delivery.error or None,
    }


def destination_row(destination: Destination) -> dict[str, Any]:
    """Return a destination as a plain row; its secrets, and the query of its URL, are not in it."""
    settings = {key: value for key, value in destination.shown().items() if key != FAILING_SINCE}
    since = destination.settings.get(FAILING_SINCE)
    return {
        "id": destination.id,
        "kind": destination.kind,
        "topics": list(destination.topics),
        "active": destination.active,
        "failing_since": format_instant(since) if isinstance(since, int) else None,
        "settings": settings,
    }


def add_webhook(outbox: Outbox, url: str, topics: Sequence[str], *, id: str = "", rotate: bool = False) -> Added:
    """Add a webhook, or change and switch on the one with this id; a new secret is made where there is none.

    Args:
        outbox: Where.
        url: Where it goes.
        topics: What it wants; empty: what it wanted before, else all.
        id: Its id; empty: derived from the URL.
        rotate: Make a new secret; the present one goes on signing beside it, older ones no longer do.

    Raises:
        OutboundError: O101, it is no URL that is delivered to.
    """
    check_url(url)
    name = id or derived_id("destination", url)[:12]
    known = _find(outbox, name)
    present = list(known.settings.get("secrets", ())) if known else []
    made = new_secret() if rotate or not present else ""
    secrets = [made, *present[:1]] if made else present
    destination = Destination(name, _wanted(topics, known), "webhook", {"url": url, "secrets": secrets})
    outbox.put_destination(destination)
    return Added(destination, made)


def change(outbox: Outbox, wanted: Destination) -> Added:
    """Store a destination as it is wanted; what is not shown of the one with its id can be left as it was shown.

    A webhook without secrets keeps those that it has; where it has none, one is made.

    Args:
        outbox: Where.
        wanted: The destination; hidden values (`[secret]`, a URL that ends with `?...`) stand for those stored.

    Raises:
        UsageError: O101, O104, O105, O120: all that is wrong with its settings, each problem's path naming the member;
            O105, a hidden value stands for nothing. Nothing is stored then.
    """
    known = _find(outbox, wanted.id)
    if known is not None and known.kind != wanted.kind:
        known = None
    settings = _unhidden(wanted, known)
    made = ""
    if wanted.kind == "webhook" and not settings.get("secrets"):
        present = list(known.settings.get("secrets", ())) if known else []
        made = "" if present else new_secret()
        settings["secrets"] = present or [made]
    if found := flaws(wanted.kind, settings):
        raise UsageError(found)
    destination = msgspec.structs.replace(wanted, settings=settings)
    outbox.put_destination(destination)
    return Added(destination, made)


def _unhidden(wanted: Destination, known: Destination | None) -> dict[str, Any]:
    """Return settings with what is stored in place of hidden values.

    A password stays with the server that it was given for, and a URL's query with the URL: whoever may change
    destinations must not have secrets, which nobody shows to him, sent to a place of his own.

    Raises:
        UsageError: O105, a hidden value stands for nothing.
    """
    shown = known.shown() if known else {}
    stored = known.settings if known else {}
    there = all(stored.get(name) == wanted.settings.get(name) for name in _WHERE)
    settings = dict(wanted.settings)
    for name, value in wanted.settings.items():
        if name == "url" and str(value).endswith(_QUERY):
            kept = value == shown.get(name)
        elif value in _HIDDEN:
            kept = there and name in stored
        else:
            continue
        if not kept:
            remedy = "give the value itself: a hidden one stands for what is stored, and only for the same place"
            raise UsageError(Problem(Place(path=name), "O105", f"{name} is hidden, and nothing is kept of it",
                                     "a value", remedy))  # fmt: skip
        settings[name] = stored[name]
    return settings


def add_mail(outbox: Outbox, settings: Mapping[str, Any], topics: Sequence[str], *, id: str = "") -> Added:
    """Add a mail server to which outgoings are mailed, or change the one with this id.

    Raises:
        OutboundError: O120, an address is none.
        UsageError: C101, a setting is missing or not what it should be.
    """
    check_mail(settings)
    name = id or derived_id("destination", str(settings["host"]), str(settings["to"]))[:12]
    destination = Destination(name, _wanted(topics, _find(outbox, name)), "smtp", dict(settings))
    outbox.put_destination(destination)
    return Added(destination)


def check_mail(settings: Mapping[str, Any]) -> None:
    """Refuse settings that no mail can be sent by; for asking before a ledger is made for them.

    Raises:
        OutboundError: O120, an address is none.
        UsageError: C101, O105, a setting is missing or not what it should be.
    """
    given = dict(settings)
    to = str(given.pop("to", ""))
    try:
        msgspec.convert(given, SmtpSettings)
    except msgspec.ValidationError as error:
        remedy = "see troth outbox add --help"
        raise UsageError(Problem(Place(), "C101", str(error), "host, sender and to", remedy)) from error
    address(to, "the recipient")
    address(str(given["sender"]), "the sender")
    if found := flaws("smtp", settings):
        raise UsageError(found)


class Added(msgspec.Struct, frozen=True):
    """A destination that was stored, and the secret that was made for it: shown once, empty when none was."""

    destination: Destination
    secret: str = ""

    def __repr__(self) -> str:
        """Return it without the secret."""
        return f"Added({self.destination!r})"


def remove(outbox: Outbox, id: str) -> None:
    """Remove a destination; what waits for it becomes dead letters.

    Raises:
        UsageError: O106, there is none.
    """
    if not outbox.drop_destination(id):
        known = ", ".join(one.id for one in outbox.destinations()) or "none"
        remedy = "see troth outbox destinations"
        raise UsageError(Problem(Place(path=id), "O106", "there is no such destination", f"one of: {known}", remedy))


def replay(outbox: Outbox, ids: Sequence[str], *, destination: str = "") -> int:
    """Make dead letters wait again: those named, else those of a destination, else all; return how many.

    Raises:
        UsageError: O106, one that is named is no dead letter; nothing was changed.
    """
    dead = [one.id for one in deliveries(outbox, state="dead", destination=destination)]
    unknown = sorted(set(ids) - set(dead))
    if unknown:
        said = ("there is no such dead letter", "the id of one", "see troth outbox list --state dead")
        raise UsageError(Problem(Place(path=one), "O106", *said) for one in unknown)
    return outbox.replay(list(ids) or dead, wall_clock())


def to_prune(outbox: Outbox, *, before: Micros, dead: Micros) -> dict[str, int]:
    """Return how many deliveries `prune` would remove, by state; nothing is changed."""
    ended = {"delivered": before, "dead": dead}
    return {
        state: sum(one.outgoing.at < moment for one in deliveries(outbox, state=state))
        for state, moment in ended.items()
    }


def prune(outbox: Outbox, *, before: Micros, dead: Micros) -> dict[str, int]:
    """Remove deliveries that were made, and dead letters, whose outgoing is old; return how many of each.

    Args:
        outbox: Where.
        before: Made ones go that are older than this.
        dead: Dead letters go that are older than this; they can then no longer be replayed.
    """
    return {
        "delivered": _pruned(outbox, before=before, dead=-FOREVER),
        "dead": _pruned(outbox, before=-FOREVER, dead=dead),
    }


def _pruned(outbox: Outbox, *, before: Micros, dead: Micros) -> int:
    """Prune in steps, so that whoever has to write does not wait for long; return how many deliveries are gone."""
    removed = 0
    while step := outbox.prune(before, dead=dead, limit=_STEP):
        removed += step
    return removed


def deliver(outbox: Outbox, allow: Sequence[str], now: Micros) -> dict[str, int]:
    """Deliver what is due, once; return how many ended as what."""
    # Seeded by the moment: two that run at the same time need not wait for the same times.
    deliverer = Deliverer(outbox, open_couriers(allow), wall_clock, Random(now))  # noqa: S311 - jitter guards nothing
    return deliverer.deliver_due(now)


def _wanted(topics: Sequence[str], known: Destination | None) -> tuple[str, ...]:
    """Return the topics of a destination that is added or changed."""
    return tuple(topics) or (known.topics if known else ("*",))


def _find(outbox: Outbox, id: str) -> Destination | None:
    """Return a destination; `None`: there is none."""
    return next((one for one in outbox.destinations() if one.id == id), None)
