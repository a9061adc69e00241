"""Personal data: sealed under a key of the person's own when it comes in, and gone when the key is.

A pack marks members of an event's data as `personal`. They are sealed before the event is stored: rules, records,
measures and the hash chain only ever see the sealed form, so that erasing the key changes none of them. Sealing is
deterministic (AES-SIV), so that the same event sent again is still the same event.

Source: RFC 5297 (AES-SIV); 2-semantics, Effects, timers, erasure.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from msgspec.structs import replace

from troth.customers.record import CUSTOMER_NOUN
from troth.engine.journal import JOURNAL
from troth.engine.machine import Machine
from troth.engine.project import SUBJECT
from troth.model.event import Event
from troth.model.ids import BUCKETS, SEALED, derived_id
from troth.model.times import Micros
from troth.ports.ledger import Ledger, Refused

FORGOTTEN: Final = "[forgotten]"
"""What stands for a personal member whose key is gone."""

OWN_PERSONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "troth.complaint": ("text",),
    "troth.reply": ("text",),
    "troth.case.noted": ("note",),
    "troth.case.owned": ("note",),
    "troth.case.informed": ("note",),
    "troth.case.remedied": ("note",),
    "troth.case.closed": ("note",),
    "troth.case.reopened": ("note",),
}
"""Personal members of journal events."""

_KEY: Final = "person-key/"
_GONE: Final = "forgotten/"
_BYTES: Final = 64
_ALL: Final = 1_000_000
_encode: Final = msgspec.json.Encoder(order="deterministic").encode


class Forgotten(msgspec.Struct, frozen=True):
    """What forgetting a person did.

    Attributes:
        person: Who.
        subjects: Whose events may hold data of the person: the person's own record and all their subjects.
        keys: Keys erased.
        events: Events with sealed members that nobody can read any more.
    """

    person: str
    subjects: int
    keys: int
    events: int


class Sealer:
    """Seals and opens personal members.

    Args:
        ledger: Where keys are stored.
        machines: The packs, prepared, by name.
    """

    def __init__(self, ledger: Ledger, machines: Mapping[str, Machine]) -> None:
        self._ledger = ledger
        self._keys: dict[str, AESSIV | None] = {}
        self._members = {
            (name, kind): plan.personal
            for name, machine in machines.items()
            for kind, plan in machine.pack.events.items()
            if plan.personal
        }
        self._customer = {name: machine.pack.customer for name, machine in machines.items()}

    def members(self, pack: str, event: Event) -> tuple[str, ...]:
        """Return the members of an event's data that are personal."""
        if event.source == JOURNAL:
            return OWN_PERSONAL.get(event.type, ())
        return self._members.get((pack, event.type), ())

    def seal(self, pack: str, events: Sequence[Event], *, owner: str = "") -> list[Event]:
        """Return the events with their personal members sealed.

        New keys are stored first. Within a `unit` of the ledger they are stored with the events; else at once.

        Args:
            pack: The pack that the events are for.
            events: The events.
            owner: Whose data they are, where it is known; empty: as the events and the records tell.
        """
        found = {index: names for index, event in enumerate(events) if (names := self.members(pack, event))}
        if not found:
            return list(events)
        owners = {index: owner or self._owner(pack, events[index]) for index in found}
        self._need(set(owners.values()))
        sealed = list(events)
        for index, names in found.items():
            sealed[index] = self._sealed(events[index], names, owners[index])
        return sealed

    def open(self, event: Event) -> Event:
        """Return an event with its sealed members readable again; those whose key is gone say so."""
        data = {name: self._opened(event, name, value) for name, value in event.data.items()}
        return event if data == event.data else replace(event, data=data)

    def seal_refused(self, pack: str, refused: Refused) -> Refused:
        """Return a refusal whose text keeps no personal member of a type that the pack knows in clear."""
        try:
            raw = msgspec.json.decode(refused.raw)
        except (msgspec.DecodeError, UnicodeError):
            return refused
        # What is refused may hold anything, also where a type should be.
        kind = raw.get("type") if isinstance(raw, dict) else None
        names = self._members.get((pack, kind), ()) if isinstance(kind, str) else ()
        data = raw.get("data") if names else None
        if not isinstance(data, dict) or not any(name in data for name in names):
            return refused
        source, name, kind, subject = (str(raw.get(name, "")) for name in ("source", "id", "type", "subject"))
        event = Event(source, name, kind, subject, 0, 0, data, tenant=self._ledger.tenant)
        raw["data"] = self.seal(pack, [event])[0].data
        return replace(refused, raw=_encode(raw).decode())

    # ------------------------------------------------------------------ keys

    def _owner(self, pack: str, event: Event) -> str:
        """Return whose data an event carries: the customer it names, the one whose record it is, else its subject."""
        named = self._customer.get(pack)
        whose = named(event.data) if named is not None else None
        if isinstance(whose, str) and whose:
            return whose
        if event.subject.startswith(CUSTOMER_NOUN + "/"):
            return event.subject
        record = self._ledger.records([event.subject]).get(event.subject)
        return event.subject if record is None or not record.customer else record.customer

    def _need(self, owners: Iterable[str]) -> None:
        """Have a key for each owner; one whose data were forgotten gets none."""
        absent = [owner for owner in owners if owner not in self._keys]
        missing = [owner for owner in absent if not self._load(owner)]
        if missing:
            for owner in missing:
                self._ledger.put(_KEY + owner, base64.b64encode(secrets.token_bytes(_BYTES)).decode())
                self._load(owner)

    def _load(self, owner: str) -> bool:
        """Read an owner's key; return whether there is one, or will never be one again."""
        stored = self._ledger.get(_KEY + owner)
        if stored is not None:
            self._keys[owner] = AESSIV(base64.b64decode(stored))
            return True
        if self._ledger.get(_GONE + owner) is not None:
            self._keys[owner] = None
            return True
        return False

    def forget_keys(self) -> None:
        """Forget the keys in memory: somebody may have erased one."""
        self._keys.clear()

    # ------------------------------------------------------------------ sealing

    def _sealed(self, event: Event, names: Iterable[str], owner: str) -> Event:
        """Return the event with some members sealed; what is sealed already stays as it is."""
        data = dict(event.data)
        key = self._keys[owner]
        for name in names:
            value = data.get(name)
            if value is None or (isinstance(value, dict) and SEALED in value):
                continue
            box = "" if key is None else base64.b64encode(key.encrypt(_encode(value), _bound(event, name))).decode()
            data[name] = {SEALED: box, "of": owner}
        return replace(event, data=data)

    def _opened(self, event: Event, name: str, value: Any) -> Any:
        """Return a member in clear."""
        if not (isinstance(value, dict) and SEALED in value):
            return value
        owner = str(value.get("of", ""))
        if owner not in self._keys and not self._load(owner):
            return FORGOTTEN
        key = self._keys[owner]
        if key is None or not value[SEALED]:
            return FORGOTTEN
        try:
            return msgspec.json.decode(key.decrypt(base64.b64decode(value[SEALED]), _bound(event, name)))
        except (InvalidTag, ValueError):
            return FORGOTTEN


