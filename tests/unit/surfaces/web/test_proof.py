"""Step-up: what is personal is hidden until the reader shows to know something that only the customer should know."""

from __future__ import annotations

import pytest

from tests.unit.surfaces.web.conftest import House
from tests.unit.surfaces.web.reading import words
from tests.unit.surfaces.web.stories import CUSTOMER
from troth.runtime import forgetting

PERSONAL = ("Ada Roe", "ada@roe.example", "+41 61 555 98 76", "A-1042", "59.9")


@pytest.fixture
def path(house: House) -> str:
    """Return the page of a customer of whom something is known."""
    house.customer()
    house.tell("well")
    return house.link()


def everything(house: House, path: str) -> str:
    """Return all that the page says in any form."""
    return "".join(house.client.get(path + end).text for end in ("", "/part", ".json"))


def test_nothing_personal_is_on_any_form_of_the_page_before(house: House, path: str) -> None:
    assert house.send(path, do="wrong", text="Call Ada Roe at once").status_code == 303
    said = everything(house, path)
    assert not [one for one in PERSONAL if one in said]


@pytest.mark.parametrize("answer", ["9876", " 98 76 ", "+41 61 555 98 76", "ADA@roe.example"])
def test_a_right_answer_opens_what_is_personal(house: House, path: str, answer: str) -> None:
    assert house.send(path, do="prove", answer=answer).headers["location"].endswith("?said=proved#said")
    said = words(house.client.get(path).text)
    assert not [one for one in PERSONAL if one not in said]


def test_what_the_pack_does_not_name_stays_hidden(house: House) -> None:
    house.customer(address="Freie Strasse 1")
    house.tell("cancelled")
    note = {"by": "customer", "note": "rude on the phone"}
    house.accept({
        "specversion": "1.0", "id": "n", "source": "oms", "type": "order.cancelled", "subject": "pickup/A-1042",
        "data": note,
    })  # fmt: skip
    path = house.link()
    house.send(path, do="wrong", text="It was not me")
    house.send(path, do="prove", answer="9876")
    said = everything(house, path)
    assert "rude" not in said
    assert "Freie Strasse" not in said
    assert [one["label"] for one in house.view(path)["personal"]["members"]] == ["Collected by", "E-mail", "Phone"]
    assert house.client.get(path).text.count("It was not me") == 1


def test_it_is_open_in_this_browser_for_this_link_and_for_half_an_hour(house: House, path: str) -> None:
    house.send(path, do="prove", answer="9876")
    assert house.view(path)["personal"]["proved"]
    assert not house.view(house.link())["personal"]["proved"]
    kept = house.client.cookies.get("troth_proved")
    house.client.cookies.clear()
    assert not house.view(path)["personal"]["proved"]
    house.client.cookies.set("troth_proved", str(kept), path="/s/")
    assert not house.view(path)["personal"]["proved"]


def test_it_closes_by_itself_and_on_request(house: House, path: str) -> None:
    house.send(path, do="prove", answer="9876")
    house.later(31)
    assert not house.view(path)["personal"]["proved"]
    house.send(path, do="prove", answer="9876")
    assert house.view(path)["personal"]["proved"]
    house.send(path, do="hide")
    assert not house.view(path)["personal"]["proved"]


@pytest.mark.parametrize(
    "answer", ["", "0000", "987", "a-104", "ada", "9876 or 1=1", "x" * 300, "é", "[sealed]", "[forgotten]"]
)
def test_a_wrong_answer_opens_nothing(house: House, path: str, answer: str) -> None:
    assert house.send(path, do="prove", answer=answer).headers["location"].endswith("?said=unproved#said")
    assert not house.view(path)["personal"]["proved"]


def test_after_five_wrong_answers_nobody_can_try_for_an_hour(house: House, path: str) -> None:
    said = [house.send(path, do="prove", answer="0000").headers["location"].split("=")[-1] for _ in range(6)]
    assert said == ["unproved#said"] * 4 + ["locked#said"] * 2
    assert house.send(path, do="prove", answer="9876").headers["location"].endswith("?said=locked#said")
    assert "You can try again in an hour" in house.client.get(path).text
    house.later(61)
    assert house.send(path, do="prove", answer="9876").headers["location"].endswith("?said=proved#said")


def test_where_nothing_is_known_nothing_is_asked(house: House) -> None:
    house.accept({
        "specversion": "1.0", "id": "1", "source": "crm", "type": "customer.registered", "subject": "customer/9",
        "data": {"zone": "UTC"},
    })  # fmt: skip
    path = house.link("customer/9")
    assert "What is personal" not in house.client.get(path).text
    assert house.send(path, do="prove", answer="").headers["location"].endswith("?said=unproved#said")


def test_what_was_forgotten_is_neither_asked_for_nor_shown(house: House, path: str) -> None:
    forgetting.forget(house.store, CUSTOMER, house.now)
    fresh = house.link()
    assert house.view(fresh)["personal"]["proofs"] == []
    for answer in ("9876", "A-1042", ""):
        assert house.send(fresh, do="prove", answer=answer).headers["location"].endswith("?said=unproved#said")
    said = everything(house, fresh)
    assert not [one for one in PERSONAL if one in said]


def test_the_number_that_stands_in_every_message_opens_nothing(house: House, path: str) -> None:
    assert "your order number" not in house.view(path)["personal"]["proofs"]
    assert house.send(path, do="prove", answer="A-1042").headers["location"].endswith("?said=unproved#said")


def test_after_twenty_wrong_answers_a_link_takes_none_for_ever(house: House, path: str) -> None:
    for _ in range(4):
        for _ in range(5):
            house.send(path, do="prove", answer="0000")
        house.later(61)
    assert house.send(path, do="prove", answer="9876").headers["location"].endswith("?said=spent#said")
    house.later(24 * 60)
    assert house.send(path, do="prove", answer="9876").headers["location"].endswith("?said=spent#said")
    assert "By this link it cannot be tried again" in words(house.client.get(path).text)
    assert house.send(house.link(), do="prove", answer="9876").headers["location"].endswith("?said=proved#said")


def test_a_right_answer_does_not_make_good_wrong_ones(house: House, path: str) -> None:
    for answer in ("0000", "0001", "0002", "0003", "9876"):
        house.send(path, do="prove", answer=answer)
    assert house.send(path, do="prove", answer="0004").headers["location"].endswith("?said=locked#said")


def test_wrong_answers_are_forgotten_with_the_link(house: House, path: str) -> None:
    house.send(path, do="prove", answer="0000")
    assert house.store.keys("link-tries/")
    forgetting.forget(house.store, CUSTOMER, house.now)
    assert not house.store.keys("link-tries/")


@pytest.mark.parametrize("said", ["asked", "tell", "wrong", "proved", "locked", "spent", "nothing"])
def test_an_address_that_somebody_made_up_has_nothing_said(house: House, path: str, said: str) -> None:
    assert 'id="said"' not in house.client.get(f"{path}?said={said}").text
