"""Pages of the codes about what records foretell (T)."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

PAGES: Final[dict[str, Page]] = {
    page.code: page
    for page in (
        Page(
            code="T101",
            title="no pack has an event of this type",
            meaning=(
                "--at-event names the event before which everything is to be foretold, such as the sending of a "
                "survey. No pack in the ledger knows the type, so that nobody would have a moment of prediction."
            ),
            example="troth experience --db shop.db --bad 'review_score <= 2' --at-event survey_sent",
            remedy="Use one of the event types of the pack, or leave --at-event out.",
        ),
        Page(
            code="T102",
            title="too few outcomes to learn from",
            meaning=(
                "A figure that cannot be checked is worth nothing. At least 100 customers with a bad outcome and 100 "
                "with another are needed, so that each part of them that is kept back for a check holds some of either."
            ),
            example="troth experience --db shop.db --bad 'review_score < 0'   # nobody gives less than 1",
            remedy="Import more history, or choose a condition that is met more often.",
        ),
        Page(
            code="T103",
            title="a weight is negative",
            meaning="A sampling weight says how many subjects one stands for. It may be 0, but not less.",
            example="troth experience --db shop.db --bad 'review_score <= 2' --weight balance",
            remedy="Choose the attribute that holds the sampling weights.",
        ),
        Page(
            code="T104",
            title="late and on time cannot be compared",
            meaning=(
                "What goes with lateness is found by comparing the late with the punctual. Fewer than 100 were one of "
                "the two, so that there is nothing to compare."
            ),
            example="troth truth-or-speed --db shop.db --bad 'score <= 2' --promise paid_by   # always kept",
            remedy="Choose a promise that is sometimes kept and sometimes not (--promise), or import more history.",
        ),
        Page(
            code="T105",
            title="some subjects are left out",
            meaning=(
                "A note, no error. Left out are subjects whose weight is not known; those that had no event of the "
                "type that --at-event names before it was said how it was; and, for truth or speed, those of which "
                "it is open or not known what became of the promise, or that answered before they had asked for "
                "anything."
            ),
            example="50 subjects are left out: what became of the promise is open or not known",
            remedy="Nothing is wrong. If there are many, look at some of them with `troth show`.",
        ),
    )
}
