"""A mailer as there are many: whoever calls it has decided what is so."""

import sys

TEXTS = {
    "shipped": "Your order {order} is on its way to the store.",
    "ready": "Your order {order} is ready. We keep it for 7 days.",
}


def deliver(to: str, text: str) -> None:
    """Hand a mail over. Yours speaks to a mail server here; this one prints."""
    print(f"to {to}: {text}")


def send(message: str, order: str, to: str) -> None:
    """Tell a customer something about an order."""
    deliver(to, TEXTS[message].format(order=order))


if __name__ == "__main__":
    send(*sys.argv[1:])
