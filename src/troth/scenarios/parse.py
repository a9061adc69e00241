"""From a scenario's document to a `Scenario`, or every problem of it at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from troth.errors import Problem
from troth.lang.document import Document
from troth.lang.schema import check_document
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.times import Micros, zone_of
from troth.scenarios.cast import Cast, cast_of
from troth.scenarios.clock import HOW_TO_WRITE, Clock, unmark
from troth.scenarios.commands import KEYS, Command, Path, commands_of
from troth.scenarios.language import Expectation, Happening, Scenario, Silence
from troth.scenarios.names import check_names
from troth.scenarios.schema import SCHEMA


def parse(text: str, file: str, pack: Pack) -> tuple[Scenario | None, Document | None, tuple[Problem, ...]]:
    """Return the scenario that YAML text is, with its document for locating failures.

    Args:
        text: The YAML text.
        file: Its name, for places.
        pack: The pack that it is about: its names are checked.

    Returns:
        The scenario (`None` when there is any problem), the document (`None` when it is no YAML), and all problems by
        place.
    """
    document, problems = check_document(text, file, SCHEMA)
    if document is None or any(problem.severity == "error" for problem in problems):
        return None, document, problems
    cast = cast_of(pack)
    reading = _Reading(document, cast)
    scenario = reading.scenario()
    found = tuple(sorted({*problems, *reading.problems, *check_names(document, cast)}))
    return (None if found else scenario), document, found


_LIVE = frozenset({"decision", "because", "sends", "until", "permit", "effects", "bypass"})
"""Expectations that only the live service can meet."""


class _Reading:
    """The conversion of one document that has the right shape; collects problems."""

    def __init__(self, document: Document, cast: Cast) -> None:
        """Read the clock."""
        self.document, self.cast = document, cast
        self.data: Mapping[str, Any] = document.data
        self.problems: list[Problem] = []
        self.subject = self.data.get("subject", f"{cast.pack.subject}/1")
        self.clock = self._clock()
        self.happenings: list[Happening] = []
        self.silences: list[Silence] = []
        self.expectations: list[Expectation] = []
        self.commands: list[Command] = []

    def scenario(self) -> Scenario:
        """Return the scenario; it is good only if no problem was noted."""
        before: Micros | None = None
        for index, step in enumerate(self.data["timeline"]):
            at = self._time(step["at"], ("timeline", index, "at"), None)
            if before is not None and at < before:
                expected = f"a moment not before the step above it, {self.clock.write(before)}"
                remedy = "move the step to its place: a timeline is read from top to bottom"
                self._complain(
                    ("timeline", index, "at"), "S103", f"`{step['at']}`, {self.clock.write(at)}", expected, remedy
                )
            before = at
            self._step(index, step, at)
        if not self.expectations and not any(command.key == "confirm" for command in self.commands):
            remedy = "add `expect:` to the step at which something should be so"
            self._complain(("timeline",), "S107", "a timeline without any expectation", "at least one `expect`", remedy)
        return Scenario(
            name=self.data["scenario"],
            pack=self.data["pack"],
            clock=self.clock,
            subject=self.subject,
            watermarks=self._watermarks(),
            happenings=tuple(self.happenings),
            silences=tuple(self.silences),
            expectations=tuple(self.expectations),
            file=self.document.file,
            commands=tuple(self.commands),
            live=self._is_live(),
        )

    def _is_live(self) -> bool:
        """Return whether it takes the live service to tell the story."""
        subjects = [one.event.subject for one in self.happenings] + [one.subject for one in self.expectations]
        asked = any(not _LIVE.isdisjoint(one.wanted) for one in self.expectations)
        return bool(self.commands) or asked or any(map(self.cast.is_customer, subjects))

    def _clock(self) -> Clock:
        """Return the scenario's clock."""
        zone = self.data.get("zone", "Etc/UTC")
        try:
            zone_of(zone)
        except ValueError:
            self._complain(
                ("zone",), "S102", f"`{zone}`", "an IANA time zone such as America/New_York", "name the zone"
            )
            zone = "Etc/UTC"
        start = self.data["start"]
        try:
            if start[:4].isdigit() and start[4:5] == "-":
                return Clock(Clock(0, zone).instant(start), zone)
        except ValueError:
            pass
        expected = "a moment such as 2026-03-02T09:00:00Z, or 2026-03-02 09:00 in the scenario's zone"
        self._complain(
            ("start",), "S102", f"`{start}`", expected, "write the absolute moment at which the clock shows 0m"
        )
        return Clock(0, zone)

    def _watermarks(self) -> dict[str, Micros | None]:
        """Return the fixed watermarks by source."""
        given = self.data.get("heard", {})
        moments: dict[str, Micros | None] = {}
        for name, until in given.items():
            if until == "end":
                continue
            moment = None if until == "never" else self._time(until, ("heard", name), None)
            for source in [each for each in self.cast.sources(customers=True) if name in ("all", each)]:
                if name != "all" or source not in given:
                    moments[source] = moment
        return moments

    def _step(self, index: int, step: Mapping[str, Any], at: Micros) -> None:
        """Take one step of the timeline."""
        path: Path = ("timeline", index)
        if len(step) - ("subject" in step) < 2:
            remedy = "give it an event or an expectation, or remove it"
            expected = f"event, expect, silent, heard, {', '.join(KEYS[:-1])} or {KEYS[-1]}"
            self._complain(path, "S110", "a step in which nothing happens", expected, remedy)
        if "event" in step:
            self._event(step, (*path, "event"), at)
        for key in ("silent", "heard"):
            self.silences += [Silence(source, at, key == "heard", index) for source in step.get(key, ())]
        subject = step.get("subject", self.subject)
        try:
            self.commands += commands_of(step, path, index, subject, at, self.clock)
        except ValueError as error:
            self._complain_of_mark((*path, "ask", "data"), error)
        if "expect" in step:
            subject = step.get("subject", step.get("event", {}).get("subject", self.subject))
            wanted = self._timed(subject, step["expect"], (*path, "expect"), at)
            self.expectations.append(Expectation(at, subject, wanted, (*path, "expect"), index))

    def _event(self, step: Mapping[str, Any], path: Path, at: Micros) -> None:
        """Take the event of a step."""
        said = step["event"]
        occurred = self._time(said["occurred"], (*path, "occurred"), at) if "occurred" in said else at
        heard = self._time(said["heard"], (*path, "heard"), at) if "heard" in said else at
        if heard < at:
            remedy = "move the step to the moment of hearing, and say with `occurred` when it had happened"
            self._complain(
                (*path, "heard"), "S109", f"heard {self.clock.write(heard)}, before its step", "a later moment", remedy
            )
        try:
            data = unmark(said.get("data", {}), self.clock, at)
        except ValueError as error:
            self._complain_of_mark((*path, "data"), error)
            return
        index = path[1]
        assert isinstance(index, int)
        event = Event(
            source=said["source"],
            id=said.get("id", f"step {index + 1}"),
            type=said["type"],
            subject=said.get("subject", step.get("subject", self.subject)),
            occurred_at=occurred,
            heard_at=heard,
            data=data,
            sequence=said.get("sequence", 0),
        )
        self.happenings.append(Happening(event, path, index))

    def _complain_of_mark(self, path: Path, error: ValueError) -> None:
        """Note a marked time that is none."""
        remedy = "write a time, or {exactly: …} if the object is meant as it stands"
        self._complain(path, "S102", f"a marked time that is none ({error})", HOW_TO_WRITE, remedy)

    def _timed(self, subject: str, wanted: Mapping[str, Any], path: Path, at: Micros) -> dict[str, Any]:
        """Return an expectation with its times as instants."""
        timed = dict(wanted)
        for key in ("wake_up", "until"):
            if wanted.get(key, "none") != "none":
                timed[key] = self._time(wanted[key], (*path, key), at)
        if isinstance(wanted.get("state"), dict) and "since" in wanted["state"]:
            timed["state"] = {
                **wanted["state"],
                "since": self._time(wanted["state"]["since"], (*path, "state", "since"), at),
            }
        if "promise" in wanted:
            timed["promise"] = {
                name: self._timed_promise(one, (*path, "promise", name), at) for name, one in wanted["promise"].items()
            }
        if "fact" in wanted:
            timed["fact"] = {
                name: self._timed_fact(subject, name, one, (*path, "fact", name), at)
                for name, one in wanted["fact"].items()
            }
        return timed

    def _timed_promise(self, wanted: Any, path: Path, at: Micros) -> Any:
        """Return what is expected of one promise with its times as instants."""
        if not isinstance(wanted, dict):
            return wanted
        timed = dict(wanted)
        for key in ("due", "kept_at", "decided_at"):
            if key in wanted:
                timed[key] = (
                    None if wanted[key] in ("undisclosed", "never") else self._time(wanted[key], (*path, key), at)
                )
        return timed

    def _timed_fact(self, subject: str, name: str, wanted: Any, path: Path, at: Micros) -> dict[str, Any]:
        """Return what is expected of one fact as an object, a time or duration in microseconds."""
        full = dict(wanted) if isinstance(wanted, dict) else {"status": "known", "value": wanted}
        types = {fact.name: fact.type for fact in self.cast.of(subject).facts}
        value = full.get("value")
        if types.get(name) == "timestamp" and isinstance(value, str):
            full["value"] = self._time(value, path, at)
        if types.get(name) == "duration" and isinstance(value, str):
            full["value"] = self._time(value, path, None) - self.clock.start
        return full

    def _time(self, text: str, path: Path, here: Micros | None) -> Micros:
        """Return the instant that a written time means; its start, with a problem noted, when it means none."""
        try:
            return self.clock.instant(text, here)
        except ValueError:
            self._complain(path, "S102", f"`{text}`", HOW_TO_WRITE, "write the time in one of these forms")
            return self.clock.start if here is None else here

    def _complain(self, path: Path, code: str, found: str, expected: str, remedy: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(self.document.place(*path), code, found, expected, remedy))
