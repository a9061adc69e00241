"""Every error of a schema becomes a problem with place, found, expected and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from troth.errors import Problem
from troth.lang.schema import PACK, check_document, did_you_mean, one_of
from troth.lang.schema.build import choice, document, duration, either, many, named, number, record, text

PERSON = document(
    "test:1",
    "Test",
    "A document for tests.",
    {
        "name": text("Name", "How it is called.", maxLength=9),
        "size": choice("Size", "How large.", ("small", "large")),
        "wait": duration("Wait", "How long."),
        "share": number("Share", "A part.", minimum=0, exclusiveMaximum=1),
        "list": many("List", "Some words.", text("Word", "A word."), least=1),
        "parts": named("Parts", "By name.", record("Part", "One.", {"n": number("N", "A number.")}, required=["n"])),
        "who": either(
            "Who", "One or many.", text("a name", "One."), many("a list of names", "Many.", text("A", "One."))
        ),
    },
    required=["name"],
)


def problems_of(text_: str) -> list[Problem]:
    """Return the problems of a document."""
    return list(check_document(text_, "t.yaml", PERSON)[1])


@pytest.mark.parametrize(
    ("kind", "written", "remedy"),
    [
        ("integer", "one", "write a whole number without quotes, such as 1"),
        ("integer", "'12'", "write 12, without quotes"),
        ("integer", "'1.5'", "write a whole number without quotes, such as 1"),
        ("integer", "1.5", "write a whole number without quotes, such as 1"),
        ("number", "'1.5'", "write 1.5, without quotes"),
        ("boolean", "'yes'", "write true or false, without quotes"),
        ("boolean", "'true'", "write true, without quotes"),
        ("boolean", "1", "write true or false, without quotes"),
        ("object", "[a]", "write a mapping: `key: value`, one a line, further in"),
        ("array", "{a: b}", "write a list, in [ ]"),
        ("array", "a", "write [a]"),
        ("string", "[a]", "write one text"),
        ("string", "7", "put it in quotes"),
        (
            ["integer", "boolean"],
            "x",
            "write a whole number without quotes, such as 1 or true or false, without quotes",
        ),
    ],
)
def test_what_to_do_about_a_type_fits_what_is_there_and_what_is_wanted(kind: Any, written: str, remedy: str) -> None:
    schema = {"type": "object", "properties": {"v": {"type": kind}}}
    _, (problem,) = check_document(f"v: {written}\n", "t.yaml", schema)
    assert (problem.code, problem.remedy) == ("P113", remedy)


def test_a_right_document_has_no_problem() -> None:
    found, problems = check_document("name: a\nsize: small\nwait: 1h30m\nwho: [b, c]\n", "t.yaml", PERSON)
    assert found is not None
    assert problems == ()


@pytest.mark.parametrize(
    ("text_", "code", "line", "column", "said"),
    [
        ("name: a\nsiez: small\n", "P111", 2, 1, "did you mean `size`?"),
        ("size: small\n", "P112", 1, 1, "add `name:` (How it is called)"),
        ("name: 7\n", "P113", 1, 7, "put it in quotes"),
        ("name: a\nlist: b\n", "P113", 2, 7, "write [b]"),
        ("name:\n", "P113", 1, 6, "give a value, or leave the key out"),
        ("name: a\nsize: smal\n", "P114", 2, 7, "did you mean `small`?"),
        ("name: a\nwait: soon\n", "P115", 2, 7, "a duration such as 90s, 1h30m or 14d"),
        ("name: a\nparts: {Bad-Name: {n: 1}}\n", "P115", 2, 9, "small letters"),
        ("name: aaaaaaaaaa\n", "P116", 1, 7, "at most 9 characters"),
        ("name: a\nshare: 1\n", "P116", 2, 8, "less than 1"),
        ("name: a\nlist: []\n", "P116", 2, 7, "at least 1 of them"),
        ("name: a\nlist: [b, b]\n", "P116", 2, 7, "each of them once"),
        ("name: a\nparts:\n  one: {}\n", "P112", 3, 3, "add `n:`"),
        ("name: a\nwho: 7\n", "P117", 2, 6, "a name or a list of names"),
        ("name: a\nwho: [b, 7]\n", "P113", 2, 10, "put it in quotes"),
        ("- name\n", "P113", 1, 1, "a mapping"),
    ],
)
def test_an_error_says_where_what_and_what_to_do(text_: str, code: str, line: int, column: int, said: str) -> None:
    problems = problems_of(text_)
    assert [(problem.code, problem.place.line, problem.place.column) for problem in problems] == [(code, line, column)]
    assert said in f"{problems[0].expected} {problems[0].remedy}"


def test_all_errors_come_together_in_the_order_of_their_places() -> None:
    problems = problems_of("nmae: a\nsize: big\nshare: -1\nzzz: 1\n")
    assert [problem.code for problem in problems] == ["P112", "P111", "P114", "P116", "P111"]


def fields(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield the schemas of all named fields."""
    if isinstance(schema, dict):
        for part in schema.get("properties", {}).values():
            yield part
        for part in schema.values():
            yield from fields(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from fields(part)


def test_every_field_of_a_pack_has_title_and_description_for_editors() -> None:
    Draft202012Validator.check_schema(PACK)
    described = list(fields(PACK))
    assert len(described) > 80
    assert all(field.get("title") and field.get("description") for field in described)


def test_near_words_are_offered_and_far_ones_not() -> None:
    assert did_you_mean("payed", ["paid", "placed", "zoo"]) == "did you mean `placed` or `paid`?"
    assert did_you_mean("xyzzy", ["paid"]) == ""
    assert one_of([]) == "nothing: none is declared"
    assert one_of(["a", "b", "c"], most=2) == "one of: a, b and 1 more"
