"""The contact check: consent, reachable channel, quiet hours in the customer's own zone, frequency, preference.

What is not known holds: a customer whose zone nobody knows is not called at what may be the middle of the night.
"""

from __future__ import annotations

from troth.model.contact import Limit
from troth.model.customer import is_quiet, quiet_hours
from troth.model.decision import HOLD, SUPPRESS, Reason
from troth.model.look import Look
from troth.model.times import Micros, local_minute, next_local_minute

VOLUNTARY = frozenset({"survey", "offer"})
"""Purposes that follow the customer's preferred channel: the others are owed, and go where they can."""


def check_contact(look: Look) -> list[Reason]:
    """Return the reasons for which this customer must not be contacted so, or not now."""
    return [*_consent(look), *_channel(look), *_quiet(look), *_frequency(look)]


def _consent(look: Look) -> list[Reason]:
    """Return what speaks against it by consent."""
    needed = look.message.consent
    if not needed:
        return []
    if not look.customer.id:
        return [Reason("G101", "contact", HOLD, "customer_unknown: nobody knows whose subject it is", needed)]
    given = look.customer.consent.get(needed)
    if given is True:
        return []
    if given is False:
        text = f"no_consent: {needed}: the customer has not agreed, or has withdrawn"
        return [Reason("G103", "contact", SUPPRESS, text, needed)]
    return [Reason("G104", "contact", HOLD, f"consent_unknown: {needed}", needed)]


def _channel(look: Look) -> list[Reason]:
    """Return what speaks against the channel."""
    channel = look.request.channel
    if channel and channel in look.customer.open_channels:
        reaches = look.customer.open_channels[channel]
        if reaches is False:
            text = f"channel_closed: {channel}: it does not reach the customer, or they have closed it"
            return [Reason("G107", "contact", SUPPRESS, text, channel)]
        if reaches is None:
            return [Reason("G108", "contact", HOLD, f"channel_unknown: {channel}", channel)]
    preferred = look.customer.preferred
    if look.message.purpose in VOLUNTARY and preferred and channel and channel != preferred:
        text = f"other_channel_preferred: {preferred}"
        return [Reason("G109", "contact", SUPPRESS, text, preferred)]
    return []


def _quiet(look: Look) -> list[Reason]:
    """Return what speaks against the hour."""
    hours = quiet_hours(look.pack.contact, look.customer, look.message, look.request.channel)
    if hours is None:
        return []
    zone = look.customer.zone
    if zone is None:
        return [Reason("G102", "contact", HOLD, "zone_unknown: nobody knows the customer's time of day", "zone")]
    try:
        minute = local_minute(look.now, zone)
    except ValueError:
        return [Reason("G102", "contact", HOLD, "zone_unknown: the zone that is given does not exist", "zone")]
    if not is_quiet(minute, hours):
        return []
    until = next_local_minute(look.now, zone, hours[1])
    return [Reason("G105", "contact", HOLD, "quiet_hours: the customer is not to be disturbed now", "", (), until)]


def _frequency(look: Look) -> list[Reason]:
    """Return the limits that are used up."""
    if look.message.urgent:
        return []
    reasons = []
    for limit in look.pack.contact.limits:
        if limit.purposes and look.message.purpose not in limit.purposes:
            continue
        counted = _counted(look, limit)
        if len(counted) >= limit.count:
            until = sorted(counted)[-limit.count]
            text = f"too_often: {limit.count} in the period already"
            reasons.append(Reason("G106", "contact", HOLD, text, "", (), until))
    return reasons


def _counted(look: Look, limit: Limit) -> list[Micros]:
    """Return until when each message counts against a limit; a reservation counts until it lapses."""
    request = look.request
    return [
        contact.at + limit.per if contact.until is None else min(contact.at + limit.per, contact.until)
        for contact in look.customer.contacts
        if contact.at > look.now - limit.per
        # Ids are unique within a subject only.
        and (contact.message_id, contact.subject) != (request.id, request.subject)
        and (not limit.purposes or contact.purpose in limit.purposes)
        and (contact.until is None or contact.until > look.now)
    ]
