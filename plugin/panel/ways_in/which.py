"""Which ticket a visitor is beside, where the desk tells only the browser: a form that a script may fill in."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Blueprint, Response, render_template, request, url_for

from plugin.panel.access.house import House
from plugin.panel.access.pages import speaking
from plugin.panel.access.session import current_account, link, query_token
from plugin.panel.ways_in.opening import Hint, ticket_in
from plugin.panel.ways_in.places import origin_of

_SEE_OTHER: Final = 303
_SCRIPT: Final = "zendesk.js"


def add_open_ticket(pages: Blueprint, house: House) -> None:
    """`/panel/<account>/open?ticket=`: leads to that ticket's page, or asks again."""
    pages.add_url_rule("/open", "open", partial(_open, house))


def which_ticket(house: House) -> Response:
    """The form, for a visitor who has just been let in."""
    account, speech = current_account(), speaking(house)
    hint = Hint(_SCRIPT, origin_of(account.access.url), url_for("panel.pages.open", account=account.slug))
    text = render_template(
        "access/which.html", hint=hint, token=query_token(), first=link("now"), say=speech.say, language=speech.code
    )
    return Response(text, mimetype="text/html")


def _open(house: House) -> Response:
    ticket = ticket_in(request.args.get("ticket", "").strip())
    if ticket is None:
        return which_ticket(house)
    return Response(status=_SEE_OTHER, headers={"Location": link("ticket", ticket=ticket)})
