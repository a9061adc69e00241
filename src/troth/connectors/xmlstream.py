"""Walking through an XML file of any size, element by element, safely.

Entities are refused where they are declared: an event log needs none, and a few lines of them could fill the memory
(CWE-776) or read other files (CWE-611). Depth is bounded as well. Source: OWASP, XML External Entity Prevention.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final, NoReturn, Protocol
from xml.parsers import expat

from troth.connectors.forms import open_plain
from troth.errors import Place, Problem, SourceError

DEPTH_MAX: Final = 100
"""The most levels of elements: logs have fewer than ten, plus one for each level of a list."""

_BLOCK: Final = 1 << 18


class Handler(Protocol):
    """What follows the elements of a file."""

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        """See an element begin; its name is without prefix."""
        ...

    def end(self, name: str, text: str) -> None:
        """See an element end; `text` is what stands in it beside elements."""
        ...


class _Walk:
    """The state of one walk."""

    def __init__(self, file: Path, handler: Handler, *, texts: bool) -> None:
        """Prepare a parser that refuses entities."""
        self._file = file
        self._handler = handler
        self._depth = 0
        self._texts: list[list[str]] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        if texts:
            self.parser.buffer_text = True
            self.parser.CharacterDataHandler = self._data
        self._keeps = texts
        self.parser.EntityDeclHandler = self._refuse_entity
        self.parser.ExternalEntityRefHandler = self._refuse_entity
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        """Hand a beginning on."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            self.fail("D103", f"elements {DEPTH_MAX} levels deep", "fewer levels", "no event log needs so many")
        if self._keeps:
            self._texts.append([])
        plain = name if ":" not in name else name.rpartition(":")[2]
        self._handler.start(plain, attributes, self.parser.CurrentLineNumber)

    def _end(self, name: str) -> None:
        """Hand an end on."""
        self._depth -= 1
        plain = name if ":" not in name else name.rpartition(":")[2]
        self._handler.end(plain, "".join(self._texts.pop()) if self._keeps else "")

    def _data(self, text: str) -> None:
        """Keep text of the element that is open."""
        if self._texts:
            self._texts[-1].append(text)

    def _refuse_entity(self, *_: object) -> NoReturn:
        """Refuse an entity."""
        self.fail("D102", "the file declares an entity", "plain XML", "remove the DOCTYPE; a log needs no entities")

    def fail(self, code: str, found: str, expected: str, remedy: str) -> NoReturn:
        """Raise an error at the present place."""
        place = Place(self._file.name, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)
        raise SourceError(Problem(place, code, found, expected, remedy))


def walk(file: Path, handler: Handler, *, texts: bool = True) -> None:
    """Walk through a file, gzipped or not, and tell a handler of each element.

    Args:
        file: The file.
        handler: Who follows.
        texts: Keep what stands between elements; without it walking is faster.

    Raises:
        SourceError: D101 not well-formed, D102 an entity, D103 too deep, M111 not readable; with line and column.
    """
    walking = _Walk(file, handler, texts=texts)
    try:
        with open_plain(file) as stream:
            while block := stream.read(_BLOCK):
                walking.parser.Parse(block, False)
        walking.parser.Parse(b"", True)
    except expat.ExpatError as error:
        place = Place(file.name, error.lineno, error.offset + 1)
        said = expat.errors.messages.get(error.code, str(error))
        remedy = "is the file whole? copy or download it again"
        raise SourceError(Problem(place, "D101", f"not well-formed: {said}", "well-formed XML", remedy)) from error
    except (OSError, EOFError, zlib.error, ValueError, LookupError) as error:
        place = Place(file.name, walking.parser.CurrentLineNumber, 1)
        found = f"the file cannot be read: {error}"
        raise SourceError(Problem(place, "M111", found, "a whole file", "copy or download it again")) from error
