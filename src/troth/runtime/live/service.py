"""The live service: a queue of commands, one writer, and reads beside it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from typing import Any, Final

from troth.customers.contact import check_contact
from troth.engine.gate import CHECKS
from troth.engine.journal import JOURNAL, SHADOW
from troth.errors import LedgerError
from troth.model.decision import Decision, Request
from troth.model.event import Event
from troth.model.ids import BUCKETS, derived_id
from troth.model.look import Check
from troth.model.pack import Pack
from troth.model.record import Case, Promise
from troth.model.times import FOREVER, SECOND, Micros
from troth.ports.ledger import Appended, Batch, Ledger, Refused
from troth.runtime.clock import wall_clock
from troth.runtime.ingest import Judged, Raw, judge, refused_journal
from troth.runtime.live.commands import Accept, Act, Ask, Command, Complain, Confirm, Give, Heartbeat, failed
from troth.runtime.live.house import House, refusal
from troth.runtime.live.pace import Pace
from troth.runtime.live.preview import Previews
from troth.runtime.live.reading import look
from troth.runtime.live.run import Done, run_turn
from troth.runtime.service import SAID, CaseAction, Complaint, Confirmed, Given, Seen, Tell
from troth.runtime.work import as_of, fold, require_packs

MOST: Final = 1_000
"""Commands of one turn."""

WAITING: Final = 100_000
"""Commands that may wait; more are refused, so that a service that falls behind says so."""

DEFAULT_CHECKS: Final[tuple[Check, ...]] = (check_contact, *CHECKS)
"""The six checks of the gate."""

_log: Final = logging.getLogger("troth.live")
_OVERTAKEN: Final = "L105"
_OF_ONE: Final = frozenset({"L106", "L135"})
"""Codes of what the storage cannot keep for what is in it: whoever brought it fails, and nobody else."""
_RETRIES: Final = 20


class LiveService:
    """Ingests, decides, corrects: implements `troth.runtime.service.Service`.

    Args:
        ledger: Where everything is stored. What it holds unfolded is folded first.
        packs: Pack name → pack; with a pack whose subject is `customer` for the contact check.
        clock: Returns the present moment; microseconds since 1970 UTC.
        checks: The gate's checks.
        threaded: False: nothing happens until `pump` is called, by one thread (simulations, scenarios, tests).
        on_turn: Is told of each turn after its commit: for metrics and `troth watch`.

    Raises:
        LedgerError: L120, the ledger has records of a pack that is not among them.
    """

    def __init__(
        self,
        ledger: Ledger,
        packs: Mapping[str, Pack],
        *,
        clock: Callable[[], Micros] = wall_clock,
        checks: Sequence[Check] = DEFAULT_CHECKS,
        threaded: bool = True,
        on_turn: Callable[[Done], None] | None = None,
    ) -> None:
        self.ledger = ledger
        self.packs = dict(packs)
        self._house = House(ledger, packs, clock, checks)
        self._previews = Previews(ledger, self._house.machines, self._house.nouns, self._house.checks)
        self._clock = clock
        self._on_turn = on_turn
        self._changed = Condition()
        self._queue: deque[Command] = deque()
        self._closing = False
        self._pace = Pace()
        self._machines = self._house.machines
        # What others have left unfolded is history. What has fallen due is not: nobody was there, or the writer had
        # more to do than it could before it fell. The first turns fire it, with all that follows.
        fold(ledger, packs, now=clock() if as_of(ledger) is None else None, timers=False)
        require_packs(ledger, packs)
        self._house.forget()
        self._thread: Thread | None = None
        if threaded:
            self._thread = Thread(target=self._work, name="writer", daemon=True)
            self._thread.start()

    # ------------------------------------------------------------------ commands

    def accept(self, pack: str, raws: Sequence[Raw]) -> Future[Appended]:
        """Take in events; what does not validate, or names troth itself as its source, goes to quarantine.

        Args:
            pack: The pack they are meant for; empty: each event's by the noun of its subject.
            raws: What came.
        """
        now = self._clock()
        judged = judge(raws, pack=pack, now=now, tenant=self.ledger.tenant)
        return self._accept(self._batches(pack, judged, now), judged.events)

    def ask(self, requests: Sequence[Request]) -> Future[Sequence[Decision]]:
        """Put messages to the gate, in order."""
        answer: Future[Sequence[Decision]] = Future()
        self._submit(Ask(answer, tuple(requests)))
        return answer

    def preview(self, requests: Sequence[Request]) -> Sequence[Decision]:
        """Return what `ask` would answer now to each request by itself, without a permit. Reads only, and blocks."""
        now = self._clock()
        return [self._previews.decide(request, now) for request in requests]

    def say(self, requests: Sequence[Request]) -> Future[Sequence[Decision]]:
        """Put messages to the gate in troth's own name; what may go is handed to the outbox.

        Raises:
            ValueError: An id does not begin with `SAID`: it would be a sender's own.
        """
        if not all(request.id.startswith(SAID) for request in requests):
            raise ValueError(f"ids of what troth says itself begin with {SAID!r}")
        answer: Future[Sequence[Decision]] = Future()
        self._submit(Ask(answer, tuple(requests), send=True))
        return answer

    def confirm(self, subject: str, message_id: str) -> Future[Confirmed]:
        """Use a permit, just before hand-over."""
        answer: Future[Confirmed] = Future()
        self._submit(Confirm(answer, subject, message_id))
        return answer

    def tell(self, receipts: Sequence[Tell]) -> Future[Appended]:
        """Take in receipts."""
        now = self._clock()
        events = [self._receipt(one, now) for one in receipts]
        by_pack: dict[str, list[Event]] = {}
        for event in events:
            by_pack.setdefault(self._pack_of(event), []).append(event)
        return self._accept([Batch(some, (), name) for name, some in by_pack.items()], [])

    def complain(self, complaint: Complaint) -> Future[Case]:
        """Take in a complaint or a reply by text."""
        answer: Future[Case] = Future()
        self._submit(Complain(answer, complaint))
        return answer

    def act(self, action: CaseAction) -> Future[Case]:
        """Do something to a case."""
        answer: Future[Case] = Future()
        self._submit(Act(answer, action))
        return answer

    def promise(self, given: Given) -> Future[Promise]:
        """Make a promise, as an event with its basis."""
        answer: Future[Promise] = Future()
        self._submit(Give(answer, given))
        return answer

    def heartbeat(self, sources: dict[str, Micros]) -> Future[None]:
        """Note that feeds are alive: source → heard up to; not beyond the present."""
        answer: Future[None] = Future()
        now = self._clock()
        heard = {source: min(to, now) for source, to in sources.items()}
        self._submit(Heartbeat(answer, heard, dict.fromkeys(heard, now)))
        return answer

    def _accept(self, batches: Sequence[Batch], heard: Sequence[Event]) -> Future[Appended]:
        """Hand in events; each source counts as heard up to its latest one."""
        answer: Future[Appended] = Future()
        marks: dict[str, Micros] = {}
        since: dict[str, Micros] = {}
        for event in heard:
            mark = min(event.said_at, event.heard_at)
            if event.source != JOURNAL and mark > marks.get(event.source, -FOREVER):
                marks[event.source], since[event.source] = mark, event.heard_at
        self._submit(Accept(answer, batches, marks, since))
        return answer

    def _batches(self, pack: str, judged: Judged, now: Micros) -> list[Batch]:
        """Return events and refusals by pack; whoever speaks in troth's own name is refused."""
        nouns = self._house.nouns
        by_pack: dict[str, list[Event]] = {}
        refused: list[Refused] = list(judged.refused)
        for event in judged.events:
            own = nouns.pack_of(event.subject, event.type)
            # A customer is a customer, whatever pack the sender named: one subject is never folded by another's rules.
            named = pack and (not own or pack not in self._machines or nouns.has(pack, event.subject))
            name = pack if named else own
            if event.source == JOURNAL or name not in self._machines:
                refused.append(refused_journal(event, pack=pack, heard_at=now, own=event.source == JOURNAL))
            else:
                by_pack.setdefault(name, []).append(event)
        batches = [Batch(events, (), name) for name, events in by_pack.items()]
        return [*batches, Batch((), refused, pack)] if refused else batches

    def _receipt(self, one: Tell, now: Micros) -> Event:
        """Return the journal event of a receipt; told again, it is the same event."""
        data: dict[str, Any] = {"id": one.id, "message": one.message, "channel": one.channel, "phase": one.phase}
        if one.source:
            data["by"] = one.source
        if one.open:
            data["bypass"] = "open"
        if one.shadow:
            data["bypass"] = SHADOW
        # Two who have seen the same are two events; what one of them tells again is none.
        witness = (one.source,) if one.source else ()
        return Event(
            source=JOURNAL,
            id=derived_id(self.ledger.tenant, one.subject, "receipt", one.id, one.phase, *witness),
            type="troth.receipt",
            subject=one.subject,
            occurred_at=now if one.at is None else min(one.at, now),
            heard_at=now,
            data=data,
            tenant=self.ledger.tenant,
            assumed="occurred_at" if one.at is None else "",
        )

    def _pack_of(self, event: Event) -> str:
        """Return the pack of a receipt's subject.

        Raises:
            GateError: G801, no pack has such subjects.
        """
        name = self._house.nouns.pack_of(event.subject)
        if not name:
            raise refusal("G801", event.subject, f"no pack has subjects like {event.subject!r}", "a subject of a pack")
        return name

    # ------------------------------------------------------------------ reads

    def look(self, subject: str, at: Micros | None = None) -> Seen | None:
        """Return a subject as it stands now, or as it was known at a moment; `None`: unknown. Reads only."""
        return look(self.ledger, self._machines, subject, self._clock(), at)

    def now(self) -> Micros:
        """Return the present moment."""
        return self._clock()

    def next_due(self) -> Micros:
        """Return when time alone will change something next; `FOREVER`: never."""
        return self._house.next_due()

    # ------------------------------------------------------------------ the writer

    def pump(self) -> int:
        """Do what waits and what is due, in as many turns as it takes; return how many. Only when not threaded.

        What is due and fails is left for the next call: at once it would fail again.
        """
        assert self._thread is None, "the writer's thread does this"
        turns = 0
        while self._queue or self.next_due() <= self._clock():
            commands = self._take()
            turns += 1
            if not self._one_turn(commands) and not commands:
                break
        return turns

    def alive(self) -> bool:
        """Return whether the writer works."""
        return not self._closing and (self._thread is None or self._thread.is_alive())

    def waiting(self) -> int:
        """Return how many commands wait."""
        return len(self._queue)

    def close(self) -> None:
        """Answer what waits, then stop. The ledger stays open."""
        with self._changed:
            self._closing = True
            self._pace.end()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        while self._queue:
            self._one_turn(self._take())

    def _submit(self, command: Command) -> None:
        """Let a command wait for the writer.

        Raises:
            GateError: G805, too many wait; G806, the service is closing.
        """
        with self._changed:
            if self._closing:
                raise refusal("G806", "service", "the service is closing", "a service that runs", "ask another one")
            if len(self._queue) >= WAITING:
                raise refusal("G805", "service", f"{WAITING} commands wait already", "fewer", "slow down, then repeat")
            self._queue.append(command)
            self._changed.notify()

    def _take(self) -> list[Command]:
        """Take what waits, at most `MOST`."""
        return [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))]

    def _work(self) -> None:
        """Run turn after turn until closed; a turn that fails answers its callers, and the next one goes on."""
        rest: Micros = 0
        while True:
            with self._changed:
                while not self._queue and not self._closing:
                    left, rest = rest or self._until_due(), 0
                    if left <= 0:
                        break
                    self._changed.wait(left / SECOND)
            self._pace.wait()
            with self._changed:
                commands = self._take()
                if self._closing and not commands:
                    return
            self._pace.begin(len(commands))
            try:
                # What is due and fails would fail again at once: the storage is given time.
                rest = 0 if self._one_turn(commands) or commands else SECOND
            except Exception as error:  # noqa: BLE001  whoever is told of turns may fail; the writer goes on
                _log.error("whoever is told of turns failed: error=%s", type(error).__name__)

    def _until_due(self) -> Micros:
        """Return how long until something is due, at most a second: another process may have armed a timer."""
        try:
            return min(SECOND, self._house.next_due() - self._clock())
        except LedgerError:
            return SECOND

    def _one_turn(self, commands: Sequence[Command]) -> bool:
        """Run one turn; where another writer was faster, again. Return whether it was committed."""
        for attempt in range(_RETRIES):
            try:
                with self.ledger.unit(range(BUCKETS)):
                    done = run_turn(self._house, commands)
            except Exception as error:  # noqa: BLE001  whatever it is, it is the callers' answer
                self._house.forget_safely()
                overtaken = isinstance(error, LedgerError) and error.problems[0].code == _OVERTAKEN
                if overtaken and attempt + 1 < _RETRIES:
                    continue
                if isinstance(error, LedgerError) and error.problems[0].code not in _OF_ONE:
                    for command in commands:
                        failed(command, error)
                    return False
                return self._one_by_one(commands)
            self._tell(done)
            return True
        return False

    def _one_by_one(self, commands: Sequence[Command]) -> bool:
        """Run what failed together each by itself, so that only the guilty fails; return whether anything went well.

        A subject whose timer fails by itself is set aside: a fault of ours in one record must not stop all others.
        """
        due = [wake.subject for wake in self.ledger.due(self._clock(), limit=MOST)]
        good = [self._alone([command], ()) for command in commands]
        for subject in due:
            if subject not in self._house.aside:
                good.append(self._alone((), (subject,)))
                if not good[-1]:
                    self._house.aside.add(subject)
        return any(good)

    def _alone(self, commands: Sequence[Command], wake: Sequence[str]) -> bool:
        """Run a turn of one command or one timer; return whether it was committed."""
        try:
            with self.ledger.unit(range(BUCKETS)):
                done = run_turn(self._house, commands, wake)
        except Exception as error:  # noqa: BLE001  see above
            self._house.forget_safely()
            _log.error("a turn failed by itself: subject=%s error=%s", " ".join(wake) or "-", type(error).__name__)
            for command in commands:
                failed(command, error)
            return False
        self._tell(done)
        return True

    def _tell(self, done: Done) -> None:
        """Answer the callers of a turn, and tell who watches."""
        done.give()
        if self._on_turn is not None:
            self._on_turn(done)
