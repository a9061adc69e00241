"""Delivers outgoings and messages as signed webhooks."""

from __future__ import annotations

import email.utils
import ssl
from collections.abc import Mapping
from typing import Any, Final

import httpcore2
import msgspec

from troth.connectors.webhooks.addresses import check_url
from troth.connectors.webhooks.post import Answer, Poster
from troth.connectors.webhooks.signing import signed_headers
from troth.errors import OutboundError
from troth.model.effect import Outgoing
from troth.model.times import DAY, SECOND, Micros, format_instant, from_datetime
from troth.ports.outbox import Destination
from troth.ports.sender import Attempt, AttemptOutcome, Rendered
from troth.runtime.outbound.payload import payload

LONGEST_WAIT: Final[Micros] = 1 * DAY
"""The most that a Retry-After is believed."""

_AGENT: Final = "troth-webhooks/1"
_ASKS_TO_WAIT: Final = frozenset({429, 502, 503, 504})
_GONE: Final = 410
_MESSAGE: Final = "message.send"


class WebhookSettings(msgspec.Struct, frozen=True):
    """The settings of a webhook.

    Attributes:
        url: Where it goes.
        secrets: What signs it: the newest first, older ones while receivers change over.
    """

    url: str
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        """Return nothing of it: the secrets are in it."""
        return "WebhookSettings(...)"


class WebhookCourier:
    """Delivers outgoings to destinations of kind `webhook`.

    Args:
        poster: Who makes the requests, and knows where they may go.
    """

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    def deliver(self, outgoing: Outgoing, destination: Destination, *, now: Micros) -> Attempt:
        """Deliver one outgoing; its id is the webhook-id."""
        settings = _settings(destination.settings)
        if settings is None:
            return Attempt("refused", "O105", "the destination lacks url or secrets")
        return deliver(self._poster, settings, outgoing.id, payload(outgoing), now)


class WebhookSender:
    """Hands messages over to a system that sends them: `message.send` with the rendered message as data.

    Args:
        poster: Who makes the requests.
        settings: Where to, and under which secrets.
    """

    def __init__(self, poster: Poster, settings: WebhookSettings) -> None:
        self._poster = poster
        self._settings = settings

    def send(self, rendered: Rendered, *, now: Micros) -> Attempt:
        """Hand one message over; its id is the webhook-id."""
        body = {"type": _MESSAGE, "timestamp": format_instant(now), "data": rendered}
        result = deliver(self._poster, self._settings, rendered.id, msgspec.json.encode(body), now)
        # Somebody who wants no more messages refuses this one, too.
        return msgspec.structs.replace(result, outcome="refused") if result.outcome == "gone" else result


def deliver(poster: Poster, settings: WebhookSettings, id: str, body: bytes, now: Micros) -> Attempt:
    """Sign a body, post it, and say what became of it."""
    try:
        target = check_url(settings.url, poster.networks)
        headers = signed_headers(settings.secrets, id, now, body)
    except OutboundError as error:
        return _failed("refused", error)
    headers |= {"content-type": "application/json", "content-length": str(len(body)), "user-agent": _AGENT}
    try:
        return _judged(poster.post(target, body, headers), now)
    except OutboundError as error:
        # Names and addresses change: what may not be called now may be right in an hour.
        return _failed("retry", error)
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
        return _unreached(error)
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError) as error:
        return Attempt("unsure", "O111", f"no whole answer came ({type(error).__name__})")


def _settings(settings: Mapping[str, Any]) -> WebhookSettings | None:
    """Return the settings of a destination; `None`: they are not complete."""
    try:
        found = msgspec.convert(dict(settings), WebhookSettings)
    except msgspec.ValidationError:
        return None
    return found if found.secrets else None


def _judged(answer: Answer, now: Micros) -> Attempt:
    """Return what an answer means."""
    if 200 <= answer.status < 300:
        return Attempt("delivered")
    detail = f"answered {answer.status}"
    if answer.status == _GONE:
        return Attempt("gone", "O110", detail)
    if answer.status in _ASKS_TO_WAIT:
        return Attempt("retry", "O110", detail, wait=retry_after(answer.headers.get("retry-after", ""), now))
    return Attempt("retry", "O110", detail)


def retry_after(text: str, now: Micros) -> Micros:
    """Return how long a Retry-After header asks to wait: seconds or an HTTP date, at most a day; else 0.

    >>> retry_after("120", 0) == 120 * SECOND, retry_after("soon", 0), retry_after("-1", 0)
    (True, 0, 0)
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        # More than nine digits are decades, however many there are.
        return min(int(text[:9]) * SECOND, LONGEST_WAIT)
    try:
        moment = email.utils.parsedate_to_datetime(text)
        wait = from_datetime(moment) - now
    except (ValueError, OverflowError):
        return 0
    return max(0, min(wait, LONGEST_WAIT))


def _unreached(error: Exception) -> Attempt:
    """Return why no connection came about, without the address."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLError):
        return Attempt("retry", "O112", "the receiver's certificate or TLS does not hold")
    return Attempt("retry", "O111", f"no connection ({type(error).__name__})")


def _failed(outcome: AttemptOutcome, error: OutboundError) -> Attempt:
    """Return an error as an attempt."""
    problem = error.problems[0]
    return Attempt(outcome, problem.code, problem.found)
