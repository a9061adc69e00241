"""A real mail server on the loopback address, which keeps what it takes and refuses what it is told to."""

# ruff: noqa: N802  (aiosmtpd calls its hooks so)

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from troth.model.times import SECOND

NOW = 1_700_000_000 * SECOND


class MailServer:
    """Keeps mail. `answers` gives other answers than 250 by step: `MAIL`, `RCPT`, `DATA`."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers
        self.taken: list[tuple[str, list[str], EmailMessage]] = []
        self.raw: list[bytes] = []
        self.encrypted: list[bool] = []
        self.port = 0

    async def handle_MAIL(self, _: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.content
        assert isinstance(raw, bytes)
        self.raw.append(raw)
        parsed = message_from_bytes(raw, policy=default)
        assert isinstance(parsed, EmailMessage)
        self.taken.append((envelope.mail_from or "", list(envelope.rcpt_tos), parsed))
        self.encrypted.append(session.ssl is not None)
        if self.answers.get("DATA") == "hang up":
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return self.answers.get("DATA", "250 OK")


@contextlib.contextmanager
def mail_server(
    tls: ssl.SSLContext | None = None,
    *,
    password: str = "",
    implicit: bool = False,
    answers: dict[str, str] | None = None,
) -> Iterator[MailServer]:
    """Run a mail server in a thread and stop it afterwards."""
    server = MailServer(answers or {})

    def check(_: SMTP, __: Session, ___: Envelope, ____: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == password.encode(), handled=False)

    def protocol() -> SMTP:
        return SMTP(
            server,
            enable_SMTPUTF8=True,
            hostname="mail.example",
            loop=loop,
            tls_context=None if implicit else tls,
            authenticator=check if password else None,
            auth_require_tls=bool(tls) and not implicit,
        )

    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0, ssl=tls if implicit else None))
    server.port = listening.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listening.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
