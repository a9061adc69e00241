"""Files and functions stay small: when one grows, look for the missing noun first."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Sequence

from tools.lint.tree import Finding, Module

FILE_LINES_MAX = 500
FILE_LINES_P95 = 300
FUNCTION_LINES_MAX = 70


def percentile(values: Sequence[int], share: float) -> int:
    """Return the nearest-rank percentile; 0 of nothing.

    >>> percentile([10, 20, 30, 40], 0.5), percentile([10, 20, 30, 40], 0.95), percentile([], 0.95)
    (20, 40, 0)
    """
    ranked = sorted(values)
    return ranked[math.ceil(share * len(ranked)) - 1] if ranked else 0


def check(modules: Iterable[Module]) -> list[Finding]:
    """Return findings for long files, long functions and, once for all, a long tail of files."""
    known = list(modules)
    lengths = {module.path: module.text.count("\n") for module in known}
    found = [
        Finding(path, 0, f"{lines} lines, at most {FILE_LINES_MAX}")
        for path, lines in lengths.items()
        if lines > FILE_LINES_MAX
    ]
    p95 = percentile(list(lengths.values()), 0.95)
    if p95 > FILE_LINES_P95:
        longest = ", ".join(sorted(lengths, key=lambda path: -lengths[path])[:5])
        found.append(Finding(longest, 0, f"p95 of file length is {p95} lines, at most {FILE_LINES_P95}"))
    return found + [finding for module in known for finding in _functions(module)]


def _functions(module: Module) -> list[Finding]:
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = code_lines(node)
            if lines > FUNCTION_LINES_MAX:
                text = f"{node.name} has {lines} lines without its docstring, at most {FUNCTION_LINES_MAX}"
                found.append(Finding(module.path, node.lineno, text))
    return found


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return a function's lines from `def` to its end, its docstring not counted."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines
