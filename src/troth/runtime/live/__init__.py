"""The live service: one writer that takes in events, answers the gate's questions and tells the world what follows.

Source: decision 0016.
"""

from troth.runtime.live.service import LiveService

__all__ = ["LiveService"]
