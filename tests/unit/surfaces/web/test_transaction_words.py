"""What the page of one subject says, read by somebody who has not seen it before: no two places say otherwise."""

from __future__ import annotations

from tests.unit.surfaces.web.conftest import House
from tests.unit.surfaces.web.reading import words
from tests.unit.surfaces.web.stories import STORIES, SUBJECT, Story
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
