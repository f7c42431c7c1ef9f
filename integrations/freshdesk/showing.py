"""How the panel comes into Freshdesk: in a frame of an app of one's own, whose server may vouch for the agent."""

from __future__ import annotations

from typing import Final

from integrations.panels import panel_address, panel_secret

_FRAME: Final = (
    "In your app's page, as full_page_app or ticket_sidebar, put a frame of {address} and let each person in with "
    "deskpulse account user add; name the origin of the app's own page under [panel] origins"
)
_VOUCH: Final = (
    "Or let the app's server.js vouch for its agents: it signs a JSON Web Token (HS256, good for 5 minutes at most; "
    'aud "deskpulse panel", account, sub, iat, exp) with {secret} and the frame opens {address}?token=…'
)


def steps(webhook_url: str, secret: str) -> tuple[str, ...]:
    """The address to frame, and the secret with which the app's server may say who looks."""
    address = panel_address(webhook_url, "in/freshdesk")
    return _FRAME.format(address=address), _VOUCH.format(address=address, secret=panel_secret(secret))
