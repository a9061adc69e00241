"""API keys: shown once, kept as hashes, good for what their scopes say and as long as they are good."""

from __future__ import annotations

import json

import pytest

from troth.bootstrap import open_ledger
from troth.errors import UsageError
from troth.model.times import DAY, HOUR, Micros
from troth.ports.ledger import Ledger
from troth.runtime import access
from troth.runtime.access import KeyRing

NOW: Micros = 1_772_000_000_000_000


def ring(ledger: Ledger) -> KeyRing:
    return KeyRing(access.all_keys(ledger))


def test_a_key_is_found_by_its_token_and_by_nothing_else() -> None:
    ledger = open_ledger()
    key, token = access.create(ledger, scopes=["gate:ask"], now=NOW)
    prefix, key_id, secret = token.split("_", 2)
    assert (prefix, key_id) == ("troth", key.id)
    assert len(secret) >= 43
    assert ring(ledger).check(token, NOW) == key
    for other in (token + "x", token[:-1], f"troth_{key_id}_", f"troth__{secret}", secret, "", "troth_\udcff_x"):
        assert ring(ledger).check(other, NOW) is None


def test_what_is_kept_does_not_hold_the_secret() -> None:
    ledger = open_ledger()
    _, token = access.create(ledger, scopes=["*"], now=NOW, name="mailer")
    kept = json.dumps([ledger.get(name) for name in ledger.keys("apikey/")])
    assert "mailer" in kept
    assert token.split("_", 2)[2] not in kept


def test_two_keys_never_have_the_same_secret() -> None:
    ledger = open_ledger()
    assert len({access.create(ledger, scopes=["*"], now=NOW)[1] for _ in range(50)}) == 50


def test_a_key_may_do_what_its_scopes_say() -> None:
    ledger = open_ledger()
    some, _ = access.create(ledger, scopes=["gate:ask"], now=NOW)
    every, _ = access.create(ledger, scopes=["*"], now=NOW)
    assert (some.may("gate:ask"), some.may("events:write"), every.may("events:write")) == (True, False, True)


def test_scopes_that_do_not_exist_are_all_named_at_once() -> None:
    with pytest.raises(UsageError) as refused:
        access.create(open_ledger(), scopes=["gate:ask", "gates", "event:write"], now=NOW)
    assert [problem.code for problem in refused.value.problems] == ["H311", "H311"]
    assert "did you mean events:write" in str(refused.value)
    assert all(problem.remedy for problem in refused.value.problems)


def test_a_key_is_good_until_the_moment_at_which_it_expires() -> None:
    ledger = open_ledger()
    _, token = access.create(ledger, scopes=["*"], now=NOW, expires_at=NOW + HOUR)
    assert ring(ledger).check(token, NOW + HOUR - 1) is not None
    assert ring(ledger).check(token, NOW + HOUR) is None


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), -1.0])
def test_a_rate_that_is_no_number_is_refused_and_spoils_no_other_key(rate: float) -> None:
    ledger = open_ledger()
    key, _ = access.create(ledger, scopes=["*"], now=NOW)
    with pytest.raises(UsageError) as refused:
        access.create(ledger, scopes=["*"], now=NOW, rate_per_s=rate)
    assert refused.value.problems[0].code == "H302"
    assert access.all_keys(ledger) == [key]


def test_a_rotated_key_works_beside_the_new_one_for_the_overlap() -> None:
    ledger = open_ledger()
    old, token = access.create(ledger, scopes=["gate:ask"], now=NOW, name="mailer", rate_per_s=7)
    new, fresh = access.rotate(ledger, old.id, now=NOW + DAY, overlap=HOUR)
    assert (new.scopes, new.name, new.rate_per_s, new.replaces) == (("gate:ask",), "mailer", 7, old.id)
    assert ring(ledger).check(token, NOW + DAY + HOUR - 1) is not None
    assert ring(ledger).check(token, NOW + DAY + HOUR) is None
    assert ring(ledger).check(fresh, NOW + 99 * DAY) == new


def test_rotating_does_not_make_an_old_key_live_longer() -> None:
    ledger = open_ledger()
    old, token = access.create(ledger, scopes=["*"], now=NOW, expires_at=NOW + HOUR)
    new, _ = access.rotate(ledger, old.id, now=NOW + HOUR - 1, overlap=DAY)
    assert ring(ledger).check(token, NOW + HOUR) is None
    assert new.expires_at == NOW + 2 * HOUR - 1


def test_a_revoked_key_is_never_good_again_and_cannot_be_rotated() -> None:
    ledger = open_ledger()
    key, token = access.create(ledger, scopes=["*"], now=NOW)
    assert access.revoke(ledger, key.id, now=NOW + 1).revoked_at == NOW + 1
    assert access.revoke(ledger, key.id, now=NOW + 2).revoked_at == NOW + 1
    assert ring(ledger).check(token, NOW + 3) is None
    assert len(ring(ledger)) == 1
    with pytest.raises(UsageError, match="no longer good"):
        access.rotate(ledger, key.id, now=NOW + 3)


def test_a_key_that_does_not_exist_is_named() -> None:
    for work in (access.rotate, access.revoke):
        with pytest.raises(UsageError) as refused:
            work(open_ledger(), "nobody", now=NOW)
        assert refused.value.problems[0].code == "H310"
        assert refused.value.problems[0].remedy


def test_last_use_is_kept_to_the_hour() -> None:
    ledger = open_ledger()
    key, _ = access.create(ledger, scopes=["*"], now=NOW)
    assert access.last_used(ledger, key.id) is None
    access.note_used(ledger, [key.id], NOW + 1)
    assert access.last_used(ledger, key.id) == NOW // HOUR * HOUR
