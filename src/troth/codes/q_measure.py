"""Pages of the codes that measures raise (Q)."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

PAGES: Final[dict[str, Page]] = {
    page.code: page
    for page in (
        Page(
            code="Q101",
            title="there is no such measure",
            meaning="The name given is not one of the measures. Names are written with underscores, in full.",
            example="troth measure reliability --db firm.db",
            remedy="Use one of promise_reliability, status_fidelity, time_to_usable_outcome, exception_closure.",
        ),
        Page(
            code="Q102",
            title="no subject has this attribute",
            meaning=(
                "A segment (--by) or a weight (--weight) names an attribute that no subject has at the moment asked "
                "about. Attributes are the columns that a mapping keeps, under their own names; capitals count. An "
                "attribute that becomes known later is not there yet when an earlier moment is asked about (--at)."
            ),
            example="troth measure promise_reliability --db firm.db --by Carrier   # the column is named carrier",
            remedy="Choose one of the attributes listed, or keep the column in the mapping and import again.",
        ),
        Page(
            code="Q103",
            title="there is no such kind",
            meaning=(
                "--kind selects a promise kind (or, for exception_closure, a case kind) that the pack declares. Kinds "
                "are never pooled, so a misspelt kind would give an empty answer rather than a wrong one: it is "
                "refused instead."
            ),
            example="troth measure promise_reliability --db firm.db --kind delivery",
            remedy="Use one of the kinds listed, or leave --kind out to see all, one row each.",
        ),
        Page(
            code="Q104",
            title="the weight is not a number",
            meaning=(
                "A sampling weight says how many cases a row stands for. The attribute named holds text or truth "
                "values on at least one row, so it cannot be a weight."
            ),
            example="troth measure promise_reliability --db firm.db --weight customer_state",
            remedy=(
                "Weigh with an attribute that is a number wherever it is known. Rows without it are left out and "
                "counted."
            ),
        ),
        Page(
            code="Q105",
            title="a record's pack is not at hand",
            meaning=(
                "The ledger holds records derived by a pack that was not found. Without its states and promises the "
                "record cannot be read: which state is usable, which allowance a promise has."
            ),
            example=(
                "troth measure promise_reliability --db firm.db   # imported with --pack ./my_pack, since moved away"
            ),
            remedy="Put the pack back where it was, or import again with the pack that is installed.",
        ),
        Page(
            code="Q106",
            title="this measure does not enter subjects late",
            meaning=(
                "A start of observation (`since`) makes subjects that were already under way enter late. Only "
                "time_to_usable_outcome estimates with delayed entry; for the others it would silently change nothing."
            ),
            example="Question(since=parse_instant('2026-01-01T00:00:00Z')) asked of promise_reliability",
            remedy="Leave it out, or select subjects with --where.",
        ),
        Page(
            code="Q107",
            title="a weight is negative",
            meaning="A sampling weight counts cases; none can stand for fewer than none.",
            example="a row with weight -1 in the imported file",
            remedy="Put the weights right in the source, or select the rows with --where 'weight >= 0.0'.",
        ),
        Page(
            code="Q108",
            title="there is no such part",
            meaning=(
                "The subjects behind a figure are asked for by the figure's part: kept, late, broken and so on. Each "
                "measure has its own parts; they are listed on its page."
            ),
            example="evidence('promise_reliability', ..., part='failed')",
            remedy="Use one of the parts listed; `troth explain promise_reliability` says what each is.",
        ),
    )
}
