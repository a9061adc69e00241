"""Signing in at an identity provider: who it is, what role they have, and all the ways in which it is not believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import OctKey, RSAKey
from starlette.testclient import TestClient

from tests.unit.surfaces.web.conftest import House, entries
from tests.unit.surfaces.web.identity import CLIENT, SECRET, Identity
from troth.model.times import MINUTE, SECOND
from troth.runtime import staff

ROLES = ("groups=support:associate", "groups=leads:lead", "realm_access.roles=troth-admin:admin")


@pytest.fixture(scope="module")
def provider() -> Iterator[Identity]:
    with Identity().serving() as serving:
        yield serving


@pytest.fixture
def identity(provider: Identity) -> Identity:
    """Return the provider, telling the truth of somebody of the support."""
    provider.claims = {"sub": "248289", "name": "Ann Example", "preferred_username": "ann", "groups": ["support"]}
    provider.lies, provider.userinfo, provider.down = {}, {}, False
    provider.signs_with, provider.algorithm = provider.key, "RS256"
    return provider


@pytest.fixture
def served(make: Callable[..., House], identity: Identity) -> House:
    """Return a server whose staff sign in at the provider."""
    house = make(
        oidc_issuer=identity.issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET, oidc_roles=ROLES,
        oidc_name="Example ID",
    )  # fmt: skip
    identity.now = house.now // SECOND
    return house


def sent(house: House, to: str = "/account") -> str:
    """Go to sign in; return the address at the provider."""
    answer = house.client.get(f"/sign-in/outside?next={to}", follow_redirects=False)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def come_back(house: House, query: str) -> Any:
    """Come back from the provider."""
    return house.client.get(f"/sign-in/outside/back?{query}", follow_redirects=False)


def test_whoever_signs_in_there_is_known_here_with_the_role_that_the_provider_gives(
    served: House, identity: Identity
) -> None:
    assert "Sign in with Example ID" in served.client.get("/sign-in").text
    address = sent(served)
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{identity.issuer}/authorize?")
    assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
    assert asked["scope"] == ["openid profile email"]
    back = come_back(served, identity.sign_in(address))
    assert (back.status_code, back.headers["location"]) == (303, "/account")
    shown = served.client.get("/account").text
    assert "You are signed in as Ann Example." in shown
    assert "You sign in elsewhere" in shown
    account = staff.get(served.store, "ann")
    assert (account.role, account.digest) == ("associate", "")
    assert [(one.who, one.outcome, one.detail) for one in entries(served)] == [("ann", "done", "outside")]


def test_the_greatest_role_counts_and_a_claim_may_be_within_another(served: House, identity: Identity) -> None:
    identity.claims |= {"groups": ["support", "leads"]}
    come_back(served, identity.sign_in(sent(served)))
    assert staff.get(served.store, "ann").role == "lead"
    identity.claims |= {"realm_access": {"roles": ["troth-admin"]}}
    served.client.cookies.clear()
    come_back(served, identity.sign_in(sent(served)))
    assert staff.get(served.store, "ann").role == "admin"


def test_a_role_may_be_said_by_userinfo_of_the_same_person_only(served: House, identity: Identity) -> None:
    identity.claims.pop("groups")
    identity.userinfo = {"sub": "somebody-else", "groups": ["leads"]}
    assert come_back(served, identity.sign_in(sent(served))).headers["location"].startswith("/sign-in?said=role")
    identity.userinfo = {"sub": "248289", "groups": ["leads"]}
    assert come_back(served, identity.sign_in(sent(served))).headers["location"] == "/account"
    assert staff.get(served.store, "ann").role == "lead"


def test_nobody_comes_into_the_account_of_somebody_else_by_its_name(served: House, identity: Identity) -> None:
    staff.create(served.store, "ann", role="admin", now=served.now, password="a password of this place")  # noqa: S106
    come_back(served, identity.sign_in(sent(served)))
    assert "<dd>ann-2</dd>" in served.client.get("/account").text
    assert staff.get(served.store, "ann").role == "admin"
    served.client.cookies.clear()
    come_back(served, identity.sign_in(sent(served)))
    assert [one.name for one in staff.all_accounts(served.store)] == ["ann", "ann-2"]


def test_an_account_that_is_disabled_here_does_not_come_in(served: House, identity: Identity) -> None:
    come_back(served, identity.sign_in(sent(served)))
    staff.disable(served.store, "ann", served.now)
    assert served.client.get("/account", follow_redirects=False).status_code == 303
    back = come_back(served, identity.sign_in(sent(served)))
    assert back.headers["location"] == "/sign-in?said=disabled&next=/account"
    assert "Your account here is disabled." in served.client.get(back.headers["location"]).text


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "http://127.0.0.1:1"}, {"aud": "another-client"}, {"nonce": "another"}, {"nonce": None}, {"sub": None},
        {"sub": ""}, {"exp": 1}, {"iat": 9_999_999_999}, {"aud": [CLIENT, "another"]}, {"azp": "another-client"},
        {"exp": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_token_that_is_not_for_us_now_is_not_believed(
    served: House, identity: Identity, lies: dict[str, Any]
) -> None:
    identity.lies = lies
    back = come_back(served, identity.sign_in(sent(served)))
    assert back.headers["location"] == "/sign-in?said=invalid&next=/account"
    assert staff.all_accounts(served.store) == []
    assert "What came back from there was not good" in served.client.get(back.headers["location"]).text


def test_a_token_of_another_key_is_not_believed(served: House, identity: Identity) -> None:
    identity.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert "said=invalid" in come_back(served, identity.sign_in(sent(served))).headers["location"]
    # Signed with what is public, or with our own secret.
    identity.signs_with, identity.algorithm = OctKey.import_key(SECRET * 2), "HS256"
    assert "said=invalid" in come_back(served, identity.sign_in(sent(served))).headers["location"]


def test_a_key_that_is_new_is_asked_for(served: House, identity: Identity) -> None:
    come_back(served, identity.sign_in(sent(served)))
    former = identity.key
    identity.key = identity.signs_with = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    served.client.cookies.clear()
    served.later(2)
    identity.now = served.now // SECOND
    assert come_back(served, identity.sign_in(sent(served))).headers["location"] == "/account"
    identity.key = former


def test_a_state_that_is_not_of_this_browser_and_of_now_is_not_taken(served: House, identity: Identity) -> None:
    query = identity.sign_in(sent(served))
    stranger = TestClient(served.app, raise_server_exceptions=False)
    answer = stranger.get(f"/sign-in/outside/back?{query}", follow_redirects=False)
    assert answer.headers["location"].startswith("/sign-in?said=invalid")
    served.now += 11 * MINUTE
    assert "said=invalid" in come_back(served, query).headers["location"]
    assert "said=invalid" in come_back(served, "code=x&state=y").headers["location"]
    # Once used, it is used up.
    query = identity.sign_in(sent(served))
    identity.now = served.now // SECOND
    assert come_back(served, query).headers["location"] == "/account"
    assert "said=invalid" in come_back(served, query).headers["location"]


def test_an_answer_of_another_issuer_is_not_taken(served: House, identity: Identity) -> None:
    query = identity.sign_in(sent(served)).replace(identity.issuer, "http://127.0.0.1:1")
    assert "said=invalid" in come_back(served, query).headers["location"]


def test_whoever_is_not_let_in_there_is_told_so(served: House) -> None:
    state = parse_qs(urlsplit(sent(served)).query)["state"][0]
    back = come_back(served, f"error=access_denied&state={state}")
    assert "You were not let in there." in served.client.get(back.headers["location"]).text


def test_a_provider_that_cannot_be_reached_is_said_to_be_so(served: House, identity: Identity) -> None:
    query = identity.sign_in(sent(served))
    identity.down = True
    assert "said=unreachable" in come_back(served, query).headers["location"]
    served.later(120)
    answer = served.client.get("/sign-in/outside?next=/account", follow_redirects=False)
    assert answer.headers["location"] == "/sign-in?said=unreachable&next=/account"
    assert "cannot be reached" in served.client.get(answer.headers["location"]).text


def test_one_goes_on_to_a_page_of_this_server_only(served: House, identity: Identity) -> None:
    back = come_back(served, identity.sign_in(sent(served, "//evil.example/")))
    assert back.headers["location"] == "/console"


def test_without_a_provider_there_is_no_way_to_one(house: House) -> None:
    assert house.client.get("/sign-in/outside").status_code == 404
    assert house.client.get("/sign-in/outside/back?code=x&state=y").status_code == 404
