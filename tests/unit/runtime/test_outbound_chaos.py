"""Whatever receivers answer and however workers fall, each delivery ends once, and for a reason."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from troth.bootstrap import open_ledger
from troth.model.effect import Outgoing
from troth.model.times import DAY, HOUR, MINUTE, SECOND, Micros
from troth.ports.outbox import Destination
from troth.ports.sender import Attempt
from troth.runtime.outbound import Deliverer, Limits
from troth.runtime.outbound.schedule import ATTEMPTS

START = 1_700_000_000 * SECOND
COUNT = 12
ANSWERS = (
    Attempt("delivered"),
    Attempt("retry", "O110", "answered 500"),
    Attempt("retry", "O110", "answered 429", wait=20 * MINUTE),
    Attempt("unsure", "O111", "no whole answer came"),
    Attempt("refused", "O105", "the destination lacks url or secrets"),
)
Key = tuple[str, str]


class Moody:
    """A courier whose receivers answer by chance; keeps what each answered to each delivery."""

    def __init__(self, random: Random, weights: list[int]) -> None:
        self._random, self._weights = random, weights
        self.answers: dict[Key, list[str]] = {}

    def deliver(self, outgoing: Outgoing, destination: Destination, *, now: Micros) -> Attempt:
        answer = self._random.choices(ANSWERS, self._weights)[0]
        self.answers.setdefault((outgoing.id, destination.id), []).append(answer.outcome)
        return answer


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), weights=st.lists(st.integers(1, 9), min_size=len(ANSWERS), max_size=len(ANSWERS)))
def test_every_delivery_ends_once_and_for_a_reason(seed: int, weights: list[int]) -> None:
    random = Random(seed)
    ledger = open_ledger()
    for name in ("one", "two"):
        ledger.put_destination(Destination(name, ("*",), "webhook"))
    ledger.send([Outgoing(f"o{n}", "case.opened", "order/1", START) for n in range(COUNT)])
    moody = Moody(random, weights)
    now = START

    def a_worker(seed: int) -> Deliverer:
        return Deliverer(ledger, {"webhook": moody}, lambda: now, Random(seed), limits=Limits(lease=MINUTE))

    workers, fallen = [a_worker(seed), a_worker(seed + 1)], a_worker(seed)
    while now < START + 30 * DAY and ledger.deliveries(state="waiting", limit=1):
        worker = random.choice(workers)
        if random.random() < 0.05:
            # A worker that falls takes deliveries with it; another one gets them when their lease ends.
            fallen.take(now)
            fallen = a_worker(seed)
        worker.deliver_due(now)
        now += random.choice([SECOND, MINUTE, HOUR, 6 * HOUR])
    states = Counter(one.state for one in ledger.deliveries(limit=100))
    assert states.total() == 2 * COUNT
    assert not states["waiting"]
    off = {one.id for one in ledger.destinations() if not one.active}
    for one in ledger.deliveries(limit=100):
        answers = moody.answers.get((one.outgoing.id, one.destination), [])
        assert answers[:-1].count("delivered") == 0
        assert len(answers) <= ATTEMPTS
        if one.state == "delivered":
            assert answers[-1] == "delivered"
        else:
            assert answers[-1:] == ["refused"] or len(answers) == ATTEMPTS or one.destination in off
            assert one.error
