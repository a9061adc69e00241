"""`python -m troth.surfaces.demo`: what `make run` runs. ONCE=1 ends by itself, KEEP=1 keeps the former firm's file."""

from __future__ import annotations

import os
import sys

from troth.errors import TrothError
from troth.surfaces.cli.common import emit
from troth.surfaces.demo import flights, live


def main() -> None:
    """Show the flights, then the firm; exit with 0, or 130 where it was interrupted before its end."""
    once, keep = bool(os.environ.get("ONCE")), bool(os.environ.get("KEEP"))
    try:
        flights.show(flights.data_folder(), flights.DATABASE)
        sys.exit(live.show(live.FOLDER, once=once, keep=keep, flights=flights.DATABASE))
    except TrothError as error:
        from troth.surfaces.cli.failing import failure

        sys.exit(emit(failure(error), "table"))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
