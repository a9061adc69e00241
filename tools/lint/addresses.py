"""No committed file knows the machine it was written on, or where packages come from."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tools.lint.tree import Finding

# The brackets keep this file from finding itself.
_PATHS = re.compile(r"(?<![\w.~$}])/(?:wor[k]|roo[t]|hom[e]|User[s]|op[t])/[\w.-]+")
_HOSTS = re.compile(
    r"pythonhoste[d]\.org|pyp[i]\.(?:org|python\.org)|registry\.npmj[s]\.org|(?:deb|security)\.debia[n]\.org"
    r"|proxy\.golan[g]\.org|index\.crate[s]\.io|--(?:extra-)?index-ur[l]|--find-link[s]|file:/{3}",
    re.IGNORECASE,
)


def check(texts: Iterable[tuple[str, str]]) -> list[Finding]:
    """Return findings for absolute paths of a machine and for hosts or options of package registries."""
    found: list[Finding] = []
    for path, text in texts:
        for number, line in enumerate(text.splitlines(), 1):
            matches = (*_PATHS.finditer(line), *_HOSTS.finditer(line))
            found.extend(Finding(path, number, f"an address of a machine or registry: {m.group()}") for m in matches)
    return found
