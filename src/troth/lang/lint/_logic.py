"""What a condition can be, found by trying every case of the facts that it reads.

A fact of type bool is tried as true and as false; one that is compared with constants is tried at, between and beyond
them; every other comparison is a question of its own that may go either way (the same comparison being the same
question). That may take a condition for possible that is not, never the reverse. Beyond `LIMIT` cases nothing is said.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from troth.lang.expressions import ir
from troth.lang.expressions.operators import GUARDED
from troth.model.truth import Truth, all_of, any_of, negate

LIMIT: Final = 2**12
Options: TypeAlias = Mapping[str, tuple[Any, ...]]
"""Fact → the values it can have, `None` for unknown; what is not named can have any."""

_ORDERED: Final = frozenset({"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"})
_OPPOSITE: Final = {"_!=_": "_==_", "_<_": "_>=_", "_<=_": "_>_"}


def possible(
    conditions: Sequence[ir.Node], test: Callable[[Sequence[Truth]], bool], options: Options | None = None
) -> bool | None:
    """Return whether the conditions pass a test in some case of the facts; `None`: too many cases to say."""
    tried = _cases(conditions, options or {})
    return None if tried is None else any(test(values) for values in tried)


def always(
    conditions: Sequence[ir.Node], test: Callable[[Sequence[Truth]], bool], options: Options | None = None
) -> bool | None:
    """Return whether every case of the facts passes a test; `None`: too many cases to say."""
    found = possible(conditions, lambda values: not test(values), options)
    return None if found is None else not found


def first(values: Sequence[Truth]) -> bool:
    """Return whether the last of some conditions is true and all before it are false: the rule of states."""
    return values[-1] is True and all(value is False for value in values[:-1])


def _cases(conditions: Sequence[ir.Node], options: Options) -> Iterator[Sequence[Truth]] | None:
    """Return the values of the conditions, case by case; `None` when there are too many."""
    questions = _questions(conditions, options)
    if math.prod(len(answers) for answers in questions.values()) > LIMIT:
        return None
    combinations = itertools.product(*questions.values())
    given = (dict(zip(questions, answers, strict=True)) for answers in combinations)
    return ([_value(condition, answers) for condition in conditions] for answers in given)


def _questions(conditions: Sequence[ir.Node], options: Options) -> dict[str, tuple[Any, ...]]:
    """Return question → answers to try, for everything that the conditions hang on."""
    constants: dict[ir.Var, set[Any]] = {}
    found: dict[str, tuple[Any, ...]] = {}

    def look(node: ir.Node) -> None:
        """Note the questions of one condition or part of one."""
        if isinstance(node, ir.Call) and node.function in ("&&", "||", "!", "?:"):
            for part in node.args:
                look(part)
        elif isinstance(node, ir.Var):
            constants.setdefault(_bare(node), set())
        elif (compared := _compared(node)) is not None:
            for fact, values in compared:
                constants.setdefault(_bare(fact), set()).update(values)
        elif not isinstance(node, ir.Const):
            found.setdefault(_key(node), (True, False))

    for condition in conditions:
        look(condition)
    for fact, values in constants.items():
        found[fact.name] = options.get(fact.name) or _answers(fact, values)
    return found


def _answers(fact: ir.Var, constants: set[Any]) -> tuple[Any, ...]:
    """Return values that stand for all a fact can have: at, between and beyond what it is compared with."""
    if fact.type == "bool":
        return (True, False)
    if fact.type == "string":
        texts = sorted({text for text in constants if isinstance(text, str)})
        return tuple(dict.fromkeys(("", *texts, *(text + "\0" for text in texts))))
    numbers = sorted({number for number in constants if isinstance(number, int | float)})
    if not numbers:
        return (0,)
    between = [
        low + (high - low) / 2 if fact.type == "double" else (low + high) // 2
        for low, high in itertools.pairwise(numbers)
    ]
    return tuple(sorted({numbers[0] - 1, *numbers, *between, numbers[-1] + 1}))


def _compared(node: ir.Node) -> list[tuple[ir.Var, list[Any]]] | None:
    """Return the facts that a plain comparison reads, with their constants; `None` when it is no plain comparison.

    Plain is a fact against a constant, two facts of type bool, or a fact in a list of constants.
    """
    if not isinstance(node, ir.Call) or len(node.args) != 2:
        return None
    left, right = node.args
    if node.function == "@in" and isinstance(left, ir.Var) and isinstance(right, ir.ListOf):
        items = [item.value for item in right.items if isinstance(item, ir.Const)]
        return [(left, items)] if len(items) == len(right.items) else None
    if node.function not in _ORDERED:
        return None
    match left, right:
        case ir.Var(), ir.Const():
            return [(left, [right.value])]
        case ir.Const(), ir.Var():
            return [(right, [left.value])]
        case ir.Var(type="bool"), ir.Var(type="bool"):
            return [(left, []), (right, [])]
        case _:
            return None


def _value(node: ir.Node, answers: Mapping[str, Any]) -> Any:
    """Return the value of a condition, or of a part of one, for one answer to each question."""
    match node:
        case ir.Const():
            return node.value
        case ir.Var():
            return answers[node.name]
        case ir.Call(function="&&"):
            return all_of(_value(part, answers) for part in node.args)
        case ir.Call(function="||"):
            return any_of(_value(part, answers) for part in node.args)
        case ir.Call(function="!"):
            return negate(_value(node.args[0], answers))
        case ir.Call(function="?:"):
            chosen = _value(node.args[0], answers)
            return None if chosen is None else _value(node.args[1 if chosen else 2], answers)
        case ir.Call() if _compared(node) is not None:
            return GUARDED[node.function](*(_operand(part, answers) for part in node.args))
        case ir.Call(function=name) if name in _OPPOSITE:
            return negate(answers[_key(node)])
        case _:
            return answers[_key(node)]


def _operand(node: ir.Node, answers: Mapping[str, Any]) -> Any:
    """Return the value of one side of a plain comparison."""
    if isinstance(node, ir.ListOf):
        return [item.value for item in node.items if isinstance(item, ir.Const)]
    return _value(node, answers)


def _bare(fact: ir.Var) -> ir.Var:
    """Return a variable without its position, so that the same one is equal."""
    return ir.Var(0, fact.type, fact.name)


def _key(node: ir.Node) -> str:
    """Return the name of a question: the same for the same comparison, and for its opposite."""
    if isinstance(node, ir.Call) and node.function in _OPPOSITE:
        node = msgspec.structs.replace(node, function=_OPPOSITE[node.function])
    return "?" + _text(node)


def _text(node: ir.Node) -> str:
    """Return a tree as text without positions."""
    match node:
        case ir.Const():
            return f"{node.type}:{node.value!r}"
        case ir.Var():
            return node.name
        case ir.Select():
            return f"{_text(node.operand)}.{node.field}{'?' if node.test else ''}"
        case ir.Each():
            parts = (node.over, *(part for part in (node.test, node.body) if part is not None))
            return f"{node.kind}[{node.variable}]({', '.join(map(_text, parts))})"
        case ir.ListOf():
            return f"[{', '.join(map(_text, node.items))}]"
        case ir.Call():
            return f"{node.function}({', '.join(map(_text, node.args))})"
