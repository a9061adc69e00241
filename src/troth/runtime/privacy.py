"""Personal data: sealed under a key of the person's own when it comes in, and gone when the key is.

A pack marks members of an event's data as `personal`. They are sealed before the event is stored: rules, records,
measures and the hash chain only ever see the sealed form, so that erasing the key changes none of them. Sealing is
deterministic (AES-SIV), so that the same event sent again is still the same event. Forgetting is beside this, in
`troth.runtime.forgetting`.

Source: RFC 5297 (AES-SIV); 2-semantics, Effects, timers, erasure; decision 0021.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from msgspec.structs import replace

from troth.customers.record import CUSTOMER_NOUN
from troth.engine.journal import JOURNAL
from troth.model.event import Event
from troth.model.ids import SEALED, derived_id
from troth.model.pack import Pack
from troth.ports.ledger import Ledger, Refused

HIDDEN: Final = "[sealed]"
"""What stands for a personal member where nobody has asked to read it."""
FORGOTTEN: Final = "[forgotten]"
"""What stands for a personal member whose key is gone."""
KEYS: Final = "person-key/"
"""Before the name of a person: the setting that holds the key."""
GONE: Final = "forgotten/"
"""Before the name of a person or subject that was forgotten: the setting that says when, and with whom."""

UNREADABLE: Final = "quarantine"
"""Whose key seals what was refused and cannot be taken apart: nobody can tell whom it speaks of."""

OWN_PERSONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "troth.complaint": ("text",),
    "troth.reply": ("text",),
    "troth.case.noted": ("note",),
    "troth.case.owned": ("note",),
    "troth.case.released": ("note",),
    "troth.case.informed": ("note",),
    "troth.case.remedied": ("note",),
    "troth.case.closed": ("note",),
    "troth.case.reopened": ("note",),
}
"""Personal members of journal events."""

_OF: Final = "of"
_ROW: Final = "row"
_EVENT: Final = "event"
_TEXT: Final = "text"
_BYTES: Final = 64
_PARTS_MAX: Final = 1_000
_CODE: Final = re.compile(r"^[^\n]{0,200}?: error ([A-Z]\d{3}): ", re.MULTILINE)
_CELLS: Final = re.compile(r'[,;|\t"]')
_encode: Final = msgspec.json.Encoder(order="deterministic").encode


class Sealer:
    """Seals and opens personal members.

    Args:
        ledger: Where keys are stored.
        packs: The packs that say what is personal, by name.
    """

    def __init__(self, ledger: Ledger, packs: Mapping[str, Pack]) -> None:
        self._ledger = ledger
        self._packs = packs
        self._keys: dict[str, AESSIV | None] = {}
        self._members = {
            (name, kind): plan.personal for name, pack in packs.items() for kind, plan in pack.events.items()
        }
        # Of a type that the pack does not know everything is personal that is so in any type: it may be misspelt.
        self._any = {
            name: tuple(sorted({member for plan in pack.events.values() for member in plan.personal}))
            for name, pack in packs.items()
        }

    def members(self, pack: str, event: Event) -> tuple[str, ...]:
        """Return the members of an event's data that are personal."""
        if event.source == JOURNAL:
            return OWN_PERSONAL.get(event.type, ())
        found = self._members.get((pack, event.type))
        return self._any.get(pack, ()) if found is None else found

    def concerns(self, pack: str, events: Iterable[Event], refused: Iterable[Refused] = ()) -> bool:
        """Return whether something among these may have to be sealed; then it is to be done within a `unit`."""
        return any(
            not event.data.keys().isdisjoint(names) for event in events if (names := self.members(pack, event))
        ) or any(
            self._is_closed(pack, raw, one) or self._personal_of(pack, raw, one)
            for one in refused
            for raw in (_decoded(one),)
        )

    def seal(self, pack: str, events: Sequence[Event], *, owner: str = "") -> list[Event]:
        """Return the events with their personal members sealed.

        New keys are stored first. In a `unit` of the ledger on all buckets they are stored with the events, and nobody
        else makes another key for the same person meanwhile.

        Args:
            pack: The pack that the events are for.
            events: The events.
            owner: Whose data they are, where it is known; empty: as the events and the records tell.
        """
        found = {index: names for index, event in enumerate(events) if (names := self.members(pack, event))}
        if not found:
            return list(events)
        sealed = list(events)
        for index, names in found.items():
            event = events[index]
            clear = [name for name in names if _is_clear(event.data.get(name))]
            if clear:
                whose = owner or self._owner(pack, event)
                data = self._sealed(event.data, clear, whose, _bound(event.tenant, event.source, event.id))
                sealed[index] = replace(event, data=data)
        return sealed

    def open(self, event: Event) -> Event:
        """Return an event with its sealed members readable again; those whose key is gone say so."""
        return self._each(event, lambda clear: clear)

    def veil(self, event: Event) -> Event:
        """Return an event whose sealed members say that they are sealed, or that their key is gone."""
        return self._each(event, lambda clear: clear if clear == FORGOTTEN else HIDDEN)

    def _each(self, event: Event, shown: Callable[[Any], Any]) -> Event:
        """Return an event with something shown in place of its sealed members."""
        if not is_sealed(event):
            return event
        bound = _bound(event.tenant, event.source, event.id)
        data = dict(event.data)
        for name, value in event.data.items():
            if _has_seal(value):
                opened = self._unsealed(value, bound, name)
                data[name] = shown(FORGOTTEN if opened is value else opened)
        return replace(event, data=data)

    # ------------------------------------------------------------------ what was refused

    def seal_refused(self, pack: str, refused: Refused) -> Refused:
        """Return a refusal that keeps no personal member in clear, as far as packs and mappings tell which those are.

        What cannot be taken apart is sealed as a whole. Its id is derived from what is left: who knows the rest cannot
        find out the sealed part by trying.
        """
        raw = _decoded(refused)
        if self._is_closed(pack, raw, refused):
            return self._whole(refused)
        names = self._personal_of(pack, raw, refused)
        if not names:
            return refused
        if refused.kind == _ROW:
            # A row that does not tell whose it is has a key of its own, which goes when the row does.
            whose = str(raw.get(_OF) or key_of_row(refused.id).removeprefix(KEYS))
            part, bound = "cells", _bound(self._ledger.tenant, _ROW, refused.id)
        else:
            source, name, kind, subject = (str(raw.get(name, "")) for name in ("source", "id", "type", "subject"))
            event = Event(source, name, kind, subject, 0, 0, raw["data"], tenant=self._ledger.tenant)
            part, whose, bound = "data", self._owner(pack, event), _bound(event.tenant, source, name)
        before = raw[part]
        raw[part] = self._sealed(before, names, whose, bound)
        texts = [str(before[name]) for name in names]
        reason = _only_codes(refused) if _is_long(texts) else _without(texts, refused.reason)
        told = {**raw, part: {name: {SEALED: ""} if name in names else value for name, value in before.items()}}
        made = refused.id if refused.kind == _ROW else derived_id("event", refused.pack, _encode(told).decode())
        return replace(refused, id=made, reason=reason, raw=_encode(raw).decode())

    def open_refused(self, refused: Refused) -> Refused:
        """Return a refusal as it came, for judging it again; what cannot be opened stays sealed."""
        raw = _decoded(refused)
        if _is_whole(refused, raw):
            text = self._unsealed(raw[_TEXT], self._of_text(refused), _TEXT)
            return replace(refused, raw=text) if isinstance(text, str) else refused
        part = "cells" if refused.kind == _ROW else "data"
        inner = raw.get(part)
        if not isinstance(inner, dict) or not any(map(_has_seal, inner.values())):
            return refused
        if refused.kind == _ROW:
            bound = _bound(self._ledger.tenant, _ROW, refused.id)
        else:
            bound = _bound(self._ledger.tenant, str(raw.get("source", "")), str(raw.get("id", "")))
        raw[part] = {name: self._unsealed(value, bound, name) for name, value in inner.items()}
        return replace(refused, raw=_encode(raw).decode())

    def _whole(self, refused: Refused) -> Refused:
        """Return a refusal that keeps nothing of what came in clear, under the ledger's own key."""
        raw = _encode(self._sealed({_TEXT: refused.raw}, (_TEXT,), UNREADABLE, self._of_text(refused))).decode()
        return replace(refused, id=derived_id(_EVENT, refused.pack, raw), reason=_only_codes(refused), raw=raw)

    def _of_text(self, refused: Refused) -> list[bytes]:
        """Return what a refusal that is sealed as a whole is bound to."""
        return _bound(self._ledger.tenant, _TEXT, refused.pack)

    def _is_closed(self, pack: str, raw: Mapping[str, Any], refused: Refused) -> bool:
        """Return whether something refused may hold personal data that nobody can find by the names of its members.

        That is text that is no JSON object, an object that has not the shape of an event, data that are no object.
        """
        names = self._names(pack)
        if refused.kind != _EVENT or not names or _is_whole(refused, raw):
            return False
        data = raw.get("data")
        if not raw or "data_base64" in raw or not isinstance(data, dict | None):
            return True
        others = raw.keys() - {"data"}
        return not others.isdisjoint(names) or any(isinstance(raw[name], dict | list) for name in others)

    def _names(self, pack: str) -> Collection[str]:
        """Return what is personal in any type of a pack; of an unknown pack what is so anywhere."""
        return self._any.get(pack) or [name for some in self._any.values() for name in some]

    def _personal_of(self, pack: str, raw: Mapping[str, Any], refused: Refused) -> list[str]:
        """Return the members of a refusal's data, or the cells of its row, that are personal and in clear."""
        if refused.kind == _ROW:
            inner, names = raw.get("cells"), raw.get("personal", ())
        else:
            # What is refused may hold anything, also where a type should be.
            kind, inner = raw.get("type"), raw.get("data")
            names = self._members.get((pack, kind)) if isinstance(kind, str) else None
            if names is None:
                # Of an unknown pack or type, everything that is personal anywhere.
                names = self._names(pack)
        if not isinstance(inner, dict):
            return []
        return [name for name in dict.fromkeys(names) if _is_clear(inner.get(name))]

    # ------------------------------------------------------------------ keys

    def _owner(self, pack: str, event: Event) -> str:
        """Return whose data an event carries: the customer it names, the one whose record it is, else its subject."""
        plan = self._packs.get(pack)
        named = None if plan is None else plan.customer
        whose = named(event.data) if named is not None else None
        if isinstance(whose, str) and whose:
            return whose
        if event.subject.startswith(CUSTOMER_NOUN + "/"):
            return event.subject
        record = self._ledger.records([event.subject]).get(event.subject)
        return event.subject if record is None or not record.customer else record.customer

    def _key(self, owner: str, *, make: bool) -> AESSIV | None:
        """Return an owner's key, made if need be; `None`: there is none, or there will never be one again."""
        if owner not in self._keys and not self._load(owner):
            if not make:
                return None
            self._ledger.put(KEYS + owner, base64.b64encode(secrets.token_bytes(_BYTES)).decode())
            self._load(owner)
        return self._keys[owner]

    def _load(self, owner: str) -> bool:
        """Read an owner's key; return whether there is one, or will never be one again."""
        stored = self._ledger.get(KEYS + owner)
        if stored is not None:
            self._keys[owner] = AESSIV(base64.b64decode(stored))
            return True
        if self._ledger.get(GONE + owner) is not None:
            self._keys[owner] = None
            return True
        return False

    def tag(self, owner: str, *said: str) -> str:
        """Return an id for what a person has said: the same words give the same one, and nobody else can guess it.

        Of a person whose data were forgotten the words tell nothing any more: the id is that of the person.
        """
        key = self._key(owner, make=True)
        box = b"" if key is None else key.encrypt(_encode(said), [b"tag", self._ledger.tenant.encode()])
        return hashlib.blake2b(owner.encode() + b"\0" + box, digest_size=16).hexdigest()

    def forget_keys(self) -> None:
        """Forget the keys in memory: somebody may have erased one."""
        self._keys.clear()

    # ------------------------------------------------------------------ sealing

    def _sealed(
        self, data: Mapping[str, Any], names: Iterable[str], owner: str, bound: Sequence[bytes]
    ) -> dict[str, Any]:
        """Return data with some members sealed."""
        key = self._key(owner, make=True)
        sealed = dict(data)
        for name in names:
            box = b"" if key is None else key.encrypt(_encode(data[name]), [*bound, name.encode()])
            sealed[name] = {SEALED: base64.b64encode(box).decode(), _OF: owner}
        return sealed

    def _unsealed(self, value: Any, bound: Sequence[bytes], name: str) -> Any:
        """Return a sealed member in clear; one that cannot be opened, and what is not sealed, as it is."""
        if not _has_seal(value) or not value[SEALED]:
            return value
        key = self._key(value[_OF], make=False)
        if key is None:
            return value
        try:
            return msgspec.json.decode(key.decrypt(base64.b64decode(value[SEALED]), [*bound, name.encode()]))
        except (InvalidTag, ValueError):
            return value


