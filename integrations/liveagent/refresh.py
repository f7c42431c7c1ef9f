"""Asking LiveAgent for everything about one ticket."""

from __future__ import annotations

from dataclasses import replace

from integrations.base import Present, Reading
from integrations.errors import Gone
from integrations.events import Event
from integrations.liveagent.client import Client
from integrations.liveagent.directory import directory_of
from integrations.liveagent.facts import Told, reading_of
from integrations.liveagent.local import moment, text_of, text_since
from integrations.liveagent.mapping import group_kind
from integrations.liveagent.markup import has_mark
from integrations.liveagent.messages import rating_messages
from integrations.liveagent.payloads import Group, PhoneCall, Ticket
from integrations.liveagent.people import People, known_agents, needs_agents
from integrations.liveagent.ratings import answers_of
from integrations.session import Session
from integrations.times import DAY, MINUTE

#: How far the call's own row may be from the message group that stands for it in the ticket.
_AROUND = 10 * MINUTE


def refresh(ticket: str, session: Session) -> Reading:
    """The ticket's dated facts and present values; deleted when LiveAgent knows no such ticket.

    `ticket` is an id, or a code when the rule sent none. An answer about another ticket means that this one was
    merged into it, which LiveAgent does not date: this one counts as deleted and the other is asked about.
    """
    client = Client(session)
    asked_at = session.now()
    try:
        found = client.ticket(ticket)
    except Gone:
        return Reading(present=(_deleted(ticket, asked_at),))
    if ticket not in (found.id, found.code):
        return Reading(present=(_deleted(ticket, asked_at),), refresh=(found.id,))
    return _read(found, client, asked_at)


def _read(ticket: Ticket, client: Client, asked_at: int) -> Reading:
    session = client.session
    intervals = client.history(ticket.id)
    groups = client.groups(ticket.id)
    agents = known_agents(ticket, intervals)
    if has_mark(ticket.subject) or needs_agents(groups, agents):
        agents |= {agent.id for agent in directory_of(session).agents(client)}
    told = Told(
        ticket=ticket,
        intervals=intervals,
        groups=groups,
        people=People(agents, session.access.author),
        zone=session.access.zone,
        asked_at=asked_at,
        calls=_calls(ticket, groups, client),
        tags=directory_of(session).tag_names(client, ticket.tags),
        channels=session.access.options.get("channels"),
    )
    reading = reading_of(told)
    return replace(reading, events=(*reading.events, *_ratings(ticket, groups, client)))


def _deleted(ticket: str, asked_at: int) -> Present:
    return Present(ticket=ticket, asked_at=asked_at, values={"status": "deleted"})


def _calls(ticket: Ticket, groups: list[Group], client: Client) -> list[PhoneCall]:
    """The ticket's phone calls; the list can only be asked for by time, so it is asked around each call group."""
    zone = client.session.access.zone
    found: dict[str, PhoneCall] = {}
    for group in groups:
        if group_kind(group.type).flow == "call":
            at = moment(group.at, zone)
            rows = client.calls(text_since(at - _AROUND, zone), text_of(at + _AROUND, zone))
            found |= {call.id: call for call in rows if call.ticket == ticket.id}
    return list(found.values())


def _ratings(ticket: Ticket, groups: list[Group], client: Client) -> list[Event]:
    """The ticket's ratings, when its messages show that there are any, by the ranking report of those days.

    The report is the only place that names the agent and holds the validity, so the messages are only a hint.
    """
    session = client.session
    zone = session.access.zone
    moments = [moment(message.at, zone) for message in rating_messages(groups)]
    if not moments:
        return []
    first, last = text_of(min(moments) - DAY, zone), text_of(max(moments) + DAY, zone)
    ranks = [rank for page in client.all_ratings(first, last) for rank in page]
    own = [rank for rank in ranks if rank.ticket == ticket.id]
    return answers_of(own, directory_of(session).agents_by_email(client), zone) if own else []
