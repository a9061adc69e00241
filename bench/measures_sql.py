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
        kept_at, kept_at - first_due AS lateness, greatest(first_due - opens_at, 0) / {HOUR} AS width,
        CASE WHEN promises.outcome = 'kept' THEN 0 ELSE greatest(
            coalesce(kept_at, {AS_OF}) - first_due, opens_at - coalesce(kept_at, {AS_OF}), 0) / {HOUR} END AS miss
        FROM promises JOIN subjects USING (subject)""",
    "SELECT kind, shop, part, later, count(*) FROM base GROUP BY ALL",
    "SELECT kind, shop, quantile_disc(lateness, [0.5, 0.9]) FROM base WHERE part = 'late' GROUP BY ALL",
    f"""SELECT kind, shop, count(*), max(d), sum(k * k), sum(k * d), sum(d * d) FROM (
        SELECT kind, shop, cluster, count(*) AS d, count(*) FILTER (WHERE part = 'kept') AS k
        FROM base WHERE part IN {_KEPT} GROUP BY ALL) GROUP BY ALL""",
    f"""SELECT kind, shop, cluster % {GROUPS_MAX} AS dealt, count(*), count(*) FILTER (WHERE kept_at IS NULL),
        sum(width), sum(miss)
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

_REACHED: Final = "min(t) FILTER (WHERE {curve} >= {share})"
_ENDS: Final = "exp(-exp(ln(-ln({f})) {sign} 1.959963984540054 * sqrt({v}) / ({f} * abs(ln({f})))))"
_AALEN_JOHANSEN: Final = f"""
    WITH counts AS (
        SELECT shop, wait AS t, count(*) AS leaving, count(*) FILTER (WHERE outcome <> 'open') AS d,
            count(*) FILTER (WHERE outcome = 'usable') AS own
        FROM base GROUP BY shop, t
    ), risks AS (
        SELECT *, sum(leaving) OVER (PARTITION BY shop ORDER BY t DESC)::DOUBLE AS n FROM counts
    ), survival AS (
        SELECT *, coalesce(exp(sum(CASE WHEN d = n THEN -1000.0 ELSE ln(1.0 - d / n) END)
            OVER (PARTITION BY shop ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)), 1.0) AS before
        FROM risks
    ), incidence AS (
        SELECT *, sum(before * own / n) OVER w AS f, sum(before * (d - own) / n) OVER w AS other,
            lead(t) OVER w - t AS until, before * (1 - d / n) AS s
        FROM survival WINDOW w AS (PARTITION BY shop ORDER BY t)
    ), terms AS (
        SELECT *, CASE WHEN d = n THEN 0.0 ELSE d / (n * (n - d)) END AS a,
            before * before * own * (n - own) / (n * n * n) AS b, before * own / (n * n) AS c
        FROM incidence
    ), spread AS (
        SELECT shop, t, f, other, until, greatest(f * f * sum(a) OVER w - 2 * f * sum(f * a) OVER w
            + sum(f * f * a) OVER w + sum(b) OVER w - 2 * f * sum(c) OVER w + 2 * sum(f * c) OVER w, 0) AS v
        FROM terms WINDOW w AS (PARTITION BY shop ORDER BY t)
    ), ends AS (
        SELECT *, CASE WHEN f > 0 AND f < 1 THEN {_ENDS.format(f="f", v="v", sign="+")} ELSE f END AS low,
            CASE WHEN f > 0 AND f < 1 THEN {_ENDS.format(f="f", v="v", sign="-")} ELSE f END AS high
        FROM spread
    )
    SELECT shop, {", ".join(_REACHED.format(curve="f", share=share) for share in (0.25, 0.5, 0.75, 0.9))},
        {", ".join(_REACHED.format(curve=end, share=share) for end in ("high", "low") for share in (0.5, 0.9))},
        max(f), max(other), min(t) + sum(until * (1 - f)), max(t)
    FROM ends GROUP BY shop"""
"""A share by a time while another outcome competes, with the interval of its quantiles and the mean time without it."""

