"""One's own account and the audit, as pages."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.unit.surfaces.web.conftest import House, submit
from troth.model.times import DAY, MINUTE
from troth.runtime import audit, sessions, staff

OLD, NEW = "correct horse battery", "another long password"


@pytest.fixture
def ann(house: House) -> TestClient:
    """Return somebody who is signed in and has a password."""
    return house.staff("lead", "ann", password=OLD, shown="Ann <b>Example</b>")


def test_the_page_tells_who_one_is_and_escapes_it(ann: TestClient) -> None:
    text = ann.get("/account").text
    assert "You are signed in as Ann &lt;b&gt;Example&lt;/b&gt;." in text
    assert "argon2" not in text


def test_wishes_are_kept_and_show_at_once(house: House, ann: TestClient) -> None:
    done = submit(ann, "/account", zone="Asia/Tokyo", locale="de_CH")
    assert done.headers["location"] == "/account?said=kept#said"
    account = staff.get(house.store, "ann")
    assert (account.zone, account.locale, account.shortcuts) == ("Asia/Tokyo", "de_CH", False)
    text = ann.get("/account?said=kept").text
    assert 'data-zone="Asia/Tokyo" data-shortcuts="off"' in text
    assert "That is kept." in text
    for wrong in ({"zone": "Mars/Base", "locale": "en"}, {"zone": "", "locale": "xx_nowhere"}):
        refused = submit(ann, "/account", **wrong)
        assert refused.status_code == 422
        assert "expected is" in refused.text
    assert staff.get(house.store, "ann") == account


def test_a_new_password_takes_the_present_one_and_ends_all_other_sessions(house: House, ann: TestClient) -> None:
    elsewhere = house.staff("lead", "ann")
    wrong = (
        {"present": NEW, "new": NEW, "again": NEW},
        {"present": OLD, "new": NEW, "again": "not the same one"},
        {"present": OLD, "new": "short", "again": "short"},
    )
    for fields in wrong:
        assert submit(ann, "/account", "/account/password", **fields).status_code == 422
    assert elsewhere.get("/account").status_code == 200
    done = submit(ann, "/account", "/account/password", present=OLD, new=NEW, again=NEW)
    assert done.headers["location"] == "/account?said=password#said"
    assert ann.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    assert staff.known(house.store, "ann", NEW) is not None
    assert staff.known(house.store, "ann", OLD) is None
    assert len(sessions.stored(house.store, "ann")) == 1


def test_a_password_that_is_given_meanwhile_stays(
    house: House, ann: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = staff.known

    def slow(*asked: Any) -> staff.Account | None:
        found = checked(*asked)
        staff.set_password(house.store, "ann", "what an admin gives")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(staff, "known", slow)
        refused = submit(ann, "/account", "/account/password", present=OLD, new=NEW, again=NEW)
    assert (refused.status_code, "Nothing is changed." in refused.text) == (422, True)
    assert staff.known(house.store, "ann", "what an admin gives") is not None
    assert sessions.stored(house.store, "ann") == []


def test_one_ends_ones_own_sessions_and_nobody_elses(house: House, ann: TestClient) -> None:
    other = house.staff("reader")
    (foreign,) = sessions.stored(house.store, "rui")
    submit(ann, "/account", "/account/sessions", session=foreign.id)
    assert other.get("/account").status_code == 200
    elsewhere = [house.staff("lead", "ann") for _ in range(2)]
    assert submit(ann, "/account", "/account/sessions", session="others").status_code == 303
    assert [one.get("/account").status_code for one in elsewhere] == [303, 303]
    (own,) = sessions.stored(house.store, "ann")
    gone = submit(ann, "/account", "/account/sessions", session=own.id)
    assert gone.headers["location"] == "/sign-in?said=ended"
    assert ann.get("/account").status_code == 303


def test_another_role_and_the_end_of_the_account_end_its_sessions(house: House, ann: TestClient) -> None:
    staff.set_role(house.store, "ann", "reader")
    assert ann.get("/account").status_code == 303
    again = house.staff("lead", "ann")
    staff.disable(house.store, "ann", house.now)
    assert again.get("/account").status_code == 303
    staff.enable(house.store, "ann")
    assert again.get("/account").status_code == 303, "what has ended stays ended"


def test_the_audit_is_for_admins_and_filters_by_who_deed_outcome_and_day(house: House) -> None:
    for number in range(130):
        house.now += MINUTE
        who = "ann" if number % 2 else "bob"
        audit.note(house.store, audit.Entry(house.now, who, "console_own", "done", "/console", f"pickup/{number}"))
    audit.note(house.store, audit.Entry(house.now - DAY, "ann", "sign-in", "failed", "/sign-in"))
    client = house.staff("admin")
    page = client.get("/audit").text
    assert page.count("<tr>") == 101
    earlier = client.get(f"/audit?before={audit_before(page)}").text
    assert earlier.count("<tr>") == 32
    found = client.get("/audit.json?who=ann&outcome=failed").json()["entries"]
    assert [(one["who"], one["deed"]) for one in found] == [("ann", "sign-in")]
    assert len(client.get("/audit.json?who=ann").json()["entries"]) == 66
    assert len(client.get("/audit.json?from=2026-03-02&to=2026-03-02&deed=console_own").json()["entries"]) == 130
    assert len(client.get("/audit.json?to=2026-03-01").json()["entries"]) == 1
    assert "No entry fits." in client.get("/audit?who=nobody").text
    # In Zurich, the first day of the calendar begins before it.
    assert len(client.get("/audit.json?from=0001-01-01&who=bob").json()["entries"]) == 65
    assert client.get("/audit.json?to=0001-01-01").json()["entries"] == []
    assert house.staff("lead").get("/audit").status_code == 403


def test_what_happened_in_one_moment_is_on_one_page_or_the_next(house: House) -> None:
    for number in range(250):
        audit.note(house.store, audit.Entry(house.now, "ann", "tx", detail=str(number)))
    client, asked, seen = house.staff("admin"), "/audit", list[str]()
    while asked:
        page = client.get(asked).text
        seen += re.findall(r'data-label="More">(\d+)<', page)
        earlier = audit_before(page)
        asked = f"/audit?before={earlier}" if earlier else ""
    assert seen == [str(number) for number in reversed(range(250))]
    for wrong in ("x", "9" * 40, "-1", "\u0661" * 16):
        assert client.get("/audit", params={"before": wrong}).text.count("<tr>") == 101


def audit_before(page: str) -> str:
    """Return where the earlier entries of a page begin."""
    return page.partition("before=")[2].partition('"')[0]


def test_a_spreadsheet_finds_no_formula_in_the_audit(house: House) -> None:
    audit.note(house.store, audit.Entry(house.now, "ann", "tx", "done", "/tx/x", "=cmd|'/c calc'!A1"))
    answer = house.staff("admin").get("/audit.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(answer.text.splitlines())
    assert (row["who"], row["subject"]) == ("ann", "'=cmd|'/c calc'!A1")


def test_what_has_had_its_time_is_dropped_by_the_server(house: House) -> None:
    house.staff("lead")
    house.link()
    audit.note(house.store, audit.Entry(house.now, "ann", "sign-in"))
    house.now += 399 * DAY
    house.context.prune()
    assert house.store.keys("staff-session") == []
    assert house.store.keys("link") == []
    assert len(house.store.keys("audit/")) == 1
    house.now += 2 * DAY
    house.context.prune()
    assert house.store.keys("audit/") == []


def test_the_key_that_signs_is_there_before_the_first_request(house: House) -> None:
    assert house.store.get("page-key") is not None
