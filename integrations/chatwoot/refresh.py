"""Asking Chatwoot for everything about one conversation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from integrations.base import Present, Reading
from integrations.chatwoot import client, facts, mapping
from integrations.chatwoot.payloads import Conversation, Message, Rating
from integrations.errors import Gone
from integrations.session import Session
from integrations.times import DAY, HOUR, SECOND, Instant

#: Most customers answer at once, so a short span is looked through before the long one, after which none may answer.
_SPANS: Final = (HOUR, 15 * DAY)
_MOST_PAGES: Final = 8


def refresh(ticket: str, session: Session) -> Reading:
    """The conversation's dated facts and present values; deleted when there is none of that number.

    Two requests, more where it has many messages, and one or two for an answered survey: a message tells the rating
    and not when it was given.
    """
    asked_at = session.now()
    try:
        conversation = client.conversation(session, ticket)
        ours = mapping.is_summary(conversation, session.access.options)
        messages = [] if ours else client.messages(session, ticket)
    except Gone:
        return Reading(present=(Present(ticket, asked_at, {"status": "deleted"}),))
    ratings = list(_ratings(session, conversation, messages))
    return facts.of_ticket(conversation, messages, ratings, session.access, asked_at=asked_at)


def _ratings(session: Session, conversation: Conversation, messages: Sequence[Message]) -> Iterator[Rating]:
    """The answers to this conversation's surveys as the CSAT responses hold them."""
    for message in messages:
        told = mapping.answer(message)
        if told is not None:
            found = _rating(session, conversation, message, told[0])
            if found is not None:
                yield found


def _rating(session: Session, conversation: Conversation, message: Message, score: int) -> Rating | None:
    """The row of this survey; None when it is not among those of its inbox and rating, as it may have changed."""
    narrower = {"rating": score} if conversation.inbox is None else {"rating": score, "inbox_id": conversation.inbox}
    begin: Instant = message.at
    for span in _SPANS:
        end = min(message.at + span, session.now() + SECOND)

        def page(number: int, begin: Instant = begin, end: Instant = end) -> list[Rating]:
            return client.ratings(session, since=begin, until=end, page=number, **narrower)

        rows = client.pages(page, most=_MOST_PAGES)
        found = next((row for row in rows if row.message == message.id and row.score == score), None)
        if found is not None or end < message.at + span:
            return found
        begin = end
    return None
