"""No module imports itself through others, imports inside functions counted."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tools.lint.tree import Finding, Module

Graph = dict[str, set[str]]


def graph(modules: Iterable[Module]) -> Graph:
    """Return module → the modules of the same set that it names in an import, wherever that stands in the file."""
    by_name = {module.name: module for module in modules}
    edges: Graph = {name: set() for name in by_name}
    for name, module in by_name.items():
        for node in ast.walk(module.tree):
            edges[name] |= {target for target in _targets(node, by_name) if target != name}
    return edges


def _targets(node: ast.AST, known: dict[str, Module]) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names} & known.keys()
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        # `from a import b` names the module a.b where there is one, otherwise something inside a.
        submodules = {f"{node.module}.{alias.name}" for alias in node.names}
        found = submodules & known.keys()
        return found if len(found) == len(submodules) else found | ({node.module} & known.keys())
    return set()


def components(edges: Graph) -> list[list[str]]:
    """Return the groups of two or more modules that reach each other, each sorted (Tarjan's algorithm).

    Source: R. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972).
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(edges[node]):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            at = stack.index(node)
            group = stack[at:]
            del stack[at:]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found


def check(modules: Iterable[Module]) -> list[Finding]:
    """Return a finding for every group of modules that import each other in a circle."""
    known = list(modules)
    paths = {module.name: module.path for module in known}
    return [Finding(paths[group[0]], 0, f"import cycle: {' ⇄ '.join(group)}") for group in components(graph(known))]
