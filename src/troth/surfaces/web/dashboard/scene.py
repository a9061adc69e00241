"""What a page is about, and what stands at its head: what can be chosen, and what to beware of. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from troth.model.pack import Pack
from troth.model.times import FOREVER, SECOND, Micros, format_duration, format_instant
from troth.surfaces.web.dashboard.asked import NAMES, SPANS, STEPS, USUAL, VERSUS, Asked, address
from troth.surfaces.web.dashboard.fields import fields
from troth.surfaces.web.dashboard.figuring import Found
from troth.surfaces.web.dashboard.numbers import Numbers
from troth.surfaces.web.dashboard.span import CHOSEN, Span, lasting
from troth.surfaces.web.dashboard.words import Words

_ALWAYS: Final = "1970-01-01T00:00:00Z"
"""Seen from then, every date is written with its year."""


class Scene(msgspec.Struct, frozen=True):
    """What a page is about, beside what was worked out.

    Attributes:
        words: How numbers are written.
        asked: What is asked.
        span: The moments of it.
        pack: The service model.
        name: Its name.
        packs: (name, title, subjects) of all that could be chosen.
        attributes: What segments can be made of.
        unknown: Subjects of which it is not known whether they meet the condition.
        stale: Feeds that are silent: (title, since when, how long they still count).
        position: The position of the ledger.
    """

    words: Words
    asked: Asked
    span: Span
    pack: Pack | None
    name: str
    packs: Sequence[tuple[str, str, int]] = ()
    attributes: Sequence[str] = ()
    unknown: int = 0
    stale: Sequence[tuple[str, Micros | None, Micros]] = ()
    position: int = 0

    def numbers(self, found: Found) -> Numbers:
        """Return what makes the numbers of a measure."""
        asked = self.asked.but(pack=self.name)
        return Numbers(self.words, found.measure, asked, self.span, found.at)


def head(scene: Scene, path: str) -> dict[str, Any]:
    """Return what every page has: what it is about, what can be chosen, what to beware of."""
    words, asked, span = scene.words, scene.asked, scene.span
    since, until = span.period.since, span.period.until
    return {
        "at": format_instant(span.at),
        "asked": {written: getattr(asked, name) for written, name in NAMES.items()},
        "known": words.reader.until(format_instant(span.at), _ALWAYS),
        "fields": fields(asked, words.reader.zone),
        "position": scene.position,
        "pack": {"name": scene.name, "title": scene.pack.title if scene.pack else scene.name},
        "packs": [{"name": name, "title": title, "subjects": count} for name, title, count in scene.packs],
        "period": {
            "says": span.words,
            "inside": {SPANS["all"]: "in all", CHOSEN: "between the dates chosen"}.get(span.words, f"in {span.words}"),
            "days": words.period(since, span.at if until is None and since is not None else until),
            "since": None if since is None else format_instant(since),
            "until": None if until is None else format_instant(until),
            "against": span.against,
            "before": None if span.before is None else words.period(span.before.since, span.before.until),
        },
        "condition": {"text": asked.where, "unknown": scene.unknown, "unknown_text": words.number(scene.unknown, 0)},
        "stale": [_stale(scene, *one) for one in scene.stale],
        "choices": choices(scene, path),
    }


def _stale(scene: Scene, title: str, heard: Micros | None, heard_for: Micros) -> dict[str, Any]:
    """Return a feed that is silent."""
    never = heard is None or heard <= -FOREVER
    return {
        "source": title,
        "heard": None if heard is None or never else format_instant(heard),
        "since": "" if heard is None or never else lasting(scene.span.at - heard),
        "counts_for": format_duration(heard_for),
        "patience": scene.words.time(heard_for / SECOND),
    }


def choices(scene: Scene, path: str) -> dict[str, Any]:
    """Return what can be chosen, with the address of each choice."""
    asked = scene.asked.but(seen="")
    over = "" if asked.since or asked.until else asked.over or USUAL
    return {
        "path": path,
        "over": [
            {"value": key, "says": says, "here": key == over,
             "href": address(path, asked.but(over="" if key == USUAL else key, since="", until=""))}
            for key, says in SPANS.items()
        ],
        "step": [
            {"value": step, "here": step == scene.span.step, "href": address(path, asked.but(step=step))}
            for step in STEPS
        ],
        "vs": [{"value": key, "says": says, "here": key == (asked.vs or "before")} for key, says in VERSUS.items()],
        "packs": [
            {"value": name, "says": title, "here": name == scene.name,
             "href": address(path, asked.but(pack=name, kind="", leg="", by="", segment=""))}
            for name, title, _ in scene.packs
        ],
        "by": list(scene.attributes),
        "without": {
            name: address(path, asked.but(**{name: ""})) for name in ("where", "by", "at", "kind", "leg")
        },
        "hidden": {name: value for name, value in asked.values().items() if name in ("pack", "kind", "leg", "step")},
    }  # fmt: skip
