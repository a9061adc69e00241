"""A small identity provider on 127.0.0.1: real HTTP, real keys, signed tokens; it lies as it is told to."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = "troth-server", "not-a-real-secret"


class Identity:
    """The provider, and what it is to say.

    Attributes:
        claims: What it says of whoever signs in.
        lies: What it says in place of the truth: claims of the token, by name; `None` leaves one out.
        down: Whether it answers 503.
        asked: The last request for a token.
        userinfo: What it says when it is asked with the access token.
    """

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "248289", "name": "Ann Example", "preferred_username": "ann"}
        self.lies: dict[str, Any] = {}
        self.down = False
        self.asked: dict[str, str] = {}
        self.userinfo: dict[str, Any] = {}
        self.now = 0
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.signs_with: RSAKey | OctKey = self.key
        self.algorithm = "RS256"
        self.issuer = ""
        self._given: dict[str, dict[str, str]] = {}

    def sign_in(self, address: str) -> str:
        """Let somebody sign in who was sent to an address; return the query that they come back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self._given)}"
        self._given[code] = asked
        return f"code={code}&state={asked['state']}&iss={self.issuer}"

    def metadata(self) -> dict[str, Any]:
        """Return what it says of itself."""
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/me", "id_token_signing_alg_values_supported": ["RS256", "HS256"],
        }  # fmt: skip

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Return status and answer of the token endpoint."""
        self.asked = form
        asked = self._given.pop(form.get("code", ""), None)
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if authorization != f"Basic {known}" or asked is None or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        if asked["redirect_uri"] != form["redirect_uri"] or asked["code_challenge_method"] != "S256":
            return 400, {"error": "invalid_grant"}
        said = self.claims | {
            "iss": self.issuer, "aud": CLIENT, "iat": self.now, "exp": self.now + 300, "nonce": asked["nonce"],
        } | self.lies  # fmt: skip
        kept = {name: value for name, value in said.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.signs_with.kid or ""}
        signed = jwt.encode(header, kept, self.signs_with, algorithms=[self.algorithm])
        return 200, {"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": signed}

    @contextmanager
    def serving(self) -> Iterator[Identity]:
        """Serve on a free port."""
        with ThreadingHTTPServer(("127.0.0.1", 0), _handler(self)) as server:
            self.issuer = f"http://127.0.0.1:{server.server_address[1]}"
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
            thread.start()
            yield self
            server.shutdown()
            thread.join(5)


def _handler(identity: Identity) -> type[BaseHTTPRequestHandler]:
    """Return what answers for a provider."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {
                "/.well-known/openid-configuration": identity.metadata(),
                "/keys": KeySet([identity.key]).as_dict(private=False),
                "/me": identity.userinfo if self.headers.get("authorization") == "Bearer at" else {},
            }
            self._answer(200 if self.path in answers else 404, answers.get(self.path, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*identity.token(form, self.headers.get("authorization", "")))

        def _answer(self, status: int, said: Any) -> None:
            body = msgspec.json.encode(said)
            self.send_response(503 if identity.down else status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
