"""A visible change carries a fragment: changelog.d/NAME.KIND.md, written for the reader of the changelog."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tools.lint.tree import Finding

KINDS = ("added", "changed", "fixed", "removed", "deprecated", "security")
_NAME = re.compile(rf"changelog\.d/[a-z0-9]+(?:-[a-z0-9]+)*\.(?:{'|'.join(KINDS)})\.md")
LINES_MAX = 12


def check(texts: Iterable[tuple[str, str]]) -> list[Finding]:
    """Return findings for fragments with a wrong name or form; the folder's README is no fragment."""
    found = []
    for path, text in texts:
        if not path.startswith("changelog.d/") or path == "changelog.d/README.md":
            continue
        if not _NAME.fullmatch(path):
            found.append(Finding(path, 0, f"name it words-with-dashes.KIND.md, KIND one of {', '.join(KINDS)}"))
        elif fault := _fault(text):
            found.append(Finding(path, 0, fault))
    return found


def _fault(text: str) -> str:
    lines = text.strip().splitlines()
    if not lines:
        return "the fragment is empty"
    if lines[0].startswith("#"):
        return "no heading: the kind in the name is the heading"
    if not lines[-1].endswith((".", "`", "|")):
        return "end with a full stop: a fragment is made of sentences"
    if len(lines) > LINES_MAX:
        return f"{len(lines)} lines, at most {LINES_MAX}: one visible change a fragment, details belong into docs/"
    return ""
