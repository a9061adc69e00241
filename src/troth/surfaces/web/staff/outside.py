"""Signing in at an identity provider: OpenID Connect, the authorization code with PKCE.

What has to be remembered between going there and coming back is in a cookie of this browser and in the signed `state`;
the verifier and the nonce are derived from both, so that nothing is kept here.

Source: OpenID Connect Core 1.0, 3.1; RFC 7636; RFC 9700 (security of OAuth 2.0); RFC 9207 (`iss` of the answer).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from httpx2 import HTTPError, InvalidURL
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from joserfc.jws import JWSRegistry

from troth.model.times import HOUR, SECOND, Micros
from troth.runtime.config import Settings
from troth.runtime.roles import ROLES, role_of_text

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""How an identity token may be signed: by a key that the provider alone has."""
_KNOWN_FOR: Final = HOUR
_TIMEOUT_S: Final = 10.0
_LEEWAY_S: Final = 60
_PKCE_BITS: Final = 256
_DISCOVERY: Final = "/.well-known/openid-configuration"
_NAME: Final = re.compile(r"[^a-z0-9._-]+")
_ANY: Final = "*"


class Fault(Exception):  # noqa: N818 - it says what happened
    """The provider did not say who somebody is.

    Attributes:
        kind: One word for the audit and the page: `denied`, `unreachable`, `invalid`, `role`.
    """

    def __init__(self, kind: str, why: str = "") -> None:
        super().__init__(f"{kind}: {why}" if why else kind)
        self.kind = kind


class Proven(msgspec.Struct, frozen=True):
    """Who somebody is, as the provider says.

    Attributes:
        issuer: The provider.
        subject: Its own id of them, which never changes.
        name: A name for an account, plain.
        shown: The name in words.
        role: The greatest role that the provider's claims give them.
        locale: How dates and numbers are written.
        zone: IANA name of a time zone; empty: it does not say.
    """

    issuer: str
    subject: str
    name: str
    shown: str
    role: str
    locale: str = "en"
    zone: str = ""


class _Known(msgspec.Struct, frozen=True):
    """What the provider says of itself, and since when it is known."""

    metadata: dict[str, Any]
    keys: dict[str, Any]
    at: Micros


