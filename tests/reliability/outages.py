"""What a server stands on goes away and comes back, under load: the disk is full, the database is gone."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from tests.reliability.audit import audit, repeated
from tests.reliability.load import BROKEN, Book, Load
from tests.reliability.served import STRUCTURED, Client, Served, event

_PATIENCE: Final = 60.0
_MIB: Final = 2**20


def outages(
    db: Path | str,
    rounds: int,
    take_away: Callable[[Served], None],
    give_back: Callable[[Served], None],
    *,
    lasts: float,
) -> dict[str, Any]:
    """Take something away from a server under load and give it back, so many times; return what was counted.

    Raises:
        AssertionError: Something acknowledged is lost, a failure was answered otherwise than by 503, the server did
            not go on by itself.
    """
    book, names, recovered = Book(), count(), []
    with Served(db) as served, served.client() as client:
        load = Load(served, book, names, persistent=True)
        for number in range(rounds):
            load.wait(0.5)
            before = len(book.kept)
            take_away(served)
            load.wait(lasts)
            assert client.get("/healthz").status == 200, "the server itself is gone"
            give_back(served)
            recovered.append(_goes_on(client, f"back-{number}"))
            load.wait(0.5)
            assert len(book.kept) > before
        load.rest()
        assert served.process.poll() is None, "the server has ended"
        again = repeated(client, book.kept[-20:])
        served.kill()
    failures = dict(book.refused)
    assert set(failures) <= {503}, failures
    assert failures, "nothing was ever refused: it was not taken away"
    found = audit(db, book)
    return {
        "outages": rounds,
        "acknowledged": len(book.kept),
        "refused with 503": failures[503],
        "not answered": len(book.lost),
        "answers asked for again": again,
        "slowest recovery, s": round(max(recovered), 2),
        "events stored": found.events,
        "records equal to a refold": found.records,
        "lost": 0,
        "twice": 0,
    }


def _goes_on(client: Client, name: str) -> float:
    """Wait until an event is taken in again; return how long that took, in seconds."""
    began = monotonic()
    while monotonic() < began + _PATIENCE:
        with suppress(*BROKEN):
            if client.post("/v1/events", event(name, "door.opened", "door/back"), media=STRUCTURED).status == 200:
                return monotonic() - began
        sleep(0.02)
    raise AssertionError("the server did not go on")


@contextmanager
def small_disk(folder: Path, size: int = 128 * _MIB) -> Iterator[Path | None]:
    """Give a folder on a small file system of its own; `None`: this user may not make one."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> None:
    """Leave no room in a folder."""
    with (folder / "ballast").open("ab", buffering=0) as ballast:
        for portion in (_MIB, 4_096):
            with suppress(OSError):
                while ballast.write(bytes(portion)) == portion:
                    pass


def make_room(folder: Path) -> None:
    """Take the ballast away."""
    (folder / "ballast").unlink()


def forbid_growth(served: Served, db: Path) -> None:
    """Let no file of a server grow beyond what its ledger has now."""
    most = max(path.stat().st_size for path in db.parent.glob(db.name + "*"))
    _limit(served, most // 2)


def allow_growth(served: Served) -> None:
    """Take that limit away."""
    _limit(served, resource.RLIM_INFINITY)


def _limit(served: Served, most: int) -> None:
    hard = resource.RLIM_INFINITY
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (most, hard))
