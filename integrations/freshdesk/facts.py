"""A ticket of Freshdesk as events and present values: the same for an app's event, a refresh and a list. Pure.

Freshdesk tells no history. A ticket's moments stand in its `stats`, one of each kind, so a ticket that was resolved
twice before we first looked was, for us, resolved once. Agents and groups are only told as they are now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from integrations.actions import SUMMARY_TAG
from integrations.base import Access, Present, Reading
from integrations.errors import Unreadable
from integrations.events import LATEST_AHEAD, Event, JSONValue, event
from integrations.freshdesk import mapping
from integrations.freshdesk.values import Conversation, Ticket
from integrations.times import Instant, instant_of_iso

#: The id of a ticket's first message, which has none in Freshdesk.
_DESCRIPTION: Final = "description"
_EARLIEST: Final = instant_of_iso("1990-01-02T00:00:00Z")
#: Of two changes of status in one second, the one to what holds now came last.
_LAST: Final = 1


def of_ticket(ticket: Ticket, said: Iterable[Conversation], access: Access, *, asked_at: Instant) -> Reading:
    """Everything that the ticket and its conversations tell; `asked_at` is when we asked."""
    if mapping.is_summary(ticket, author=access.author):
        return Reading(events=tuple(_summary(ticket)))
    events = (
        *opening(ticket, access),
        *_internal(ticket),
        *_statuses(ticket, access),
        *(made for one in said for made in of_conversation(one, ticket.id, requester=ticket.requester)),
    )
    return Reading(events=events, present=(present(ticket, access, asked_at=asked_at),))


def opening(ticket: Ticket, access: Access) -> Iterator[Event]:
    """What is true of a ticket from its first moment: who opened it, where, with which words.

    A group may be changed later, and Freshdesk forgets the first one. So the earlier the ticket was looked at, the
    more its opening counts: `seen` is as long before the creation as the last change was after it.
    """
    if mapping.is_summary(ticket, author=access.author):
        yield from _summary(ticket)
        return
    seen = _seen_first(ticket)
    by = "agent" if ticket.source == mapping.OUTBOUND else "customer"
    author = ticket.agent if by == "agent" else ticket.requester
    created: dict[str, JSONValue] = {"by": by, "author": author, "customer": ticket.requester}
    channel = mapping.channel(ticket, access.options)
    if channel is not None:
        created["channel"] = channel
    yield event("ticket.created", ticket.id, ticket.created, seen=seen, department=ticket.group, **created)
    yield event("status.changed", ticket.id, ticket.created, status="open")
    first: dict[str, JSONValue] = {"message": _DESCRIPTION, "public": True, "by": by, "author": author}
    yield event("message.sent", ticket.id, ticket.created, seen=seen, **first)


def of_conversation(said: Conversation, ticket: str, *, requester: str | None) -> Iterator[Event]:
    """The message, or the merge, that a conversation stands for; nothing for a note of ours."""
    if mapping.is_ours(said):
        return
    into = mapping.merged_into(said)
    if into is not None:
        yield event("ticket.merged", ticket, said.created, seen=said.updated, into=into)
        return
    by = mapping.written_by(said, requester=requester)
    data: dict[str, JSONValue] = {"by": by, "public": mapping.is_public(said)}
    if by != "system":
        data["author"] = said.user
    if mapping.is_automatic(said):
        data["auto"] = True
    yield event("message.sent", ticket, said.created, seq=_sequence(said), seen=said.updated, message=said.id, **data)


def present(ticket: Ticket, access: Access, *, asked_at: Instant) -> Present:
    """What holds now, as far as the ticket tells it; Unreadable when it was changed in the future."""
    if ticket.updated is not None and ticket.updated > asked_at + LATEST_AHEAD:
        raise Unreadable(f"ticket {ticket.id}: updated_at is more than 24 hours in the future")
    values: dict[str, Any] = {
        "status": mapping.status(ticket, access.options),
        "channel": _present_channel(ticket, access),
        "tags": mapping.tags(ticket),
        "fields": mapping.slices(ticket, access.options) or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    known |= {"agent": ticket.agent, "department": ticket.group, "customer": ticket.requester}
    return Present(ticket.id, asked_at, known, updated_at=ticket.updated)


def _present_channel(ticket: Ticket, access: Access) -> str | None:
    # Whether a ticket is internal is told on its own page only; elsewhere its source would move it back.
    if not ticket.tells_association:
        return None
    return "internal" if mapping.is_internal(ticket) else mapping.channel(ticket, access.options)


def _internal(ticket: Ticket) -> Iterator[Event]:
    """Work that agents give each other was never a customer's contact, whenever it became so."""
    if mapping.is_internal(ticket):
        yield event("ticket.moved", ticket.id, ticket.created, channel="internal")


def _statuses(ticket: Ticket, access: Access) -> Iterator[Event]:
    """The changes of status that Freshdesk dates; what holds now comes last where two were in one second."""
    stats = ticket.stats
    if stats is None:
        return
    dated = (
        ("open", stats.reopened),
        ("resolved", stats.resolved),
        ("closed", stats.closed),
        ("pending", stats.pending),
    )
    now = mapping.status_of(ticket.status, access.options), stats.status_updated
    known = {now, ("open", ticket.created)}
    for status, at in dated:
        if at is not None and (status, at) not in known:
            yield event("status.changed", ticket.id, at, seen=ticket.updated, status=status)
    if now[0] is not None and now[1] is not None and now != ("open", ticket.created):
        yield event("status.changed", ticket.id, now[1], seq=_LAST, seen=ticket.updated, status=now[0])


def _summary(ticket: Ticket) -> Iterator[Event]:
    yield event("ticket.created", ticket.id, ticket.created, by="system", channel="internal")
    yield event("ticket.tagged", ticket.id, ticket.created, add_tags=[SUMMARY_TAG])


def _seen_first(ticket: Ticket) -> Instant:
    changed_after = 0 if ticket.updated is None else max(0, ticket.updated - ticket.created)
    return max(_EARLIEST, ticket.created - changed_after)


def _sequence(said: Conversation) -> int | None:
    number = int(said.id)
    return number if number <= 2**53 else None
