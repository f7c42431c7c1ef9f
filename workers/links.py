"""The signed links of surveys: made by a worker for the desk's own message, checked by the page that they open.

A link is a JWT (RFC 7519) with HS256 and nothing else. Its names are single letters, and what is usual is left out,
because the fields of some desks hold no more than 255 characters, address included. What an answer needs stands in the
link itself: settings that change later do not change what was asked.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jwt

from integrations.errors import BadProof
from integrations.survey_ids import survey_id
from integrations.times import DAY, SECOND, Instant
from workers.accounts import Account
from workers.secrets import Vault
from workers.surveys.settings import AFTER_CHAT, AFTER_RESOLUTION, USUAL_DAYS, USUAL_SCALES, USUAL_VERSION

#: The one algorithm that is made and taken; a token that names another one, or `none`, is refused unread.
ALGORITHM: Final = "HS256"
#: Where the page of a survey is, below the address of this installation; the token follows.
PLACE: Final = "/s/"
_KINDS: Final = {"s": "csat", "e": "ces", "n": "nps"}
#: What the customer was asked after, by the letter that stands for it; any other word stands after a sign.
_TOUCHPOINTS: Final = {"": AFTER_RESOLUTION, "c": AFTER_CHAT}
_LONGEST: Final = 2000


class BadLink(BadProof):
    """A link that opens nothing; the message says why, for the log and never for who holds the link."""


class Expired(BadLink):
    """A link of ours whose time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyLink:
    """What one link asks: whom, about which ticket, by which survey, and until when."""

    account: str
    ticket: str
    kind: str  #: csat, ces or nps
    number: int = 1  #: how often this ticket was asked this kind of survey, with this time
    scale: tuple[int, int]
    direction: str = "easy"  #: of CES, what a high score means
    version: str = USUAL_VERSION  #: of the wording
    touchpoint: str = AFTER_RESOLUTION
    asked_at: Instant  #: to the second
    days: int = USUAL_DAYS  #: how long the link can be answered

    @property
    def survey(self) -> str:
        """The survey's id in events: one for each time that a ticket was asked."""
        return survey_id(self.kind, self.number)

    @property
    def expires_at(self) -> Instant:
        """The first moment at which nothing can be answered any more."""
        return self.asked_at // SECOND * SECOND + self.days * DAY

    @property
    def points(self) -> int:
        """How many scores can be given."""
        return self.scale[1] - self.scale[0] + 1


def keys_of(vault: Vault, account: Account) -> tuple[bytes, ...]:
    """The keys of an account's links: sign with the first, check with every one.

    They also hang on the account's own random key, so that an account which is removed and made anew under the same
    name does not take the links of the one before.
    """
    return tuple(hmac.digest(key, account.customer_key, "sha256") for key in vault.keys_for(f"links/{account.slug}"))


def make(link: SurveyLink, keys: Sequence[bytes]) -> str:
    """The token of a link; the same link always gives the same one, so that writing it again changes nothing."""
    return jwt.encode(_claims(link), keys[0], ALGORITHM, headers={"typ": None})


def address(public_url: str, token: str) -> str:
    """Where a token opens the survey."""
    return f"{public_url}{PLACE}{token}"


def account_of(token: str) -> str:
    """The account that a token names; nothing of it is proved yet. BadLink when it is no token at all."""
    if len(token) > _LONGEST or not token.isascii():
        raise BadLink("the link is no token")
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise BadLink(f"the link is no token: {error}") from error
    return _text(claims, "a")


def read(token: str, keys: Sequence[bytes], *, now: Instant) -> SurveyLink:
    """What a token asks once one of the keys proves it; Expired when its time is over, BadLink for anything else."""
    link = _link(_proved(token, keys))
    if now >= link.expires_at:
        raise Expired("the link has expired")
    return link


def _proved(token: str, keys: Sequence[bytes]) -> dict[str, Any]:
    # The clock is the caller's, so the token's times are looked at afterwards.
    unchecked: Any = {"verify_exp": False, "require": ["exp"]}
    for key in keys:
        try:
            return jwt.decode(token, key, algorithms=[ALGORITHM], options=unchecked)
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise BadLink(f"the link is no link of ours: {error}") from error
    raise BadLink("the link was signed by somebody else, or changed")


def _claims(link: SurveyLink) -> dict[str, Any]:
    claims: dict[str, Any] = {"a": link.account, "t": link.ticket, "k": _letter(_KINDS, link.kind)}
    unusual = {
        "n": (link.number, 1),
        "s": (list(link.scale), list(USUAL_SCALES[link.kind])),
        "e": (int(link.direction == "effort"), 0),
        "v": (link.version, USUAL_VERSION),
        "p": (_letter(_TOUCHPOINTS, link.touchpoint), ""),
        "d": (link.days, USUAL_DAYS),
    }
    claims |= {name: value for name, (value, usual) in unusual.items() if value != usual}
    return {**claims, "exp": link.expires_at // SECOND}


def _link(claims: Mapping[str, Any]) -> SurveyLink:
    # Only keys of ours get here: what does not fit was made by another version, or signed elsewhere with this key.
    kind = _KINDS.get(_text(claims, "k"))
    days, expires = _whole(claims, "d", USUAL_DAYS), _whole(claims, "exp", -1)
    if kind is None or days < 1 or expires < 0:
        raise BadLink("the link was made by another version")
    return SurveyLink(
        account=_text(claims, "a"),
        ticket=_text(claims, "t"),
        kind=kind,
        number=_whole(claims, "n", 1),
        scale=_scale(claims.get("s", USUAL_SCALES[kind])),
        direction="effort" if claims.get("e") else "easy",
        version=_text({"v": USUAL_VERSION, **claims}, "v"),
        touchpoint=_touchpoint(_text({"p": "", **claims}, "p")),
        asked_at=expires * SECOND - days * DAY,
        days=days,
    )


def _letter(letters: Mapping[str, str], name: str) -> str:
    return next((letter for letter, known in letters.items() if known == name), f"={name}")


def _touchpoint(told: str) -> str:
    return told[1:] if told.startswith("=") else _TOUCHPOINTS.get(told, AFTER_RESOLUTION)


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    if not isinstance(found, str):
        raise BadLink("the link was made by another version")
    return found


def _whole(claims: Mapping[str, Any], name: str, usual: int) -> int:
    found = claims.get(name, usual)
    if isinstance(found, bool) or not isinstance(found, int):
        raise BadLink("the link was made by another version")
    return found


def _scale(told: Any) -> tuple[int, int]:
    match told:
        case [int(low), int(high)] | (int(low), int(high)) if low < high:
            return low, high
    raise BadLink("the link was made by another version")
