"""The one shape of every error we answer: `{"error": {"code": …, "message": …, "details": {…}}}`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import orjson
import structlog
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from integrations.errors import DeskpulseError

_SENTENCES: Final = {
    400: ("bad_request", "The request cannot be understood."),
    401: ("unauthorized", "The call is not proved to come from the desk; check the account's secret."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("too_large", "The body is larger than what is taken here."),
    415: ("unsupported_media_type", "The body is of a type that is not taken here."),
    429: ("too_many_requests", "Too many requests; try again after the seconds in Retry-After."),
    431: ("headers_too_large", "The headers are larger than what is taken here."),
    500: ("internal_error", "Something failed on our side; it is in our log."),
    501: ("not_implemented", "This transfer encoding is not taken here."),
    503: ("unavailable", "The call cannot be kept now; send it again after the seconds in Retry-After."),
}

log = structlog.get_logger(__name__)


class Problem(DeskpulseError):
    """An answer other than success, raised anywhere inside a request.

    `code` and the message are those of the status unless given; `retry_after` is in seconds.
    """

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        code: str = "",
        details: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        usual_code, usual_message = sentence_of(status)
        super().__init__(message or usual_message)
        self.status = status
        self.code = code or usual_code
        self.details = details or {}
        self.retry_after = retry_after

    @property
    def body(self) -> bytes:
        """The JSON of this error."""
        return error_body(self.code, str(self), self.details)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Retry-After, in whole seconds, where there is something to wait for."""
        return [] if self.retry_after is None else [("Retry-After", str(max(1, math.ceil(self.retry_after))))]


def sentence_of(status: int) -> tuple[str, str]:
    """The code and the message of a status that nothing more is known about."""
    if status in _SENTENCES:
        return _SENTENCES[status]
    return _SENTENCES[500] if status >= 500 else _SENTENCES[400]


def error_body(code: str, message: str, details: Mapping[str, Any] | None = None) -> bytes:
    """The JSON of an error."""
    return orjson.dumps({"error": {"code": code, "message": message, "details": details or {}}})


def register(app: Flask) -> None:
    """Answer every error of every route in the one shape."""
    app.register_error_handler(Problem, _of_problem)
    app.register_error_handler(HTTPException, _of_exception)
    # Flask's own log of an exception holds its message, and with that whatever a customer wrote.
    app.log_exception = _log_exception  # type: ignore[method-assign]


def _of_problem(problem: Problem) -> Response:
    return Response(problem.body, problem.status, problem.headers, mimetype="application/json")


def _of_exception(error: HTTPException) -> Response:
    code, message = sentence_of(error.code or 500)
    headers = [(name, value) for name, value in error.get_headers() if name.lower() != "content-type"]
    return Response(error_body(code, message), error.code, headers, mimetype="application/json")


def _log_exception(exc_info: Any) -> None:
    log.error("request failed", exc_info=exc_info)
