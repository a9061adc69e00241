"""The measures written by hand in SQL for exactly one question: by shop, unweighted, every kind.

Each is a list of statements over the same Parquet files: the figures of a row (value, counts, what its interval needs,
quantiles), as a careful analyst would write them who joins once and reads the result from a temporary table.
Medians under censoring are Kaplan and Meier's by window functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bench.measures_data import AS_OF
from troth.measures.bootstrap import GROUPS_MAX
from troth.model.times import HOUR

_KEPT: Final = "('kept', 'late', 'broken')"


def _part(outcome: str, limit: str) -> str:
    return f"""CASE WHEN {outcome} = 'void' THEN 'void'
        WHEN {limit} <= {AS_OF} THEN CASE WHEN {outcome} IN {_KEPT} THEN {outcome} ELSE 'unknown' END
        WHEN {outcome} = 'kept' THEN 'early' WHEN {outcome} IN {_KEPT} THEN 'failed_early' ELSE 'open' END"""


def _kaplan_meier(table: str, keys: str, time: str, event: str) -> str:
    """Return a statement for the median of each group: S(t) as the exponential of a running sum of logarithms."""
    return f"""
        WITH counts AS (
            SELECT {keys}, {time} AS t, count(*) AS leaving, count(*) FILTER (WHERE {event}) AS d
            FROM {table} GROUP BY {keys}, t
        ), risks AS (
            SELECT *, sum(leaving) OVER (PARTITION BY {keys} ORDER BY t DESC) AS n FROM counts
        ), curve AS (
            SELECT {keys}, t, d, n,
                exp(sum(CASE WHEN d = n THEN -1000.0 ELSE ln(1.0 - d / n) END)
                    OVER (PARTITION BY {keys} ORDER BY t)) AS s,
                sum(CASE WHEN d = n THEN 0.0 ELSE d / (n * (n - d)) END) OVER (PARTITION BY {keys} ORDER BY t) AS g
            FROM risks
        )
        SELECT {keys}, min(t) FILTER (WHERE s <= 0.75), min(t) FILTER (WHERE s <= 0.5), min(t) FILTER (WHERE s <= 0.25),
            min(t) FILTER (WHERE s <= 0.1), min(t) FILTER (WHERE exp(-exp(ln(-ln(s)) + 1.96 * sqrt(g) / ln(s))) <= 0.5),
            min(t) FILTER (WHERE exp(-exp(ln(-ln(s)) - 1.96 * sqrt(g) / ln(s))) <= 0.5)
        FROM curve WHERE s > 0 AND s < 1 GROUP BY {keys}"""


_PROMISES: Final = (
    f"""CREATE TEMP TABLE base AS SELECT "a:shop" AS shop, cluster, kind,
        {_part("promises.outcome", "first_limit")} AS part, {_part("renegotiated", "last_limit")} AS later,
        kept_at - first_due AS lateness, (first_due - opens_at) / {HOUR} AS width,
        CASE WHEN promises.outcome = 'kept' THEN 0
            ELSE greatest(coalesce(kept_at, {AS_OF}) - first_due, 0) / {HOUR} END AS miss
        FROM promises JOIN subjects USING (subject)""",
    "SELECT kind, shop, part, later, count(*) FROM base GROUP BY ALL",
    "SELECT kind, shop, quantile_disc(lateness, [0.5, 0.9]) FROM base WHERE part = 'late' GROUP BY ALL",
    f"""SELECT kind, shop, count(*), sum(k * k), sum(k * d), sum(d * d) FROM (
        SELECT kind, shop, cluster, count(*) AS d, count(*) FILTER (WHERE part = 'kept') AS k
        FROM base WHERE part IN {_KEPT} GROUP BY ALL) GROUP BY ALL""",
    f"""SELECT kind, shop, cluster % {GROUPS_MAX} AS dealt, count(*), sum(width), sum(miss)
        FROM base WHERE part IN {_KEPT} GROUP BY ALL""",
    "DROP TABLE base",
)

_FIDELITY: Final = (
    f"""SELECT "a:shop" AS shop, cluster % {GROUPS_MAX} AS dealt, count(*), sum(aligned), sum(ahead), sum(stuck),
        sum(unverifiable), sum(behind), sum(untold), sum(total), sum(aligned / total)
        FROM (SELECT subject, sum(until - since) AS total, """
    + ", ".join(
        f"sum(until - since) FILTER (WHERE alignment = '{name}') AS {name}"
        for name in ("aligned", "ahead", "stuck", "unverifiable", "behind", "untold")
    )
    + " FROM spans GROUP BY subject) JOIN subjects USING (subject) GROUP BY ALL",
)

_USABLE: Final = (
    f"""CREATE TEMP TABLE base AS SELECT "a:shop" AS shop, subject, outcome,
        coalesce(outcome_at, {AS_OF}) - requested_at AS wait FROM subjects""",
    "SELECT shop, outcome, count(*) FROM base GROUP BY ALL",
    _kaplan_meier("base", "shop", "wait", "outcome = 'usable'"),
    "DROP TABLE base",
)

_LEGS: Final = (
    ("opened_at", "owned_at"),
    ("opened_at", "informed_at"),
    ("opened_at", "first_resolved_at"),
    ("first_resolved_at", "first_closed_at"),
    ("opened_at", "first_closed_at"),
)

_CLOSURE: Final = (
    """CREATE TEMP TABLE base AS SELECT "a:shop" AS shop, cases.kind, opened_at, owned_at, informed_at,
        first_resolved_at, first_closed_at, closed_as FROM cases JOIN subjects USING (subject)""",
    "SELECT kind, shop, closed_as, count(*) FROM base GROUP BY ALL",
    *(
        _kaplan_meier(
            f"(SELECT * FROM base WHERE closed_as <> 'void' AND {start} IS NOT NULL)",
            "kind, shop",
            f"coalesce({end}, {AS_OF}) - {start}",
            f"{end} IS NOT NULL",
        )
        for start, end in _LEGS
    ),
    "DROP TABLE base",
)

_CLUSTERS: Final = """SELECT {keys}, count(*), sum(k * k), sum(k * d), sum(d * d) FROM (
    SELECT {keys}, cluster, count(*) AS d, count(*) FILTER (WHERE {good}) AS k
    FROM base WHERE {decided} GROUP BY ALL) GROUP BY ALL"""

_TRUTH: Final = (
    """CREATE TEMP TABLE base AS SELECT "a:shop" AS shop, cluster, verdict, source, "now", lag
        FROM tellings JOIN subjects USING (subject)""",
    "SELECT shop, verdict, count(*) FROM base GROUP BY ALL",
    _CLUSTERS.format(keys="shop", good="verdict = 'honest'", decided="verdict <> 'doubtful'"),
    """SELECT shop, verdict, "now", count(*), quantile_disc(lag, [0.5, 0.9]) FROM base
        WHERE verdict IN ('unlucky', 'blind', 'doubtful') AND source <> '' GROUP BY ALL""",
    "DROP TABLE base",
)

_FORETOLD: Final = (
    f"""CREATE TEMP TABLE base AS SELECT "a:shop" AS shop, cluster, statement, implies, "now",
        CASE WHEN due_at > {AS_OF} THEN 'open' ELSE followed END AS part, followed_at - told_at AS wait
        FROM tellings JOIN subjects USING (subject) WHERE implies <> ''""",
    'SELECT statement, shop, implies, part, "now", count(*) FROM base GROUP BY ALL',
    _CLUSTERS.format(keys="statement, shop", good="part = 'yes'", decided="part IN ('yes', 'no')"),
    "SELECT statement, shop, quantile_disc(wait, [0.5, 0.9]) FROM base WHERE part = 'yes' GROUP BY ALL",
    "DROP TABLE base",
)

_COVERED: Final = """SELECT subject, sum(greatest(until - greatest(since, reached), 0)) AS {name} FROM (
    SELECT *, coalesce(max(until) OVER (PARTITION BY subject ORDER BY since, until
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), since) AS reached
    FROM beliefs WHERE helps {test}) GROUP BY subject"""

_INFORMED: Final = (
    f"""SELECT "a:shop" AS shop, cluster % {GROUPS_MAX} AS dealt, count(*), sum(coalesce(helped, 0)),
        sum(coalesce(perhaps, 0)), sum(total), sum(coalesce(helped, 0) / (total - coalesce(perhaps - helped, 0)))
        FROM subjects JOIN (SELECT subject, sum(until - since) AS total FROM spans GROUP BY subject) USING (subject)
        LEFT JOIN ({_COVERED.format(name="helped", test="= 'true'")}) USING (subject)
        LEFT JOIN ({_COVERED.format(name="perhaps", test="<> 'false'")}) USING (subject) GROUP BY ALL""",
)

_GATE: Final = (
    """CREATE TEMP TABLE base AS SELECT "a:shop" AS shop, cluster, message, mode, asks.outcome AS outcome,
        for_truth, "then", "now"
        FROM asks JOIN subjects USING (subject)""",
    'SELECT message, shop, mode, outcome, for_truth, "then", "now", count(*) FROM base GROUP BY ALL',
    _CLUSTERS.format(
        keys="message, shop, mode",
        good="""(outcome = 'SEND') = ("now" = 'true')""",
        decided="""(outcome = 'SEND' OR for_truth) AND "now" <> 'unknown'""",
    ),
    "DROP TABLE base",
)

BY_HAND: Final[Mapping[str, Sequence[str]]] = {
    "promise_reliability": _PROMISES,
    "status_fidelity": _FIDELITY,
    "time_to_usable_outcome": _USABLE,
    "exception_closure": _CLOSURE,
    "told_truth": _TRUTH,
    "predictive_fidelity": _FORETOLD,
    "informativeness": _INFORMED,
    "gate_quality": _GATE,
}
"""Measure → its statements."""
