"""Links: unguessable, kept as hashes, scoped, ended and revoked; whatever is wrong with one, the answer is the same."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from tests.unit.surfaces.web.conftest import START, House
from tests.unit.surfaces.web.stories import CUSTOMER, SUBJECT
from troth.errors import UsageError
from troth.model.times import DAY, HOUR
from troth.runtime import forgetting, links


def secret_of(path: str) -> str:
    """Return the secret part of a page's path."""
    return path.rpartition("/")[2].partition("-")[2]


def test_the_secret_is_nowhere_in_the_ledger(house: House) -> None:
    path = house.link()
    stored = [house.store.get(key) for key in house.store.keys("")]
    assert secret_of(path) not in msgspec.json.encode(stored).decode()
    assert len(secret_of(path)) == 32


def test_two_links_have_nothing_in_common(house: House) -> None:
    one, other = house.link(), house.link()
    assert one.partition("-")[0] != other.partition("-")[0]
    assert secret_of(one) != secret_of(other)


def test_a_link_that_is_wrong_unknown_expired_or_revoked_is_answered_alike(house: House) -> None:
    house.tell("well")
    good, ended, revoked = house.link(), house.link(life=HOUR), house.link()
    links.revoke(house.store, revoked.rpartition("/")[2].partition("-")[0], now=house.now)
    house.later(120)
    wrong = [
        "/s/nothing", "/s/" + "0" * 12 + "-" + "A" * 32, good[:-1] + ("A" if good[-1] != "A" else "B"), ended, revoked,
        "/s/%00", "/s/" + "x" * 5_000, good + "x",
    ]  # fmt: skip
    answers = [house.client.get(path) for path in wrong]
    assert {one.status_code for one in answers} == {404}
    assert len({one.text for one in answers}) == 1
    private = [{name: value for name, value in one.headers.items() if name != "date"} for one in answers]
    assert all(headers == private[0] for headers in private)
    assert house.client.get(good).status_code == 200
    assert {
        house.client.get(f"{path}{end}").status_code for path in (ended, revoked) for end in ("/part", "/live")
    } == {404}
    assert {house.client.post(path).status_code for path in (ended, revoked)} == {404}


def test_the_neutral_page_says_what_to_do_in_the_readers_language(house: House) -> None:
    assert "Ask whoever gave you the link" in house.client.get("/s/nothing").text
    as_data = house.client.get("/s/nothing", headers={"accept": "application/json"})
    assert as_data.headers["content-type"] == "application/problem+json"
    assert as_data.json()["type"] == "/problems/H108"


def test_a_link_shows_its_subject_and_no_other(house: House) -> None:
    house.tell("closed", "pickup/other")
    path = house.link(SUBJECT)
    assert house.view(path)["headline"]["standing"] == "nothing"
    assert house.view(house.link("pickup/other"))["headline"]["standing"] == "closed"


def test_who_may_only_see_is_offered_nothing_and_can_ask_for_nothing(house: House) -> None:
    house.customer()
    house.tell("well")
    path = house.link(may=("see",))
    assert 'value="ask:cancel"' not in house.client.get(path).text
    assert house.send(path, do="ask:cancel").status_code == 409
    assert house.send(path, do="wrong", text="It is not mine").status_code == 409


def test_links_go_when_the_person_is_forgotten(house: House) -> None:
    house.customer()
    house.tell("well")
    path, other = house.link(), house.link("pickup/other")
    forgetting.forget(house.store, CUSTOMER, house.now)
    assert house.client.get(path).status_code == 404
    assert house.client.get(other).status_code == 200
    assert links.all_links(house.store, SUBJECT) == []


def test_links_are_listed_by_subject_even_where_one_name_begins_with_another(house: House) -> None:
    for subject in ("pickup/1", "pickup/1/2", "pickup/12"):
        house.link(subject)
    assert [one.subject for one in links.all_links(house.store, "pickup/1")] == ["pickup/1"]
    assert len(links.all_links(house.store)) == 3


@pytest.mark.parametrize(
    ("subject", "may", "life"), [("pickup17", ("see",), DAY), ("pickup/1", ("own",), DAY), ("pickup/1", ("see",), 0)]
)
def test_what_no_link_can_have_is_refused(house: House, subject: str, may: tuple[str, ...], life: int) -> None:
    with pytest.raises(UsageError) as caught:
        links.create(house.store, subject, now=START, may=may, life=life)
    assert [problem.code for problem in caught.value.problems] == ["H312"]
    assert not house.store.keys("link")


def test_an_unknown_link_cannot_be_revoked(house: House) -> None:
    with pytest.raises(UsageError, match="H313"):
        links.revoke(house.store, "0" * 12, now=START)


def test_a_link_is_limited_by_its_rate_and_strangers_by_theirs(make: Callable[..., House]) -> None:
    limited = make(page_rate_per_s=1)
    limited.tell("well")
    path, other = limited.link(), limited.link()
    codes = [limited.client.get(path).status_code for _ in range(14)]
    assert codes.count(200) == 12
    last = limited.client.get(path)
    assert (last.status_code, "retry-after" in last.headers) == (429, True)
    assert limited.client.get(other).status_code == 200
    strangers = [limited.client.get("/s/nothing").status_code for _ in range(62)]
    assert strangers[0] == 404
    assert strangers[-1] == 429
    assert limited.client.get(other).status_code == 200
