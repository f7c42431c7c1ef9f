"""What describes the API: the OpenAPI document, and a page of it that needs no script and nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import orjson
from flask import Blueprint, Response, render_template
from markupsafe import Markup, escape

from plugin.api.operations import operations

_TYPE: Final = "application/json"
_QUOTED: Final = re.compile("`([^`]*)`")


def with_code(text: str) -> Markup:
    """Text as HTML, with what stands in backticks as code."""
    return Markup(_QUOTED.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just before


def documents(made: Callable[[], Mapping[str, Any]]) -> Blueprint:
    """`/openapi.json`, `/docs` and its style sheet; the document is made when it is first asked for."""
    blueprint = Blueprint("api_documents", __name__, template_folder="templates", static_folder="static")
    blueprint.add_app_template_filter(with_code)
    document = cache(made)

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        body = orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
        return Response(body, mimetype=_TYPE)

    @blueprint.get("/docs")
    def docs() -> Response:
        told = document()
        shown = render_template("api.html", info=told["info"], operations=operations(told))
        return Response(shown, mimetype="text/html")

    return blueprint
