"""The menu beside every page, and what each page is for beside every search result.

The theme's own menu is a tree of hidden checkboxes that takes most of the time of a build; this one is made of links in
`<details>`, which need neither script nor style.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup
from sphinx.application import Sphinx

PROJECT: Final = "decisions/index"
"""The first entry of the menu that is for those who change the code."""
_PURPOSES: Final = "purposes.js"


def menu(app: Sphinx, here: str) -> Markup:
    """Return the menu as a page shows it: the section that it is in stands open."""
    entries = app.env.toctree_includes.get(app.config.root_doc, [])
    at = entries.index(PROJECT) if PROJECT in entries else len(entries)
    lists = (
        Markup('<p class="caption">{}</p><ul>{}</ul>').format(
            caption, Markup("").join(_entry(app, e, here) for e in part)
        )
        for caption, part in (("Documentation", entries[:at]), ("The project", entries[at:]))
        if part
    )
    return Markup('<nav class="menu" aria-label="Pages">{}</nav>').format(Markup("").join(lists))


def _entry(app: Sphinx, name: str, here: str) -> Markup:
    inside = app.env.toctree_includes.get(name, [])
    if not inside:
        return Markup("<li>{}</li>").format(_link(app, name, here))
    pages = Markup("").join(Markup("<li>{}</li>").format(_link(app, page, here)) for page in inside)
    opened = Markup(" open") if here == name or here in inside else Markup("")
    overview = _link(app, name, here, "What is here")
    return Markup("<li><details{}><summary>{}</summary><ul><li>{}</li>{}</ul></details></li>").format(
        opened, _title(app, name), overview, pages
    )


def _link(app: Sphinx, name: str, here: str, text: str = "") -> Markup:
    address = app.builder.get_relative_uri(here, name) or "#"
    current = Markup(' aria-current="page"') if name == here else Markup("")
    return Markup('<a href="{}"{}>{}</a>').format(address, current, text or _title(app, name))


def _title(app: Sphinx, name: str) -> str:
    title = app.env.titles[name].astext()
    return "Overview" if name == "overview" else title


def _written(app: Sphinx, wrong: Exception | None) -> None:
    """Write what each page is for where the search finds it: a page opened from a file can load no other page."""
    if wrong is None:
        file = Path(app.outdir) / "_static" / _PURPOSES
        said = json.dumps(app.config.purposes, ensure_ascii=False, sort_keys=True)
        file.write_text(f"const PURPOSES = {said};\n", encoding="utf-8")


def _in_page(app: Sphinx, here: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Hand the menu to the templates of a page, and spare the theme the making of its own."""
    context["toctree"] = lambda **_options: ""
    context["menu"] = menu(app, here)


def setup(app: Sphinx) -> Mapping[str, bool]:
    """Register with Sphinx: `purposes` is page → what it is for."""
    app.add_config_value("purposes", {}, "html")
    app.connect("html-page-context", _in_page, priority=100)
    app.connect("build-finished", _written)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
