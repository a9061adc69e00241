"""Pages of the codes E: events that are refused. They go to quarantine as they came."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_PAGES: Final = (
    Page(
        "E101",
        "What came is no JSON object.",
        "An event is one JSON object in the CloudEvents 1.0 format; a batch is an array of such objects.",
        '"order 17 picked"',
        "Send each event as one object.",
    ),
    Page(
        "E102",
        "A required attribute is missing.",
        "CloudEvents requires specversion, id, source and type. Source and id together are the event's identity: "
        "without them a repetition could not be told from news.",
        '{"specversion": "1.0", "source": "oms", "type": "order.placed"}',
        "Have the source send the attribute.",
    ),
    Page(
        "E103",
        "An attribute is empty or is not text.",
        "id, source, type, subject, datacontenttype, dataschema and time are text that is not empty. An optional one "
        "may be omitted or null.",
        '{"specversion": "1.0", "id": 25, "source": "oms", "type": "order.placed"}',
        'Send it as text ("25"), or omit it if it is optional.',
    ),
    Page(
        "E104",
        "The version of CloudEvents is not 1.0.",
        "Other versions name and mean some attributes differently.",
        '{"specversion": "0.3", "id": "1", "source": "oms", "type": "order.placed"}',
        "Have the source send CloudEvents 1.0.",
    ),
    Page(
        "E105",
        "The time is no RFC 3339 timestamp.",
        "A timestamp has date, time with seconds, and an offset. Without an offset it means another moment in each "
        "zone, and troth does not guess.",
        '{..., "time": "2026-03-02 09:00"}',
        "Send 2026-03-02T09:00:00Z or 2026-03-02T10:00:00+01:00. Without any time, the moment of arrival counts.",
    ),
    Page(
        "E106",
        "An attribute's name is not allowed.",
        "Names of attributes consist of lower-case letters a to z and digits.",
        '{..., "my.extension": "x"}',
        "Rename it (`myextension`), or put it into data.",
    ),
    Page(
        "E107",
        "An attribute's value is not allowed.",
        "An extension is text, true, false or a whole number of 32 bits. Richer values belong into data.",
        '{..., "weight": 1.5}',
        "Put it into data.",
    ),
    Page(
        "E108",
        "There are both data and data_base64.",
        "The payload is one or the other; which one counts would be a guess.",
        '{..., "data": "text", "data_base64": "dGV4dA=="}',
        "Send one of them.",
    ),
    Page(
        "E109",
        "data_base64 is no Base64 text.",
        "It carries bytes in the Base64 alphabet with padding (RFC 4648).",
        '{..., "data_base64": "not base64!"}',
        "Correct the encoding where the event is made, or send the payload as data.",
    ),
    Page(
        "E110",
        "datacontenttype is no media type.",
        "It has the form type/subtype, with parameters if need be (RFC 2046).",
        '{..., "datacontenttype": "xyz"}',
        "Send application/json, or omit it: JSON is what is assumed.",
    ),
    Page(
        "E111",
        "source or dataschema is no URI.",
        "source is a URI reference, such as `oms` or https://shop.example/oms; dataschema an absolute URI. Spaces and "
        "letters beyond ASCII are percent-encoded.",
        '{..., "source": "order system"}',
        "Name the source without spaces, as the pack declares it.",
    ),
    Page(
        "E112",
        "An attribute holds characters that are not allowed.",
        "Control characters, surrogates and Unicode noncharacters are no part of a CloudEvents text.",
        '{..., "subject": "order/\\u0000"}',
        "Remove them where the event is made.",
    ),
    Page(
        "E120",
        "The event names no subject.",
        "It is a valid CloudEvent, but troth keeps one state for each subject: without one the event belongs nowhere.",
        '{"specversion": "1.0", "id": "1", "source": "oms", "type": "order.placed"}',
        'Have the source send what the customer waits on: "subject": "order/17".',
    ),
    Page(
        "E121",
        "The data are no JSON object.",
        "Packs read members of the payload by name, so it has to be a JSON object. No data at all is an empty one.",
        '{..., "datacontenttype": "text/plain", "data": "picked"}',
        'Send {"value": "picked"} instead, or map the source with a connector.',
    ),
    Page(
        "E122",
        "The event lies in the future.",
        "Its time (or heardat) is after now by more than the tolerance for clocks that differ (5 minutes). Counted "
        "now, it would tell customers what has not happened.",
        '{..., "time": "2099-01-01T00:00:00Z"}',
        "Set the source's clock right. When the moment has come, `troth quarantine replay` takes the event in.",
    ),
    Page(
        "E123",
        "The sequence is no whole number.",
        "The extension sequence orders events of one source and moment; it is a whole number, or text that is one.",
        '{..., "sequence": "first"}',
        "Send a number, or omit it.",
    ),
    Page(
        "E124",
        "data.attributes is no object.",
        "This member is reserved: each of its members becomes an attribute (segment) of the subject.",
        '{..., "data": {"attributes": "red"}}',
        "Send an object, or give the member another name.",
    ),
    Page(
        "E125",
        "The event cannot be stored.",
        "It holds a value beyond what the ledger keeps without loss: a whole number of more than 64 bits, an unpaired "
        "surrogate, or nesting without end.",
        '{..., "data": {"serial": 123456789012345678901234567890}}',
        "Send such a value as text.",
    ),
    Page(
        "E126",
        "An event in troth's own name.",
        "The source `troth` is that of decisions, confirmations and cases, which only the service writes. Whoever else "
        "could write them could send what the gate has refused.",
        '{"source": "troth", "type": "troth.decided", …}',
        "Name the system that reports as the source.",
    ),
    Page(
        "E127",
        "An event that no pack is for.",
        "No pack was named, and none of those that are served has subjects of this noun.",
        '{"subject": "parcel/9", …} where only store_pickup is served',
        "Name the pack (`?pack=`), or serve the one that has such subjects.",
    ),
    Page(
        "E130",
        "Two contents have the same source and id.",
        "Source and id are an event's identity. The content heard earlier stands (of two heard at once, the one with "
        "the smaller content hash); the others are kept in quarantine and counted. They are never merged, and not "
        "replayed.",
        '{"id": "1", "source": "oms", "data": {"state": "picked"}}, then\n'
        '{"id": "1", "source": "oms", "data": {"state": "packed"}}',
        "Have the source give each report an id of its own. If the one in quarantine is right, send it again under a "
        "new id, and withdraw the other with a correction event.",
    ),
)

PAGES: Final[dict[str, Page]] = {page.code: page for page in _PAGES}
