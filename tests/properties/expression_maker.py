"""Makes random well-typed expressions and bindings for them, from a seeded generator."""

from __future__ import annotations

import random
from typing import Any

from troth.model.rules import ValueType

VARIABLES: dict[str, ValueType] = {
    "a": "bool", "b": "bool", "c": "bool", "i": "int", "j": "int", "f": "double", "g": "double",
    "s": "string", "r": "string", "t": "timestamp", "u": "timestamp", "d": "duration", "e": "duration",
    "x": "dyn", "y": "dyn",
}  # fmt: skip
"""Name → type of every variable that an expression may read."""

_WORDS = ("", "a", "b", "ab", "ba", "é", "open", "7")
_COMPARE = ("==", "!=", "<", "<=", ">", ">=")
_START, _HOUR = 1_577_836_800_000_000, 3_600_000_000


class Maker:
    """Makes expressions of a type and values of a type.

    Args:
        seed: Seed of the generator.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pick(self, *choices: Any) -> Any:
        """Return one of the choices."""
        return self.random.choice(choices)

    def value(self, kind: str) -> Any:
        """Return a run-time value of a type; instants and durations in microseconds."""
        pick = self.pick
        match kind:
            case "bool":
                return pick(True, False)
            case "int":
                return pick(0, 1, 2, 3, -1, -7, 15, 2**63 - 1, -(2**63), 2**62)
            case "double":
                return pick(0.0, 1.0, -1.5, 0.1, 3.0, 1e300, float("inf"), float("nan"))
            case "string":
                return pick(*_WORDS)
            case "timestamp":
                return _START + pick(0, 1, 24, 1000) * _HOUR + pick(0, 1, 999_999)
            case "duration":
                return pick(0, 1, -1, 24, 720) * _HOUR + pick(0, 1_500_000)
            case _:
                return self.value(pick("bool", "int", "double", "string"))

    def bindings(self) -> dict[str, Any]:
        """Return a value for every variable; of each the chance of being unknown is one in four."""
        return {name: None if self.random.random() < 0.25 else self.value(kind) for name, kind in VARIABLES.items()}

    def variable(self, kind: str) -> str:
        """Return a variable of a type."""
        return str(self.pick(*(name for name, of in VARIABLES.items() if of == kind)))

    def constant(self, kind: str) -> str:
        """Return a constant of a type as text."""
        match kind:
            case "bool":
                return str(self.pick("true", "false"))
            case "int":
                return str(self.pick("0", "1", "2", "15", "-1", "9223372036854775807", "-9223372036854775808"))
            case "double":
                return str(self.pick("0.0", "1.0", "-1.5", "3.0", "1e300"))
            case "string":
                return f"'{self.pick(*_WORDS)}'"
            case "timestamp":
                return str(self.pick("timestamp('2020-01-01T00:00:00Z')", "timestamp('2020-01-02T01:00:00.5+01:00')"))
            case "duration":
                return str(self.pick("duration('1h')", "duration('-90m')", "duration('1.5s')"))
            case _:
                return f"dyn({self.constant(self.pick('bool', 'int', 'double', 'string'))})"

    def expression(self, kind: str, depth: int) -> str:
        """Return an expression of a type, at most so many levels deep."""
        if depth <= 0 or self.random.random() < 0.1:
            return self.variable(kind) if self.random.random() < 0.8 else self.constant(kind)

        def sub(of: str) -> str:
            return self.expression(of, depth - 1)

        if self.random.random() < 0.1:
            return f"({sub('bool')} ? {sub(kind)} : {sub(kind)})"
        made: str = self.pick(*getattr(self, f"_{kind}")(sub))()
        return made

    def _bool(self, sub: Any) -> Any:
        pick = self.pick
        kind = pick("bool", "int", "double", "string", "timestamp", "duration", "dyn")
        logic = (
            lambda: f"({sub('bool')} && {sub('bool')})",
            lambda: f"({sub('bool')} || {sub('bool')})",
            lambda: f"({sub('bool')} && {sub('bool')} && {sub('bool')})",
            lambda: f"({sub('bool')} || {sub('bool')} || {sub('bool')})",
            lambda: f"!{sub('bool')}",
        )
        return (
            *logic,
            *logic,
            lambda: f"({sub(kind)} {pick(*_COMPARE)} {sub(kind)})",
            lambda: f"({sub(kind)} {pick(*_COMPARE)} {sub(kind)})",
            lambda: f"({sub('dyn')} {pick(*_COMPARE)} {sub(pick('int', 'string', 'double', 'bool'))})",
            lambda: f"({sub('dyn')} && {sub('bool')})",
            lambda: f"({sub('string')} in ['a', 'ab', 'open'])",
            lambda: f"({sub('dyn')} in [1, 'a', true, {sub('dyn')}])",
            lambda: f"{sub('string')}.{pick('contains', 'startsWith', 'endsWith')}({sub('string')})",
            lambda: f"{sub('string')}.matches('{pick('^a', 'b$', '[a-z]+', 'o.e', 'a|7')}')",
            lambda: f"[{sub('int')}, 1, 2].{pick('all', 'exists', 'exists_one')}(v, v {pick(*_COMPARE)} {sub('int')})",
            lambda: f"([{sub('int')}, 3].filter(v, v > {sub('int')}) == [3])",
        )

    def _int(self, sub: Any) -> Any:
        return (
            lambda: f"({sub('int')} {self.pick('+', '-', '*', '/', '%')} {sub('int')})",
            lambda: f"({sub('int')} {self.pick('+', '-', '*', '/', '%')} {sub('int')})",
            lambda: f"-({sub('int')})",
            lambda: f"size({sub('string')})",
            lambda: f"int({sub(self.pick('double', 'string', 'timestamp', 'dyn'))})",
            lambda: f"{sub('timestamp')}.{self.pick('getHours', 'getDayOfWeek', 'getDayOfYear', 'getMonth')}()",
            lambda: f"{sub('timestamp')}.getHours('{self.pick('America/New_York', 'Asia/Kathmandu', '-02:30')}')",
            lambda: f"{sub('duration')}.{self.pick('getHours', 'getMinutes', 'getSeconds', 'getMilliseconds')}()",
            lambda: f"[{sub('int')}, {sub('int')}][{self.pick('0', '1', sub('int'))}]",
            lambda: f"[1, 2].map(v, v + {sub('int')})[1]",
        )

    def _double(self, sub: Any) -> Any:
        return (
            lambda: f"({sub('double')} {self.pick('+', '-', '*', '/')} {sub('double')})",
            lambda: f"-({sub('double')})",
            lambda: f"double({sub(self.pick('int', 'string'))})",
        )

    def _string(self, sub: Any) -> Any:
        return (
            lambda: f"({sub('string')} + {sub('string')})",
            lambda: f"string({sub(self.pick('int', 'bool', 'timestamp', 'duration', 'string'))})",
        )

    def _timestamp(self, sub: Any) -> Any:
        return (
            lambda: f"({sub('timestamp')} {self.pick('+', '-')} {sub('duration')})",
            lambda: f"({sub('duration')} + {sub('timestamp')})",
        )

    def _duration(self, sub: Any) -> Any:
        return (
            lambda: f"({sub('timestamp')} - {sub('timestamp')})",
            lambda: f"({sub('duration')} {self.pick('+', '-')} {sub('duration')})",
        )

    def _dyn(self, sub: Any) -> Any:
        return (
            lambda: f"dyn({sub(self.pick('bool', 'int', 'double', 'string'))})",
            lambda: f"({sub('dyn')} {self.pick('+', '-', '*', '/')} {sub('dyn')})",
        )
