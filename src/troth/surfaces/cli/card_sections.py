"""The human form of one subject: three parts (told, true, possible next), then promises, cases and findings."""

from __future__ import annotations

from typing import Any

from troth.errors import Place, Problem
from troth.surfaces.render.answer import Answer, Row, Section
from troth.surfaces.views.moments import Moments
from troth.surfaces.views.standing import truth_word

_ALIGNMENTS = {
    "aligned": "what the customer was told, what is true and what can be done agree",
    "ahead": "the customer believes something that is not so",
    "stuck": "the customer was invited to do something that cannot be done",
    "unverifiable": "it is not known whether what the customer was told is so",
    "behind": "the customer should have been told of the present state by now",
    "untold": "the customer has been told nothing yet",
}


def answer_of(shown: Row, moments: Moments, *, fail: bool = False) -> Answer:
    """Return the answer of `troth show`.

    Args:
        shown: The card of a subject.
        moments: How its instants were written.
        fail: Exit with 1 where there are findings.
    """
    findings = tuple(
        Problem(Place(path=f"{shown['subject']} at {one['at']}"), one["code"], one["text"], severity="warning")
        for one in shown["findings"]
    )
    return Answer(
        data=(shown,),
        diagnostics=findings,
        status="findings" if findings else "ok",
        exit_code=1 if findings and fail else 0,
        sections=tuple(sections(shown, moments)),
        flat=tuple(flat(shown)),
    )


def sections(shown: Row, moments: Moments) -> list[Section]:
    """Return the tables of a card: told, true, possible next; then promises, cases, findings."""
    alignment = shown["alignment"]
    about = f" ({', '.join(alignment['about'])})" if alignment["about"] else ""
    head = f"{alignment['value']}{about}: {_ALIGNMENTS.get(alignment['value'], '')}"
    facts = tuple(_fact(one, moments) for one in shown["facts"])
    possible = tuple(_action(one) for one in shown["action"] if one["available"] is not False)
    found = [
        Section(title=f"{shown['subject']} as of {shown['at']}", text=head),
        Section(title="Told", rows=tuple(_told(one, moments) for one in shown["message"]),
                empty="The customer has been told nothing that still stands."),
        Section(title="True", text=_state_text(shown["state"], moments), rows=facts,
                columns=("fact", "value", "status", "source", "since", "against_it"), optional=("against_it", "since")),
        Section(title="Possible next", rows=possible,
                empty="Nothing that the pack declares can be done now."),
    ]  # fmt: skip
    if shown["promises"]:
        found.append(Section(title="Promises", rows=tuple(_promise(one, moments) for one in shown["promises"])))
    if shown["cases"]:
        found.append(Section(title="Cases", rows=tuple(_case(one, moments) for one in shown["cases"])))
    if shown.get("personal"):
        found.append(Section(title="Personal", rows=tuple(shown["personal"])))
    if shown["findings"]:
        found.append(Section(title="Findings", rows=tuple(shown["findings"])))
    return found


def flat(shown: Row) -> list[Row]:
    """Return a card as rows of one shape, for CSV: `part, name, value, detail, at`."""
    rows = [
        _line(
            "alignment",
            shown["alignment"]["value"],
            ", ".join(shown["alignment"]["about"]),
            "",
            shown["alignment"]["since"],
        )
    ]
    rows += [
        _line("message", one["statement"], truth_word(one["true"]), one["because"], one["told_at"])
        for one in shown["message"]
    ]
    state = shown["state"]
    rows.append(_line("state", state["state"], state["title"], ", ".join(state["candidates"]), state["since"]))
    rows += [_line("fact", one["fact"], one["value"], one["status"], one["occurred_at"]) for one in shown["facts"]]
    rows += [
        _line("action", one["action"], truth_word(one["available"]), one["because"], None) for one in shown["action"]
    ]
    rows += [
        _line("promise", f"{one['promise']} {one['key']}".rstrip(), one["outcome"], one["renegotiated"], one["due"])
        for one in shown["promises"]
    ]
    rows += [
        _line("case", one["case"], "closed" if one["closed_at"] else "open", one["about"], one["opened_at"])
        for one in shown["cases"]
    ]
    rows += [
        _line("personal", one["member"], one["value"], f"{one['event']} by {one['source']}", one["at"])
        for one in shown.get("personal", ())
    ]
    rows += [_line("finding", one["code"], one["text"], "", one["at"]) for one in shown["findings"]]
    return rows


def _line(part: str, name: str, value: Any, detail: str, at: str | None) -> Row:
    """Return one row of the flat form."""
    return {"part": part, "name": name, "value": value, "detail": detail, "at": at}


def _told(one: Row, moments: Moments) -> Row:
    """Return a statement for people."""
    return {
        "statement": one["title"] or one["statement"],
        "true now": truth_word(one["true"]),
        "because": one["because"],
        "told": moments.both(one["told_at"]),
    }


def _state_text(state: Row, moments: Moments) -> str:
    """Return the state in one line."""
    if state["state"] == "unknown":
        because = f" ({state['because']})" if state["because"] else ""
        return f"State unknown: one of {', '.join(state['candidates'])}{because}"
    since = "since a moment that is not known" if state["undated"] else f"since {moments.both(state['since'])}"
    return f"State: {state['title'] or state['state']}, {since}"


def _fact(one: Row, moments: Moments) -> Row:
    """Return a fact for people."""
    against = "; ".join(f"{loser['source']} says {truth_word(loser['value'])}" for loser in one["losers"])
    value = None if one["value"] is None else truth_word(one["value"])
    return {
        "fact": one["title"] or one["fact"],
        "value": value,
        "status": one["status"] + (" (conflict)" if one["conflict"] else ""),
        "source": one["source"] or ("taken from silence" if one["assumed"] else ""),
        "since": moments.both(one["occurred_at"]),
        "against_it": against,
    }


def _action(one: Row) -> Row:
    """Return an action for people."""
    return {
        "who": one["by"],
        "action": one["title"] or one["action"],
        "can be done": truth_word(one["available"]),
        "because": one["because"],
    }


def _promise(one: Row, moments: Moments) -> Row:
    """Return a promise for people."""
    dates = len(one["windows"])
    return {
        "promise": one["title"] or one["promise"],
        "key": one["key"],
        "due": moments.both(one["due"]),
        "outcome": one["outcome"],
        "renegotiated": one["renegotiated"] if dates > 1 else "",
        "kept at": one["kept_at"],
        "dates given": dates,
        **({"basis": basis_text(one["basis"])} if "basis" in one else {}),
    }


def basis_text(basis: Row) -> str:
    """Return in one line what the window of a promise rests on; what is not said of it is left out."""
    level = basis.get("level")
    share = f"{level:.1%} by " if isinstance(level, int | float) else ""
    of = basis.get("segment")
    segment = ", ".join(f"{name} {value}" for name, value in of.items()) if isinstance(of, dict) and of else "all"
    method, n, as_of = basis.get("method", "a method not said"), basis.get("n", "?"), basis.get("trained_as_of", "?")
    return f"{share}{method}: {segment}, {n} cases, as of {as_of}"


def _case(one: Row, moments: Moments) -> Row:
    """Return a case for people."""
    return {
        "case": one["title"] or one["case"],
        "about": one["about"],
        "opened": moments.both(one["opened_at"]),
        "resolved": one["resolved_at"],
        "closed": one["closed_at"],
        "reopened": len(one["reopened_at"]),
    }
