"""A firm with stores that errs on purpose, with the truth known beside it.

`Firm` is the world and what its systems say of it; `conduct` brings it before a service through a `Driver`; `Score`
judges the service from the truth beside the simulator and by an oracle of its own, which calls no engine.
"""

from __future__ import annotations

from troth.sim.faults import Faults
from troth.sim.firm import Firm

__all__ = ["Faults", "Firm"]
