"""What goes out: deliveries of the outbox with retries, and messages that the gate has permitted."""

from __future__ import annotations

from troth.runtime.outbound.deliverer import Deliverer, Limits
from troth.runtime.outbound.gated import Gated, send_gated
from troth.runtime.outbound.payload import payload
from troth.runtime.outbound.worker import OutboxWorker

__all__ = ["Deliverer", "Gated", "Limits", "OutboxWorker", "payload", "send_gated"]
