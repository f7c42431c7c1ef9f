"""What the routes of a simulated Chatwoot have in common: bodies, answers and refusals."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request


class Refusal(Exception):
    """Chatwoot does not take the request; `sin` when no document allows it."""

    def __init__(self, status: int, message: str, *, sin: bool = True) -> None:
        super().__init__(message)
        self.status = status
        self.sin = sin


def answer(body: Any, status: int = 200) -> Response:
    """JSON under a status."""
    told = jsonify(body)
    told.status_code = status
    return told


def body_with(*required: str, may: tuple[str, ...] = ()) -> dict[str, Any]:
    """The request's JSON, which holds these names and may hold those; Refusal otherwise."""
    body = request.get_json()
    if not isinstance(body, dict) or not set(required) <= body.keys() <= {*required, *may}:
        raise Refusal(422, f"the body must hold {', '.join(required)} and may hold {', '.join(may)}")
    return body
