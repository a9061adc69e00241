"""Clients that never rest: events, questions, confirmations, receipts; and a book of all that was answered."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Iterator
from itertools import count
from threading import Event, Lock, Thread
from typing import Any, Final, NamedTuple

from tests.reliability.served import STRUCTURED, Answer, Served, event
from troth.model.times import SECOND, format_instant
from troth.runtime.clock import wall_clock

BROKEN: Final = (OSError, http.client.HTTPException)
"""What a client meets when its server dies, or is not there."""


class Sent(NamedTuple):
    """One request: what it was, where it went, with what key."""

    what: str
    subject: str
    name: str
    path: str
    body: Any
    key: str
    media: str = "application/json"


class Book:
    """What was sent and what was answered: all clients write into it, at any time.

    Attributes:
        kept: Requests answered with success, with their answers, in the order of the answers.
        lost: Requests that were not answered: nobody knows whether they were carried out.
        refused: How many were answered otherwise, by status.
    """

    def __init__(self) -> None:
        self.kept: list[tuple[Sent, Answer]] = []
        self.lost: list[Sent] = []
        self.refused: Counter[int] = Counter()
        self._lock = Lock()

    def note(self, sent: Sent, answer: Answer | None) -> None:
        """Write down a request and its answer; `None`: there was none."""
        with self._lock:
            if answer is None:
                self.lost.append(sent)
            elif 200 <= answer.status < 300:
                self.kept.append((sent, answer))
            else:
                self.refused[answer.status] += 1

    def of(self, what: str) -> Iterator[tuple[Sent, Answer]]:
        """Yield what was answered of a kind."""
        return ((sent, answer) for sent, answer in list(self.kept) if sent.what == what)


class Load:
    """Some clients of one server; each goes from subject to subject until told to rest, or until the server is gone.

    Args:
        served: The server.
        book: Where answers are written down.
        names: Numbers for subjects that nobody has used before.
        clients: How many.
        persistent: Whether clients go on, on a new connection, when an answer is missing or is a failure.
    """

    def __init__(
        self, served: Served, book: Book, names: Iterator[int], *, clients: int = 4, persistent: bool = False
    ) -> None:
        self._served = served
        self._book = book
        self._names = names
        self._persistent = persistent
        self._resting = Event()
        self.met: Counter[str] = Counter()
        self._threads = [Thread(target=self._run, daemon=True) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def wait(self, seconds: float) -> None:
        """Let the clients work for a while."""
        self._resting.wait(seconds)

    def under_way(self, answers: int, patience: float = 60.0) -> None:
        """Let the clients work until so many requests were answered with success, over all rounds."""
        while len(self._book.kept) < answers and patience > 0:
            self.wait(0.02)
            patience -= 0.02

    def rest(self) -> None:
        """Send no more, and wait for what is under way."""
        self._resting.set()
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads), "a client waits for ever"

    def _run(self) -> None:
        """Serve one subject after the other."""
        client = self._served.client()
        while not self._resting.is_set():
            for sent in visit(next(self._names)):
                try:
                    answer = client.post(sent.path, sent.body, key=sent.key, media=sent.media)
                except BROKEN as error:
                    self._book.note(sent, None)
                    client.close()
                    self.met[type(error).__name__] += 1
                    if not self._persistent:
                        return
                    client = self._served.client()
                    # A client of good manners does not hammer at a closed door.
                    self._resting.wait(0.05)
                    break
                self._book.note(sent, answer)
                if self._resting.is_set():
                    break
                if answer.status >= 500:
                    self._resting.wait(0.02)
                    break
        client.close()


def visit(number: int) -> Iterator[Sent]:
    """Yield the requests of one subject's life: ordered, opened, asked, confirmed, sent, shut, asked, and then late."""
    subject = f"door/{number}"
    # Every promise lapses by a timer soon, so that timers fire while all this goes on, and while nobody is there.
    due = format_instant(wall_clock() + (number % 7 + 1) * SECOND // 3)
    names = (f"{number}-{step}" for step in count())

    def told(kind: str, **data: Any) -> Sent:
        name = next(names)
        return Sent("event", subject, name, "/v1/events", event(name, kind, subject, **data), f"k{name}", STRUCTURED)

    def asked(message: str, mark: str) -> Sent:
        body = {"id": f"m{number}{mark}", "message": message, "subject": subject, "channel": "email"}
        return Sent("ask", subject, body["id"], "/v1/ask", body, f"k{number}ask{mark}")

    def confirmed(mark: str) -> Sent:
        body = {"id": f"m{number}{mark}", "subject": subject}
        return Sent("confirm", subject, body["id"], "/v1/confirm", body, f"k{number}confirm{mark}")

    yield told("door.ordered", due=due, customer=f"customer/{number}")
    yield told("door.opened")
    yield asked("come_in", "a")
    yield confirmed("a")
    receipt = {"id": f"m{number}a", "subject": subject, "message": "come_in", "channel": "email", "phase": "sent"}
    yield Sent("receipt", subject, f"m{number}a", "/v1/receipts", receipt, f"k{number}receipt")
    yield asked("come_in", "b")
    yield told("door.shut")
    yield confirmed("b")
    yield asked("wait", "c")
    yield confirmed("c")
