"""The refusals that every adapter words alike, which stand where every storage room may use them."""

from __future__ import annotations

from troth.runtime.refusals import closed, other_bucket, other_tenant, stale_fence

__all__ = ["closed", "other_bucket", "other_tenant", "stale_fence"]
