"""How the panel is reached from django-helpdesk, which has no place for pages of others: at an address of its own."""

from __future__ import annotations

from integrations.panels import panel_address


def steps(webhook_url: str) -> tuple[str, ...]:
    """The address to keep among one's bookmarks."""
    return (f"The panel is at {panel_address(webhook_url)}; let each person in with deskpulse account user add",)
