"""A server whose clock is turned under its feet: forward, back, stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from tests.reliability.audit import audit
from tests.reliability.load import Book, Sent
from tests.reliability.served import STRUCTURED, Client, Served, event
from troth.bootstrap import open_ledger
from troth.engine.journal import JOURNAL
from troth.engine.project import OPEN_CASE
from troth.model.ids import BUCKETS
from troth.model.times import DAY, SECOND, Micros, format_instant, to_datetime
from troth.runtime.clock import wall_clock

_PATIENCE: Final = 30.0


def library() -> Path | None:
    """Return the library that turns clocks, or `None`: it is not installed."""
    found = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), *Path("/usr/lib/faketime").glob("*MT.so.1")]
    return found[0] if found else None


class Clock:
    """The clock of a server that is started with `environment`; the machine's own stays as it is.

    Args:
        folder: Where the file lies by which it is turned.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._shift: Micros = 0
        self._stopped: Micros | None = None
        self._file.write_text("+0\n")

    @property
    def environment(self) -> dict[str, str]:
        """Return what makes a process read this clock; what it waits by goes on as ever."""
        return {
            "LD_PRELOAD": str(library()), "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "TZ": "UTC",
        }  # fmt: skip

    def now(self) -> Micros:
        """Return what it shows."""
        return wall_clock() + self._shift if self._stopped is None else self._stopped

    def turn(self, shift: Micros) -> None:
        """Let it go so far ahead of the machine's clock; negative: behind it."""
        self._shift, self._stopped = shift, None
        self._say(f"{shift // SECOND:+d}")

    def stop(self) -> None:
        """Stop it where it is."""
        self._stopped = self.now() // SECOND * SECOND
        self._say(to_datetime(self._stopped).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"))

    def _say(self, text: str) -> None:
        # In one step: a server that reads while this is written must not find half a line.
        fresh = self._file.with_suffix(".new")
        fresh.write_text(text + "\n")
        fresh.rename(self._file)
        # The library reads it once a second: more often would make the server several times slower.
        sleep(1.2)


class Watch:
    """What a client does and sees while the clock is turned.

    Args:
        served: The server.
        clock: Its clock.
        book: Where answers are written down.
    """

    def __init__(self, served: Served, clock: Clock, book: Book) -> None:
        self._client: Client = served.client()
        self._clock = clock
        self._book = book
        self._names = iter(range(1_000_000))
        self.tally: Counter[str] = Counter()

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def order(self, count: int, within: Micros) -> list[str]:
        """Order at so many new doors, each due within a time, open them, and ask for a permit each; return subjects."""
        subjects = []
        for _ in range(count):
            number = next(self._names)
            subject, due = f"door/{number}", format_instant(self._clock.now() + within)
            subjects.append(subject)
            ordered = event(f"{number}-0", "door.ordered", subject, due=due, customer=f"customer/{number}")
            self._send(Sent("event", subject, f"{number}-0", "/v1/events", ordered, "", STRUCTURED))
            opened = event(f"{number}-1", "door.opened", subject)
            self._send(Sent("event", subject, f"{number}-1", "/v1/events", opened, "", STRUCTURED))
            self.ask(subject)
        return subjects

    def ask(self, subject: str) -> None:
        """Ask for a permit; the door is open, so there is one."""
        name = "m" + subject.partition("/")[2]
        body = {"id": name, "message": "come_in", "subject": subject, "channel": "email"}
        answer = self._send(Sent("ask", subject, name, "/v1/ask", body, ""))
        assert answer["outcome"] == "SEND", answer
        self.tally["permits"] += 1

    def confirm(self, subjects: list[str], times: int = 3) -> int:
        """Try to use each permit several times; return how many were used: none twice."""
        used = 0
        for subject in subjects:
            body = {"id": "m" + subject.partition("/")[2], "subject": subject}
            sent = Sent("confirm", subject, body["id"], "/v1/confirm", body, "")
            good = sum(self._send(sent)["ok"] for _ in range(times))
            assert good <= 1, f"{subject} was confirmed {good} times"
            used += good
        self.tally["permits used"] += used
        return used

    def late(self) -> set[str]:
        """Return the subjects with an open case of lateness."""
        found, cursor = set(), ""
        while True:
            page = self._client.get("/v1/cases?limit=1000" + (f"&cursor={cursor}" if cursor else "")).data
            found |= {one["case"]["subject"] for one in page["items"] if one["case"]["kind"] == "late"}
            cursor = page["next"] or ""
            if not cursor:
                return found

    def wait_late(self, subjects: list[str]) -> None:
        """Wait until every one of these is known to be late."""
        eventually(lambda: set(subjects) <= self.late(), f"{len(set(subjects) - self.late())} lapses were not found")
        self.tally["lapses found"] += len(subjects)

    def _send(self, sent: Sent) -> Any:
        answer = self._client.post(sent.path, sent.body, media=sent.media)
        assert answer.status == 200, (sent, answer)
        self._book.note(sent, answer)
        return answer.data


def eventually(true: Callable[[], bool], otherwise: str) -> None:
    """Wait for something to become true.

    Raises:
        AssertionError: It did not in half a minute.
    """
    until = monotonic() + _PATIENCE
    while not true():
        assert monotonic() < until, otherwise
        sleep(0.1)


def jumps(folder: Path, count: int) -> dict[str, Any]:
    """Turn a server's clock a day forward, back again, a day back, and stop it; return what was counted.

    Raises:
        AssertionError: A permit was used twice, a lapse was not found, or what was written down has no order.
    """
    clock, book, db = Clock(folder), Book(), folder / "door.db"
    with Served(db, environment=clock.environment) as served, closing(Watch(served, clock, book)) as watch:
        first, kept = watch.order(count, DAY // 2), watch.order(count, 30 * DAY)
        assert watch.confirm(kept[: count // 2]) == count // 2
        clock.turn(DAY)
        watch.wait_late(first)
        assert not set(kept) & watch.late(), "a promise lapsed before its time"
        # An old permit is decided about again: still true, it may be used; but not what was used yesterday.
        assert watch.confirm(kept) == count - count // 2, "a permit of yesterday was used twice"
        second = watch.order(count, DAY // 2)
        clock.turn(0)
        watch.confirm(second)
        assert watch.confirm(second) == 0
        third = watch.order(count, SECOND)
        watch.confirm(third)
        clock.turn(-DAY)
        fourth = watch.order(count, 2 * DAY)
        assert watch.confirm(fourth) == count
        clock.stop()
        fifth = watch.order(count, 2 * DAY)
        assert watch.confirm(fifth) == count
        assert watch.confirm(fourth + fifth) == 0
        clock.turn(3 * DAY)
        watch.wait_late([*second, *third, *fourth, *fifth])
        assert watch.confirm([*second, *third, *fourth, *fifth]) == 0
        assert not served.faults(), served.faults()
        served.kill()
        tally = dict(watch.tally)
    found = audit(db, book)
    return {**tally, "journal events in order": _ordered(db), "records equal to a refold": found.records}


def _ordered(db: Path) -> int:
    """Check that what was written down of a subject ascends in time as it does in storage; return how much it is."""
    count = 0
    with closing(open_ledger(db)) as ledger:
        last: dict[str, Micros] = {}
        for bucket in range(BUCKETS):
            for stored in ledger.read(bucket, after=0, limit=1_000_000):
                one = stored.event
                if one.source == JOURNAL:
                    assert one.occurred_at > last.get(one.subject, 0), f"{one.type} of {one.subject} is out of order"
                    last[one.subject] = one.occurred_at
                    count += 1
        assert ledger.entries(OPEN_CASE, limit=1)
    return count
