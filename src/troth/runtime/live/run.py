"""One turn from its commands: events first, then time, then questions and actions in order, then what follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from troth.engine.project import WAITING
from troth.errors import LedgerError, TrothError
from troth.model.decision import Decision
from troth.model.effect import Outgoing
from troth.model.event import Event
from troth.model.times import FOREVER, Micros
from troth.ports.ledger import Batch
from troth.runtime.identity import added
from troth.runtime.live.cases import act, case_about, complain
from troth.runtime.live.commands import Accept, Act, Ask, Command, Complain, Confirm, Give, Heartbeat, answered, failed
from troth.runtime.live.desk import Desk
from troth.runtime.live.house import House
from troth.runtime.live.promises import give
from troth.runtime.live.turn import Turn
from troth.runtime.service import Confirmed

_DUE = 1_000


class Done(msgspec.Struct):
    """What a turn did, told after its commit.

    Attributes:
        commands: How many.
        events: New events, journal events not counted.
        decisions: Decisions asked for.
        own: Decisions that no sender asked for: about corrections, and about messages that were decided again.
        confirmed: Confirmations.
        fired: Wake-ups that had come, with how late each was; microseconds.
        outgoing: What follows for the world.
        journal: What troth wrote down, in order.
        now: When it ended; microseconds since 1970 UTC.
    """

    commands: int = 0
    events: int = 0
    decisions: list[Decision] = []
    own: Sequence[Decision] = ()
    confirmed: list[Confirmed] = []
    fired: list[Micros] = []
    outgoing: Sequence[Outgoing] = ()
    journal: Sequence[Event] = ()
    now: Micros = 0
    answers: list[tuple[Command, Any]] = []

    def give(self) -> None:
        """Answer every caller."""
        for command, value in self.answers:
            if isinstance(value, TrothError):
                failed(command, value)
            else:
                answered(command, value)


def run_turn(house: House, commands: Sequence[Command], wake: Sequence[str] | None = None) -> Done:
    """Run one turn inside a unit of the ledger; answers are given by the caller, after the commit.

    `wake` names the subjects to step; `None`: all that are due, and what falls silent.

    A question or an action that names what does not exist fails alone. Anything else that goes wrong is raised, and
    nothing of the turn is stored.
    """
    turn = Turn(house)
    done = Done(commands=len(commands))
    turn.catch_up()
    _take_in(turn, commands, done)
    if wake is None:
        _wake(house, turn, done)
    else:
        turn.wake(wake)
    desk = Desk(house, turn)
    desk.follow()
    _load(turn, commands)
    for command in commands:
        if not isinstance(command, Accept | Heartbeat):
            try:
                value = _answer(turn, desk, command, done)
            except LedgerError:
                # The storage fails everybody, and must not commit the half of what somebody asked for.
                raise
            except TrothError as error:
                done.answers.append((command, error))
                continue
            done.answers.append((command, value))
    desk.follow()
    turn.commit()
    done.outgoing, done.journal, done.now, done.own = turn.outgoing, turn.journal(), turn.now, desk.own
    return done


def _take_in(turn: Turn, commands: Sequence[Command], done: Done) -> None:
    """Append the events of all commands at once, and answer them."""
    accepts = [command for command in commands if isinstance(command, Accept)]
    heard: dict[str, Micros] = {}
    since: dict[str, Micros] = {}
    for command in commands:
        if isinstance(command, Accept | Heartbeat):
            for source, to in command.heard.items():
                heard[source] = max(heard.get(source, -FOREVER), to)
                if to > turn.house.heard.get(source, -FOREVER):
                    since.setdefault(source, command.since[source])
    batches: list[Batch] = [batch for command in accepts for batch in command.batches]
    appended = iter(turn.take(batches, heard, since))
    for command in accepts:
        total = added(next(appended) for _ in command.batches)
        done.events += total.accepted
        done.answers.append((command, total))
    done.answers += [(command, None) for command in commands if isinstance(command, Heartbeat)]


def _load(turn: Turn, commands: Sequence[Command]) -> None:
    """Load what questions are about, and whom, all at once: one by one each would be a query of its own."""
    requests = [request for command in commands if isinstance(command, Ask) for request in command.requests]
    named = [request.subject for request in requests]
    named += [command.subject for command in commands if isinstance(command, Confirm)]
    if not named:
        return
    turn.touch(named)
    turn.touch(whose for request in requests if (whose := request.customer or turn.customer_of(request.subject)))


def _wake(house: House, turn: Turn, done: Done) -> None:
    """Step what is due by now, and what changes because a feed has fallen silent or is heard again."""
    turn.notice_silence()
    due = [one for one in house.ledger.due(turn.now, limit=_DUE) if one.subject not in house.aside]
    done.fired = [turn.now - wake.due_at for wake in due]
    waiting = house.ledger.entries(WAITING, until=turn.now, limit=_DUE)
    turn.wake([*(wake.subject for wake in due), *(line.subject for line in waiting)])
    for line in waiting:
        turn.look_again(line.subject)


def _answer(turn: Turn, desk: Desk, command: Ask | Confirm | Act | Complain | Give, done: Done) -> Any:
    """Return the answer of one question or action."""
    match command:
        case Ask(requests=requests, send=send):
            # All of them, or none: a name that does not exist must not leave permits behind that nobody learns of.
            for request in requests:
                desk.check(request)
            decisions = [desk.say(request) if send else desk.ask(request) for request in requests]
            done.decisions += decisions
            return decisions
        case Confirm(subject=subject, message_id=message_id):
            confirmed = desk.confirm(subject, message_id)
            done.confirmed.append(confirmed)
            return confirmed
        case Act(action=action):
            return act(turn, action)
        case Complain(complaint=complaint):
            said = complain(turn, complaint)
            desk.mint(complaint.subject)
            return case_about(turn, complaint.subject, said)
        case Give(given=given):
            return give(turn, given)
