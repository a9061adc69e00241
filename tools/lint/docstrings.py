"""Every public name says what it is: modules, classes, functions and methods carry a docstring."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tools.lint.tree import Finding, Module

Function = ast.FunctionDef | ast.AsyncFunctionDef


def check(modules: Iterable[Module]) -> list[Finding]:
    """Return a finding for every public name without a docstring."""
    return [finding for module in modules for finding in _of_module(module)]


def _of_module(module: Module) -> Iterator[Finding]:
    if any(part.startswith("_") for part in module.name.split(".")):
        return
    if not ast.get_docstring(module.tree):
        yield Finding(module.path, 0, "the module has no docstring")
    yield from _of_body(module.path, module.tree.body, "")


def _of_body(path: str, body: list[ast.stmt], prefix: str) -> Iterator[Finding]:
    for node in body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_") or _is_variant(node):
            continue
        # The name of a test is a sentence, also of those in the public suites.
        if not ast.get_docstring(node) and not node.name.startswith("test_"):
            yield Finding(path, node.lineno, f"{prefix}{node.name} has no docstring")
        if isinstance(node, ast.ClassDef):
            yield from _of_body(path, node.body, f"{prefix}{node.name}.")


def _is_variant(node: Function | ast.ClassDef) -> bool:
    """Return whether the definition repeats a name that is documented elsewhere (overload, setter)."""
    names = [ast.unparse(decorator) for decorator in node.decorator_list]
    return any(name.endswith(("overload", ".setter", ".deleter")) for name in names)
