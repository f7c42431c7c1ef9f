"""Asking Zendesk for everything about one ticket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from integrations.base import Present, Reading
from integrations.errors import Gone
from integrations.events import Event
from integrations.session import Session
from integrations.zendesk import history, mapping, surveys, values
from integrations.zendesk.client import Client
from integrations.zendesk.directory import directory_of
from integrations.zendesk.payloads import Audit, Ticket, Via


def refresh(ticket: str, session: Session) -> Reading:
    """The ticket's dated facts and present values; deleted when Zendesk shows no such ticket.

    Two requests, one more where somebody wrote whom the ticket does not name, and one for an answered survey.
    """
    client, asked_at = Client(session), session.now()
    try:
        found = client.ticket(ticket)
    except Gone:
        return Reading(present=(Present(ticket, asked_at, {"status": "deleted"}),))
    audits = client.audits(found.id)
    told = history.Told(
        ticket=found,
        audits=audits,
        users=directory_of(session).users(client, history.unknown_writers(found, audits)),
        channel=_channel(found.via, client),
        asked_at=asked_at,
        answers=tuple(_answers(found, audits, client)),
        options=session.access.options,
        author=session.access.author,
    )
    return history.reading_of(told)


def _channel(via: Via, client: Client) -> str | None:
    """The channel; of a follow-up that of the ticket that it follows."""
    if not mapping.is_follow_up(via.channel):
        return mapping.channel(via.channel)
    known = mapping.channel(via.from_channel)
    if known is not None or via.from_ticket is None:
        return known
    try:
        return mapping.channel(client.ticket(via.from_ticket).via.channel)
    except Gone:
        return None


def _answers(ticket: Ticket, audits: Sequence[Audit], client: Client) -> Iterator[Event]:
    """What the customer answered, in whichever of the two surveys the account uses."""
    rated = mapping.score(values.text(ticket.rating.get("score"))) is not None
    rating = values.id_of(ticket.rating.get("id")) if rated else None
    # A survey that the plan has not any more is no reason to lose the ticket.
    with suppress(Gone):
        yield from surveys.of_ratings([] if rating is None else [client.rating(rating)])
    with suppress(Gone):
        yield from surveys.of_responses(client.responses_about(ticket.id) if history.is_answered(audits) else [])
