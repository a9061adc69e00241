"""The figures of a score, each with its definition and its denominator; the bars are those of the specification."""

from __future__ import annotations

from troth.sim.figure import Figure, all_of, at_most, counted, lasting, none_of
from troth.sim.score import Score

HOLDS: float = 0.01
"""The highest share of false holds."""


def figures(score: Score, *, seconds: float | None = None) -> list[Figure]:
    """Return the figures of a finished run, the bars first.

    Args:
        score: What was counted; `close_bypasses` has been called.
        seconds: How long it took; `None`: throughput is left out, and the figures are the same in every run.
    """
    found = [*_bars(score), *_sends(score), *_answers(score), *_repairs(score)]
    if seconds:
        rate = round(score.counts["reports"] / seconds, 1)
        found.append(
            Figure("throughput", rate, 0, "reports taken in, each second of the run, all else included", unit="/s")
        )
    return found


def _bars(score: Score) -> list[Figure]:
    """Return the figures that have to be met."""
    counts = score.counts
    return [
        none_of("false_sends_knowable", counts["false_sends_knowable"], counts["sent"],
                "confirmed messages of which a statement was false by the reports acknowledged before the confirm, of "
                "all confirmed"),
        at_most("false_holds", counts["false_holds"], counts["asks_true"], HOLDS,
                "HOLD although every fact needed was acknowledged, of asks that were true and permitted"),
        all_of("lapses_found_first", counts["lapses_found_first"], counts["lapses_with_contact"],
               "of contacts about an order whose promise had lapsed by what was known, those before which a timer had "
               "found the lapse"),
        all_of("bypasses_metered", counts["bypasses_metered"], counts["bypasses_with_receipt"],
               "bypassing messages that were metered, of those with a receipt"),
    ]  # fmt: skip


def _sends(score: Score) -> list[Figure]:
    """Return what is reported of messages that left."""
    counts = score.counts
    sent = counts["sent"]
    return [
        counted("false_sends_world", counts["false_sends_world"], sent,
                "confirmed messages that a perfect observer knew to be false, unreported, of all confirmed"),
        counted("blind_sends", counts["blind_sends"], sent,
                "confirmed messages of which a statement was unknown by what was acknowledged, of all confirmed"),
        counted("false_without_gate", counts["asks_false"], counts["asks"],
                "asks that a perfect observer knew to be false: what goes out without a gate, of all"),
        counted("bypasses", counts["bypasses"], counts["bypasses"] + sent,
                "messages that left without asking, of all that left"),
        counted("metered_by_mistake", counts["metered_by_mistake"], counts["bypasses_metered"],
                "messages metered as bypassing that had been confirmed, beside those that had not"),
    ]  # fmt: skip


def _answers(score: Score) -> list[Figure]:
    """Return what is reported of answers, with the counts by outcome and reason."""
    counts = score.counts
    asked = counts["asks_true"]
    refused = counts["refused_confirmations"]
    found = [
        counted("false_suppressions", counts["false_suppressions"], asked,
                "SUPPRESS although every fact needed was acknowledged, of asks that were true and permitted"),
        counted("holds_of_unreported", counts["false_holds_unknown"], asked,
                "HOLD of what was true, but not reported yet or contradicted, of asks that were true and permitted"),
        counted("refused_confirmations", refused, refused + counts["sent"],
                "confirmations refused because the answer had changed meanwhile, of all"),
    ]  # fmt: skip
    for outcome in ("SEND", "REPLACE", "HOLD", "SUPPRESS"):
        number = counts[f"decided_{outcome}"]
        found.append(counted(f"answers_{outcome}", number, counts["asks"], f"{outcome}, of all asks"))
        for (which, code), some in sorted(score.reasons.items()):
            if which == outcome:
                found.append(counted(f"{outcome}_{code}", some, number, f"with the reason {code}, of all {outcome}"))
    return found


def _repairs(score: Score) -> list[Figure]:
    """Return what is reported of corrections, lapses and cases."""
    counts = score.counts
    return [
        counted("corrections_sent", counts["corrections_sent"], counts["corrections"],
                "corrections confirmed, of those that the service asked for"),
        lasting("correction_p50", score.corrected, 0.5, "from knowable to the correction's hand-over, median"),
        lasting("correction_p99", score.corrected, 0.99, "from knowable to the correction's hand-over, 99 of 100"),
        counted("lapses_found", counts["lapses_found"], counts["lapses_found"], "lapses of ready_by that were found"),
        lasting("lapse_found_p50", score.found, 0.5, "from due to found, median; late reports make it long"),
        lasting("lapse_found_p99", score.found, 0.99, "from due to found, 99 of 100"),
        counted("cases_before_contact", counts["contacts_after_case"], counts["contacts"],
                "contacts before which the service had opened a case by itself, of all contacts"),
        counted("cases_by_system", counts["cases_by_system"], counts["cases_by_system"], "cases opened by the service"),
    ]  # fmt: skip
