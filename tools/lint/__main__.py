"""Runs the lint part of `make check`: all tools side by side, all even when one fails, output only of those that do.

Usage: python -m tools.lint
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess

from tools.lint.tree import ROOT

BIN = Path(sys.executable).parent
FOLDERS = ("src", "tests", "tools", "bench")
STEPS: Sequence[tuple[str, Sequence[str]]] = (
    ("format", ("ruff", "format", "--check", "--output-format", "concise", *FOLDERS)),
    ("lint", ("ruff", "check", "--quiet", "--output-format", "concise", *FOLDERS)),
    ("types", ("mypy",)),
    ("imports", ("lint-imports", "--no-cache")),
)


def start(command: Sequence[str]) -> CompletedProcess[bytes]:
    """Run one step."""
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def told(name: str, command: Sequence[str], done: CompletedProcess[bytes]) -> bool:
    """Print a step's line and, if it failed, its output; return whether it passed."""
    print(f"{name:<8} {' '.join(command[:2])} … {'FAILED' if done.returncode else 'ok'}", flush=True)
    if done.returncode:
        sys.stdout.write(done.stdout.decode(errors="replace"))
        sys.stdout.flush()
    return done.returncode == 0


def main() -> int:
    """Run all steps and return the exit code: 0 when every one passed."""
    with ThreadPoolExecutor() as pool:
        ends = [(name, command, pool.submit(start, command)) for name, command in STEPS]
        passed = [told(name, command, end.result()) for name, command, end in ends]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
