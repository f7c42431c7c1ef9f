"""What all ways in share: the account of the very desk, the ticket it names, and the page where one signs in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from flask import Response, g, request, url_for

from plugin.panel.access.house import House
from plugin.panel.access.pages import sign_in_page
from plugin.panel.access.refusals import Refusal
from workers.accounts import Account

#: What desks number or name their tickets by; anything else, such as a variable that was not filled in, is none.
_TICKET: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hint:
    """A script of ours that asks the page around the frame which ticket it shows."""

    script: str  #: the file
    desk: str  #: the origin that alone is listened to
    pattern: str  #: the address of a ticket's page, with 0 where its number belongs


def account_of(house: House, slug: str, desk: str) -> Account:
    """The account, if it is one of this desk; Refusal for every other name alike."""
    g.panel_slug = slug
    g.panel_frame = True
    account = house.account(slug)
    if account is None or account.desk != desk:
        raise Refusal("desk")
    return account


def ticket_in(value: object) -> str | None:
    """The id of a ticket that a desk named; None for what cannot be one."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if _TICKET.fullmatch(text) else None


def page_for(account: Account, ticket: str | None) -> str:
    """The page that is opened beside this ticket, or the first one where there is none."""
    if ticket is None:
        return url_for("panel.pages.now", account=account.slug)
    return url_for("panel.pages.ticket", account=account.slug, ticket=ticket)


def sign_in_for(house: House, account: Account, ticket: str | None, *, hint: Hint | None = None) -> Response:
    """The sign-in inside a frame, which then leads to that ticket; 200, because a desk expects a page here."""
    g.panel_next = page_for(account, ticket)
    g.panel_hint = hint
    return sign_in_page(house)


def asked_ticket() -> str | None:
    """The ticket in the address or the form that a desk opened us with."""
    return ticket_in(request.values.get("ticket", ""))
