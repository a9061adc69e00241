"""Very many timers: each fires once, in time, also where the service is killed among them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any, Final

from tests.reliability.served import DOOR
from tests.reliability.timers_child import due_of, ordered
from troth.bootstrap import open_ledger
from troth.ledger.sqlite import SqliteLedger
from troth.model.times import MINUTE, SECOND, Micros, parse_instant
from troth.ports.ledger import Batch, Ledger
from troth.runtime import catalog
from troth.runtime.clock import wall_clock
from troth.runtime.live import LiveService

_CHILD: Final = (sys.executable, "-m", "tests.reliability.timers_child")
_REPOSITORY: Final = Path(__file__).resolve().parents[2]
_STEP: Final = SECOND // 10


def fired_virtually(folder: Path, count: int, spread: Micros, *, downtime: bool = False) -> dict[str, Any]:
    """Let timers come due on a clock of our own, with a service that is dropped without a word among them.

    Args:
        folder: Where the ledger is to be.
        count: How many timers.
        spread: Over what time they fall due.
        downtime: Whether nobody is there while the first half falls due, instead of at no time.

    Raises:
        AssertionError: A timer was lost, or fired twice.
    """
    start = parse_instant("2026-03-02T09:00:00Z")
    now = [start - MINUTE]
    pack = catalog.load(str(DOOR)).compiled.require()
    late: list[Micros] = []
    with closing(SqliteLedger(folder / "door.db")) as ledger:
        events = [ordered(n, due_of(n, start, count, spread), now[0]) for n in range(count)]
        ledger.append_all([Batch(events, (), "door")])
        ledger.advance({"sensor": now[0]})

        def served() -> LiveService:
            return LiveService(
                ledger, {"door": pack}, clock=lambda: now[0], threaded=False,
                on_turn=lambda done: late.extend(done.fired),
            )  # fmt: skip

        service = served()
        assert ledger.count()["wake_ups"] == count
        for now[0] in range(start, start + spread + _STEP + 1, _STEP):
            if now[0] == start + spread // _STEP // 2 * _STEP:
                service = served()
                if downtime:
                    # It falls again with its first turn behind it, and more due than a turn can do.
                    service._one_turn([])
                    service = served()
                assert 0 < len(late) < (count // 3 + 1 if downtime else count), "it did not fall among timers"
            elif downtime and now[0] < start + spread // 2:
                continue
            service.pump()
        _each_once(ledger, count)
    return {"armed": count, "spread, s": spread // SECOND, "fired": len(late), **lateness(late), "lost": 0, "twice": 0}


def fired_really(folder: Path, count: int, *, wait_s: int, spread_s: int) -> dict[str, Any]:
    """Let timers come due on the real clock in a process that is killed half-way and started again.

    Raises:
        AssertionError: A timer was lost, or fired twice.
    """
    db = folder / "door.db"
    said = _run("arm", str(db), count, wait_s, spread_s)
    start, armed_at = map(int, said.split())
    assert armed_at < start, "arming took longer than was left until the first falls due"
    spread = spread_s * SECOND
    first = _Child(db, start, count, spread)
    first.wait(start + spread // 2)
    before = first.kill()
    down_at = wall_clock()
    second = _Child(db, start, count, spread)
    up_at = second.ready
    second.wait(start + spread + 2 * SECOND)
    # What is late by then is waited for: how late it came is in the figures.
    with closing(open_ledger(db)) as ledger:
        for _ in range(600):
            if ledger.next_due() > wall_clock():
                break
            second.wait(wall_clock() + SECOND)
        over = wall_clock()
        after = second.kill()
        _each_once(ledger, count)
    assert 0 < len(before) < count, "it did not fall among timers"
    assert after, "nothing fired after the restart"
    # While nobody was there nothing could fire: the bar speaks of a service that runs.
    running = [*before, *(max(0, one) for one in after)]
    return {
        "armed": count,
        "spread, s": spread_s,
        "down, s": round((up_at - down_at) / SECOND, 1),
        "over after the last was due, s": round((over - start - spread) / SECOND, 1),
        **{f"before the kill: {name}": value for name, value in lateness(before).items()},
        **{f"after the restart: {name}": value for name, value in lateness(after).items()},
        **{f"all: {name}": value for name, value in lateness(running).items()},
        "fired for each second of CPU": round(len(running) / (first.cpu_s + second.cpu_s)),
        "lost": 0,
        "twice": 0,
    }


def lateness(late: Iterable[Micros]) -> dict[str, float]:
    """Return how late timers fired; seconds."""
    ordered_ = sorted(late)
    if not ordered_:
        return {}
    places = {"p50": len(ordered_) // 2, "p99": len(ordered_) * 99 // 100, "max": len(ordered_) - 1}
    return {f"late {name}, s": round(ordered_[place] / SECOND, 3) for name, place in places.items()}


def _each_once(ledger: Ledger, count: int) -> None:
    """Check that each lapse opened one case, and that no timer is left."""
    opened = Counter(
        event.subject for _, events in ledger.scan_events() for event in events if event.type == "troth.case.opened"
    )
    assert len(opened) == count, f"{count - len(opened)} timers were lost"
    assert set(opened.values()) == {1}, "a timer fired twice"
    assert ledger.count()["wake_ups"] == 0


def _run(what: str, *arguments: object) -> str:
    words = [str(one) for one in arguments]
    done = subprocess.run(
        [*_CHILD, words[0], what, *words[1:]], cwd=_REPOSITORY, capture_output=True, text=True, check=True
    )
    return done.stdout


class _Child:
    """A service in a process of its own.

    Attributes:
        ready: When it began to serve.
        cpu_s: How long it computed, known once it is killed; seconds.
    """

    def __init__(self, db: Path, start: Micros, count: int, spread: Micros) -> None:
        command = [*_CHILD, str(db), "fire", str(start), str(count), str(spread)]
        self._process = subprocess.Popen(
            command, cwd=_REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.ready = int(self._process.stdout.readline().split()[1])
        self.cpu_s = 0.0
        self._late: list[Micros] = []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                self._late += map(int, line.split())

    def wait(self, until: Micros) -> None:
        """Wait until a moment."""
        self._reader.join(max(0, until - wall_clock()) / SECOND)

    def kill(self) -> list[Micros]:
        """End it without warning; return how late each timer was that it told of."""
        # The 14th and 15th field of a process's line are its ticks, counted behind the name in brackets.
        ticks = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        self.cpu_s = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        self._process.kill()
        self._reader.join(60)
        self._process.communicate()
        return self._late
