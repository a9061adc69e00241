"""Problems in the forms that builds read."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from troth.errors import Place, Problem
from troth.surfaces.render.problems import as_github, as_junit, as_pretty, as_sarif, emphasised

PLACED = Problem(Place("packs/a,b.yaml", 3, 5, "states.x"), "P101", "100% wrong:\nhere", "right", "do so")
BARE = Problem(Place(path="promise_reliability"), "Q102", "no such <thing> & \x07more", severity="warning")
NOTE = Problem(Place(), "C114", "a few", severity="note")


def test_pretty_says_place_then_expected_then_remedy() -> None:
    head, *rest = as_pretty([PLACED]).split("\n  ")
    assert head == "packs/a,b.yaml:3:5: error P101: 100% wrong:\nhere"
    assert rest == ["expected: right", "remedy:   do so\n"]
    assert as_pretty([BARE]).startswith("promise_reliability: warning Q102: ")
    assert as_pretty([NOTE]) == "note C114: a few\n"


def test_github_escapes_what_would_end_a_command() -> None:
    line = as_github([PLACED])
    assert line.count("\n") == 1
    assert line.startswith(
        "::error file=packs/a%2Cb.yaml,line=3,col=5,title=P101::100%25 wrong:%0Ahere; expected right; do so"
    )
    assert as_github([NOTE]).startswith("::notice title=C114::")


def test_sarif_has_a_result_for_each_problem_and_a_rule_for_each_code() -> None:
    log = json.loads(as_sarif([PLACED, BARE, PLACED], version="1.2"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["P101", "Q102"]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "error"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 5}


def test_junit_is_well_formed_whatever_the_text_and_notes_do_not_fail() -> None:
    suite = ET.fromstring(as_junit('a "suite"', [("one", [PLACED, BARE]), ("two", [NOTE]), ("three", [])]))  # noqa: S314
    assert suite.attrib == {"name": 'a "suite"', "tests": "3", "failures": "1", "errors": "0"}
    assert [len(case) for case in suite] == [2, 0, 0]


def test_emphasis_changes_nothing_but_colour() -> None:
    text = as_pretty([PLACED, BARE, NOTE])
    coloured = emphasised(text)
    assert coloured.count("\x1b[0m") == 3
    for code in ("\x1b[1;31m", "\x1b[33m", "\x1b[36m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == text
