"""What a reader reads: the language of the texts, and how dates and numbers are written for them.

The catalogues are GNU gettext's, `locales/<language>/messages.po`, compiled when a language is first asked for. English
is the language of the source and needs none.
"""

from __future__ import annotations

import importlib.resources
from datetime import date, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from typing import Final, Literal, TypeAlias

import msgspec
from babel import Locale, UnknownLocaleError, dates, numbers
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from troth.model.times import DAY, HOUR, MINUTE, SECOND, Micros, parse_instant, to_datetime, zone_of

LANGUAGES: Final = ("en", "de")
"""The languages that pages are complete in; the first is what everybody else reads."""
CATALOGUE: Final = "messages.po"
_MOST: Final = 20
Unit: TypeAlias = Literal["day", "hour", "minute", "second"]
_UNITS: Final[tuple[tuple[Unit, Micros], ...]] = (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", SECOND))


def mark(text: str) -> str:
    """Return a text of the source as it is; marks it as one to be translated where it is shown."""
    return text


_PLAIN: Final = {"en": "en_GB"}
"""Language without a region → how dates and numbers are written for it."""


class Reader(msgspec.Struct, frozen=True):
    """Whoever reads a page.

    Attributes:
        language: Of the texts; one of `LANGUAGES`.
        locale: How dates and numbers are written, such as `en_GB`.
        zone: IANA name of the zone that times are written in.
    """

    language: str = "en"
    locale: str = "en"
    zone: str = "UTC"

    @property
    def texts(self) -> NullTranslations:
        """Return the catalogue of the language."""
        return catalogue(self.language)

    def say(self, text: str, **values: object) -> str:
        """Return a text of the source in the reader's language, with its values."""
        said: str = self.texts.gettext(text)
        return said % values if values else said

    def date(self, day: str) -> str:
        """Return a written day, `2026-03-02`, as people say it: `Monday, 2 March 2026`."""
        return str(dates.format_date(date.fromisoformat(day), "full", locale=self._locale()))

    def time(self, instant: str) -> str:
        """Return the time of day of a written instant: `14:00`."""
        return str(dates.format_time(self._local(instant), "short", locale=self._locale()))

    def moment(self, instant: str, now: str = "") -> str:
        """Return a written instant as people say it: day and time; of today the time alone."""
        local = self._local(instant)
        if now and local.date() == self._local(now).date():
            return self.say("today, %(time)s", time=self.time(instant))
        return self.say("%(day)s, %(time)s", day=self._day(local, now), time=self.time(instant))

    def until(self, instant: str, now: str = "") -> str:
        """Return a written due moment as people say it: midnight is the end of the day before it."""
        local = self._local(instant)
        if (local.hour, local.minute, local.second, local.microsecond) != (0, 0, 0, 0):
            return self.moment(instant, now)
        last = local - timedelta(days=1)
        if now and last.date() == self._local(now).date():
            return self.say("today, end of day")
        return self.say("%(day)s, end of day", day=self._day(last, now))

    def full(self, instant: str) -> str:
        """Return a written instant in full, with its zone."""
        return str(dates.format_datetime(self._local(instant), "full", locale=self._locale()))

    def ago(self, instant: str, now: str) -> str:
        """Return how far a written instant is from another: `3 minutes ago`, `in 2 days`."""
        distance = parse_instant(instant) - parse_instant(now)
        unit, size = next(((unit, size) for unit, size in _UNITS if abs(distance) >= size), ("second", SECOND))
        whole = abs(distance) // size * (1 if distance > 0 else -1)
        if not whole:
            return self.say("just now")
        return self._in_units(whole * size, unit, add_direction=True)

    def lasting(self, duration: Micros) -> str:
        """Return a duration in its largest unit: `3 hours`."""
        unit, size = next(((unit, size) for unit, size in _UNITS if duration >= size), ("second", SECOND))
        return self._in_units(duration // size * size, unit, add_direction=False)

    def _in_units(self, duration: Micros, unit: Unit, *, add_direction: bool) -> str:
        """Return a duration in a unit."""
        seconds = duration // SECOND
        said: str = dates.format_timedelta(
            seconds, granularity=unit, threshold=99, add_direction=add_direction, locale=self._locale()
        )
        return said

    def harm(self, value: float) -> str:
        """Return a score of harm as it is shown, with its one place: `22.3`."""
        return str(numbers.format_decimal(value, "#,##0.0", locale=self._locale()))

    @property
    def tag(self) -> str:
        """Return how dates and numbers are written, as browsers call it: `en-GB`."""
        return str(self._locale()).replace("_", "-")

    def number(self, value: float) -> str:
        """Return a number as it is written: `1,234.5`."""
        return str(numbers.format_decimal(value, locale=self._locale()))

    def factor(self, value: float) -> str:
        """Return a number as it is written, with all its places: `1.61803`."""
        return str(numbers.format_decimal(value, locale=self._locale(), decimal_quantization=False))

    def listed(self, texts: list[str]) -> str:
        """Return texts as a list in words: `a, b and c`."""
        return str(format_list(texts, locale=self._locale()))

    def _day(self, local: datetime, now: str) -> str:
        """Return a day as people say it, with its year where it is another one."""
        pattern = "MMMEd" if not now or local.year == self._local(now).year else "yMMMEd"
        return str(dates.format_skeleton(pattern, local, locale=self._locale()))

    def _local(self, instant: str) -> datetime:
        """Return a written instant in the reader's zone."""
        return to_datetime(parse_instant(instant)).astimezone(zone_of(self.zone))

    def _locale(self) -> Locale:
        """Return how dates and numbers are written."""
        # English without a region would be American: a day that says its month first, and hours that need AM or PM.
        return Locale.parse(_PLAIN.get(self.locale, self.locale))


def reader_of(asked: str, accepted: str, zone: str, preferred: str = "") -> Reader:
    """Return the reader of a request.

    Args:
        asked: The language asked for, `?lang=`; it goes before all else.
        accepted: The header Accept-Language.
        zone: IANA name of the zone that times are written in.
        preferred: The language that the customer's record knows; it goes after the header.
    """
    for tag in (asked, *_accepted(accepted), preferred):
        locale = _locale_of(tag)
        if locale is not None and locale.language in LANGUAGES:
            return Reader(locale.language, str(locale), zone)
    return Reader(LANGUAGES[0], LANGUAGES[0], zone)


def _accepted(header: str) -> list[str]:
    """Return the tags of an Accept-Language header, the most wanted first."""
    found: list[tuple[float, int, str]] = []
    for part in header[:1_000].split(",")[:_MOST]:
        tag, _, quality = part.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if weight > 0:
            found.append((-weight, len(found), tag.strip()))
    return [tag for _, _, tag in sorted(found)]


def _locale_of(tag: str) -> Locale | None:
    """Return the locale of a tag such as `de-AT`; `None` for one that is not known."""
    if not tag or len(tag) > _MOST or not tag.replace("-", "").replace("_", "").isalnum() or not tag.isascii():
        return None
    parts = tag.replace("_", "-").split("-")
    for length in (len(parts), 1):
        try:
            return Locale.parse("-".join(parts[:length]), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> NullTranslations:
    """Return the compiled catalogue of a language; the source's own needs none."""
    if language == LANGUAGES[0]:
        return NullTranslations()
    file = importlib.resources.files(__package__ or "") / language / CATALOGUE
    with file.open("rb") as text:
        read = read_po(text, locale=language)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return Translations(compiled)
