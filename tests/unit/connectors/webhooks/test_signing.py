"""Signatures agree with the specification's vectors and with libraries of others, and refuse whatever was changed."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.connectors.webhooks.kit import NOW, SECRET
from troth.connectors.webhooks.signing import TOLERANCE, sign, signed_headers, verify
from troth.errors import OutboundError
from troth.model.times import SECOND, to_datetime
from troth.runtime.outbound.secret import new_secret

OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYob7oD8="
BODY = b'{"type":"case.opened"}'


def refused(keys: list[str], headers: dict[str, str], body: bytes = BODY, now: int = NOW) -> str:
    """Return the code by which a delivery is refused."""
    with pytest.raises(OutboundError) as caught:
        verify(keys, headers, body, now)
    return caught.value.problems[0].code


@pytest.mark.data
def test_every_vector_of_the_conformance_set_holds(shared_data: Path) -> None:
    folder = shared_data / "conformance" / "standard-webhooks"
    vectors = json.loads((folder / "vectors.json").read_text(encoding="utf-8"))["vectors"]
    assert vectors
    for vector in vectors:
        body, stamp = vector["body"].encode(), vector["timestamp"]
        assert sign([vector["secret"]], vector["id"], stamp, body) == vector["signature"]
        headers = {
            "Webhook-Id": vector["id"],
            "Webhook-Timestamp": str(stamp),
            "Webhook-Signature": vector["signature"],
        }
        verify([vector["secret"]], headers, body, stamp * SECOND)
        assert refused([vector["secret"]], headers, body + b" ", stamp * SECOND) == "O130"
        assert refused([vector["secret"]], headers | {"Webhook-Id": "x"}, body, stamp * SECOND) == "O130"
        moved = headers | {"Webhook-Timestamp": str(stamp + 1)}
        assert refused([vector["secret"]], moved, body, stamp * SECOND) == "O130"


def test_a_library_of_others_accepts_ours_and_we_accept_its() -> None:
    present = datetime.now(UTC)  # noqa: TID251 - the foreign library reads the clock
    now = int(present.timestamp()) * SECOND
    headers = signed_headers([OTHER, SECRET], "msg_1", now, BODY)
    assert standardwebhooks.Webhook(SECRET).verify(BODY.decode(), headers) == {"type": "case.opened"}
    theirs = standardwebhooks.Webhook(SECRET).sign("msg_1", to_datetime(now), BODY.decode())
    verify([SECRET], headers | {"webhook-signature": theirs}, BODY, now)


def test_a_library_in_another_language_accepts_ours_and_we_accept_its(repository: Path) -> None:
    node = shutil.which("node")
    folder = repository / "tests" / "foreign"
    if node is None or not (folder / "node_modules" / "standardwebhooks").is_dir():
        pytest.skip("node with its packages is not here: tools/node.sh installs them")
    now = int(datetime.now(UTC).timestamp()) * SECOND  # noqa: TID251 - the foreign library reads the clock
    headers = signed_headers([SECRET], "msg_1", now, BODY)
    question = json.dumps({"secret": SECRET, "headers": headers, "body": BODY.decode()})
    done = subprocess.run([node, "peer.mjs"], cwd=folder, input=question, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["accepts"] is True
    assert answer["accepts_changed"] is False
    verify([SECRET], headers | {"webhook-signature": answer["signature"]}, BODY, now)


def test_both_secrets_sign_while_one_takes_the_place_of_the_other() -> None:
    headers = signed_headers([SECRET, OTHER], "msg_1", NOW, BODY)
    assert len(headers["webhook-signature"].split()) == 2
    verify([SECRET], headers, BODY, NOW)
    verify([OTHER], headers, BODY, NOW)
    assert refused([new_secret()], headers) == "O130"


@pytest.mark.parametrize("shift", [0, TOLERANCE, -TOLERANCE])
def test_a_timestamp_up_to_five_minutes_away_holds(shift: int) -> None:
    verify([SECRET], signed_headers([SECRET], "msg_1", NOW, BODY), BODY, NOW + shift)


@pytest.mark.parametrize("shift", [TOLERANCE + 1, -TOLERANCE - 1])
def test_a_timestamp_further_away_is_refused_although_the_signature_holds(shift: int) -> None:
    assert refused([SECRET], signed_headers([SECRET], "msg_1", NOW, BODY), now=NOW + shift) == "O131"


@pytest.mark.parametrize(
    "stamp", ["", "soon", "-5", "1614265330.0", "\uff11\uff16\uff11\uff14", "1" * 400, " 1614265330"]
)
def test_a_timestamp_that_is_no_whole_number_is_refused(stamp: str) -> None:
    headers = signed_headers([SECRET], "msg_1", NOW, BODY) | {"webhook-timestamp": stamp}
    assert refused([SECRET], headers) == "O132"


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_refused(name: str) -> None:
    headers = signed_headers([SECRET], "msg_1", NOW, BODY)
    del headers[name]
    assert refused([SECRET], headers) == "O132"


@pytest.mark.parametrize("secret", ["", "word", "whsec_", "whsec_ß", "whsec_!!!!", "whsk_AAAA", "whpk_AAAA"])
def test_what_is_no_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(OutboundError) as caught:
        sign([secret], "msg_1", 1, BODY)
    assert caught.value.problems[0].code == "O104"
    assert len(secret) <= len("whsec_") or secret not in str(caught.value)


def test_nothing_is_sent_unsigned() -> None:
    with pytest.raises(OutboundError, match="O104"):
        sign([], "msg_1", 1, BODY)


def test_a_pair_of_keys_signs_without_a_shared_secret() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public_raw = private.public_key().public_bytes_raw()
    public = "whpk_" + base64.b64encode(public_raw).decode()
    for raw in (bytes(range(32)), bytes(range(32)) + public_raw):
        headers = signed_headers(["whsk_" + base64.b64encode(raw).decode(), SECRET], "msg_1", NOW, BODY)
        version, signature = headers["webhook-signature"].split()[0].split(",")
        assert version == "v1a"
        private.public_key().verify(base64.b64decode(signature), b"msg_1.1614265330." + BODY)
        verify([public], headers, BODY, NOW)
        assert refused([public], headers, BODY + b" ") == "O130"


def test_a_signature_of_one_version_is_no_signature_of_another() -> None:
    headers = signed_headers([SECRET], "msg_1", NOW, BODY)
    as_asymmetric = headers["webhook-signature"].replace("v1,", "v1a,")
    assert refused([SECRET], headers | {"webhook-signature": as_asymmetric}) == "O130"


@given(st.text(max_size=40), st.text(max_size=60), st.binary(max_size=40))
def test_hostile_headers_are_refused_by_a_code_and_never_otherwise(id: str, signature: str, body: bytes) -> None:
    headers = {"webhook-id": id, "webhook-timestamp": str(NOW // SECOND), "webhook-signature": signature}
    assert refused([SECRET], headers, body) in {"O130", "O132"}


def test_new_secrets_are_long_and_differ() -> None:
    assert new_secret() != new_secret()
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"))) == 32
