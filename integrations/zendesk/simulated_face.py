"""The app through which every simulated Zendesk answers: its routes are compiled once, not for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from integrations.zendesk.simulated_admin import ADMINISTRATION, Administration
from integrations.zendesk.simulated_api import TICKETS, Answer, Api, Refusal

_FACE: Final = "zendesk.face"


class Face:
    """One simulated Zendesk as a WSGI app."""

    def __init__(self, api: Api, administration: Administration) -> None:
        self.api = api
        self._parts = (api, administration)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        environ[_FACE] = self
        return _app()(environ, start_response)

    def serve(self, name: str, names: dict[str, str], *, admin: bool) -> Any:
        """The view of that name, for somebody who may."""
        api = self.api
        with api.lock:
            api.requests.append(f"{request.method} {request.path}")
            api.limit("request", api.requests_per_minute)
            api.let_in(name, admin=admin)
            part = next(part for part in self._parts if hasattr(part, name))
            return getattr(part, name)(**names)


@cache
def _app() -> Flask:
    app = Flask(__name__)
    for method, path, name, admin in (*TICKETS, *ADMINISTRATION):
        rule = "/api/v2" + path
        app.add_url_rule(
            rule, f"{method} {rule}", _view(name, admin=admin), methods=[method], provide_automatic_options=False
        )
    app.register_error_handler(HTTPException, _lost)
    app.register_error_handler(Refusal, _refused)
    return app


def _view(name: str, *, admin: bool) -> Callable[..., Any]:
    return lambda **names: _face().serve(name, names, admin=admin)


def _face() -> Face:
    face: Face = request.environ[_FACE]
    return face


def _lost(error: HTTPException) -> Answer:
    return _face().api.lost(error)


def _refused(refusal: Refusal) -> Answer:
    return _face().api.refused(refusal)
