"""The addresses of a simulated Freshdesk, made once for all simulators: each request carries the one it is for."""

from __future__ import annotations

from functools import cache, partial
from typing import Any, Final

from flask import Flask, request
from werkzeug.exceptions import HTTPException

API: Final = "freshdesk.simulated_api"  #: where a request carries its simulator
_ROUTES: Final = (
    "GET /tickets list_tickets",
    "POST /tickets create_ticket",
    "GET /tickets/<int:ticket> show_ticket",
    "PUT /tickets/<int:ticket> update_ticket",
    "GET /tickets/archived/<int:ticket> show_archived",
    "GET /tickets/<int:ticket>/conversations conversations",
    "POST /tickets/<int:ticket>/notes add_note",
    "GET /tickets/<int:ticket>/satisfaction_ratings ratings_of",
    "GET /surveys surveys",
    "GET /surveys/satisfaction_ratings ratings",
    "GET /ticket_fields ticket_fields",
    "POST /admin/ticket_fields create_field",
    "GET /agents agents",
    "GET /agents/me show_me",
    "GET /groups groups",
    "GET /automations/<int:kind>/rules list_rules",
)


class Refusal(Exception):
    """Freshdesk does not take the request; `sin` is what the caller did that no document allows."""

    def __init__(self, status: int, code: str, message: str = "", *, sin: bool = True) -> None:
        super().__init__(f"{code} {message}")
        self.status = status
        self.code = code
        self.sin = sin


@cache
def routes() -> Flask:
    """The routes, each leading to a method of the simulator's `Api`."""
    app = Flask(__name__)
    for route in _ROUTES:
        method, path, view = route.split()
        options: dict[str, Any] = {"methods": [method], "provide_automatic_options": False}
        app.add_url_rule("/api/v2" + path, route, partial(_serve, view), **options)
    app.register_error_handler(HTTPException, lambda error: request.environ[API].lost(error))
    app.register_error_handler(Refusal, lambda refusal: request.environ[API].refused(refusal))
    return app


def _serve(view: str, **names: Any) -> Any:
    return request.environ[API].serve(view, names)
