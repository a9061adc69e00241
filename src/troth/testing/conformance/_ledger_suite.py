"""What the parts of the ledger's suite share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from troth.errors import LedgerError
from troth.model.ids import BUCKETS
from troth.ports.ledger import Ledger


class LedgerSuite:
    """How the adapter under test is made."""

    def make(self) -> Ledger:
        """Return a new, empty ledger of tenant `main`; called several times within one test."""
        raise NotImplementedError

    def reopen(self, ledger: Ledger) -> Ledger | None:
        """Close the ledger and return it opened anew on the same storage; `None` if it is not durable."""
        ledger.close()
        return None

    def beside(self, ledger: Ledger) -> Ledger | None:  # noqa: ARG002  an adapter that has more instances uses it
        """Return another instance on the storage of the ledger, which stays open; `None` if it is the only one."""
        return None

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Give a new ledger and close it afterwards."""
        ledger = self.make()
        try:
            yield ledger
        finally:
            ledger.close()

    @contextmanager
    def reopened(self, ledger: Ledger) -> Iterator[Ledger]:
        """Give the ledger opened anew; skip the test if it is not durable."""
        again = self.reopen(ledger)
        if again is None:
            pytest.skip("this ledger keeps nothing after it is closed, and does not claim to")
        try:
            yield again
        finally:
            again.close()

    @contextmanager
    def refused(self, code: str) -> Iterator[None]:
        """Expect a LedgerError with exactly this code."""
        with pytest.raises(LedgerError) as caught:
            yield
        assert [problem.code for problem in caught.value.problems] == [code]


def commit_all(ledger: Ledger) -> None:
    """Set every dirty bucket's position to its last event, as a worker does that has folded it."""
    for bucket in ledger.dirty_buckets():
        position, fence = ledger.position(bucket)
        last = ledger.read(bucket, after=position, limit=10**9)[-1].position
        ledger.commit(bucket, fence=fence, position=last, records=[], wake_ups=[])
    assert not ledger.dirty_buckets()


def everything(ledger: Ledger) -> list[object]:
    """Return all that a reader can see of the events, bucket by bucket."""
    return [ledger.read(bucket, after=0, limit=10**9) for bucket in range(BUCKETS)]
