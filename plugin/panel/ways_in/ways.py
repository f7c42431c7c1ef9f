"""Every way in, below `/panel/<account>/in`; a desk that is not here is left for the panel at top level."""

from __future__ import annotations

from flask import Blueprint

from plugin.panel.access.house import House
from plugin.panel.ways_in.chatwoot import add_chatwoot
from plugin.panel.ways_in.freshdesk import add_freshdesk
from plugin.panel.ways_in.liveagent import Fragment, add_liveagent
from plugin.panel.ways_in.zendesk import add_zendesk


def ways_in(house: House, fragment: Fragment) -> Blueprint:
    """The addresses that desks open us at; `fragment` is what a desk's own server may show of a ticket."""
    ways = Blueprint("ways", __name__, url_prefix="/panel/<account>/in")
    add_zendesk(ways, house)
    add_chatwoot(ways, house)
    add_freshdesk(ways, house)
    add_liveagent(ways, house, fragment)
    return ways
