"""Kill -9 under load, again and again: what was acknowledged stays, what was done is done once."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.reliability.audit import audit, repeated
from tests.reliability.load import Book, Load
from tests.reliability.served import Served
from tests.unit.connectors.webhooks.kit import Receiver
from troth.bootstrap import open_couriers, open_ledger
from troth.model.times import MINUTE, Micros
from troth.ports.outbox import Destination
from troth.runtime.clock import wall_clock
from troth.runtime.outbound import Deliverer

_WELL: Final = 24
_AT_ONCE: Final = 4  # deliveries that are under way to one destination: what a kill can repeat


def kills(db: Path | str, rounds: int, *, seed: int, clients: int = 4) -> dict[str, Any]:
    """Kill a server so many times while clients ask and a receiver takes its deliveries; return what was counted.

    After each restart the last answers are asked for again with their keys; the ledger is audited every few rounds
    and at the end, after all deliveries were made.

    Raises:
        AssertionError: Something was lost, done twice, or answered otherwise.
    """
    random, book, names = Random(seed), Book(), count()
    receiver = Receiver()
    tally: Counter[str] = Counter()
    with closing(open_ledger(db)) as ledger:
        settings = {"url": receiver.url, "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]}
        ledger.put_destination(Destination("shop", ("*",), "webhook", settings))
    try:
        for number in range(rounds):
            with Served(db) as served:
                with served.client() as client:
                    tally["answers asked for again"] += repeated(client, book.kept[-40:])
                    tally["unanswered, sent again"] += _settled(client, book)
                load = Load(served, book, names, clients=clients)
                if number % 2 == 0:
                    # Every other one only when it is well under way, on however slow a machine.
                    load.under_way(len(book.kept) + _WELL)
                load.wait(random.uniform(0.05, 0.9))
                served.kill()
                load.rest()
                assert not served.faults(), served.faults()
            if number % 10 == 9 or number < 2:
                audit(db, book)
        tally["deliveries repeated"] = _deliver_the_rest(db, receiver, rounds)
    finally:
        receiver.close()
    found = audit(db, book)
    kinds = Counter(sent.what for sent, _ in book.kept)
    return {
        "kills": rounds,
        **{f"acknowledged: {kind}": kinds[kind] for kind in ("event", "ask", "confirm", "receipt")},
        "not answered": len(book.lost),
        **tally,
        "events stored": found.events,
        "records equal to a refold": found.records,
        "deliveries made": found.deliveries,
        "lost": 0,
        "twice": 0,
    }


def _settled(client: Any, book: Book) -> int:
    """Send again what was not answered, with its key: done now, answered as then, or still taken for under way."""
    lost, book.lost = book.lost, []
    for sent in lost:
        answer = client.post(sent.path, sent.body, key=sent.key, media=sent.media)
        assert answer.status in {200, 409}, (sent, answer)
        if answer.status == 409:
            # The key's lease has to end first. What it asked for has an id of its own: without the key it may go now.
            answer = client.post(sent.path, sent.body, media=sent.media)
            assert answer.status == 200, (sent, answer)
        else:
            book.note(sent, answer)
    return len(lost)


def _deliver_the_rest(db: Path | str, receiver: Receiver, kills_: int) -> int:
    """Deliver what waits, as of a moment at which every lease has ended; return how many came more than once."""
    with closing(open_ledger(db)) as ledger:
        later: Micros = wall_clock() + 60 * MINUTE
        deliverer = Deliverer(ledger, open_couriers(["127.0.0.0/8"]), lambda: later, Random(1))
        deliverer.deliver_due(later)
        made = {one.outgoing.id for one in _all(ledger) if one.state == "delivered"}
        assert made == {one.outgoing.id for one in _all(ledger)}, "a delivery is left over"
    came = Counter(one.headers["webhook-id"] for one in receiver.came)
    assert set(came) == made, f"{len(made - set(came))} were noted as delivered and never came"
    again = came.total() - len(came)
    assert again <= kills_ * _AT_ONCE, f"{again} came again after {kills_} kills"
    return again


def _all(ledger: Any) -> list[Any]:
    found: list[Any] = []
    while page := ledger.deliveries(after=found[-1].id if found else "", limit=10_000):
        found += page
    return found
