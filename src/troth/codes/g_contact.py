"""Reasons of the gate: contact and relevance. May this customer be contacted so, now, and is it in place?"""

from __future__ import annotations

from troth.codes._page import Page

PAGES: dict[str, Page] = {
    page.code: page
    for page in (
        Page(
            "G101",
            "The customer is not known",
            "The message needs the customer's consent, and no event has said whose subject it is. Nobody can be"
            " asked, so the message is held until an event names the customer.",
            "ask survey for pickup/17 → HOLD G101 customer_unknown",
            "Name the customer in the event (the pack's `customer:` says where), or in the request.",
        ),
        Page(
            "G102",
            "The customer's time zone is not known",
            "Quiet hours are in the customer's own zone. Without it nobody knows whether it is night there, so "
            "the message is held.",
            "ask ready over sms → HOLD G102 zone_unknown: nobody knows the customer's time of day",
            "Send `customer.registered` with `zone` (an IANA name), use a channel that quiet hours do not hold,"
            " or mark the message `urgent`.",
        ),
        Page(
            "G103",
            "The customer has not agreed",
            "The consent that the message needs is known, and it is no. It is not sent.",
            "ask survey → SUPPRESS G103 no_consent: survey",
            "Do not send it. If the customer has agreed since, send `customer.consented`.",
        ),
        Page(
            "G104",
            "Nobody knows whether the customer has agreed",
            "The consent that the message needs is missing, stale or disputed. What is not known is not a yes.",
            "ask offer → HOLD G104 consent_unknown: marketing",
            "Connect the register that knows, or let its feed be heard.",
        ),
        Page(
            "G105",
            "It is the customer's quiet time",
            "It is within quiet hours in the customer's own zone: the customer's own hours if they gave some, "
            "else the pack's. The decision names when they end.",
            "ask ready over sms at 23:10 → HOLD G105 quiet_hours, until 08:00",
            "Wait: the message is decided again when they end. What cannot wait is marked `urgent` in the pack.",
        ),
        Page(
            "G106",
            "The customer has heard enough",
            "A limit of the pack's `contact.at_most` is used up: messages that were sent, confirmed, or are "
            "reserved by a valid permit, over all subjects of the customer.",
            "ask offer → HOLD G106 too_often: 2 in the period already",
            "Wait: the decision names when the oldest of them no longer counts.",
        ),
        Page(
            "G107",
            "The channel is closed",
            "The channel does not reach the customer (mail bounces, the number is gone), or they have closed it.",
            "ask ready over email → SUPPRESS G107 channel_closed: email",
            "Ask for another channel. When it works again, send `channel.opened`.",
        ),
        Page(
            "G108",
            "Nobody knows whether the channel reaches the customer",
            "Sources differ about the channel, or what was said is too old.",
            "ask ready over sms → HOLD G108 channel_unknown: sms",
            "Ask for another channel, or let a source say which it is.",
        ),
        Page(
            "G109",
            "The customer prefers another channel",
            "Surveys and offers follow the preference; what is owed to the customer goes where it can.",
            "ask survey over email → SUPPRESS G109 other_channel_preferred: sms",
            "Ask again with the preferred channel.",
        ),
        Page(
            "G201",
            "A known failure is not closed",
            "A case is open for this subject. A customer in trouble is not asked how they liked it, and not "
            "offered anything.",
            "ask survey → SUPPRESS G201 case_open: late_delivery",
            "Close the case first: message, state and action have to line up again.",
        ),
        Page(
            "G202",
            "What the customer believes is not so",
            "The customer has been told something that is not true, or invited to what cannot be done. Put that"
            " right first.",
            "ask offer → SUPPRESS G202 ahead",
            "Send the correction that the service asks for.",
        ),
        Page(
            "G203",
            "A promise lapsed and was not put right",
            "A promise to this customer was late or broken, and no case about it has been closed.",
            "ask survey → SUPPRESS G203 promise_lapsed: ready_by: broken, not put right",
            "Declare a case for lapses of that promise, and close it when it is put right.",
        ),
        Page(
            "G204",
            "The message is pointless",
            "The pack's `relevant_when` is false: what the message is for is over, or done. An offer after the "
            "purchase, a survey into a closed channel, a reminder of what was collected.",
            "ask reminder → SUPPRESS G204 pointless: reminder",
            "Do not send it.",
        ),
        Page(
            "G205",
            "Nobody knows whether the message is still wanted",
            "A fact that `relevant_when` reads is not known.",
            "ask reminder → HOLD G205 relevance_unknown: reminder",
            "Let the source be heard; the message is decided again when it is.",
        ),
        Page(
            "G206",
            "Another order of the customer is in trouble",
            "One customer, one voice: a case is open on another subject of the same customer.",
            "ask survey for pickup/18 → SUPPRESS G206 case_open_elsewhere (pickup/17)",
            "Close that case first.",
        ),
    )
}
