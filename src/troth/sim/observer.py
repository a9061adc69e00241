"""What was so: an order as a perfect observer sees it, from the truth beside the simulator."""

from __future__ import annotations

from typing import Any

from troth.model.times import Micros
from troth.sim.truth import Truth

_SAME = {"staged": "on_shelf"}
_PARCEL = (("delivered_to_store", "delivered"), ("out_for_delivery", "out_for_delivery"), ("shipped", "accepted"),
           ("labelled", "label"))  # fmt: skip


class Real:
    """How an order really stands at a moment: a `View`.

    Args:
        truth: The truth.
        subject: Of which order.
        now: The moment; microseconds since 1970 UTC.
    """

    __slots__ = ("_now", "_subject", "_truth")

    def __init__(self, truth: Truth, subject: str, now: Micros) -> None:
        self._truth, self._subject, self._now = truth, subject, now

    def value(self, fact: str) -> Any:
        """Return a fact; it is always known. See `View`."""
        if fact == "parcel":
            return next((word for name, word in _PARCEL if self.value(name)), "none")
        if fact == "mode":
            return self._truth.at(self._subject, "mode", self._now)
        found = self._truth.at(self._subject, _SAME.get(fact, fact), self._now)
        return (0 if fact == "short" else False) if found is None else found

    def ready_before(self, due: Micros | None) -> bool | None:
        """Return whether it was ready before a moment, or still can be. See `View`."""
        by = self._truth.at(self._subject, "promised_by", self._now) if due is None else due
        if by is None:
            return None
        ready = self._truth.first(self._subject, "on_shelf")
        if ready is not None and ready <= self._now:
            return bool(ready < by)
        return bool(self._now < by)

    def age(self, fact: str) -> Micros | None:
        """Return for how long a fact has been so. See `View`."""
        since = self._truth.first(self._subject, _SAME.get(fact, fact))
        return None if since is None or since > self._now else self._now - since

    def was_laid(self) -> bool:
        """Return whether it has ever been laid on the shelf. See `View`."""
        laid = self._truth.first(self._subject, "on_shelf")
        return laid is not None and laid <= self._now
