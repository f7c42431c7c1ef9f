"""The few pages of the access itself: the sign-in, and why somebody is refused, with the sign-in where it helps."""

from __future__ import annotations

from typing import Any, Final, cast
from urllib.parse import urlencode

from flask import Response, g, render_template, request
from werkzeug.exceptions import HTTPException

from plugin.errors import Problem
from plugin.panel.access import browser
from plugin.panel.access.house import House
from plugin.panel.access.refusals import REASONS, Reason, Refusal
from plugin.panel.access.session import TOKEN_FIELD, visit_now
from workers.store.users import LONGEST_NAME
from workers.wording.language import Language, best_language, language, mark

_DEFAULT: Final = "en"
_WELCOME: Final = 200
_NOT_POSSIBLE: Final = mark("That cannot be shown")
#: Bound to HTTP's form: a 401 names a way to prove oneself.
_CHALLENGE: Final = 'Form realm="deskpulse"'


def speaking(house: House) -> Language:
    """The visitor's language: as they chose, else as their browser asks, else the account's."""
    visit = visit_now()
    if visit is not None and visit.visitor.language:
        return language(visit.visitor.language)
    account = visit.account if visit else house.account(g.get("panel_slug", ""))
    default = str(account.settings.get("language", _DEFAULT)) if account else _DEFAULT
    return language(best_language(request.headers.get("Accept-Language"), default))


def sign_in_page(house: House) -> Response:
    """The sign-in of one account, or of any where the address names none."""
    return _page(house, REASONS["nobody"], status=_WELCOME, alert=False)


def refused_page(house: House, refusal: Refusal) -> Response:
    """Why not, and what to do; Retry-After where there is something to wait for."""
    response = _page(house, refusal.reason, status=refusal.reason.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(refusal.retry_after)))
    return response


def told_page(house: House, status: int, title: str, what: str, do: str = "") -> Response:
    """A page of one title and a sentence or two."""
    return _page(house, Reason(status, title, what, do, sign_in=False), status=status)


def problem_page(house: House, problem: Problem) -> Response:
    """What a page could not do, in its own sentence."""
    response = _page(
        house, Reason(problem.status, _NOT_POSSIBLE, str(problem), "", sign_in=False), status=problem.status
    )
    response.headers.update(problem.headers)
    return response


def failed_page(house: House, error: HTTPException) -> Response:
    """What went wrong, in no more words than help; an answer that is no error passes as it is."""
    status = error.code or 500
    if error.response is not None or status < 400:
        return cast("Response", error.get_response())
    return _page(house, REASONS["failed" if status >= 500 else "missing"], status=status)


def wanted() -> str:
    """The page that was asked for, without the token in its address; where a sign-in leads to."""
    if request.method != "GET":
        return _sent("next")
    pairs = [(key, value) for key, value in request.args.items(multi=True) if key != TOKEN_FIELD]
    return f"{request.path}?{urlencode(pairs)}" if pairs else request.path


def _sent(name: str) -> str:
    """A field of the form that was sent; '' where it is too long to be read, which is then what the page says."""
    try:
        return request.form.get(name, "")
    except HTTPException:
        return ""


def _page(house: House, reason: Reason, *, status: int, alert: bool = True) -> Response:
    speech = speaking(house)
    values: dict[str, Any] = {
        "reason": reason,
        "alert": alert and status != _WELCOME,
        "account": g.get("panel_slug"),
        "name": _sent("name")[:LONGEST_NAME],
        "next": g.get("panel_next") or wanted(),
        "hint": g.get("panel_hint"),
        "resume": status == _WELCOME and bool(g.get("panel_next")),
        "frame": bool(browser.framed()) or _sent("frame") == "1" or bool(g.get("panel_frame")),
        "say": speech.say,
        "language": speech.code,
    }
    response = Response(render_template("access/page.html", **values), status, mimetype="text/html")
    if status == 401:
        response.headers["WWW-Authenticate"] = _CHALLENGE
    return response
