"""The one place that knows flask-smorest, which has no types: addresses with their queries, answers and documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Flask, Response
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]
from marshmallow import Schema
from sqlalchemy.exc import OperationalError

from plugin.api.description import ABOUT, ACCOUNT, completed, description
from plugin.api.queries import Parser
from plugin.api.schemas import Error
from plugin.errors import Problem

_AWAY: Final = "The database cannot be used now; try again after the seconds in Retry-After."


class _Api(Api):  # type: ignore[misc]
    """Describes the addresses; every error is answered by `plugin.errors`, as it is everywhere."""

    ERROR_SCHEMA = Error

    def _register_error_handlers(self) -> None:
        """Leave the errors to the application."""


class _Blueprint(Blueprint):  # type: ignore[misc]
    ARGUMENTS_PARSER = Parser()


class Routes:
    """The addresses below one prefix, which holds `<account>`."""

    def __init__(self, prefix: str, *, admit: Callable[[], None]) -> None:
        """`admit` raises for a request that may not be answered."""
        self._blueprint: Any = _Blueprint("accounts", __name__, url_prefix=prefix, description=ABOUT)
        self._blueprint.before_request(admit)
        self._blueprint.register_error_handler(OperationalError, _away)

    def add(
        self,
        method: str,
        path: str,
        view: Callable[..., Response],
        *,
        answer: type[Schema],
        told: str,
        query: type[Schema] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        """One address: the view gets the checked query first, where there is one, and `account` by name.

        The view's docstring is what the document says of it; `told` describes its answer.
        """
        made = self._blueprint.response(200, answer, description=told)(view)
        if body is not None:
            made = self._blueprint.doc(requestBody=body)(made)
        if query is not None:
            made = self._blueprint.arguments(query, location="query")(made)
        self._blueprint.add_url_rule(path, view.__name__, made, methods=[method])

    def serve(self, app: Flask) -> None:
        """Answer them in this application."""
        app.register_blueprint(self._blueprint)

    def document(self) -> dict[str, Any]:
        """Their OpenAPI document, made in an application of its own: few ask for it, and it takes a while."""
        api = _Api(Flask(__name__), spec_kwargs=description())
        api.register_blueprint(self._blueprint, parameters=[ACCOUNT])
        return completed(api.spec.to_dict())


def _away(_: OperationalError) -> Response:
    problem = Problem(503, _AWAY, retry_after=5)
    return Response(problem.body, problem.status, problem.headers, mimetype="application/json")