class Provider:
    """The identity provider of a server.

    Args:
        settings: Of the server; the `oidc_` ones.
    """

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret
        self._scopes = settings.oidc_scopes
        self._roles = tuple(role_of_text(one) for one in settings.oidc_roles)
        self._known: _Known | None = None
        self._asking = asyncio.Lock()

    @property
    def on(self) -> bool:
        """Return whether there is one."""
        return bool(self._issuer)

    async def address(self, back: str, state: str, nonce: str, verifier: str, now: Micros) -> str:
        """Return where somebody signs in.

        Args:
            back: Our address that they come back to.
            state: Comes back with them.
            nonce: Has to be in the token.
            verifier: Of PKCE; only its digest goes along.
            now: The present moment; microseconds since 1970 UTC.

        Raises:
            Fault: The provider cannot be reached, or says no sense.
        """
        known = await self._found(now)
        async with self._client(back) as client:
            found: str = client.create_authorization_url(
                _text(known.metadata, "authorization_endpoint"), state=state, code_verifier=verifier, nonce=nonce
            )[0]
        return found

    async def prove(self, back: str, answer: Mapping[str, str], nonce: str, verifier: str, now: Micros) -> Proven:
        """Return who somebody is who has come back.

        Args:
            back: Our address that they came back to.
            answer: The query that they came with; its `state` has been checked.
            nonce: Has to be in the token.
            verifier: Of PKCE.
            now: The present moment; microseconds since 1970 UTC.

        Raises:
            Fault: They are not let in there, the provider cannot be reached, what it says is not good, or nothing of it
                gives them a role here.
        """
        known = await self._found(now)
        if answer.get("iss", self._issuer) != self._issuer:
            raise Fault("invalid", "the answer is another issuer's")
        if "code" not in answer:
            raise Fault("denied", answer.get("error", "")[:60])
        try:
            async with self._client(back) as client:
                token = await client.fetch_token(
                    _text(known.metadata, "token_endpoint"),
                    grant_type="authorization_code",
                    code=answer["code"],
                    code_verifier=verifier,
                    redirect_uri=back,
                )
                claims = await self._claims(token, nonce, known, now)
                role = self.role_of(claims)
                if not role and "userinfo_endpoint" in known.metadata:
                    response = await client.get(_text(known.metadata, "userinfo_endpoint"))
                    response.raise_for_status()
                    more = response.json()
                    # What is said of somebody else is not said of them.
                    claims = more | claims if more.get("sub") == claims["sub"] else claims
                    role = self.role_of(claims)
        except (HTTPError, InvalidURL) as error:
            raise Fault("unreachable", type(error).__name__) from error
        except (AuthlibBaseError, JoseError, ValueError, TypeError, AttributeError, KeyError) as error:
            raise Fault("invalid", f"{type(error).__name__} {getattr(error, 'claim', '')}".strip()) from error
        if not role:
            raise Fault("role")
        return _proven(claims, self._issuer, role)

    def role_of(self, claims: Mapping[str, Any]) -> str:
        """Return the greatest role that claims give; empty: none."""
        given = {role for claim, value, role in self._roles if _says(claims, claim, value)}
        return next((role for role in reversed(ROLES) if role in given), "")

    async def _claims(self, token: Mapping[str, Any], nonce: str, known: _Known, now: Micros) -> dict[str, Any]:
        """Return what an identity token says, once its signature, issuer, audience, times and nonce are checked."""
        said = [one for one in known.metadata.get("id_token_signing_alg_values_supported", ()) if one in ALGORITHMS]
        registry = JWSRegistry(algorithms=said or ["RS256"], strict_check_header=False)
        try:
            decoded = jwt.decode(str(token["id_token"]), _keys(known), registry=registry)
        except JoseError:
            # Keys are changed from time to time: a key that is not known yet is asked for, once.
            known = await self._found(now, anew=True)
            decoded = jwt.decode(str(token["id_token"]), _keys(known), registry=registry)
        wanted = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        params = {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(decoded.claims, decoded.header, wanted, params)
        claims.validate(now=now // SECOND, leeway=_LEEWAY_S)
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise Fault("invalid", "no subject")
        return dict(claims)

    async def _found(self, now: Micros, *, anew: bool = False) -> _Known:
        """Return what the provider says of itself; asked for at most once an hour.

        Raises:
            Fault: It cannot be reached, or says no sense.
        """
        async with self._asking:
            known = self._known
            if known is not None and now < known.at + (SECOND if anew else _KNOWN_FOR):
                return known
            try:
                async with self._client("") as client:
                    metadata = await _json(client, self._issuer.rstrip("/") + _DISCOVERY)
                    if metadata.get("issuer") != self._issuer:
                        raise Fault("invalid", "it calls itself otherwise")
                    keys = await _json(client, _text(metadata, "jwks_uri"))
            except (HTTPError, InvalidURL, ValueError) as error:
                raise Fault("unreachable", type(error).__name__) from error
            self._known = _Known(metadata, keys, now)
            return self._known

    def _client(self, back: str) -> Any:
        """Return a client of the provider; a redirect of it is not followed."""
        return AsyncOAuth2Client(
            self._client_id,
            self._secret or None,
            scope=self._scopes,
            redirect_uri=back,
            code_challenge_method=f"S{_PKCE_BITS}",
            leeway=0,
            timeout=_TIMEOUT_S,
            trust_env=False,
        )


def _says(claims: Mapping[str, Any], claim: str, value: str) -> bool:
    """Return whether claims have a value; `*`: any; a claim may be one within another: `realm_access.roles`."""
    return any(value in (_ANY, one) for one in _values(claims, claim))


def _values(claims: Mapping[str, Any], claim: str) -> Iterator[str]:
    """Yield the values of a claim as texts."""
    found: Any = claims.get(claim)
    if found is None and "." in claim:
        first, _, rest = claim.partition(".")
        within = claims.get(first)
        if isinstance(within, Mapping):
            yield from _values(within, rest)
        return
    for one in found if isinstance(found, Sequence) and not isinstance(found, str) else [found]:
        if isinstance(one, str) and one:
            yield one
        elif isinstance(one, bool):
            yield str(one).lower()


def _proven(claims: Mapping[str, Any], issuer: str, role: str) -> Proven:
    """Return who somebody is by the claims of the provider."""
    texts = {name: value for name, value in claims.items() if isinstance(value, str)}
    asked = texts.get("preferred_username") or texts.get("email", "").partition("@")[0] or texts.get("name", "")
    name = _NAME.sub("-", asked.lower()).strip("-._")
    shown = "".join(letter for letter in texts.get("name", "") if letter.isprintable())
    return Proven(
        issuer,
        texts["sub"],
        (name if name[:1].isalpha() else f"u-{name}".strip("-"))[:32],
        (shown or asked or texts["sub"])[:80],
        role,
        texts.get("locale", "en"),
        texts.get("zoneinfo", ""),
    )


def _keys(known: _Known) -> KeySet:
    """Return the keys that the provider signs with."""
    return KeySet.import_key_set(cast(KeySetSerialization, known.keys))


async def _json(client: Any, address: str) -> dict[str, Any]:
    """Return the JSON object at an address.

    Raises:
        ValueError: There is none.
    """
    response = await client.request("GET", address, withhold_token=True)
    response.raise_for_status()
    found = response.json()
    if not isinstance(found, dict):
        raise ValueError(address)  # noqa: TRY004 - what was sent has no sense; no caller erred
    return found


def _text(metadata: Mapping[str, Any], name: str) -> str:
    """Return what the provider says of itself.

    Raises:
        Fault: It does not say it.
    """
    found = metadata.get(name)
    if not isinstance(found, str) or not found.startswith(("https://", "http://")):
        raise Fault("invalid", f"no {name}")
    return found
