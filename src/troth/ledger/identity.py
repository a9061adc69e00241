"""The rule of identity, which stands where every storage room may use it: `troth.runtime.identity`."""

from __future__ import annotations

from troth.runtime.identity import Arrival, Held, Outcome, Shelf, conflict, digest_of, settle, summed

__all__ = ["Arrival", "Held", "Outcome", "Shelf", "conflict", "digest_of", "settle", "summed"]
