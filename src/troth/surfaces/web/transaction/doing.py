"""What the forms of a transaction page do: acts on cases, and messages that are put to the gate and sent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, get_args

import msgspec
from starlette.concurrency import run_in_threadpool

from troth.errors import GateError
from troth.model.decision import Decision, Request
from troth.model.ids import derived_id
from troth.model.pack import Pack
from troth.model.record import Case
from troth.model.times import SECOND, format_instant, zone_of
from troth.runtime import proof
from troth.runtime.service import SAID, CaseAction, CaseVerb, Seen
from troth.runtime.signing import nonce
from troth.surfaces.api.answers import settled
from troth.surfaces.api.context import Context
from troth.surfaces.web.forms import Fields, one
from troth.surfaces.web.naming import Names, Naming
from troth.surfaces.web.staff.person import Person
from troth.surfaces.web.transaction.failures import version_of
from troth.surfaces.web.transaction.telling import WORDS_MOST, fields_of

REQUESTED: Final = "message.requested"
VERBS: Final[tuple[str, ...]] = get_args(CaseVerb)
"""What can be done to a case."""
NOTE_MOST: Final = 2_000
_ID: Final = re.compile(re.escape(SAID) + r"[0-9a-f]{16}")
_CHANGED: Final = "G807"
_NOT_RIGHT: Final = "G808"
_SHORTEST: Final = 3


class NotDone(Exception):  # noqa: N818 - it says what happened
    """Something that is asked for and was not done.

    Attributes:
        status: The HTTP status of the answer.
        says: Why, and what to do now.
    """

    def __init__(self, status: int, says: str) -> None:
        super().__init__(says)
        self.status = status
        self.says = says


class Wanted(msgspec.Struct, frozen=True):
    """A message that somebody wants to send.

    Attributes:
        request: As the gate is asked.
        case: The case that it is about; empty: none.
    """

    request: Request
    case: str = ""


# ---------------------------------------------------------------------- cases


async def act(context: Context, person: Person, subject: str, fields: Fields) -> str:
    """Do something to a case, if it is as whoever does it has seen it; return the verb.

    Raises:
        NotDone: 404 there is no such case; 409 it has changed, or cannot be closed; 422 something is missing.
    """
    verb = one(fields, "do")
    seen = await run_in_threadpool(context.service.look, subject)
    case = _case(seen, one(fields, "case"))
    if seen is None or case is None:
        raise NotDone(404, "There is no such case any more.")
    names = Names(context)
    await run_in_threadpool(_unchanged, seen, case, one(fields, "version"), person, names)
    note, how = one(fields, "note").strip(), one(fields, "how").strip() or one(fields, "other").strip()
    if len(note) > NOTE_MOST or len(how) > WORDS_MOST:
        raise NotDone(422, "That is too long. Nothing was done.")
    if verb == "note" and not note:
        raise NotDone(422, "The note is empty. Nothing was written.")
    if verb == "release" and case.owner not in ("", person.id) and not person.may("bulk"):
        name = await run_in_threadpool(names, case.owner)
        raise NotDone(403, f"{name} has it; a lead may give it up for them. Nothing was done.")
    if verb == "remedy" and not how:
        raise NotDone(422, "Say what the remedy is. Nothing was done.")
    action = CaseAction(
        _verb(verb), subject, case.id, person.id, note, how=how, seen=case, only="aligned" if verb == "close" else ""
    )
    try:
        await settled(context.service.act(action))
    except GateError as error:
        raise await run_in_threadpool(_refused, context, subject, case, error, person) from error
    return verb


def _verb(said: str) -> CaseVerb:
    """Return a verb.

    Raises:
        NotDone: 422, there is no such verb.
    """
    if said not in VERBS:
        raise NotDone(422, "That cannot be done here. Nothing was changed.")
    return said  # type: ignore[return-value]


def _case(seen: Seen | None, name: str) -> Case | None:
    """Return a case by its id; `None`: there is none."""
    return next((case for case in (seen.record.cases if seen is not None else ()) if name and case.id == name), None)


def _unchanged(seen: Seen, case: Case, version: str, person: Person, names: Naming) -> None:
    """Make sure that a case is as it was seen.

    Raises:
        NotDone: 409, it is not.
    """
    if version != version_of(seen.record.subject, case, seen.pack):
        raise NotDone(409, f"Nothing was done: the case has changed since you looked. {_now(case, person, names)}")


def _now(case: Case, person: Person, names: Naming) -> str:
    """Return how a case stands, in words."""
    if case.closed_at is not None:
        return "It is closed."
    if not case.owner:
        return "Nobody has it."
    return "You have it." if case.owner == person.id else f"{names(case.owner)} has it."


def _refused(context: Context, subject: str, case: Case, error: GateError, person: Person) -> NotDone:
    """Return why an act was refused. Blocks."""
    code = error.problems[0].code
    present = _case(context.service.look(subject), case.id) or case
    if code == _CHANGED:
        now = _now(present, person, Names(context))
        return NotDone(409, f"Nothing was done: the case has changed since you looked. {now}")
    if code == _NOT_RIGHT:
        return NotDone(
            409, "It was not closed: message, state and action do not line up, or the failure is still there."
        )
    return NotDone(409, "That is not possible any more. Nothing was done.")


# ---------------------------------------------------------------------- messages


def wanted(context: Context, person: Person, seen: Seen, fields: Fields) -> Wanted:
    """Return the message that a form asks for. Blocks.

    Raises:
        NotDone: 422, there is no such message or channel, a moment cannot be read, or the words name the customer.
    """
    name, channel = one(fields, "message"), one(fields, "channel")
    message = seen.pack.messages.get(name)
    if message is None:
        raise NotDone(422, "Choose a message. Nothing was sent.")
    if channel not in ("", *_channels(seen.pack)):
        raise NotDone(422, "Choose a channel. Nothing was sent.")
    data = {
        row["name"]: _said(person, one(fields, f"say-{row['name']}"), moment=row["moment"])
        for row in fields_of(message)
    }
    data = {key: text for key, text in data.items() if text}
    _names_nobody(context, seen, data)
    given = one(fields, "id")
    message_id = given if _ID.fullmatch(given) else SAID + derived_id(nonce())[:16]
    request = Request(
        message_id, name, seen.record.subject, channel, seen.record.customer, data, tenant=seen.record.tenant
    )
    case = _case(seen, one(fields, "case"))
    return Wanted(request, case.id if case is not None else "")


async def say(context: Context, person: Person, seen: Seen, asked: Wanted) -> Decision:
    """Put a message to the gate and have it sent if it may go; note it on its case.

    That it was asked for informs nobody: the case counts as informed once the message has been told.
    """
    (decision,) = await settled(context.service.say([asked.request]))
    if asked.case and decision.outcome != "SUPPRESS":
        action = CaseAction("note", seen.record.subject, asked.case, person.id, message=asked.request.id)
        await settled(context.service.act(action))
    return decision


def senders(context: Context) -> list[str]:
    """Return who delivers what is asked for; none: nobody does. Blocks."""
    return [one.id for one in context.store.destinations() if one.active and {"*", REQUESTED} & set(one.topics)]


def _channels(pack: Pack) -> Sequence[str]:
    """Return the channels that a pack's messages go by."""
    return list(dict.fromkeys(name for message in pack.messages.values() for name in message.told_at if name != "*"))


