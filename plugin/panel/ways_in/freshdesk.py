"""From Freshdesk: its app shows our page in a frame of its own, and its server may vouch for the agent.

What it vouches with is a JSON Web Token under HS256 and the account's panel secret, made in the app's `server.js`:
`aud` "deskpulse panel", `account`, `sub` (the agent's number), `iat`, `exp`, and if wanted `role` and `ticket`. Without
one the agent signs in. Whether Freshworks lets such an app through its review is not verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import jwt
import structlog
from flask import Blueprint, Response, request

from integrations.panels import panel_secret
from integrations.times import SECOND, Instant
from plugin.panel.access.house import House
from plugin.panel.access.refusals import Refusal
from plugin.panel.access.sign_in import welcomed
from plugin.panel.access.tokens import Claims
from plugin.panel.ways_in.opening import account_of, asked_ticket, page_for, sign_in_for, ticket_in
from workers.accounts import Account
from workers.store.users import ROLES, VIEWER

NAME: Final = "freshdesk"
AUDIENCE: Final = "deskpulse panel"
_REQUIRED: Final = ("aud", "account", "sub", "iat", "exp")
_LEEWAY: Final = 60
_LONGEST: Final = 300  #: seconds that such a token may be good
_LONGEST_TOKEN: Final = 4096

log = structlog.get_logger(__name__)


def add_freshdesk(ways: Blueprint, house: House) -> None:
    """`GET /panel/<account>/in/freshdesk`, with or without `?token=`."""
    ways.add_url_rule("/freshdesk", "freshdesk", partial(_open, house))


def vouched(text: str, account: Account, *, now: Instant) -> Mapping[str, Any]:
    """The claims of a token that the account's own app made; ValueError for all else."""
    claims = _signed(text, account, now)
    seconds, issued, expires = now // SECOND, claims["iat"], claims["exp"]
    if not isinstance(issued, int) or not isinstance(expires, int) or claims["account"] != account.slug:
        raise ValueError("it is none of this account's")
    if not issued - _LEEWAY <= seconds < expires or expires - issued > _LONGEST:
        raise ValueError("it is too old, from the future, or good for too long")
    return claims


def _open(house: House, account: str) -> Response:
    found, text = account_of(house, account, NAME), request.args.get("token", "")
    if not text:
        return sign_in_for(house, found, asked_ticket())
    try:
        claims = vouched(text, found, now=house.clock())
    except ValueError as error:
        log.info("the app's token is refused", account=account, error=str(error))
        raise Refusal("desk") from error
    ticket = ticket_in(claims.get("ticket")) or asked_ticket()
    role = claims.get("role")
    visitor = Claims(
        account=account, user=f"{NAME}:{str(claims['sub'])[:64]}", role=role if role in ROLES else VIEWER, via=NAME,
        number=0, began=house.clock() // SECOND, ticket=ticket,
    )  # fmt: skip
    return welcomed(house, found, visitor, page=page_for(found, ticket), framed=True)


def _signed(text: str, account: Account, now: Instant) -> Mapping[str, Any]:
    options: Any = {"require": list(_REQUIRED), "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    if len(text) > _LONGEST_TOKEN:
        raise ValueError("it is too long")
    for secret in account.active_secrets(now):
        try:
            return jwt.decode(text, panel_secret(secret.decode()), ["HS256"], options, audience=AUDIENCE)
        except jwt.InvalidSignatureError:
            continue
        except jwt.PyJWTError as error:
            raise ValueError(type(error).__name__) from error
    raise ValueError("no secret of the account signed it")
