"""YAML text becomes values that know where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.errors import Place, Problem
from troth.lang.document import Document, merge, path_text, read_document


def read(text: str) -> Document:
    """Return the document of a text without problems."""
    document, problems = read_document(text, "pack.yaml")
    assert problems == ()
    assert document is not None
    return document


def refused(text: str) -> Problem:
    """Return the only problem of a text."""
    _, problems = read_document(text, "pack.yaml")
    assert len(problems) == 1
    return problems[0]


def test_a_value_stands_where_its_first_character_does() -> None:
    document = read("a: 1\nb:\n  c: [x, yy]\n")
    assert document.data == {"a": 1, "b": {"c": ["x", "yy"]}}
    assert document.place("b", "c", 1) == Place("pack.yaml", 3, 10, "b.c[1]")
    assert document.key_place("b", "c") == Place("pack.yaml", 3, 3, "b.c")


def test_quoted_text_stands_where_the_text_itself_begins() -> None:
    document = read("when: \"!placed\"\nkey: 'x'\n")
    assert document.place("when").column == 8
    assert document.place("key").column == 7


@pytest.mark.parametrize("mark", ["|", ">", "|-", ">2"])
def test_block_text_stands_where_its_first_line_begins(mark: str) -> None:
    document = read(f"a:\n  when: {mark}\n\n    x &&\n    y\n")
    assert (document.place("a", "when").line, document.place("a", "when").column) == (4, 5)


def test_a_missing_path_stands_where_its_nearest_ancestor_does() -> None:
    document = read("a:\n  b: 1\n")
    assert document.place("a", "zzz", 3) == Place("pack.yaml", 2, 3, "a.zzz[3]")
    assert document.key_place("a", "zzz").line == 2


def test_plain_scalars_are_those_of_the_core_schema() -> None:
    document = read("[yes, off, 12:30, 2026-03-02, 007, 0x1F, 1.5, 1e3, true, ~, 1_000]")
    assert document.data == ["yes", "off", "12:30", "2026-03-02", 7, 31, 1.5, 1000.0, True, None, "1_000"]


def test_a_key_given_twice_is_a_problem_at_the_second() -> None:
    problem = refused("a: 1\nb: 2\na: 3\n")
    assert (problem.code, problem.place.line) == ("P103", 3)
    assert "line 1" in problem.remedy


def test_a_tab_in_the_indentation_is_named() -> None:
    problem = refused("a:\n\tb: 1\n")
    assert (problem.code, problem.place.line) == ("P102", 2)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [1, 2\n", "P101"),
        ("a: 'x\n", "P101"),
        ("a: b: c\n", "P101"),
        ("a: \x00\n", "P101"),
        ("[" * 3000, "P101"),
        ("1: one\n", "P104"),
        ("true: one\n", "P104"),
        ("? [a]\n: one\n", "P104"),
        ('"a\\nb": one\n', "P104"),
        ("a: &x 1\n", "P105"),
        ("a: !!python/object:os.system 1\n", "P105"),
        ("a: !secret 1\n", "P105"),
        ("", "P106"),
        ("# only a comment\n", "P106"),
        ("a: 1\n---\nb: 2\n", "P106"),
        ("a: 99999999999999999999\n", "P107"),
        ("a: 1e999\n", "P107"),
        ("a: " + "1" * 5000, "P107"),
    ],
)
def test_what_is_no_document_of_ours_is_refused_with_its_place(text: str, code: str) -> None:
    problem = refused(text)
    assert problem.code == code
    assert problem.place.line >= 1
    assert problem.place.column >= 1


def test_an_alias_cannot_blow_a_document_up() -> None:
    text = "a0: &a0 x\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    document, problems = read_document(text, "bomb.yaml")
    assert document is not None
    assert {problem.code for problem in problems} == {"P105"}


@given(st.text(max_size=200))
def test_no_text_at_all_raises(text: str) -> None:
    document, problems = read_document(text, "any.yaml")
    assert document is not None or problems


@given(st.text(alphabet=" \n-:[]{},'\"|>&*!?#ab1\t", max_size=60))
def test_no_play_of_signs_raises(text: str) -> None:
    document, problems = read_document(text, "any.yaml")
    assert document is not None or problems


def test_files_are_merged_by_section_and_keep_their_places() -> None:
    one, two = read("pack: p\nfacts:\n  a: 1\n"), read_document("facts:\n  b: 2\nstates: {}\n", "more.yaml")[0]
    assert two is not None
    whole, problems = merge((one, two))
    assert problems == ()
    assert whole.data == {"pack": "p", "facts": {"a": 1, "b": 2}, "states": {}}
    assert whole.place("facts", "b") == Place("more.yaml", 2, 6, "facts.b")
    assert one.data == {"pack": "p", "facts": {"a": 1}}


def test_what_two_files_both_say_is_a_problem() -> None:
    one, two = read("pack: p\nfacts:\n  a: 1\n"), read_document("pack: q\nfacts:\n  a: 2\n", "more.yaml")[0]
    assert two is not None
    whole, problems = merge((one, two))
    assert whole.data == {"pack": "p", "facts": {"a": 1}}
    assert [(problem.code, problem.place.file, problem.place.line) for problem in problems] == [
        ("P220", "more.yaml", 1),
        ("P220", "more.yaml", 3),
    ]


def test_paths_are_written_as_people_write_them() -> None:
    assert path_text(()) == ""
    assert path_text(("a", 0, 1, "b")) == "a[0][1].b"
