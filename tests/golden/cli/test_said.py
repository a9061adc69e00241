"""What the command line says, word for word: help, errors, tables, JSON."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from tests.golden.cli.conftest import PARCEL, Run
from tests.golden.cli.golden import agrees
from troth.surfaces.cli.app import COMMANDS, cli

HELP = [(), *((name,) for name in COMMANDS), ("quarantine", "list"), ("quarantine", "replay")]

ERRORS = {
    "unknown_command": ("mesure",),
    "unknown_option": ("show", "parcel/1", "--database", "parcels.db"),
    "unknown_code": ("explain", "P10"),
    "unknown_measure": ("measure", "reliability", "--db", "parcels.db"),
    "unknown_segment": ("measure", "promise_reliability", "--db", "parcels.db", "--by", "city"),
    "unknown_attribute": ("measure", "promise_reliability", "--db", "parcels.db", "--where", "twon == 'Ulm'"),
    "condition_does_not_parse": ("measure", "promise_reliability", "--db", "parcels.db", "--where", "town =="),
    "unknown_subject": ("show", "parcel/7", "--db", "parcels.db"),
    "unknown_pack": ("check", "delivry"),
    "no_moment": ("show", "parcel/1", "--db", "parcels.db", "--at", "2026-03-01"),
    "no_zone": ("timeline", "parcel/1", "--db", "parcels.db", "--zone", "EST5EDT4"),
    "unknown_part": ("backtest", "--db", "parcels.db", "--subjects", "wrong"),
    "no_database": ("timeline", "parcel/1", "--db", "nowhere.db"),
}

SAID = {
    "show_late": ("show", "parcel/2", "--db", "parcels.db"),
    "show_unknown": ("show", "parcel/4", "--db", "parcels.db", "--zone", "Europe/Berlin"),
    "show_before": ("show", "parcel/2", "--db", "parcels.db", "--at", "2026-03-02T00:00:00Z"),
    "timeline": ("timeline", "parcel/2", "--db", "parcels.db"),
    "reliability": ("measure", "promise_reliability", "--db", "parcels.db", "--by", "town"),
    "subjects": ("measure", "promise_reliability", "--db", "parcels.db", "--subjects", "late"),
    "quarantine": ("quarantine", "list", "--db", "parcels.db"),
    "explain": ("explain", "C104"),
    "backtest": ("backtest", "--db", "parcels.db"),
    "backtest_rows": ("backtest", "--db", "parcels.db", "--subjects", "faulty"),
}


@pytest.mark.parametrize("words", HELP, ids=" ".join)
def test_help_says_what_a_command_takes_with_two_examples(words: tuple[str, ...], run: Run) -> None:
    said = run(*words, "--help")
    assert said.exit_code == 0
    examples = said.stdout.partition("Examples:\n")[2].strip().splitlines()
    assert len(examples) == 2
    agrees("_".join(("help", *words)) + ".txt", said.stdout)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_says_what_was_found_expected_and_what_to_do(name: str, run: Run) -> None:
    said = run(*ERRORS[name], "--format", "table")
    assert said.exit_code == (3 if name == "no_database" else 2)
    assert said.stdout == ""
    agrees(f"error_{name}.txt", said.stderr)


@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.parametrize("name", SAID)
def test_an_answer_in_each_form(name: str, form: str, run: Run) -> None:
    if name == "quarantine" and form != "table":
        pytest.skip("the other forms carry the path of the data set")
    said = run(*SAID[name], "--format", form)
    assert said.exit_code == 0, said.stderr
    agrees(f"{name}.{form}", said.stdout)


def test_a_pack_that_is_well_and_its_scenarios(run: Run) -> None:
    agrees("test.table", run("test", str(PARCEL), "--format", "table").stdout)


def test_the_examples_of_the_help_are_commands_that_exist() -> None:
    for words in HELP:
        text = CliRunner().invoke(cli, [*words, "--help"]).stdout.partition("Examples:\n")[2]
        for line in filter(None, map(str.strip, text.splitlines())):
            called = line.removeprefix('eval "$(').split()
            assert called[0] == "troth"
            assert called[1] in COMMANDS, line
