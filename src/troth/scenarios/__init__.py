"""Scenarios: one story about one pack on a relative clock, with what is expected on the way.

`parse` reads a story, `run` tells it to the engine and compares. Every story is told in several orders of arrival,
too: the record must not depend on them. The language is described in `schema` (JSON Schema) and `clock` (how times are
written).
"""

from __future__ import annotations

from troth.scenarios.language import Failure, Result, Results, Scenario
from troth.scenarios.parse import parse
from troth.scenarios.runner import run, run_text
from troth.scenarios.schema import SCHEMA

__all__ = ["SCHEMA", "Failure", "Result", "Results", "Scenario", "parse", "run", "run_text"]
