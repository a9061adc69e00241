"""Lays the documents of the repository out as the sources of the site.

In the repository a page links to others by their paths, and carries nothing that only the site needs. Here each gets
its place on the site, its links follow, and every section's index gets its navigation: first what the index links to,
in its order, then whatever else is in the folder. So a new page is in the navigation without being named anywhere.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from tools.lint.markdown import links
from tools.lint.tree import ROOT

FRONT: Final = "docs/index.md"
TOP: Final[Mapping[str, str]] = {
    "README.md": "overview.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "docs/decisions/README.md": "decisions/index.md",
}
"""Documents with a place of their own on the site; all others below docs/ keep theirs."""
KINDS: Final = ("tutorial", "how-to", "reference", "explanation", "decisions")
"""Sections, in the order of the navigation."""
_LINK: Final = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE: Final = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
_PURPOSE: Final = re.compile(r"^(?:-|\d+\.) \[[^\]]*\]\((?P<target>[^)\s]+)\): (?P<said>.+)$", re.MULTILINE)
_FENCE: Final = re.compile(r"^ {0,3}(?P<ticks>`{3,})(?P<info>[^`\n]*)$")
_TITLED: Final = re.compile(r'(?P<language>\w+) title="(?P<title>[^"]+)"')


def documents(names: Sequence[str]) -> dict[str, str]:
    """Return document → place on the site: all below docs/, those at the top, and each that one of them links to.

    Args:
        names: The files of the repository.
    """
    there = set(names)
    waiting = [name for name in names if name in TOP or (name.startswith("docs/") and name.endswith(".md"))]
    places: dict[str, str] = {}
    while waiting:
        name = waiting.pop(0)
        if name in places:
            continue
        places[name] = _place(name)
        found = (resolved(name, target) for _, target in links(_read(name)))
        waiting += [linked for linked in found if linked.endswith(".md") and linked in there]
    return places


def _place(name: str) -> str:
    if name in TOP:
        return TOP[name]
    if name.startswith("docs/"):
        return name.removeprefix("docs/")
    parts = [part for part in PurePosixPath(name).with_suffix("").parts if part not in {"README", "src"}]
    return f"project/{'-'.join(parts).replace('.', '-')}.md"


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def resolved(name: str, target: str) -> str:
    """Return the path in the repository that a link of a document leads to; empty where it leads elsewhere.

    >>> resolved("docs/how-to/serve.md", "../reference/settings.md#all")
    'docs/reference/settings.md'
    >>> resolved("README.md", "https://cel.dev"), resolved("README.md", "#a-look")
    ('', '')
    """
    path = target.partition("#")[0]
    if not path or re.match(r"[a-z]+:", target):
        return ""
    return os.path.normpath(PurePosixPath(name).parent / path)


def staged(name: str, text: str, places: Mapping[str, str]) -> str:
    """Return a document as it stands on the site: links lead to places there, blocks that are files say which."""
    lines = []
    ticks = ""
    for line in text.splitlines(keepends=True):
        fence = _FENCE.match(line)
        if ticks:
            ticks = "" if line.strip() == ticks else ticks
            lines.append(line)
        elif fence:
            ticks = fence["ticks"]
            lines.append(_opened(line, ticks, fence["info"].strip()))
        else:
            lines.append(_followed(line, name, places))
    return "".join(lines)


def _opened(line: str, ticks: str, info: str) -> str:
    """Return the line that opens a block: a title is shown above it, and tables of values have nothing to highlight."""
    if titled := _TITLED.fullmatch(info):
        language = "text" if titled["language"] == "csv" else titled["language"]
        return f"{ticks}{{code-block}} {language}\n:caption: {titled['title']}\n\n"
    return line.replace("csv", "text") if info == "csv" else line


def _followed(line: str, name: str, places: Mapping[str, str]) -> str:
    """Return a line of prose with its links followed; what only looks like a link, in code, is left alone."""
    here = PurePosixPath(places[name]).parent
    plain = _CODE.sub(lambda code: "x" * len(code[0]), line)
    pieces, last = [], 0
    for match in _LINK.finditer(plain):
        start, end = match.span("target")
        if linked := resolved(name, match["target"]):
            anchor = match["target"].partition("#")
            place = os.path.relpath(places.get(linked, linked), here)
            pieces += [line[last:start], place, *anchor[1:]]
            last = end
    return "".join([*pieces, line[last:]])


def sections(places: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Yield (index, its pages in the order of the navigation), by their places, without `.md`."""
    by_place = {place: name for name, place in places.items()}
    for kind in KINDS:
        index = f"{kind}/index.md"
        name = by_place[index]
        inside = sorted(place for place in by_place if place.startswith(f"{kind}/") and place != index)
        linked = [places.get(resolved(name, target), "") for _, target in links(_read(name))]
        order = [place for place in dict.fromkeys(linked) if place in inside]
        yield index, [Path(place).stem for place in [*order, *(place for place in inside if place not in order)]]


def purposes(places: Mapping[str, str]) -> dict[str, str]:
    """Return page → what it is for, from the lines of the sections' indexes: `- [Title](page.md): what for`."""
    found = {}
    for index in (name for name, place in places.items() if place.endswith("/index.md")):
        for match in _PURPOSE.finditer(_read(index)):
            if place := places.get(resolved(index, match["target"])):
                found[place.removesuffix(".md")] = match["said"][0].upper() + match["said"][1:]
    return found


def toctree(entries: Sequence[str]) -> str:
    """Return a navigation that is part of the menu and not shown on the page itself."""
    return "\n".join(["", "```{toctree}", ":hidden:", "", *entries, "```", ""])


def front(places: Mapping[str, str]) -> str:
    """Return the navigation of the front page: the sections, then the words, then what is for those who change code."""
    code = ["architecture", "contributing", *sorted(p[:-3] for p in places.values() if p.startswith("project/"))]
    kinds = [f"{kind}/index" for kind in KINDS if kind != "decisions"]
    return toctree(["overview", *kinds, "glossary", "decisions/index", *code])


def lay_out(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """Write the sources of the site into an empty folder; return document → place.

    Args:
        folder: Where; it is made.
        names: The files of the repository.
    """
    places = documents(names)
    navigation = {index: toctree(pages) for index, pages in sections(places)} | {"index.md": front(places)}
    for name, place in places.items():
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(staged(name, _read(name), places) + navigation.get(place, ""), encoding="utf-8")
    for name in _beside(places, names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    (folder / "purposes.json").write_text(json.dumps(purposes(places)), encoding="utf-8")
    return places


def _beside(places: Mapping[str, str], names: Sequence[str]) -> set[str]:
    """Return what documents show or offer beside pages: pictures, and files of the source."""
    there = set(names)
    found = set()
    for name in places:
        text = _read(name)
        targets = [target for _, target in links(text)] + re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", text)
        found |= {linked for target in targets if (linked := resolved(name, target)) in there and linked not in places}
    return found
