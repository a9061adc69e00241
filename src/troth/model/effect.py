"""Effects: what the engine asks the runtime to do. The engine performs none of them."""

from __future__ import annotations

import msgspec

from troth.model.times import Micros


class WakeUp(msgspec.Struct, frozen=True, gc=False):
    """Ask to be stepped again at a moment, although no event may arrive.

    Attributes:
        id: Deterministic: the same record asks for the same id.
        subject: Whose record.
        due_at: When.
    """

    id: str
    subject: str
    due_at: Micros
