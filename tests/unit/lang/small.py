"""The smallest pack that has one of everything, and a way to change it."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

import yaml

from troth.errors import Problem
from troth.lang.compile import Compiled, compile_pack
from troth.lang.document import read_document
from troth.lang.lint import lint

FILE = "pack.yaml"

SMALL = """\
pack: pickup
version: 1
title: Pickup in a store
subject: order
request: order.placed
sources:
  oms: {title: the order desk}
  store: {title: the store, heard_for: 15m}
  mirror: {copies: store}
facts:
  placed: {type: bool, authority: [[oms]], otherwise: false}
  picked: {type: bool, authority: [[store, mirror], [oms]], otherwise: false, settle: 90s, fresh_for: 2h}
  shelf: {type: int, authority: [[store]], tolerance: 2, otherwise: 0}
  stage: {type: string, authority: [[store]], progress: [new, packed, gone], otherwise: new}
  ready_at: {type: timestamp, authority: [[store]], tolerance: 5m, otherwise: "2026-03-02T09:00:00Z"}
events:
  order.placed:
    observe: {placed: true}
  order.picked:
    from: [store]
    when: data.units > 0
    observe: {picked: true, shelf: data.shelf, stage: "'packed'", ready_at: timestamp(data.at)}
  order.returned:
    observe: {stage: "'gone'"}
    retract: [picked]
  order.moved: {}
states:
  ready: {when: picked, usable: true, terminal: true, lasts: 5m, tell: [is_ready], tell_within: 10m}
  packed: {when: "stage == 'packed' && shelf > 3 && ready_at < timestamp('2026-03-02T10:00:00Z')"}
  placed: {when: placed}
  before: {when: "!placed"}
transitions:
  before: [placed]
  placed: [packed, ready]
  packed: [ready]
  ready: []
chronology:
  - [placed, picked]
actions:
  collect: {by: customer, available_when: picked}
statements:
  is_ready: {about: pickup, true_when: picked, invites: [collect], valid_for: 2d}
  ready_by: {about: pickup, promise: ready_by, fails_when: shelf > 99}
  checking: {about: pickup, true_when: "!picked"}
messages:
  confirmation:
    {purpose: promise, statements: [ready_by], told_at: {email: delivered, "*": sent}, replace: {"*": looking}}
  ready_note: {purpose: inform, statements: [is_ready], told_at: {"*": sent}, replace: {"*": looking}}
  looking: {purpose: checking, statements: [checking], told_at: {"*": sent}}
promises:
  ready_by:
    made_by: [order.placed, {message: confirmation}]
    made_when: data.promised
    key: data.line
    opens: timestamp(data.opens)
    due: {after: 4h}
    until: inclusive
    grace: 20m
    kept_when: picked
    void_when: shelf > 99
    renewed_by: {event: order.moved, due: {at: timestamp(data.due)}, consent: data.agreed}
cases:
  late: {lapse_of: ready_by}
  lost: {open_when: placed && !picked, owned_when: shelf > 0, closed_when: picked}
segments: {store: Store}
objectives:
  ready_by: {target: 0.95, over: 28d}
"""


def small() -> dict[str, Any]:
    """Return the pack's data, to change."""
    document, problems = read_document(SMALL, FILE)
    assert document is not None, problems
    data: dict[str, Any] = copy.deepcopy(document.data)
    return data


def changed(*path: str | int, to: Any = None, remove: bool = False) -> Compiled:
    """Return the pack compiled with one value changed, added or removed."""
    return altered(small(), path, to, remove=remove)


def altered(data: dict[str, Any], path: Sequence[str | int], to: Any = None, *, remove: bool = False) -> Compiled:
    """Return data compiled with one value of it changed, added or removed."""
    here: Any = data
    for step in path[:-1]:
        here = here[step]
    if remove:
        del here[path[-1]]
    else:
        here[path[-1]] = to
    return compiled(data)


def compiled(data: dict[str, Any]) -> Compiled:
    """Return data compiled as the pack that it is."""
    # Through JSON first: an object used twice would be written as an alias.
    return compile_pack({FILE: yaml.safe_dump(json.loads(json.dumps(data)), sort_keys=False, allow_unicode=True)})


def codes(problems: tuple[Problem, ...]) -> list[str]:
    """Return the codes of problems."""
    return [problem.code for problem in problems]


def warnings(result: Compiled) -> list[tuple[str, str]]:
    """Return (code, path) of the warnings about a pack that has no errors."""
    result.require()
    return [(problem.code, problem.place.path) for problem in lint(result)]
