"""The OpenAPI document: what flask-smorest finds in the code, and what holds for every operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from plugin import manifest
from plugin.api.forms import MIMETYPES

ABOUT: Final = """\
The figures, tickets, answers and settings of one account, with the same names and numbers as at the command line.

Every address needs a bearer token of its account, which `deskpulse account token add` makes. Every error has one \
shape."""
ACCOUNT: Final = {
    "name": "account",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "The account's name.",
}
_ERRORS: Final = {
    401: "There is no such account, or the token does not open it.",
    403: "The token lacks the scope.",
    422: "A parameter or a setting is unknown or wrong; the message says which and why.",
    429: "Too many wrong tokens came from this address; Retry-After says how long to wait.",
    503: "The database cannot be used, or too many requests are in hand; Retry-After says how long to wait.",
}
_OF_BODIES: Final = {
    400: "The body is not JSON.",
    413: "The body is too long.",
    415: "The body is said to be something else than JSON.",
}


def description() -> dict[str, Any]:
    """What the document says besides its paths."""
    return {
        "title": "Deskpulse",
        "version": manifest.version(),
        "openapi_version": "3.1.0",
        "info": {"description": ABOUT},
        "security": [{"token": []}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the errors of every operation, and every form its answer may have."""
    for operation in _operations(document):
        responses = operation["responses"]
        responses.pop("default", None)
        wrong = {**_ERRORS, **(_OF_BODIES if "requestBody" in operation else {})}
        responses.update({str(status): _error(told) for status, told in sorted(wrong.items())})
        for form in _forms(operation):
            responses["200"]["content"].setdefault(MIMETYPES[form], {"schema": {"type": "string"}})
    return document


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from (operation for operation in item.values() if isinstance(operation, dict))


def _forms(operation: dict[str, Any]) -> list[str]:
    """The values of its parameter `format`."""
    found = (each["schema"]["enum"] for each in operation.get("parameters", ()) if each["name"] == "format")
    return next(found, [])


def _error(told: str) -> dict[str, Any]:
    content = {MIMETYPES["json"]: {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": told, "content": content}