def key_of_row(refused_id: str) -> str:
    """Return the setting that holds the key of a refused row which does not tell whose it is."""
    return f"{KEYS}{_ROW}/{refused_id}"


def is_sealed(event: Event) -> bool:
    """Return whether an event has a sealed member."""
    return any(map(_has_seal, event.data.values()))


def _has_seal(value: Any) -> bool:
    """Return whether a value is a sealed one, and nothing else in the guise of one."""
    if type(value) is not dict or value.keys() != {SEALED, _OF}:
        return False
    box = value[SEALED]
    if type(box) is not str or type(value[_OF]) is not str:
        return False
    try:
        base64.b64decode(box, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_whole(refused: Refused, raw: Mapping[str, Any]) -> bool:
    """Return whether a refusal is one that was sealed as a whole."""
    return refused.kind == _EVENT and raw.keys() == {_TEXT} and _has_seal(raw[_TEXT]) and raw[_TEXT][_OF] == UNREADABLE


def _is_clear(value: Any) -> bool:
    """Return whether a member is there and not sealed."""
    return value is not None and not _has_seal(value)


def _without(texts: Iterable[str], said: str) -> str:
    """Return what is said of something refused without quoting any of these texts, or the cells of a whole line."""
    parts = {part.strip() for text in texts for part in (text, *_CELLS.split(text))}
    for part in sorted((part for part in parts if len(part) > 2), key=lambda part: (-len(part), part)):
        said = said.replace(part, HIDDEN)
    return said


def _is_long(texts: Iterable[str]) -> bool:
    """Return whether texts have so many cells that to look for each would hold up everybody else."""
    return next(islice(chain.from_iterable(map(_CELLS.finditer, texts)), _PARTS_MAX, None), None) is not None


def _only_codes(refused: Refused) -> str:
    """Return what is wrong with something refused, problem by problem, by place and code and no word more."""
    codes = dict.fromkeys([refused.code, *_CODE.findall(refused.reason)])
    return "\n".join(f"{refused.place}: error {code}: {HIDDEN}" for code in codes)


def _decoded(refused: Refused) -> dict[str, Any]:
    """Return what was refused as a JSON object; empty when it is none."""
    try:
        raw = msgspec.json.decode(refused.raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return raw if isinstance(raw, dict) else {}


def _bound(tenant: str, source: str, name: str) -> list[bytes]:
    """Return what sealed members are bound to: moved to another event, or another member, they cannot be opened."""
    return [part.encode() for part in (tenant, source, name)]
