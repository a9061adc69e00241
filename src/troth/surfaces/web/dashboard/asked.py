"""What is asked of the dashboard: all of it stands in the address, and survives every link of a page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from troth.measures.registry import MEASURES

PATH: Final = "/measures"
MAIN: Final = ("promise_reliability", "status_fidelity", "time_to_usable_outcome", "exception_closure")
"""The measures that have a sentence each."""
OTHERS: Final = tuple(name for name in MEASURES if name not in MAIN)
SPANS: Final[Mapping[str, str]] = {
    "7d": "7 days", "28d": "28 days", "90d": "90 days", "365d": "a year", "all": "all of it",
}  # fmt: skip
"""Lengths of the period that end at the moment looked at, as addresses and as people say them."""
USUAL: Final = "28d"
STEPS: Final = ("day", "week", "month")
VERSUS: Final[Mapping[str, str]] = {
    "before": "the period before", "year": "a year earlier", "dates": "the dates given", "none": "nothing",
}  # fmt: skip
_LONGEST: Final = 2_000
"""A value of an address is not read any further."""


class Asked(msgspec.Struct, frozen=True):
    """What an address asks for; a value that it does not name is empty.

    Attributes:
        pack: Service model.
        kind: Promise or case kind, or what else a measure has kinds of.
        leg: Leg of a case's life, or mode of a decision.
        by: What to compare by.
        where: Condition over attributes, in CEL.
        over: Length of the period, one of `SPANS`.
        since: Its start in its stead, as written.
        until: Its end, as written.
        vs: What it is compared with, one of `VERSUS`.
        vs_since: Start of that, as written.
        vs_until: Its end.
        at: As known at this moment, as written.
        step: Length of a step of the trend.
        segment: One segment: attribute → value, as JSON.
        seen: A position of the ledger that answers must have seen.
    """

    pack: str = ""
    kind: str = ""
    leg: str = ""
    by: str = ""
    where: str = ""
    over: str = ""
    since: str = ""
    until: str = ""
    vs: str = ""
    vs_since: str = ""
    vs_until: str = ""
    at: str = ""
    step: str = ""
    segment: str = ""
    seen: str = ""

    def but(self, **changed: str) -> Asked:
        """Return the same with some values exchanged."""
        return msgspec.structs.replace(self, **changed)

    def values(self) -> dict[str, str]:
        """Return the values that are not empty, by their names in an address."""
        given = ((written, getattr(self, name)) for written, name in NAMES.items())
        return {written: value for written, value in given if value}


NAMES: Final[Mapping[str, str]] = {
    {"since": "from", "until": "to", "vs_since": "vs_from", "vs_until": "vs_to"}.get(name, name): name
    for name in Asked.__struct_fields__
}
"""Name in an address → field of `Asked`."""


def asked_of(pairs: Iterable[tuple[str, str]]) -> Asked:
    """Return what an address asks for; names that nobody knows are passed over.

    Where dates are given, they go before the length of the period.

    >>> asked_of([("from", "2013-02-01"), ("over", "7d"), ("x", "1")])
    Asked(pack='', kind='', leg='', by='', where='', over='', since='2013-02-01', until='', vs='', vs_since='', \
vs_until='', at='', step='', segment='', seen='')
    """
    given = {NAMES[name]: value.strip()[:_LONGEST] for name, value in pairs if name in NAMES}
    one = Asked(**given)
    if one.since or one.until:
        one = one.but(over="")
    if one.over not in SPANS or one.over == USUAL:
        one = one.but(over="")
    if one.vs not in VERSUS or one.vs == "before":
        one = one.but(vs="")
    if one.step not in STEPS:
        one = one.but(step="")
    return one


def address(path: str, asked: Asked, **more: str | Iterable[str]) -> str:
    """Return an address with all that is asked.

    Args:
        path: The page.
        asked: What is asked.
        more: Further values; several of one name stand one after the other.

    >>> address("/measures", Asked(pack="shop", where="a == 'b'"), part=["kept", "late"])
    "/measures?pack=shop&where=a%20%3D%3D%20'b'&part=kept&part=late"
    """
    pairs = list(asked.values().items())
    for name, value in more.items():
        pairs += [(name, one) for one in ([value] if isinstance(value, str) else value)]
    text = urlencode(pairs, quote_via=quote, safe="'():,")
    return f"{path}?{text}" if text else path


def segment_text(segment: Mapping[str, Any]) -> str:
    """Return a segment as an address names it; empty for the whole.

    >>> segment_text({"carrier": "UA"}), segment_text({})
    ('{"carrier":"UA"}', '')
    """
    return msgspec.json.encode(dict(segment)).decode() if segment else ""


def segment_of(text: str) -> dict[str, Any]:
    """Return the segment that an address names.

    Raises:
        ValueError: It is none.
    """
    if not text:
        return {}
    try:
        found = msgspec.json.decode(text, type=dict[str, str | int | float | bool | None])
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    return dict(found)
