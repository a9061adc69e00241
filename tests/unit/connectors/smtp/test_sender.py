"""Mail through a real server: what it takes, what it refuses, and what stays unsure."""

from __future__ import annotations

import socket
import ssl

import pytest

from tests.unit.connectors.certificates import certificates
from tests.unit.connectors.smtp.kit import NOW, MailServer, mail_server
from troth.connectors.smtp import SmtpCourier, SmtpSender, SmtpSettings, message_id
from troth.connectors.webhooks import Networks
from troth.model.effect import Outgoing
from troth.ports.outbox import Destination
from troth.ports.sender import Attempt, Rendered

READY = Rendered("m1", "Kim <kim@example.org>", "Ready", "Come and get it.\n.\nSoon.", subject="order/1")


@pytest.fixture(scope="module", name="certificates")
def the_certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return how a server shows a certificate of its own making, and how a client trusts it."""
    return certificates(tmp_path_factory.mktemp("tls"), "127.0.0.1")


def send(server: MailServer, rendered: Rendered = READY, **more: object) -> Attempt:
    """Send a mail to a server in clear."""
    settings = SmtpSettings("127.0.0.1", "Shop <shop@example.org>", server.port, "none", **more)  # type: ignore[arg-type]
    return SmtpSender(settings, timeout_s=5).send(rendered, now=NOW)


def test_a_mail_arrives_as_it_was_rendered() -> None:
    with mail_server() as server:
        result = send(server)
    ((sender, recipients, mail),) = server.taken
    assert result == Attempt("delivered", reference=message_id(READY, "example.org"))
    assert (sender, recipients) == ("shop@example.org", ["kim@example.org"])
    assert mail["Message-ID"] == result.reference
    assert mail.get_content() == "Come and get it.\r\n.\r\nSoon.\r\n"


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 99_999_999), ("x" * 100 + ".example", 25), ("a\0b", 25)])
def test_an_address_that_cannot_be_called_is_no_connection(host: str, port: int) -> None:
    result = SmtpSender(SmtpSettings(host, "shop@example.org", port, "none"), timeout_s=5).send(READY, now=NOW)
    assert (result.outcome, result.code) == ("retry", "O121")


def test_a_domain_cannot_smuggle_a_header_in() -> None:
    with mail_server() as server:
        result = send(server, domain="example.org\r\nBcc: <eve@example.org>")
    assert (result.outcome, result.code, server.taken) == ("refused", "O120", [])


def test_a_repetition_carries_the_same_message_id() -> None:
    with mail_server() as server:
        send(server)
        send(server)
    first, second = (mail["Message-ID"] for _, _, mail in server.taken)
    assert first == second


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("answer", "outcome"), [("450 kim@example.org is busy", "retry"),
                                                 ("550 kim@example.org is unknown", "refused")])  # fmt: skip
def test_what_the_server_refuses_is_not_sent_and_its_words_are_not_repeated(
    step: str, answer: str, outcome: str
) -> None:
    with mail_server(answers={step: answer}) as server:
        result = send(server)
    assert result.outcome == outcome
    assert result.error.startswith("O121: ")
    assert f"({answer[:3]})" in result.detail
    assert "kim" not in result.detail


def test_a_line_that_breaks_after_the_text_leaves_it_unsure() -> None:
    with mail_server(answers={"DATA": "hang up"}) as server:
        assert send(server) == Attempt("unsure", "O123", "no answer after the text was handed over")
    assert len(server.taken) == 1


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = SmtpSettings("127.0.0.1", "shop@example.org", port, "none")
    assert SmtpSender(settings).send(READY, now=NOW) == Attempt(
        "retry", "O121", "no connection (ConnectionRefusedError)"
    )


def test_a_server_without_encryption_gets_nothing_unless_told_so() -> None:
    with mail_server() as server:
        settings = SmtpSettings("127.0.0.1", "shop@example.org", server.port)
        result = SmtpSender(settings, timeout_s=5).send(READY, now=NOW)
    assert result == Attempt("retry", "O122", "the server offers no STARTTLS")
    assert not server.taken


@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_mail_goes_encrypted_after_logging_in(mode: str, certificates: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    theirs, ours = certificates
    with mail_server(theirs, password="right", implicit=mode == "tls") as server:  # noqa: S106 - a test's own
        for word, expected in (("right", "delivered"), ("wrong", "retry")):
            settings = SmtpSettings("127.0.0.1", "shop@example.org", server.port, mode, "shop", word)  # type: ignore[arg-type]
            result = SmtpSender(settings, tls=ours, timeout_s=5).send(READY, now=NOW)
            assert result.outcome == expected, result
            assert word not in repr((result, settings))
    assert len(server.taken) == 1
    assert mode == "tls" or server.encrypted == [True]


def test_a_certificate_of_somebody_else_is_not_trusted(certificates: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with mail_server(certificates[0]) as server:
        settings = SmtpSettings("127.0.0.1", "shop@example.org", server.port)
        result = SmtpSender(settings, timeout_s=5).send(READY, now=NOW)
    assert result == Attempt("retry", "O121", "no connection (SSLCertVerificationError)")
    assert not server.taken


def test_an_address_that_smuggles_is_refused_before_anybody_is_called() -> None:
    settings = SmtpSettings("no-such-host.invalid", "shop@example.org")
    result = SmtpSender(settings).send(Rendered("m1", "kim@example.org\r\nRCPT TO:<all@example.org>"), now=NOW)
    assert (result.outcome, result.code) == ("refused", "O120")


def test_an_address_beyond_ascii_goes_where_the_server_can_take_it() -> None:
    with mail_server() as server:
        assert send(server, Rendered("m1", "jörg@example.org", "Bereit", "Grüße")).outcome == "delivered"
    assert server.taken[0][1] == ["jörg@example.org"]


def test_an_outgoing_is_mailed_to_those_who_run_the_service() -> None:
    outgoing = Outgoing("0f3a", "case.opened", "order/1", NOW, {"kind": "silence"})
    with mail_server() as server:
        settings = {
            "host": "127.0.0.1", "port": server.port, "tls": "none", "sender": "troth@example.org",
            "to": "desk@example.org",
        }  # fmt: skip
        destination = Destination("desk", ("*",), "smtp", settings)
        # By default a destination's mail server has to be on the public internet.
        refused = SmtpCourier().deliver(outgoing, destination, now=NOW)
        assert refused == Attempt("retry", "O103", "the host's address is loopback")
        assert not server.taken
        allowed = SmtpCourier(Networks.of(["127.0.0.0/8"]))
        assert allowed.deliver(outgoing, destination, now=NOW).outcome == "delivered"
    ((_, recipients, mail),) = server.taken
    assert recipients == ["desk@example.org"]
    assert mail["Subject"] == "case.opened: order/1"
    assert '"kind": "silence"' in mail.get_content()


def test_a_destination_that_lacks_something_is_refused() -> None:
    outgoing = Outgoing("0f3a", "case.opened", "order/1", NOW)
    for settings in ({}, {"host": "mail.example"}, {"host": "m.example", "sender": "a@b.example", "tls": "maybe"}):
        destination = Destination("desk", ("*",), "smtp", settings)
        assert SmtpCourier().deliver(outgoing, destination, now=NOW).error.startswith("O105")
