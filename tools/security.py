"""Runs bandit and semgrep over the source, and asks of each finding of bandit where it is explained.

    tools/security.sh            installs both beside the project
    python -m tools.security

Bandit knows no `noqa`. Ruff checks the same things under the same numbers (B608 is S608), and each exception to them
has its reason: on its line, or in pyproject.toml for a room. A finding that ruff has no exception for is printed.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from tools.lint.tree import ROOT

FOLDER = Path(os.environ.get("TROTH_SECURITY", Path.home() / ".cache" / "troth-security"))
RULES = "tools/semgrep/rules.yaml"
FAULTS = {
    "code.txt": "code.py",
    "page.txt": "surfaces/web/templates/page.html.j2",
    "script.txt": "surfaces/web/static/script.js",
}
"""Files with a fault for each of our rules → where it would stand."""
FALSE = {
    (
        "B311",
        "",
    ): "variables called `random` are seeded instances of Random; ruff, which resolves names, watches the module",
    ("B406", "src/troth/surfaces/render/problems.py"): "saxutils.escape writes XML and parses none",
    ("B105", "src/troth/surfaces/web/staff/account.py"): "a sentence that has the word in it",
    ("B105", "src/troth/runtime/config.py"): "the description of a setting",
}
"""(test, file or empty for all) → why what bandit takes it for is not there."""
_NOQA = re.compile(r"#\s*noqa:\s*([A-Z0-9, ]+)")
OURS = {
    ("sql-put-together", "src/troth/ledger/sqlite/connect.py"): "numbers of our own: PRAGMA takes no parameters",
    (
        "sql-put-together",
        "src/troth/ledger/sqlite/migrations.py",
    ): "the number of a migration: PRAGMA takes no parameters",
    (
        "sql-put-together",
        "src/troth/runtime/snapshot_build.py",
    ): "names and paths that are quoted: COPY takes no parameters",
    ("markup-of-untrusted-text", "src/troth/surfaces/web/environment.py"): "every letter that HTML reads is taken out",
    ("markup-of-untrusted-text", "src/troth/surfaces/web/transaction/reading.py"): "what our own template has escaped",
}
"""(rule of ours, file) → why it does not hold there."""
_PUT_IN = re.compile(r"(?<!\{)\{([^{}]*)\}")
_CONSTANT = re.compile(r"_?[A-Z][A-Z_]*")
_AROUND = 12
"""A statement may begin some lines before the one that carries the reason."""


def excepted(config: Mapping[str, Any], path: str, rule: str) -> bool:
    """Return whether ruff's settings except a rule, everywhere or for a file.

    >>> config = {"ignore": ["S101"], "per-file-ignores": {"src/a/**": ["S608"]}}
    >>> excepted(config, "src/b.py", "S101"), excepted(config, "src/a/b.py", "S608"), excepted(config, "c.py", "S608")
    (True, True, False)
    """
    rooms: Mapping[str, Sequence[str]] = config["per-file-ignores"]
    return rule in config["ignore"] or any(
        fnmatch.fnmatch(path, pattern) and rule in rules for pattern, rules in rooms.items()
    )


def reasoned(lines: Sequence[str], span: Sequence[int], rule: str) -> bool:
    """Return whether one of the lines of a statement says why a rule does not hold there.

    >>> reasoned(["x = 1", "y = f(x)  # noqa: S311 - it guards nothing"], [1, 2], "S311")
    True
    """
    first, last = min(span), max(span)
    for line in lines[max(0, first - 2) : last + _AROUND]:
        found = _NOQA.search(line)
        if found and rule in re.split(r"[,\s]+", found[1].strip()):
            return True
    return False


def of_constants(lines: Sequence[str], span: Sequence[int]) -> bool:
    """Return whether what is put into a text are constants of ours alone: such SQL holds nothing from outside.

    >>> of_constants(['Q = f"SELECT {COLUMNS} FROM event"'], [1]), of_constants(['q = f"SELECT {name}"'], [1])
    (True, False)
    """
    text = "\n".join(lines[min(span) - 1 : max(span)])
    names = _PUT_IN.findall(text)
    return bool(names) and all(_CONSTANT.fullmatch(name) for name in names)


def outlived(explained: Mapping[tuple[str, str], str], met: AbstractSet[tuple[str, str]]) -> int:
    """Print the explanations of what is no longer found, and return how many there are: each would hide a new fault."""
    left = sorted(set(explained) - met)
    for rule, path in left:
        print(f"tools/security.py: {rule} is explained for {path or 'all files'}, and no longer found there")
    return len(left)


def bandit() -> int:
    """Run bandit over the source; print what is not explained, and return how much that is."""
    command = [str(FOLDER / "bandit" / "bin" / "bandit"), "--quiet", "--recursive", "--format", "json", "src"]
    done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    explained: Counter[str] = Counter()
    met: set[tuple[str, str]] = set()
    bad = 0
    for one in json.loads(done.stdout)["results"]:
        path, rule = one["filename"].removeprefix("./"), "S" + one["test_id"][1:]
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        mistaken = {(one["test_id"], place) for place in (path, "")} & FALSE.keys()
        met |= mistaken
        span = one["line_range"] or [one["line_number"]]
        fixed = one["test_id"] == "B608" and of_constants(lines, span)
        if mistaken or fixed or excepted(config, path, rule) or reasoned(lines, span, rule):
            explained[one["test_id"]] += 1
        else:
            bad += 1
            print(f"{path}:{one['line_number']}: {one['test_id']} {one['issue_text']}")
    bad += outlived(FALSE, met)
    kinds = ", ".join(f"{count} of {kind}" for kind, count in sorted(explained.items()))
    print(f"bandit: {bad} unexplained; explained where they stand: {kinds or 'none'}")
    return bad


def scanned_by_our_rules(root: Path) -> dict[str, Any]:
    """Return what our own rules find below a folder.

    Raises:
        SystemExit: Semgrep could not run.
    """
    program = FOLDER / "semgrep" / "bin" / "semgrep"
    # The rules name paths from the root on; without saying where that is, it would be found in a clone of git alone.
    command = [str(program), "scan", "--config", str(ROOT / RULES), "--project-root", ".", "--metrics", "off",
               "--disable-version-check", "--json", "--no-git-ignore", "--jobs", "1", "src/troth"]  # fmt: skip
    environment = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, env=environment)
    if not done.stdout:
        raise SystemExit(done.stderr.decode(errors="replace"))
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rule_of(result: Mapping[str, Any]) -> str:
    """Return the name of the rule that has found something.

    >>> rule_of({"check_id": "tools.semgrep.shell"})
    'shell'
    """
    return str(result["check_id"]).rpartition(".")[2]


def blind() -> int:
    """Print the rules of ours that do not find the fault that was made for them, and return how many there are."""
    with tempfile.TemporaryDirectory(prefix="troth-semgrep-") as folder:
        for name, place in FAULTS.items():
            copy = Path(folder) / "src" / "troth" / place
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text((ROOT / "tools" / "semgrep" / "faults" / name).read_text(encoding="utf-8"))
        met = {rule_of(one) for one in scanned_by_our_rules(Path(folder))["results"]}
    rules = re.findall(r"^  - id: (\S+)$", (ROOT / RULES).read_text(encoding="utf-8"), re.MULTILINE)
    left = sorted(set(rules) - met)
    for rule in left:
        print(f"{RULES}: {rule} does not find the fault in tools/semgrep/faults")
    return len(left)


def semgrep() -> int:
    """Run our own rules over source, templates and scripts; print what they find, and return how much that is."""
    found = scanned_by_our_rules(ROOT)
    broken = found["errors"]
    bad = 0
    met: set[tuple[str, str]] = set()
    for one in found["results"]:
        name = rule_of(one)
        met.add((name, one["path"]))
        if (name, one["path"]) not in OURS:
            bad += 1
            print(f"{one['path']}:{one['start']['line']}: {name}: {one['extra']['message']}")
    # Its parser does not know all of Python's `match` yet: the rest of such a file is looked at all the same.
    worse = [error for error in broken if error.get("level") != "warn"]
    for error in worse:
        print(f"semgrep: {error.get('message', '')}"[:300])
    explained = len(found["results"]) - bad
    bad += outlived(OURS, met)
    scanned, partly = len(found["paths"]["scanned"]), len(broken) - len(worse)
    print(f"semgrep: {bad} unexplained, {explained} explained, in {scanned} files, {partly} of them read in part")
    return bad + len(worse) + blind()


def main() -> int:
    """Run both, and return the exit code."""
    if not (FOLDER / "semgrep").is_dir() or not (FOLDER / "bandit").is_dir():
        print("bandit and semgrep are not installed: tools/security.sh", file=sys.stderr)
        return 3
    return 1 if bandit() + semgrep() else 0


if __name__ == "__main__":
    sys.exit(main())
