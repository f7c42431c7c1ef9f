"""One plain page of an account's figures, for the demo and for networks of one's own; off unless it is turned on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, render_template, request

from plugin.errors import Problem
from plugin.report_view import PERIODS, view
from workers.accounts import Account
from workers.runtime import Clock, now
from workers.secrets import Vault, vault
from workers.settings import Settings
from workers.store import accounts
from workers.store.database import Database

#: How often a page that is followed asks again, in seconds.
LIVE_SECONDS: Final = 3
_USUAL_DAYS: Final = 7
_HEADERS: Final = {
    # No script, no inline style, no frame, nothing from anywhere else.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def report_page(settings: Settings, database: Database, *, clock: Clock = now) -> Blueprint:
    """`/` and `/accounts/<account>`; a blueprint without any page unless DESKPULSE_REPORT_PAGE is set."""
    if not settings.report_page:
        return Blueprint("report_page", __name__)
    blueprint = Blueprint("report_page", __name__, template_folder="templates", static_folder="static")
    safe = vault(settings)

    @blueprint.get("/")
    def start() -> Response:
        slugs = _slugs(database)
        if len(slugs) == 1:
            return _page(_shown(database, safe, slugs[0], clock))
        return _page({"slugs": slugs, "view": None})

    @blueprint.get("/accounts/<slug>")
    def account(slug: str) -> Response:
        return _page(_shown(database, safe, slug, clock))

    blueprint.after_request(partial(_with_headers, _HEADERS))
    return blueprint


def _shown(database: Database, safe: Vault, slug: str, clock: Clock) -> dict[str, Any]:
    found = _account(database, safe, slug)
    return {
        "slugs": _slugs(database),
        "view": view(database, found, days=_days(request.args.get("days")), now=clock()),
        "periods": PERIODS,
        "live": LIVE_SECONDS if request.args.get("live") == "1" else None,
    }


def _page(shown: Mapping[str, Any]) -> Response:
    return Response(render_template("report.html", **shown), mimetype="text/html")


def _with_headers(headers: Mapping[str, str], response: Response) -> Response:
    response.headers.update(headers)
    return response


def _slugs(database: Database) -> list[str]:
    with database.read() as connection:
        return accounts.slugs(connection)


def _account(database: Database, safe: Vault, slug: str) -> Account:
    with database.read() as connection:
        found = accounts.find(connection, slug, safe)
    if found is None:
        raise Problem(404, f"There is no account {slug}.")
    return found


def _days(asked: str | None) -> int:
    """One of the periods; what is none of them is the usual one."""
    return next((days for days in PERIODS if str(days) == asked), _USUAL_DAYS)
