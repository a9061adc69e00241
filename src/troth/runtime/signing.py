"""What pages hand out and get back: signed, bound to a purpose and a holder, and good for a time.

HMAC-SHA256 under a key that the ledger keeps, so that all servers on it agree.

Source: RFC 2104.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Final

from troth.model.times import SECOND, Micros
from troth.ports.ledger import Ledger

_KEY: Final = "page-key"
_BYTES: Final = 32
_SEPARATOR: Final = "."
_NONCE: Final = 12


class Signer:
    """Signs and checks.

    Args:
        ledger: Keeps the key; it is made when it is first needed.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: bytes = b""

    def prepare(self) -> None:
        """Read the key, or make it, so that no request waits for it. Blocks."""
        self._key()

    def sign(self, purpose: str, *bound: str, until: Micros, nonce: str = "") -> str:
        """Return a token that says: for this purpose and holder, until then.

        Args:
            purpose: What it is good for.
            bound: Whose it is: whoever checks it has to name the same.
            until: The first moment at which it is no longer good; kept to the second.
            nonce: Tells it from others; comes back when it is checked.
        """
        head = f"{nonce}{_SEPARATOR}{until // SECOND:x}"
        return f"{head}{_SEPARATOR}{self._mac(purpose, *bound, head)}"

    def check(self, token: str, purpose: str, *bound: str, now: Micros) -> str | None:
        """Return the nonce of a token that is good now; `None`: it is not, whatever the reason."""
        head, _, mac = token.rpartition(_SEPARATOR)
        right = self._mac(purpose, *bound, head)
        if not hmac.compare_digest(mac.encode("utf-8", "replace"), right.encode()):
            return None
        nonce, _, until = head.rpartition(_SEPARATOR)
        return nonce if now < int(until, 16) * SECOND else None

    def digest(self, purpose: str, *said: str) -> str:
        """Return a keyed digest, for comparing what is said with what is known in constant time."""
        return self._mac(purpose, *said)

    def _mac(self, *parts: str) -> str:
        """Return the code of some texts; each with its length, so that none runs into the next."""
        text = b"".join(f"{len(part)}:{part}".encode("utf-8", "replace") for part in parts)
        code = hmac.digest(self._key(), text, "sha256")
        return base64.urlsafe_b64encode(code).decode().rstrip("=")

    def _key(self) -> bytes:
        """Return the key; the first one stored counts for all."""
        if not self._known:
            with self._ledger.unit([0]):
                if self._ledger.get(_KEY) is None:
                    self._ledger.put(_KEY, secrets.token_hex(_BYTES))
                self._known = bytes.fromhex(self._ledger.get(_KEY))
        return self._known


def nonce() -> str:
    """Return a text that nobody can guess."""
    return secrets.token_urlsafe(_NONCE)
