"""The reference names every route, scope, setting and figure."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.surfaces.api.test_guard import routes
from troth.runtime.access import SCOPES
from troth.runtime.config import HELP, Settings
from troth.runtime.telemetry import Metrics


def page(repository: Path, name: str) -> str:
    return (repository / "docs/reference" / f"{name}.md").read_text(encoding="utf-8")


def test_every_route_and_scope_is_on_its_page(repository: Path) -> None:
    text = page(repository, "http-api")
    assert not [path for _, path in routes() if f"{path}`" not in text]
    assert all(f"`{scope}`" in text for scope in SCOPES)


def test_every_setting_is_on_its_page_with_its_meaning_and_default(repository: Path) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page(repository, "settings"), re.MULTILINE))
    assert set(rows) == set(HELP)
    for name, meaning in HELP.items():
        default, _, said = rows[name].partition(" | ")
        value = getattr(Settings(), name)
        shown = str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else value
        assert default == (f"`{shown}`" if shown not in ("", ()) else "–"), name
        assert said == meaning


def test_every_figure_is_on_its_page(repository: Path) -> None:
    text = page(repository, "metrics")
    names = {family.name for family in Metrics().registry.collect()}
    assert len(names) > 10
    assert not [name for name in names if f"`{name}`" not in text and f"`{name}_total`" not in text]
    said = set(re.findall(r"^\| `(troth_\w+?)(?:_total)?` \|", text, re.MULTILINE))
    assert said == names
