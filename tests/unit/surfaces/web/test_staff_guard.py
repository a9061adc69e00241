"""The guard of staff's pages: who is not signed in is sent to sign in, and comes back to where they were going."""

from __future__ import annotations

from tests.unit.surfaces.web.conftest import CSRF, House, submit
from troth.runtime import staff

PASSWORD = "correct horse battery"  # noqa: S105 - of a test


def test_a_stranger_is_sent_to_sign_in_and_goes_on_from_there(house: House) -> None:
    staff.create(house.store, "ann", role="lead", now=house.now, password=PASSWORD, shown="Ann Example")
    sent = house.client.get("/account?x=1", follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=/account%3Fx%3D1")
    page = house.client.get(sent.headers["location"])
    found = CSRF.search(page.text)
    assert found is not None
    fields = {"csrf": found[1], "name": "ann", "password": PASSWORD, "next": "/account?x=1"}
    let_in = house.client.post("/sign-in", data=fields, follow_redirects=False)
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/account?x=1")
    cookie = let_in.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Path=/;"))
    shown = house.client.get("/account")
    assert "You are signed in as Ann Example." in shown.text
    assert shown.headers["cache-control"] == "no-store"


def test_signing_out_ends_the_session(house: House) -> None:
    client = house.staff("lead")
    assert client.get("/account").status_code == 200
    out = submit(client, "/account", "/sign-out")
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in?said=out")
    assert client.get("/account").status_code == 303
