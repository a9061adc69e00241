"""Forgetting a person: their keys are erased, and what was sealed under them can never be read again.

Records, measures, counts and the hash chain stay as they are, for they never held anything but the sealed form. What
comes in about the person later under the same id is kept without its personal members, until it is allowed again.

Source: decision 0021.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from troth.engine.journal import JOURNAL
from troth.engine.project import SUBJECT
from troth.errors import Place, Problem, UsageError
from troth.model.event import Event
from troth.model.ids import BUCKETS, derived_id
from troth.model.times import Micros
from troth.ports.ledger import ALL, Ledger
from troth.runtime import links
from troth.runtime.privacy import GONE, KEYS, is_sealed

_SAID: Final = "troth.forgotten"
_ALLOWED: Final = "troth.remembered"
_PAGE: Final = 5_000


class Forgotten(msgspec.Struct, frozen=True):
    """What forgetting a person does, or did.

    Attributes:
        person: Who.
        subjects: Whose events may hold data of the person: the person's own record and all their subjects.
        keys: Keys that are erased; 0: there was nothing left to do.
        events: Events with sealed members that nobody can read afterwards.
        at: When the person was first forgotten; microseconds since 1970 UTC; `None`: not yet.
    """

    person: str
    subjects: int
    keys: int
    events: int
    at: Micros | None = None


def plan(ledger: Ledger, person: str, progress: Callable[[int], None] | None = None) -> Forgotten:
    """Return what forgetting a person would do, and change nothing.

    Args:
        ledger: Where.
        person: A customer, `customer/17`, or any subject.
        progress: Is told of each subject that was looked through.

    Raises:
        UsageError: C103, nothing is known of the person.
    """
    return _looked(ledger, person, _subjects(ledger, person), progress)


def forget(ledger: Ledger, person: str, now: Micros, progress: Callable[[int], None] | None = None) -> Forgotten:
    """Erase the keys of a person and of all their subjects, in one durable transaction.

    Done again it changes nothing, but for subjects of the person that have come since.

    Args:
        ledger: Where; others may use it meanwhile, and services that run let go of the keys with their next turn.
        person: A customer, `customer/17`, or any subject.
        now: When; microseconds since 1970 UTC.
        progress: Is told of each subject that was looked through.

    Raises:
        UsageError: C103, nothing is known of the person.
    """
    known = _subjects(ledger, person)
    planned = _looked(ledger, person, known, progress)
    with ledger.unit(range(BUCKETS)):
        # Nobody else goes on meanwhile: only what is quickly found is looked for once more.
        subjects = sorted({*known, *_indexed(ledger, person), *_fresh(ledger, person)})
        keys = _keys(ledger, subjects)
        first = _at(ledger.get(GONE + person))
        if first is None or keys:
            for name in subjects:
                if ledger.get(GONE + name) is None:
                    ledger.put(GONE + name, {"at": now, "person": person})
            # Services that run see by it that somebody else has written, and let go of the keys that they know.
            _say(ledger, subjects, person, _SAID, now)
        # Also without keys: what an earlier time could not clear from the storage is cleared now. Links go, too: their
        # pages would show whoever has one that something is known.
        ledger.erase([*(KEYS + name for name in keys), *links.keys_of(ledger, subjects)])
    return Forgotten(person, len(subjects), len(keys), planned.events, now if first is None else first)


def remember(ledger: Ledger, person: str, now: Micros) -> Forgotten:
    """Allow that a person who was forgotten is known again: what comes in from now on is sealed under a new key.

    What was forgotten stays so: no key opens it.

    Args:
        ledger: Where.
        person: Who was forgotten.
        now: When; microseconds since 1970 UTC.

    Raises:
        UsageError: C103, the person was never forgotten.
    """
    with ledger.unit(range(BUCKETS)):
        marks = [name for name, mark in _marks(ledger) if _person(name, mark) == person]
        if not marks:
            found, expected = f"{person!r} was never forgotten", "one of those that `troth forget --list` shows"
            raise UsageError(Problem(Place(path=person), "C103", found, expected, "see troth forget --list"))
        first = _at(ledger.get(GONE + person))
        for name in marks:
            ledger.put(GONE + name, None)
        _say(ledger, marks, person, _ALLOWED, now)
    return Forgotten(person, len(marks), 0, 0, first)


def forgotten(ledger: Ledger) -> list[Forgotten]:
    """Return who was forgotten, by the moment; their events are not counted."""
    people: dict[str, list[Micros]] = {}
    for name, mark in _marks(ledger):
        people.setdefault(_person(name, mark), []).append(_at(mark) or 0)
    found = [Forgotten(person, len(moments), 0, 0, min(moments)) for person, moments in people.items()]
    return sorted(found, key=lambda one: (one.at or 0, one.person))


def _looked(ledger: Ledger, person: str, subjects: Sequence[str], progress: Callable[[int], None] | None) -> Forgotten:
    """Return what forgetting a person would do with these subjects.

    Raises:
        UsageError: C103, nothing is known of the person.
    """
    mark = ledger.get(GONE + person)
    keys = _keys(ledger, subjects)
    found = sealed = 0
    for name in subjects:
        past = ledger.events_of([name])[name]
        found += len(past)
        sealed += sum(map(is_sealed, past))
        if progress is not None:
            progress(1)
    if mark is None and not keys and not found and not ledger.records([person]):
        expected = "a customer or subject of this ledger, such as customer/17"
        remedy = "check the id and the ledger; a customer is named as events name them"
        raise UsageError(Problem(Place(path=person), "C103", f"nothing is known of {person!r}", expected, remedy))
    return Forgotten(person, len(subjects), len(keys), sealed, _at(mark))


def _subjects(ledger: Ledger, person: str) -> list[str]:
    """Return whose events may hold data of a person: index and records tell, for imports write no index."""
    records = (record.subject for record in ledger.scan_records() if record.customer == person)
    return sorted({person, *_indexed(ledger, person), *records, *_fresh(ledger, person)})


def _indexed(ledger: Ledger, person: str) -> Iterator[str]:
    """Yield the subjects that the index of the live service knows as the person's."""
    return (line.subject for line in ledger.entries(SUBJECT, person, limit=ALL))


