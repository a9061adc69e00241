"""The tables of a page as CSV: the same figures, one row each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from troth.model.times import format_instant
from troth.surfaces.web.dashboard.rows import text_of

Shown = Mapping[str, Any]


def of_overview(seen: Shown) -> bytes:
    """Return the sentences of a page as CSV: one row for each measure and kind."""
    rows = []
    for one in seen["measures"]:
        said, value = one["sentence"], one["sentence"]["value"]
        way, aim = one["direction"] or {}, one["aim"] or {}
        rows.append(
            {"measure": one["measure"], "kind": said["kind"], "leg": said["leg"], **_figures(value)}
            | {"direction": way.get("way"), "difference": (way.get("difference") or {}).get("value")}
            | {"objective": aim.get("name"), "verdict": aim.get("verdict"), "as_of": seen["at"]}
        )
        rows += [
            {"measure": one["measure"], "kind": other["title"], "leg": "", **_figures(other["value"]),
             "as_of": seen["at"]}
            for other in one["kinds"]
        ]  # fmt: skip
    return text_of(rows)


def of_measure(seen: Shown, table: str) -> bytes:
    """Return a table of a measure's page as CSV: `segments`, `numbers`, or else the trend.

    Args:
        seen: What the page shows.
        table: Which one.
    """
    if table == "segments" and seen["segments"]:
        by = seen["segments"]["by"]
        return text_of([
            {by: row["segment"], "rank": row["rank"], **_figures(row["value"]), "q": row["q"],
             "note": "insufficient data" if row["value"]["few"] else ""}
            for row in seen["segments"]["rows"]
        ])  # fmt: skip
    if table == "numbers":
        return text_of([
            {"number": one["label"], "value": one["value"], "rows": one["rows"], "interval": one["between"]}
            for one in (*seen["measure"]["counts"], *seen["lines"])
        ])  # fmt: skip
    return text_of(of_trend(seen))


def of_trend(seen: Shown) -> list[dict[str, Any]]:
    """Return the rows of a trend."""
    trend: Shown = seen["measure"]["trend"] or {"rows": ()}
    rows: Sequence[Shown] = trend["rows"]
    return [
        {"after": format_instant(row["since"]), "until": format_instant(row["until"]), **_figures(row["value"])}
        for row in rows
    ]


def _figures(value: Shown | None) -> dict[str, Any]:
    """Return the figures of a number with its interval."""
    if value is None:
        return {"value": None, "low": None, "high": None, "n": 0, "unknown": None}
    return {name: value[name] for name in ("value", "low", "high")} | {"n": value["rows"], "unknown": value["unknown"]}
