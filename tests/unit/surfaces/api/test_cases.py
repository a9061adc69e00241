"""Cases over HTTP: the queue, what people do, and what they may not do to what has changed meanwhile."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any

import pytest

from tests.unit.surfaces.api.conftest import Server
from troth.model.record import Case
from troth.model.times import HOUR
from troth.runtime.service import CaseAction


@pytest.fixture
def opened(server: Server) -> dict[str, Any]:
    """Return the case that a complaint opened."""
    server.send()
    response = server.client.post(
        "/v1/complaints", json={"subject": "pickup/1", "text": "nothing was there", "channel": "sms"}
    )
    assert response.status_code == 201
    assert response.headers["location"] == f"/v1/cases/{response.json()['id']}"
    return dict(response.json())


def test_a_complaint_opens_a_case_that_is_in_the_queue_at_once(server: Server, opened: dict[str, Any]) -> None:
    assert (opened["subject"], opened["stage"], opened["detected_by"]) == ("pickup/1", "open", "customer")
    (line,) = server.client.get("/v1/cases").json()["items"]
    assert line["case"] == opened
    assert line["harm"] > 0
    assert set(line["factors"]) == {"severity", "people", "time", "value"}
    assert server.client.get(f"/v1/cases/{opened['id']}").json() == opened


def test_a_case_goes_from_open_to_closed_and_back(server: Server, opened: dict[str, Any]) -> None:
    path = f"/v1/cases/{opened['id']}"
    for verb, member, value in (
        ("own", "owner", "ann"), ("note", "owner", "ann"), ("inform", "stage", "informed"),
        ("close", "stage", "closed"), ("reopen", "closed_at", None),
    ):  # fmt: skip
        body = {"by": "ann", "note": "spoke to them", "message": "m1" if verb == "inform" else ""}
        response = server.client.post(f"{path}/{verb}", json=body)
        assert response.status_code == 200, response.text
        assert response.json()[member] == value, verb
        assert response.headers["etag"] == server.client.get(path).headers["etag"]


def test_a_case_is_given_to_somebody_given_up_and_closed_only_as_is_asked_for(
    server: Server, opened: dict[str, Any]
) -> None:
    path = f"/v1/cases/{opened['id']}"
    assert server.client.post(f"{path}/own", json={"by": "ann", "owner": "bob"}).json()["owner"] == "bob"
    given_up = server.client.post(f"{path}/release", json={"by": "bob"}).json()
    assert (given_up["owner"], given_up["owned_at"], given_up["stage"]) == ("", None, "open")
    refused = server.client.post(f"{path}/close", json={"by": "ann", "only": "clean"})
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (409, "G808")
    assert server.client.get(path).json()["closed_at"] is None
    assert server.client.post(f"{path}/close", json={"by": "ann", "only": "tidy"}).status_code == 422
    assert server.client.post(f"{path}/close", json={"by": "ann"}).json()["closed_as"] == "unclean"


def test_nothing_is_done_to_a_case_that_has_changed_since_it_was_read(server: Server, opened: dict[str, Any]) -> None:
    path = f"/v1/cases/{opened['id']}"
    read = server.client.get(path).headers["etag"]
    assert server.client.post(f"{path}/own", json={"by": "ann"}, headers={"if-match": read}).status_code == 200
    late = server.client.post(f"{path}/own", json={"by": "bob"}, headers={"if-match": read})
    assert (late.status_code, late.json()["type"]) == (412, "/problems/H113")
    assert late.headers["etag"] == server.client.get(path).headers["etag"]
    assert server.client.get(path).json()["owner"] == "ann"


def test_an_action_sent_again_with_its_key_is_carried_out_once(server: Server, opened: dict[str, Any]) -> None:
    path, key = f"/v1/cases/{opened['id']}/note", {"idempotency-key": "11111111-aaaa"}
    first, again = (server.client.post(path, json={"by": "ann", "note": "once"}, headers=key) for _ in range(2))
    assert again.json() == first.json()
    assert again.headers["x-idempotent-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    rows = server.client.get("/v1/subjects/pickup/1/timeline").json()
    assert [row["what"] for row in rows].count("troth.case.noted") == 1


def test_a_case_that_does_not_exist_is_not_found(server: Server) -> None:
    assert server.client.get("/v1/cases/none").status_code == 404
    assert server.client.post("/v1/cases/none/own", json={"by": "ann"}).status_code == 404


@pytest.mark.parametrize("body", [{}, {"by": ""}, {"by": "ann", "note": 7}, {"by": "ann", "extra": 1}])
def test_an_action_needs_its_form(server: Server, opened: dict[str, Any], body: dict[str, Any]) -> None:
    response = server.client.post(f"/v1/cases/{opened['id']}/own", json=body)
    assert (response.status_code, response.json()["type"]) == (422, "/problems/H102")


def test_the_queue_is_the_same_over_all_its_pages_worst_harm_first(server: Server) -> None:
    for number in range(1, 8):
        server.send(number=number)
        server.clock.now += HOUR // 2
        said = {"subject": f"pickup/{number}", "text": "where is it", "channel": "sms"}
        assert server.client.post("/v1/complaints", json=said).status_code == 201
    whole = server.client.get("/v1/cases").json()["items"]
    lines: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = server.client.get("/v1/cases", params={"limit": 3, "cursor": cursor}).json()
        lines += page["items"]
        cursor = page["next"]
        server.clock.now += HOUR
    assert [one["case"]["id"] for one in lines] == [one["case"]["id"] for one in whole]
    harms = [one["harm"] for one in lines]
    assert harms == sorted(harms, reverse=True)
    assert len(harms) >= 7


def test_the_queue_of_one_customer_holds_only_theirs(server: Server) -> None:
    for number, customer in ((1, "customer/5"), (2, "customer/6")):
        server.send(number=number, data={"customer": customer})
        said = {"subject": f"pickup/{number}", "text": "where is it", "channel": "sms"}
        server.client.post("/v1/complaints", json=said)
    items = server.client.get("/v1/cases", params={"customer": "customer/5"}).json()["items"]
    assert {one["case"]["subject"] for one in items} <= {"pickup/1"}


class Together:
    """A service that hands two actions to the writer in one turn: both were let in by what both had read."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._real = server.service
        self._waiting: list[tuple[CaseAction, Future[Case]]] = []
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def act(self, action: CaseAction) -> Future[Case]:
        """Keep the first action until there is a second one; what comes later is a new try."""
        answer: Future[Case] = Future()
        with self._lock:
            self._waiting.append((action, answer))
            if len(self._waiting) < 2:
                return answer
            waiting, self._waiting = self._waiting, [(action, answer)]
        for one, its in waiting:
            self._real.act(one).add_done_callback(partial(_passed_on, its))
        return answer


