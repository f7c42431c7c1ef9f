"""Handing a link to the desk: the wish becomes a field with the link, and once the desk holds it the survey is sent."""

from __future__ import annotations

from typing import Any, Final

import orjson
from sqlalchemy import Connection

from integrations.base import Reading
from integrations.errors import GiveUp
from integrations.events import Event, event
from integrations.times import Instant
from workers import links
from workers.absorbing import Incoming, absorb
from workers.accounts import Account
from workers.links import SurveyLink
from workers.runtime import Runtime
from workers.store import survey_asks
from workers.surveys.deciding import SURVEY

_NO_ADDRESS: Final = (
    "a survey has no address that a customer could open: set DESKPULSE_PUBLIC_URL, "
    "then let `deskpulse doctor --retry` hand over what waits"
)


def spelled_out(runtime: Runtime, account: Account, ticket: str, wish: str) -> str:
    """The wish as the desk is asked for it: of a survey a field that holds the link, any other as it is.

    GiveUp when nobody could open the link. The same wish always gives the same link.
    """
    told = orjson.loads(wish)
    if told.get("kind") != SURVEY:
        return wish
    if not runtime.settings.public_url:
        raise GiveUp(_NO_ADDRESS)
    token = links.make(_link(account.slug, ticket, told), links.keys_of(runtime.vault, account))
    address = links.address(runtime.settings.public_url, token)
    return orjson.dumps({"kind": "field", "name": told["name"], "value": address}).decode()


def handed_over(connection: Connection, account: Account, ticket: str, wish: str, *, now: Instant) -> None:
    """Count a survey as sent, now that the desk holds its link; nothing for other wishes.

    In the transaction that marks the wish as fulfilled, and before it, because take-in locks tickets first.
    """
    told = orjson.loads(wish)
    if told.get("kind") != SURVEY:
        return
    sent = _sent(_link(account.slug, ticket, told), now)
    absorb(connection, account, [Incoming(Reading(events=(sent,)), "live", now)], now=now)
    survey_asks.hand_over(connection, account.slug, ticket, told["survey"], told["number"], now=now)


def _link(account: str, ticket: str, told: dict[str, Any]) -> SurveyLink:
    return SurveyLink(
        account=account,
        ticket=ticket,
        kind=told["survey"],
        number=told["number"],
        scale=(told["scale"][0], told["scale"][1]),
        direction=told["direction"],
        version=told["version"],
        touchpoint=told["touchpoint"],
        asked_at=told["asked_at"],
        days=told["days"],
    )


def _sent(link: SurveyLink, now: Instant) -> Event:
    told: dict[str, Any] = {"direction": link.direction} if link.kind == "ces" else {}
    return event(
        "survey.sent",
        link.ticket,
        now,
        kind=link.kind,
        survey=link.survey,
        version=link.version,
        touchpoint=link.touchpoint,
        scale=list(link.scale),
        **told,
    )
