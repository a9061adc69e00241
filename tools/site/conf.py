"""Settings of Sphinx, which builds the site from the sources that `tools.site.stage` lays out."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

from sphinx.application import Sphinx

_HERE = Path(__file__).resolve().parent

project = "troth"
version = release = importlib.metadata.version("troth")
language = "en"
html_title = "troth"
html_short_title = "troth"
show_copyright = html_show_copyright = False
html_show_sphinx = False

extensions = ["myst_parser", "tools.site.navigation"]
source_suffix = {".md": "markdown"}
exclude_patterns: list[str] = []
# Anchors are those that the linter of links and common hosts of repositories give to headings.
myst_heading_anchors = 6
nitpicky = True
smartquotes = False
highlight_language = "text"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

html_theme = "furo"
html_static_path = [str(_HERE / "static")]
templates_path = [str(_HERE / "templates")]
html_favicon = str(_HERE / "static" / "troth.svg")
html_css_files = ["troth.css"]
html_js_files = ["purposes.js", "troth.js"]
html_use_index = False
html_domain_indices = False
html_copy_source = False
html_show_sourcelink = False
html_permalinks_icon = "#"
# A summary would be fetched, which a page opened from a file may not do; troth.js shows what each page is for instead.
html_show_search_summary = False
html_theme_options = {"top_of_page_buttons": [], "navigation_with_keys": False}


def setup(app: Sphinx) -> None:
    """Hand over what the layout of the sources has found: what each page is for."""
    app.config["purposes"] = json.loads((Path(app.srcdir) / "purposes.json").read_text(encoding="utf-8"))
