"""Standard Webhooks signatures, made and verified.

Source: Standard Webhooks 1.0.0: `v1` is HMAC-SHA256 under a shared secret, `v1a` is ed25519.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Final

from troth.errors import OutboundError, Place, Problem
from troth.model.times import MINUTE, SECOND, Micros

SHARED: Final = "whsec_"
PRIVATE: Final = "whsk_"
PUBLIC: Final = "whpk_"
TOLERANCE: Final[Micros] = 5 * MINUTE
"""How far a delivery's timestamp may be from now."""

_WHOLE: Final = re.compile(r"[0-9]{1,12}")
_SEED: Final = 32


def sign(secrets: Sequence[str], id: str, timestamp_s: int, body: bytes) -> str:
    """Return the value of the webhook-signature header: one signature for each secret, separated by spaces.

    While a secret is replaced, both the new and the old one sign, so that receivers can change over when they like.

    Args:
        secrets: `whsec_…` (shared, `v1`) or `whsk_…` (private key, `v1a`), at least one.
        id: The webhook-id.
        timestamp_s: The webhook-timestamp: whole seconds since 1970 UTC.
        body: The very bytes that are sent.

    Raises:
        OutboundError: O104, one of the secrets is none.
    """
    if not secrets:
        raise OutboundError(_no_secret("there is none"))
    content = b".".join((id.encode(), str(timestamp_s).encode(), body))
    return " ".join(_signature(secret, content) for secret in secrets)


def signed_headers(secrets: Sequence[str], id: str, now: Micros, body: bytes) -> dict[str, str]:
    """Return the three headers of a delivery that is sent now; Raises as `sign` does."""
    timestamp_s = now // SECOND
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": sign(secrets, id, timestamp_s, body),
    }


def verify(
    keys: Sequence[str], headers: Mapping[str, str], body: bytes, now: Micros, *, tolerance: Micros = TOLERANCE
) -> None:
    """Return if a delivery is signed under one of the keys and is recent.

    Args:
        keys: Shared secrets `whsec_…` and public keys `whpk_…`.
        headers: The request's headers; their names in any case.
        body: The very bytes that arrived, before anything parses them.
        now: The present moment; microseconds since 1970 UTC.
        tolerance: How far the timestamp may be from it, either way.

    Raises:
        OutboundError: O132, a header is missing or no number; O131, too old or too far ahead; O130, no signature
            holds; O104, a key is none.
    """
    given = {name.lower(): value for name, value in headers.items()}
    name, stamp, signatures = (given.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not (name and signatures and _WHOLE.fullmatch(stamp)):
        raise OutboundError(_refused("O132", "a header is missing or is not what it should be", name))
    if abs(int(stamp) * SECOND - now) > tolerance:
        raise OutboundError(_refused("O131", "its timestamp is too far from now", name))
    # Half a surrogate pair cannot be signed by anybody, and is no reason to fail otherwise than by O130.
    content = b".".join((name.encode(errors="surrogatepass"), stamp.encode(), body))
    claimed = [part.partition(",")[::2] for part in signatures.split()]
    if not any(_holds(key, content, version, text) for key in keys for version, text in claimed):
        raise OutboundError(_refused("O130", "none of its signatures holds", name))


def _signature(secret: str, content: bytes) -> str:
    """Return one signature with its version."""
    if secret.startswith(PRIVATE):
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - few need it

        # Some libraries write the public key behind the seed.
        key = Ed25519PrivateKey.from_private_bytes(_decoded(secret, PRIVATE, (_SEED, 2 * _SEED))[:_SEED])
        return "v1a," + base64.b64encode(key.sign(content)).decode()
    return "v1," + base64.b64encode(_mac(secret, content)).decode()


def _holds(key: str, content: bytes, version: str, text: str) -> bool:
    """Return whether one signature fits one key."""
    try:
        signature = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    if key.startswith(PUBLIC):
        return version == "v1a" and _signed_by(key, signature, content)
    return version == "v1" and hmac.compare_digest(signature, _mac(key, content))


def _signed_by(key: str, signature: bytes, content: bytes) -> bool:
    """Return whether an ed25519 signature fits a public key."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - see above

    try:
        Ed25519PublicKey.from_public_bytes(_decoded(key, PUBLIC, (_SEED,))).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _mac(secret: str, content: bytes) -> bytes:
    """Return the HMAC-SHA256 under a shared secret."""
    return hmac.new(_decoded(secret, SHARED), content, hashlib.sha256).digest()


def _decoded(secret: str, prefix: str, lengths: Sequence[int] = ()) -> bytes:
    """Return the bytes of a secret; the message of the error does not repeat it."""
    if not secret.startswith(prefix):
        raise OutboundError(_no_secret("it has no known prefix"))
    try:
        raw = base64.b64decode(secret.removeprefix(prefix), validate=True)
    except (binascii.Error, ValueError):
        raise OutboundError(_no_secret("it is not base64")) from None
    if not raw or (lengths and len(raw) not in lengths):
        raise OutboundError(_no_secret("it has the wrong length"))
    return raw


def _no_secret(found: str) -> Problem:
    """Return the problem of a secret that is none."""
    expected = f"{SHARED}, {PRIVATE} or {PUBLIC} with base64 behind it"
    return Problem(Place(), "O104", found, expected, "let troth make one: troth outbox add")


def _refused(code: str, found: str, id: str) -> Problem:
    """Return the problem of a delivery that is not to be trusted."""
    return Problem(Place(path=id[:100]), code, found, "a delivery signed for this receiver within five minutes",
                   "answer 400 and do nothing with it")  # fmt: skip
