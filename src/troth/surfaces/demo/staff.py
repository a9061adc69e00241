"""Who signs in to the demonstration: two people with one password, which is no secret.

It opens nothing else: the demonstration listens on this machine alone, over ledgers of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from troth.model.times import Micros
from troth.ports.ledger import Ledger
from troth.runtime import staff

LEAD: Final = "lead"
READER: Final = "reader"
PASSWORD: Final = "true and told in time"  # noqa: S105 - whoever reads this may know it: see above
_SHOWN: Final = {LEAD: "Lee (lead)", READER: "Robin (reader)"}


def let_in(ledger: Ledger, roles: Sequence[str], *, now: Micros, zone: str) -> None:
    """Make the accounts of some roles, each called as its role, where they are not there yet."""
    for role in roles:
        if staff.find(ledger, role) is None:
            staff.create(ledger, role, role=role, now=now, password=PASSWORD, shown=_SHOWN[role], zone=zone)
