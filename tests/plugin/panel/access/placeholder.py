"""Pages in the place of the panel's own, each of which only says whose it is."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response
from markupsafe import Markup

from plugin.panel.access.house import House
from plugin.panel.access.session import current_visitor, form_token, link
from workers.accounts import Account

_PAGE: Final = Markup(
    '<!doctype html><html lang="en"><title>Deskpulse</title><main><h1>{}</h1><p>{} ({})</p>'
    '<p><a href="{}">Overview</a></p><form method="post" action="{}">{}<button>Sign out</button></form></main></html>'
)


def add_views(pages: Blueprint, _house: House) -> None:
    """`/`, `/overview`, `/figure/<metric>`, `/answers`, `/settings`, `/ticket/<ticket>` below the account."""
    for rule, name in _RULES.items():
        pages.add_url_rule(rule, name, _page)


_RULES: Final = {
    "/": "now",
    "/overview": "overview",
    "/figure/<metric>": "figure",
    "/answers": "answers",
    "/settings": "settings",
    "/ticket/<ticket>": "ticket",
}


def _page(**_values: str) -> Response:
    visitor = current_visitor()
    text = _PAGE.format(visitor.account, visitor.user, visitor.role, link("overview"), link("sign_out"), form_token())
    return Response(text, mimetype="text/html")


def ticket_fragment(_house: House, account: Account, ticket: str) -> Markup:
    """What is said of a ticket inside a page of the desk."""
    return Markup("<p>{} {}</p>").format(account.slug, ticket)