def forget(ledger: Ledger, person: str, now: Micros, progress: Callable[[int], None] | None = None) -> Forgotten:
    """Erase the keys of a person: what was sealed under them can never be read again.

    Records, measures, counts and the hash chain stay as they are. What comes in about the person later under the same
    id is kept without its personal members.

    Args:
        ledger: Where.
        person: A customer, `customer/17`, or any subject.
        now: When; microseconds since 1970 UTC.
        progress: Is told of each subject that was looked through.
    """
    lines = ledger.entries(SUBJECT, person, limit=_ALL)
    subjects = sorted({person, *(line.subject for line in lines)})
    record = ledger.records([person]).get(person)
    said = Event(
        source=JOURNAL,
        id=derived_id(ledger.tenant, "forgotten", person, str(now)),
        type="troth.forgotten",
        subject=person,
        occurred_at=now,
        heard_at=now,
        tenant=ledger.tenant,
    )
    with ledger.unit(range(BUCKETS)):
        for name in subjects:
            ledger.put(_GONE + name, now)
        # Services that run see by it that somebody else has written, and forget the keys that they know.
        ledger.append([said], pack=CUSTOMER_NOUN if record is None else record.pack)
    keys = ledger.erase([_KEY + name for name in subjects])
    events = 0
    for name in subjects:
        events += sum(_is_sealed(event) for event in ledger.events_of([name])[name])
        if progress is not None:
            progress(1)
    return Forgotten(person, len(subjects), keys, events)


def _is_sealed(event: Event) -> bool:
    """Return whether an event has a sealed member."""
    return any(isinstance(value, dict) and SEALED in value for value in event.data.values())


def _bound(event: Event, name: str) -> list[bytes]:
    """Return what a sealed member is bound to: moved to another event or member, it cannot be opened."""
    return [part.encode() for part in (event.tenant, event.source, event.id, name)]
