"""What a page asks about its visitor, and what it writes so that the next request is theirs too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, Literal, ParamSpec, TypeVar, cast

from flask import g, url_for
from markupsafe import Markup

from plugin.panel.access.refusals import Refusal
from workers.accounts import Account
from workers.store.users import LEAD, VIEWER

Role = Literal["lead", "viewer"]
Way = Literal["cookie", "token"]

#: The names of what travels in addresses and forms.
TOKEN_FIELD: Final = "t"  # noqa: S105 - a name, not a token
FORM_FIELD: Final = "form_token"
#: Where the pages' endpoints are.
PAGES: Final = "panel.pages"

_RANKS: Final = {VIEWER: 0, LEAD: 1}

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page: of which account, in which role, and how that is proved from request to request."""

    account: str
    user: str
    role: Role
    way: Way
    language: str | None = None
    ticket: str | None = None  #: the ticket beside which the panel is shown


@dataclass(frozen=True)
class Visit:
    """One request of a visitor; `token` and `form` are what its answer's links and forms carry."""

    visitor: Visitor
    account: Account
    token: str = ""
    form: str = ""


def begin(visit: Visit) -> None:
    """Remember whose request this is."""
    g.panel_visit = visit


def visit_now() -> Visit | None:
    """The visit this request belongs to; None when nobody is signed in."""
    return cast("Visit | None", g.get("panel_visit"))


def current_visitor() -> Visitor:
    """Who asks; only for pages, which nobody reaches without being somebody."""
    return _visit().visitor


def current_account() -> Account:
    """The account whose pages are looked at."""
    return _visit().account


def link(endpoint: str, **values: object) -> str:
    """The address of one of the panel's pages, as `now`, `figure`: with a fresh token where there is no cookie."""
    visit = _visit()
    proof = {TOKEN_FIELD: visit.token} if visit.visitor.way == "token" else {}
    given: dict[str, Any] = {key: value for key, value in values.items() if value is not None}
    return url_for(f"{PAGES}.{endpoint}", **{**given, "account": visit.account.slug, **proof})


def form_token() -> Markup:
    """What every form with method POST holds: hidden, and refused when it is missing or somebody else's."""
    visit = _visit()
    if visit.visitor.way == "token":
        return _hidden(TOKEN_FIELD, visit.token)
    return _hidden(FORM_FIELD, visit.form)


def query_token() -> Markup:
    """What every form with method GET holds, which drops the query of its address: nothing where a cookie proves."""
    visit = _visit()
    return _hidden(TOKEN_FIELD, visit.token) if visit.visitor.way == "token" else Markup()


def for_role(role: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A view for those who have at least this role; everybody else is refused."""

    def guarded(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def answer(*args: P.args, **kwargs: P.kwargs) -> R:
            if not may(role):
                raise Refusal("role")
            return view(*args, **kwargs)

        return answer

    return guarded


def may(role: Role) -> bool:
    """Whether the visitor has at least this role."""
    return _RANKS[current_visitor().role] >= _RANKS[role]


def _visit() -> Visit:
    visit = visit_now()
    if visit is None:
        raise Refusal("nobody")
    return visit


def _hidden(name: str, value: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)
