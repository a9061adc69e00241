"""Builds the documentation site once for all test processes, and reads what was built."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

import html5lib
import pytest
from filelock import FileLock

from tools.lint.tree import ROOT


def built(rooms: pytest.TempPathFactory) -> Path:
    """Return the folder of the site; the first process to ask builds it, strictly."""
    shared = rooms.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, said = shared / "site", shared / "site.txt"
    with FileLock(shared / "site.lock"):
        if not said.exists():
            command = [sys.executable, "-m", "tools.site", str(folder)]
            done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
            said.write_text(f"{done.returncode}\n{done.stdout}{done.stderr}", encoding="utf-8")
    code, _, text = said.read_text(encoding="utf-8").partition("\n")
    assert (code, text) == ("0", ""), text
    return folder


class Built(NamedTuple):
    """A page as it was built.

    Attributes:
        anchors: The ids on it.
        links: Where its links lead, as written.
        loaded: Addresses of what a browser fetches with it: scripts, styles, pictures, frames.
        inline: Names of scripts, styles and handlers that stand in the page itself.
    """

    anchors: frozenset[str]
    links: tuple[str, ...]
    loaded: tuple[str, ...]
    inline: tuple[str, ...]


@cache
def page(file: Path) -> Built:
    """Return what a page holds."""
    tree: Element = html5lib.parse(file.read_text(encoding="utf-8"), namespaceHTMLElements=False)
    anchors, links, loaded, inline = set(), [], [], []
    for node in tree.iter():
        name = str(node.tag)
        if "id" in node.attrib:
            anchors.add(node.attrib["id"])
        if name == "a" and "href" in node.attrib:
            links.append(node.attrib["href"])
        elif name == "link" and node.attrib.get("rel") in {
            "stylesheet",
            "icon",
            "shortcut icon",
            "preload",
            "manifest",
        }:
            loaded.append(node.attrib["href"])
        loaded += [node.attrib[key] for key in ("src", "srcset", "poster", "data") if key in node.attrib]
        if name == "style" or (name == "script" and "src" not in node.attrib):
            inline.append(name)
        inline += [f"{name} {key}" for key in node.attrib if key == "style" or key.startswith("on")]
    return Built(frozenset(anchors), tuple(links), tuple(loaded), tuple(inline))
