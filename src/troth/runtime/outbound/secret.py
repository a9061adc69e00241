"""Secrets that troth makes: the one place where webhooks' keys come from."""

from __future__ import annotations

import base64
import secrets
from typing import Final

SECRET_BYTES: Final = 32
"""Length of a new secret; the specification allows 24 to 64."""


def new_secret() -> str:
    """Return a new secret for signing, `whsec_` and base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