def _fresh(ledger: Ledger, person: str) -> Iterator[str]:
    """Yield the subjects of events that no record shows yet and that are sealed as the person's."""
    for bucket in ledger.dirty_buckets():
        after, _ = ledger.position(bucket)
        while stored := ledger.read(bucket, after=after, limit=_PAGE):
            after = stored[-1].position
            for one in stored:
                values = one.event.data.values()
                if any(value == person or (type(value) is dict and value.get("of") == person) for value in values):
                    yield one.event.subject


def _keys(ledger: Ledger, subjects: Sequence[str]) -> list[str]:
    """Return those of the subjects that have a key."""
    return [name for name in subjects if ledger.get(KEYS + name) is not None]


def _say(ledger: Ledger, subjects: Sequence[str], person: str, kind: str, now: Micros) -> None:
    """Write down that a person was forgotten: on the person's record, else on one of their subjects.

    Where no record is, nothing can be written: an event needs a pack that reads it.
    """
    records = ledger.records(subjects)
    record = records.get(person) or next((records[name] for name in subjects if name in records), None)
    if record is not None:
        name = derived_id(ledger.tenant, kind, person, str(now))
        said = Event(JOURNAL, name, kind, record.subject, now, now, {"person": person}, tenant=ledger.tenant)
        ledger.append([said], pack=record.pack)


def _marks(ledger: Ledger) -> Iterator[tuple[str, Any]]:
    """Yield what was forgotten, with its mark."""
    for key in ledger.keys(GONE):
        yield key.removeprefix(GONE), ledger.get(key)


def _person(name: str, mark: Any) -> str:
    """Return with whom a subject was forgotten."""
    return str(mark["person"]) if isinstance(mark, dict) else name


def _at(mark: Any) -> Micros | None:
    """Return the moment that a mark tells; `None` without one."""
    return int(mark["at"]) if isinstance(mark, dict) else mark
