"""How the panel comes into Chatwoot: as a dashboard app, a tab of every conversation."""

from __future__ import annotations

from typing import Final

from integrations.panels import panel_address

_APP: Final = (
    "Settings › Integrations › Dashboard apps › Configure › Add a new app: the title Deskpulse, the endpoint {address} "
    '(or set panel_url = "{address}" under [desk] and connect again)'
)
_PEOPLE: Final = "Let each person into the panel with deskpulse account user add: they sign in inside the tab"


def steps(webhook_url: str) -> tuple[str, ...]:
    """One app; Chatwoot proves to it nobody's identity, so whoever opens the tab signs in there."""
    return _APP.format(address=panel_address(webhook_url, "in/chatwoot")), _PEOPLE
