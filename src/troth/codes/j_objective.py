"""Pages of the codes J: objectives, their error budgets and burn rates."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_PAGES: Final = (
    Page(
        "J101",
        "No pack of this ledger has an objective.",
        "Nothing says what is aimed at, so nothing can be met or missed. Objectives are part of a pack; the ledger "
        "keeps the packs that its records were derived with.",
        "troth objectives --db shop.db   # and the pack has no objectives:",
        "Add objectives, such as `delivery_day: {target: 0.95, over: 28d}`, and import again with the pack.",
    ),
    Page(
        "J102",
        "No subject has the segment of an objective.",
        "The objective should hold in each value of an attribute, but no subject has that attribute yet: only the "
        "whole is judged.",
        "objectives:\n  delivery_day: {target: 0.95, over: 28d, by: [carrier]}   # and no row has a carrier",
        "Keep the column in the mapping, or remove it from `by`.",
    ),
    Page(
        "J201",
        "An objective is missed.",
        "Even the upper end of the 95 % interval, with every unknown one counted as a success, is under the target.",
        "delivery_day: value 0.91, high 0.93, target 0.95",
        "Look at the subjects behind it with `troth measure NAME --subjects PART`.",
    ),
    Page(
        "J202",
        "An error budget burns too fast.",
        "Over the last 28th of the period, and over the last six 28ths, failures came more often than `burn` times "
        "what the target allows. At twice the pace a budget for 28 days is used up in 14. Both windows are asked, so "
        "that neither a bad hour nor a week that is long over raises an alarm; the longer one needs 30 decided ones.",
        "delivery_day: burn_fast 3.1, burn_slow 2.4, burn 2",
        "Look at what changed since the longer window began.",
    ),
)

PAGES: Final[dict[str, Page]] = {page.code: page for page in _PAGES}
