"""The guard of staff's pages: who is not signed in is sent to sign in; everybody may what their role may, no more."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.unit.surfaces.web.conftest import CSRF, HTML, NAMES, House, entries, submit
from troth.model.times import HOUR, MINUTE
from troth.runtime import access, sessions, staff
from troth.runtime.roles import DEEDS, ROLES, may
from troth.surfaces.web.app import staff_routes
from troth.surfaces.web.staff.porter import COOKIE
from troth.surfaces.web.staff.room import StaffRoom

PASSWORD = "correct horse battery"  # noqa: S105 - of a test
PUBLIC = {"/", "/sign-in", "/sign-in/outside", "/sign-in/outside/back"}
"""What needs nobody to be signed in."""


def sign_in(client: TestClient, *, page: str = "/sign-in", **fields: str) -> Any:
    """Fill in the page where one signs in."""
    found = CSRF.search(client.get(page).text)
    assert found is not None
    form = {"csrf": found[1], "name": "ann", "password": PASSWORD} | fields
    return client.post("/sign-in", data=form, follow_redirects=False)


@pytest.fixture
def ann(house: House) -> staff.Account:
    """Return an account that signs in with a password."""
    return staff.create(house.store, "ann", role="lead", now=house.now, password=PASSWORD, shown="Ann Example")


def test_a_stranger_is_sent_to_sign_in_and_goes_on_from_there(house: House, ann: staff.Account) -> None:
    sent = house.client.get("/account?x=1", follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=/account%3Fx%3D1")
    let_in = sign_in(house.client, page=sent.headers["location"], next="/account?x=1")
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/account?x=1")
    cookie = let_in.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Path=/;"))
    shown = house.client.get("/account")
    assert f"You are signed in as {ann.shown}." in shown.text
    assert shown.headers["cache-control"] == "no-store"
    # Who is signed in need not do it again, and a browser that comes without an address finds the console.
    assert house.client.get("/sign-in?next=/account", follow_redirects=False).headers["location"] == "/account"
    assert house.client.get("/", follow_redirects=False).headers["location"] == "/console"


def test_the_cookie_is_secure_where_the_server_is_reached_so(make: Callable[..., House]) -> None:
    house = make(public_url="https://status.example")
    staff.create(house.store, "ann", role="lead", now=house.now, password=PASSWORD)
    house.client.base_url = "https://status.example"
    assert "; Secure" in sign_in(house.client).headers["set-cookie"]


def test_signing_out_ends_the_session(house: House) -> None:
    client = house.staff("lead")
    assert client.get("/account").status_code == 200
    out = submit(client, "/account", "/sign-out")
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in?said=out")
    client.cookies.set(COOKIE, "x")
    assert client.get("/account").status_code == 303
    assert sessions.stored(house.store, NAMES["lead"]) == []


def test_a_session_ends_when_nothing_is_done_and_after_its_life_whatever_is_done(house: House) -> None:
    client = house.staff("reader")
    for _ in range(14):
        house.now += 50 * MINUTE
        assert client.get("/account").status_code == 200
    house.now += 21 * MINUTE
    assert client.get("/account").status_code == 303, "12 hours are over"
    client = house.staff("reader")
    house.now += 59 * MINUTE
    # What a page does by itself is nothing that a person does.
    assert client.head("/console/live").status_code in (200, 404)
    assert client.get("/packs/store_pickup/counts.json").status_code == 200
    house.now += MINUTE
    assert client.get("/account").headers["location"] == "/sign-in?next=/account"


def test_a_form_of_a_session_that_is_over_says_that_nothing_was_changed(house: House) -> None:
    client = house.staff("reader")
    found = CSRF.search(client.get("/account").text)
    assert found is not None
    house.now += 2 * HOUR
    answer = client.post("/account", data={"csrf": found[1], "zone": "Europe/Rome", "locale": "en"})
    assert answer.headers["location"] == "/sign-in?said=over"
    assert "nothing was changed" in client.get("/sign-in?said=over").text


def test_one_is_not_told_whether_the_name_or_the_password_is_wrong(house: House, ann: staff.Account) -> None:
    answers = [sign_in(house.client, **wrong) for wrong in (
        {"password": "another password"}, {"name": "nobody"}, {"name": ann.name, "password": ""}, {"name": ""},
    )]  # fmt: skip
    staff.disable(house.store, "ann", house.now)
    answers.append(sign_in(house.client))
    assert {one.status_code for one in answers} == {401}
    texts = {re.sub(r'(name="csrf"|name="name"|<title)[^>]*|\sautofocus', "", one.text) for one in answers}
    assert len(texts) == 1
    assert "The name or the password is not right." in answers[0].text
    assert PASSWORD not in answers[-1].text


def test_a_password_that_is_changed_while_it_is_checked_lets_nobody_in(
    house: House, ann: staff.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = staff.known

    def slow(*asked: Any) -> staff.Account | None:
        found = checked(*asked)
        staff.set_password(house.store, ann.name, "another long password")
        return found

    monkeypatch.setattr(staff, "known", slow)
    refused = sign_in(house.client)
    assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)
    assert "The name or the password is not right." in refused.text
    assert sessions.stored(house.store, "ann") == []
    assert [(one.who, one.outcome) for one in entries(house)] == [("ann", "failed")]


def test_trying_again_and_again_is_slowed_down_by_account_and_address(house: House, ann: staff.Account) -> None:
    answers = [sign_in(house.client, password=f"wrong password {number}").status_code for number in range(12)]
    assert answers == [401] * 10 + [429] * 2
    refused = sign_in(house.client)
    assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)
    house.now += MINUTE
    assert sign_in(house.client).status_code == 303
    # A name that does not exist is counted alike.
    house.client.cookies.clear()
    assert [sign_in(house.client, name="nobody").status_code for _ in range(11)] == [401] * 10 + [429]


def test_sign_in_takes_forms_of_its_own_page_only(house: House, ann: staff.Account) -> None:
    form = {"name": "ann", "password": PASSWORD}
    assert house.client.post("/sign-in", data=form).status_code == 403
    found = CSRF.search(house.client.get("/sign-in").text)
    assert found is not None
    other = TestClient(house.app, headers=HTML)
    assert other.post("/sign-in", data=form | {"csrf": found[1]}).status_code == 403
    evil = {"sec-fetch-site": "cross-site"}
    assert house.client.post("/sign-in", data=form | {"csrf": found[1]}, headers=evil).status_code == 403
    assert sessions.stored(house.store, "ann") == []


def test_the_page_says_how_the_first_account_is_made(house: House) -> None:
    assert "troth staff add" in house.client.get("/sign-in").text
    house.staff("reader")
    assert "troth staff add" not in house.client.get("/sign-in").text


# ---------------------------------------------------------------------- every route, every role


def all_routes(house: House) -> list[tuple[str, str, str]]:
    """Return method, path and deed of all routes of staff that are mounted, with something in place of parameters."""
    found = []
    for route in chain.from_iterable(staff_routes(StaffRoom(house.context)).values()):
        assert isinstance(route, Route)
        path = re.sub(r"\{(\w+)(:\w+)?\}", "x1", route.path)
        deed = getattr(route.endpoint, "deed", "")
        found += [(method, path, deed) for method in sorted(route.methods or ()) if method != "HEAD"]
    return found


def asked(client: TestClient, method: str, path: str, **more: Any) -> Any:
    """Ask for a route; of a stream that does not end, for its head."""
    return client.request("HEAD" if path.endswith("/live") else method, path, follow_redirects=False, **more)


def test_nothing_is_shown_and_nothing_is_taken_without_being_signed_in(house: House) -> None:
    client = TestClient(house.app, raise_server_exceptions=False, headers=HTML)
    routes = all_routes(house)
    assert {path for _, path, deed in routes if not deed} == PUBLIC
    for method, path, deed in routes:
        if not deed:
            continue
        answer = asked(client, method, path)
        if path.endswith((".json", "/part", "/live")):
            assert answer.status_code == 401, path
        else:
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/sign-in?"), path


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_its_deeds_say_on_every_route(house: House, role: str) -> None:
    for method, path, deed in all_routes(house):
        if not deed:
            continue
        client = house.staff(role)
        form = {"data": {"csrf": "no token"}} if method == "POST" else {}
        answer = asked(client, method, path, **form)
        if not may(role, deed):
            assert answer.status_code == 403, (method, path)
            assert "role" in answer.text or path.endswith("/live"), path
        elif method == "POST":
            # The role may; the token is missing.
            assert (answer.status_code, "no longer good" in answer.text) == (403, True), path
        else:
            assert answer.status_code in (200, 202, 303, 400, 404), (path, answer.status_code)
            assert not answer.headers.get("location", "").startswith("/sign-in"), path


def test_the_deeds_of_roles_are_as_written() -> None:
    table = {role: {deed for deed in DEEDS if may(role, deed)} for role in ROLES}
    assert table == {
        "reader": {"see"}, "associate": {"see", "act"}, "lead": {"see", "act", "bulk"},
        "admin": {"see", "act", "bulk", "admin"},
    }  # fmt: skip
    assert not may("boss", "see")


# ---------------------------------------------------------------------- keys


def test_a_key_reads_data_only_and_needs_its_scope(house: House) -> None:
    house.staff("admin")
    tokens = {}
    for scope in ("*", "cases:read"):
        _, tokens[scope] = access.create(house.store, scopes=[scope], now=house.now)
    house.context.refresh_keys()
    client = TestClient(house.app, raise_server_exceptions=False)

    def status(path: str, token: str) -> int:
        headers = {"authorization": f"Bearer {token}"}
        return client.get(path, headers=headers, follow_redirects=False).status_code

    assert status("/audit.json", tokens["*"]) == 200
    assert status("/audit.json", tokens["cases:read"]) == 403
    assert status("/audit.json", "troth_x_y") == 401
    assert status("/audit", tokens["*"]) == 303, "a page is for people"
    client.headers["authorization"] = f"Bearer {tokens['*']}"
    assert client.post("/account", data={"zone": "UTC"}, follow_redirects=False).headers["location"] == (
        "/sign-in?said=over"
    )


# ---------------------------------------------------------------------- what is written down


def test_who_signed_in_and_who_failed_is_written_down_without_what_was_typed(house: House, ann: staff.Account) -> None:
    sign_in(house.client, password="my real password is")  # noqa: S106 - of a test
    sign_in(house.client, name="my-real-password")
    sign_in(house.client)
    submit(house.client, "/account", "/sign-out")
    found = [(one.who, one.deed, one.outcome, one.path, one.address) for one in entries(house)]
    assert found == [
        ("ann", "sign-in", "failed", "/sign-in", "testclient"),
        ("unknown", "sign-in", "failed", "/sign-in", "testclient"),
        ("ann", "sign-in", "done", "/sign-in", "testclient"),
        ("ann", "sign-out", "done", "/sign-out", "testclient"),
    ]
    assert "real" not in repr(entries(house))


def test_a_form_that_is_refused_is_written_down_too(house: House) -> None:
    client = house.staff("reader")
    assert client.post("/account", data={"csrf": "x"}).status_code == 403
    assert [(one.who, one.deed, one.outcome) for one in entries(house)] == [("rui", "account", "refused")]


def test_a_form_that_ends_in_a_fault_stands_in_the_audit_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("a fault")

    monkeypatch.setattr(staff, "set_wishes", broken)
    assert submit(house.staff("reader"), "/account", zone="UTC", locale="en").status_code == 500
    assert [(one.who, one.deed, one.outcome) for one in entries(house)] == [("rui", "account", "failed")]
