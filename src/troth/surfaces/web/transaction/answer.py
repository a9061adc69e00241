"""The answer: do message, state and action line up; if not, what is believed that is not so, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from troth.engine.cases.kinds import kind_named
from troth.engine.gate.truth import replacement_for_state
from troth.model.decision import HOLD
from troth.model.record import Asked, Case, Promise
from troth.runtime.service import SAID
from troth.surfaces.web.ending import End
from troth.surfaces.web.status.sight import is_late, is_unsure
from troth.surfaces.web.transaction.matter import Matter, shortened, spaced

Row = dict[str, Any]

NOTHING: Final = "nothing"
CONTRADICTION: Final = "contradiction"
UNKNOWN: Final = "unknown"
BEHIND: Final = "behind"
LATE: Final = "late"
AT_RISK: Final = "at_risk"
WRONG: Final = "wrong"
UNSETTLED: Final = "unsettled"
REMEDIED: Final = "remedied"
CLOSED: Final = "closed"
WELL: Final = "well"

WORDS: Final = {
    NOTHING: "Nothing known",
    CONTRADICTION: "Out of line",
    UNKNOWN: "Nobody can tell",
    BEHIND: "Not told",
    LATE: "In line, and late",
    AT_RISK: "In line, and in doubt",
    WRONG: "In line, and not put right yet",
    UNSETTLED: "In line again, and not settled yet",
    REMEDIED: "Put right",
    CLOSED: "Done",
    WELL: "In line",
}
"""How it stands → the word for it."""
_OVER: Final = "Over, and not closed yet"
OURS: Final = (SAID, "correct-")
"""How ids of messages begin that troth itself hands to who delivers them: what staff say, and corrections."""
TONES: Final = {BEHIND: LATE, WRONG: LATE, UNSETTLED: LATE}
"""How it stands → the shape and colour that it is shown in, where it has none of its own."""


def answer(matter: Matter, ends: Mapping[Case, End]) -> Row:
    """Return the answer.

    Args:
        matter: The subject, and who reads.
        ends: What closing each of its open cases would mean, the worst first.

    Returns:
        `standing` (a key of `WORDS`), its `word` and `tone`, what it `says` in one sentence, what a case that is over
        `waits` for, `more` sentences, `since` when message, state and action stand so, and whether messages are `held`.
    """
    standing = standing_of(matter, ends)
    held = [asked for asked in matter.record.asks if is_held(asked)]
    spans = matter.record.alignment
    more = [_held_sentence(matter, asked) for asked in held]
    return {
        "standing": standing,
        "word": _OVER if standing == REMEDIED and not _put_right(ends) else WORDS[standing],
        "tone": TONES.get(standing, standing),
        "says": " ".join(part for part in (_sentence(matter, standing, ends), _way_out(matter, standing)) if part),
        "waits": _waiting(matter, ends) if standing == REMEDIED else "",
        "more": more,
        "since": matter.moments.text(spans[-1].since) if spans and matter.known else None,
        "held": bool(held),
    }


def standing_of(matter: Matter, ends: Mapping[Case, End]) -> str:
    """Return how the subject stands, a key of `WORDS`: the first of these that applies."""
    record = matter.record
    if not matter.known:
        return NOTHING
    alignment = record.alignment[-1].value if record.alignment else "untold"
    named = {"ahead": CONTRADICTION, "stuck": CONTRADICTION, "unverifiable": UNKNOWN, "behind": BEHIND}
    if alignment in named:
        return named[alignment]
    if record.states and record.states[-1].value == "unknown":
        return UNKNOWN
    if late(matter):
        return LATE
    if at_risk(matter):
        return AT_RISK
    if any(end.failing is True for end in ends.values()):
        return WRONG
    # What nobody can tell is never right: a promise, or a failure, of which it is not known whether it is over.
    if unsure(matter) or any(end.failing is None for end in ends.values()):
        return UNKNOWN
    if ends:
        return REMEDIED if all(map(_settled, ends.values())) else UNSETTLED
    state = matter.state_named(record.states[-1].value) if record.states else None
    return CLOSED if state is not None and state.terminal else WELL


def late(matter: Matter) -> list[Promise]:
    """Return the promises that are past their due moment and not kept."""
    return [one for one in matter.record.promises if is_late(one, matter.now.now)]


def unsure(matter: Matter) -> list[Promise]:
    """Return the promises of which nobody can tell whether they were kept."""
    return [one for one in matter.record.promises if is_unsure(one)]


def at_risk(matter: Matter) -> list[Promise]:
    """Return the promises that are still open and will hardly be kept."""
    rules = {kind.name: kind.at_risk_when for kind in matter.pack.promises}
    return [
        one
        for one in matter.record.promises
        if one.kept_at is None
        and one.renegotiated == "open"
        and matter.now.truth(rules.get(one.kind), default=False) is True
    ]


def is_held(asked: Asked) -> bool:
    """Return whether a message waits for leave."""
    return asked.outcome == HOLD and asked.revoked_at is None and asked.confirmed_at is None


def _sentence(matter: Matter, standing: str, ends: Mapping[Case, End]) -> str:
    """Return how it stands, in one sentence, or two."""
    record = matter.record
    about = record.alignment[-1].about if record.alignment else ()
    match standing:
        case "nothing":
            return "Nothing was known of this by then." if matter.past else "Nothing has been heard of this yet."
        case "contradiction" if record.alignment[-1].value == "stuck":
            return f"The customer is invited to “{_listed(matter.action(name) for name in about)}”, and cannot."
        case "contradiction":
            said = _listed(shortened(matter.statement(name)) for name in about)
            return f"The customer believes “{said}”, and that is not so."
        case "unknown" if record.alignment and record.alignment[-1].value == "unverifiable":
            return f"Nobody can tell whether {_doubted(matter, about)}."
        case "unknown" if not record.states or record.states[-1].value == "unknown":
            return "Nobody can tell what is so; what the customer was told does not depend on it."
        case "behind":
            return f"The customer has not been told what is so: {shortened(_present(matter))}."
    return f"Message, state and action line up{_but(matter, standing, ends)}"


def _but(matter: Matter, standing: str, ends: Mapping[Case, End]) -> str:
    """Return what else there is to say where message, state and action line up."""
    match standing:
        case "unknown":
            return f", but nobody can tell whether {_open_question(matter, ends)}."
        case "late":
            return f", but a promise is late: {matter.promise(late(matter)[0].kind)}."
        case "at_risk":
            return f", but a promise will hardly be kept: {shortened(matter.promise(at_risk(matter)[0].kind))}."
        case "wrong":
            case, _ = _first(ends, lambda end: end.failing is True)
            return f", but a case is open: {_called(matter, case)}."
        case "unsettled":
            return f" again, but a case is still open: {_wanting(matter, ends)}."
        case "remedied":
            still = "Its case is" if len(ends) == 1 else f"{len(ends)} cases are"
            over = "the failure is put right" if _put_right(ends) else "what was wrong is over"
            return f" again, and {over}. {still} still open."
        case "closed":
            return f", and it is done: {shortened(_present(matter))}."
    return f": {shortened(_present(matter))}."


def _first(ends: Mapping[Case, End], wanted: Callable[[End], bool]) -> tuple[Case, End]:
    """Return the worst open case whose end is such."""
    return next((case, end) for case, end in ends.items() if wanted(end))


def _settled(end: End) -> bool:
    """Return whether nothing but time is wanting for a clean end."""
    return end.clean or end.waits


def _put_right(ends: Mapping[Case, End]) -> bool:
    """Return whether each case had a remedy: what is over of itself was not put right by anybody."""
    return all(case.resolved_at is not None for case in ends)


def _called(matter: Matter, case: Case) -> str:
    """Return what a case is, in words."""
    kind = kind_named(matter.pack, case.kind)
    return shortened(kind.title) if kind is not None and kind.title else spaced(case.kind)


def _open_question(matter: Matter, ends: Mapping[Case, End]) -> str:
    """Return what nobody can tell of a promise or a failure, in words."""
    promises = unsure(matter)
    if promises:
        return f"a promise was kept: {shortened(matter.promise(promises[0].kind))}"
    case, _ = _first(ends, lambda end: end.failing is None)
    return f"this is over: {_called(matter, case)}"


def _wanting(matter: Matter, ends: Mapping[Case, End]) -> str:
    """Return which case is still to be settled, and what it wants."""
    case, end = _first(ends, lambda end: not _settled(end))
    return f"“{_called(matter, case)}”: {' and '.join((*end.against, *end.wants))}"


def _waiting(matter: Matter, ends: Mapping[Case, End]) -> str:
    """Return that cases that are over are still open, and until when."""
    case, end = next(iter(ends.items()))
    if end.clean_from is None:
        return f"The case “{_called(matter, case)}” can be closed."
    return f"The case “{_called(matter, case)}” closes by itself {matter.moment(end.clean_from)} if it stays so."


def _doubted(matter: Matter, about: tuple[str, ...]) -> str:
    """Return what nobody can tell, in words."""
    actions = [f"“{matter.action(name)}”" for name in about if name in matter.pack.actions]
    said = [f"“{shortened(matter.statement(name))}”" for name in about if name not in matter.pack.actions]
    named = [
        f"{' or '.join(dict.fromkeys(texts))} is {word}"
        for texts, word in ((said, "so"), (actions, "possible"))
        if texts
    ]
    return ", or whether ".join(named) or "what the customer believes is so"


def _present(matter: Matter) -> str:
    """Return the present state in words."""
    spans = matter.record.states
    return matter.state(spans[-1].value) if spans else "nothing known"


def _way_out(matter: Matter, standing: str) -> str:
    """Return what can be done about it, in one sentence; empty: nothing has to be."""
    if matter.past or standing not in (CONTRADICTION, UNKNOWN, BEHIND, LATE, AT_RISK, WRONG):
        return ""
    going = under_way(matter)
    if going:
        return going
    if standing == CONTRADICTION:
        for belief in matter.record.beliefs:
            told = next((one for one in matter.record.messages if one.id == belief.message_id), None)
            statement = matter.pack.statements.get(belief.statement)
            if told is None or statement is None or matter.truth(statement) is True:
                continue
            instead = replacement_for_state(matter.record, matter.pack.messages[told.message])
            if instead:
                return f"Tell them what is so: “{matter.message(instead)}”."
    if standing == UNKNOWN:
        return "Find out what is so, or tell them that you are finding out."
    if standing == AT_RISK:
        return "Tell them before it is late, or see that it is kept."
    return "Take it, and put it right." if standing == WRONG else "Tell them what is so, and put it right."


def under_way(matter: Matter) -> str:
    """Return that a message is permitted and about to go; empty: none is."""
    for asked in matter.record.asks:
        failed = any(told.id == asked.id and "failed" in told.phases for told in matter.record.messages)
        told_at = next((told.told_at for told in matter.record.messages if told.id == asked.id), None)
        if not asked.sends or asked.revoked_at is not None or told_at is not None or failed:
            continue
        if asked.confirmed_at is not None:
            return f"“{matter.message(asked.sends)}” is on its way to them."
        if asked.expires_at > matter.now.now:
            return f"“{matter.message(asked.sends)}” may go{_where(matter, asked)}."
    return ""


def _where(matter: Matter, asked: Asked) -> str:
    """Return where a message may go, until when, and who is to hand it over."""
    by = f" by {matter.channel(asked.channel)}" if asked.channel else ""
    if not asked.id.startswith(OURS):
        who = "waits for the system that asked for it to send it"
    elif matter.senders:
        who = f"waits for {matter.reader.listed(list(matter.senders))} to send it"
    else:
        who = "nobody is set up to send it"
    return f"{by} until {matter.moment(asked.expires_at)}, and {who}"


def _held_sentence(matter: Matter, asked: Asked) -> str:
    """Return that a message is held back."""
    again = (
        f" It is looked at again {matter.moment(asked.recheck_at)}, or when something is heard."
        if asked.recheck_at
        else ""
    )
    return f"A message is held back: “{matter.message(asked.message)}”.{again}"


def _listed(texts: Any) -> str:
    """Return texts in one line."""
    return "” and “".join(dict.fromkeys(texts))