_USABLE: Final = (
    f"""CREATE TEMP TABLE base AS SELECT "a:shop" AS shop, subject, outcome,
        coalesce(outcome_at, {AS_OF}) - requested_at AS wait FROM subjects""",
    "SELECT shop, outcome, count(*) FROM base GROUP BY ALL",
    _AALEN_JOHANSEN,
    "DROP TABLE base",
)

_LEGS: Final = (
    ("opened_at", "owned_at"),
    ("opened_at", "informed_at"),
    ("opened_at", "first_resolved_at"),
    ("first_resolved_at", "first_closed_at"),
    ("opened_at", "first_closed_at"),
    ("ended", "again"),
)
"""Start and end of each leg, the last being relapses."""

_CLOSURE: Final = (
    """CREATE TEMP TABLE base AS SELECT "a:shop" AS shop, cases.kind, opened_at, owned_at, informed_at,
        first_resolved_at, first_closed_at, closed_as, detected_by, coalesce(least(first_resolved_at, first_closed_at),
        first_resolved_at, first_closed_at) AS ended, ended + relapse AS again
        FROM cases JOIN subjects USING (subject)""",
    "SELECT kind, shop, closed_as, detected_by, count(*) FROM base GROUP BY ALL",
    "SELECT kind, shop, closed_as, count(*) FROM base GROUP BY ALL",
    *(
        _kaplan_meier(
            f"""(SELECT * FROM base WHERE closed_as <> 'void' AND {start} IS NOT NULL
                AND coalesce({end} >= {start}, true))""",
            "kind, shop",
            f"coalesce({end}, {AS_OF}) - {start}",
            f"{end} IS NOT NULL",
        )
        for start, end in _LEGS
    ),
    "DROP TABLE base",
)

_CLUSTERS: Final = """SELECT {keys}, count(*), max(d), sum(k * k), sum(k * d), sum(d * d) FROM (
    SELECT {keys}, cluster, count(*) AS d, count(*) FILTER (WHERE {good}) AS k
    FROM base WHERE {decided} GROUP BY ALL) GROUP BY ALL"""

_TRUTH: Final = (
    """CREATE TEMP TABLE base AS SELECT "a:shop" AS shop, cluster, verdict, source, "now", lag
        FROM tellings JOIN subjects USING (subject)""",
    "SELECT shop, verdict, count(*) FROM base GROUP BY ALL",
    _CLUSTERS.format(keys="shop", good="verdict = 'honest'", decided="verdict <> 'doubtful'"),
    *(
        f"SELECT {columns} FROM base WHERE verdict IN ('unlucky', 'blind', 'doubtful') AND source <> '' GROUP BY ALL"
        for columns in ('shop, verdict, "now", count(*)', "shop, quantile_disc(lag, [0.5, 0.9])")
    ),
    "DROP TABLE base",
)

_FORETOLD: Final = (
    f"""CREATE TEMP TABLE base AS SELECT "a:shop" AS shop, cluster, statement, implies, "now",
        due_at > {AS_OF} AS early, followed AS part, followed_at - told_at AS wait
        FROM tellings JOIN subjects USING (subject) WHERE implies <> ''""",
    'SELECT statement, shop, implies, early, part, "now", count(*) FROM base GROUP BY ALL',
    _CLUSTERS.format(keys="statement, shop", good="part = 'yes'", decided="part IN ('yes', 'no') AND NOT early"),
    """SELECT statement, shop, quantile_disc(wait, [0.5, 0.9]) FROM base WHERE part = 'yes' AND NOT early
        AND implies <> 'stays' GROUP BY ALL""",
    "DROP TABLE base",
)

_COVERED: Final = """SELECT subject, sum(greatest(until - greatest(since, reached), 0)) AS {name} FROM (
    SELECT *, coalesce(max(until) OVER (PARTITION BY subject ORDER BY since, until
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), since) AS reached
    FROM beliefs WHERE helps {test}) GROUP BY subject"""

_INFORMED: Final = (
    f"""SELECT "a:shop" AS shop, cluster % {GROUPS_MAX} AS dealt, count(*), sum(coalesce(helped, 0)),
        sum(coalesce(perhaps, 0)), sum(total),
        sum(coalesce(helped, 0) / (total - (coalesce(perhaps, 0) - coalesce(helped, 0)))),
        count(*) FILTER (WHERE coalesce(perhaps, 0) = 0)
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
