"""No text in a mail can become a header, a recipient or a second mail."""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes
from email.policy import SMTP, default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.connectors.smtp.kit import NOW
from troth.connectors.smtp.compose import address, compose, message_id
from troth.errors import OutboundError
from troth.ports.sender import Rendered

SHOP = "Shop <shop@example.org>"


def composed(**parts: str) -> dict[str, str]:
    """Compose a mail, write it, read it again, and return its headers."""
    rendered = Rendered(**{"id": "m1", "to": "kim@example.org", "heading": "Ready", "text": "Hello"} | parts)
    raw = compose(rendered, sender=SHOP, domain="shop.example", now=NOW).as_bytes(policy=SMTP)
    read = message_from_bytes(raw, policy=default)
    return {name: str(value) for name, value in read.items()}


def test_a_mail_has_the_headers_that_it_should_have() -> None:
    headers = composed(reply_to="desk@example.org")
    assert headers["From"] == SHOP
    assert headers["To"] == "kim@example.org"
    assert headers["Reply-To"] == "desk@example.org"
    assert headers["Subject"] == "Ready"
    assert headers["Date"] == "Tue, 14 Nov 2023 22:13:20 +0000"
    assert headers["Auto-Submitted"] == "auto-generated"


def test_the_same_message_has_the_same_message_id_and_another_has_another() -> None:
    one = Rendered("m1", "kim@example.org", "Ready", subject="order/1")
    again = Rendered("m1", "kim@example.org", "Ready now", "other words", subject="order/1")
    other = Rendered("m1", "kim@example.org", "Ready", subject="order/2")
    assert message_id(one, "shop.example") == message_id(again, "shop.example")
    assert message_id(one, "shop.example") != message_id(other, "shop.example")


def test_plain_text_and_html_are_alternatives_of_one_mail() -> None:
    rendered = Rendered("m1", "kim@example.org", "Bereit", "Grüße\nKim", "<p>Grüße</p>")
    mail = compose(rendered, sender=SHOP, domain="shop.example", now=NOW)
    read = message_from_bytes(mail.as_bytes(policy=SMTP), policy=default)
    assert read.get_content_type() == "multipart/alternative"
    plain, html = read.iter_parts()
    assert plain.get_content() == "Grüße\r\nKim\r\n"
    assert html.get_content() == "<p>Grüße</p>\r\n"


@pytest.mark.parametrize("part", ["to", "heading", "reply_to"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\ud800"])
def test_a_line_break_in_a_header_is_refused_without_being_repeated(part: str, end: str) -> None:
    with pytest.raises(OutboundError) as caught:
        composed(**{part: f"kim@example.org{end}Bcc: all@example.org"})
    assert caught.value.problems[0].code == "O120"
    assert "all@example.org" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "kim", "@example.org", "kim@", "kim@example.org, all@example.org", "kim@example.org;all@example.org",
     "<kim@example.org> <all@example.org>", "a@b@c,d@e", "kim@example.org>", "<kim@example.org", "kim@exa mple.org",
     '"a@evil.example, b"@example.org', "group: kim@example.org;", "<>", "kim@\u200b"],
)  # fmt: skip
def test_what_is_not_one_address_is_refused(text: str) -> None:
    with pytest.raises(OutboundError, match="O120"):
        address(text, "the recipient")


@pytest.mark.parametrize(
    ("text", "spec"),
    [("kim@example.org", "kim@example.org"), ("Kim <kim@example.org>", "kim@example.org"),
     ('"Kim, of Shop" <kim+1@example.org>', "kim+1@example.org"),
     ("kim@b\u00fccher.example", "kim@xn--bcher-kva.example"),
     ("j\u00f6rg@example.org", "j\u00f6rg@example.org")],
)  # fmt: skip
def test_one_address_is_taken(text: str, spec: str) -> None:
    assert address(text, "the recipient").addr_spec == spec


def test_a_name_with_a_comma_stays_one_recipient() -> None:
    assert composed(to='"Kim, of Shop" <kim@example.org>')["To"] == '"Kim, of Shop" <kim@example.org>'


def test_whatever_the_texts_are_there_is_one_recipient_and_no_further_header() -> None:
    tally = Counter[str]()
    hostile = st.text('\r\n\0 :;,<>@"\\()\ud800', max_size=4)
    printed = st.text(st.characters(exclude_categories=("C", "Z")), max_size=40)
    headings = printed | hostile
    addresses = st.just("kim@example.org") | st.builds("{}@example.org".format, printed) | hostile

    @given(headings, st.text(max_size=200), addresses)
    def check(heading: str, text: str, to: str) -> None:
        try:
            headers = composed(heading=heading, text=text, to=to)
        except OutboundError:
            tally["refused"] += 1
            return
        tally["composed"] += 1
        assert set(headers) == {
            "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
            "Content-Transfer-Encoding",
        }  # fmt: skip
        assert headers["To"].count("@") == 1

    check()
    assert tally["composed"] > 10 < tally["refused"], tally
