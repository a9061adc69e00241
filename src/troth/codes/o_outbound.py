"""Pages of the codes O: what goes out, to receivers of webhooks and to mail servers."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_PAGES: Final = (
    Page(
        "O101",
        "The address of a destination is not one that is delivered to.",
        "A webhook's URL is http or https, names a host, and carries no user name, password or fragment: those would "
        "end up in logs. A host with letters beyond ASCII is written in its xn-- form.",
        "troth outbox add https://user:word@shop.example/hook --topic case.opened --db year.db",
        "Correct the URL. Receivers know a delivery by its signature, and need no password in it.",
    ),
    Page(
        "O102",
        "The host of a destination is not known.",
        "Its name does not resolve at present. The delivery waits and is tried again.",
        "troth outbox add https://no-such-host.example/hook --topic case.opened --db year.db",
        "Correct the URL if the name is mistyped; otherwise nothing is to be done.",
    ),
    Page(
        "O103",
        "The destination's address is not on the public internet.",
        "Whoever may name a URL could otherwise have this machine call what only it can reach: itself, its "
        "neighbours, a cloud's metadata. The host's addresses are checked before each connection, and the connection "
        "goes to the very address that was checked. Private, loopback, link-local, multicast and reserved addresses, "
        "and addresses that embed another one, are refused.",
        "troth outbox add http://127.0.0.1:8080/hook --topic case.opened --db year.db",
        "If the receiver is meant to be in your own network, allow that network for the installation, and only that.",
    ),
    Page(
        "O104",
        "A secret is not one.",
        "A secret for signing is `whsec_` and base64, at best of 24 to 64 bytes; a key for asymmetric signatures "
        "`whsk_` and 32 or 64 bytes. The message does not repeat what stands there.",
        'sign(["password"], "msg_1", 1614265330, b"{}")',
        "Let troth make one: `troth outbox add` does, and shows it once.",
    ),
    Page(
        "O105",
        "A destination's settings are not complete, or not right.",
        "A webhook needs `url` and `secrets`; mail needs `host`, `sender` and `to`, and knows `port`, `tls`, `user`, "
        "`password` and `domain` beside them. The problem names the setting. Deliveries to one that was stored before "
        "are dead letters, kept, and can be replayed.",
        'Destination("shop", ("*",), "webhook", {"url": "https://shop.example/hook"})',
        "Add the destination again under the same id, then `troth outbox replay`.",
    ),
    Page(
        "O106",
        "There is no such destination or delivery.",
        "The id is not in this ledger.",
        "troth outbox remove shp --db year.db",
        "`troth outbox destinations` and `troth outbox list` print the ids.",
    ),
    Page(
        "O107",
        "Nobody delivers to this kind of destination here.",
        "The program that delivers was started without a courier for the kind. The delivery is a dead letter.",
        'Destination("wire", ("*",), "telegraph")',
        "Use one of the kinds webhook, smtp and sink, or start it with a courier for this one; then replay.",
    ),
    Page(
        "O108",
        "The destination is switched off or was removed.",
        "It answered 410 Gone, or failed for five days on end, or somebody removed it. What was waiting for it is "
        "kept as dead letters.",
        "troth outbox list --state dead --db year.db",
        "Add it again under the same id, which switches it on, then `troth outbox replay --destination ID`.",
    ),
    Page(
        "O110",
        "The receiver did not take a delivery.",
        "Only an answer from 200 to 299 counts as taken. Redirections are not followed. After 410 the destination is "
        "switched off; after every other answer the delivery is tried again, ten times over about three days, and no "
        "earlier than a Retry-After asks.",
        "O110: answered 503",
        "Look at the receiver. `troth outbox list` shows what waits; nothing is lost meanwhile.",
    ),
    Page(
        "O111",
        "The receiver could not be reached, or did not answer in time.",
        "The connection failed, or the answer took longer than the time limit. The receiver may have taken the "
        "delivery all the same: it knows a repetition by its webhook-id.",
        "O111: no answer within 15s",
        "Look at the receiver. It should answer at once and do its work afterwards.",
    ),
    Page(
        "O112",
        "The receiver's certificate does not hold.",
        "It has expired, is for another name, or is signed by nobody that this machine trusts.",
        "O112: certificate verify failed",
        "Renew the receiver's certificate, or install its issuer on this machine.",
    ),
    Page(
        "O120",
        "A mail cannot be put together.",
        "An address is not one address, or a header contains a line break or another control character: with those a "
        "text could add headers, recipients or a body of its own.",
        'Rendered(id="m1", to="kim@example.org\\nBcc: all@example.org", heading="Ready", text="...")',
        "Correct what renders the message: take addresses and headings as they are stored, and put long text into "
        "the body.",
    ),
    Page(
        "O121",
        "The mail server does not take a mail.",
        "It refused the connection, the log-in, the sender, the recipient or the text. After a code 4xx it is worth "
        "trying again; after a code 5xx it is not.",
        "O121: the recipient was refused (550)",
        "Look the code up in the server's log. troth's own account of it names neither addresses nor text.",
    ),
    Page(
        "O122",
        "The mail server offers no encryption.",
        "STARTTLS was asked for and the server does not offer it. Nothing was sent in clear.",
        'SmtpSettings(host="mail.example", sender="shop@example.org", tls="starttls")',
        "Switch it on at the server, or write tls: none for a server on this very machine.",
    ),
    Page(
        "O123",
        "It is not known whether a mail was taken.",
        "The connection ended after the text was handed over and before the server answered. A repetition carries the "
        "same Message-ID, by which servers and readers can tell it.",
        "O123: no answer after the text was handed over",
        "Wait for the provider's receipt before sending it again.",
    ),
    Page(
        "O130",
        "A webhook's signature does not hold.",
        "None of its signatures fits body, id and timestamp under any of the secrets. Most often the body was parsed "
        "and written anew before it was checked.",
        'verify(["whsec_..."], headers, body, now)',
        "Check the raw bytes as they came, with the secret of this very destination.",
    ),
    Page(
        "O131",
        "A webhook's timestamp is too far from now.",
        "It is more than five minutes old or ahead: somebody may be repeating an old delivery, or one of the clocks "
        "is wrong.",
        "webhook-timestamp: 1614265330",
        "Set the clock. A delivery that is tried again later carries a new timestamp.",
    ),
    Page(
        "O132",
        "A webhook lacks one of its headers.",
        "webhook-id, webhook-timestamp (whole seconds) and webhook-signature are all required.",
        "POST /hook without webhook-signature",
        "Make sure that no proxy removes them; and refuse what comes without.",
    ),
)

PAGES: Final[dict[str, Page]] = {page.code: page for page in _PAGES}
