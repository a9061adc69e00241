"""Audits a customer's page by Lighthouse, in Debian's chromium, on the real server: `make lighthouse`.

    python -m tools.audit [FILE]     the whole report goes into FILE, where one is named

The exit code is 1 where a category has fewer than 95 of 100 points.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.lint.tree import ROOT
from tools.stage import staged

LEAST = 0.95
FOLDER = ROOT / "tools" / "lighthouse"
_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


def installed() -> bool:
    """Install Lighthouse as it is locked, where it is not there yet; return whether it is."""
    if not (FOLDER / "node_modules").is_dir() and shutil.which("npm"):
        subprocess.run(["npm", "ci", "--silent", "--ignore-scripts"], cwd=FOLDER, check=False)
    return (FOLDER / "node_modules" / ".bin" / "lighthouse").is_file()


def main() -> int:
    """Audit, print the points, and return the exit code."""
    chromium = shutil.which("chromium")
    if chromium is None or not installed():
        print("chromium, node and npm are needed (Debian: apt-get install chromium nodejs npm)", file=sys.stderr)
        return 3
    with staged() as house, tempfile.TemporaryDirectory() as folder:
        report = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "report.json"
        command = [
            str(FOLDER / "node_modules" / ".bin" / "lighthouse"), house.link(house.worth_a_look()), "--quiet",
            f"--config-path={FOLDER / 'config.mjs'}", f"--chrome-flags={_FLAGS}", "--output=json",
            f"--output-path={report.resolve()}",
        ]  # fmt: skip
        subprocess.run(command, check=True, timeout=300, env=os.environ | {"CHROME_PATH": chromium})
        categories = json.loads(report.read_text(encoding="utf-8"))["categories"]
    for one in categories.values():
        print(f"{one['title']:<16} {one['score'] * 100:.0f}")
    return 0 if all(one["score"] >= LEAST for one in categories.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
