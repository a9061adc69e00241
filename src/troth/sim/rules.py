"""What the messages of store pickup say, and when it is so: the pack's rules in words, written a second time by hand.

Nothing here calls the engine or reads the pack: where the two disagree, one of them is wrong, and `troth sim score`
shows it. Truths are three-valued: `None` is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

from troth.model.times import DAY, Micros, parse_instant

Truth: TypeAlias = bool | None


class View(Protocol):
    """How an order stands at a moment, as somebody sees it: the firm by what it was told, or a perfect observer."""

    def value(self, fact: str) -> Any:
        """Return a fact; `None`: this observer cannot tell."""
        ...

    def ready_before(self, due: Micros | None) -> Truth:
        """Return whether it was or will be ready before a moment: `True` ready before, `False` too late, else open.

        Args:
            due: The moment; `None`: the last one that was set.

        Returns:
            `None` also where no moment is known.
        """
        ...

    def age(self, fact: str) -> Micros | None:
        """Return for how long a fact has been as it is; `None`: nobody has said."""
        ...

    def was_laid(self) -> bool:
        """Return whether it has ever been laid on the shelf."""
        ...


def both(*truths: Truth) -> Truth:
    """Return whether all are so: false if one is false, else unknown if one is."""
    if any(truth is False for truth in truths):
        return False
    return None if any(truth is None for truth in truths) else True


def either(*truths: Truth) -> Truth:
    """Return whether one is so: true if one is true, else unknown if one is."""
    return no(both(*(no(truth) for truth in truths)))


def no(truth: Truth) -> Truth:
    """Return the opposite; of unknown, unknown."""
    return None if truth is None else not truth


def _is(view: View, fact: str) -> Truth:
    """Return a fact that is true or false."""
    value: Truth = view.value(fact)
    return value


def _not(view: View, *facts: str) -> Truth:
    """Return whether none of some facts is so."""
    return both(*(no(_is(view, fact)) for fact in facts))


def _missing(view: View) -> Truth:
    """Return whether items are missing."""
    short = view.value("short")
    return None if short is None else short > 0


def _parcel(view: View) -> Truth:
    """It comes as a parcel, which is packed whole elsewhere."""
    mode = view.value("mode")
    return None if mode is None else mode == "ship_to_store"


def whole(view: View) -> Truth:
    """Return whether everything is together: the picker says so, or it came as a parcel."""
    return either(_is(view, "complete"), _parcel(view))


def _ready(view: View) -> Truth:
    """On the shelf, whole, not being looked for, and still wanted."""
    return both(_is(view, "staged"), whole(view), _not(view, "lost", "cancelled", "handed_over"))


def _all_there(view: View) -> Truth:
    """Nothing is missing."""
    return either(both(_is(view, "complete"), no(_missing(view))), both(_parcel(view), _is(view, "staged")))


def _over(view: View) -> Truth:
    """Called off or given up, and not handed over."""
    return both(either(_is(view, "cancelled"), _is(view, "returned")), _not(view, "handed_over"))


def _by(view: View, due: Micros | None) -> Truth:
    """Ready by a moment: so while the moment has not passed, or if it was ready before, and nobody called it off."""
    return both(_not(view, "cancelled", "returned"), view.ready_before(due))


def _on_the_way(view: View) -> Truth:
    """Loaded for the last mile, or there."""
    parcel = view.value("parcel")
    loaded = None if parcel is None else parcel in {"out_for_delivery", "delivered"}
    return either(loaded, _is(view, "at_store"))


def _money_comes(view: View) -> Truth:
    """The money comes within 7 days of the cancellation: open while they last, then only if it came."""
    if view.value("cancelled") is not True:
        return None
    age = view.age("cancelled")
    within = None if age is None else age < _REFUND
    return either(within, _is(view, "refunded"))


def _kept(view: View) -> Truth:
    """It is kept on the shelf: from when it was first laid there, until it is called off or taken away."""
    return both(_not(view, "cancelled", "returned"), True if view.was_laid() else None)


_REFUND: Final[Micros] = 7 * DAY
Rule: TypeAlias = Callable[[View, Micros | None], Truth]

STATEMENTS: Final[dict[str, Rule]] = {
    "ready_by": _by,
    "delayed_until": _by,
    "ready_for_pickup": lambda view, _: _ready(view),
    "was_picked_up": lambda view, _: _is(view, "handed_over"),
    "is_cancelled": lambda view, _: both(_is(view, "cancelled"), _not(view, "handed_over")),
    "went_back": lambda view, _: both(_is(view, "returned"), _not(view, "handed_over")),
    "items_missing": lambda view, _: both(_missing(view), _not(view, "handed_over", "cancelled")),
    "looking_into_it": lambda view, _: _not(view, "handed_over"),
    "being_prepared": lambda view, _: both(
        _is(view, "placed"), _not(view, "cancelled", "returned", "handed_over", "not_found", "lost")
    ),
    "is_in_stock": lambda view, _: _is(view, "available"),
    "not_found_here": lambda view, _: both(_is(view, "not_found"), _not(view, "handed_over", "cancelled")),
    "nothing_ordered": lambda view, _: _not(view, "placed"),
    "is_shipped": lambda view, _: either(_is(view, "shipped"), _is(view, "at_store")),
    "out_for_delivery": lambda view, _: _on_the_way(view),
    "arrived_at_store": lambda view, _: either(_is(view, "at_store"), both(_parcel(view), _is(view, "staged"))),
    "all_there": lambda view, _: _all_there(view),
    "finding_out": lambda view, _: _not(view, "handed_over"),
    "has_the_goods": lambda view, _: _is(view, "handed_over"),
    "nothing_comes": lambda view, _: _over(view),
    "kept_until": lambda view, _: _kept(view),
    "no_longer_kept": lambda view, _: _over(view),
    "refund_coming": lambda view, _: _money_comes(view),
    "was_refunded": lambda view, _: _is(view, "refunded"),
}
"""Statement → when it is so. The second argument is the moment that the message names."""

MESSAGES: Final[dict[str, tuple[str, ...]]] = {
    "confirmation": ("ready_by",),
    "reserved": ("is_in_stock",),
    "new_time": ("delayed_until",),
    "update": ("being_prepared",),
    "shipped": ("is_shipped",),
    "label_only": ("being_prepared",),
    "out_for_delivery": ("out_for_delivery",),
    "arrived": ("arrived_at_store",),
    "ready": ("ready_for_pickup", "all_there", "kept_until"),
    "reminder": ("ready_for_pickup", "all_there", "kept_until"),
    "partly_ready": ("items_missing",),
    "not_found_note": ("not_found_here", "looking_into_it"),
    "apology": ("looking_into_it",),
    "cancellation": ("is_cancelled", "nothing_comes", "no_longer_kept", "refund_coming"),
    "refund_note": ("was_refunded",),
    "went_back_note": ("went_back", "nothing_comes", "no_longer_kept"),
    "picked_up": ("was_picked_up", "has_the_goods"),
    "looking_into_it": ("looking_into_it", "finding_out"),
    "survey": ("was_picked_up",),
    "offer": ("nothing_ordered",),
}
"""Message → its statements."""


def truth_of(view: View, message: str, data: dict[str, Any]) -> Truth:
    """Return whether everything that a message says is so; false if one statement is false.

    Args:
        view: How the order stands.
        message: Its name; of one that is not listed nothing is known.
        data: What it would say: `ready_by` is the moment that it names.
    """
    if message not in MESSAGES:
        return None
    named = data.get("ready_by")
    due = parse_instant(named) if isinstance(named, str) else None
    return both(*(STATEMENTS[statement](view, due) for statement in MESSAGES[message]))
