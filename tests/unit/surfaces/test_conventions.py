"""What every command does alike: streams, formats, exit codes, quiet ends, a light start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from troth.errors import Place, Problem
from troth.surfaces.cli import common
from troth.surfaces.cli.app import COMMANDS, cli, nearest
from troth.surfaces.render.answer import Answer

HEAVY = ("duckdb", "ibis", "rich", "cel_expr_python", "pyarrow", "msgspec", "yaml", "sqlite3")


def run(*words: str, **more: object) -> click.testing.Result:
    """Run a command as a pipe sees it."""
    return CliRunner().invoke(cli, list(words), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["measure", "--help"], ["import", "--help"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys\nsys.argv = ['troth', *sys.argv[1:]]\nfrom troth.surfaces.cli import main\n"
        "try:\n    main()\nfinally:\n    print(','.join(name for name in sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.strip().split(","))
    assert "click" in loaded
    # msgspec comes with the errors, which a command's own module may name; the list of commands needs not even that.
    allowed = {"msgspec", "yaml"} if len(words) > 1 else set()
    assert not loaded.intersection(set(HEAVY) - allowed)


def test_piped_answers_are_json_and_problems_stand_in_the_envelope_and_on_standard_error() -> None:
    said = run("explain", "P99")
    answer = json.loads(said.stdout)
    assert said.exit_code == 2
    assert answer["status"] == "error"
    assert answer["data"] == []
    assert answer["diagnostics"][0]["code"] == "C102"
    assert "C102" in said.stderr


def test_a_terminal_gets_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "on_terminal", lambda stream: stream is sys.stdout)
    said = run("explain", "C101")
    assert said.stdout.startswith("C101: ")


@pytest.mark.parametrize("words", [["explain", "P202"], ["explain"]])
def test_the_environment_names_the_format_where_the_command_line_does_not(words: list[str]) -> None:
    """An answer and a refusal alike; `--format` has the last word."""
    as_table = CliRunner(env={"TROTH_FORMAT": "table"}).invoke(cli, words)
    assert not as_table.stdout.startswith("{")
    as_json = CliRunner(env={"TROTH_FORMAT": "table"}).invoke(cli, [*words, "--format", "json"])
    assert json.loads(as_json.stdout)["version"] == 1


@pytest.mark.parametrize("words", [["explain", "--format", "json", "--no"], ["mesure"], ["show"], ["schema", "packs"]])
def test_a_wrong_command_line_exits_with_2_and_still_answers_in_json(words: list[str]) -> None:
    said = run(*words)
    assert said.exit_code == 2
    assert json.loads(said.stdout)["diagnostics"][0]["code"] == "C101"


def test_a_wrong_command_line_is_silent_on_standard_output_where_a_table_is_asked_for() -> None:
    said = run("show", "--format=table")
    assert said.exit_code == 2
    assert said.stdout == ""
    assert "--help" in said.stderr


def test_what_cannot_be_opened_exits_with_3(tmp_path: Path) -> None:
    junk = tmp_path / "junk.db"
    junk.write_text("this is no database, and it is long enough to be looked at" * 20)
    assert run("show", "a/1", "--db", str(tmp_path / "none.db")).exit_code == 3
    said = run("show", "a/1", "--db", str(junk))
    assert said.exit_code == 3
    assert json.loads(said.stdout)["diagnostics"][0]["code"].startswith("L")


def test_ctrl_c_ends_with_130_and_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("troth.runtime.catalog.load", interrupted)
    said = run("check", "delivery")
    assert said.exit_code == 128 + 2
    assert json.loads(said.stdout)["diagnostics"][0]["code"] == "C109"
    assert "Traceback" not in said.output


def test_a_closed_pipe_ends_quietly() -> None:
    line = f"{sys.executable} -c 'from troth.surfaces.cli import main; main()' explain --format ndjson | true"
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_a_fault_of_troth_is_an_answer_and_the_trace_only_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(_name: str) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("troth.runtime.catalog.load", faulty)
    said = run("check", "delivery")
    assert said.exit_code == 3
    assert json.loads(said.stdout)["diagnostics"][0]["code"] == "C110"
    assert "Traceback" not in said.stderr
    monkeypatch.setenv("TROTH_TRACE", "1")
    assert "Traceback" in run("check", "delivery").stderr


def test_what_the_system_refuses_is_said_with_the_file(tmp_path: Path) -> None:
    said = run("import", str(tmp_path), "--pack", "delivery", "--map", "olist", "--db", str(tmp_path))
    assert said.exit_code == 3
    (problem,) = json.loads(said.stdout)["diagnostics"]
    assert str(tmp_path) in json.dumps(problem)


def test_colour_is_off_when_no_color_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "on_terminal", lambda _stream: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not common.coloured(sys.stdout)
    monkeypatch.delenv("NO_COLOR")
    assert common.coloured(sys.stdout)


def test_problems_are_not_repeated_under_a_table_that_says_them(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem(Place(), "P101", "wrong")
    common.emit(Answer(diagnostics=(problem,), told=True), "table")
    assert capsys.readouterr().err == ""
    common.emit(Answer(diagnostics=(problem,)), "table")
    assert "P101" in capsys.readouterr().err


def test_every_command_is_listed_once_and_loads() -> None:
    context = click.Context(cli)
    for name in COMMANDS:
        found = cli.get_command(context, name)
        assert found is not None
        assert found.name == name
        assert found.help


def test_near_names_are_offered() -> None:
    assert nearest("tets", COMMANDS) == ["test"]
    assert nearest("zzz", COMMANDS) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_also_when_piped(shell: str) -> None:
    said = run("completion", shell)
    assert said.exit_code == 0
    assert "_TROTH_COMPLETE" in said.stdout
    assert said.stdout[0] != "{"


def test_completion_offers_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TROTH_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "troth me")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert "measure" in CliRunner().invoke(cli, [], prog_name="troth").stdout
