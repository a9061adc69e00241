"""Hands mail to a mail server."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Final, Literal

import msgspec

from troth.connectors.smtp.compose import address, compose, message_id
from troth.connectors.webhooks.addresses import Networks, checked_addresses
from troth.errors import OutboundError
from troth.model.times import Micros
from troth.ports.sender import Attempt, AttemptOutcome, Rendered

TIMEOUT_S: Final = 20.0
_READY: Final = 220


class SmtpSettings(msgspec.Struct, frozen=True):
    """Where mail is handed over.

    Attributes:
        host: The mail server.
        sender: The From address, `Shop <shop@example.org>`.
        port: 587 for submission with STARTTLS, 465 for TLS from the start, 25 between servers.
        tls: `starttls` (refuses to go on without), `tls`, or `none`: for a server on this very machine.
        user, password: For logging in; empty: nobody logs in.
        domain: Where Message-IDs are from; empty: the sender's.
    """

    host: str
    sender: str
    port: int = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    domain: str = ""

    def __repr__(self) -> str:
        """Return the settings without the password."""
        return f"SmtpSettings(host={self.host!r}, port={self.port!r}, tls={self.tls!r}, user={self.user!r})"


class SmtpSender:
    """Sends each mail over a connection of its own.

    Args:
        settings: Where to.
        tls: How certificates are checked; `None`: against those that the system trusts.
        networks: What may be called beyond the public internet; `None`: the server's address is not checked, since
            those who run the service named it.
        timeout_s: How long each step may take, in seconds.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        tls: ssl.SSLContext | None = None,
        networks: Networks | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._settings = settings
        self._tls = tls or ssl.create_default_context()
        self._networks = networks
        self._timeout_s = timeout_s

    def send(self, rendered: Rendered, *, now: Micros) -> Attempt:
        """Hand one mail over; repeated, it carries the same Message-ID."""
        try:
            origin = address(self._settings.sender, "the sender")
            domain = self._settings.domain or origin.domain
            mail = compose(rendered, sender=self._settings.sender, domain=domain, now=now)
            recipient = address(rendered.to, "the recipient").addr_spec
        except OutboundError as error:
            return _failed("refused", error)
        try:
            server = self._connected(domain)
        except OutboundError as error:
            return _failed("retry", error)
        except _NotEncryptedError:
            return Attempt("retry", "O122", "the server offers no STARTTLS")
        except smtplib.SMTPResponseException as error:
            # A wrong password says nothing about this mail: it may go once the settings are right.
            return Attempt("retry", "O121", f"the server turned us away ({error.smtp_code})")
        except (smtplib.SMTPException, OSError, ValueError, OverflowError) as error:
            # A host, port, name or password that cannot even be sent: nothing was handed over either.
            return Attempt("retry", "O121", f"no connection ({type(error).__name__})")
        try:
            return _handed_over(server, mail, origin.addr_spec, recipient, message_id(rendered, domain))
        finally:
            _leave(server)

    def _connected(self, name: str) -> smtplib.SMTP:
        """Return a connection on which mail may be sent; `name`: who we say we are."""
        settings = self._settings
        server = _Server(name, self._tls if settings.tls == "tls" else None, self._networks, self._timeout_s)
        try:
            # Without the host, nothing is connected before this; STARTTLS takes the name from here.
            server.reach(settings.host, settings.port)
            server.ehlo_or_helo_if_needed()
            if settings.tls == "starttls":
                self._encrypt(server)
            if settings.user:
                server.login(settings.user, settings.password)
        except BaseException:
            server.close()
            raise
        return server

    def _encrypt(self, server: smtplib.SMTP) -> None:
        """Begin TLS on a connection, or refuse to use it."""
        if not server.has_extn("starttls"):
            raise _NotEncryptedError
        server.starttls(context=self._tls)
        server.ehlo()


class _Server(smtplib.SMTP):
    """A connection to a mail server: to a checked address where addresses are checked, under the host's name."""

    def __init__(self, name: str, tls: ssl.SSLContext | None, networks: Networks | None, timeout_s: float) -> None:
        super().__init__(local_hostname=name, timeout=timeout_s)
        self._implicit = tls
        self._networks = networks

    def reach(self, host: str, port: int) -> None:
        """Connect, or raise what stands in the way."""
        # The name that certificates are checked against.
        self._host = host
        code, _ = self.connect(host, port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, "")

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Return a connected socket; smtplib calls this."""
        addresses = [host] if self._networks is None else checked_addresses(host, port, self._networks)
        plain = _connected(addresses, port, timeout)
        return plain if self._implicit is None else self._implicit.wrap_socket(plain, server_hostname=host)


def _connected(addresses: Sequence[str], port: int, timeout: float) -> socket.socket:
    """Return a connection to the first address that answers."""
    for one in addresses[:-1]:
        try:
            return socket.create_connection((one, port), timeout)
        except OSError:
            continue
    return socket.create_connection((addresses[-1], port), timeout)


class _NotEncryptedError(Exception):
    """The server offers no STARTTLS; it never leaves this module."""


def _handed_over(server: smtplib.SMTP, mail: EmailMessage, origin: str, recipient: str, reference: str) -> Attempt:
    """Say who sends to whom, hand the text over, and say what became of it."""
    international = not (origin + recipient).isascii()
    if international and not server.has_extn("smtputf8"):
        return Attempt("refused", "O121", "the server takes no address with letters beyond ASCII")
    options = ["SMTPUTF8"] if international else []
    raw = mail.as_bytes(policy=SMTPUTF8 if international else SMTP)
    try:
        for step, (code, _) in (
            ("the sender", server.mail(origin, options)),
            ("the recipient", server.rcpt(recipient)),
        ):
            if not 200 <= code < 300:
                return _answered(f"{step} was refused", code)
    except (smtplib.SMTPException, OSError) as error:
        return Attempt("retry", "O121", f"the connection ended ({type(error).__name__})")
    try:
        code, _ = server.data(raw)
    except smtplib.SMTPDataError as error:
        return _answered("the text was refused", error.smtp_code)
    except (smtplib.SMTPException, OSError):
        return Attempt("unsure", "O123", "no answer after the text was handed over")
    return Attempt("delivered", reference=reference) if 200 <= code < 300 else _answered("the text was refused", code)


def _failed(outcome: AttemptOutcome, error: OutboundError) -> Attempt:
    """Return an error as an attempt."""
    problem = error.problems[0]
    return Attempt(outcome, problem.code, problem.found)


def _answered(what: str, code: int) -> Attempt:
    """Return what a server's code means: 4xx later, 5xx never. Its text may name the person, and is left out."""
    return Attempt("refused" if 500 <= code < 600 else "retry", "O121", f"{what} ({code})")


def _leave(server: smtplib.SMTP) -> None:
    """End a connection; what was taken stays taken, however the farewell goes."""
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()
