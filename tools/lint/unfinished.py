"""Nothing in the sources is left for later: no markers, no empty bodies, no "not implemented"."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator

from tools.lint.tree import Finding, Module

# The brackets keep this file from finding itself.
_MARKER = re.compile(r"\b(TOD[O]|FIXM[E])\b")
# The public suites are base classes: what an adapter's test has to give is left open in them on purpose.
_SUITES = "troth.testing.conformance"
_REMARK = re.compile(r"\b(XX[X]|HAC[K])\b")


def check(modules: Iterable[Module]) -> list[Finding]:
    """Return findings for markers, bodies without code, and raised NotImplementedError."""
    return [finding for module in modules for finding in (*_markers(module), *_bodies(module))]


def _markers(module: Module) -> Iterator[Finding]:
    for number, line in enumerate(module.text.splitlines(), 1):
        if _MARKER.search(line):
            yield Finding(module.path, number, f"a marker is left: {line.strip()}")
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type == tokenize.COMMENT and _REMARK.search(token.string):
            yield Finding(module.path, token.start[0], f"a marker is left: {token.string.strip()}")


def _bodies(module: Module) -> Iterator[Finding]:
    protocols = {
        method
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)
        for method in node.body
    }
    for node in ast.walk(module.tree):
        if module.name.startswith(_SUITES) and isinstance(node, ast.Raise):
            continue
        if isinstance(node, ast.Raise) and node.exc and "NotImplementedError" in ast.unparse(node.exc):
            yield Finding(module.path, node.lineno, "raises NotImplementedError: finish it or leave it out")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node not in protocols and _is_empty(node):
            yield Finding(module.path, node.lineno, f"{node.name} has no body")


def _is_empty(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if any(ast.unparse(decorator).endswith(("overload", "abstractmethod")) for decorator in node.decorator_list):
        return False
    rest = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not rest:  # only a docstring: enough for what its decorator makes of it, such as a group of commands
        return not node.decorator_list
    # A documented function that does nothing on purpose says `return`; `...` and `pass` say "later".
    return all(
        isinstance(stmt, ast.Pass)
        or (isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant) and stmt.value.value is ...)
        for stmt in rest
    )