def _said(person: Person, text: str, *, moment: bool) -> str:
    """Return what was filled in; a moment as RFC 3339, read in the zone of whoever wrote it.

    Raises:
        NotDone: 422, it is no moment, or too long.
    """
    said = " ".join(text.split())
    if len(said) > WORDS_MOST:
        raise NotDone(422, "That is too long. Nothing was sent.")
    if not moment or not said:
        return said
    try:
        found = datetime.fromisoformat(said)
        local = found if found.tzinfo is not None else found.replace(tzinfo=zone_of(person.zone))
        return format_instant(round(local.timestamp()) * SECOND)
    except (ValueError, OverflowError) as error:
        # At either end of the calendar a zone leads out of it.
        raise NotDone(422, "That is no moment. Nothing was sent.") from error


def _names_nobody(context: Context, seen: Seen, data: Mapping[str, Any]) -> None:
    """Make sure that what goes to the sender, and is kept, does not name the customer.

    Raises:
        NotDone: 422, it does.
    """
    if not data:
        return
    words = " ".join(map(str, data.values())).casefold()
    personal = proof.personal_of(context.store, context.packs, seen.record.subject, seen.record.customer)
    if any(len(value) >= _SHORTEST and value.casefold() in words for value in personal.values()):
        raise NotDone(422, "Leave out what names the customer: these words are kept. Their sender fills in the name.")