def _passed_on(answer: Future[Case], done: Future[Case]) -> None:
    """Give one future what became of another one."""
    error = done.exception()
    if error is None:
        answer.set_result(done.result())
    else:
        answer.set_exception(error)


def test_of_two_people_at_once_with_the_same_version_one_passes(server: Server, opened: dict[str, Any]) -> None:
    path = f"/v1/cases/{opened['id']}"
    read = server.client.get(path).headers["etag"]
    server.context.service = Together(server)

    def own(name: str) -> Any:
        return server.client.post(f"{path}/own", json={"by": name}, headers={"if-match": read})

    with ThreadPoolExecutor(2) as people:
        answers = list(people.map(own, ("ann", "bob")))
    assert sorted(one.status_code for one in answers) == [200, 412]
    good, late = sorted(answers, key=lambda one: one.status_code)
    assert late.json()["type"] == "/problems/H113"
    assert late.headers["etag"] == good.headers["etag"] == server.client.get(path).headers["etag"]
    assert server.client.get(path).json()["owner"] == good.json()["owner"]


def test_a_version_of_any_kind_does_not_keep_two_people_from_acting(server: Server, opened: dict[str, Any]) -> None:
    path = f"/v1/cases/{opened['id']}"
    server.context.service = Together(server)

    def own(name: str) -> int:
        return server.client.post(f"{path}/own", json={"by": name}, headers={"if-match": "*"}).status_code

    with ThreadPoolExecutor(2) as people:
        assert list(people.map(own, ("ann", "bob"))) == [200, 200]
