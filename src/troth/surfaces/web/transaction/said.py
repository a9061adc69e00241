"""What is said after a form: only what the page bears out, since the address may be an old one, or made up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from troth.surfaces.web.locales import Reader
from troth.surfaces.web.staff.person import Person

Row = dict[str, Any]


class Notice(msgspec.Struct, frozen=True):
    """What stands at the top of a page after a form.

    Attributes:
        says: The text; empty: nothing.
        bad: Whether something did not work.
        case: The case that it is about.
        undo: The verb that takes it back; empty: it cannot be taken back, and the text says so.
    """

    says: str = ""
    bad: bool = False
    case: str = ""
    undo: str = ""


def notice(
    view: Row, person: Person, said: str, about: str, senders: Sequence[str] = (), reader: Reader | None = None
) -> Notice:
    """Return what is said of something that was done, as far as it is still so.

    Args:
        view: All that the page shows.
        person: Who reads.
        said: What was done: a verb, or `sent`.
        about: The id of the case, or of the message.
        senders: Who delivers what is asked for; none: nobody does.
        reader: How moments are written.
    """
    if said == "sent":
        return _sent(view, about, senders, reader or Reader())
    if said in ("shown", "hidden"):
        if view["personal"]["shown"] != (said == "shown"):
            return Notice()
        return Notice("Personal data are shown to you for half an hour; that you opened them is written down."
                      if said == "shown" else "Personal data are hidden again.")  # fmt: skip
    case = next((row for row in view["cases"] if row["id"] and row["id"] == about), None)
    return Notice() if case is None else _acted(case, person, said)


def _acted(case: Row, person: Person, said: str) -> Notice:
    """Return what is said of an act on a case."""
    title = case["title"]
    match said:
        case "own" if case["owner"] == person.id and case["open"]:
            return Notice(f"You have it now: {title}.", case=case["id"], undo="release")
        case "release" if not case["owner"]:
            return Notice(f"Nobody has it now: {title}.", case=case["id"], undo="own")
        case "note" if any(note["by"] == person.id for note in case["notes"]):
            return Notice("Your note is kept. It cannot be taken back; write another one to put it right.")
        case "inform" if case["informed_at"]:
            return Notice("Noted: the customer is informed. It cannot be taken back, since they know.")
        case "remedy" if case["resolved_at"]:
            return Notice("Noted: it is put right. It cannot be taken back; write a note if it was not.")
        case "close" if not case["open"]:
            return Notice(f"{case['as']}.", case=case["id"], undo="reopen")
        case "reopen" if case["open"]:
            return Notice(f"Open again: {title}.")
    return Notice()


def _sent(view: Row, about: str, senders: Sequence[str], reader: Reader) -> Notice:
    """Return what became of a message that somebody had sent."""
    row = next((one for one in view["messages"] if one["id"] == about), None)
    if row is None:
        return Notice()
    title = row["title"]
    match row["standing"]:
        case "told":
            return Notice(f"Told: “{title}” has reached the customer.")
        case "on_its_way":
            return Notice(f"Handed over: “{title}” is on its way. It counts as told once its receipt comes.")
        case "asked_for":
            by = f", and waits for {reader.listed(list(senders))}" if senders else "; nobody is set up to deliver it"
            until = f" until {reader.moment(row['until'], view['at'])}" if row["until"] else ""
            return Notice(
                f"Asked for: “{title}” may go{until}{by}. It cannot be taken back from here.", bad=not senders
            )
        case "held":
            return Notice(
                f"Held back: “{title}” goes once it is known to be true and welcome. Nothing was sent yet.", bad=True
            )
        case "not_fetched":
            return Notice(f"Not sent: “{title}” might have gone, but nobody fetched it in time.", bad=True)
    return Notice(f"Not sent: the gate refused “{title}”. Its reasons stand below.", bad=True)
