"""Pages of the codes H: the HTTP interface, its keys and its settings."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_CURL = "curl -H 'Authorization: Bearer troth_…' http://127.0.0.1:8080"

_PAGES: Final = (
    Page(
        "H101",
        "The body is not the JSON that its media type says.",
        "Nothing of it was taken; what came as an event is kept in quarantine. Bodies are JSON in UTF-8.",
        f"{_CURL}/v1/ask -H 'Content-Type: application/json' -d '{{'",
        "Send JSON, or name the media type that the body has.",
    ),
    Page(
        "H102",
        "The body has not the form that this request takes.",
        "A member is missing, has another type, or is not known here. Nothing was done. "
        "Members that are not known are refused, because a misspelt one would be a silent default.",
        f"{_CURL}/v1/ask -H 'Content-Type: application/json' -d '{{\"id\": 7}}'",
        "Compare it with the schema in /openapi.json.",
    ),
    Page(
        "H103",
        "The media type is not one that this request takes.",
        "Events come as application/cloudevents+json, application/cloudevents-batch+json, or with `ce-` headers and "
        "application/json; everything else comes as application/json.",
        f"{_CURL}/v1/ask -H 'Content-Type: text/plain' -d 'may I?'",
        "Send the Content-Type that the body has.",
    ),
    Page(
        "H104",
        "The body is larger than this server takes.",
        "The setting body_limit_bytes bounds it, so that one caller cannot fill the memory.",
        f"{_CURL}/v1/events --data-binary @huge.json",
        "Send several batches.",
    ),
    Page(
        "H105",
        "The headers are larger than this server takes.",
        "The setting header_limit_bytes bounds them all together.",
        f"{_CURL}/v1/packs -H \"X-Filler: $(head -c 20000 /dev/zero | tr '\\0' x)\"",
        "Send fewer or shorter headers.",
    ),
    Page(
        "H106",
        "The JSON is nested more deeply than this server reads.",
        "The setting depth_limit bounds it. No event of a real system comes near.",
        f"{_CURL}/v1/ask -d '[[[[[[[[…]]]]]]]]'",
        "Flatten the payload.",
    ),
    Page(
        "H107",
        "The list is longer than this server takes at once.",
        "The setting batch_limit bounds it. Nothing of it was taken.",
        f"{_CURL}/v1/events -H 'Content-Type: application/cloudevents-batch+json' -d @100000-events.json",
        "Send several batches.",
    ),
    Page(
        "H108",
        "There is nothing at this path.",
        "The paths of this server are listed in /openapi.json.",
        f"{_CURL}/v1/evnts",
        "Correct the path.",
    ),
    Page(
        "H109",
        "This path does not take this method.",
        "The header Allow of the answer lists those that it takes.",
        f"{_CURL}/v1/ask -X DELETE",
        "Use one of them.",
    ),
    Page(
        "H110",
        "Nothing of this name is known.",
        "No event has named this subject, message, case or destination (by the moment asked about).",
        f"{_CURL}/v1/subjects/pickup/no-such/truth",
        "Compare the name, letter by letter, with the one in the events.",
    ),
    Page(
        "H111",
        "A parameter has not the form that this request takes.",
        "Moments are RFC 3339 with an offset; limits are whole numbers.",
        f"{_CURL}/v1/subjects/pickup/17/truth?at=yesterday",
        "Correct the parameter that is named.",
    ),
    Page(
        "H112",
        "The cursor is not one that this server gave.",
        "A cursor is taken as it is from the member `next` of the page before, and is good for that list only.",
        f"{_CURL}/v1/cases?cursor=zzz",
        "Start without a cursor.",
    ),
    Page(
        "H113",
        "It has changed since it was read.",
        "The version in If-Match is not the present one: somebody else has done something meanwhile. Nothing was done.",
        f'{_CURL}/v1/cases/pickup/17:5f…/close -H \'If-Match: "old"\' -d \'{{"by": "ann"}}\'',
        "Read it again, look at what has changed, and decide anew.",
    ),
    Page(
        "H114",
        "The answer took longer than this server waits.",
        "The setting request_timeout_s bounds it. What was asked for may still take effect: commands that were begun "
        "are finished.",
        f"{_CURL}/v1/events -d @events.json",
        "Send the same again, with the same ids or the same Idempotency-Key: nothing happens twice.",
    ),
    Page(
        "H115",
        "The server met a fault of its own.",
        "It is in the server's log under the `instance` of the problem.",
        f"{_CURL}/v1/ask",
        "Report the instance to whoever runs the server.",
    ),
    Page(
        "H116",
        "The storage cannot be used now.",
        "The database is locked, full or gone. What was not acknowledged is not stored.",
        f"{_CURL}/v1/events -d @event.json",
        "Send the same again after the time in Retry-After.",
    ),
    Page(
        "H117",
        "The server is not ready.",
        "It is starting or stopping, its writer has ended, or its ledger cannot be written. The parts are named.",
        "curl http://127.0.0.1:8080/readyz",
        "Send requests to another server until this one is ready again; its log says why it is not.",
    ),
    Page(
        "H118",
        "The event is refused.",
        "It is no CloudEvent. It is kept in quarantine with every reason, and can be replayed after a fix. "
        "A CloudEvent that troth cannot use (without a subject, from the future) is kept too, and answered with 202.",
        f"{_CURL}/v1/events -H 'Content-Type: application/cloudevents+json' -d '{{\"specversion\": \"1.0\"}}'",
        "Correct it where it is made; each reason says how.",
    ),
    Page(
        "H119",
        "This server does not serve the pack that is named.",
        "`GET /v1/packs` lists those that it serves.",
        f"{_CURL}/v1/events?pack=pikcup",
        "Correct the name, or start the server with --pack NAME.",
    ),
    Page(
        "H120",
        "The body took longer to arrive than this server waits.",
        "The setting body_timeout_s bounds it, so that slow senders do not use up connections.",
        "a client that sends one byte a second",
        "Send the body at once.",
    ),
    Page(
        "H121",
        "The request names a host that this server is not.",
        "A server without keys answers only requests to a loopback name: a web page must not reach it by a name of "
        "its own (DNS rebinding).",
        "curl -H 'Host: example.com' http://127.0.0.1:8080/v1/packs",
        "Use http://127.0.0.1, or make a key and send it.",
    ),
    Page(
        "H122",
        "The form is no longer good.",
        "A form is taken from our own page, in the browser that it was shown in, within half a day. Nothing was "
        "changed.",
        "a form sent from another site, or from a page that was open for a day",
        "Open the page again, and send it from there.",
    ),
    Page(
        "H123",
        "That is not possible any more.",
        "Things have moved on since the page was shown. Nothing was changed.",
        "asking to cancel an order that has been collected meanwhile",
        "Open the page again to see how things stand.",
    ),
    Page(
        "H201",
        "No key was sent.",
        "This server has keys, so that every request beyond health and documentation has to bring one.",
        "curl http://127.0.0.1:8080/v1/packs",
        "Send the header `Authorization: Bearer troth_…`; `troth keys create` makes a key.",
    ),
    Page(
        "H202",
        "The key is not good.",
        "It is not known, has expired, or was revoked. Which of them is not said.",
        "curl -H 'Authorization: Bearer troth_abc_wrong' http://127.0.0.1:8080/v1/packs",
        "Send another key; `troth keys list` shows which are good, `troth keys create` makes one.",
    ),
    Page(
        "H203",
        "The key may not do this.",
        "Each route asks for a scope, and this key was made without it.",
        "asking the gate with a key made by `troth keys create --scope events:write`",
        "Use another key, or make one with the scope that is named.",
    ),
    Page(
        "H204",
        "A server without any key changes nothing.",
        "Whoever reaches the port could write. Reading works, on this machine only.",
        "troth serve --db pickup.db --pack store_pickup",
        "Make a key by `troth keys create`, or start the server with --open on a machine for development.",
    ),
    Page(
        "H205",
        "Too many requests with this key.",
        "The settings rate_per_s and rate_burst bound them for each key.",
        "a loop without a pause",
        "Wait for the time in Retry-After; send events in batches.",
    ),
    Page(
        "H211",
        "The header Idempotency-Key is missing.",
        "This server was set to ask for it wherever something is changed.",
        f"{_CURL}/v1/complaints -d @complaint.json",
        "Send a key of your own for each new request, and the same key when you repeat it.",
    ),
    Page(
        "H212",
        "The Idempotency-Key is not well formed.",
        "It is one string of 1 to 255 printable characters without commas, in quotes or without them.",
        "Idempotency-Key: a,b",
        "Send a UUID.",
    ),
    Page(
        "H213",
        "The Idempotency-Key was used for another request.",
        "A key names one request: the same method, path and body. Nothing was done.",
        "the same key with another body",
        "Send a new key for a new request.",
    ),
    Page(
        "H214",
        "A request with this Idempotency-Key is being worked on.",
        "Its answer is not there yet. Nothing was done a second time.",
        "two requests with one key at once",
        "Send the same again a moment later: the answer will be the first one's.",
    ),
    Page(
        "H215",
        "What is known of Idempotency-Keys cannot be read now.",
        "Without it a repetition could not be told from a new request, so nothing was done.",
        "the database is locked by another program",
        "Send the same again after the time in Retry-After.",
    ),
    Page(
        "H301",
        "There is no setting of this name.",
        "A misspelt setting would be a silent default.",
        "prot = 8080   (in troth.toml)",
        "Take a name from the reference of settings.",
    ),
    Page(
        "H302",
        "The setting has not the form that it should have.",
        "Settings come from options, then from the environment (TROTH_…), then from the file troth.toml.",
        "TROTH_PORT=http troth serve --db pickup.db",
        "Correct the value that is named.",
    ),
    Page(
        "H303",
        "A server without any key is reached from this machine only.",
        "On another address everybody who reaches it could read what is known of customers.",
        "troth serve --db pickup.db --pack store_pickup --host 0.0.0.0",
        "Make a key by `troth keys create` first.",
    ),
    Page(
        "H304",
        "No pack is named, and the database keeps none.",
        "Without a pack events cannot be understood.",
        "troth serve --db new.db",
        "Name one with --pack.",
    ),
    Page(
        "H305",
        "The address cannot be used.",
        "Another program has the port, or this machine has no such address.",
        "troth serve --db pickup.db --port 80",
        "Choose another port; --port 0 takes a free one.",
    ),
    Page(
        "H306",
        "Traces are asked for, but the packages are not installed.",
        "Sending traces takes opentelemetry-sdk, and an exporter if they are to leave the machine.",
        "TROTH_TRACE_REQUESTS=true troth serve --db pickup.db",
        "Install the packages, or leave the setting out.",
    ),
    Page(
        "H310",
        "There is no key of this id.",
        "`troth keys list` lists the ids.",
        "troth keys revoke nosuchid --db pickup.db",
        "Compare the id: it is the part between the two underscores of a key.",
    ),
    Page(
        "H311",
        "There is no scope of this name.",
        "A key may do what its scopes say, and nothing else.",
        "troth keys create --scope event:write --db pickup.db",
        "Take a scope of those listed.",
    ),
    Page(
        "H312",
        "A link that cannot be made.",
        "A link shows one subject, allows what links can allow, and ends some day.",
        "troth link new pickup17 --db pickup.db",
        "Name the subject as <noun>/<id>, allow `see` or `act`, and give a duration such as 30d.",
    ),
    Page(
        "H313",
        "There is no link of this id.",
        "`troth link list` lists the ids.",
        "troth link revoke nosuchid --db pickup.db",
        "Compare the id: it is the part of a link before the dash.",
    ),
)

PAGES: Final[dict[str, Page]] = {page.code: page for page in _PAGES}
"""Pages by code."""
