"""Webhooks arrive signed, at the address that was checked, and every way to fail has its name."""

from __future__ import annotations

import socket
from pathlib import Path

import msgspec
import pytest

from tests.unit.connectors.certificates import certificates
from tests.unit.connectors.webhooks.kit import LOOPBACK, NOW, SECRET, Reply, a_poster, raw_server, receiving
from troth.connectors.webhooks import WebhookCourier, WebhookSender, verify
from troth.connectors.webhooks.addresses import Networks
from troth.connectors.webhooks.courier import LONGEST_WAIT, WebhookSettings, retry_after
from troth.model.effect import Outgoing
from troth.model.times import MINUTE, SECOND
from troth.ports.outbox import Destination
from troth.ports.sender import Attempt, Rendered

OUTGOING = Outgoing("0f3a", "case.opened", "order/1", NOW, {"kind": "silence"})


def destination(url: str) -> Destination:
    """Return a destination of kind webhook."""
    return Destination("shop", ("*",), "webhook", {"url": url, "secrets": [SECRET]})


def deliver(url: str, **more: object) -> Attempt:
    """Deliver one outgoing to a URL."""
    return WebhookCourier(a_poster(**more)).deliver(OUTGOING, destination(url), now=NOW)  # type: ignore[arg-type]


def test_a_delivery_arrives_signed_and_says_what_arose() -> None:
    with receiving() as receiver:
        assert deliver(receiver.url) == Attempt("delivered")
    (came,) = receiver.came
    assert msgspec.json.decode(came.body) == {
        "type": "case.opened",
        "timestamp": "2021-02-25T15:02:10Z",
        "data": {"subject": "order/1", "kind": "silence"},
    }
    assert came.headers["webhook-id"] == "0f3a"
    assert came.headers["content-type"] == "application/json"
    verify([SECRET], came.headers, came.body, NOW)


def test_a_repetition_has_the_same_id_and_body_and_a_new_timestamp() -> None:
    with receiving() as receiver:
        courier = WebhookCourier(a_poster())
        for later in (0, MINUTE):
            courier.deliver(OUTGOING, destination(receiver.url), now=NOW + later)
    first, second = receiver.came
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 60


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_counts_as_delivered(status: int) -> None:
    with receiving(Reply(status, body=b"")) as receiver:
        assert deliver(receiver.url).outcome == "delivered"


@pytest.mark.parametrize("status", [304, 400, 401, 404, 500, 501])
def test_other_answers_are_tried_again(status: int) -> None:
    with receiving(Reply(status, body=b"")) as receiver:
        assert deliver(receiver.url) == Attempt("retry", "O110", f"answered {status}")


def test_a_redirection_is_not_followed() -> None:
    with receiving() as other, receiving(Reply(302, (("location", other.url),))) as receiver:
        assert deliver(receiver.url) == Attempt("retry", "O110", "answered 302")
        assert not other.came


def test_gone_means_that_nothing_more_is_wanted() -> None:
    with receiving(Reply(410)) as receiver:
        assert deliver(receiver.url).outcome == "gone"


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_for_time_gets_it(status: int) -> None:
    with receiving(Reply(status, (("retry-after", "90"),))) as receiver:
        assert deliver(receiver.url) == Attempt("retry", "O110", f"answered {status}", wait=90 * SECOND)


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("5", 5 * SECOND), (" 5 ", 5 * SECOND), ("", 0), ("-5", 0), ("soon", 0), ("1.5", 0), ("\u0665", 0),
        ("9" * 5000, LONGEST_WAIT), ("Thu, 25 Feb 2021 15:03:10 GMT", 60 * SECOND),
        ("Thu, 25 Feb 2021 15:01:10 GMT", 0), ("Thu, 25 Feb 2099 15:01:10 GMT", LONGEST_WAIT),
        ("Thu, 25 Feb 2021 15:03:10", 0),
    ],
)  # fmt: skip
def test_how_long_a_receiver_may_ask_is_bounded(text: str, wait: int) -> None:
    assert retry_after(text, NOW) == wait


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert deliver(f"http://127.0.0.1:{port}/").error.startswith("O111: no connection")


def test_an_answer_that_never_comes_leaves_it_unsure() -> None:
    with raw_server(hold=True) as port:
        result = deliver(f"http://127.0.0.1:{port}/", answer_s=0.1)
    assert (result.outcome, result.code) == ("unsure", "O111")


def test_an_answer_that_drips_in_does_not_hold_a_worker() -> None:
    """Each read comes in time; all of them together do not."""
    drops = [b"HTTP/1.1 200 OK\r\n", *[f"x-{n}: 1\r\n".encode() for n in range(200)]]
    with raw_server(*drops) as port:
        result = deliver(f"http://127.0.0.1:{port}/", answer_s=0.3)
    assert (result.outcome, result.error) == ("unsure", "O111: no whole answer came (ReadTimeout)")


def test_an_endless_answer_is_read_only_for_a_while() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n"
    with raw_server(head + b"x" * 65_536, hold=True) as port:
        assert deliver(f"http://127.0.0.1:{port}/", answer_s=5).outcome == "delivered"


@pytest.mark.parametrize("noise", [b"SSH-2.0-x\r\n", b"HTTP/1.1 huh\r\n\r\n", b""])
def test_what_does_not_speak_http_is_unsure(noise: bytes) -> None:
    with raw_server(noise) as port:
        assert deliver(f"http://127.0.0.1:{port}/", answer_s=2).outcome == "unsure"


