"""The same mailer behind the gate: what it says has to be so."""

import sys
from pathlib import Path

from troth.client import Client, Gate, Sending

TEXTS = {
    "shipped": "Your order {order} is on its way to the store.",
    "label_only": "Your order {order} waits for the carrier.",
    "ready": "Your order {order} is ready. We keep it for 7 days.",
    "looking_into_it": "We are finding out where your order {order} is.",
}

client = Client(Path("url.txt").read_text(encoding="utf-8").strip())
gate = Gate(client, mode="shadow", spool="receipts.jsonl")


def deliver(to: str, text: str) -> None:
    """Hand a mail over. Yours speaks to a mail server here; this one prints."""
    print(f"to {to}: {text}")


@gate.gated(
    lambda message, order, to: message,
    subject=lambda message, order, to: f"pickup/{order}",
    channel="email",
    renders=TEXTS,
)
def send(message: str, order: str, to: str, sending: Sending | None = None) -> None:
    """Tell a customer something about an order, or what is true instead."""
    say = sending.message if sending else message
    deliver(to, TEXTS[say].format(order=order))


if __name__ == "__main__":
    name, order, to = sys.argv[1:]
    result = send(name, order, to)
    print(f"{result.status}; the gate: {result.sending.verdict.standing}")
    for reason in result.reasons:
        print(f"  {reason.code} {reason.text}")
    gate.close()
