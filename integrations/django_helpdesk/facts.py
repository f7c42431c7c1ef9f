"""A ticket of django-helpdesk as events and present values: the same for a webhook, a refresh and a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from integrations.actions import SUMMARY_TAG
from integrations.base import Access, Present, Reading
from integrations.django_helpdesk import mapping, surveys
from integrations.django_helpdesk.payloads import FollowUp, Hook, Ticket
from integrations.errors import Unreadable
from integrations.events import LATEST_AHEAD, Event, JSONValue, event
from integrations.times import DAY, SECOND, Instant, instant_of_iso

#: The desk keeps no date of a merge, and the history goes to the other ticket. A date before the ticket's creation
#: counts as at creation; this one is the same at every look, so that looking again adds nothing.
_LONG_AGO: Final = instant_of_iso("1990-01-02T00:00:00Z")
#: The desk keeps no date of a field either. A survey is answered within this time, else its answer is an old one.
_ANSWERED_WITHIN: Final = 7 * DAY


def of_hook(hook: Hook, access: Access, *, received_at: Instant) -> Reading:
    """What one webhook tells. Only the one for a new ticket knows in which queue the ticket was opened.

    It was built inside the request that made its last entry, so what it shows held then, however late it arrives.
    """
    reading = of_ticket(
        hook.ticket,
        access,
        queue_slug=hook.queue_slug,
        asked_at=received_at,
        told_new_at=received_at if hook.follow_up is None else None,
    )
    built_at = max((entry.date for entry in hook.ticket.follow_ups), default=None)
    present = tuple(replace(now, updated_at=built_at) for now in reading.present)
    return Reading(events=reading.events, present=present, names=_names(hook))


def of_ticket(
    ticket: Ticket, access: Access, *, asked_at: Instant, queue_slug: str = "", told_new_at: Instant | None = None
) -> Reading:
    """The dated facts of a ticket, then what holds now; Unreadable when an entry is dated in the future."""
    if any(entry.date > asked_at + LATEST_AHEAD for entry in ticket.follow_ups):
        raise Unreadable(f"ticket {ticket.id}: an entry is dated more than 24 hours in the future")
    if mapping.is_summary(ticket):
        return Reading(events=tuple(_summary(ticket)))
    events = (*_created(ticket, access, queue_slug, told_new_at), *_history(ticket, access), *_merged(ticket))
    return Reading(events=events, present=(_present(ticket, access, queue_slug, asked_at),))


def of_entries(entries: Iterable[FollowUp], access: Access, *, unseen: int = 0) -> Reading:
    """What entries tell without their tickets; a ticket to refresh for each whose meaning depends on its ticket.

    Tickets with a number below `unseen` were not looked at: their entries ask for them, unless they tell everything.
    """
    events: list[Event] = []
    refresh: dict[str, None] = {}
    seen: set[int] = set()
    for entry in sorted(entries, key=lambda entry: (entry.date, entry.id)):
        if entry.ticket is None:
            continue
        needed = _needs_its_ticket(entry, is_first=entry.ticket not in seen)
        if needed or (entry.ticket < unseen and not _tells_everything(entry, access)):
            refresh[str(entry.ticket)] = None
        if not needed:
            events += _entry(entry, str(entry.ticket), access, ticket=None)
        seen.add(entry.ticket)
    return Reading(events=tuple(events), refresh=tuple(refresh))


def _tells_everything(entry: FollowUp, access: Access) -> bool:
    """Whether nothing else can be new: a note of ours, or a status without a word, as of a hundred closed in bulk."""
    status_alone = entry.new_status is not None and not entry.comment.strip()
    return status_alone or mapping.is_ours(entry, author=access.author)


def _needs_its_ticket(entry: FollowUp, *, is_first: bool) -> bool:
    # A public entry of staff is an answer, unless it opened the ticket; only a later one cannot have done that.
    may_have_opened = entry.user is not None and entry.public and entry.new_status is None and is_first
    return may_have_opened or mapping.may_be_automatic_mail(entry)


def _created(ticket: Ticket, access: Access, queue_slug: str, told_new_at: Instant | None) -> Iterator[Event]:
    entry = mapping.opening(ticket)
    if entry is None:
        return
    by = mapping.opened_by(ticket, entry)
    data: dict[str, JSONValue] = {"by": by, "department": str(ticket.queue), **_author(entry, by)}
    if ticket.customer:
        data["customer"] = ticket.customer
    channel = mapping.channel(ticket, queue_slug=queue_slug, options=access.options)
    if channel is not None:
        data["channel"] = channel
    # What was said when it was new outlasts what is said later: a ticket that moved on was not opened elsewhere.
    seen = None if told_new_at is None else max(told_new_at, entry.date + SECOND)
    yield event("ticket.created", str(ticket.id), entry.date, seen=seen, **data)
    yield event("status.changed", str(ticket.id), entry.date, status="open")


def _history(ticket: Ticket, access: Access) -> Iterator[Event]:
    opening = mapping.opening(ticket)
    for entry in ticket.follow_ups:
        if entry is opening:
            yield _message(entry, str(ticket.id), mapping.opened_by(ticket, entry), auto=False)
        else:
            yield from _entry(entry, str(ticket.id), access, ticket=ticket)


def _entry(entry: FollowUp, ticket_id: str, access: Access, *, ticket: Ticket | None) -> Iterator[Event]:
    """The message and the change of status in one entry that did not open its ticket."""
    if mapping.is_ours(entry, author=access.author) or mapping.is_merged_in(entry):
        return
    by = mapping.written_by(entry, author=access.author)
    if entry.comment.strip():
        auto = mapping.is_automatic(entry, by=by, ticket=ticket, options=access.options)
        yield _message(entry, ticket_id, by, auto=auto)
    if entry.new_status is None:
        return
    status = mapping.status(entry.new_status, options=access.options)
    if status is not None:
        yield event("status.changed", ticket_id, entry.date, seq=entry.id, status=status, by=by, **_author(entry, by))


def _message(entry: FollowUp, ticket_id: str, by: str, *, auto: bool) -> Event:
    data: dict[str, JSONValue] = {"by": by, "public": entry.public, "message": str(entry.id), **_author(entry, by)}
    if auto:
        data["auto"] = True
    return event("message.sent", ticket_id, entry.date, seq=entry.id, **data)


def _author(entry: FollowUp, by: str) -> dict[str, JSONValue]:
    return {"author": str(entry.user)} if by in ("agent", "bot") else {}


def _merged(ticket: Ticket) -> Iterator[Event]:
    if ticket.merged_to is None:
        return
    if mapping.opening(ticket) is None:
        # So that a ticket that was merged before we knew it is not asked about for ever. For one that we know, what
        # was told of its creation is seen later and stands.
        yield event("ticket.created", str(ticket.id), _LONG_AGO)
    yield event("ticket.merged", str(ticket.id), _LONG_AGO, into=str(ticket.merged_to))


def _summary(ticket: Ticket) -> Iterator[Event]:
    opened = next(entry.date for entry in ticket.follow_ups if not mapping.is_merged_in(entry))
    yield event("ticket.created", str(ticket.id), opened, by="system", channel="internal")
    yield event("ticket.tagged", str(ticket.id), opened, add_tags=[SUMMARY_TAG])


def _present(ticket: Ticket, access: Access, queue_slug: str, asked_at: Instant) -> Present:
    values: dict[str, JSONValue] = {
        "status": mapping.status(ticket.status, on_hold=ticket.on_hold, options=access.options),
        "channel": mapping.channel(ticket, queue_slug=queue_slug, options=access.options),
        "tags": mapping.tags(ticket),
        "fields": mapping.own_fields(ticket, without=surveys.fields(access.options)) or None,
        "answers": surveys.answers(ticket, access.options) or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    known["agent"] = None if ticket.agent is None else str(ticket.agent)
    known["department"] = str(ticket.queue)
    known["customer"] = ticket.customer or None
    return Present(str(ticket.id), asked_at, known, times=_times(ticket, asked_at))


def _times(ticket: Ticket, asked_at: Instant) -> dict[str, Instant]:
    """When answers were given, of a ticket whose last entry is so old that nobody answers a survey about it today."""
    last = ticket.follow_ups[-1].date if ticket.follow_ups else asked_at
    return {"answers": last} if last < asked_at - _ANSWERED_WITHIN else {}


def _names(hook: Hook) -> dict[str, dict[str, str]]:
    names: dict[str, dict[str, str]] = {}
    if hook.queue_slug:
        names["department"] = {str(hook.ticket.queue): hook.queue_slug}
    agent = mapping.agent_named(hook.ticket, hook.follow_up)
    if agent is not None:
        names["agent"] = {str(hook.ticket.agent): agent}
    return names
