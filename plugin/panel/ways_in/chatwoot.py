"""From Chatwoot: a dashboard app, which proves nobody's identity, so one signs in inside the frame.

The conversation's number comes by a message of the page around ours. It is a hint: it only chooses which page is opened
next, for somebody who has signed in. Source: `Frame.vue` of chatwoot.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Blueprint, Response

from plugin.panel.access.house import House
from plugin.panel.ways_in.opening import Hint, account_of, page_for, sign_in_for
from plugin.panel.ways_in.places import origin_of

NAME: Final = "chatwoot"


def add_chatwoot(ways: Blueprint, house: House) -> None:
    """`GET /panel/<account>/in/chatwoot`."""
    ways.add_url_rule("/chatwoot", "chatwoot", partial(_open, house))


def _open(house: House, account: str) -> Response:
    found = account_of(house, account, NAME)
    hint = Hint("chatwoot.js", origin_of(found.access.url), page_for(found, "0"))
    return sign_in_for(house, found, None, hint=hint)
