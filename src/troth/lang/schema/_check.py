"""Checking a document against a JSON Schema, with every error as a located problem."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from troth.errors import Problem
from troth.lang.document import Document, Path, path_text, read_document
from troth.lang.words import did_you_mean, one_of, remedied

_WORDS: Final = {
    "string": "text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
    "object": "a mapping", "array": "a list", "null": "null",
}  # fmt: skip
_EXAMPLES: Final = {
    "string": "one text", "number": "a number without quotes, such as 2.5",
    "integer": "a whole number without quotes, such as 1", "boolean": "true or false, without quotes",
    "object": "a mapping: `key: value`, one a line, further in", "array": "a list, in [ ]", "null": "null",
}  # fmt: skip
_SHORT: Final = 40
_WHOLE: Final = re.compile(r"^-?(0|[1-9][0-9]*)$", re.ASCII)
_NUMBER: Final = re.compile(r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$", re.ASCII)


def check_document(text: str, file: str, schema: Mapping[str, Any]) -> tuple[Document | None, tuple[Problem, ...]]:
    """Return the document that YAML text is, with all problems of its form and of its shape.

    Args:
        text: The YAML text.
        file: Its name, for places.
        schema: A JSON Schema (draft 2020-12).

    Returns:
        The document, or `None` when it could not be read at all; and the problems, by place.
    """
    document, problems = read_document(text, file)
    if document is None:
        return None, problems
    return document, tuple(sorted((*problems, *check_shape(document, schema))))


def check_shape(document: Document, schema: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Return a problem for everything in a document that its schema does not allow, by place."""
    errors = Draft202012Validator(schema).iter_errors(document.data)
    return tuple(sorted({remedied(problem) for error in errors for problem in _problems(document, error, ())}))


def _problems(document: Document, error: ValidationError, above: Path) -> Iterator[Problem]:
    """Yield the problems that one schema error stands for."""
    path: Path = above + tuple(error.relative_path)
    instance: Any = error.instance
    asked: Any = error.validator_value
    place, found = document.place(*path), _shown(instance)
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    match error.validator:
        case "additionalProperties" if schema.get("additionalProperties") is False:
            yield from _unknown_keys(document, instance, schema, path)
        case "required":
            yield from _missing_keys(document, instance, schema, path)
        case "type":
            types = _listed(asked)
            yield Problem(place, "P113", _at(path, found), _types(types), _type_remedy(instance, types))
        case "enum" | "const":
            allowed = asked if error.validator == "enum" else [asked]
            words = [_shown(word) for word in allowed]
            remedy = did_you_mean(str(instance), [str(word) for word in allowed])
            yield Problem(place, "P114", _at(path, found), one_of(words), remedy)
        case "pattern":
            key = _bad_key(error)
            if key is not None:
                place, found = document.key_place(*path, key), f"the name `{key}`"
            yield Problem(place, "P115", found if key is not None else _at(path, found), _form(schema))
        case "anyOf" | "oneOf":
            yield from _alternatives(document, error, path)
        case _:
            yield Problem(place, "P116", _at(path, found), _bound(error), "")


def _unknown_keys(
    document: Document, instance: Mapping[str, Any], schema: Mapping[str, Any], path: Path
) -> Iterator[Problem]:
    """Yield a problem for each key that the schema does not know."""
    known = list(schema.get("properties", {}))
    patterns = list(schema.get("patternProperties", {}))
    for key in instance:
        if key in known or any(re.search(pattern, key) for pattern in patterns):
            continue
        remedy = did_you_mean(key, known) or "remove it, or put it where it belongs"
        yield Problem(
            document.key_place(*path, key), "P111", f"the unknown key `{key}`{_in(path)}", one_of(known), remedy
        )


def _missing_keys(
    document: Document, instance: Mapping[str, Any], schema: Mapping[str, Any], path: Path
) -> Iterator[Problem]:
    """Yield a problem for each required key that is not there."""
    for key in schema.get("required", ()):
        if key not in instance:
            about = schema.get("properties", {}).get(key, {})
            place = document.key_place(*path)
            remedy = f"add `{key}:` ({about['description'].rstrip('.')})" if "description" in about else f"add `{key}:`"
            yield Problem(place, "P112", f"{_subject(path)} without `{key}`", f"the key `{key}`", remedy)


