"""The gate: may this be said to this customer now? Pure: record, customer, request and moment in, decision out."""

from troth.engine.gate.decide import CHECKS, decide
from troth.engine.gate.look import look_at

__all__ = ["CHECKS", "decide", "look_at"]
