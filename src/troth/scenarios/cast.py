"""The packs of a story: the one that it tests, and the shipped pack of customers for what is known of them."""

from __future__ import annotations

from functools import cache

import msgspec

from troth.customers.record import CUSTOMER_NOUN
from troth.model.pack import Pack, Source
from troth.runtime import catalog


class Cast(msgspec.Struct, frozen=True):
    """The packs of a story.

    Attributes:
        pack: The pack that it tests.
        customers: The pack of `customer/…` subjects; `None`: the pack tested is one itself.
    """

    pack: Pack
    customers: Pack | None = None

    def of(self, subject: str) -> Pack:
        """Return the pack of a subject."""
        return self.customers if self.customers is not None and self.is_customer(subject) else self.pack

    def is_customer(self, subject: str) -> bool:
        """Return whether a subject is a customer, beside the subjects of the pack that is tested."""
        return self.customers is not None and subject.partition("/")[0] == CUSTOMER_NOUN

    def packs(self) -> dict[str, Pack]:
        """Return the packs by name."""
        return {one.name: one for one in (self.pack, self.customers) if one is not None}

    def sources(self, *, customers: bool) -> dict[str, Source]:
        """Return all sources by name, those of the pack of customers only if they matter."""
        also = self.customers.sources if customers and self.customers is not None else ()
        return {source.name: source for source in (*also, *self.pack.sources)}


def cast_of(pack: Pack) -> Cast:
    """Return the packs of a story about a pack."""
    return Cast(pack, None if pack.subject == CUSTOMER_NOUN else _customers())


@cache
def _customers() -> Pack:
    """Return the shipped pack of customers."""
    return catalog.load(CUSTOMER_NOUN).compiled.require()
