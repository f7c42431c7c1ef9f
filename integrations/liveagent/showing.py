"""How the panel comes into LiveAgent: by its plugin "Display external info in ticket"."""

from __future__ import annotations

from typing import Final

from integrations.panels import HEADER, panel_address, panel_secret

_TICKET: Final = "?ticket={$conv_conversationid}"
_SERVER: Final = (
    "Configuration > System > Plugins > Display external info in ticket: the URL {address}, the HTTP method GET, "
    '"Proxy requests through LiveAgent" and the HTTP header "{header}: {secret}": every agent sees how a ticket stands'
)
_BROWSER: Final = (
    'Or with "Load directly in agent\'s browser" and no header: the same address shows the whole panel to those whom '
    "deskpulse account user add let in; where CSP is on, list our address under Configuration > Security > Settings"
)


def steps(webhook_url: str, secret: str) -> tuple[str, ...]:
    """Fetched by LiveAgent's server with a secret, words of one ticket only; or in the browser, with a sign-in."""
    address = panel_address(webhook_url, "in/liveagent") + _TICKET
    return _SERVER.format(address=address, header=HEADER, secret=panel_secret(secret)), _BROWSER
