"""The headers of every page: who may frame it, and that nothing in it comes from elsewhere or runs unasked."""

from __future__ import annotations

from typing import Final

from flask import Response, g

from plugin.panel.access.house import House
from plugin.panel.access.session import visit_now
from plugin.panel.ways_in.places import ancestors

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
_HEADERS: Final = {
    # A token in an address must not become known to where a link leads.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def be_taken_as_told(response: Response) -> Response:
    """After every answer, files too: a browser takes it for what it says it is, and for nothing else."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def add_headers(house: House, response: Response) -> Response:
    """After every page, also one that refuses; a file, which is the same for all, may be kept by browsers."""
    visit, slug = visit_now(), g.get("panel_slug")
    account = visit.account if visit else house.account(slug) if slug else None
    response.headers.update(_HEADERS)
    response.headers["Content-Security-Policy"] = _POLICY.format(ancestors=ancestors(account))
    return response
