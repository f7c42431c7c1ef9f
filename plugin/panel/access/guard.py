"""Lets a request in or not: by the cookie or the token it carries, checked against the user as kept now."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import Final, cast

from flask import g, request
from sqlalchemy import Connection

from plugin.panel.access import browser
from plugin.panel.access.house import House
from plugin.panel.access.refusals import Refusal
from plugin.panel.access.session import FORM_FIELD, TOKEN_FIELD, Role, Visit, Visitor, begin
from plugin.panel.access.tokens import COOKIE, PANEL, BadToken, Claims, ExpiredToken, Keys, read, signed
from plugin.panel.ways_in.places import still_vouches
from workers.accounts import Account
from workers.store import accounts, users

#: How those came in who are kept as users of the account.
PASSWORD: Final = "password"  # noqa: S105 - a word, not a password
DEMO: Final = "entry"

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: No form of the panel is longer.
LARGEST_FORM: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a request proved, and the cookie it did so by ('' for a token)."""

    claims: Claims
    cookie: str = ""


def admit(house: House) -> None:
    """Before every page: find out whose request this is; Refusal when it is nobody's."""
    slug: str = g.panel_slug
    request.max_content_length = LARGEST_FORM
    if browser.asked_behind_ones_back():
        raise Refusal("elsewhere")
    with house.database.read() as connection:
        account = accounts.find(connection, slug, house.vault)
        if account is None:
            raise Refusal("nobody")
        keys = house.keys(account)
        shown = _shown(house, keys, account)
        claims = _confirmed(connection, account, shown.claims)
    if request.method not in _SAFE and not _own_form(shown, keys):
        raise Refusal("form")
    begin(visit_of(house, account, claims, cookie=shown.cookie))


def visit_of(house: House, account: Account, claims: Claims, *, cookie: str = "") -> Visit:
    """The visit of somebody who is known: by the cookie they showed, or with a token from now on."""
    visitor = Visitor(
        account=account.slug,
        user=claims.user,
        role=cast("Role", claims.role),
        way="cookie" if cookie else "token",
        language=claims.language,
        ticket=claims.ticket,
    )
    keys = house.keys(account)
    if cookie:
        return Visit(visitor, account, form=_form_token(cookie, keys[0]))
    return Visit(visitor, account, token=signed(claims, PANEL, keys, now=house.clock()))


def _shown(house: House, keys: Keys, account: Account) -> _Shown:
    """The cookie where there is a good one, else the token."""
    kept = browser.cookie()
    by_cookie = _claims_of(kept, keys, account, house) if kept else None
    if by_cookie is not None:
        return _Shown(by_cookie, cookie=kept)
    text = request.form.get(TOKEN_FIELD) or request.args.get(TOKEN_FIELD)
    if not text:
        raise Refusal("nobody")
    try:
        return _Shown(read(text, PANEL, keys, account.slug, now=house.clock()))
    except ExpiredToken as error:
        raise Refusal("expired") from error
    except BadToken as error:
        raise Refusal("token") from error


def _claims_of(cookie: str, keys: Keys, account: Account, house: House) -> Claims | None:
    """What the cookie says; None when it is another account's, or over: there is one cookie for all accounts."""
    try:
        return read(cookie, COOKIE, keys, account.slug, now=house.clock())
    except BadToken:
        return None


def _confirmed(connection: Connection, account: Account, claims: Claims) -> Claims:
    """The claims as they hold now; Refusal for who was signed out, removed, or is not vouched for any more."""
    if claims.via not in (PASSWORD, DEMO):
        if not still_vouches(claims.via, account):
            raise Refusal("ended")
        return claims
    user = users.find(connection, account.slug, claims.user)
    if user is None or user.number != claims.number:
        raise Refusal("ended")
    return replace(claims, role=user.role, language=user.language)


def _own_form(shown: _Shown, keys: Keys) -> bool:
    """Whether a form was made by a page of this visitor: a token in it says so, and so does what goes with a cookie."""
    if browser.posted_from_elsewhere():
        return False
    if not shown.cookie:
        return True
    given = request.form.get(FORM_FIELD, "").encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(given, _form_token(shown.cookie, key).encode()) for key in keys)


def _form_token(cookie: str, key: bytes) -> str:
    return hmac.digest(key, b"form\0" + cookie.encode("utf-8", "surrogatepass"), "sha256").hex()
