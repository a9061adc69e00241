"""What people do on the page of one subject: cases, the verdict before a message is sent, and what becomes of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.unit.surfaces.web.conftest import CSRF, House, submit
from tests.unit.surfaces.web.reading import parsed, words
from tests.unit.surfaces.web.stories import STORIES, SUBJECT, Story
from tests.unit.surfaces.web.test_transaction import PAGE, PERSON, view
from troth.model.times import format_instant
from troth.ports.outbox import Destination
from troth.runtime import audit
from troth.surfaces.web.transaction.matter import Matter

APOLOGY = {"message": "apology", "channel": "sms"}
WORDS = {
    "say-cause": "It was mislaid",
    "say-next_step": "We search the shelves",
    "say-next_word_at": "2026-03-02T18:00",
}


@pytest.fixture
def ready_firm(house: House) -> House:
    """Return a firm whose customer believes what is not so, at an hour at which they may be called."""
    house.customer()
    house.tell("contradiction")
    house.heard()
    return house


def case_of(client: TestClient, kind: str = "turned_away") -> dict[str, Any]:
    """Return a case as the page shows it."""
    found: dict[str, Any] = next(row for row in view(client)["cases"] if row["case"] == kind)
    return found


def act(client: TestClient, verb: str, case: dict[str, Any], **fields: str) -> Any:
    """Do something to a case as the page shows it."""
    return submit(client, PAGE, do=verb, case=case["id"], version=case["version"], **fields)


def say(client: TestClient, **fields: str) -> dict[str, Any]:
    """Have a message sent from its preview; return it as the page then shows it."""
    page = submit(client, PAGE, f"{PAGE}/preview", **fields).text
    (name,) = re.findall(r'name="id" value="([^"]+)"', page)
    token = CSRF.search(page)
    assert token is not None
    sent = client.post(PAGE, data={"csrf": token[1], "do": "say", "id": name} | fields, follow_redirects=False)
    assert sent.status_code == 303, sent.text
    row: dict[str, Any] = next(row for row in view(client)["messages"] if row["id"] == name)
    return row | {"to": sent.headers["location"]}


# ---------------------------------------------------------------------- cases


def test_a_case_is_taken_on_and_given_up_again(ready_firm: House) -> None:
    abe = ready_firm.staff("associate")
    done = act(abe, "own", case_of(abe))
    assert case_of(abe)["owner"] == "abe"
    text = abe.get(done.headers["location"]).text
    assert "You have it now: The customer came for nothing." in words(text)
    assert 'value="release">Undo' in text
    assert act(abe, "release", case_of(abe)).status_code == 303
    assert case_of(abe)["owner"] == ""
    # What is said is no longer so.
    assert "You have it now" not in abe.get(done.headers["location"]).text


def test_of_two_who_take_one_case_the_second_is_told(ready_firm: House) -> None:
    abe, lea = ready_firm.staff("associate"), ready_firm.staff("lead")
    seen = case_of(lea)
    assert act(abe, "own", case_of(abe)).status_code == 303
    late = act(lea, "own", seen)
    assert late.status_code == 409
    assert "Nothing was done: the case has changed since you looked. abe has it." in words(late.text)
    assert case_of(lea)["owner"] == "abe"
    refused = [one for one in audit.entries(ready_firm.store, until=ready_firm.now + 1) if one.who == "lea"]
    tried = [(one.outcome, one.detail, one.case) for one in refused]
    assert tried == [("refused", "own", seen["id"])]


def test_what_somebody_else_has_only_a_lead_gives_up(ready_firm: House) -> None:
    abe, eva, lea = ready_firm.staff("associate"), ready_firm.staff("associate", "eva"), ready_firm.staff("lead")
    act(abe, "own", case_of(abe))
    refused = act(eva, "release", case_of(eva))
    assert refused.status_code == 403
    assert "abe has it; a lead may give it up for them." in words(refused.text)
    assert case_of(eva)["owner"] == "abe"
    assert act(lea, "release", case_of(lea)).status_code == 303
    assert case_of(lea)["owner"] == ""


def test_a_case_cannot_be_closed_before_all_lines_up(ready_firm: House) -> None:
    abe = ready_firm.staff("associate")
    case = case_of(abe)
    assert not case["close"]["possible"]
    page = words(abe.get(PAGE).text)
    assert "It cannot be closed yet. Message, state and action do not line up" in page
    refused = act(abe, "close", case)
    assert refused.status_code == 409
    assert case_of(abe)["open"]


def test_a_case_that_is_right_again_is_closed_and_opened_again(house: House) -> None:
    house.customer()
    house.tell(Story(STORIES["remedied"].steps, 370))
    house.heard()
    abe = house.staff("associate")
    case = case_of(abe)
    assert case["close"]["possible"]
    assert "It closes by itself" in words(abe.get(PAGE).text)
    done = act(abe, "close", case)
    closed = case_of(abe)
    assert (closed["open"], closed["closed_as"]) == (False, "unclean")
    assert 'value="reopen">Undo' in abe.get(done.headers["location"]).text
    assert act(abe, "reopen", closed).status_code == 303
    assert case_of(abe)["open"]


def test_a_remedy_is_noted_by_its_name(ready_firm: House) -> None:
    abe = ready_firm.staff("associate")
    assert [one["how"] for one in case_of(abe)["remedies"]] == ["search"]
    assert act(abe, "remedy", case_of(abe)).status_code == 422
    assert act(abe, "remedy", case_of(abe), how="search").status_code == 303
    assert case_of(abe)["resolved_at"]
    assert "abe said that it is put right" in words(abe.get(PAGE).text)


def test_a_note_is_sealed_and_read_only_by_who_may(ready_firm: House) -> None:
    abe = ready_firm.staff("associate")
    assert act(abe, "note", case_of(abe), note="   ").status_code == 422
    assert act(abe, "note", case_of(abe), note="Ada rang twice").status_code == 303
    assert "Ada rang twice" not in abe.get(PAGE).text
    submit(abe, PAGE, do="show")
    assert "Ada rang twice" in words(abe.get(PAGE).text)


def test_whoever_informed_the_customer_says_so(ready_firm: House) -> None:
    abe = ready_firm.staff("associate")
    assert act(abe, "inform", case_of(abe), note="by phone").status_code == 303
    assert case_of(abe)["informed_at"]


@pytest.mark.parametrize(("verb", "status"), [("burn", 422), ("own", 404)])
def test_what_cannot_be_done_is_refused(ready_firm: House, verb: str, status: int) -> None:
    abe = ready_firm.staff("associate")
    case = case_of(abe) | ({"id": "none"} if verb == "own" else {})
    assert act(abe, verb, case).status_code == status


def test_a_reader_can_do_nothing(ready_firm: House) -> None:
    reader = ready_firm.staff("reader")
    case = case_of(reader)
    refused = submit(reader, "/account", PAGE, do="own", case=case["id"], version=case["version"])
    assert refused.status_code == 403
    assert submit(reader, "/account", f"{PAGE}/preview", **APOLOGY).status_code == 403
    assert case_of(reader)["owner"] == ""


# ---------------------------------------------------------------------- telling


def test_only_what_is_wholly_so_can_be_chosen(ready_firm: House) -> None:
    found = {row["message"]: row["corrects"] for row in view(ready_firm.staff("associate"))["choices"]}
    assert found == {"apology": True, "looking_into_it": True, "reserved": False}


def test_what_nobody_can_tell_is_not_said_to_be_wrong(ready_firm: House, monkeypatch: pytest.MonkeyPatch) -> None:
    abe, truth = ready_firm.staff("associate"), Matter.truth
    assert any(row["corrects"] for row in view(abe)["choices"])
    # All that is believed can no longer be told; what would be said anew is as true as before.
    monkeypatch.setattr(Matter, "truth", lambda self, one, *, anew=False: truth(self, one, anew=True) if anew else None)
    found = view(abe)["choices"]
    assert found
    assert not any(row["corrects"] for row in found)


def test_the_preview_shows_verdict_and_page_and_writes_nothing(ready_firm: House) -> None:
    abe = ready_firm.staff("associate")
    position = ready_firm.store.last_position()
    found = abe.get(
        f"{PAGE}/preview?message=looking_into_it&channel=sms", headers={"accept": "application/json"}
    ).json()
    assert found["verdict"]["outcome"] == "SEND"
    standing = {one["says"]: one["standing"] for row in found["page"]["told"] for one in row["statements"]}
    assert standing["We are finding out where your order is."] == "stands"
    assert standing["Your order is ready."] == "stopped"
    page = abe.get(f"{PAGE}/preview?message=looking_into_it&channel=sms")
    parsed(page.text)
    theirs = page.text.partition('class="theirs')[2].partition("</section>")[0]
    assert not re.search(r"<(a|form|button|input)\b", theirs)
    assert "nothing has been sent" in words(page.text)
    assert PERSON not in page.text
    assert ready_firm.store.last_position() == position
    assert view(abe)["messages"] == [row for row in view(abe)["messages"] if not row["id"].startswith("said-")]


def test_what_it_has_to_say_is_filled_in_and_looked_at_again(ready_firm: House) -> None:
    abe = ready_firm.staff("associate")
    empty = words(submit(abe, PAGE, f"{PAGE}/preview", **APOLOGY).text)
    assert "# Fill in what it has to say, and look again" in empty
    assert empty.count("G506") == 3
    full = submit(abe, PAGE, f"{PAGE}/preview", **APOLOGY, **WORDS)
    assert "# It may go now" in words(full.text)
    assert 'value="It was mislaid"' in full.text


def test_a_message_goes_to_the_sender_and_its_case_knows_it(ready_firm: House) -> None:
    ready_firm.store.put_destination(Destination("mailer", ("message.requested",), "sink"))
    abe = ready_firm.staff("associate")
    case = case_of(abe)
    sent = say(abe, **APOLOGY, **WORDS, case=case["id"])
    assert (sent["standing"], sent["message"]) == ("asked_for", "apology")
    (delivery,) = [one for one in ready_firm.store.deliveries() if one.outgoing.body["id"] == sent["id"]]
    assert delivery.outgoing.body["data"] == {
        "cause": "It was mislaid", "next_step": "We search the shelves", "next_word_at": "2026-03-02T17:00:00Z",
    }  # fmt: skip
    assert "may go until today, 15:23, and waits for mailer." in words(abe.get(sent["to"]).text)
    assert [one["id"] for one in case_of(abe)["messages"]] == [sent["id"]]
    # Asking informs nobody; being told does.
    assert case_of(abe)["informed_at"] is None
    assert ready_firm.service.confirm(SUBJECT, sent["id"]).result(10).ok
    ready_firm.later(1)
    told = {"message": "apology", "id": sent["id"], "channel": "sms"}
    ready_firm.accept({
        "specversion": "1.0", "id": "d-1", "source": "mailer", "type": "mail.delivered", "subject": SUBJECT,
        "time": format_instant(ready_firm.now), "data": told,
    })  # fmt: skip
    assert case_of(abe)["informed_at"] == format_instant(ready_firm.now)
    assert case_of(abe)["messages"][0]["standing"] == "told"
    assert "has reached the customer" in words(abe.get(sent["to"]).text)


def test_what_is_sent_twice_is_one_message(ready_firm: House) -> None:
    abe = ready_firm.staff("associate")
    page = submit(abe, PAGE, f"{PAGE}/preview", message="reserved", channel="email").text
    (name,) = re.findall(r'name="id" value="([^"]+)"', page)
    for _ in range(2):
        assert submit(abe, PAGE, do="say", id=name, message="reserved", channel="email").status_code == 303
    assert [row["id"] for row in view(abe)["messages"]].count(name) == 1


def test_what_is_refused_is_said_to_be(ready_firm: House) -> None:
    abe = ready_firm.staff("associate")
    refused = say(abe, **APOLOGY)
    assert refused["standing"] == "refused"
    assert "Not sent: the gate refused" in words(abe.get(refused["to"]).text)


def test_words_that_name_the_customer_are_not_taken(ready_firm: House) -> None:
    abe = ready_firm.staff("associate")
    said = submit(abe, PAGE, f"{PAGE}/preview", **APOLOGY, **(WORDS | {"say-cause": "Ada Roe was not there"}))
    assert said.status_code == 422
    assert "Leave out what names the customer" in words(said.text)


@pytest.mark.parametrize(
    "fields",
    [
        {"message": "nothing"},
        {"message": "apology", "channel": "pigeon"},
        {"message": "apology", "say-next_word_at": "soon"},
        {"message": "apology", "say-next_word_at": "0001-01-01T00:00+09:00"},
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_sent(ready_firm: House, fields: dict[str, str]) -> None:
    abe = ready_firm.staff("associate")
    before = ready_firm.store.last_position()
    answered = submit(abe, PAGE, f"{PAGE}/preview", **fields)
    assert answered.status_code == 422
    assert "Nothing was sent." in words(answered.text)
    assert submit(abe, PAGE, do="say", **fields).status_code == 422
    assert ready_firm.store.last_position() == before
