"""What a person reads on a page: its words, line by line, without the markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

_NS = "{http://www.w3.org/1999/xhtml}"
_SVG = "{http://www.w3.org/2000/svg}"
_BLOCKS = frozenset(
    ["p", "h1", "h2", "h3", "li", "button", "label", "summary", "dt", "dd", "section", "div", "form", "ol", "ul"]
)
_BEFORE = {"h1": "# ", "h2": "## ", "h3": "### ", "button": "[", "s": "~~", "br": " "}
_SILENT = frozenset({"script", "head", "style"})


def parsed(html: str) -> Element:
    """Return a page as a tree; one that is not valid HTML fails."""
    parser = html5lib.HTMLParser(strict=True)
    tree: Element = parser.parse(html)
    return tree


def words(html: str) -> str:
    """Return what a person reads, one block a line; `~~` stands around what is struck through, `# ` before headings."""
    lines = "".join(_text(parsed(html))).split("\n")
    return "\n".join(line for raw in lines if (line := re.sub(r"\s+", " ", raw).strip())) + "\n"


def _text(node: Element) -> Iterator[str]:
    """Yield the text of a tree."""
    name = str(node.tag).removeprefix(_NS)
    if name in _SILENT or str(node.tag).startswith(_SVG) or "hidden" in node.attrib:
        yield _plain(node.tail)
        return
    if name in _BLOCKS:
        yield "\n"
    yield {"h1": "# ", "h2": "## ", "h3": "### ", "button": "[", "s": "~~", "br": " ", "input": _field(node)}.get(
        name, ""
    )
    yield _plain(node.text)
    for child in node:
        yield from _text(child)
    yield {"button": "]", "s": "~~"}.get(name, "")
    if name in _BLOCKS:
        yield "\n"
    yield _plain(node.tail)


def _plain(text: str | None) -> str:
    """Return text as it flows: its line breaks are none."""
    return (text or "").replace("\n", " ")


def _field(node: Element) -> str:
    """Return how a field is shown."""
    return "" if node.get("type") == "hidden" else "____"
