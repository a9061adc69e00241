"""The year of flights, served: the pages of staff over a ledger that nothing is added to, at its own moment."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgspec.structs import replace

from troth.bootstrap import open_ledger
from troth.model.times import Micros
from troth.runtime import catalog
from troth.runtime.config import Settings
from troth.runtime.live import LiveService
from troth.runtime.work import as_of
from troth.surfaces.api.context import Context
from troth.surfaces.demo.door import Door
from troth.surfaces.demo.staff import READER, let_in

ZONE: Final = "America/New_York"
_PORT: Final = 8081
_FIRM: Final = "New York flights, 2013"
_FOREVER_H: Final = 24 * 365.0


class Airport:
    """Serves the flights. Its clock stands at the moment up to which they were heard of; nobody can change anything.

    Attributes:
        address: Where it is reached.

    Args:
        file: The ledger with the flights.

    Raises:
        UsageError: H305, no port is free.
        LedgerError: The file cannot be used.
    """

    def __init__(self, file: Path) -> None:
        settings = Settings(
            db=str(file), port=_PORT, firm=_FIRM, zone=ZONE,
            # Where no time passes, no session ends.
            session_hours=_FOREVER_H, session_idle_minutes=60 * _FOREVER_H,
        )  # fmt: skip
        # Browsers keep one set of cookies for a name of a machine: by this one it is not the firm's.
        self._door = Door(settings, "localhost")
        self.address = self._door.address
        self._ledger = open_ledger(file)
        self._moment = as_of(self._ledger) or 0
        packs = catalog.gather(self._ledger, ())
        # Without its writer: what fell due in the year is history, not something to be done now.
        self._service = LiveService(self._ledger, packs, clock=self._clock, threaded=False)
        self._packs = packs
        let_in(self._ledger, (READER,), now=self._moment, zone=ZONE)

    def open(self, beside: str) -> None:
        """Answer; at the top of each page stands another server, `<name>=<address>`."""
        settings = replace(self._door.settings, beside=(beside,))
        self._door.open(Context(self._service, self._ledger, self._packs, settings))

    def close(self) -> None:
        """Stop in order."""
        self._door.close()
        self._service.close()
        self._ledger.close()

    def _clock(self) -> Micros:
        """Return the moment up to which the flights were heard of."""
        return self._moment
