"""Stories that bring an order into each state that its customer's page can show: told by systems, folded by the engine.

A step is (minutes after the beginning, source, type, data); every feed is heard at every step, but for those that a
story calls silent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from troth.model.times import MINUTE, Micros, format_instant

Step = tuple[float, str, str, dict[str, Any]]
SUBJECT: Final = "pickup/A-1042"
CUSTOMER: Final = "customer/17"
_BEAT: Final = 5 * MINUTE
FEEDS: Final = ("oms", "inventory", "store", "staging", "pos", "desk", "carrier", "mailer", "callcentre", "crm")


class Story(msgspec.Struct, frozen=True):
    """What happens, and when somebody looks: `ends` minutes after the beginning; `silent` feeds are not heard."""

    steps: tuple[Step, ...]
    ends: float
    silent: tuple[str, ...] = ()


def placed(promised: float = 240) -> Step:
    """Return the order, with its promise so many minutes later."""
    data = {"customer": CUSTOMER, "store": "basel", "mode": "in_store", "items": 2, "value": 59.9}
    return 0, "oms", "order.placed", data | {"collector": "Ada Roe", "promised": promised}


def mail(at: float, message: str, name: str, channel: str = "email") -> Step:
    """Return a message that arrives."""
    return at, "mailer", "mail.delivered", {"message": message, "id": name, "channel": channel}


_PICKED: Final[Step] = (60, "store", "pick.completed", {"picked": 2, "short": 0})
_SHELVED: Final[Step] = (65, "staging", "stage.placed", {"slot": "A4"})
_START: Final = (placed(), mail(1, "confirmation", "m1"))
_READY: Final = (*_START, _PICKED, _SHELVED, mail(70, "ready", "m2", "sms"))
_AWAY: Final[Step] = (310, "desk", "pickup.refused", {"reason": "not_found"})

STORIES: Final[dict[str, Story]] = {
    "nothing": Story((), 1),
    "well": Story((*_START, (30, "store", "pick.started", {})), 45),
    "ready": Story(_READY, 75),
    "contradiction": Story((*_READY, (300, "desk", "pickup.customer_arrived", {}), _AWAY), 323),
    "late": Story((*_START, (30, "store", "pick.started", {})), 300),
    "at_risk": Story((*_START, (100, "store", "pick.failed", {}), (110, "store", "pick.started", {}),
                      (115, "store", "pick.completed", {"picked": 1, "short": 1})), 120),
    "moved": Story((*_START, (100, "oms", "order.rescheduled", {"promised": 500, "consent": True}),
                    (105, "mailer", "mail.delivered", {"message": "new_time", "id": "m4", "channel": "email"})), 130),
    "remedied": Story((*_READY, (300, "desk", "pickup.customer_arrived", {}), _AWAY,
                       (325, "callcentre", "call.made", {"message": "apology", "id": "c1"}),
                       (360, "staging", "stage.placed", {"slot": "A9"}), mail(365, "ready", "m3", "sms")), 400),
    "closed": Story((*_READY, (600, "pos", "pickup.handed_over", {})), 620),
    "cancelled": Story((*_START, (20, "oms", "order.cancelled", {"by": "customer"}),
                        mail(22, "cancellation", "m5")), 40),
    "unknown": Story((*_READY, (600, "staging", "stage.removed", {})), 640),
    "silence": Story(_START, 90, silent=("store", "staging")),
    "disputed": Story((*_READY, (75, "inventory", "stock.checked", {"available": False})), 110),
}  # fmt: skip
"""State → how it comes about."""

Accept = Callable[[dict[str, Any]], None]
Beat = Callable[[dict[str, Micros]], None]
Turn = Callable[[Micros], None]


def tell(story: Story, began: Micros, turn: Turn, accept: Accept, beat: Beat, subject: str = SUBJECT) -> None:
    """Tell a story to a service; see `tell_all`."""
    tell_all({subject: story}, began + round(story.ends * MINUTE), turn, accept, beat)


def tell_all(stories: Mapping[str, Story], end: Micros, turn: Turn, accept: Accept, beat: Beat) -> None:
    """Tell several stories to a service, side by side, so that all of them end at one moment.

    Args:
        stories: Subject → its story.
        end: When they end.
        turn: Sets the service's clock.
        accept: Sends an event.
        beat: Says up to when feeds are heard. A feed that one of the stories calls silent is heard at its beginning.
    """
    began = {subject: end - round(story.ends * MINUTE) for subject, story in stories.items()}
    due = [
        (began[subject] + round(step[0] * MINUTE), subject, number, step)
        for subject, story in stories.items()
        for number, step in enumerate(story.steps)
    ]
    first = min(began.values())
    moments = {end, *(at for at, *_ in due), *range(first, end, _BEAT)}
    silent = {feed for story in stories.values() for feed in story.silent}
    for at in sorted(moments):
        turn(at)
        for when, subject, number, (_, source, kind, data) in due:
            if when == at:
                accept(_event(number, at, source, kind, data, subject, began[subject]))
        beat({feed: at for feed in FEEDS if feed not in silent or at - first < _BEAT})


def _event(
    number: int, at: Micros, source: str, kind: str, data: dict[str, Any], subject: str, began: Micros
) -> dict[str, Any]:
    """Return an event as it is sent."""
    data = dict(data)
    if "promised" in data:
        data["promised_by"] = format_instant(began + round(data.pop("promised") * MINUTE))
    return {
        "specversion": "1.0", "id": f"{subject}-{number}", "source": source, "type": kind, "subject": subject,
        "time": format_instant(at), "data": data,
    }  # fmt: skip
