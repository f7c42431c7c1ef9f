"""Signing in with a name and a password, coming in by a signed link, and signing out."""

from __future__ import annotations

from functools import partial
from typing import Final
from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, g, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from integrations.times import DAY, SECOND
from plugin.limits import address_key
from plugin.panel.access import browser
from plugin.panel.access.guard import DEMO, LARGEST_FORM, PASSWORD
from plugin.panel.access.house import House
from plugin.panel.access.pages import sign_in_page, told_page
from plugin.panel.access.refusals import Refusal
from plugin.panel.access.session import TOKEN_FIELD, current_visitor
from plugin.panel.access.tokens import COOKIE, ENTRY, PANEL, BadToken, Claims, read, signed
from workers.accounts import Account
from workers.store import users
from workers.store.users import LONGEST_NAME, User
from workers.wording.language import mark

SIGNED_OUT: Final = mark("You are signed out")
EVERYWHERE: Final = mark("On every device, until you sign in again.")
BY_DESK: Final = mark("Your desk says who you are: what was open here opens nothing after ten minutes.")
_SEE_OTHER: Final = 303

log = structlog.get_logger(__name__)


def add_sign_in(access: Blueprint, house: House) -> None:
    """`/`, `/panel/<account>/sign-in` and `/panel/<account>/enter`: for those who are nobody yet."""
    access.add_url_rule("/", "start", partial(sign_in_page, house))
    access.add_url_rule("/", "sign_in", partial(_sign_in_anywhere, house), methods=["POST"])
    access.add_url_rule("/panel/<account>/sign-in", "sign_in_page", partial(_shown, house))
    access.add_url_rule("/panel/<account>/sign-in", "sign_in_account", partial(_sign_in, house), methods=["POST"])
    access.add_url_rule("/panel/<account>/enter", "enter", partial(_enter, house))


def add_sign_out(pages: Blueprint, house: House) -> None:
    """`/panel/<account>/sign-out`: the form of a visitor."""
    pages.add_url_rule("/sign-out", "sign_out", partial(_sign_out, house), methods=["POST"])


def welcomed(house: House, account: Account, claims: Claims, *, page: str = "", framed: bool | None) -> Response:
    """Send somebody who proved who they are to a page: with a cookie at top level, with a token in a frame.

    Where the browser does not tell which of them it is, with both; the cookie is used if it comes back.
    """
    keeps = browser.keeps_cookies(house.settings) and not framed
    address = _own_page(page, account) or url_for("panel.pages.now", account=account.slug)
    if not keeps or framed is None:
        token = signed(claims, PANEL, house.keys(account), now=house.clock())
        address += ("&" if "?" in address else "?") + urlencode({TOKEN_FIELD: token})
    answer = Response(status=_SEE_OTHER, headers={"Location": address})
    if keeps:
        browser.keep(answer, signed(claims, COOKIE, house.keys(account), now=house.clock()))
    return answer


def _shown(house: House, account: str) -> Response:
    g.panel_slug = account
    return sign_in_page(house)


def _sign_in_anywhere(house: House) -> Response:
    return _sign_in(house, request.form.get("account", "").strip()[:LONGEST_NAME])


def _sign_in(house: House, account: str) -> Response:
    """The same steps and the same answer whether it is the account, the user or the password that is wrong."""
    request.max_content_length = LARGEST_FORM
    g.panel_slug = account
    if browser.posted_from_elsewhere():
        raise Refusal("elsewhere")
    name, password = request.form.get("name", "").strip()[:LONGEST_NAME], request.form.get("password", "")
    _not_too_often(house, account, name)
    with house.database.read() as connection:
        user = users.find(connection, account, name)
    right = users.proves(user, password)
    found = house.account(account)
    if user is None or not right or found is None:
        log.info("sign-in refused", account=account if found else "")
        raise Refusal("wrong")
    _note(house, account, user)
    claims = _claims_of(house, account, user, PASSWORD)
    framed = True if request.form.get("frame") == "1" else browser.framed()
    return welcomed(house, found, claims, page=request.form.get("next", ""), framed=framed)


def _not_too_often(house: House, account: str, name: str) -> None:
    """Refusal before anything is looked at, for names that exist and names that do not."""
    wait = house.tries_of_address.take(address_key(request.remote_addr or ""))
    wait = wait or house.tries_of_user.take(f"{account}\0{name}")
    if wait:
        raise Refusal("often", retry_after=wait)


def _note(house: House, account: str, user: User) -> None:
    """Write down the day of a sign-in; a database that cannot be written to now refuses nobody."""
    day = house.clock() // DAY
    if user.used_day == day:
        return
    try:
        with house.database.write() as connection:
            users.note_use(connection, account, user.name, day)
    except SQLAlchemyError:
        log.warning("the day of a sign-in is not noted", account=account)


def _claims_of(house: House, account: str, user: User, via: str) -> Claims:
    return Claims(
        account=account, user=user.name, role=user.role, via=via, number=user.number,
        began=house.clock() // SECOND, language=user.language,
    )  # fmt: skip


def _enter(house: House, account: str) -> Response:
    """Come in by a link that was signed for a user of this account, as the demo prints one."""
    g.panel_slug = account
    found = house.account(account)
    if found is None:
        raise Refusal("token")
    try:
        claims = read(request.args.get(TOKEN_FIELD, ""), ENTRY, house.keys(found), account, now=house.clock())
    except BadToken as error:
        raise Refusal("token") from error
    with house.database.read() as connection:
        user = users.find(connection, account, claims.user)
    if user is None or user.number != claims.number:
        raise Refusal("ended")
    return welcomed(house, found, _claims_of(house, account, user, DEMO), framed=browser.framed())


def _sign_out(house: House) -> Response:
    """End every sign-in of this user, here and elsewhere, and forget the cookie."""
    visitor = current_visitor()
    with house.database.write() as connection:
        ended = users.sign_out(connection, visitor.account, visitor.user)
    answer = told_page(house, 200, SIGNED_OUT, EVERYWHERE if ended else BY_DESK)
    browser.drop(answer)
    return answer


def _own_page(page: str, account: Account) -> str:
    """A page of this account's panel; '' for every other address, wherever it leads."""
    home = f"/panel/{account.slug}/"
    plain = page.isascii() and page.isprintable() and "\\" not in page and "/../" not in page
    return page if plain and page.startswith(home) and not page.startswith((f"{home}sign-", f"{home}in/")) else ""
