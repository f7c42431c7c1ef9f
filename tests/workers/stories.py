"""Short ways to tell a ticket's story in tests: minutes from a Monday morning, and events in canonical form."""

from __future__ import annotations

from typing import Any

from integrations.events import Event, event
from integrations.times import MINUTE, Instant, instant_of_iso
from workers.metrics.base import Counted
from workers.rules import Rules, rules_of
from workers.tickets import Answer, Resolution, Ticket, fold

#: A Monday, 09:00 in Zagreb.
MONDAY: Instant = instant_of_iso("2026-03-02T08:00:00Z")


def at(minutes: float) -> Instant:
    """So many minutes after Monday morning."""
    return MONDAY + round(minutes * MINUTE)


def told(type_: str, minutes: float, ticket: str = "T1", **data: Any) -> Event:
    """One event of a ticket, so many minutes after Monday morning."""
    return event(type_, ticket, at(minutes), **data)


def created(minutes: float = 0, ticket: str = "T1", **data: Any) -> Event:
    """A customer opened a ticket by e-mail, unless said otherwise."""
    return told("ticket.created", minutes, ticket, **{"channel": "email", "by": "customer", "customer": "ana", **data})


def sent(minutes: float, by: str = "agent", ticket: str = "T1", **data: Any) -> Event:
    """A public message; an agent's is Eva's."""
    author = {"author": "eva"} if by == "agent" else {}
    return told("message.sent", minutes, ticket, by=by, **{"public": True, **author, **data})


def status(word: str, minutes: float, ticket: str = "T1", **data: Any) -> Event:
    """The status from then on."""
    return told("status.changed", minutes, ticket, status=word, **data)


def answered(score: float, minutes: float, ticket: str = "T1", **data: Any) -> Event:
    """A CSAT answer from 1 to 5."""
    return told("survey.answered", minutes, ticket, **{"kind": "csat", "score": score, "scale": [1, 5], **data})


def ticket_of(*events: Event) -> Ticket:
    """The ticket of these events."""
    return fold(events[0].ticket, events)


def rules(**settings: Any) -> Rules:
    """The rules of an account in Zagreb with these settings."""
    return rules_of({"time_zone": "Europe/Zagreb", **settings}, 1)


def counted(*events: Event, **settings: Any) -> Counted:
    """The ticket of these events as such an account counts it."""
    return Counted(ticket_of(*events), rules(**settings))


def agent_of(ticket: Ticket, what: Answer | Resolution) -> str | None:
    """Who is credited with it by rules that name no bots."""
    return Counted(ticket, rules()).credited(what.credit)
