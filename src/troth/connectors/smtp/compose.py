"""Puts a mail together so that no text in it can become a header, a recipient or a second mail."""

from __future__ import annotations

import email.utils
import re
import unicodedata
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from troth.errors import OutboundError, Place, Problem
from troth.model.ids import derived_id
from troth.model.times import Micros, to_datetime
from troth.ports.sender import Rendered

_AUTOMATIC: Final = "auto-generated"
"""Source: RFC 3834: keeps out-of-office answers away."""

# Own and narrow: what the standard library reads as one address differs between its versions.
_ADDRESS: Final = re.compile(r"(?P<name>[^<>]*)<(?P<inner>[^<>]+)>|(?P<bare>[^<>]+)")


def message_id(rendered: Rendered, domain: str) -> str:
    """Return the Message-ID of a message: the same message has the same one, however often it is sent.

    >>> message_id(Rendered("m1", "kim@example.org"), "shop.example")
    '<98495ad195de567126c432fb2579d7e2@shop.example>'
    """
    return f"<{derived_id('mail', rendered.subject, rendered.id)}@{domain}>"


def compose(rendered: Rendered, *, sender: str, domain: str, now: Micros) -> EmailMessage:
    """Return a mail with plain text and, where there is one, HTML as its alternative.

    Args:
        rendered: What it says, and to whom.
        sender: The From address, with or without a name: `Shop <shop@example.org>`.
        domain: Where its Message-ID is from.
        now: Its date; microseconds since 1970 UTC.

    Raises:
        OutboundError: O120, an address or header that could smuggle something in; the text is not repeated.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = address(sender, "the sender")
    mail["To"] = address(rendered.to, "the recipient")
    if rendered.reply_to:
        mail["Reply-To"] = address(rendered.reply_to, "the address for answers")
    mail["Subject"] = _one_line(rendered.heading, "the heading")
    mail["Date"] = email.utils.format_datetime(to_datetime(now))
    mail["Message-ID"] = message_id(rendered, _one_line(domain, "the domain"))
    mail["Auto-Submitted"] = _AUTOMATIC
    mail.set_content(_encodable(rendered.text), cte="quoted-printable")
    if rendered.html:
        mail.add_alternative(_encodable(rendered.html), subtype="html", cte="quoted-printable")
    return mail


def address(text: str, whose: str) -> Address:
    """Return exactly one address.

    Raises:
        OutboundError: O120, it is none, several, or holds a control character.
    """
    match = _ADDRESS.fullmatch(_one_line(text, whose).strip())
    name, spec = (match["name"] or "", match["inner"] or match["bare"]) if match else ("", "")
    local, at, domain = spec.rpartition("@")
    if not (local and at and domain) or "@" in local or any(char in ' ,;:<>()[]\\"' for char in spec):
        raise OutboundError(_unfit(f"{whose} is not one address"))
    try:
        return Address(display_name=name.strip(' "'), username=local, domain=domain.encode("idna").decode())
    except (ValueError, UnicodeError, IndexError):
        raise OutboundError(_unfit(f"{whose} is not one address")) from None


def _one_line(text: str, whose: str) -> str:
    """Return a text without anything that ends a line or steers a reader's display."""
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in text):
        raise OutboundError(_unfit(f"{whose} contains a line break or another control character"))
    return text


def _encodable(text: str) -> str:
    """Return a body that every server can take: half a surrogate pair becomes a question mark, NUL is dropped."""
    return text.encode(errors="replace").decode().replace("\0", "")


def _unfit(found: str) -> Problem:
    """Return the problem of a mail that cannot be put together."""
    return Problem(Place(), "O120", found, "one line, one address", "see troth explain O120")
