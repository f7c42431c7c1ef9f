"""`/explain`: what a figure means, what it leaves out and why, and the tickets it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from plugin.api import forms, schemas
from plugin.api.figures import days, refused
from plugin.api.parts import Parts
from plugin.api.queries import ExplainQuery
from plugin.api.routes import Routes
from workers.cuts import BadReport
from workers.explain import ExplainRequest, explain


def add_explanations(routes: Routes, parts: Parts) -> None:
    """Add the address."""

    def get_explanation(query: dict[str, Any], account: str) -> Response:
        """What a figure means, what it leaves out and why, and the tickets it is made of.

        The same as `deskpulse report --explain`. Needs the scope `read`.
        """
        return forms.document(_explanation(parts, account, query))

    answer, told = schemas.Explanation, schemas.EXPLANATION
    routes.add("GET", "/explain", get_explanation, query=ExplainQuery, answer=answer, told=told)


def _explanation(parts: Parts, slug: str, query: Mapping[str, Any]) -> dict[str, Any]:
    now = parts.clock()
    given = {name: query[name] for name in ("slice", "after", "limit") if name in query}
    with parts.database.read() as connection:
        account = parts.account(connection, slug)
        first, last = days(account, query, now)
        try:
            return explain(connection, account, ExplainRequest(query["metric"], first, last, **given), now=now)
        except BadReport as error:
            raise refused(error) from error
