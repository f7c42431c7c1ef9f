"""What is signed for a visitor: which account, who, in which role, until when; and what is none of that.

JSON Web Tokens (RFC 7519) under HMAC-SHA256, with a key of each account's own. Times in them are whole seconds.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias

import jwt

from integrations.errors import DeskpulseError
from integrations.times import SECOND, Instant
from workers.accounts import Account
from workers.secrets import Vault

#: What a token is for, its audience: one for another purpose opens nothing.
PANEL: Final = "panel"  #: travels in links and forms where there can be no cookie
COOKIE: Final = "panel cookie"
ENTRY: Final = "panel entry"  #: lets somebody in once without a password
#: How long each is good, in seconds.
LIFETIMES: Final[Mapping[str, int]] = {PANEL: 600, COOKIE: 12 * 3600, ENTRY: 3600}
#: However often a token is renewed, after so many seconds one signs in again.
LONGEST_VISIT: Final = 12 * 3600
#: How far two of our own machines' clocks may be apart, in seconds.
_LEEWAY: Final = 60

_ALGORITHM: Final = "HS256"
_ISSUER: Final = "deskpulse"
_REQUIRED: Final = ("aud", "iss", "iat", "exp", "account", "sub", "role", "via", "number", "began")
#: A token is a few hundred letters; nothing longer is looked at.
_LONGEST: Final = 4096

Keys: TypeAlias = Sequence[bytes]


class BadToken(DeskpulseError):
    """Nothing that was signed for this account and this purpose, or not any more."""


class ExpiredToken(BadToken):
    """It was good once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says; `began` and `expires` in seconds since 1970."""

    account: str
    user: str
    role: str
    via: str  #: how they came in: `password`, `entry`, or the desk that vouched for them
    number: int  #: the user's, for those who are kept; 0 for who is known to the desk only
    began: int  #: when they signed in
    expires: int = 0
    language: str | None = None
    ticket: str | None = None


def keys_of(vault: Vault, account: Account) -> Keys:
    """The account's keys: sign with the first, check with every one.

    The account's own random key is in them, so that one made again under the same name has others.
    """
    text = account.slug.encode() + b"\0" + account.customer_key
    return tuple(hmac.digest(key, text, "sha256") for key in vault.keys_for("panel"))


def signed(claims: Claims, purpose: str, keys: Keys, *, now: Instant) -> str:
    """A token good for as long as its purpose allows, and never beyond the visit it belongs to."""
    issued = now // SECOND
    expires = min(issued + LIFETIMES[purpose], claims.began + LONGEST_VISIT)
    values = {
        "iss": _ISSUER, "aud": purpose, "iat": issued, "exp": expires, "account": claims.account, "sub": claims.user,
        "role": claims.role, "via": claims.via, "number": claims.number, "began": claims.began,
        "language": claims.language, "ticket": claims.ticket,
    }  # fmt: skip
    return jwt.encode({key: value for key, value in values.items() if value is not None}, keys[0], _ALGORITHM)


def read(text: str, purpose: str, keys: Keys, account: str, *, now: Instant) -> Claims:
    """What a token of this account for this purpose says; BadToken for all else, ExpiredToken when it is over."""
    values = _values(text, purpose, keys)
    found = Claims(
        account=values["account"], user=values["sub"], role=values["role"], via=values["via"],
        number=values["number"], began=values["began"], expires=values["exp"], language=values.get("language"),
        ticket=values.get("ticket"),
    )  # fmt: skip
    if not _has_types(found) or not isinstance(values["iat"], int) or found.account != account:
        raise BadToken("it is none of this account's")
    seconds = now // SECOND
    if found.expires - values["iat"] > LIFETIMES[purpose] or values["iat"] > seconds + _LEEWAY:
        raise BadToken("its times cannot be")
    if found.expires <= seconds:
        raise ExpiredToken("it is not good any more")
    return found


def _values(text: str, purpose: str, keys: Keys) -> dict[str, Any]:
    # The times are compared with our own clock below.
    options: Any = {"require": list(_REQUIRED), "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    if len(text) > _LONGEST:
        raise BadToken("it is no token")
    for key in keys:
        try:
            return jwt.decode(text, key, [_ALGORITHM], options, audience=purpose, issuer=_ISSUER)
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, ValueError) as error:
            raise BadToken("it is no token of ours") from error
    raise BadToken("none of our keys signed it")


_TYPES: Final[Mapping[str, tuple[type, ...]]] = {"int": (int,), "str": (str,), "str | None": (str, type(None))}


def _has_types(claims: Claims) -> bool:
    return all(isinstance(getattr(claims, each.name), _TYPES[str(each.type)]) for each in fields(Claims))
