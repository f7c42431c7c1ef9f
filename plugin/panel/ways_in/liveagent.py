"""From LiveAgent's "Display external info in ticket": fetched by its server, or loaded in the agent's browser.

Its server shows a secret in a header and gets a fragment: words and numbers of one ticket, no script, no form, nothing
to follow that opens more. A browser shows nothing that proves who looks, so there one signs in. The ticket in the
address is never a proof of anything.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import partial
from typing import Final

from flask import Blueprint, Response, request
from markupsafe import Markup

from integrations.panels import HEADER, panel_secret
from plugin.panel.access.house import House
from plugin.panel.access.refusals import Refusal
from plugin.panel.ways_in.opening import account_of, asked_ticket, sign_in_for
from workers.accounts import Account

NAME: Final = "liveagent"
#: What is said of one ticket, as HTML without a page around it.
Fragment = Callable[[House, Account, str], Markup]
_NO_TICKET: Final = Markup("<p>Deskpulse was not told which ticket this is: put {} into the address.</p>").format(
    "ticket={$conv_conversationid}"
)


def add_liveagent(ways: Blueprint, house: House, fragment: Fragment) -> None:
    """`/panel/<account>/in/liveagent`, by GET or POST, with `ticket`."""
    ways.add_url_rule("/liveagent", "liveagent", partial(_open, house, fragment), methods=["GET", "POST"])


def _open(house: House, fragment: Fragment, account: str) -> Response:
    found, ticket = account_of(house, account, NAME), asked_ticket()
    shown = request.headers.get(HEADER)
    if shown is None:
        return sign_in_for(house, found, ticket)
    if not _proves(shown, found, house):
        raise Refusal("desk")
    return Response(fragment(house, found, ticket) if ticket else _NO_TICKET, mimetype="text/html")


def _proves(shown: str, account: Account, house: House) -> bool:
    """Whether this is the account's secret, also the one before during a rotation; every one is compared."""
    given = shown.encode("utf-8", "surrogateescape")
    secrets = account.active_secrets(house.clock())
    right = [hmac.compare_digest(given, panel_secret(secret.decode()).encode()) for secret in secrets]
    return any(right)
