"""Rules: the expressions of a pack, compiled, and why one of them has the value it has.

Every condition is a *rule*: an index into the rules of its pack, whose single generated function evaluates all of them
at once with three-valued logic. An *extract* reads the data of one event instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from troth.model.times import Micros

ValueType: TypeAlias = Literal["bool", "int", "double", "string", "timestamp", "duration", "dyn"]
"""Types of facts and expressions. A `timestamp` and a `duration` are `int` microseconds at run time."""

RuleIndex: TypeAlias = int
FactIndex: TypeAlias = int


class Explanation(msgspec.Struct, frozen=True):
    """Why an expression has the value it has: one node of its tree.

    Attributes:
        text: The expression, or the part of it that this node is.
        value: Its value; `None` is unknown.
        because: In words, for a leaf that is unknown (`fact missing: picked`) or an evaluation error; else empty.
        fact: Name of the fact that the node reads, else empty.
        parts: Nodes below that decided the value.
    """

    text: str
    value: Any
    because: str = ""
    fact: str = ""
    parts: tuple[Explanation, ...] = ()


Evaluate: TypeAlias = Callable[[Sequence[Any], Sequence[bool], Sequence[Micros], Micros], Sequence[Any]]
"""`evaluate(values, stale, observed_at, now)` returns the value of every rule, in order.

`values[i]` is the value of fact i, `None` while it is not known; `stale[i]` whether only stale observations exist;
`observed_at[i]` the occurred_at of the observation that decides, or of the last stale one (0 when there is none).
"""


class Rule(msgspec.Struct, frozen=True):
    """One expression of a pack, compiled.

    Attributes:
        name: Where it stands in the pack, such as `states.ready.when`; unique.
        text: The expression as written.
        type: Its type; conditions are `bool`.
        reads: Indices of the facts that it depends on.
        ages: (fact index, duration) for each `age(fact)` compared with a constant: the moment observed_at + duration
            is a crossing at which the rule may change although no event arrives.
    """

    name: str
    text: str
    type: ValueType
    reads: tuple[FactIndex, ...] = ()
    ages: tuple[tuple[FactIndex, Micros], ...] = ()


class Rules(msgspec.Struct, frozen=True):
    """All rules of a pack with the one generated function that evaluates them.

    Attributes:
        rules: The rules, in the order of the values that `evaluate` returns.
        evaluate: The generated function.
        explain: `explain(rule, values, stale, observed_at, now, why)`; `why[i]` says in words why fact i is not known.
        source: Python text of the generated function, for the curious and for tests.
    """

    rules: tuple[Rule, ...]
    evaluate: Evaluate
    explain: Callable[[int, Sequence[Any], Sequence[bool], Sequence[Micros], Micros, Sequence[str]], Explanation]
    source: str = ""


Extract: TypeAlias = Callable[[Mapping[str, Any]], Any]
"""A compiled expression over one event's `data` (or one table row): the value, `None` when it cannot be known."""


class Absent(msgspec.Struct, frozen=True):
    """Marks an `Extract` that the event does not carry at all (as against carrying null). See `ABSENT`."""


ABSENT = Absent()
"""What an `Observe.value` returns for a member that is not there: no observation. Null makes one of unknown."""
