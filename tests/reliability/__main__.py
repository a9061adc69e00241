"""Run the whole reliability suite and write its figures into docs/reference/reliability.md.

    python -m tests.reliability [arguments for pytest]

The figures of a part (`-k kills`) replace those of that part; the others stay.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.reliability.conftest import FILE

_ROOT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = _ROOT / "var" / "reliability.json"
PAGE: Final = _ROOT / "docs" / "reference" / "reliability.md"
BEGIN: Final = "<!-- figures: written by `python -m tests.reliability` -->"
END: Final = "<!-- end of figures -->"


class Section(NamedTuple):
    """A part of the page.

    Attributes:
        title: Its heading.
        prefix: Scenarios that belong to it begin so; the rest of the name is a heading of the table.
        lines: True: a line each scenario; False: a column each.
    """

    title: str
    prefix: str
    lines: bool = False


SECTIONS: Final = (
    Section("Kills under load", "kills of the server, "),
    Section("Permits under concurrent changes of the truth", "permits, "),
    Section("Orders of arrival", "orders of arrival, pack ", lines=True),
    Section("Hostile files, texts and keys", "hostile ", lines=True),
    Section("Hostile requests", "hostile requests: ", lines=True),
    Section("Clocks that jump and stop", "clock jumps"),
    Section("Full disk", "disk "),
    Section("Database cut off and started again", "database cut off and started again"),
    Section("Provider down for an hour", "provider down for an hour"),
    Section("Timers on the real clock", "timers, real clock, "),
)


def main(arguments: list[str]) -> int:
    """Run the suite and write the page; return pytest's exit code."""
    KEPT.parent.mkdir(exist_ok=True)
    command = [
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-m", "reliability", "--timeout=7200"),
        *("tests/reliability", *arguments),
    ]
    done = subprocess.run(command, cwd=_ROOT, env={**os.environ, FILE: str(KEPT)}, check=False)
    if KEPT.exists():
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), json.loads(KEPT.read_text())), encoding="utf-8")
    return done.returncode


def written(page: str, figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page with the figures in their place."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    parts = [BEGIN, f"Measured on {machine}; other work went on beside it.", *_sections(figures), END]
    return before + "\n\n".join(parts) + after


def _sections(figures: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    """Return each section that has figures; a scenario belongs to the one that names it most closely."""
    left, made = dict(figures), dict[str, str]()
    for section in sorted(SECTIONS, key=lambda one: -len(one.prefix)):
        mine = {name: left.pop(name) for name in list(left) if name.startswith(section.prefix)}
        if mine:
            shorter = {name.removeprefix(section.prefix): found for name, found in mine.items()}
            made[section.title] = _table(section, shorter)
    assert not left, f"figures that no section shows: {', '.join(left)}"
    return [f"### {section.title}\n\n{made[section.title]}" for section in SECTIONS if section.title in made]


def _table(section: Section, found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return scenarios and their figures as a table."""
    names = list(dict.fromkeys(name for figures in found.values() for name in figures))
    heads = ["scenario", *names] if section.lines else ["figure", *(name or "value" for name in found)]
    if section.lines:
        rows = [[name, *(_shown(figures.get(one)) for one in names)] for name, figures in found.items()]
    else:
        rows = [[one, *(_shown(figures.get(one)) for figures in found.values())] for one in names]
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(value: Any) -> str:
    """Return a figure as people read it; one that a scenario has not, as a dash."""
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
