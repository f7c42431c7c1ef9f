"""Putting the API together: its addresses, who may ask, its documents, and what every answer of it carries."""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, Response, request

from plugin.api.access import Doorkeeper
from plugin.api.account_settings import add_settings
from plugin.api.busy import at_most
from plugin.api.documents import documents
from plugin.api.explaining import add_explanations
from plugin.api.figures import add_figures
from plugin.api.lists import add_lists
from plugin.api.parts import Parts
from plugin.api.routes import Routes
from plugin.limits import TokenBuckets
from workers.runtime import Clock, now
from workers.secrets import vault
from workers.settings import Settings
from workers.store import tokens
from workers.store.database import Database

PREFIX: Final = "/api/v1"
#: Which scope an address needs.
SCOPES: Final = {
    "report": tokens.READ,
    "explain": tokens.READ,
    "tickets": tokens.READ,
    "answers": tokens.ANSWERS,
    "settings": tokens.SETTINGS,
}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def add_api(app: Flask, settings: Settings, database: Database, *, clock: Clock = now) -> None:
    """Serve the API under `/api/v1`."""
    failures = settings.failed_proofs_per_minute
    doorkeeper = Doorkeeper(database, clock, TokenBuckets(rate=failures / 60, burst=failures))
    routes = Routes(f"{PREFIX}/accounts/<account>", admit=lambda: _admit(doorkeeper))
    parts = Parts(database, vault(settings), clock)
    for add in (add_figures, add_explanations, add_lists, add_settings):
        add(routes, parts)
    routes.serve(app)
    app.register_blueprint(documents(routes.document), url_prefix=PREFIX)
    app.after_request(_with_headers)
    # Half of the threads are left to the calls of desks, however the API is used.
    app.wsgi_app = at_most(app.wsgi_app, max(1, settings.web_threads // 2))  # type: ignore[assignment, method-assign]


def _admit(doorkeeper: Doorkeeper) -> None:
    if request.method == "OPTIONS":
        return
    given: dict[str, Any] = request.view_args or {}
    header = request.headers.get("Authorization", "")
    scope = SCOPES[request.path.rpartition("/")[2]]
    doorkeeper.admit(given["account"], header, scope, address=request.remote_addr or "")


def _with_headers(response: Response) -> Response:
    if request.path.startswith(f"{PREFIX}/"):
        response.headers.update(_HEADERS)
    return response
