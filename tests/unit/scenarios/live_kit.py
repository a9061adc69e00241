"""A small pack whose messages are put to the gate, and stories about it."""

from __future__ import annotations

from functools import cache

from troth.lang.compile import compile_pack
from troth.model.pack import Pack
from troth.scenarios import Result, run_text

PACK = """\
pack: parcel
version: 1
title: A parcel
subject: parcel
request: parcel.sent
customer: data.customer
contact: {at_most: [{count: 1, per: 1d, purposes: [survey]}]}
sources: {depot: {title: the depot}, driver: {title: the driver}}
facts:
  sent: {type: bool, authority: [[depot]], otherwise: false}
  there: {type: bool, authority: [[driver]], otherwise: false}
events:
  parcel.sent: {observe: {sent: true}}
  parcel.there: {observe: {there: true}}
  parcel.gone: {observe: {there: false}}
states:
  there: {when: there, title: There}
  sent: {when: sent, title: On its way}
  before: {when: "!sent", title: Not sent}
statements:
  is_there: {about: arrival, true_when: there}
  looking: {about: arrival, true_when: "!there"}
messages:
  arrived:
    {purpose: inform, statements: [is_there], told_at: {"*": sent}, replace: {"*": sorry}, fail: closed, hold_for: 2h,
     meanwhile: sorry}
  sorry: {purpose: checking, statements: [looking], told_at: {"*": sent}, fail: closed}
  survey:
    {purpose: survey, statements: [is_there], told_at: {"*": sent}, fail: closed, hold_for: 9d, relevant_when: there,
     reminder: true}
promises:
  in_two_days: {made_by: parcel.sent, due: {after: 2d}, kept_when: there}
cases:
  late: {lapse_of: in_two_days}
  wrong: {of: contradiction, dwell: 1h}
"""
SENT = "{at: 0m, event: {source: depot, type: parcel.sent, data: {customer: customer/17}}}"
KNOWN = (
    "{at: 0m, subject: customer/17, event: {source: crm, type: customer.registered, data: {consent: {survey: true}}}}"
)


@cache
def parcels() -> Pack:
    """Return the pack."""
    return compile_pack({"pack.yaml": PACK}).require()


def parcel_story(*steps: str, more: str = "") -> Result:
    """Run a story about a parcel, each step in flow style."""
    head = ["scenario: a story", "pack: parcel", "start: 2026-03-02T09:00:00Z", *more.splitlines(), "timeline:"]
    return run_text(parcels(), "\n".join([*head, *(f"  - {step}" for step in steps)]))
