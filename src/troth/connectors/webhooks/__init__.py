"""Webhooks after Standard Webhooks 1.0.0: signing and verifying, and delivery that cannot be led into your network."""

from __future__ import annotations

from troth.connectors.webhooks.addresses import Networks, check_url
from troth.connectors.webhooks.courier import WebhookCourier, WebhookSender
from troth.connectors.webhooks.signing import sign, signed_headers, verify

__all__ = ["Networks", "WebhookCourier", "WebhookSender", "check_url", "sign", "signed_headers", "verify"]
