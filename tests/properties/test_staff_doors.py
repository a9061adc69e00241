"""Doors of staff: one goes on to a path of this server only; what has ended stays so, whatever is done."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from troth.bootstrap import open_ledger
from troth.model.times import MINUTE, Micros, parse_instant
from troth.runtime import sessions, staff
from troth.runtime.sessions import Lives, Session
from troth.surfaces.web.staff.door import own_path

HERE = "https://troth.example"
TRICKY = st.lists(
    st.sampled_from(["/", "//", "\\", ".", "..", "@", ":", "?", "#", "%2f", "%5c", "\t", "\n", " ", "evil.example",
                     "https:", "javascript:", "tx", "sign-in", "\u2044", "ö"]),
    max_size=8,
).map("".join)  # fmt: skip


@given(st.one_of(TRICKY, st.text(max_size=40), TRICKY.map(lambda text: "/" + text)))
def test_whatever_is_asked_for_one_goes_on_to_a_path_of_this_server(asked: str) -> None:
    path = own_path(asked)
    found = urlsplit(urljoin(f"{HERE}/sign-in", path))
    assert (found.scheme, found.netloc) == ("https", "troth.example")
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\", "/sign-in", "/sign-out"))
    assert path.isascii()
    assert path.isprintable()
    assert own_path(path) == path


@given(st.from_regex(r"/[a-z]{1,8}(/[a-z0-9-]{1,8}){0,3}(\?[a-z]{1,4}=[a-z0-9%+]{0,8})?", fullmatch=True))
def test_a_plain_path_of_this_server_is_gone_on_to(asked: str) -> None:
    assert own_path(asked) == ("/console" if asked.startswith(("/sign-in", "/sign-out")) else asked)


class Comings(RuleBasedStateMachine):
    """Sessions of two accounts, against what each should be."""

    held = Bundle("held")

    @initialize()
    def start(self) -> None:
        self.ledger = open_ledger()
        self.now: Micros = parse_instant("2026-03-02T08:00:00Z")
        self.lives = Lives(whole=40 * MINUTE, idle=10 * MINUTE)
        self.good: dict[str, tuple[Session, Micros]] = {}
        for name in ("ann", "ann-2"):
            staff.create(self.ledger, name, role="lead", now=self.now)

    @rule(target=held, name=st.sampled_from(["ann", "ann-2"]))
    def begin(self, name: str) -> str:
        session, token = sessions.begin(self.ledger, name, now=self.now)
        self.good[token] = (session, self.now)
        return token

    @rule(token=held)
    def use(self, token: str) -> None:
        found = sessions.find(self.ledger, token, self.now, self.lives)
        if found is not None:
            sessions.touch(self.ledger, found, self.now)
            self.good[token] = (self.good[token][0], self.now)

    @rule(token=consumes(held))
    def sign_out(self, token: str) -> None:
        if token in self.good:
            sessions.end(self.ledger, self.good.pop(token)[0])

    @rule(name=st.sampled_from(["ann", "ann-2"]), how=st.sampled_from(["role", "disable"]))
    def change(self, name: str, how: str) -> None:
        if how == "role":
            staff.set_role(self.ledger, name, "reader")
        else:
            staff.disable(self.ledger, name, self.now)
            staff.enable(self.ledger, name)
        self.good = {token: held for token, held in self.good.items() if held[0].account != name}

    @rule(minutes=st.sampled_from([1, 2, 5, 9, 10, 15]))
    def wait(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule()
    def prune(self) -> None:
        sessions.prune(self.ledger, self.now, self.lives)

    @invariant()
    def who_is_signed_in_is_who_should_be(self) -> None:
        for token, (session, used) in self.good.items():
            good = self.now < session.began_at + self.lives.whole and self.now < used + self.lives.idle
            assert (sessions.find(self.ledger, token, self.now, self.lives) is not None) == good
        known = {session.id for session, _ in self.good.values()}
        for name in ("ann", "ann-2"):
            assert {one.id for one in sessions.stored(self.ledger, name)} <= known

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()


TestComings = Comings.TestCase
