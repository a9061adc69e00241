"""Elements as escaped text: the only place where a chart's text becomes markup."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape


def element(name: str, *children: Any, **attributes: Any) -> Markup:
    """Return an element; texts among its children are escaped, and so are the values of its attributes.

    Names of attributes are written with `_` for `-`, and a `_` at their end where Python has a word of its own; an
    attribute that is `None` is left out.

    >>> element("text", "a < b", x=1.0, class_="label", text_anchor="end")
    Markup('<text x="1" class="label" text-anchor="end">a &lt; b</text>')
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(number(value) if isinstance(value, float) else value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(child) for child in children)
    start = f"<{name}{said}"
    return Markup(f"{start}>{inner}</{name}>" if inner else f"{start}/>")  # noqa: S704 - every part is escaped above


def number(value: float) -> str:
    """Return a coordinate: at most two places, no zero that says nothing.

    >>> number(12.0), number(0.126), number(-0.001)
    ('12', '0.13', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