def test_plain_text_behind_https_is_no_connection() -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\n\r\n") as port:
        assert deliver(f"https://127.0.0.1:{port}/", answer_s=2).error == (
            "O112: the receiver's certificate or TLS does not hold"
        )


def test_a_certificate_is_checked_against_the_name_and_not_the_address(tmp_path: Path) -> None:
    theirs, ours = certificates(tmp_path, "shop.example")

    def over_tls(name: str, **more: object) -> Attempt:
        with receiving(tls=theirs) as receiver:
            poster = a_poster(LOOPBACK, resolve=lambda host, port: ["127.0.0.1"], **more)
            result = WebhookCourier(poster).deliver(
                OUTGOING, destination(f"https://{name}:{receiver.port}/hook"), now=NOW
            )
            assert len(receiver.came) == (result.outcome == "delivered")
            return result

    assert over_tls("shop.example", tls=ours) == Attempt("delivered")
    assert over_tls("other.example", tls=ours).code == "O112"
    assert over_tls("127.0.0.1", tls=ours).code == "O112"
    assert over_tls("shop.example").code == "O112"


def test_the_loopback_address_is_refused_unless_the_installation_permits_it() -> None:
    with receiving() as receiver:
        result = WebhookCourier(a_poster(Networks())).deliver(OUTGOING, destination(receiver.url), now=NOW)
        assert result == Attempt("retry", "O103", "the host's address is loopback")
        assert not receiver.came


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_other_ways_to_write_the_loopback_address_do_not_help(host: str) -> None:
    with receiving() as receiver:
        courier = WebhookCourier(a_poster(Networks()))
        result = courier.deliver(OUTGOING, destination(f"http://{host}:{receiver.port}/"), now=NOW)
        assert result.code in {"O102", "O103"}
        assert not receiver.came


def test_one_hidden_address_among_public_ones_is_enough_to_refuse() -> None:
    poster = a_poster(Networks(), resolve=lambda host, port: ["8.8.8.8", "fe80::1%eth0"])
    result = WebhookCourier(poster).deliver(OUTGOING, destination("http://shop.example/"), now=NOW)
    assert result.error == "O103: the host's address is link-local"


def test_the_connection_goes_to_the_very_address_that_was_checked() -> None:
    """A name that resolves to something else the second time is asked only once."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    with receiving() as receiver:
        poster = a_poster(LOOPBACK, resolve=lambda host, port: answers.pop(0))
        url = f"http://shop.example:{receiver.port}/"
        courier = WebhookCourier(poster)
        assert courier.deliver(OUTGOING, destination(url), now=NOW).outcome == "delivered"
        assert courier.deliver(OUTGOING, destination(url), now=NOW).error == "O103: the host's address is private"
    assert receiver.came[0].headers["host"] == f"shop.example:{receiver.port}"


def test_the_next_address_is_tried_where_the_first_does_not_answer() -> None:
    with receiving() as receiver:
        poster = a_poster(LOOPBACK, resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"])
        url = f"http://shop.example:{receiver.port}/"
        assert WebhookCourier(poster).deliver(OUTGOING, destination(url), now=NOW).outcome == "delivered"


def test_a_name_that_is_not_known_is_tried_again() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror

    assert deliver("http://shop.example/", resolve=unknown) == Attempt("retry", "O102", "the host's name is not known")


def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    with receiving() as receiver:
        assert deliver(receiver.url).outcome == "delivered"


@pytest.mark.parametrize("settings", [{}, {"url": "https://a.example"}, {"url": 1, "secrets": ["x"]}, {"secrets": []},
                                      {"url": "https://a.example", "secrets": []}])  # fmt: skip
def test_settings_that_lack_something_are_refused(settings: dict[str, object]) -> None:
    lacking = Destination("shop", ("*",), "webhook", settings)
    assert WebhookCourier(a_poster()).deliver(OUTGOING, lacking, now=NOW).error.startswith("O105")


def test_neither_a_bad_url_nor_a_bad_secret_is_repeated() -> None:
    courier = WebhookCourier(a_poster())
    for url, secret in (("https://user:hidden@a.example/", SECRET), ("https://a.example/", "whsec_hidden!")):
        bad = Destination("shop", ("*",), "webhook", {"url": url, "secrets": [secret]})
        result = courier.deliver(OUTGOING, bad, now=NOW)
        assert result.outcome == "refused"
        assert "hidden" not in repr((result, bad.shown() if secret != SECRET else "", WebhookSettings(url, (secret,))))


def test_a_message_is_handed_over_with_its_own_id() -> None:
    rendered = Rendered("m1", "kim@example.org", "Ready", "Come and get it.", subject="order/1", message="ready")
    with receiving() as receiver:
        sender = WebhookSender(a_poster(), WebhookSettings(receiver.url, (SECRET,)))
        assert sender.send(rendered, now=NOW).outcome == "delivered"
    (came,) = receiver.came
    assert came.headers["webhook-id"] == "m1"
    said = msgspec.json.decode(came.body)
    assert said["type"] == "message.send"
    assert said["data"]["to"] == "kim@example.org"
    verify([SECRET], came.headers, came.body, NOW)


def test_a_provider_that_wants_nothing_more_refuses_the_message() -> None:
    with receiving(Reply(410)) as receiver:
        sender = WebhookSender(a_poster(), WebhookSettings(receiver.url, (SECRET,)))
        assert sender.send(Rendered("m1", "kim@example.org"), now=NOW).outcome == "refused"
