"""What a pack makes of a customer's request: the how-to's own lines open a case until it is done, and told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.unit.surfaces.web.conftest import House
from tests.unit.surfaces.web.stories import SUBJECT
from troth.lang.compile import compile_pack
from troth.model.pack import Pack
from troth.runtime import catalog

PAGE = "docs/how-to/give-customers-a-status-page.md"


@pytest.fixture(scope="session")
def packs(repository: Path) -> dict[str, Pack]:
    """Return the packs to serve: store_pickup observes what is asked for, as the how-to shows."""
    text = (repository / PAGE).read_text(encoding="utf-8")
    (block,) = [one for one in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "cancel_asked" in one]
    files = dict(catalog.load("store_pickup").files)
    name = next(file for file in files if file.endswith("pack.yaml"))
    whole = yaml.safe_load(files[name])
    for section, members in yaml.safe_load(block).items():
        whole[section] |= members
    files[name] = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True)
    return {"store_pickup": compile_pack(files).require(), "customer": catalog.load("customer").compiled.require()}


def kinds(house: House) -> dict[str, bool]:
    """Return the cases of the subject: kind → whether it is open."""
    seen = house.service.look(SUBJECT)
    assert seen is not None
    return {case.kind: case.closed_at is None for case in seen.record.cases}


def test_a_request_opens_a_case_until_it_is_done_and_the_customer_knows(house: House) -> None:
    house.tell("well")
    path = house.link()
    assert house.send(path, do="ask:cancel").status_code == 303
    house.later(14)
    assert "cancel_asked" not in kinds(house)
    house.later(2)
    house.heard()
    assert kinds(house)["cancel_asked"]
    assert house.view(path)["headline"]["says"] == "We are getting your order ready."
    house.accept({
        "specversion": "1.0", "id": "9", "source": "oms", "type": "order.cancelled", "subject": SUBJECT,
        "data": {"by": "customer"},
    })  # fmt: skip
    assert kinds(house)["cancel_asked"]
    # It is done, and the customer does not know it yet.
    house.later(1)
    house.accept({
        "specversion": "1.0", "id": "10", "source": "mailer", "type": "mail.delivered", "subject": SUBJECT,
        "data": {"message": "cancellation", "id": "m9", "channel": "email"},
    })  # fmt: skip
    house.heard()
    assert not kinds(house)["cancel_asked"]
    assert house.view(path)["headline"]["says"] == "Your order is cancelled."
