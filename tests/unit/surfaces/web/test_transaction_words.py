"""What the page of one subject says, read by somebody who has not seen it before: no two places say otherwise."""

from __future__ import annotations

from tests.unit.surfaces.web.conftest import House
from tests.unit.surfaces.web.reading import words
from tests.unit.surfaces.web.stories import STORIES, Story
from tests.unit.surfaces.web.test_transaction import PAGE, view
from troth.model.hindsight import VERDICTS
from troth.surfaces.web.transaction.judged import MEANINGS


def test_what_was_told_is_judged_at_its_moment_and_what_is_so_since_stands_beside_it(house: House) -> None:
    house.tell(Story(STORIES["unknown"].steps, 720))
    client = house.staff("associate")
    (one,) = [row for row in view(client)["told"] if row["says"] == "Your order is ready."]
    assert (one["verdict"], one["now"]) == ("honest", True)
    assert one["means"] == "True when it was said, by all that is known today."
    assert one["since"] == "Nobody can tell whether it is still so."
    page = words(client.get(PAGE).text)
    assert f"{one['means']} {one['since']}" in page
    assert "true now" not in page


def test_every_verdict_says_of_which_moment_it_speaks() -> None:
    assert MEANINGS.keys() == VERDICTS.keys()
    assert all("when it was said" in text.lower() for text in MEANINGS.values())


def test_what_is_over_of_itself_is_nowhere_put_right_and_no_step_of_it_is_waited_for(house: House) -> None:
    house.tell(Story((*STORIES["unknown"].steps, (720, "pos", "pickup.handed_over", {})), 725))
    client = house.staff("associate")
    shown = view(client)
    assert (shown["answer"]["word"], shown["answer"]["standing"]) == ("Over, and not closed yet", "remedied")
    steps = {step["step"]: step for step in shown["cases"][0]["steps"]}
    assert steps["remedied"] == {
        "step": "remedied", "says": "It is over; no remedy is noted", "at": None, "instead": "none was needed",
    }  # fmt: skip
    page = words(client.get(PAGE).text)
    assert "It is over; no remedy is noted none was needed" in page
    assert "put right not yet" not in page


def test_a_state_that_systems_are_at_odds_over_says_so_where_it_stands(house: House) -> None:
    house.tell("disputed")
    client = house.staff("associate")
    shown = view(client)
    (state,) = [box for box in shown["boxes"] if box["box"] == "state"]
    assert [line["says"] for line in state["lines"]] == ["Ready", "Systems disagree: the goods are in the store"]
    assert state["lines"][1]["because"] == "the picking app of the store: yes, which counts; the stock system: no"


def test_what_goes_on_stands_before_what_is_over(house: House) -> None:
    house.tell(Story(STORIES["disputed"].steps, STORIES["disputed"].ends))
    shown = view(house.staff("associate"))
    failing = [case["failing"] for case in shown["cases"] if case["open"]]
    assert failing == sorted(failing, key=lambda one: one is False)


def test_the_score_is_the_product_of_the_factors_that_are_shown(house: House) -> None:
    house.tell("late")
    client = house.staff("associate")
    found = [case["harm"] for case in view(client)["cases"] if case["harm"]]
    assert found
    for harm in found:
        product = harm["severity"] * harm["people"] * harm["time"] * harm["value"]
        assert f"{product:.1f}" == f"{harm['score']:.1f}"
        assert f"Harm {harm['score']:.1f} = severity" in words(client.get(PAGE).text)


def test_the_answer_leads_to_the_act_that_is_called_for(house: House) -> None:
    house.tell("contradiction")
    ways = view(house.staff("associate"))["answer"]["ways"]
    assert [(way["says"], way["to"]) for way in ways] == [("Correct it", "#tell"), ("See the case", "#case-1")]
    page = house.staff("associate").get(PAGE).text
    for way in ways:
        assert page.count(f'href="{way["to"]}">{way["says"]}') == 1
        assert f'id="{way["to"][1:]}"' in page
    # Who may do nothing here is led to what they can read.
    assert "Correct it" not in house.staff("reader").get(PAGE).text


def test_what_is_in_line_calls_for_nothing(house: House) -> None:
    house.tell("ready")
    assert view(house.staff("associate"))["answer"]["ways"] == []


def test_a_message_that_may_go_says_who_is_to_send_it_how_and_until_when(house: House) -> None:
    house.customer()
    house.tell("late")
    answer = view(house.staff("associate"))["answer"]
    assert "“We are finding out” may go by e-mail until today, " in answer["says"]
    assert "and nobody is set up to send it." in answer["says"]
    assert answer["ways"][0]["to"] == "#messages"
