"""The texts of the status page: which facts, states and actions are told, and in which languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from troth.lang.compile._draft import Draft
from troth.lang.document import Path
from troth.lang.words import did_you_mean, one_of
from troth.model.page import MARKS, ActionText, FactText, StateText, StatusPage

CUSTOMER: Final = "customer"
"""Who does the actions that a status page offers."""
WORDS: Final = "note"
"""The member of an event that holds what a customer wrote."""
_HOLE: Final = re.compile(r"\{[^{}]*\}")
_VALUE: Final = "{value}"
_TITLED: Final = ("sources", "states", "actions", "statements", "promises")


def page(draft: Draft) -> StatusPage:
    """Return the texts of the status page; what does not hold together is noted in the draft."""
    kind = draft.text("page", "kind")
    proof = tuple(text for text, _ in draft.texts("page", "proof"))
    personal = tuple(text for text, _ in draft.texts("page", "personal"))
    made = StatusPage(
        thing=draft.text("page", "thing"),
        kind=kind,
        proof=proof if draft.has("page", "proof") else StatusPage().proof,
        personal=personal if draft.has("page", "personal") else StatusPage().personal,
        facts=tuple(_facts(draft)),
        states=dict(_states(draft, kind)),
        promises=dict(_promises(draft)),
        actions=dict(_actions(draft)),
        texts={language: _plain(draft, "page", "texts", language) for language in draft.mapping("page", "texts")},
    )
    _check_texts(draft, made)
    return made


def _plain(draft: Draft, *path: str | int) -> dict[str, str]:
    """Return a mapping of texts to texts."""
    return {key: text for key, text in draft.mapping(*path).items() if isinstance(text, str)}


def _facts(draft: Draft) -> Iterator[FactText]:
    """Yield how facts are told."""
    for name in draft.mapping("page", "facts"):
        path = ("page", "facts", name)
        if not draft.refer("facts", name, path, at_key=True):
            continue
        _check_form(draft, name, path)
        yield FactText(
            fact=draft.index("facts", name),
            label=draft.text(*path, "label"),
            true=draft.text(*path, "when_true"),
            false=draft.text(*path, "when_false"),
            values=_plain(draft, *path, "values"),
            says=draft.text(*path, "says"),
            personal=draft.flag(*path, "personal"),
        )


def _check_form(draft: Draft, name: str, path: Path) -> None:
    """Ask for sentences that fit the fact's type."""
    kind = draft.facts.get(name, "dyn")
    for key, fits in (("when_true", kind == "bool"), ("when_false", kind == "bool")):
        if draft.has(*path, key) and not fits and kind != "dyn":
            found, expected = f"`{key}` for the fact `{name}` of type {kind}", "`values` or `says`"
            draft.complain((*path, key), "P233", found, expected, at_key=True)
    for key in ("values", "says"):
        if draft.has(*path, key) and kind == "bool":
            found, expected = f"`{key}` for the fact `{name}` of type bool", "`when_true` and `when_false`"
            draft.complain((*path, key), "P233", found, expected, at_key=True)
    if not any(draft.has(*path, key) for key in ("when_true", "when_false", "values", "says")):
        expected = "`when_true` or `when_false`" if kind == "bool" else "`values` or `says`"
        draft.complain(path, "P233", f"the fact `{name}` without a sentence", expected, at_key=True)
    for hole in _HOLE.findall(draft.text(*path, "says")):
        if hole != _VALUE:
            draft.complain((*path, "says"), "P233", f"`{hole}` in a sentence", f"`{_VALUE}`, or no braces")


def _states(draft: Draft, kind: str) -> Iterator[tuple[str, StateText]]:
    """Yield how states are told."""
    for name in draft.mapping("page", "states"):
        path = ("page", "states", name)
        if not draft.refer("states", name, path, at_key=True):
            continue
        mark, known = draft.text(*path, "mark"), MARKS.get(kind, ())
        if mark and mark not in known:
            expected = one_of(known) if known else "a `kind` of the page first"
            draft.complain((*path, "mark"), "P235", f"the mark `{mark}`", expected, did_you_mean(mark, known))
        yield name, StateText(draft.text(*path, "says"), draft.text(*path, "next"), mark)


def _promises(draft: Draft) -> Iterator[tuple[str, str]]:
    """Yield what was promised, in a sentence."""
    for name in draft.mapping("page", "promises"):
        if draft.refer("promises", name, ("page", "promises", name), at_key=True):
            yield name, draft.text("page", "promises", name)


def _actions(draft: Draft) -> Iterator[tuple[str, ActionText]]:
    """Yield how actions are asked for."""
    for name in draft.mapping("page", "actions"):
        path = ("page", "actions", name)
        if not draft.refer("actions", name, path, at_key=True):
            continue
        if draft.text("actions", name, "by") != CUSTOMER:
            found, expected = f"the action `{name}` by {draft.text('actions', name, 'by')}", f"an action by {CUSTOMER}"
            draft.complain(path, "P234", found, expected, "customers ask for what they do themselves", at_key=True)
        event = draft.text(*path, "event")
        if event:
            draft.refer("events", event, (*path, "event"))
            _check_words(draft, name, event)
        yield name, ActionText(event, draft.text(*path, "wish") or "none", draft.text(*path, "says"))


def _check_words(draft: Draft, action: str, event: str) -> None:
    """Refuse an action whose event would keep the customer's own words in clear."""
    sealed = {text for text, _ in draft.texts("events", event, "personal")}
    if draft.text("page", "actions", action, "wish") == "text" and WORDS not in sealed:
        found, expected = f"`wish: text` for `{event}`, in clear", f"`{WORDS}` among its `personal` members"
        draft.complain(("page", "actions", action, "wish"), "P237", found, expected)


def texts_of(draft: Draft) -> dict[str, Path]:
    """Return what customers may read of a pack, in its own language, each with the place of its first use."""
    found: dict[str, Path] = {}
    for path in _read(draft):
        text = draft.text(*path)
        if text:
            found.setdefault(text, path)
    return found


def _read(draft: Draft) -> Iterator[Path]:
    """Yield the paths of all that customers may read."""
    yield "page", "thing"
    for section in _TITLED:
        for name in draft.mapping(section):
            if section != "actions" or draft.text("actions", name, "by") == CUSTOMER:
                yield section, name, "title"
    for name in draft.mapping("page", "facts"):
        path = ("page", "facts", name)
        yield from ((*path, key) for key in ("label", "when_true", "when_false", "says"))
        yield from ((*path, "values", value) for value in draft.mapping(*path, "values"))
    for name in draft.mapping("page", "states"):
        yield from (("page", "states", name, key) for key in ("says", "next"))
    yield from (("page", "promises", name) for name in draft.mapping("page", "promises"))
    yield from (("page", "actions", name, "says") for name in draft.mapping("page", "actions"))


def _check_texts(draft: Draft, made: StatusPage) -> None:
    """Refuse translations of what the pack does not say, and those that lose a value."""
    known = texts_of(draft)
    for language, texts in made.texts.items():
        for text, said in texts.items():
            path = ("page", "texts", language, text)
            if text not in known:
                remedy = did_you_mean(text, list(known)) or "remove it, or write the text as the pack has it"
                draft.complain(path, "P236", f"a translation of `{text}`", "a text of the pack", remedy, at_key=True)
            elif sorted(_HOLE.findall(text)) != sorted(_HOLE.findall(said)):
                expected = f"the same braces as in `{text}`"
                draft.complain(path, "P236", f"`{said}`", expected)
