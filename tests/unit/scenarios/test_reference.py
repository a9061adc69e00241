"""The reference page of the language: complete, and its story holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.unit.scenarios.kit import PACKS, pack_named, told
from troth.scenarios import SCHEMA, run_text

PAGE = (PACKS.parents[2] / "docs" / "reference" / "scenarios.md").read_text(encoding="utf-8")


def keys_of(schema: Any) -> set[str]:
    """Return every key that a schema knows, at any depth."""
    if isinstance(schema, list):
        return {key for one in schema for key in keys_of(one)}
    if not isinstance(schema, Mapping):
        return set()
    below = {key for one in schema.values() for key in keys_of(one)}
    properties = schema.get("properties", {})
    return below | (set(properties) if isinstance(properties, Mapping) else set())


def test_every_key_of_the_language_is_on_the_reference_page() -> None:
    assert {key for key in keys_of(SCHEMA) if not re.search(rf"`{key}\b", PAGE)} == set()


def test_the_stories_on_the_reference_page_hold() -> None:
    stories = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert len(stories) == 2
    for story in stories:
        result = run_text(pack_named("delivery"), story)
        assert result.passed, told(result)
        assert result.orders > 0
