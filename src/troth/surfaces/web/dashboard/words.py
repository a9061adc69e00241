"""Numbers as people read them: shares, times, counts and differences, in the reader's locale. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from troth.model.times import DAY, SECOND, Micros, format_instant, to_datetime, zone_of
from troth.surfaces.web.dashboard.parts import Form
from troth.surfaces.web.locales import Reader

_MINUTE: Final = 60.0
_HOUR: Final = 3_600.0
_DAY: Final = 86_400.0
_THOUSANDTH: Final = 0.001
_TEN: Final = 10
NONE: Final = "–"


class Words(msgspec.Struct, frozen=True):
    """How numbers are written for somebody.

    Attributes:
        reader: Who reads.
    """

    reader: Reader

    def of(self, form: Form, value: float | None) -> str:
        """Return a number in its form; a dash for none."""
        if value is None:
            return NONE
        match form:
            case "share":
                return self.percent(value)
            case "time":
                return self.time(value)
            case "hours":
                return f"{self.number(value, 0 if value >= _TEN else 1)} h"
            case "score":
                return f"{self.number(value, 1 if value >= _TEN else 2)} h" if value else "0 h"
            case "rate":
                return self.number(value, 2)
            case _:
                return self.number(value, 0)

    def percent(self, share: float) -> str:
        """Return a share in percent: what is there is never called nothing, what is not all never all.

        >>> one = Words(Reader())
        >>> one.percent(0.7342), one.percent(0.0001), one.percent(0.99999), one.percent(1.0)
        ('73.4 %', '<0.1 %', '>99.9 %', '100 %')
        """
        if 0 < share < _THOUSANDTH:
            return f"<{self.number(0.1, 1)} %"
        if 1 - _THOUSANDTH < share < 1:
            return f">{self.number(99.9, 1)} %"
        return f"{self.number(share * 100, 1)} %"

    def time(self, seconds: float) -> str:
        """Return a time in its two largest units.

        >>> one = Words(Reader())
        >>> one.time(10_320), one.time(90_000.0), one.time(42.4), one.time(31_645_800)
        ('2 h 52 min', '1 d 1 h', '42 s', '366 d')
        """
        sign, left = ("-", -seconds) if seconds < 0 else ("", seconds)
        if left < _MINUTE:
            return f"{sign}{self.number(left, 0 if left >= _TEN or left == int(left) else 1)} s"
        minutes = round(left / _MINUTE)
        if minutes < _MINUTE:
            return f"{sign}{minutes} min"
        if left < _DAY:
            hours, rest = divmod(minutes, 60)
            return f"{sign}{hours} h {rest} min" if rest else f"{sign}{hours} h"
        days, rest = divmod(round(left / _HOUR), 24)
        return f"{sign}{self.number(days, 0)} d {rest} h" if rest and days < _TEN else f"{sign}{self.number(days, 0)} d"

    def difference(self, form: Form, value: float) -> str:
        """Return a difference, without its sign: shares in points."""
        return f"{self.number(abs(value) * 100, 1)} points" if form == "share" else self.of(form, abs(value))

    def signed(self, form: Form, value: float) -> str:
        """Return a difference with its sign."""
        sign = "+" if value > 0 else "−" if value < 0 else ""
        return f"{sign}{self.difference(form, value).removesuffix(' points')}"

    def number(self, value: float, digits: int) -> str:
        """Return a number with so many digits behind the point at the most."""
        return self.reader.number(round(value, digits) if digits else round(value))

    def interval(self, form: Form, low: float | None, high: float | None) -> str:
        """Return an interval in words; empty for none.

        >>> Words(Reader()).interval("share", 0.2, 0.25), Words(Reader()).interval("time", 60, None)
        ('20 % to 25 %', 'at least 1 min')
        """
        if low is None and high is None:
            return ""
        if high is None:
            return f"at least {self.of(form, low)}"
        return f"{self.of(form, low or 0.0)} to {self.of(form, high)}"

    def moment(self, instant: Micros) -> str:
        """Return an instant with its year."""
        return self.reader.full(format_instant(instant))

    def step(self, since: Micros, until: Micros, step: str) -> str:
        """Return a step of a trend, as short as can be: the month, or the day that ends it.

        >>> from troth.model.times import parse_instant
        >>> one = Words(Reader())
        >>> one.step(parse_instant("2013-05-01T00:00:00Z"), parse_instant("2013-06-01T00:00:00Z"), "month")
        'May 2013'
        >>> one.step(parse_instant("2013-05-01T00:00:00Z"), parse_instant("2013-05-08T00:00:00Z"), "week")
        '7 May 2013'
        """
        zone = zone_of(self.reader.zone)
        if step == "month":
            local = to_datetime(since).astimezone(zone)
            return f"{local:%b} {local.year}"
        local = to_datetime(until - SECOND).astimezone(zone)
        return f"{local.day} {local:%b} {local.year}"

    def period(self, since: Micros | None, until: Micros | None) -> str:
        """Return a period from day to day."""
        if since is None and until is None:
            return "all of it"
        start = "the beginning" if since is None else self.day(since)
        end = "now" if until is None else self.day(until - 1)
        return f"{start} to {end}"

    def day(self, instant: Micros) -> str:
        """Return the day of an instant."""
        local = to_datetime(instant).astimezone(zone_of(self.reader.zone))
        return f"{local.day} {local:%b} {local.year}"


def days_of(length: Micros) -> float:
    """Return a length of time in days."""
    return length / DAY
