"""The runner: scenario files → what holds and what does not, located and explained (`troth test`)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path as FilePath

from troth.engine.fold import refold
from troth.engine.machine import Machine, prepare
from troth.engine.step import wakes_at
from troth.errors import Place, Problem
from troth.lang.document import Document
from troth.model.pack import Pack
from troth.model.times import FOREVER, Micros
from troth.scenarios.cast import cast_of
from troth.scenarios.check import check, count
from troth.scenarios.commands import Path
from troth.scenarios.director import tell
from troth.scenarios.language import Expectation, Failure, Result, Results, Scenario
from troth.scenarios.miss import Miss
from troth.scenarios.orders import Deviation, as_told, compare, deviations
from troth.scenarios.parse import parse
from troth.scenarios.sight import Sight
from troth.scenarios.story import events_by, watermarks_by

_REMEDIES = {
    "S202": "look at who has authority over the fact, and whether that source is heard",
    "S203": "look at the promise's due moment and at what keeps it",
    "S207": "look at the receipt that the message's channel declares under told_at",
    "S212": "look at the reasons, and at what the message asks of the pack",
    "S217": "look at what the service says, and let the story do what can be done",
    "S209": "name the findings that are meant, or put the pack's transitions and chronology right",
    "S220": "report this: the order of arrival must not matter, whatever the pack says",
}
_REMEDY = "put the pack right, or the expectation"


def run(pack: Pack, files: Iterable[FilePath]) -> Results:
    """Run scenario files against a pack.

    Args:
        pack: The pack, compiled.
        files: Scenario files; each is read as UTF-8.

    Returns:
        One result a file, in the order of the files: whether it passed, and everything that does not hold.
    """
    machine = prepare(pack)
    return Results(pack.name, tuple(_run_file(machine, file) for file in files))


def run_text(pack: Pack | Machine, text: str, file: str = "scenario.yaml") -> Result:
    """Run one scenario given as YAML text; `file` is its name in places."""
    machine = prepare(pack)
    scenario, document, problems = parse(text, file, machine.pack)
    if scenario is None or document is None:
        return Result(_name_of(document, file), file, False, problems=problems)
    if scenario.live:
        return _live_result(machine, scenario, document)
    checked = orders = 0
    failures: list[Failure] = []
    for expectation in scenario.expectations:
        failures += _unmet(machine, scenario, expectation, document)
        tried, deviating = _in_other_orders(machine, scenario, expectation, document)
        failures += deviating
        checked += count(expectation.wanted)
        orders += tried
    failures.sort(key=lambda failure: failure.problem)
    return Result(scenario.name, file, not failures, checked, orders, failures=tuple(failures))


def _live_result(machine: Machine, scenario: Scenario, document: Document) -> Result:
    """Tell a story to the live service and return what came of it."""
    told = tell(scenario, cast_of(machine.pack), document)
    failures = [_located(scenario, document, path, at, miss) for path, at, miss in told.found]
    failures += [_failure(scenario, one, document, _order_miss(worst)) for one, worst in told.deviating]
    failures.sort(key=lambda failure: failure.problem)
    return Result(scenario.name, scenario.file, not failures, told.expectations, told.orders, failures=tuple(failures))


def _run_file(machine: Machine, file: FilePath) -> Result:
    """Return the result of one file; a file that cannot be read is a result, too."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        remedy = "check the name, the permissions and the encoding"
        problem = Problem(Place(str(file)), "S101", f"the file cannot be read: {reason}", "a scenario in YAML", remedy)
        return Result(str(file), str(file), False, problems=(problem,))
    return run_text(machine, text, str(file))


def _unmet(machine: Machine, scenario: Scenario, expectation: Expectation, document: Document) -> list[Failure]:
    """Return what does not hold of one expectation."""
    events = events_by(scenario, expectation.subject, expectation.at, expectation.step)
    heard = watermarks_by(scenario, machine.pack, expectation.at, expectation.step)
    record = refold(machine, expectation.subject, events, heard, expectation.at)
    # A feed that is heard up to this moment will be heard at the next one, too: its watermark ends nothing.
    going_on = {source: FOREVER if mark >= expectation.at else mark for source, mark in heard.items()}
    ahead = refold(machine, expectation.subject, events, going_on, expectation.at)
    sight = Sight(machine, record, expectation.at, scenario.clock, wakes_at(ahead))
    return [_failure(scenario, expectation, document, miss) for miss in check(sight, expectation.wanted)]


def _in_other_orders(
    machine: Machine, scenario: Scenario, expectation: Expectation, document: Document
) -> tuple[int, list[Failure]]:
    """Return how many other orders of arrival were tried, and a failure if one of them gives another record."""
    at, place, subject = expectation.at, expectation.step, expectation.subject
    events = events_by(scenario, subject, at, place)
    heard = watermarks_by(scenario, machine.pack, at, place)
    tried = list(deviations(machine, subject, events, heard, at))
    told = as_told(machine, scenario, expectation)
    if told is not None:
        tried.append(compare(refold(machine, subject, events, heard, at), told, "as the story tells it, step by step"))
    worst = next((deviation for deviation in tried if deviation is not None), None)
    return len(tried), [] if worst is None else [_failure(scenario, expectation, document, _order_miss(worst))]


def _order_miss(deviation: Deviation) -> Miss:
    """Return a deviation as something that does not hold."""
    found = f"another record ({', '.join(deviation.fields)}) when the events arrive {deviation.order}"
    return Miss((), "S220", found, "the same record in any order of arrival")


def _failure(scenario: Scenario, expectation: Expectation, document: Document, miss: Miss) -> Failure:
    """Return a miss as a located failure."""
    return _located(scenario, document, expectation.path, expectation.at, miss)


def _located(scenario: Scenario, document: Document, where: Path, moment: Micros, miss: Miss) -> Failure:
    """Return what does not hold at a place and a moment as a failure."""
    path = (*where, *miss.path)
    at = scenario.clock.write(moment)
    remedy = _REMEDIES.get(miss.code, _REMEDY)
    problem = Problem(document.place(*path), miss.code, f"{miss.found}, at {at}", miss.expected, remedy)
    return Failure(problem, scenario.name, at, miss.why)


def _name_of(document: Document | None, file: str) -> str:
    """Return what to call a scenario that is not well formed."""
    name = document.data.get("scenario") if document is not None and isinstance(document.data, dict) else None
    return name if isinstance(name, str) else file
