"""Templates: everything put into them is escaped, a name that is not there is an error, texts are translated."""

from __future__ import annotations

import importlib.resources
from functools import lru_cache
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from troth.surfaces.web.assets import address_of
from troth.surfaces.web.locales import LANGUAGES, Reader, catalogue

_FOLDER: Final = "templates"
_UNSAFE: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render(template: str, reader: Reader, **values: Any) -> str:
    """Return a page, or a part of one.

    Args:
        template: Name of a file in `templates`.
        reader: Who reads.
        values: What the template names.
    """
    return _environment(reader.language).get_template(template).render(reader=reader, **values)


@lru_cache(maxsize=len(LANGUAGES))
def _environment(language: str) -> Environment:
    """Return the templates in a language."""
    made = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"asset": address_of}
    made.filters |= {"script": script}
    return made


def script(text: str) -> Markup:
    r"""Return a JSON text that may stand in a data block: nothing in it ends the block or begins a tag.

    >>> str(script('{"a": "</script>"}'))
    '{"a": "\\u003c/script\\u003e"}'
    """
    for letter, code in _UNSAFE.items():
        text = text.replace(letter, code)
    return Markup(text)  # noqa: S704 - every letter that HTML reads has just been taken out


def _source(name: str) -> str | None:
    """Return the text of a template; `None` where there is none."""
    file = importlib.resources.files(__package__ or "") / _FOLDER / name
    return file.read_text(encoding="utf-8") if file.is_file() else None
