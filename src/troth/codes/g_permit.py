"""Reasons of the gate: permits, and questions that cannot be answered."""

from __future__ import annotations

from troth.codes._page import Page

PAGES: dict[str, Page] = {
    page.code: page
    for page in (
        Page(
            "G701",
            "There is no permit to confirm",
            "Nobody has asked about this message, or the answer was HOLD or SUPPRESS.",
            "confirm m1 → G701",
            "Ask first, and confirm only what was answered SEND or REPLACE.",
        ),
        Page(
            "G702",
            "The permit has expired, and the answer would now be another",
            "A permit is valid until a moment. Confirming later decides again; it is refused only where the "
            "answer differs.",
            "confirm m1 after two hours → G702, now SUPPRESS",
            "Follow the new decision.",
        ),
        Page(
            "G703",
            "The permit was revoked",
            "What it rested on has changed, and the sender was told.",
            "confirm m1 → G703",
            "Do not send it. Ask again if it is still wanted.",
        ),
        Page(
            "G704",
            "The permit was used",
            "A permit is confirmed once, just before hand-over. A second confirmation would send the message twice. "
            "The answer says when the first one was made (`used`), for a sender that never got its answer.",
            "confirm m1, confirm m1 → G704, used at 09:46:00Z",
            "Hand it over once. If the first hand-over failed, report it and ask with a new id. Send an "
            "Idempotency-Key with a confirmation, and its repetition gets the answer of the first.",
        ),
        Page(
            "G705",
            "The answer would now be another",
            "Something changed between the question and the confirmation.",
            "ask ready → SEND; the desk reports it lost; confirm → G705, now REPLACE",
            "Follow the new decision.",
        ),
        Page(
            "G706",
            "The permit was used, and the hand-over failed",
            "A receipt says that this message could not be handed over, and none says that it was. The permit is used "
            "up all the same, so that two senders that try again cannot both be let go.",
            "confirm m1, receipt m1 failed, confirm m1 → G706",
            "Ask again with another id, such as m1~2. `troth.client.Gate` does that by itself.",
        ),
        Page(
            "G707",
            "The message was given up for another request",
            "The same message on the same channel was asked for under another id while this one was held. Only the "
            "latest waits: one message is said once.",
            "ask ready as m1 → HOLD; ask ready as m2; confirm m1 → G703, given up with G707",
            "Ask with the same id when it is the same message. The latest one is answered when it may go.",
        ),
        Page(
            "G801",
            "No pack has such a subject",
            "The noun before the slash is that of no pack that is served.",
            "ask ready for parcel/9 → G801",
            "Serve the pack (`troth serve --pack`), or correct the subject.",
        ),
        Page(
            "G802",
            "The pack has no such message",
            "The message is not declared, so that nobody knows what it states.",
            "ask redy for pickup/17 → G802, expected one of ready, reminder …",
            "Correct the name, or declare the message.",
        ),
        Page(
            "G803",
            "The subject has no such case",
            "The id is of another subject, or of no case.",
            "own case 9f… of pickup/17 → G803",
            "Take the id from the list of cases.",
        ),
        Page(
            "G804",
            "The pack is not loaded",
            "The subject's record was made by a pack that this service does not serve.",
            "accept events of pack returns → G804",
            "Serve the pack as well.",
        ),
        Page(
            "G805",
            "Too many commands wait",
            "The service takes commands faster than it can store them; it refuses more, instead of answering "
            "later and later.",
            "ask … → G805, 100000 commands wait already",
            "Slow down and repeat; the request was not stored.",
        ),
        Page(
            "G806",
            "The service is closing",
            "It answers what it has taken and takes no more.",
            "ask … → G806",
            "Repeat: another process, or the same one in a moment, will answer.",
        ),
        Page(
            "G807",
            "The case has changed",
            "Somebody else has done something to it since it was read, or what it is about has changed.",
            "own case 9f… with the ETag of what was read before → G807 (H113 over HTTP)",
            "Read the case again, and act on what it is now.",
        ),
        Page(
            "G808",
            "The case cannot be closed like that",
            "Its failure is still there, or message, state and action do not line up, or not for long enough; and "
            "whoever closes it wants that.",
            "close case 9f… while the customer still believes what is false → G808",
            "See to what is still wrong; or close it all the same, with a note: it counts as unclean.",
        ),
    )
}
