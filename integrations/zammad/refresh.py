"""Asking Zammad for everything about one ticket."""

from __future__ import annotations

from integrations.base import Present, Reading
from integrations.errors import Gone
from integrations.session import Session
from integrations.times import Instant
from integrations.zammad import facts, states
from integrations.zammad.client import Client


def refresh(ticket: str, session: Session) -> Reading:
    """The ticket's dated facts and present values; deleted when Zammad has none of that id."""
    asked_at = session.now()
    try:
        told = _asked(ticket, session, asked_at)
    except Gone:
        return Reading(present=(Present(ticket, asked_at, {"status": "deleted"}),))
    return facts.of_ticket(told)


def _asked(ticket: str, session: Session, asked_at: Instant) -> facts.Told:
    client = Client(session)
    found = client.ticket(ticket)
    articles = client.articles(ticket)
    changes, users = client.history(ticket)
    changed = [state for change in changes if change.attribute == "state" for state in (change.id_from, change.id_to)]
    return facts.Told(
        ticket=found,
        articles=articles,
        changes=changes,
        tags=client.tags(ticket),
        users=users,
        types=states.types_of(session, (found.state_id, *changed)),
        options=session.access.options,
        asked_at=asked_at,
    )
