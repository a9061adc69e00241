"""Pages of the codes X1xx: expressions."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page


def _page(code: str, title: str, meaning: str, example: str, remedy: str) -> tuple[str, Page]:
    return code, Page(code, title, meaning, example, remedy)


PAGES: Final[dict[str, Page]] = dict(
    (
        _page(
            "X101",
            "This is not an expression.",
            "The text could not be parsed. The place is where reading stopped; the fault may stand a little before it.",
            "when: delivered = true",
            "Write two signs for a comparison (==), && for and, || for or, ! for not, and close every parenthesis and "
            "quote.",
        ),
        _page(
            "X102",
            "A name is not declared.",
            "An expression may read only what is declared: facts in a pack, columns and times in a mapping, `data` in "
            "an event.",
            "when: deliverd",
            "Correct the name, or declare it. A text is written in quotes of its own: 'delivered'.",
        ),
        _page(
            "X103",
            "An operator or a function does not take these types.",
            "Types are checked before anything runs, so that a comparison that can never hold is found when the pack "
            "is written.",
            "when: departure_delay > '15'",
            "Compare like with like, or convert one side with string(), int(), double(), timestamp() or duration().",
        ),
        _page(
            "X104",
            "An expression has another type than its place demands.",
            "A condition must be bool, a due moment a timestamp, and so on.",
            "when: departure_delay",
            "Make it a condition (departure_delay >= 15), or convert it.",
        ),
        _page(
            "X105",
            "A test of presence over facts.",
            "has() and `in` over a fact are false of what is missing: they would turn an unknown into a false, on "
            "which a message "
            "might be sent.",
            "when: has(parcel.signature)",
            "Write known(fact); or write the list out: status in ['open', 'assigned'].",
        ),
        _page(
            "X106",
            "known() stands where its being false decides.",
            "When a fact becomes unknown, known(fact) turns from true to false. Negated, compared, or as the "
            "condition of `? :` it "
            "would make a rule true because something is not known. An unknown fact must never make a statement true.",
            "true_when: '!known(cancelled)'",
            "Use known(x) only unnegated, joined by && or ||. A rule that reads an unknown fact is unknown by itself. "
            "In "
            "conditions that take something back (fails_when, void_when) known() is the one that is refused unnegated.",
        ),
        _page(
            "X107",
            "stale(), known() or age() is used in a way that could make a rule true by not knowing.",
            "stale(fact) turns from false to true when the last observation grows old, so it stands only as the guard "
            "!stale(fact). In a pack the three take the name of one fact; in mappings and filters only known() exists.",
            "true_when: stale(position)",
            "Write !stale(fact), joined with && to what it guards.",
        ),
        _page(
            "X108",
            "age() is not compared with a constant.",
            "The moment at which age(fact) passes a limit is a wake-up that must be known beforehand.",
            "when: age(position) < allowed_age",
            'Write age(position) < duration("2h"), or with <=, >, >=.',
        ),
        _page(
            "X109",
            "A part of CEL that this language leaves out.",
            "uint, bytes, types as values, maps and messages written out, and functions of other systems have no use "
            "in a pack and "
            "no equal in SQL.",
            "when: type(status) == string",
            "Say it with facts, constants, lists and the functions of the reference.",
        ),
        _page(
            "X110",
            "A constant cannot be read.",
            "A timestamp needs date, time and offset; a duration is written as 90s, 1h30m, 14d; a pattern for "
            "matches() is a "
            "constant of the plain kind, without groups that repeat, so that it means the same everywhere and always "
            "ends.",
            "when: promised < timestamp('2026-03-02')",
            "Correct the text: timestamp('2026-03-02T00:00:00Z').",
        ),
        _page(
            "X111",
            "A comparison with null.",
            "Null means that something is not known, and nothing equals the unknown: the comparison would always be "
            "unknown.",
            "when: data.reason == null",
            "Write known(data.reason) or, where negation is allowed, !known(data.reason).",
        ),
        _page(
            "X112",
            "An expression is too large.",
            "A condition that nobody can read cannot be explained to anybody; very deep ones cannot be compiled "
            "either.",
            "when: ((((…))))",
            "Name its parts as facts, or split it over several states.",
        ),
        _page(
            "X113",
            "CEL refuses the expression.",
            "The parser or the type checker found something else; its own words are given.",
            "when: departure_delay.minutes > 1",
            "See the expression reference for what can be written.",
        ),
    )
)
