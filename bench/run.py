"""Prints the table of bars.

Usage: python -m bench.run [--json FILE] [--repeats N] [--scale X] [--only TEXT] [--check]

A row is a subject and a floor of the same run; README.md in this folder says how to read it and how to add one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bench import fold, gate, http, ledger_append, machine, measures, path, start, viewers
from bench.harness import Result, Row, measure

# Each takes a folder for its files and a scale, and returns its rows.
SOURCES: Sequence[Callable[..., list[Row]]] = (
    fold.rows,
    path.rows,
    ledger_append.rows,
    gate.rows,
    http.rows,
    start.rows,
    measures.rows,
)


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of a command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description="Measure against floors of the same run.")
    parser.add_argument(
        "--json", metavar="FILE", help="write the results, the machine and the versions to FILE (- is stdout)"
    )
    parser.add_argument("--repeats", type=int, default=7, help="turns of floor and subject (default 7, at least 1)")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full work, for a quick look (default 1)")
    parser.add_argument("--only", default="", help="only rows whose name contains TEXT", metavar="TEXT")
    parser.add_argument("--check", action="store_true", help="exit 1 when a row is below its bar")
    return parser.parse_args(arguments)


def number(value: float | None) -> str:
    """Return a figure with three significant digits, for people.

    >>> number(163_204), number(0.2514), number(None)
    ('163,000', '0.251', '–')
    """
    if value is None:
        return "–"
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:g}"


def table(results: Sequence[Result]) -> str:
    """Return the results as a Markdown table, followed by what each row does."""
    head = ("row", "rate/s", "floor/s", "ratio", "bar", "spread", "verdict")
    lines = [head, *(_cells(result) for result in results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    for result in results:
        text += ["", f"{result.name}: {result.work}; median of {result.repeats} repeats."]
        text += [f"  floor: {result.floor_is}."] if result.floor_is else []
    return "\n".join(text)


def _cells(result: Result) -> tuple[str, ...]:
    bars = [
        *([f"ratio ≥ {number(result.bar)}"] if result.bar is not None else []),
        *([f"≥ {number(result.rate_bar)}/s"] if result.rate_bar is not None else []),
    ]
    return (
        f"{result.name} ({result.unit})",
        number(result.rate),
        number(result.floor_rate),
        number(result.ratio),
        ", ".join(bars) or "–",
        f"{result.spread:.0%}",
        result.verdict,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    given = options(arguments)
    results = []
    with tempfile.TemporaryDirectory(prefix="troth-bench-") as folder:
        for row in (row for source in SOURCES for row in source(Path(folder), scale=given.scale)):
            if given.only in row.name:
                print(f"measuring {row.name} …", file=sys.stderr, flush=True)
                results.append(measure(row, repeats=given.repeats))
    live, found = "", None
    if given.only in viewers.NAME:
        print(f"measuring {viewers.NAME} …", file=sys.stderr, flush=True)
        count, events = (max(10, int(most * given.scale)) for most in (viewers.VIEWERS, viewers.EVENTS))
        found = viewers.measured(count, events)
        live = viewers.table(found)
    about = machine.describe() | {
        "peak memory": f"{machine.peak_memory_mib():.0f} MiB",
        "a live subject": path.memory_per_subject(),
        "99 of 100 decisions in": gate.p99_us(),
        "and over HTTP in": http.p99_over_http(),
    }
    if given.json:
        written = {"version": 1, "machine": about, "results": results, "live viewers": found}
        text = msgspec.json.format(msgspec.json.encode(written)).decode()
        if given.json == "-":
            print(text)
        else:
            Path(given.json).write_text(text + "\n", encoding="utf-8")
    if given.json != "-":
        print("\n\n".join(text for text in (table(results) if results else "", live) if text))
        print("\n" + ", ".join(f"{name} {value}" for name, value in about.items()))
    return 1 if given.check and any(result.verdict == "below" for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
