"""What the command line and the HTTP interface share about windows: which are asked for, from what, and making them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from troth.errors import MeasureError, Place, Problem
from troth.model.pack import Pack
from troth.model.times import DAY, Micros, format_instant
from troth.ports.ledger import Ledger
from troth.runtime.catalog import require_kept
from troth.runtime.promising import all_kept, kept
from troth.runtime.service import Given
from troth.trust.windows import Window, Windows

_OLD: Final = 90 * DAY


def learned(ledger: Ledger, kind: str, pack: str = "") -> Windows:
    """Return what was learned about a kind of promise, of the pack named or of the only one that has it.

    Raises:
        MeasureError: N110, nothing was learned; N111, by another version; N114, for several packs.
    """
    packs = [one for one, stored in all_kept(ledger) if stored == kind and pack in ("", one)]
    if len(packs) > 1:
        found = f"windows of {kind!r} were learned for several packs"
        raise MeasureError(Problem(Place(kind), "N114", found, f"one of {', '.join(packs)}", "name the pack"))
    return kept(ledger, packs[0] if packs else pack, kind)


def only_pack(packs: Mapping[str, Pack], kind: str, wanted: str = "") -> str:
    """Return the pack that has promises of a kind; of a kind that none has, the only pack there is.

    Raises:
        MeasureError: N114, several packs could be meant.
        UsageError: P301, the one that is wanted is not there.
    """
    if wanted:
        require_kept(packs, wanted)
    named = [name for name in packs if wanted in ("", name)]
    having = [name for name in named if any(one.name == kind for one in packs[name].promises)]
    # Customers are subjects of a pack of their own, which promises them nothing.
    others = having or [name for name in named if packs[name].promises] or named
    if len(others) != 1:
        expected = f"one of {', '.join(sorted(packs)) or 'none'}"
        raise MeasureError(
            Problem(Place(kind), "N114", "it is not clear which pack is meant", expected, "name the pack")
        )
    return others[0]


def age_note(windows: Windows, made_at: Micros) -> tuple[Problem, ...]:
    """Return a note where windows were learned long before a promise is made."""
    if made_at - windows.trained_as_of <= _OLD:
        return ()
    found = f"the windows know nothing after {format_instant(windows.trained_as_of)}"
    remedy = f"troth promise fit --db FILE --kind {windows.kind}"
    return (Problem(Place(windows.kind), "N113", found, "newer history", remedy, severity="note"),)


def given_of(subject: str, kind: str, window: Window, key: str = "") -> Given:
    """Return the promise that a window makes."""
    opens = window.start if window.basis["sides"] == "two" else None
    return Given(subject=subject, kind=kind, due=window.end, basis=window.basis, opens=opens, key=key)


def merged(known: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of a subject with what the caller says of it, which goes first."""
    return {**known, **said}
