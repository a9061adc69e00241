"""People are called by their names wherever staff read of them; what is kept, and what programs read, is accounts."""

from __future__ import annotations

from tests.unit.surfaces.web.conftest import House
from tests.unit.surfaces.web.console_kit import act, first, told
from tests.unit.surfaces.web.reading import words


def test_whoever_has_a_case_is_called_by_their_name_on_every_page(house: House) -> None:
    told(house, {"contradiction": "pickup/contradiction"})
    eva, lea = house.staff("associate", "eva", shown="Eva Roe"), house.staff("lead", shown="Lea Doe")
    seen = first(lea)
    assert act(eva, first(eva), "own").status_code == 303
    shown = first(lea)
    assert (shown["owner"], shown["owner_name"]) == ("eva", "Eva Roe")
    console = words(lea.get("/console").text)
    assert "Eva Roe has it" in console
    assert "[Take over" in console
    page = words(lea.get(shown["address"]).text)
    assert "Take over from Eva Roe" in page
    assert "; Eva Roe has it." in page
    assert "Eva Roe took it on" in page
    assert "eva has it" not in page + console
    conflict = act(lea, seen, "own", at=seen["opened_at"])
    assert conflict.status_code == 409
    read = words(conflict.text)
    assert "Now Eva Roe has it." in read
    assert "Eva Roe took it" in read
    # What changes nothing leads; taking it away from her is second.
    assert read.index("Leave it to Eva Roe") < read.index("Take over from Eva Roe")
    assert 'class="button is-second" name="do" value="own"' in conflict.text
