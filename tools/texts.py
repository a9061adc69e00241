"""Brings the catalogues of the pages' texts up to date with the source: new texts come in, those that are gone go out.

A translator fills in `msgstr`. A test fails while a text is not translated, or stands in a catalogue for nothing.

Usage: python -m tools.texts [--check]
"""

from __future__ import annotations

import re
import sys
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from tools.lint.tree import ROOT
from troth.surfaces.web.locales import CATALOGUE, LANGUAGES

SOURCE: Final = ROOT / "src/troth/surfaces/web"
_METHODS: Final = [("**.py", "python"), ("**.j2", "jinja2")]
_OPTIONS: Final = {"**.j2": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
_KEYWORDS: Final = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None, "mark": None}
_HOLE: Final = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


def extracted() -> Catalog:
    """Return every text of the source, with the files that it stands in."""
    found = Catalog(charset="utf-8")
    texts = extract_from_dir(SOURCE, _METHODS, _OPTIONS, _KEYWORDS)
    for file, _, message, comments, context in sorted(texts, key=lambda one: (one[0], one[1])):
        # Lines move with every change; a translator needs the file.
        found.add(message, locations=[(Path(file).as_posix(), 0)], auto_comments=comments, context=context)
    return found


def read(language: str) -> Catalog:
    """Return the catalogue of a language; an empty one where there is none."""
    path = SOURCE / "locales" / language / CATALOGUE
    if not path.is_file():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def renewed(language: str) -> Catalog:
    """Return the catalogue of a language with exactly the texts of the source."""
    known, made = read(language), Catalog(locale=language, charset="utf-8", project="troth")
    for message in extracted():
        if message.id:
            old = known.get(message.id)
            locations = sorted({(file, 0) for file, _ in message.locations})
            made.add(message.id, old.string if old is not None else "", locations=locations)
    return made


def text_of(catalogue: Catalog) -> str:
    """Return a catalogue as it is kept: without dates, so that nothing changes but texts."""
    written = BytesIO()
    write_po(written, catalogue, width=120, omit_header=True, include_lineno=False, sort_output=True)
    head = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: {catalogue.locale}\\n"\n\n'
    return head + written.getvalue().decode().strip() + "\n"


def problems(language: str) -> list[str]:
    """Return what is wrong with a catalogue: texts that are missing, too many, or have other values than the source."""
    wanted = {message.id for message in extracted() if message.id}
    known = {message.id: message.string for message in read(language) if message.id}
    found = [f"not translated: {text}" for text in sorted(wanted) if not known.get(text)]
    found += [f"not in the source: {text}" for text in sorted(known.keys() - wanted)]
    found += [f"other values: {text}" for text, said in known.items() if said and holes(str(text)) != holes(str(said))]
    return found


def holes(text: str) -> set[str]:
    """Return the names of the values that a text takes."""
    return {one or other for one, other in _HOLE.findall(text)}


def main(arguments: list[str]) -> int:
    """Write the catalogues anew, or say what is wrong with them."""
    code = 0
    for language in LANGUAGES[1:]:
        if "--check" not in arguments:
            path = SOURCE / "locales" / language / CATALOGUE
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text_of(renewed(language)), encoding="utf-8")
        for problem in problems(language):
            print(f"{language}: {problem}")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
