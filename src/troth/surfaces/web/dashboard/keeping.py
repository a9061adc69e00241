"""Answers kept beside the tables that they were worked out from: a server that starts anew finds them there.

Tables are named by all that they were made of, so that an answer next to them holds for as long as they do. It is named
by its question, and by the code that answers: another version works it out for itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import msgspec

import troth.measures
from troth.surfaces.web.dashboard.figuring import Found

FOLDER: Final = "answers"
_LIBRARIES: Final = ("duckdb", "ibis-framework", "numpy", "pyarrow", "scipy")
"""What figures are worked out with, beside our own code."""

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Found).decode


def kept(place: Path | None, question: Any, work: Callable[[], Found]) -> Found:
    """Return an answer from where it is kept, else work it out and keep it.

    Args:
        place: The folder of the tables; `None`: they are kept nowhere, nor is the answer.
        question: All that the answer depends on beside the tables; plain data.
        work: Works it out.
    """
    if place is None:
        return work()
    name = hashlib.blake2b(msgspec.msgpack.encode((stamp(), question)), digest_size=16).hexdigest()
    file = place / FOLDER / f"{name}.msgpack"
    # Whatever cannot be read is worked out again.
    with suppress(OSError, msgspec.MsgspecError):
        return _decode(file.read_bytes())
    body = _encode(work())
    # The tables may be gone by now, and so may the room on the disk: the answer is there all the same.
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=file.parent, suffix=".partial", delete=False) as room:
            room.write(body)
        Path(room.name).replace(file)
    # As it will be read the next time: nobody is to see a difference.
    return _decode(body)


@lru_cache(maxsize=1)
def stamp() -> str:
    """Return what tells this code from any other that might answer differently."""
    digest = hashlib.blake2b(digest_size=16)
    for package in (Path(troth.measures.__file__).parent, Path(__file__).parent):
        for file in sorted(package.rglob("*.py")):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    digest.update(" ".join(version(name) for name in _LIBRARIES).encode())
    return digest.hexdigest()
