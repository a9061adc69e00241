"""The score: a service judged from the truth beside the simulator, and from what was knowable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from troth.model.decision import Decision
from troth.model.effect import Outgoing
from troth.model.times import Micros, parse_instant
from troth.runtime.service import Confirmed
from troth.sim.conduct import Answers
from troth.sim.firm import Firm
from troth.sim.observer import Real
from troth.sim.oracle import Oracle
from troth.sim.permitted import QUIET_CHANNELS, Bothered, is_relevant, may_contact
from troth.sim.rules import MESSAGES, truth_of
from troth.sim.steps import Ask, Confirm, Contact, Heartbeat, Report, Step

_READY_BY = frozenset({"ready_by", "delayed_until"})
_AGAIN = frozenset({"reminder", "survey", "apology"})
"""Messages that say something although they were said before."""


class Score:
    """A witness that judges. Every count is of this run alone.

    Attributes:
        counts: Name → how many; the figures are made of them.
        reasons: (outcome, code) → how many asks.
        corrected: How long it took from knowable to sent, of each correction; microseconds.
        found: How long after due each lapse was found; microseconds.
        examples: Name of a bar → the first subjects and messages that missed it.

    Args:
        firm: The firm, with the truth.
    """

    def __init__(self, firm: Firm) -> None:
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.corrected: list[Micros] = []
        self.found: list[Micros] = []
        self.examples: dict[str, list[str]] = {}
        self._firm, self._oracle, self._bothered = firm, Oracle(), Bothered()
        self._told: dict[str, list[tuple[str, Micros]]] = {}
        self._under_way: dict[str, set[str]] = {}
        self._lapses: dict[str, Micros] = {}
        self._failing: dict[str, Counter[str]] = {}
        self._opened: dict[str, Micros] = {}
        self._metered: set[str] = set()
        self._asked_for: dict[str, Micros] = {}

    def saw(self, now: Micros, steps: Sequence[Step], answers: Answers) -> None:
        """Judge a round; see `Witness`. In a round reports are acknowledged first, and time passes before contacts."""
        for step in steps:
            match step:
                case Report(event=event):
                    self.counts["reports"] += 1
                    self._oracle.acknowledge(event, now)
                case Heartbeat(heard=heard):
                    self._oracle.hear(heard)
                case _:
                    pass
        for news in answers.news:
            self._heard(news, now)
        for ask, decision in answers.decisions:
            self._judge(ask, decision)
        for confirm, confirmed in answers.confirmed:
            self._judge_sent(confirm, confirmed)
        for step in steps:
            if isinstance(step, Contact):
                self._judge_contact(step, now)

    # ------------------------------------------------------------------ decisions

    def _judge(self, ask: Ask, decision: Decision) -> None:
        """Judge an answer of the gate."""
        request, now = ask.request, decision.at
        real = Real(self._firm.truth, request.subject, now)
        so = truth_of(real, request.message, request.data)
        self.counts["asks"] += 1
        self.counts["asks_false"] += so is False
        self.counts[f"decided_{decision.outcome}"] += 1
        for code in {reason.code for reason in decision.reasons}:
            self.reasons[decision.outcome, code] += 1
        if so is not True or not self._is_permitted(ask, real, now):
            return
        self.counts["asks_true"] += 1
        if decision.outcome not in {"HOLD", "SUPPRESS"}:
            return
        kind = "false_holds" if decision.outcome == "HOLD" else "false_suppressions"
        if self._is_known(ask, now):
            self._count(kind, f"{request.subject} {request.id}: {' '.join(sorted({r.code for r in decision.reasons}))}")
        else:
            self.counts[f"{kind}_unknown"] += 1

    def _is_permitted(self, ask: Ask, real: Real, now: Micros) -> bool:
        """Return whether a message may go and has a point: contact, relevance, and something new."""
        request, order = ask.request, self._firm.orders[ask.request.subject]
        if not may_contact(request, order.customer, now) or not is_relevant(request.message, real):
            return False
        if self._bothered.enough(request.message, request.customer, now):
            return False
        if request.message in {"survey", "offer"} and self._is_troubled(request.customer):
            return False
        said = {name for name, _ in self._told.get(request.subject, ())}
        under_way = request.message in self._under_way.get(request.subject, ())
        return not under_way and (request.message not in said or request.message in _AGAIN)

    def _is_troubled(self, customer: str) -> bool:
        """Return whether a failure of the customer's orders is open."""
        return any(self._failing.get(customer, Counter()).values())

    def _is_known(self, ask: Ask, now: Micros) -> bool:
        """Return whether every fact that a message needs was acknowledged: of the order, and of the customer."""
        request = ask.request
        known = self._oracle.known(request.subject, now)
        if truth_of(known, request.message, request.data) is not True or not is_relevant(request.message, known):
            return False
        needs_zone = request.channel in QUIET_CHANNELS or request.message in {"survey", "offer"}
        return bool(self._oracle.events(request.customer)) or not needs_zone

    def _judge_sent(self, confirm: Confirm, confirmed: Confirmed) -> None:
        """Judge a message that was confirmed."""
        if not confirmed.ok:
            self.counts["refused_confirmations"] += 1
            return
        letter = self._firm.senders.letters[confirm.id]
        decision = confirmed.decision
        now, message = (confirm.at, letter.sends) if decision is None else (decision.at, decision.sends)
        subject, data = confirm.subject, letter.request.data
        self.counts["sent"] += 1
        self._told.setdefault(subject, []).append((message, now))
        self._bothered.note(message, letter.request.customer, now)
        known = truth_of(self._oracle.known(subject, now), message, data)
        if known is False:
            self._count("false_sends_knowable", f"{subject} {confirm.id}: {message}")
        if known is None:
            self.counts["blind_sends"] += 1
        if truth_of(Real(self._firm.truth, subject, now), message, data) is False:
            self.counts["false_sends_world"] += 1
        if confirm.id in self._asked_for:
            self.counts["corrections_sent"] += 1
            self.corrected.append(now - self._asked_for[confirm.id])

    # ------------------------------------------------------------------ contacts

    def _judge_contact(self, step: Contact, now: Micros) -> None:
        """Judge whether the firm knew before the customer said it."""
        subject = step.subject
        self.counts["contacts"] += 1
        self.counts["contacts_after_case"] += subject in self._opened
        lapse = self._oracle.known(subject, now).lapsed(lambda since, until: self._was_told(subject, since, until))
        if lapse is None:
            return
        self.counts["lapses_with_contact"] += 1
        if subject in self._lapses:
            self.counts["lapses_found_first"] += 1
        else:
            self.examples.setdefault("lapses_found_first", []).append(f"{subject}: due {lapse}, contact {now}")

    def _was_told(self, subject: str, since: Micros, until: Micros) -> bool:
        """Return whether a message with the promised moment went to the customer between two moments."""
        return any(
            since <= at < until and not _READY_BY.isdisjoint(MESSAGES.get(message, ()))
            for message, at in self._told.get(subject, ())
        )

    # ------------------------------------------------------------------ news

    def _heard(self, news: Outgoing, now: Micros) -> None:
        """Take note of what the service tells its subscribers."""
        body, subject = news.body, news.subject
        match news.topic:
            case "promise.lapsed" if body["promise"] == "ready_by":
                self._lapses.setdefault(subject, now)
                self.counts["lapses_found"] += 1
                if body["due"]:
                    self.found.append(now - parse_instant(body["due"]))
            case "case.opened" | "case.reopened":
                self._failing.setdefault(body["customer"], Counter())[subject] += 1
                if body["detected_by"] == "system":
                    self._opened.setdefault(subject, now)
                    self.counts["cases_by_system"] += 1
            case "case.closed":
                self._failing.setdefault(body["customer"], Counter())[subject] -= 1
            case "bypass.found":
                self._metered.add(body["id"])
            case "message.requested":
                self._under_way.setdefault(subject, set()).add(body["sends"])
                self.counts["corrections"] += 1
                self._asked_for[body["id"]] = self._knowable_since(subject, body["data"].get("corrects", ""), now)
            case _:
                pass

    def _knowable_since(self, subject: str, message_id: str, now: Micros) -> Micros:
        """Return when it could first be known that what a message had said is untrue; now, where time made it so."""
        letter = self._firm.senders.letters.get(message_id)
        if letter is None:
            return now
        events = self._oracle.events(subject)
        message, data = letter.sends, letter.request.data
        since = now
        for event in reversed(events):
            moment = event.heard_at
            former = [one for one in events if one.heard_at <= moment]
            if truth_of(self._oracle.known_from(former, moment), message, data) is not False:
                break
            since = min(since, moment)
        sent = self._firm.truth.sent.get(message_id)
        said = sent.receipt_at or sent.at if sent is not None else since
        return min(now, max(since, said))

    def close_bypasses(self) -> None:
        """Count bypasses, once the run is over: those with a receipt, those metered, those metered by mistake."""
        sent = self._firm.truth.sent
        receipts = [one for one in sent.values() if one.bypass and one.receipt_at is not None]
        self.counts["bypasses"] = sum(1 for one in sent.values() if one.bypass)
        self.counts["bypasses_with_receipt"] = len(receipts)
        self.counts["bypasses_metered"] = sum(1 for one in receipts if one.id in self._metered)
        self.counts["metered_by_mistake"] = sum(1 for one in self._metered if one in sent and not sent[one].bypass)
        missed = (f"{one.subject} {one.id}" for one in receipts if one.id not in self._metered)
        self.examples["bypasses_metered"] = list(missed)

    def _count(self, name: str, example: str) -> None:
        """Count one that misses a bar, and keep it as an example."""
        self.counts[name] += 1
        self.examples.setdefault(name, []).append(example)
