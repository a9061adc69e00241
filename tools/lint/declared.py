"""What is imported is asked for: each package from outside is named in the requirements, not just brought along."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from tools.lint.locks import canonical
from tools.lint.tree import Finding, Module

OWN = frozenset({"troth", "tests", "tools", "bench"})


def check(modules: Iterable[Module], allowed: AbstractSet[str], packages: Mapping[str, list[str]]) -> list[Finding]:
    """Return a finding for every import of a package that is not allowed.

    Args:
        modules: The files to look at.
        allowed: Canonical names of the packages that these files may use.
        packages: Top-level module → the packages that install it (`importlib.metadata.packages_distributions`).
    """
    found = []
    for module in modules:
        for node in ast.walk(module.tree):
            for name in _imported(node):
                root = name.partition(".")[0]
                if root in sys.stdlib_module_names or root in OWN:
                    continue
                given = {canonical(package) for package in packages.get(root, [root])}
                if not given & allowed:
                    text = f"imports {name}, which no requirements/*.in for this folder names"
                    found.append(Finding(module.path, getattr(node, "lineno", 0), text))
    return found


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return []
