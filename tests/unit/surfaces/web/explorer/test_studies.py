"""What is worked out beside the server: once for each text, in a process of its own, and what cannot be is said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit.surfaces.web.conftest import House
from troth.errors import Place, Problem
from troth.lang.compile import compile_pack
from troth.model.pack import Pack
from troth.runtime import catalog
from troth.scenarios import Result
from troth.surfaces.web.explorer import answer, view
from troth.surfaces.web.explorer.census import Counts
from troth.surfaces.web.explorer.reading import Shelf
from troth.surfaces.web.explorer.studies import Studies, Study, Texted, process, text_of
from troth.surfaces.web.explorer.study import Looked
from troth.surfaces.web.explorer.walk import Walk

Served = Callable[..., House]


_UNGATED = re.compile(r"^messages:\n.*?\n\n", re.MULTILINE | re.DOTALL)


class Broken(Executor):
    """A workshop in which nothing can be made."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise OSError("no process can be started")


@pytest.mark.slow
def test_a_process_of_its_own_looks_and_runs_the_scenarios(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    house = served("customer")
    pack = house.context.packs["customer"]
    found = Studies(house.context, process).done(pack)
    assert found.looked is not None
    assert [one.passed for one in found.ran.values()] == [True] * 7
    assert not found.running


def test_it_is_worked_out_once(served: Served) -> None:
    house = served("customer")
    pack = house.context.packs["customer"]
    studies = Studies(house.context)
    assert studies.done(pack) is studies.of(pack)


def test_what_cannot_be_worked_out_is_said_and_the_rest_stands(served: Served) -> None:
    house = served("delivery")
    pack = house.context.packs["delivery"]
    found = Studies(house.context, Broken).done(pack)
    assert found.broken
    assert answer.answer(pack, found).endswith("its text could not be checked.")


def test_of_a_pack_that_only_the_ledger_keeps_the_scenarios_are_not_here(served: Served) -> None:
    house = served("delivery")
    text = "\n".join(catalog.load("delivery").files.values()).replace("version: 1", "version: 2")
    loaded = catalog.Loaded("delivery", {"pack.yaml": text}, compile_pack({"pack.yaml": text}))
    catalog.store(house.store, loaded)
    found = Studies(house.context).done(loaded.compiled.require())
    assert (dict(found.text.files), dict(found.text.scenarios)) == ({"pack.yaml": text}, {})
    assert not found.text.beside


def test_files_are_named_as_within_the_folder_of_their_pack(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = catalog.load("customer")
    for files in (shipped.files, shipped.scenarios):
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.replace("version: 1", "version: 2") + "\nnonsense: 1\n" * ("scenarios" in name))
    house = served("customer")
    folder = tmp_path / "customer"
    pack = catalog.load(str(folder)).compiled.require()
    context = msgspec.structs.replace(house.context.settings, packs=(str(folder),))
    monkeypatch.setattr(house.context, "settings", context)
    house.context.packs["customer"] = pack
    known = Studies(house.context).done(pack)
    shown = view.pack_view(pack, known, Counts(0), {})
    assert str(tmp_path) not in json.dumps(shown)
    assert shown["findings"]["files"][0] == "pack.yaml"
    wheres = [one["where"] for row in shown["scenarios"]["rows"] for one in row["problems"]]
    assert wheres
    assert all(where.startswith("scenarios/") for where in wheres)
    story = Shelf(house.context).story(pack, Walk("", view.stem_of(next(iter(known.text.scenarios)))))
    assert story is not None
    assert {problem.place.file for problem in story.problems} <= set(known.text.scenarios)
    catalog.store(house.store, catalog.load(str(folder)))
    monkeypatch.setattr(house.context, "settings", msgspec.structs.replace(context, packs=()))
    assert list(text_of(house.context, pack).files) == ["pack.yaml"]


def test_of_a_pack_whose_text_is_nowhere_that_is_said(served: Served) -> None:
    house = served("delivery")
    stranger = compile_pack({"pack.yaml": "\n".join(catalog.load("delivery").files.values()).replace(
        "version: 1", "version: 9")}).require()  # fmt: skip
    found = Studies(house.context).done(stranger)
    shown = view.pack_view(stranger, found, Counts(0), {})
    assert shown["findings"]["state"] == "not here"
    assert shown["pack"]["running"] is False


def a_study(pack: Pack, *problems: Problem, failed: int = 0) -> Study:
    """Return what is known of a pack that has been worked out."""
    ran = {f"{n}.yaml": Result("s", f"{n}.yaml", n >= failed) for n in range(3)}
    texts = dict.fromkeys(ran, "")
    return Study(Texted({"pack.yaml": "x"}, {}, texts), Looked(problems), ran)


def test_the_answer_counts_what_there_is_to_look_at() -> None:
    warning = Problem(Place("pack.yaml", 3, 1), "W101", "a state", "", "", "warning")
    note = Problem(Place("pack.yaml", 3, 1), "W101", "a state", "", "", "note")
    text = "\n".join(catalog.load("delivery").files.values())
    gate = "told_at: {'*': sent}, fail: closed, hold_for: 1h"
    messages = f"messages:\n  survey: {{purpose: inform, statements: [was_delivered], {gate}}}\n\n"
    gated = compile_pack({"p": _UNGATED.sub(messages, text)}).require()
    free = compile_pack({"p": text}).require()
    assert answer.answer(free, a_study(free)) == "4 of 4 messages are sent unchecked, and can say what is not so."
    assert answer.tone(free, a_study(free)) == "late"
    assert answer.answer(free, a_study(free, warning, note, failed=1)).endswith(
        "; 1 finding to look at and 1 scenario that fails."
    )
    assert answer.tone(free, a_study(free, failed=1)) == "contradiction"
    assert answer.answer(gated, a_study(gated)) == "No message can state what its facts do not bear out."
    assert answer.tone(gated, a_study(gated)) == "well"
    assert answer.tone(free, a_study(free, warning)) == "late"


def test_scenarios_that_fail_come_first() -> None:
    pack = catalog.load("delivery").compiled.require()
    known = a_study(pack)
    failing = Study(known.text, known.looked, {**known.ran, "2.yaml": Result("s", "2.yaml", False)})
    assert [row["file"] for row in view.scenarios(pack, failing)["rows"]] == ["2.yaml", "0.yaml", "1.yaml"]


@pytest.mark.parametrize(
    ("packs", "said"),
    [
        ([(0, 0, 0)], "1 pack, and nothing in it to look at."),
        ([(0, 0, 0), (0, 0, 0)], "2 packs, and nothing in them to look at."),
        ([(2, 0, 0)], "1 pack; it can say what is not so."),
        ([(2, 0, 0), (0, 0, 0)], "2 packs; 1 can say what is not so."),
        ([(2, 1, 0), (1, 2, 0)], "2 packs; all of them can say what is not so; 3 findings to look at."),
        ([(0, 1, 0), (0, 2, 1)], "2 packs; 3 findings to look at and 1 scenario that fails."),
        ([(0, 0, 1), (0, 0, 1)], "2 packs; 2 scenarios fail."),
    ],
)
def test_the_page_of_all_packs_says_how_many_can_lie(packs: list[tuple[int, int, int]], said: str) -> None:
    rows: list[dict[str, Any]] = [
        {"unchecked": unchecked, "findings": looks, "failing": fails, "running": False}
        for unchecked, looks, fails in packs
    ]
    assert answer.index(rows)["answer"] == said
    running = {**rows[0], "running": True}
    assert answer.index([running])["answer"].endswith("; it is still being checked.")
    assert answer.index([running, rows[0]])["answer"].endswith("; 1 is still being checked.")
    assert answer.index([running, running])["answer"].endswith("; all are still being checked.")


def test_a_pack_that_is_still_being_checked_says_so_itself() -> None:
    pack = catalog.load("delivery").compiled.require()
    known = a_study(pack)
    begun = Study(known.text)
    some = Study(known.text, known.looked, {"0.yaml": known.ran["0.yaml"]})
    said = [answer.line(pack, each, Counts(0))["checking"] for each in (begun, some, known)]
    assert said == ["Its text is still being checked.", "2 scenarios are still to be run.", ""]
