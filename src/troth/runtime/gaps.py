"""Gaps: how long a feed was not heard that is heard again.

A watermark says up to when a feed has been heard *now*. Whoever asks what was known at an earlier moment has to know
up to when it had been heard *then*: a feed that was silent at ten and has spoken at noon says nothing about ten. A gap
is therefore written down when a feed is heard again that had counted as silent, or that had never been heard; of a
feed that is heard there is nothing to write, so that an ordinary day costs nothing. An import of history is the whole
past of its sources up to the moment of the extract: it takes their gaps away, and of one that lasted longer that part.

Source: the record is a function of the events heard by a moment and of that moment (2-semantics, "known then").
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping

import msgspec

from troth.model.times import FOREVER, MINUTE, Micros
from troth.ports.ledger import Ledger

_GAP = "gap/"


class Gap(msgspec.Struct, frozen=True):
    """When a feed was not heard.

    Attributes:
        source: Of which system.
        heard_to: Up to when it had been heard before; -`FOREVER`: never.
        ended_at: When it was heard again.
        first_at: When it was heard again the first time: a feed that always lags is still silent by what it says, and
            what follows within a minute is told as one gap.
    """

    source: str
    heard_to: Micros
    ended_at: Micros
    first_at: Micros

    @property
    def key(self) -> str:
        """Return the name under which it is stored."""
        return f"{_GAP}{self.source}/{self.ended_at}"


def gap_of(source: str, before: Micros, patience: Micros, now: Micros, last: Gap | None) -> Gap | None:
    """Return the gap that ends where a feed is heard now; `None`: it was not silent. Pure.

    Args:
        source: Which system.
        before: Its watermark until now; -`FOREVER`: it has never been heard.
        patience: How long after its watermark it counts as heard, by the most impatient pack.
        now: The moment at which it is heard.
        last: The gap before; told with it where what ended it was too old to be heard, less than a minute ago.
    """
    if before + patience >= now:
        return None
    if last is not None and before + patience < last.ended_at and now < last.first_at + MINUTE:
        return Gap(source, last.heard_to, now, last.first_at)
    return Gap(source, before, now, now)


def keep(ledger: Ledger, gaps: Mapping[str, Gap], former: Mapping[str, Gap]) -> None:
    """Store gaps by source, in place of those that they continue."""
    for source, gap in gaps.items():
        last = former.get(source)
        if last is not None and last.first_at == gap.first_at and last.key != gap.key:
            ledger.put(last.key, None)
        ledger.put(gap.key, gap.heard_to)


def forget(ledger: Ledger, sources: Collection[str], until: Micros) -> None:
    """Take away the gaps of sources up to a moment: their whole past is known by then."""
    for source in sources:
        for ended_at in _ends(ledger, source):
            key = f"{_GAP}{source}/{ended_at}"
            heard_to = ledger.get(key)
            if ended_at <= until:
                ledger.put(key, None)
            elif heard_to is not None and heard_to < until:
                # A feed that was first heard today, and whose history comes tomorrow, was silent only in between.
                ledger.put(key, until)


def heard_at(ledger: Ledger, moment: Micros) -> dict[str, Micros]:
    """Return source → the moment up to which it had been heard at an earlier moment.

    A feed that was not in a gap counts as heard as far as it is now, if that is further: at that moment the two say
    the same. What was silent for less than a pack's patience is not kept.
    """
    found = ledger.watermarks()
    for source in list(found):
        ends = _ends(ledger, source)
        place = bisect_right(ends, moment)
        if place == len(ends):
            continue
        heard_to = ledger.get(f"{_GAP}{source}/{ends[place]}")
        if heard_to is not None and heard_to <= moment:
            found[source] = heard_to
            if heard_to == -FOREVER:
                del found[source]
    return found


def _ends(ledger: Ledger, source: str) -> list[Micros]:
    """Return when a source's gaps ended, ascending."""
    prefix = f"{_GAP}{source}/"
    # A source's name may begin as another one's does: `shop` and `shop/till`.
    rests = (key.removeprefix(prefix) for key in ledger.keys(prefix))
    return sorted(int(rest) for rest in rests if rest.lstrip("-").isdigit())
