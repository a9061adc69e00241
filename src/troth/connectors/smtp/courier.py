"""Delivers outgoings as mail to people who run the service: a dead letter, a case that opened."""

from __future__ import annotations

import ssl
from typing import Any

import msgspec

from troth.connectors.smtp.sender import SmtpSender, SmtpSettings
from troth.connectors.webhooks.addresses import Networks
from troth.model.effect import Outgoing
from troth.model.times import Micros
from troth.ports.outbox import Destination
from troth.ports.sender import Attempt, Rendered
from troth.runtime.outbound.payload import payload


class SmtpCourier:
    """Delivers outgoings to destinations of kind `smtp`: settings as `SmtpSettings`, and `to`.

    Args:
        networks: What may be called beyond the public internet: destinations come from others.
        tls: How certificates are checked; `None`: against those that the system trusts.
    """

    def __init__(
        self,
        networks: Networks = Networks(),  # noqa: B008 - a frozen value
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._networks = networks
        self._tls = tls

    def deliver(self, outgoing: Outgoing, destination: Destination, *, now: Micros) -> Attempt:
        """Mail one outgoing: topic and subject as the heading, the payload as text."""
        settings: dict[str, Any] = dict(destination.settings)
        to = settings.pop("to", "")
        try:
            sender = SmtpSender(msgspec.convert(settings, SmtpSettings), tls=self._tls, networks=self._networks)
        except msgspec.ValidationError:
            return Attempt("refused", "O105", "the destination lacks host or sender")
        text = msgspec.json.format(payload(outgoing), indent=2).decode()
        heading = f"{outgoing.topic}: {outgoing.subject}"
        return sender.send(Rendered(outgoing.id, to, heading, text, subject=outgoing.subject), now=now)
