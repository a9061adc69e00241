"""CloudEvents over HTTP: structured, binary and batch mode become decoded envelopes; judging them is the runtime's.

What cannot be decoded goes on as the text that came, so that it ends in quarantine like everything else refused.

Source: CloudEvents 1.0.2, HTTP protocol binding.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import unquote_to_bytes

import msgspec
from starlette.datastructures import Headers

from troth.surfaces.api.problem import ApiError

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
_PREFIX: Final = "ce-"
_JSON: Final = re.compile(r"[a-z0-9!#$&^_.-]+/(?:[a-z0-9!#$&^_.-]+\+)?json")
_ESCAPED: Final = re.compile(r"\\(.)")

Mode = Literal["structured", "binary", "batch"]


class Received(msgspec.Struct, frozen=True):
    """What came in one request.

    Attributes:
        mode: How it came.
        events: Decoded envelopes; what could not be decoded, as the bytes that came.
        broken: True when the text is no JSON (of a batch: no JSON array).
    """

    mode: Mode
    events: list[Any]
    broken: bool = False


def received(headers: Headers, body: bytes) -> Received:
    """Return the events of a request.

    Args:
        headers: Of the request.
        body: Of the request.

    Raises:
        ApiError: H103, the media type is none that events come in.
    """
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == STRUCTURED:
        return _structured(body)
    if media == BATCH:
        return _batch(body)
    if any(name.startswith(_PREFIX) for name in headers):
        return Received("binary", [_binary(headers, body)])
    said = f"send {STRUCTURED}, {BATCH}, or attributes in headers ce-…"
    raise ApiError(415, "H103", said, headers={"Accept": f"{STRUCTURED}, {BATCH}, application/json"})


def _structured(body: bytes) -> Received:
    """Return the event of a body that is one; what is no JSON stays bytes, for as a text it might be read after all."""
    decoded = _decoded(body)
    if decoded is msgspec.UNSET:
        return Received("structured", [body], broken=True)
    # An array in this mode is no event; as a text it would be read as a batch.
    return Received("structured", [_member(decoded)])


def _batch(body: bytes) -> Received:
    """Return the events of a body that is a list of them."""
    decoded = _decoded(body)
    if isinstance(decoded, list):
        return Received("batch", [_member(one) for one in decoded])
    return Received("batch", [body if decoded is msgspec.UNSET else decoded], broken=True)


def _member(decoded: Any) -> Any:
    """Return what stands where an event should: a JSON string stays one, whatever might be read from its text."""
    return msgspec.json.encode(decoded) if isinstance(decoded, str) else decoded


def _binary(headers: Headers, body: bytes) -> dict[str, Any]:
    """Return the envelope whose attributes are headers, and whose data are the body."""
    envelope: dict[str, Any] = {}
    for name, value in headers.items():
        if name.startswith(_PREFIX):
            attribute = name.removeprefix(_PREFIX)
            # A header that comes twice has no one value: the list of them is refused as no text.
            said = _attribute(value)
            envelope[attribute] = [envelope[attribute], said] if attribute in envelope else said
    # These three are no attributes by this way: the body is the data, Content-Type is their type.
    for name in ("data", "data_base64", "datacontenttype"):
        if name in envelope:
            envelope[f"ce-{name}"] = envelope.pop(name)
    media = headers.get("content-type")
    if media is not None:
        envelope["datacontenttype"] = media
    if body:
        envelope |= _data(body, media)
    return envelope


def _attribute(value: str) -> str:
    """Return an attribute's text: quotes taken off, then percent-decoded once, as UTF-8."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = _ESCAPED.sub(r"\1", value[1:-1])
    if "%" not in value:
        return value
    return unquote_to_bytes(value.encode("latin-1", "replace")).decode("utf-8", "surrogateescape")


def _data(body: bytes, media: str | None) -> Mapping[str, Any]:
    """Return the member that holds the payload."""
    kind = (media or "application/json").partition(";")[0].strip().lower()
    if _JSON.fullmatch(kind):
        decoded = _decoded(body)
        return {"data": _text(body) if decoded is msgspec.UNSET else decoded}
    if kind.startswith("text/"):
        return {"data": _text(body)}
    return {"data_base64": base64.b64encode(body).decode()}


def _decoded(body: bytes) -> Any:
    """Return the value of a JSON text; UNSET when it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return msgspec.UNSET


def _text(body: bytes) -> str:
    """Return a body as text."""
    return body.decode("utf-8", "replace")
