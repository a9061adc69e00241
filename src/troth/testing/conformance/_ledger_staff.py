"""What a ledger keeps of staff: accounts, sessions and what they did, as settings that several servers share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Final, TypeVar

from troth.model.times import DAY, HOUR, MINUTE
from troth.ports.ledger import Ledger
from troth.runtime import audit, outsiders, sessions, staff
from troth.runtime.audit import Entry
from troth.runtime.sessions import Lives
from troth.runtime.staff import Account
from troth.testing.conformance._ledger_suite import LedgerSuite
from troth.testing.conformance.strategies import START

_LIVES: Final = Lives()
_ALIKE: Final = ("ann", "ann-2", "ann.b", "ann_b", "anna")
"""Names of which some begin with others, or have signs that patterns read."""
_ROUNDS: Final = 20
_WAIT: Final = 60
_T = TypeVar("_T")


def at_once(first: Callable[[], _T], second: Callable[[], _T]) -> tuple[_T, _T]:
    """Do two things in two threads."""
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.submit(first), pool.submit(second)
        return one.result(_WAIT), other.result(_WAIT)


def come(ledger: Ledger, subject: str, name: str = "ann") -> Account | None:
    """Come from an identity provider."""
    return outsiders.enter(
        ledger, issuer="https://id.example", subject=subject, name=name, shown="Ann", role="lead", now=START
    )


class StaffConformance(LedgerSuite):
    """What servers on one ledger agree about."""

    @contextmanager
    def two(self) -> Iterator[tuple[Ledger, Ledger]]:
        """Give two instances on one storage; where there is one only, it twice."""
        with self.ledger() as ledger:
            beside = self.beside(ledger)
            try:
                yield ledger, beside or ledger
            finally:
                if beside is not None:
                    beside.close()

    def test_a_session_is_good_on_every_server_until_it_ends_on_one(self) -> None:
        with self.two() as (here, there):
            account = staff.create(here, "ann", role="lead", now=START)
            begun = staff.let_in(here, account, now=START, agent="Browser")
            assert begun is not None
            session, token = begun
            assert sessions.find(there, token, START, _LIVES) == session
            sessions.touch(there, session, START + 30 * MINUTE)
            (seen,) = sessions.of_account(here, "ann", START + 80 * MINUTE, _LIVES)
            assert (seen.id, seen.seen_at) == (session.id, START + 30 * MINUTE)
            assert sessions.end(there, session)
            assert sessions.find(here, token, START, _LIVES) is None
            assert not sessions.end(here, session)
            assert list(here.keys("staff-session")) == []

    def test_what_changes_who_somebody_is_ends_their_sessions_and_nobody_elses(self) -> None:
        with self.two() as (here, there):
            accounts = [staff.create(here, name, role="lead", now=START) for name in _ALIKE]
            for account in accounts:
                assert staff.let_in(here, account, now=START) is not None
            assert [one.name for one in staff.all_accounts(there)] == sorted(_ALIKE)
            left = set(_ALIKE)
            for name in _ALIKE:
                staff.set_role(there, name, "reader")
                left -= {name}
                assert {one for one in _ALIKE if sessions.stored(here, one)} == left
            assert {one.role for one in staff.all_accounts(here)} == {"reader"}

    def test_no_session_outlives_the_end_of_its_account_whichever_server_is_faster(self) -> None:
        with self.two() as (here, there):
            account = staff.create(here, "ann", role="lead", now=START)
            for _ in range(_ROUNDS):
                at_once(
                    lambda: staff.let_in(here, account, now=START),
                    lambda: staff.disable(there, "ann", START),
                )
                assert sessions.stored(here, "ann") == []
                assert staff.let_in(there, account, now=START) is None
                staff.enable(here, "ann")

    def test_a_first_sign_in_at_two_servers_at_once_makes_one_account(self) -> None:
        with self.two() as (here, there):
            for number in range(_ROUNDS):
                first, second = at_once(lambda: come(here, str(number)), lambda: come(there, str(number)))  # noqa: B023
                assert first is not None
                assert first == second
            names = ["ann", *(f"ann-{number + 1}" for number in range(1, _ROUNDS))]
            assert [one.name for one in staff.all_accounts(here)] == sorted(names)

    def test_of_two_who_want_one_name_at_once_each_gets_an_own_account(self) -> None:
        with self.two() as (here, there):
            first, second = at_once(lambda: come(here, "1"), lambda: come(there, "2"))
            assert first is not None
            assert second is not None
            assert {first.name, second.name} == {"ann", "ann-2"}
            assert first.outside != second.outside
            assert come(there, "1") == first

    def test_what_was_done_in_one_moment_on_two_servers_is_read_once_page_by_page(self) -> None:
        midnight = START // DAY * DAY + DAY
        moments = [midnight - HOUR, *[midnight - 1] * 3, *[midnight] * 4, midnight + HOUR]
        with self.two() as (here, there):
            done = [Entry(at, "ann", "act", detail=str(number)) for number, at in enumerate(moments)]

            def write(ledger: Ledger) -> None:
                for entry in done:
                    audit.note(ledger, entry)

            at_once(lambda: write(here), lambda: write(there))
            whole = list(audit.entries(here, until=moments[-1] + 1))
            assert [one.id for one in whole] == sorted({one.id for one in whole}, reverse=True)
            assert sorted(one.detail for one in whole) == sorted(2 * [one.detail for one in done])
            for size in (1, 2, 5):
                read: list[Entry] = []
                while page := self._page(there, read, moments[-1] + 1, size):
                    read += page
                assert read == whole
            assert audit.prune(there, midnight) == 8
            assert list(audit.entries(here, until=moments[-1] + 1)) == whole[:10]

    def _page(self, ledger: Ledger, read: list[Entry], until: int, size: int) -> list[Entry]:
        """Return the page after what was read."""
        return list(islice(audit.entries(ledger, until=until, before=read[-1].id if read else ""), size))

    def test_staff_and_what_they_did_are_there_after_reopening(self) -> None:
        ledger = self.make()
        account = staff.create(ledger, "ann", role="lead", now=START)
        begun = staff.let_in(ledger, account, now=START)
        assert begun is not None
        audit.note(ledger, Entry(START, "ann", "sign-in"))
        (entry,) = audit.entries(ledger, until=START + 1)
        with self.reopened(ledger) as again:
            assert staff.all_accounts(again) == [account]
            assert sessions.find(again, begun[1], START, _LIVES) == begun[0]
            assert list(audit.entries(again, until=START + 1)) == [entry]
