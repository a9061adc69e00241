"""What a confirmation says goes over the wire and comes back as it was; an older server says less."""

from __future__ import annotations

import msgspec
import pytest

from troth.model.times import parse_instant
from troth.runtime.service import Confirmed, Used
from troth.surfaces.api.shown import confirmed_body
from troth.surfaces.client import wire

AT = parse_instant("2026-03-02T09:46:00Z")


@pytest.mark.parametrize(
    "said",
    [
        Confirmed(True, None, "", Used("m1", "ready", "email", AT)),
        Confirmed(False, None, "G704", Used("m1", "label_only", "", AT)),
        Confirmed(False, None, "G706", Used("m1", "ready", "sms", AT + 1)),
        Confirmed(False, None, "G701"),
    ],
)
def test_a_client_reads_which_confirmation_counted(said: Confirmed) -> None:
    assert wire.confirmed(msgspec.json.encode(confirmed_body(said))) == said


def test_a_server_that_does_not_say_it_is_read_all_the_same() -> None:
    assert wire.confirmed(b'{"ok": false, "code": "G704", "decision": null}') == Confirmed(False, None, "G704")
