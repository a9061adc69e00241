"""Every stable code is registered once, has a whole page, and is used; every code used is registered."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from tools.lint.tree import Finding, Module

CODE = re.compile(r"[A-Z]\d{3}")
LETTERS = frozenset("PXWEMDSLQCFGHJKOTUVBN")


def used(modules: Iterable[Module]) -> dict[str, list[Finding]]:
    """Return code → the places outside the registry where a string is exactly that code."""
    places: dict[str, list[Finding]] = {}
    for module in modules:
        if module.name.startswith("troth.codes"):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                place = Finding(module.path, node.lineno, f"code {node.value}")
                places.setdefault(node.value, []).append(place)
    return places


def check(modules: Iterable[Module], pages: Mapping[str, Mapping[str, object]]) -> list[Finding]:
    """Return findings about codes.

    Args:
        modules: The sources of troth.
        pages: Module of the registry (`p_pack`) → its pages, code → page (any object with the fields of a Page).
    """
    places = used(modules)
    found: list[Finding] = []
    home: dict[str, str] = {}
    for module, registered in pages.items():
        faults = [f"{code} is also registered in {home[code]}" for code in registered if code in home]
        faults += [fault for code, page in registered.items() for fault in _page_faults(code, page, module)]
        found += [Finding(module, 0, fault) for fault in faults]
        home |= dict.fromkeys(registered, module)
    found.extend(place[0]._replace(text=f"{code} has no page") for code, place in places.items() if code not in home)
    found.extend(
        Finding(module, 0, f"{code} has a page, but nothing raises it")
        for code, module in home.items()
        if code not in places
    )
    return found


def _page_faults(code: str, page: object, module: str) -> list[str]:
    faults = []
    if not CODE.fullmatch(code) or code[0] not in LETTERS:
        faults.append(f"{code} is no code: a letter of {''.join(sorted(LETTERS))} and three digits")
    elif not module.rpartition(".")[2].startswith(f"{code[0].lower()}_"):
        faults.append(f"{code} does not belong into this module: its letter is another")
    if getattr(page, "code", None) != code:
        faults.append(f"the page under {code} carries the code {getattr(page, 'code', None)}")
    empty = [name for name in ("title", "meaning", "example", "remedy") if not str(getattr(page, name, "")).strip()]
    return faults + [f"the page of {code} has no {name}" for name in empty]
