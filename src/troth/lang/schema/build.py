"""Words to write JSON Schemas with: short, and never without a title and a description.

Every field of a document written by people gets both, because editors show them while one types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

Schema: TypeAlias = dict[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
NAME: Final = r"^[a-z][a-z0-9_]*$(?!\n)"
NAME_WORDS: Final = "a name of small letters, digits and _, a letter first"
DURATION: Final = r"^(\d+(\.\d+)?(ms|s|m|h|d|w))+$"


def text(title: str, description: str, **more: Any) -> Schema:
    """Return the schema of a line or more of text."""
    return {"type": "string", "minLength": 1, "title": title, "description": description, **more}


def word(title: str, description: str) -> Schema:
    """Return the schema of a name that the writer chooses."""
    return text(title, description, pattern=NAME, **{"$comment": NAME_WORDS})


def name(title: str, description: str) -> Schema:
    """Return the schema of a reference to something that the document names."""
    return text(title, description, maxLength=200)


def choice(title: str, description: str, values: Sequence[str]) -> Schema:
    """Return the schema of one of a few words."""
    return {"enum": list(values), "title": title, "description": description}


def duration(title: str, description: str) -> Schema:
    """Return the schema of a duration such as `90s`, `1h30m`, `14d`."""
    form = "a duration such as 90s, 1h30m or 14d"
    return {"type": "string", "pattern": DURATION, "title": title, "description": description, "$comment": form}


def flag(title: str, description: str) -> Schema:
    """Return the schema of true or false, false when left out."""
    return {"type": "boolean", "default": False, "title": title, "description": description}


def number(title: str, description: str, **more: Any) -> Schema:
    """Return the schema of a number."""
    return {"type": "number", "title": title, "description": description, **more}


def rule(title: str, description: str) -> Schema:
    """Return the schema of a condition over facts: CEL, or plain true or false."""
    return {
        "type": ["string", "boolean"],
        "minLength": 1,
        "title": title,
        "description": f"{description} CEL over the facts.",
    }


def value(title: str, description: str) -> Schema:
    """Return the schema of a value taken from an event: text is CEL over `data`, anything else stands for itself."""
    said = f"{description} Text is CEL over the event's `data`; a number, true, false or null stands for itself."
    return {"type": ["string", "number", "boolean", "null"], "title": title, "description": said}


def many(title: str, description: str, items: Schema, *, least: int = 0, unique: bool = True) -> Schema:
    """Return the schema of a list."""
    return {
        "type": "array",
        "items": items,
        "minItems": least,
        "uniqueItems": unique,
        "title": title,
        "description": description,
    }


def record(title: str, description: str, fields: Mapping[str, Schema], *, required: Sequence[str] = ()) -> Schema:
    """Return the schema of a mapping with these keys and no others."""
    return {
        "type": "object",
        "properties": dict(fields),
        "required": list(required),
        "additionalProperties": False,
        "title": title,
        "description": description,
    }


def named(title: str, description: str, each: Schema, *, pattern: str = NAME, least: int = 0, form: str = "") -> Schema:
    """Return the schema of a mapping from names that the writer chooses to things of one kind.

    Args:
        title: For people.
        description: For people.
        each: Schema of every member.
        pattern: What a name looks like.
        least: How many members there must be.
        form: The pattern in words, for the problem's `expected`.
    """
    words = form or NAME_WORDS
    return {
        "type": "object",
        "additionalProperties": each,
        "propertyNames": {"pattern": pattern, "$comment": words},
        "minProperties": least,
        "title": title,
        "description": description,
    }


def either(title: str, description: str, *forms: Schema) -> Schema:
    """Return the schema of a value that may have one of several forms, told apart by their JSON types."""
    return {"anyOf": list(forms), "title": title, "description": description}


def document(
    identifier: str, title: str, description: str, fields: Mapping[str, Schema], *, required: Sequence[str]
) -> Schema:
    """Return the schema of a whole document."""
    head = {"$schema": DRAFT, "$id": f"urn:troth:schema:{identifier}"}
    return {**head, **record(title, description, fields, required=required)}


TITLE: Final = text("Title", "In words, for people.")
"""The schema of the title that most things have."""
