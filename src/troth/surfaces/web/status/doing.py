"""What a form of the status page does: a request or a complaint goes through the ordinary door and becomes an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.concurrency import run_in_threadpool

from troth.errors import GateError
from troth.runtime import proof
from troth.runtime.links import ACT, Link
from troth.runtime.service import Complaint, Seen
from troth.runtime.signing import Signer
from troth.surfaces.api.answers import settled
from troth.surfaces.api.context import Context
from troth.surfaces.views.standing import standing
from troth.surfaces.web.locales import Reader, mark
from troth.surfaces.web.status import asking
from troth.surfaces.web.status.reading import personal_for, seen_of
from troth.surfaces.web.status.sight import Sight

PROVED: Final = "proved"
HIDDEN: Final = "hidden"
_UNPROVED: Final = "unproved"
_LOCKED: Final = "locked"
_SPENT: Final = "spent"
SAID: Final[Mapping[str, str]] = {
    "asked": mark("We have your request. It is done only once this page says so."),
    "tell": mark("We have noted your wish. Whether a message comes is not certain; what is so always stands here."),
    "wrong": mark("Thank you. We have opened a case, and somebody will look into it."),
    PROVED: mark("Thank you. For half an hour this page shows what is personal, in this browser only."),
    HIDDEN: mark("What is personal is hidden again."),
    _UNPROVED: mark("That is not what we know. Please check it and try again."),
    _LOCKED: mark("That was wrong too often. You can try again in an hour, or talk to us."),
    _SPENT: mark("That was wrong too often. By this link it cannot be tried again; ask us for a new one."),
}
"""What was done → what is said of it, as long as the page bears it out; see `still`."""
BAD: Final = frozenset({_UNPROVED, _LOCKED, _SPENT})
"""Those of them that say that something did not work."""
_PROVE: Final = "prove"
_HIDE: Final = "hide"
_WORDS_MOST: Final = 2_000
_ANSWER_MOST: Final = 200


def still(said: str, view: Mapping[str, Any]) -> bool:
    """Return whether what is said of a form is so: the address may be an old one, or one that somebody made up.

    Args:
        said: A key of `SAID`, or whatever the address has in its place.
        view: All that the page shows.
    """
    personal = view["personal"]
    match said:
        case "asked":
            return any(action["asked_at"] for action in view["actions"])
        case "tell":
            return bool(view["asked_to_be_told"])
        case "wrong":
            return bool(personal["complaints"])
        case "proved":
            return bool(personal["proved"])
        case "hidden" | "unproved":
            return not personal["proved"]
        case "locked":
            return bool(personal["locked"]) and not personal["spent"]
        case _:
            return said == _SPENT and bool(personal["spent"])


class Refused(Exception):  # noqa: N818 - it says what happened
    """A form that cannot be done.

    Attributes:
        status: The HTTP status of the answer: 409 not possible now, 422 something is missing, 404 no such thing.
    """

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


async def do(context: Context, signer: Signer, link: Link, fields: Mapping[str, str], form: str) -> str:
    """Do what a form asks for; return what to say of it, a key of `SAID`.

    Args:
        context: The server's parts.
        signer: Of the server.
        link: Whose holder asks.
        fields: Of the form.
        form: Tells this form from others: sent twice, it is one request.

    Raises:
        Refused: It cannot be done.
    """
    what = fields.get("do", "")
    if what == _HIDE:
        return HIDDEN
    seen = await run_in_threadpool(seen_of, context, link.subject)
    if seen is None:
        raise Refused(404)
    if what == _PROVE:
        return await run_in_threadpool(_prove, context, signer, link, seen, fields.get("answer", ""))
    if ACT not in link.may:
        raise Refused(409)
    if what == asking.WRONG:
        return await _complain(context, link, fields.get("text", ""), form)
    if what == asking.TELL:
        await _ask(context, signer, link, asking.TELL_ME, {}, form)
        return "tell"
    if what.startswith(asking.ASK):
        action = what.removeprefix(asking.ASK)
        kind, data = _request(seen, action, fields)
        await _ask(context, signer, link, kind, data, form)
        return "asked"
    raise Refused(422)


def _request(seen: Seen, action: str, fields: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the type and the data of the event that a request becomes.

    Raises:
        Refused: 409, it is not possible (any more); 422, the day is none, or the words are missing or too many.
    """
    sight = Sight(standing(seen.record, seen.pack, seen.now), Reader())
    kind = asking.event_type(sight, action)
    if not kind:
        raise Refused(409)
    wish = seen.pack.page.actions[action].wish
    day, text = fields.get("day", "").strip(), fields.get("text", "").strip()
    if wish == "day":
        wished = asking.day_of(day)
        if wished is None:
            raise Refused(422)
        return kind, {"action": action, "day": wished}
    if wish == "text":
        if not 0 < len(text) <= _WORDS_MOST:
            raise Refused(422)
        return kind, {"action": action, "note": text}
    return kind, {"action": action}


async def _ask(context: Context, signer: Signer, link: Link, kind: str, data: dict[str, Any], form: str) -> None:
    """Send a request through the door for events.

    Raises:
        Refused: 409, the door did not take it: no pack has such subjects any more.
    """
    said = {**data, "link": link.id}
    # Without a time of its own, what is sent twice says the same: it is one event.
    raw = {
        "specversion": "1.0",
        "id": signer.digest("request", link.id, form, kind, *map(str, said.values())),
        "source": asking.SOURCE,
        "type": kind,
        "subject": link.subject,
        "data": said,
    }
    taken = await settled(context.service.accept(context.pack_of(raw), [raw]))
    if taken.quarantined:
        raise Refused(409)


async def _complain(context: Context, link: Link, text: str, form: str) -> str:
    """Take in what a customer says is wrong: it opens a case at once.

    Raises:
        Refused: 422, nothing is said, or too much; 409, it cannot be taken in.
    """
    said = text.strip()
    if not 0 < len(said) <= _WORDS_MOST:
        raise Refused(422)
    try:
        await settled(context.service.complain(Complaint(link.subject, said, f"{link.id}-{form}", asking.SOURCE)))
    except GateError as error:
        raise Refused(409) from error
    return "wrong"


def _prove(context: Context, signer: Signer, link: Link, seen: Seen, answer: str) -> str:
    """Return whether an answer shows who somebody is. Blocks."""
    right = proof.expected(seen.pack.page.proof, personal_for(context, seen), link.subject)
    now = context.now()
    if not proof.allowed(context.store, link, now):
        return _closed(context, link)
    if proof.prove(context.store, signer, link, answer[:_ANSWER_MOST], right, now):
        return PROVED
    return _UNPROVED if proof.allowed(context.store, link, now) else _closed(context, link)


def _closed(context: Context, link: Link) -> str:
    """Return why no more answers are taken. Blocks."""
    return _SPENT if proof.spent(context.store, link) else _LOCKED
