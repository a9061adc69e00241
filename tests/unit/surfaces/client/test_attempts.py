"""How a client tries: what it repeats, what it does not, and which error comes of which answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.surfaces.client.kit import AsyncScriptedLink, ScriptedLink, ok, problem
from troth.client import (
    AsyncClient,
    CaseAction,
    Client,
    Complaint,
    Event,
    EventError,
    GateError,
    LedgerError,
    Request,
    ServiceError,
    Tell,
    TrothError,
    UsageError,
)
from troth.surfaces.client.attempts import Broken, Reply

TAKEN = {"accepted": 1, "duplicates": 0, "conflicts": 0, "quarantined": 0, "subjects": 1, "problems": []}
CONFIRMED = {"ok": True, "code": "", "decision": None}


def client(link: ScriptedLink, **options: Any) -> Client:
    return Client("http://127.0.0.1:8080", "troth_secret", link=link, **options)


def tell(subject: str = "pickup/1") -> Tell:
    return Tell("m1", subject, "ready", "email", "sent")


def test_a_broken_connection_is_tried_again_at_once() -> None:
    link = ScriptedLink(Broken("reset"), ok(TAKEN))
    assert client(link).tell([tell()]).accepted == 1
    assert len(link.sent) == 2


def test_a_confirmation_is_repeated_under_one_idempotency_key_and_the_next_one_has_another() -> None:
    link = ScriptedLink(Broken("reset"), ok(CONFIRMED))
    gate = client(link)
    assert gate.confirm("pickup/1", "m1").ok
    assert gate.confirm("pickup/1", "m1").ok
    keys = [dict(sent.headers)["Idempotency-Key"] for sent in link.sent]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    "do",
    [
        lambda c: c.complain(Complaint("pickup/1", "where?")),
        lambda c: c.act(CaseAction("own", "pickup/1", "c1", "ann")),
        lambda c: c.confirm("pickup/1", "m1"),
    ],
)
def test_what_is_not_the_same_when_done_twice_has_an_idempotency_key(do: Callable[[Client], object]) -> None:
    link = ScriptedLink(problem(404, "G803"))
    with pytest.raises(GateError):
        do(client(link))
    assert "Idempotency-Key" in dict(link.sent[0].headers)


def test_tries_are_bounded() -> None:
    link = ScriptedLink(Broken("refused"))
    with pytest.raises(ServiceError, match="K101"):
        client(link, timeout=5).tell([tell()])
    assert len(link.sent) == 4


def test_no_try_begins_after_the_time_is_over() -> None:
    link = ScriptedLink(problem(503, "H116", retry_after="1"))
    with pytest.raises(ServiceError, match="H116"):
        client(link, ask_timeout=0.05).confirm("pickup/1", "m1")
    assert len(link.sent) == 1


def test_a_request_may_take_what_is_left_of_the_time() -> None:
    link = ScriptedLink(Broken("reset"), ok(CONFIRMED))
    client(link, ask_timeout=0.5).confirm("pickup/1", "m1")
    assert 0 < link.sent[1].timeout_s <= link.sent[0].timeout_s <= 0.5


def test_a_key_in_use_by_the_first_try_is_waited_for() -> None:
    link = ScriptedLink(problem(409, "H214"), ok(CONFIRMED))
    assert client(link, ask_timeout=2).confirm("pickup/1", "m1").ok


@pytest.mark.parametrize(
    ("code", "expected", "remedy"),
    [
        ("H202", "a key that this server knows", "`troth keys list` shows which are good"),
        ("H203", "a key with that scope", "make one with the scope that is named"),
        ("H204", "a server with keys", "start the server with --open"),
    ],
)
def test_a_key_that_does_not_do_says_what_is_expected_and_what_to_do(code: str, expected: str, remedy: str) -> None:
    with pytest.raises(UsageError) as raised:
        client(ScriptedLink(problem(403, code, "the key has not the scope truth:read"))).packs()
    (one,) = raised.value.problems
    assert one.found == "the key has not the scope truth:read"
    assert one.expected.startswith(expected)
    assert remedy in one.remedy


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "H202", UsageError),
        (403, "H203", UsageError),
        (404, "G801", GateError),
        (404, "G802", GateError),
        (409, "G804", GateError),
        (404, "H110", UsageError),
        (400, "H118", EventError),
        (422, "H102", UsageError),
        (404, "L999", LedgerError),
        (500, "H115", ServiceError),
        (503, "G805", ServiceError),
        (429, "H205", ServiceError),
    ],
)
def test_a_problem_becomes_the_error_that_it_would_be_in_process(
    status: int, code: str, kind: type[TrothError]
) -> None:
    link = ScriptedLink(problem(status, code, "said so"))
    with pytest.raises(TrothError) as caught:
        client(link, ask_timeout=0.01).ask(Request("m1", "ready", "pickup/1"))
    assert type(caught.value) is kind
    assert caught.value.problems[0].code == code
    assert "said so" in str(caught.value)
    assert "troth_secret" not in str(caught.value)


def test_a_problem_keeps_place_found_expected_and_remedy() -> None:
    details = {"code": "H102", "place": "body ($.id)", "found": "a number", "expected": "text", "remedy": "quote it"}
    body = b'{"type":"/problems/H102","title":"t","status":422,"detail":"d","problems":[%s]}'
    reply = Reply(422, {}, body % ok(details).body)
    with pytest.raises(UsageError) as caught:
        client(ScriptedLink(reply)).ask(Request("m1", "ready", "pickup/1"))
    (problem_,) = caught.value.problems
    found = (problem_.code, problem_.place.file, problem_.found, problem_.expected, problem_.remedy)
    assert found == ("H102", "body ($.id)", "a number", "text", "quote it")


@pytest.mark.parametrize("reply", [Reply(200, {}, b"<html>"), Reply(404, {}, b"<html>"), ok([1, 2]), ok({"ok": 1})])
def test_an_answer_of_something_else_is_no_answer(reply: Reply) -> None:
    with pytest.raises(ServiceError, match="K103"):
        client(ScriptedLink(reply)).ask(Request("m1", "ready", "pickup/1"))


@pytest.mark.parametrize(
    "url", ["", "localhost:8080", "ftp://x", "http://", "http://u:p@x", "http://x?q=1", "http://x:y"]
)
def test_an_address_that_is_none_is_refused_without_repeating_a_password(url: str) -> None:
    with pytest.raises(UsageError, match="K104") as caught:
        Client(url)
    assert "u:p" not in str(caught.value)


def test_the_key_is_sent_and_never_shown() -> None:
    link = ScriptedLink(ok(TAKEN))
    one = client(link)
    one.tell([tell()])
    assert dict(link.sent[0].headers)["Authorization"] == "Bearer troth_secret"
    assert repr(one) == "Client(http://127.0.0.1:8080)"


def test_names_in_paths_and_queries_are_quoted() -> None:
    link = ScriptedLink(problem(404, "H110"))
    with pytest.raises(UsageError):
        client(link).decision("pickup/a b?c", "x/y#z")
    with pytest.raises(UsageError):
        list(client(link).cases(customer="customer/ä&b"))
    paths = [sent.target for sent in link.sent]
    assert paths[0] == "/v1/decisions/pickup/a%20b%3Fc/x%2Fy%23z"
    assert paths[1] == "/v1/cases?customer=customer%2F%C3%A4%26b&limit=100"


def test_an_event_of_our_own_goes_out_as_a_cloudevent() -> None:
    link = ScriptedLink(ok(TAKEN))
    client(link).events([Event("oms", "1", "order.placed", "pickup/1", 0, 0, {"items": 2})])
    assert dict(link.sent[0].headers)["Content-Type"] == "application/cloudevents-batch+json"
    assert b'"specversion":"1.0"' in link.sent[0].body
    assert b'"subject":"pickup/1"' in link.sent[0].body


def test_the_asynchronous_client_tries_and_fails_in_the_same_way() -> None:
    async def both() -> None:
        link = AsyncScriptedLink(Broken("reset"), ok(CONFIRMED))
        async with AsyncClient("http://127.0.0.1:8080", link=link) as one:
            assert (await one.confirm("pickup/1", "m1")).ok
        assert (len(link.inner.sent), link.inner.closed) == (2, True)
        link = AsyncScriptedLink(problem(409, "H214"), problem(404, "G802"))
        with pytest.raises(GateError):
            await AsyncClient("http://127.0.0.1:8080", link=link).confirm("pickup/1", "m1", timeout_s=2)

    asyncio.run(both())
