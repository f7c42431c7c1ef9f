"""Where an account's panel is, seen from its desk, and by which secret a desk's server proves what it is."""

from __future__ import annotations

import hmac
from typing import Final

#: The header in which LiveAgent's server sends the secret, when it fetches what it shows beside a ticket.
HEADER: Final = "X-Deskpulse-Panel"
#: Every such secret starts so; logs hide what does.
_MARK: Final = "dp_"
_USE: Final = b"deskpulse panel"


def panel_address(webhook_url: str, page: str = "") -> str:
    """The account's panel, or a page of it, where the account's calls go to `webhook_url`."""
    home, _, rest = webhook_url.partition("/webhooks/")
    return f"{home}/panel/{rest.rpartition('/')[2]}/{page}"


def panel_secret(secret: str) -> str:
    """What the desk's server proves itself with to the panel: from the account's secret, and no way back to that."""
    return _MARK + hmac.digest(secret.encode(), _USE, "sha256").hex()
