"""Step-up: whoever holds a link shows to know one thing that the customer's record knows, before personal data open.

What counts is named by the pack: the last four digits of a phone number, an e-mail address, the subject's own number.
Tries are counted in the ledger, on whichever server: after a few wrong ones nobody can try for an hour, and after some
more never again by that link. Four digits have 10,000 values: by the hour alone, a month of tries would find a third.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.times import HOUR, Micros
from troth.ports.ledger import Ledger
from troth.runtime.links import TRIES, Link
from troth.runtime.privacy import FORGOTTEN, Sealer
from troth.runtime.signing import Signer

MOST: Final = 5
"""Wrong answers within an hour, after which nobody can try."""
MOST_EVER: Final = 20
"""Wrong answers by one link, after which nobody can try by it again: one chance in 500 to guess four digits."""
_DIGITS: Final = 4
_NOT_DIGIT: Final = re.compile(r"\D")


def personal_of(ledger: Ledger, packs: Mapping[str, Pack], subject: str, customer: str) -> dict[str, str]:
    """Return what is personal about a subject and its customer, in clear: member → its latest text."""
    sealer = Sealer(ledger, packs)
    found: dict[str, str] = {}
    for name in (customer, subject):
        for event in ledger.events_of([name])[name] if name else ():
            found |= _opened(event, sealer.open(event))
    return found


def _opened(event: Event, clear: Event) -> dict[str, str]:
    """Return the members of an event that were sealed and could be opened, as far as they are text."""
    return {
        member: value
        for member, value in clear.data.items()
        if value is not event.data[member] and isinstance(value, str) and value and value != FORGOTTEN
    }


def expected(proofs: Iterable[str], personal: Mapping[str, str], subject: str) -> list[str]:
    """Return what answers are right; none: nothing is known that could be asked for.

    Args:
        proofs: What counts, as the pack names it.
        personal: What is personal, in clear.
        subject: Such as `pickup/17`.
    """
    return list(dict.fromkeys(_right(set(proofs), personal, subject)))


def _right(proofs: set[str], personal: Mapping[str, str], subject: str) -> Iterator[str]:
    """Yield the right answers, in the form in which answers are compared."""
    digits = _NOT_DIGIT.sub("", personal.get("phone", ""))
    if "phone" in proofs and len(digits) >= _DIGITS:
        yield digits[-_DIGITS:]
    if "email" in proofs and personal.get("email"):
        yield _plain(personal["email"])
    if "number" in proofs:
        yield _plain(subject.partition("/")[2])


def allowed(ledger: Ledger, link: Link, now: Micros) -> bool:
    """Return whether a try is possible now."""
    return _possible(_wrong(ledger, link), now)


def spent(ledger: Ledger, link: Link) -> bool:
    """Return whether no try is possible by this link any more, however long one waits."""
    return len(_wrong(ledger, link)) >= MOST_EVER


def prove(ledger: Ledger, signer: Signer, link: Link, said: str, right: Iterable[str], now: Micros) -> bool:
    """Return whether an answer is right, and count it if it is not.

    Every right answer is compared, as digests under a key: the time tells nothing. The try is written down before the
    answer is known, so that nobody gains by hurrying or by breaking the line.

    Args:
        ledger: Where tries are counted.
        signer: Makes the digests.
        link: Whose holder answers.
        said: The answer.
        right: The right ones, of `expected`.
        now: The present moment; microseconds since 1970 UTC.
    """
    with ledger.unit([0]):
        tries = _wrong(ledger, link)
        if not _possible(tries, now):
            return False
        ledger.put(TRIES + link.id, [*tries, now])
    given = [signer.digest("proof", link.id, form) for form in (_plain(said), _NOT_DIGIT.sub("", said)[-_DIGITS:])]
    hits = 0
    for answer in right:
        known = signer.digest("proof", link.id, answer)
        for form in given:
            hits += hmac.compare_digest(known, form)
    if hits:
        _take_back(ledger, link, now)
    return hits > 0


def _take_back(ledger: Ledger, link: Link, at: Micros) -> None:
    """Take back the try of a right answer, and no other: somebody else's wrong ones still count."""
    with ledger.unit([0]):
        tries = _wrong(ledger, link)
        if at in tries:
            tries.remove(at)
        ledger.put(TRIES + link.id, tries or None)


def _wrong(ledger: Ledger, link: Link) -> list[Micros]:
    """Return the moments of all wrong answers by a link."""
    stored: Any = ledger.get(TRIES + link.id)
    return list(stored or ())


def _possible(tries: list[Micros], now: Micros) -> bool:
    """Return whether one more try is possible after these."""
    return len(tries) < MOST_EVER and sum(now - HOUR < at for at in tries) < MOST


def _plain(text: str) -> str:
    """Return a text as answers are compared: without blanks and case."""
    return "".join(text.split()).casefold()
