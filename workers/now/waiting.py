"""Who waits for us, and what has to be answered in the next hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from integrations.events import CHANNELS
from integrations.times import HOUR, Instant
from workers.now.page import Breaching, DueTicket, WaitingHere
from workers.store.moments import Waiting

#: How far ahead a lead looks.
AHEAD: Final = 4 * HOUR
#: So many tickets of each kind are listed.
_LISTED: Final = 50


def waiting_by_channel(waiting: Sequence[Waiting]) -> tuple[WaitingHere, ...]:
    """One row a channel in which anybody waits, in the usual order of channels."""
    by_channel: dict[str, list[Waiting]] = {}
    for one in waiting:
        by_channel.setdefault(one.channel, []).append(one)
    return tuple(_here(channel, by_channel[channel]) for channel in CHANNELS if channel in by_channel)


def breaching(waiting: Sequence[Waiting], names: Mapping[tuple[str, str], str], *, now: Instant) -> Breaching:
    """What has to be answered within the next hours, and what is late; an answer at the due instant is in time."""
    until = now + AHEAD
    due = sorted((one.due_at, one.ticket, one) for one in waiting if one.due_at is not None and one.due_at <= until)
    soon = [each for each in due if each[0] >= now]
    late = [each for each in reversed(due) if each[0] < now]
    listed = (*soon[:_LISTED], *late[:_LISTED])
    return Breaching(until, len(late), len(soon), tuple(_due(one, at, names, now) for at, _, one in listed))


def _here(channel: str, waiting: Sequence[Waiting]) -> WaitingHere:
    oldest = min(waiting, key=lambda one: (one.since, one.ticket))
    unassigned = sum(one.agent is None for one in waiting)
    return WaitingHere(channel, len(waiting), unassigned, oldest.since, oldest.ticket)


def _due(one: Waiting, due_at: Instant, names: Mapping[tuple[str, str], str], now: Instant) -> DueTicket:
    return DueTicket(
        ticket=one.ticket,
        channel=one.channel,
        department=one.department,
        agent=one.agent,
        agent_name=names.get(("agent", one.agent or "")),
        due_at=due_at,
        late=due_at < now,
    )
