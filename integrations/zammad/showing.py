"""How the panel is reached from Zammad, which lets no page of others in: by a link that opens a tab of its own."""

from __future__ import annotations

from typing import Final

from integrations.panels import panel_address

_LINK: Final = (
    "Admin › Objects › Ticket: add a text attribute deskpulse, shown to agents, with the Link-Template {address}; its "
    "icon opens the panel, where one signs in as a user of deskpulse account user add"
)


def steps(webhook_url: str) -> tuple[str, ...]:
    """A link beside every ticket, by an attribute of tickets."""
    return (_LINK.format(address=panel_address(webhook_url, "ticket/") + "#{ticket.id}"),)
