"""Asking Freshdesk for everything about one ticket: its page, what was said in it, how it was rated."""

from __future__ import annotations

from dataclasses import replace

from integrations.base import Present, Reading
from integrations.errors import Gone
from integrations.events import Event
from integrations.freshdesk import facts, mapping
from integrations.freshdesk.client import Client
from integrations.freshdesk.directory import directory_of
from integrations.freshdesk.ratings import answers_of
from integrations.session import Session


def refresh(ticket: str, session: Session) -> Reading:
    """The ticket's dated facts and present values; deleted when Freshdesk has it neither in use nor in its archive.

    What was said in one that is deleted, spam or a summary of ours counts for nothing, so it is not asked for.
    """
    client = Client(session)
    asked_at = session.now()
    try:
        found = client.ticket(ticket)
    except Gone:
        return _archived(ticket, client, asked_at)
    if found.deleted or found.spam or mapping.is_summary(found, author=session.access.author):
        return facts.of_ticket(found, (), session.access, asked_at=asked_at)
    reading = facts.of_ticket(found, client.conversations(found.id), session.access, asked_at=asked_at)
    return replace(reading, events=(*reading.events, *_answers(found.id, client)))


def _archived(ticket: str, client: Client, asked_at: int) -> Reading:
    """An archived ticket as it stands there; what was said in it is known from before, or not asked for any more."""
    try:
        found = client.archived(ticket)
    except Gone:
        return Reading(present=(Present(ticket, asked_at, {"status": "deleted"}),))
    return facts.of_ticket(found, (), client.session.access, asked_at=asked_at)


def _answers(ticket: str, client: Client) -> list[Event]:
    ratings = client.ratings_of(ticket)
    return answers_of(ratings, directory_of(client.session).surveys(client)) if ratings else []