def _alternatives(document: Document, error: ValidationError, path: Path) -> Iterator[Problem]:
    """Yield the problems of the one form that was meant, or one problem that lists the forms."""
    forms: Any = error.validator_value
    meant = [index for index, form in enumerate(forms) if _fits(error.instance, form)]
    inner = [below for below in error.context or () if meant and below.relative_schema_path[0] == meant[0]]
    if len(meant) == 1 and inner:
        for below in inner:
            yield from _problems(document, below, path)
        return
    titles = [str(form.get("title") or _types(_listed(form.get("type", "object")))) for form in forms]
    yield Problem(document.place(*path), "P117", _at(path, _shown(error.instance)), " or ".join(dict.fromkeys(titles)))


def _fits(instance: Any, form: Mapping[str, Any]) -> bool:
    """Return whether a form is of the instance's JSON type: then it is the one that was meant."""
    return "type" in form and Draft202012Validator({"type": form["type"]}).is_valid(instance)


def _listed(types: str | list[str]) -> list[str]:
    """Return JSON types as a list."""
    return [types] if isinstance(types, str) else types


def _types(types: Sequence[str]) -> str:
    """Return JSON types in words."""
    return " or ".join(_WORDS[kind] for kind in types)


def _type_remedy(instance: Any, types: Sequence[str]) -> str:
    """Return what to do about a value of the wrong type, where that is plain."""
    if "string" in types and isinstance(instance, int | float):
        return "put it in quotes"
    if "array" in types and isinstance(instance, str):
        return f"write [{instance}]" if len(instance) < _SHORT else "write a list"
    if instance is None:
        return "give a value, or leave the key out"
    if isinstance(instance, str) and _is_plain(instance, types):
        return f"write {instance}, without quotes"
    return f"write {' or '.join(_EXAMPLES[kind] for kind in types)}"


def _is_plain(text: str, types: Sequence[str]) -> bool:
    """Return whether a text is a number, or true or false, that only lacks its type for the quotes around it."""
    if "boolean" in types and text in ("true", "false"):
        return True
    return ("integer" in types and _WHOLE.match(text) is not None) or (
        "number" in types and _NUMBER.match(text) is not None
    )


def _bad_key(error: ValidationError) -> str | None:
    """Return the key that an error of `propertyNames` is about; `None` for an error about a value."""
    if "propertyNames" not in error.relative_schema_path:
        return None
    return str(error.instance)


def _form(schema: Mapping[str, Any]) -> str:
    """Return what a pattern asks for, in words where the schema gives them."""
    return str(schema.get("$comment") or f"text that matches {schema.get('pattern')}")


def _bound(error: ValidationError) -> str:
    """Return in words what a bound on size or number asks for."""
    limit = error.validator_value
    words = {
        "minLength": "text that is not empty", "maxLength": f"at most {limit} characters",
        "minItems": f"at least {limit} of them", "maxItems": f"at most {limit} of them", "uniqueItems": "each of "
        "them once",
        "minProperties": f"at least {limit} of them", "maxProperties": f"at most {limit} of them",
        "minimum": f"at least {limit}", "maximum": f"at most {limit}",
        "exclusiveMinimum": f"more than {limit}", "exclusiveMaximum": f"less than {limit}",
    }  # fmt: skip
    return words.get(str(error.validator), error.message)


def _shown(instance: Any) -> str:
    """Return a value as its writer would recognise it, shortened."""
    if isinstance(instance, dict):
        return "a mapping" if instance else "an empty mapping"
    if isinstance(instance, list):
        return "a list" if instance else "an empty list"
    shown = f"`{instance}`" if isinstance(instance, str) else json.dumps(instance, ensure_ascii=False)
    return shown if len(shown) <= 80 else shown[:77] + "..."


def _at(path: Path, found: str) -> str:
    """Return what was found, with the key it was found at."""
    return f"{found} at `{path_text(path)}`" if path else found


def _in(path: Path) -> str:
    """Return where an unknown key was found."""
    return f" in `{path_text(path)}`" if path else ""


def _subject(path: Path) -> str:
    """Return the name of an incomplete thing."""
    return f"`{path_text(path)}`" if path else "the document"
