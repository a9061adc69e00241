"""Permits under concurrent changes of the truth: histories of threads, and the one-after-the-other door they must fit.

Several threads set a fact, ask whether a message may go that states it, and confirm. Each subject is a history of its
own. What each answered, and when it was called and answered by one counter that all share, is judged by
`troth.testing.linearizability`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from random import Random
from threading import Barrier
from time import sleep
from typing import Any, Final, NamedTuple, Protocol

from tests.reliability.served import STRUCTURED, Client, event
from troth.model.decision import Request
from troth.runtime.live import LiveService
from troth.testing.linearizability import PENDING, Operation, State, is_linearizable

_PATIENCE: Final = 60.0
_LULL: Final = 0.004  # seconds: about a turn, so that clients fall out of step
_ROUNDS: Final = 8

Step = tuple[str, Any]
"""`("set", truth)`, `("ask", id)` or `("confirm", id)`."""


class Door(Protocol):
    """What a client does at a door."""

    def do(self, subject: str, name: str, step: Step) -> Any:
        """Do one step, and return what was answered: nothing, whether it may go, whether it was confirmed."""
        ...


class InProcess:
    """Clients of a live service in this process."""

    def __init__(self, service: LiveService) -> None:
        self._service = service

    def do(self, subject: str, name: str, step: Step) -> Any:
        """Do one step."""
        what, value = step
        if what == "set":
            taken = _of(self._service.accept("", [event(name, _kind(value), subject)]))
            assert taken.accepted == 1, taken
            return None
        if what == "ask":
            return _of(self._service.ask([Request(value, "come_in", subject, "email")]))[0].sends == "come_in"
        return _of(self._service.confirm(subject, value)).ok


class OverHttp:
    """A client of a server; used by one thread."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def do(self, subject: str, name: str, step: Step) -> Any:
        """Do one step."""
        what, value = step
        if what == "set":
            answer = self._client.post("/v1/events", event(name, _kind(value), subject), media=STRUCTURED)
            assert answer.status == 200, answer
            assert answer.data["accepted"] == 1, answer
            return None
        body: dict[str, Any] = {"id": value, "subject": subject}
        if what == "ask":
            answer = self._client.post("/v1/ask", body | {"message": "come_in", "channel": "email"})
            assert answer.status == 200, answer
            return answer.data["sends"] == "come_in"
        answer = self._client.post("/v1/confirm", body)
        assert answer.status == 200, answer
        return answer.data["ok"]


def _kind(truth: bool) -> str:
    return "door.opened" if truth else "door.shut"


def _of(future: Future[Any]) -> Any:
    return future.result(_PATIENCE)


class Model(NamedTuple):
    """The door as one sequential object.

    Attributes:
        truth: Whether it is open; `None`: nobody has said so yet.
        asks: Message id → `permitted`; `shaken`: permitted, and the door was shut since, or held while nothing was
            known, and decided again when something is; `refused`; `used`.
    """

    truth: bool | None
    asks: frozenset[tuple[str, str]]

    def marked(self, name: str, mark: str) -> Model:
        """Return the door with another word about a message."""
        return self._replace(asks=frozenset({(one, was) for one, was in self.asks if one != name} | {(name, mark)}))


_ASKED: Final = {True: "permitted", False: "refused", None: "shaken"}


def apply(state: State, step: Any, answer: Any) -> State | None:
    """Do one step on the model; `None` where it could not have answered so.

    A permit whose truth has come and gone may be refused (it was revoked) or still be good (nobody looked meanwhile).
    """
    assert isinstance(state, Model)
    what, value = step
    if what == "set":
        asks = state.asks
        if not value:
            asks = frozenset((one, "shaken" if mark == "permitted" else mark) for one, mark in asks)
        return Model(value, asks)
    if what == "ask":
        fits = answer in (bool(state.truth), PENDING)
        return state.marked(value, _ASKED[state.truth]) if fits else None
    mark = dict(state.asks).get(value, "refused")
    if answer is True or (answer == PENDING and state.truth and mark in {"permitted", "shaken"}):
        return state.marked(value, "used") if state.truth and mark in {"permitted", "shaken"} else None
    certain = state.truth is True and mark == "permitted"
    return None if certain else state.marked(value, mark if mark == "used" else "refused")


