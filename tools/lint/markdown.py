"""Reads Markdown: fenced blocks with what is said about them, links, and headings as their anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_FENCE = re.compile(r"^(?P<indent> {0,3})(?P<ticks>`{3,})(?P<info>[^`]*)$")
_NOT_RUN = re.compile(r"<!--\s*not run:\s*(?P<reason>.*?)\s*-->")
_TITLE = re.compile(r'title="(?P<title>[^"]+)"')
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<target>[^)\s]+)\)")


class Block(NamedTuple):
    """A fenced block.

    Attributes:
        line: Line of its first fence, from 1.
        language: First word after the fence; empty when there is none.
        title: The file that the block is, from `title="NAME"` after the language; empty when it is none.
        text: What stands between the fences.
        not_run: Why it is not run, from a comment `not run: REASON` on the line before; empty when it is run.
    """

    line: int
    language: str
    title: str
    text: str
    not_run: str


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a document in order."""
    lines = text.splitlines()
    number = 0
    remark = ""
    while number < len(lines):
        opened = _FENCE.match(lines[number])
        if not opened:
            if lines[number].strip():
                said = _NOT_RUN.search(lines[number])
                remark = said["reason"] if said else ""
            number += 1
            continue
        end = number + 1
        while end < len(lines) and lines[end].strip() != opened["ticks"]:
            end += 1
        info = opened["info"].strip()
        title = _TITLE.search(info)
        body = "".join(line.removeprefix(opened["indent"]) + "\n" for line in lines[number + 1 : end])
        yield Block(number + 1, info.split(" ")[0], title["title"] if title else "", body, remark)
        remark = ""
        number = end + 1


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line number, line without code) of everything outside fenced blocks."""
    ticks = ""
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if fence and not ticks:
            ticks = fence["ticks"]
        elif ticks:
            ticks = "" if line.strip() == ticks else ticks
        else:
            yield number, re.sub(r"`[^`]*`", "", line)


def links(text: str) -> list[tuple[int, str]]:
    """Return (line, target) of every link outside of code."""
    return [(number, match["target"]) for number, line in _prose(text) for match in _LINK.finditer(line)]


def anchors(text: str) -> set[str]:
    """Return the anchors of all headings, in the form that common renderers give them."""
    ticks = ""
    found = set()
    for line in text.splitlines():
        if fence := _FENCE.match(line):
            ticks = fence["ticks"] if not ticks else ""
        elif not ticks and line.startswith("#"):
            title = line.lstrip("#").strip().lower()
            found.add(re.sub(r"[^\w\- ]", "", title).replace(" ", "-"))
    return found
