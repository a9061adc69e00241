"""Prints the table of docs/explanation/calibrated-promises.md: windows on the public sets, judged on later data.

Usage: python -m tools.windows DATA [SET ...]

DATA holds the folders olist, nycflights13, boston311_2015 and scms_delivery. Each set is imported into a ledger of its
own in a temporary folder and evaluated by the command line, as a user would.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final, NamedTuple

REPOSITORY: Final = Path(__file__).resolve().parents[1]
_SCMS: Final = REPOSITORY / "examples" / "scms" / "mapping.yaml"
_SUPPLY: Final = REPOSITORY / "examples" / "packs" / "supply"


class Set(NamedTuple):
    """One public set: its folder, how it is imported, and what is evaluated."""

    title: str
    folder: str
    pack: str
    mapping: str
    arguments: tuple[str, ...]


SETS: Final[dict[str, Set]] = {
    "olist": Set(
        "Olist, delivery day", "olist", "delivery", "olist",
        ("--kind", "delivery_day", "--by", "customer_state", "--using", "customer_city", "--using", "seller_city",
         "--weight", "weight"),
    ),
    "nycflights13": Set(
        "nycflights13, arrival", "nycflights13", "travel_disruption", "nycflights13",
        ("--kind", "on_time", "--by", "carrier", "--own-date"),
    ),
    "boston311": Set(
        "Boston 311, target", "boston311_2015", "service_request", "boston311",
        ("--kind", "target", "--by", "department", "--using", "neighborhood", "--using", "source"),
    ),
    "scms": Set(
        "SCMS, scheduled day", "scms_delivery", str(_SUPPLY), str(_SCMS),
        ("--kind", "delivery_day", "--by", "shipment_mode", "--using", "country", "--own-date"),
    ),
}  # fmt: skip
_HEAD: Final = (
    "set", "windows given", "kept at 80 / 90 / 95 %", "± 2 se", "segments within", "drift: later half kept at 90 %",
    "dates then", "shorter, same reliability", "shorter, each segment", "more kept, same length", "better score",
)  # fmt: skip


def troth(*arguments: str) -> str:
    """Run a command of troth and return what it prints."""
    command = [str(Path(sys.executable).parent / "troth"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def evaluated(one: Set, data: Path, room: Path) -> dict[str, Any]:
    """Import a set and return the report on its windows."""
    ledger = str(room / "set.db")
    troth("import", str(data / one.folder), "--pack", one.pack, "--map", one.mapping, "--db", ledger)
    answer = json.loads(troth("promise", "evaluate", "--db", ledger, *one.arguments, "--format", "json"))
    found: dict[str, Any] = answer["data"][0]
    return found


def row_of(title: str, report: dict[str, Any]) -> list[str]:
    """Return a line of the table."""
    coverage = {one["level"]: one for one in report["coverage"]}
    nine = coverage[0.9]
    segments = report["segments"]
    within = sum(bool(one["within"]) for one in segments)
    drift = report["drift"]
    same, length, each = report["same_reliability"], report["same_length"], report["by_segment"]
    return [
        title,
        f"{nine['n'] + nine['not_due'] + nine['no_window']:,}",
        " / ".join(f"{100 * coverage[level]['kept']:.1f}" for level in (0.8, 0.9, 0.95)),
        f"{100 * nine['two_se']:.1f} ({100 * nine['two_se_blocks']:.1f} over blocks)",
        f"{within} of {len(segments)}",
        _percent(None if drift is None else drift["later_half_kept"]),
        "–" if same is None else f"{100 * same['theirs_kept']:.1f} % in {same['theirs_mean_s'] / 86_400:.1f} d",
        _figure(same, "shorter"),
        _figure(each, "shorter"),
        _figure(length, "more_reliable"),
        _figure(same, "better_score"),
    ]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _figure(compared: dict[str, Any] | None, name: str) -> str:
    """Return a figure with its interval."""
    figure = None if compared is None else compared[name]
    if figure is None:
        return "–"
    return f"{100 * figure['value']:.1f} % ({100 * figure['low']:.1f} to {100 * figure['high']:.1f})"


def main(arguments: list[str]) -> int:
    """Print the table."""
    if not arguments or not set(arguments[1:]) <= set(SETS):
        print(__doc__, file=sys.stderr)
        return 2
    print("| " + " | ".join(_HEAD) + " |")
    print("| --- " * len(_HEAD) + "|")
    for name in arguments[1:] or SETS:
        with tempfile.TemporaryDirectory(prefix="troth-windows-") as room:
            report = evaluated(SETS[name], Path(arguments[0]), Path(room))
        print("| " + " | ".join(row_of(SETS[name].title, report)) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
