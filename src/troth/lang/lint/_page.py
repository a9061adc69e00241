"""Warnings about the status page: what customers would read in the wrong language."""

from __future__ import annotations

from troth.lang.compile._draft import Draft
from troth.lang.compile._page import texts_of
from troth.lang.lint._view import View

_SHOWN = 3


def missing_translations(view: View) -> None:
    """W125: a language that lacks texts which customers read."""
    known = texts_of(Draft(view.document))
    for language, texts in view.pack.page.texts.items():
        missing = [text for text in known if text not in texts]
        if missing:
            shown = ", ".join(f"`{text}`" for text in missing[:_SHOWN])
            more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            view.warn(
                "W125",
                ("page", "texts", language),
                language,
                f"{len(missing)} of {len(known)} texts without a translation: {shown}{more}",
                "all that customers read in this language",
                f"translate them under `page.texts.{language}`",
            )


CHECKS = (missing_translations,)
