"""What somebody of the staff may: four roles, each more than the one before."""

from __future__ import annotations

from typing import Final

ROLES: Final[dict[str, str]] = {
    "reader": "See everything.",
    "associate": "See everything, and act on single cases.",
    "lead": "See everything, and act on single cases or on many at once.",
    "admin": "See everything, act on single cases or on many at once, and read the audit.",
}
"""Role → what it may, each more than the one before."""
DEEDS: Final[dict[str, str]] = {"see": "reader", "act": "associate", "bulk": "lead", "admin": "admin"}
"""Deed → the least role that may."""
_ORDER: Final = tuple(ROLES)


def may(role: str, deed: str) -> bool:
    """Return whether a role may do something of `DEEDS`."""
    return role in ROLES and _ORDER.index(role) >= _ORDER.index(DEEDS[deed])


def role_of_text(text: str) -> tuple[str, str, str]:
    """Return claim, value and role of a line of the setting `oidc_roles`: `groups=support-leads:lead`.

    Raises:
        ValueError: It has not that form.

    >>> role_of_text("groups=https://a.example/g:lead")
    ('groups', 'https://a.example/g', 'lead')
    """
    rest, _, role = text.rpartition(":")
    claim, _, value = rest.partition("=")
    if not claim or not value or role not in ROLES:
        raise ValueError(text)
    return claim, value, role
