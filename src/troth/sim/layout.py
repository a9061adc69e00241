"""The standing parts of the simulated firm: stores with zones and hours, and customers with theirs."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Final

import msgspec

from troth.model.times import HOUR, Micros, local_instant, to_datetime, zone_of

STORE_ZONES: Final = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
OPENS, CLOSES = 8, 21
"""Hours of the local day in which stores are open, every day."""
PICKERS: Final = 6
"""Hands that pick at once, in each store."""
_TRAVELLERS: Final = 0.05


class Store(msgspec.Struct):
    """A store.

    Attributes:
        name: Such as `store-3`.
        zone: IANA name.
        free_at: When each picker is free.
        slots: Next slot of the staging area.
    """

    name: str
    zone: str
    free_at: list[Micros]
    slots: int = 0

    def slot(self) -> str:
        """Return the next slot or locker."""
        self.slots += 1
        return f"{'ABCDEF'[self.slots % 6]}{self.slots % 40 + 1}"


class Person(msgspec.Struct, frozen=True):
    """A customer.

    Attributes:
        id: Such as `customer/7`.
        zone: IANA name.
        consent: Purpose → whether it was given; a purpose that is not in it was never asked.
        prefers: Channel.
        patience: Tends to wait before calling: 0 calls at once, 1 never.
        punctual: Hours between being told that it is ready and coming, on average.
    """

    id: str
    zone: str
    consent: dict[str, bool]
    prefers: str
    patience: float
    punctual: float


def stores(number: int, start: Micros) -> list[Store]:
    """Return the stores of a firm."""
    return [
        Store(f"store-{index + 1}", STORE_ZONES[index % len(STORE_ZONES)], [start] * PICKERS) for index in range(number)
    ]


def person(number: int, zone: str, random: Random) -> Person:
    """Return a new customer, who mostly lives where the store is."""
    lives = random.choice(STORE_ZONES) if random.random() < _TRAVELLERS else zone
    consent = {"service": True}
    for purpose, asked, given in (("survey", 0.9, 0.7), ("marketing", 0.5, 0.4)):
        if random.random() < asked:
            consent[purpose] = random.random() < given
    channel = random.choices(("email", "sms", "push"), (6, 3, 1))[0]
    return Person(f"customer/{number}", lives, consent, channel, random.random(), random.lognormvariate(1.1, 0.8))


@lru_cache(maxsize=4096)
def _hours(zone: str, day: str) -> tuple[Micros, Micros]:
    """Return the half-open opening hours of a local day."""
    date = datetime.fromisoformat(day)
    return local_instant(date + timedelta(hours=OPENS), zone), local_instant(date + timedelta(hours=CLOSES), zone)


def opening(zone: str, moment: Micros) -> tuple[Micros, Micros]:
    """Return the opening hours [from, until) of the day that a moment falls on in a zone, or of the next if past."""
    here = to_datetime(moment).astimezone(zone_of(zone))
    hours = _hours(zone, here.date().isoformat())
    if moment < hours[1]:
        return hours
    return _hours(zone, (here.date() + timedelta(days=1)).isoformat())


def open_at(zone: str, moment: Micros) -> Micros:
    """Return a moment, or the next opening of a store where it is closed then."""
    return max(moment, opening(zone, moment)[0])


def working_time(zone: str, moment: Micros, duration: Micros) -> Micros:
    """Return when so much time has passed, opening hours alone counted."""
    while True:
        begins, ends = opening(zone, moment)
        moment = max(moment, begins)
        if moment + duration < ends:
            return moment + duration
        duration -= ends - moment
        moment = ends


def morning(zone: str, moment: Micros, hour: float) -> Micros:
    """Return the given hour of the local day after a moment."""
    here = to_datetime(moment).astimezone(zone_of(zone)).date() + timedelta(days=1)
    return local_instant(datetime(here.year, here.month, here.day), zone) + round(hour * HOUR)  # noqa: DTZ001 - local
