"""The HTTP interface: events in, questions answered, truth and cases read, over one live service.

Hot routes (events, ask, confirm) are raw Starlette routes over msgspec; everything else is FastAPI. `create_app` puts
them together behind one guard, which counts, limits, authenticates and answers problems for all of them.
"""

from __future__ import annotations

__all__: list[str] = []
