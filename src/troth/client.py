"""The client of a service, and the gate before a sender: `from troth.client import Client, Gate`."""

from __future__ import annotations

from troth.surfaces.client import *  # noqa: F403 - this module is the short name of that one
from troth.surfaces.client import __all__  # noqa: F401 - see above
