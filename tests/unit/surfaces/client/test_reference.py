"""The page says what there is: every public name, method and status."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import troth
from troth.surfaces import client
from troth.surfaces.client.sending import Sending, Status

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/reference/python.md").read_text("utf-8")


def public(kind: type) -> list[str]:
    return [name for name in vars(kind) if not name.startswith("_")]


@pytest.mark.parametrize(
    "names",
    [
        client.__all__,
        troth.__all__,
        public(client.Client),
        set(public(client.Gate)) - {"enter", "leave", "aenter", "aleave"},
        public(Sending),
        public(client.Result),
        client.Verdict.__struct_fields__,
        client.Report.__struct_fields__[1:],
        get_args(Status),
    ],
)
def test_every_public_name_is_on_the_page(names: list[str]) -> None:
    words = {word for marked in re.findall(r"`([^`\n]+)`", PAGE) for word in re.findall(r"\w+", marked)}
    assert [name for name in sorted(names) if name not in words and name != "end"] == []


def test_both_clients_have_the_same_methods() -> None:
    assert {*public(client.Client), "aclose"} - {"close"} == set(public(client.AsyncClient))


@pytest.mark.parametrize("name", ["before.py", "after.py"])
def test_the_example_is_the_mailer_of_the_how_to(name: str) -> None:
    example = (ROOT / "examples/mailer" / name).read_text("utf-8")
    page = (ROOT / "docs/how-to/put-the-gate-before-a-mailer.md").read_text("utf-8")
    assert f"\n{example}```\n" in page
