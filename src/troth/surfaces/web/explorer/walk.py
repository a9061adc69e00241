"""At which step of which story somebody is: all of it stands in the address. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

import msgspec

from troth.model.pack import Pack
from troth.surfaces.web.explorer import compose
from troth.surfaces.web.explorer.compose import START, Composed, Field

Row: TypeAlias = dict[str, Any]
_DIGITS: Final = 6


class Walk(msgspec.Struct, frozen=True):
    """A walk through a story.

    Attributes:
        base: Address of the walks through stories of a pack.
        scenario: Name of the scenario; empty: it is a composed story.
        composed: The story as composed so far.
        place: Which step is asked for, from 0.
    """

    base: str
    scenario: str = ""
    composed: Composed = Composed()
    place: int = 0

    def to(self, place: int) -> str:
        """Return the address of another step."""
        if self.scenario:
            return f"{self.base}?{urlencode({'scenario': self.scenario, 'at': place})}"
        start = [("start", self.composed.start)] if self.composed.start != START else []
        steps = (("e", step) for step in self.composed.steps)
        return f"{self.base}?{urlencode([*steps, *start, ('at', str(place))])}"

    def of(self, steps: Sequence[str]) -> str:
        """Return the address of the last step of a story that is composed of others."""
        composed = Composed(tuple(steps), self.composed.start)
        return msgspec.structs.replace(self, composed=composed).to(max(0, len(steps) - 1))

    def within(self, count: int) -> int:
        """Return which step is asked for; one that there is not is the nearest that there is."""
        return min(self.place, max(0, count - 1))

    def links(self, count: int) -> Row:
        """Return the addresses of the steps around the present one, and of all.

        Args:
            count: How many steps the story has.
        """
        place, steps = self.within(count), self.composed.steps
        return {
            "previous": self.to(place - 1) if place > 0 else "",
            "next": self.to(place + 1) if place + 1 < count else "",
            "each": [self.to(number) for number in range(count)],
            "fewer": self.of(steps[:-1]) if steps else "",
        }

    def form(self, pack: Pack, asked: Mapping[str, str], fields: Sequence[Field]) -> Row:
        """Return what the form for the next event shows: the types of events, and the fields of the one chosen.

        Args:
            pack: What the story is about.
            asked: What the address says.
            fields: Of the type of event that it names.
        """
        chosen = asked.get("type", "") if asked.get("type", "") in pack.events else ""
        events = compose.events(pack)
        sources: list[str] = next((each["sources"] for each in events if each["type"] == chosen), [])
        # What was not written is empty.
        said = defaultdict(str, {key: value for key, value in asked.items() if key not in ("e", "start", "scenario")})
        return {
            "events": events,
            "type": chosen,
            "sources": sources,
            "fields": fields if chosen else [],
            "steps": self.composed.steps,
            "start": self.composed.start,
            "at": said["when"] or self.composed.next_at(),
            "said": said,
        }


def walk_of(base: str, asked: Mapping[str, str], steps: Sequence[str]) -> Walk:
    """Return the walk that an address asks for.

    Args:
        base: Address of the walks through stories of a pack.
        asked: What the address says, each thing once.
        steps: Its `e`, all of them.
    """
    at = asked.get("at", "")
    place = int(at) if at.isdecimal() and len(at) < _DIGITS else 0
    return Walk(base, asked.get("scenario", ""), Composed(tuple(steps), asked.get("start", "") or START), place)
