"""Senders: they want to speak when a firm without a gate would, ask first (most of them), and hand over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Final

import msgspec

from troth.model.decision import Decision, Request
from troth.model.times import DAY, HOUR, MINUTE, SECOND, Micros, format_instant
from troth.sim.faults import OUTAGE
from troth.sim.ground import Ground
from troth.sim.order import Order
from troth.sim.steps import Ask, Confirm, Step
from troth.sim.truth import Sent

ONCE: Final = frozenset({"ready", "shipped", "arrived", "confirmation", "cancellation", "refund_note"})
"""Messages of which a firm wants one: while one is on its way or has been sent, no second is put in motion."""
_CARELESS: Final = 0.2
_VAGUE: Final = 0.05
_MOST_TRIES: Final = 4


class Letter(msgspec.Struct):
    """One message on its way.

    Attributes:
        request: As it was asked, or would have been.
        order: What about.
        release_at: Not before.
        sends: The message that may go; empty: none yet.
        state: `asked`, `held`, `permitted`, `sent` or `dropped`.
        tries: How often it was asked or confirmed again.
    """

    request: Request
    order: Order
    release_at: Micros
    sends: str = ""
    state: str = "asked"
    tries: int = 0


class Senders:
    """All senders of the firm, and the provider behind them.

    Attributes:
        letters: Message id → its letter.

    Args:
        ground: What every part of the firm stands on.
        seed: Of the senders alone.
        emit: Takes each step when its moment has come.
        told: Is told when a message has reached the customer.
    """

    __slots__ = ("_emit", "_ground", "_made", "_outages", "_random", "_seed", "_told", "letters")

    def __init__(
        self, ground: Ground, seed: int, emit: Callable[[Step], None], told: Callable[[Order, str], None]
    ) -> None:
        self._ground, self._seed, self._emit, self._told = ground, seed, emit, told
        self._random = Random(f"{seed}/senders")  # noqa: S311 - a simulation, no secret
        self._made: Counter[str] = Counter()
        self._outages: dict[int, Micros | None] = {}
        self.letters: dict[str, Letter] = {}

    def say(self, order: Order, message: str, *, ahead: Micros = 0) -> None:
        """Put a message in motion; see `Say`."""
        if message in ONCE and self._is_under_way(order, message):
            return
        if message == "reminder" and order.over and self._random.random() > _CARELESS:
            return
        letter = self._letter(order, message, ahead)
        if self._random.random() < self._ground.faults.bypass:
            letter.sends = message
            self._ground.at(letter.release_at, self._hand_over, letter, True)
            return
        self._ask(letter)

    def requested(self, order: Order, message_id: str, message: str, channel: str, sends: str) -> None:
        """Send what the service asks for, such as a correction: it comes with its permit."""
        if message_id not in self.letters:
            request = Request(message_id, message, order.subject, channel, order.customer.id, {}, self._ground.now)
            self.letters[message_id] = Letter(request, order, self._ground.now)
        self.decided(message_id, "SEND", sends)

    def decided(self, message_id: str, outcome: str, sends: str) -> None:
        """Go on with the gate's answer to a question, or with one that it has changed."""
        letter = self.letters.get(message_id)
        if letter is None or letter.state in {"sent", "dropped"}:
            return
        if outcome not in {"SEND", "REPLACE"}:
            letter.state = "held" if outcome == "HOLD" else "dropped"
            return
        known = letter.state == "permitted" and letter.sends == sends
        letter.state, letter.sends = "permitted", sends
        if not known:
            release = max(letter.release_at, self._ground.now + round(self._random.uniform(1, 40) * SECOND))
            self._ground.at(release, self._release, letter, sends)

    def confirmed(self, message_id: str, ok: bool, decision: Decision | None) -> None:
        """Hand over, or go on with the decision that stands now."""
        letter = self.letters[message_id]
        if letter.state != "permitted":
            return
        if ok:
            # What may go is what the confirmation says: the answer may have changed while it was on its way.
            letter.sends = decision.sends if decision is not None else letter.sends
            self._hand_over(letter, False)
        elif decision is not None and decision.permit is None:
            self.decided(message_id, decision.outcome, decision.sends)
        else:
            letter.state = "held"
            self._again(letter)

    def go_on_without(self, message_id: str) -> None:
        """Nobody has answered: the sender goes on alone, and is one more that bypasses."""
        letter = self.letters[message_id]
        letter.sends = letter.request.message
        self._ground.at(max(letter.release_at, self._ground.now), self._hand_over, letter, True)

    def _is_under_way(self, order: Order, message: str) -> bool:
        """Return whether a message of this name is on its way or has been sent."""
        number = self._made[f"{order.number}-{message}"]
        letter = self.letters.get(f"{order.number}-{message}-{number}")
        if letter is None or letter.state == "dropped":
            return False
        return letter.state != "sent" or letter.sends == message

    def _letter(self, order: Order, message: str, ahead: Micros) -> Letter:
        """Return a new letter."""
        name = f"{order.number}-{message}"
        self._made[name] += 1
        now = self._ground.now
        channel = "phone" if message == "apology" else order.customer.prefers
        request = Request(
            f"{name}-{self._made[name]}",
            message,
            order.subject,
            channel,
            order.customer.id,
            self._says(order, message),
            now,
        )
        letter = Letter(request, order, now + ahead)
        self.letters[request.id] = letter
        return letter

    def _says(self, order: Order, message: str) -> dict[str, str]:
        """Return what a message would say; some bad news are vague."""
        says = {"ready_by": format_instant(order.promised_by), "store": order.store.name}
        if message in {"new_time", "apology", "update"} and self._random.random() >= _VAGUE:
            says |= {
                "cause": "The goods are not where they should be.",
                "next_step": "We look for them and bring them to the desk.",
                "next_word_at": format_instant(self._ground.now + 4 * HOUR),
            }
        return says

    def _ask(self, letter: Letter) -> None:
        """Put it to the gate."""
        letter.state = "asked"
        self._emit(Ask(self._ground.now, letter.request))

    def _again(self, letter: Letter) -> None:
        """Ask once more, a little later, but not for ever."""
        letter.tries += 1
        if letter.tries > _MOST_TRIES:
            letter.state = "dropped"
        else:
            self._ground.later(self._random.uniform(5, 60) * SECOND, self._ask_held, letter)

    def _ask_held(self, letter: Letter) -> None:
        """Ask once more for what is held."""
        if letter.state == "held":
            self._ask(letter)

    def _release(self, letter: Letter, sends: str) -> None:
        """It is time to hand over: use the permit."""
        if letter.state == "permitted" and letter.sends == sends:
            self._emit(Confirm(self._ground.now, letter.request.subject, letter.request.id))

    def _hand_over(self, letter: Letter, bypass: bool) -> None:
        """Give it to the provider, who reports what became of it."""
        ground, random, request = self._ground, self._random, letter.request
        letter.state = "sent"
        data = {"message": letter.sends, "id": request.id, "channel": request.channel}
        sent = Sent(ground.now, request.subject, request.id, letter.sends, bypass)
        ground.truth.sent[request.id] = sent
        if request.channel == "phone":
            self._note_receipt(request.id, ground.systems.report("callcentre", "call.made", request.subject, data))
            self._told(letter.order, letter.sends)
        elif self._is_down(ground.now) or random.random() < ground.faults.failing:
            ground.systems.report("mailer", "mail.failed", request.subject, data)
            if not bypass:
                ground.later(random.uniform(10, 80) * MINUTE, self._retry, letter)
        else:
            self._note_receipt(request.id, ground.systems.report("mailer", "mail.sent", request.subject, data))
            ground.later(random.uniform(1, 40) * SECOND, self._deliver, letter, data)

    def _deliver(self, letter: Letter, data: dict[str, str]) -> None:
        """It reaches the customer."""
        ground, subject = self._ground, letter.request.subject
        self._note_receipt(letter.request.id, ground.systems.report("mailer", "mail.delivered", subject, data))
        if self._random.random() < 0.2:
            ground.later(self._random.expovariate(1 / 20) * MINUTE, self._read, letter, data)
        self._told(letter.order, letter.sends)

    def _read(self, letter: Letter, data: dict[str, str]) -> None:
        """The customer opens it."""
        self._ground.systems.report("mailer", "mail.read", letter.request.subject, data)

    def _retry(self, letter: Letter) -> None:
        """The provider failed: say the same under a new id, unless nothing is to come of the order."""
        if not letter.order.over or letter.request.message in {"cancellation", "refund_note"}:
            self._ask(self._letter(letter.order, letter.request.message, 0))

    def _note_receipt(self, message_id: str, arrives: Micros | None) -> None:
        """Keep when the first receipt of a message reaches the firm."""
        sent = self._ground.truth.sent[message_id]
        if arrives is not None and (sent.receipt_at is None or arrives < sent.receipt_at):
            self._ground.truth.sent[message_id] = msgspec.structs.replace(sent, receipt_at=arrives)

    def _is_down(self, moment: Micros) -> bool:
        """Return whether the provider is down: for an hour, on some days."""
        day = moment // DAY
        if day not in self._outages:
            random = Random(f"{self._seed}/outage/{day}")  # noqa: S311 - a simulation, no secret
            down = random.random() < self._ground.faults.outages
            self._outages[day] = day * DAY + round(random.uniform(0, 23) * HOUR) if down else None
        since = self._outages[day]
        return since is not None and since <= moment < since + OUTAGE
