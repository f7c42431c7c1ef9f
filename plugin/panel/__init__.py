"""The panel: what a support lead opens inside the desk, or at top level with a sign-in of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, g
from werkzeug.exceptions import HTTPException

from plugin.errors import Problem
from plugin.panel.access.guard import admit
from plugin.panel.access.headers import add_headers, be_taken_as_told
from plugin.panel.access.house import House
from plugin.panel.access.pages import failed_page, problem_page, refused_page
from plugin.panel.access.refusals import Refusal
from plugin.panel.access.sign_in import add_sign_in, add_sign_out
from plugin.panel.views.routes import add_views
from plugin.panel.views.ticket import fragment as ticket_fragment
from plugin.panel.ways_in.liveagent import Fragment
from plugin.panel.ways_in.ways import ways_in
from plugin.panel.ways_in.which import add_open_ticket
from workers.runtime import Clock, now
from workers.secrets import vault
from workers.settings import Settings
from workers.store.database import Database

#: What adds views to the blueprint of the pages, `panel.pages`, which lets nobody in who is not signed in.
AddViews = Callable[[Blueprint, House], None]
VIEWS: Final[tuple[AddViews, ...]] = (add_sign_out, add_open_ticket, add_views)


def panel(
    settings: Settings,
    database: Database,
    *,
    clock: Clock = now,
    views: tuple[AddViews, ...] = VIEWS,
    fragment: Fragment = ticket_fragment,
) -> Blueprint:
    """`/`, `/panel/<account>/…` and `/static/panel/…`."""
    house = House(settings, database, vault(settings), clock)
    outer = Blueprint("panel", __name__, static_folder="static", static_url_path="/static/panel")
    pages = Blueprint("pages", __name__, url_prefix="/panel/<account>", template_folder="templates")
    access = Blueprint("access", __name__, template_folder="access/templates")
    pages.url_value_preprocessor(_take_account)
    pages.before_request(partial(admit, house))
    for add in views:
        add(pages, house)
    pages.add_url_rule("/<path:rest>", "missing", _missing)
    add_sign_in(access, house)
    for inner in (pages, access, ways_in(house, fragment)):
        inner.after_request(partial(add_headers, house))
        outer.register_blueprint(inner)
    outer.after_request(be_taken_as_told)
    _answer_errors(outer, house)
    return outer


def _take_account(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """The account is everybody's first question, so that no page asks it again."""
    if values is not None:
        g.panel_slug = values.pop("account")


def _missing(**_values: str) -> Response:
    raise Refusal("missing")


def _answer_errors(outer: Blueprint, house: House) -> None:
    """Errors of the panel are pages too."""

    def refused(refusal: Refusal) -> Response:
        return refused_page(house, refusal)

    def problem(error: Problem) -> Response:
        return problem_page(house, error)

    def failed(error: HTTPException) -> Response:
        return failed_page(house, error)

    outer.register_error_handler(Refusal, refused)
    outer.register_error_handler(Problem, problem)
    outer.register_error_handler(HTTPException, failed)
