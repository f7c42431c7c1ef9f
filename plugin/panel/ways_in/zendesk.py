"""From Zendesk: the token that it posts when it opens the app is checked, then we vouch for its user ourselves.

An app with `signedUrls` is opened by a POST of a form with the field `token`, a JSON Web Token that Zendesk signs with
RS256 for this app alone. Sources: "Building a server-side app - Part 5: Securing the app" (developer.zendesk.com) for
the algorithm, `iss` and `aud`; what stands in `sub`, `role` and `context` is not verified and read with care.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
import structlog
from flask import Blueprint, Response, request

from integrations.times import SECOND, Instant
from plugin.panel.access.guard import visit_of
from plugin.panel.access.house import House
from plugin.panel.access.refusals import Refusal
from plugin.panel.access.session import begin
from plugin.panel.access.sign_in import welcomed
from plugin.panel.access.tokens import Claims
from plugin.panel.ways_in.opening import account_of, page_for, ticket_in
from plugin.panel.ways_in.which import which_ticket
from workers.accounts import Account
from workers.store.users import ROLES, VIEWER

NAME: Final = "zendesk"
#: The credential that holds the app's public key.
KEY: Final = "app_public_key"
_BESIDE: Final = "ticket_sidebar"
_LOCATIONS: Final = ("nav_bar", _BESIDE)
_AUDIENCE: Final = re.compile(r"https://([a-z0-9.-]+)/api/v2/apps/installations/[0-9]{1,20}\.json", re.ASCII)
#: How far Zendesk's clock and ours may be apart, and how long its token may be good, in seconds.
_LEEWAY: Final = 60
_LONGEST: Final = 3600
_LONGEST_TOKEN: Final = 8192
_LONGEST_NAME: Final = 100

log = structlog.get_logger(__name__)


class _NotVouched(ValueError):
    """What was posted does not prove who somebody is; says why, for the log."""


def add_zendesk(ways: Blueprint, house: House) -> None:
    """`POST /panel/<account>/in/zendesk`; a GET, which proves nothing, is answered 405."""
    ways.add_url_rule("/zendesk", "zendesk", partial(_open, house), methods=["POST"])


def vouched(text: str, account: Account, *, now: Instant) -> Mapping[str, Any]:
    """The claims of a token that Zendesk signed for this account's app; ValueError, with the reason, for all else."""
    claims = _signed(text, account)
    _check_times(claims, now // SECOND)
    host = urlsplit(account.access.url).hostname or ""
    if claims["iss"] not in (host, f"https://{host}"):
        raise _NotVouched("another Zendesk signed it")
    named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    matched = [_AUDIENCE.fullmatch(one) for one in named if isinstance(one, str)]
    if not any(found and found[1] == host for found in matched):
        raise _NotVouched("it is meant for another app")
    context = _context(claims)
    if context.get("product", "support") != "support" or context.get("location", "nav_bar") not in _LOCATIONS:
        raise _NotVouched("it was made for another place")
    return claims


def _open(house: House, account: str) -> Response:
    found = account_of(house, account, NAME)
    try:
        claims = vouched(request.form.get("token", ""), found, now=house.clock())
    except _NotVouched as error:
        log.info("zendesk's token is refused", account=account, error=str(error))
        raise Refusal("desk") from error
    ticket = ticket_in(_context(claims).get("ticket_id"))
    visitor = Claims(
        account=account, user=_user(claims), role=_role(claims, found), via=NAME, number=0,
        began=house.clock() // SECOND, ticket=ticket,
    )  # fmt: skip
    if ticket is None and _context(claims).get("location") == _BESIDE:
        begin(visit_of(house, found, visitor))
        return which_ticket(house)
    # Zendesk shows apps in frames only; a browser that does not tell must not be given a cookie either.
    return welcomed(house, found, visitor, page=page_for(found, ticket), framed=True)


def _signed(text: str, account: Account) -> Mapping[str, Any]:
    key = account.credentials.get(KEY, "")
    if not key:
        raise _NotVouched("the account has no key of the app; connect it with --credential app_public_key=@FILE")
    if len(text) > _LONGEST_TOKEN:
        raise _NotVouched("it is too long")
    # Audience, issuer and times are compared below, where more than one form of them is right.
    options: Any = {
        "require": ["iss", "aud", "exp", "iat"],
        **dict.fromkeys((f"verify_{name}" for name in ("aud", "iss", "exp", "iat", "nbf", "sub", "jti")), False),
    }
    try:
        return jwt.decode(text, key, ["RS256"], options)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise _NotVouched(f"{type(error).__name__}") from error


def _check_times(claims: Mapping[str, Any], seconds: int) -> None:
    issued, expires = claims["iat"], claims["exp"]
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in (issued, expires)):
        raise _NotVouched("its times are no numbers")
    if not issued - _LEEWAY <= seconds < expires or expires - issued > _LONGEST:
        raise _NotVouched("it is too old, or from the future")


def _context(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    context = claims.get("context")
    return context if isinstance(context, dict) else {}


def _user(claims: Mapping[str, Any]) -> str:
    """The user's own number, where it is told as a number or at the end of an address; never an e-mail address."""
    found = re.search(r"([0-9]{1,20})(?:\.json)?$", str(claims.get("sub", ""))[:_LONGEST_NAME])
    return f"{NAME}:{found[1]}" if found else NAME


def _role(claims: Mapping[str, Any], account: Account) -> str:
    """What the account's settings say of this role of Zendesk's; a viewer where they say nothing."""
    roles: Mapping[str, str] = account.settings.get("panel", {}).get("roles", {})
    found = roles.get(str(claims.get("role", ""))[:_LONGEST_NAME], VIEWER)
    return found if found in ROLES else VIEWER
