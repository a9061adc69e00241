"""Mail: composes what was permitted, safely, and hands it to a mail server."""

from __future__ import annotations

from troth.connectors.smtp.compose import compose, message_id
from troth.connectors.smtp.courier import SmtpCourier
from troth.connectors.smtp.sender import SmtpSender, SmtpSettings

__all__ = ["SmtpCourier", "SmtpSender", "SmtpSettings", "compose", "message_id"]