def script(random: Random, thread: int, steps: int) -> list[Step]:
    """Return what one client does with one subject: changes of the truth, or questions each of which is confirmed.

    Each that asks confirms one permit of its own again, and one of the other's: whoever tries, it is used once.
    """
    if thread % 2 == 0:
        return [("set", random.random() < 0.5) for _ in range(steps)]
    # Between a question and its confirmation others may come: time for the truth to change.
    waiting: list[str] = []
    done: list[Step] = []
    for number in range(steps // 2):
        waiting.append(f"m{thread}-{number}")
        done.append(("ask", waiting[-1]))
        while waiting and random.random() < 0.3:
            done.append(("confirm", waiting.pop(0)))
    done += [("confirm", name) for name in waiting]
    theirs = f"m{thread ^ 2}-{random.randrange(steps // 2)}"
    done.insert(random.randrange(len(done) + 1), ("confirm", theirs))
    return [*done, ("confirm", f"m{thread}-{random.randrange(steps // 2)}")]


def histories(
    doors: Callable[[int], Door], number: int, *, seed: int, threads: int = 4, steps: int = 4, side_by_side: int = 4
) -> dict[str, list[Operation]]:
    """Run so many short histories and return them by subject.

    Args:
        doors: Thread number → its client.
        number: How many histories.
        seed: Of what is done; subjects and events are named by it.
        threads: Clients of each history: half change the truth, half ask.
        steps: Of each client.
        side_by_side: How many histories run at the same time.
    """
    counter = count()
    found: dict[str, list[Operation]] = {f"door/{seed}-{one}": [] for one in range(number)}

    def client(lane: int, thread: int, barrier: Barrier) -> None:
        door = doors(lane * threads + thread)
        for one in range(lane, number, side_by_side):
            subject = f"door/{seed}-{one}"
            random = Random(f"{seed}/{one}/{thread}")
            barrier.wait(_PATIENCE)
            for place, step in enumerate(script(random, thread, steps)):
                if random.random() < 0.3:
                    sleep(random.uniform(0, _LULL))
                called = next(counter)
                answer = door.do(subject, f"{seed}-{one}-{thread}-{place}", step)
                found[subject].append(Operation(called, next(counter), step, answer))

    with ThreadPoolExecutor(side_by_side * threads) as pool:
        running = [
            pool.submit(client, lane, thread, barrier)
            for lane, barrier in enumerate(Barrier(threads) for _ in range(side_by_side))
            for thread in range(threads)
        ]
        for one in running:
            one.result()
    return found


def until_used(doors: Callable[[int], Door], number: int, *, seed: int) -> dict[str, list[Operation]]:
    """Run so many histories, and so many again until a quarter as many permits have been used; return all of them.

    How many are used before they are taken back is a matter of who runs when: on a busy machine fewer.

    Raises:
        AssertionError: They were not, in several times as many histories.
    """
    found: dict[str, list[Operation]] = {}
    used = 0
    for again in range(_ROUNDS):
        found |= histories(doors, number, seed=seed + 1_000 * again)
        used = sum(one.input[0] == "confirm" and one.output is True for some in found.values() for one in some)
        if used > number // 4:
            return found
    raise AssertionError(f"{used} permits were used in {len(found)} histories: more than {number // 4} were to be")


def judged(found: Mapping[str, Sequence[Operation]]) -> dict[str, Any]:
    """Return how many histories there are, how concurrent they were, and those that no sequential door answers so."""
    wrong = [subject for subject, one in found.items() if not is_linearizable(one, Model(None, frozenset()), apply)]
    operations = [operation for one in found.values() for operation in one]
    asks = [one for one in operations if one.input[0] == "ask"]
    confirms = [one for one in operations if one.input[0] == "confirm"]
    return {
        "histories": len(found),
        "operations": len(operations),
        "overlapping pairs": sum(map(_overlaps, found.values())),
        "asks answered SEND": sum(one.output for one in asks),
        "permits used": sum(one.output for one in confirms),
        "permits taken back before use": sum(one.output for one in asks) - sum(one.output for one in confirms),
        "not linearizable": len(wrong),
    }


def _overlaps(history: Sequence[Operation]) -> int:
    """Return how many pairs of operations ran at the same time."""
    ordered = sorted(history, key=lambda one: one.called)
    return sum(
        later.called < (one.returned or 0) for place, one in enumerate(ordered) for later in ordered[place + 1 :]
    )
