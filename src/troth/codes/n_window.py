"""Pages of the codes about windows that can be promised (N)."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_PAGES: Final = (
    Page(
        "N101",
        "The history is too short for windows.",
        "Windows are learned from one part of the history, calibrated on another and judged on a third, later one. "
        "With fewer than 600 promises kept, none of the three would say anything.",
        "troth promise fit --db new.db --kind delivery_day",
        "Import more history, or wait. Until then promise what you promise today, and measure it.",
    ),
    Page(
        "N102",
        "The level is outside those that were learned.",
        "A level is the share of such promises that is to be kept, such as 0.9. Limits are kept from 0.5 to 0.99: "
        "beyond that too few cases decide.",
        "troth promise for order/17 --db shop.db --kind delivery_day --level 0.999",
        "Choose a level between them.",
    ),
    Page(
        "N103",
        "No window can be given at this level.",
        "Of such promises too few are kept ever, or have been followed for long enough, for the share asked for: "
        "any date would promise more than the history bears out. This is an answer, not a failure.",
        "troth promise for flight/1 --db year.db --kind on_time --level 0.99   # 3 % never arrive",
        "Choose a lower level, a segment that does better, or promise the date of the next word instead.",
    ),
    Page(
        "N104",
        "The firm's own date is needed.",
        "These windows were learned against the date that the firm itself would promise (--own-date): they say how "
        "much later than that is honest, and need it for every new promise.",
        "troth promise for flight/1 --db year.db --kind on_time   # learned with --own-date",
        "Give it with --date, or learn windows without --own-date.",
    ),
    Page(
        "N105",
        "No subject has this attribute.",
        "Segments (--by), further attributes (--using) and weights (--weight) are attributes of the subjects: columns "
        "that a mapping keeps, under their own names.",
        "troth promise fit --db shop.db --kind delivery_day --by customer-state   # it is customer_state",
        "Use one of the attributes that are listed.",
    ),
    Page(
        "N106",
        "The attribute is known too late.",
        "It becomes known only after the request, for some subjects at least: a window that rests on it would look "
        "better in the history than it ever can be on the day of the promise.",
        "troth promise fit --db city.db --kind target --by closure_reason",
        "Leave it out, or have the mapping say that it is known from the request, if it is.",
    ),
    Page(
        "N107",
        "No promise is of this kind.",
        "The packs of the ledger have no promise of this name. `usable` stands for the way from the request to the "
        "first usable state, which every pack has.",
        "troth promise fit --db shop.db --kind delivery",
        "Use one of the kinds that are listed.",
    ),
    Page(
        "N108",
        "Promises of this kind do not disclose when they are due.",
        "Their outcome is decided by events alone (the desk says that it missed its target), so that they do not say "
        "how long anything took.",
        "troth promise fit --db desk.db --kind sla",
        "Use `usable`, the way from the request to the first usable state.",
    ),
    Page(
        "N109",
        "A promise of this kind cannot be made.",
        "The pack of the subject has no promise of this name, or it has no due moment: there is nothing to promise.",
        "troth promise for request/1 --db desk.db --kind usable --write",
        "Name a kind of the pack that has a due moment; see `troth show`.",
    ),
    Page(
        "N110",
        "No windows were learned.",
        "The ledger holds none for this kind: nothing has been learned yet from its history.",
        "troth promise for order/17 --db shop.db --kind delivery_day   # before any fit",
        "Run `troth promise fit --db FILE --kind KIND`.",
    ),
    Page(
        "N111",
        "The windows were learned by another version.",
        "What was learned is kept in a format of its own, which has changed since.",
        "troth promise for order/17 --db shop.db --kind delivery_day   # after an update",
        "Learn them again: `troth promise fit`.",
    ),
    Page(
        "N112",
        "The windows are not those that were learned.",
        "Their digest is stored beside them, and differs: somebody has changed them, or the storage is damaged. "
        "Nothing is promised on them.",
        "a setting `windows/delivery/delivery_day` that was edited by hand",
        "Learn them again: `troth promise fit`; and check the ledger with `troth verify`.",
    ),
    Page(
        "N113",
        "The windows were learned long ago.",
        "Durations drift. What was learned more than 90 days before a promise is made may not hold for it any more: "
        "the window is given all the same, and says since when it knows nothing.",
        "troth promise for order/17 --db shop.db --kind delivery_day   # learned last year",
        "Learn them again from the newer history: `troth promise fit`.",
    ),
    Page(
        "N114",
        "Several packs have promises of this kind.",
        "Windows belong to one pack and one kind.",
        "troth promise fit --db firm.db --kind on_time",
        "Name the pack with --pack.",
    ),
)
PAGES: Final[dict[str, Page]] = {page.code: page for page in _PAGES}
