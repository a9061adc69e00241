"""The client of a service, and the gate before a sender."""

from __future__ import annotations

from troth.codes._page import Page

PAGES: dict[str, Page] = {
    page.code: page
    for page in (
        Page(
            "K101",
            "The service cannot be reached",
            "No connection could be made, or it broke before the answer. What was asked may have been done all the "
            "same; asking again does no harm.",
            'Client("http://127.0.0.1:8080").ask(...) while no server runs',
            "Start the server, or correct the address; the fail policy says what happens to messages meanwhile.",
        ),
        Page(
            "K102",
            "The service did not answer in time",
            "The time that the caller gives has passed. A question stands before a sender, so it is short there.",
            "Client(url, ask_timeout=0.5), and the answer takes a second",
            "Look whether the server is overloaded or far away; give more time only if the sender can wait.",
        ),
        Page(
            "K103",
            "The answer is not one of this service",
            "What came back is neither an answer nor a problem as the interface describes them: something else "
            "listens at the address, or a proxy answers in its place.",
            'Client("http://127.0.0.1:80") where another web server listens',
            "Correct the address; look at what the proxy in between does.",
        ),
        Page(
            "K104",
            "The address is none of a service",
            "It has to be http or https and a host; a path is allowed, a query and a user name are not.",
            'Client("localhost:8080")',
            'Write it in full: Client("http://127.0.0.1:8080").',
        ),
        Page(
            "K105",
            "An asynchronous client behind a sender that is not",
            "A function that is not `async` cannot wait for an AsyncClient.",
            "Gate(AsyncClient(url)) with a decorated `def`",
            "Give the gate a Client: it serves `async def` too.",
        ),
        Page(
            "K106",
            "The message was not sent",
            "The gate did not permit it, gave no answer, or permitted another message than this sender can make. The "
            "problem's text says which of these, with the reasons.",
            "gated(order).require() while the order is not known to be ready",
            "On `held` and `failed` ask again; on `suppressed` and `used` do nothing more.",
        ),
        Page(
            "K107",
            "A line of the spool cannot be read",
            "The file that keeps receipts while the service cannot be reached has a line that is none; it was cut off "
            "by a crash, mostly. The line is left out and the rest is told.",
            '{"id": "ready", "subject": "pick',
            "Nothing: the provider's own receipt tells the same. Look at the disk if it happens often.",
        ),
        Page(
            "K108",
            "The notice is none",
            "A webhook's signature holds, but its body is no notice as troth sends them.",
            "parse_webhook(headers, b'[]', secrets, now)",
            "Look which system signs with this secret beside troth.",
        ),
        Page(
            "K109",
            "The spool's folder is not there",
            "Receipts that cannot be told wait in a file. That it cannot be written is better known at the start than "
            "when the service is away.",
            'Gate(client, spool="/var/spool/nowhere/receipts.jsonl")',
            "Make the folder, or name another one.",
        ),
        Page(
            "K110",
            "The gate has no such mode, fail policy or message",
            "A misspelt mode would send what was not permitted, or the other way round; a misspelt message in `fail` "
            "would leave the policy that it was meant to change.",
            'Gate(client, mode="shaddow"), Gate(client, fail={"shiped": "open"})',
            "Write `enforce` or `shadow`, `closed` or `open`, and messages as the pack names them.",
        ),
    )
}
