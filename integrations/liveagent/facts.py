"""Everything LiveAgent tells about one ticket, as dated events and present values. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from integrations.actions import SUMMARY_TAG, is_own_field, is_own_tag
from integrations.base import Present, Reading
from integrations.events import Event, JSONValue, event
from integrations.liveagent.local import in_order, moment
from integrations.liveagent.mapping import (
    CALL,
    GROUP_AWAY,
    INCOMING_CALL,
    RESOLVE,
    RESOLVED,
    TRANSFER,
    channel_of,
    group_kind,
    status_of,
)
from integrations.liveagent.markup import has_mark
from integrations.liveagent.messages import Said, said_in
from integrations.liveagent.payloads import Group, Interval, PhoneCall, Ticket
from integrations.liveagent.people import People
from integrations.liveagent.unread import note_unread
from integrations.times import SECOND, Instant

#: How far the group that tells who resolved may be from the start of the status it tells about.
_SAME_MOMENT: Final = 5 * SECOND


@dataclass(frozen=True, slots=True)
class Told:
    """All answers about one ticket, and what is needed to read them."""

    ticket: Ticket
    intervals: Sequence[Interval]
    groups: Sequence[Group]
    people: People
    zone: ZoneInfo
    asked_at: Instant
    calls: Sequence[PhoneCall] = ()
    tags: Sequence[str] = ()  #: names
    channels: JSONValue = field(default=None)  #: the account's own table of channel_type letters


def reading_of(told: Told) -> Reading:
    """The ticket's dated facts, oldest kind first, then what holds now."""
    chain = in_order(told.intervals)
    starts = _starts(chain, told.zone)
    groups = sorted(told.groups, key=lambda group: (group.order, group.at))
    said = list(said_in(groups, told.people, told.zone))
    summary = is_summary(told.ticket, said)
    facts = _Facts(told.ticket, told.zone)
    made = [
        facts.created(chain, said, called=_began_with_a_call(groups), channel=_channel(told, groups)),
        *facts.assignments(chain, starts),
        *facts.statuses(chain, starts, _resolvers(groups, told)),
        *(facts.message(one) for one in said),
        *(call for one in told.calls for call in facts.phone_call(one)),
    ]
    if summary:
        made.append(facts.make("ticket.tagged", facts.created_at, add_tags=[SUMMARY_TAG]))
    present = _present(told, groups, starts, channel=_channel(told, groups), summary=summary)
    return Reading(events=tuple(made), present=(present,), names=_names(told))


def is_summary(ticket: Ticket, said: Sequence[Said]) -> bool:
    """Whether this is a summary of ours: its subject bears a mark, and no customer has a part in it.

    A customer may copy a mark into a subject; that must not hide the ticket.
    """
    return has_mark(ticket.subject) and all(one.by != "customer" for one in said)


class _Facts:
    """Makes the events of one ticket."""

    def __init__(self, ticket: Ticket, zone: ZoneInfo) -> None:
        self.ticket = ticket
        self.zone = zone
        self.created_at = moment(ticket.created, zone)
        self.seen = moment(ticket.changed, zone) if ticket.changed else None

    def make(self, type_: str, at: Instant, *, seq: int | None = None, **data: JSONValue) -> Event:
        """An event of this ticket."""
        return event(type_, self.ticket.id, at, seq=seq, seen=self.seen, **data)

    def created(self, chain: Sequence[Interval], said: Sequence[Said], *, called: bool, channel: str | None) -> Event:
        """The ticket as it began: its first department, and who opened it: who called, else who wrote first."""
        data: dict[str, Any] = {"customer": self.ticket.customer or self.ticket.address}
        if channel is not None:
            data["channel"] = channel
        if chain and chain[0].department is not None:
            data["department"] = chain[0].department
        written = [one for one in said if not one.auto]
        opening = next((one for one in written if one.public), written[0] if written else None)
        if called:
            data["by"] = "customer"
        elif opening is not None:
            data |= {"by": opening.by, "author": opening.author}
        return self.make("ticket.created", self.created_at, **data)

    def assignments(self, chain: Sequence[Interval], starts: Sequence[Instant]) -> Iterator[Event]:
        """Changes of agent and department, dated by the status interval that tells them first."""
        agent, department = None, chain[0].department if chain else None
        for one, at in zip(chain, starts, strict=True):
            if one.agent != agent:
                yield self.make("ticket.assigned", at, agent=one.agent)
            if one.department != department:
                yield self.make("ticket.moved", at, department=one.department)
            agent, department = one.agent, one.department

    def statuses(
        self, chain: Sequence[Interval], starts: Sequence[Instant], resolvers: Sequence[tuple[Instant, dict[str, Any]]]
    ) -> list[Event]:
        """Every change of status, numbered as LiveAgent tells them, and who resolved where it says so.

        Of two changes to the same status within one second only the later is told: their events would be one.
        """
        before = None
        changes: dict[tuple[str, Instant], Event] = {}
        for number, (one, at) in enumerate(zip(chain, starts, strict=True)):
            status = status_of(one.status)
            if status is None or status == before:
                continue
            before = status
            who: dict[str, Any] = {}
            if one.status in RESOLVED:
                who = next((who for when, who in resolvers if abs(when - at) <= _SAME_MOMENT), {})
            changes.pop((status, at), None)
            changes[status, at] = self.make("status.changed", at, seq=number, status=status, **who)
        return list(changes.values())

    def message(self, one: Said) -> Event:
        """One message or note."""
        return self.make("message.sent", one.at, **one.data())

    def phone_call(self, call: PhoneCall) -> Iterator[Event]:
        """A phone call as a live contact: when it came, when it was answered, how it ended."""
        direction = CALL.get(call.type or "")
        if direction is None:
            note_unread("call type", call.type)
            return
        about: dict[str, Any] = {"contact": call.id, "media": "voice", "direction": direction, "channel": "voice"}
        came = moment(call.at, self.zone)
        yield self.make("live.queued", came, **about)
        picked = moment(call.answered, self.zone, after=came) if call.answered else None
        if picked is not None:
            yield self.make("live.answered", picked, **about)
        if call.finished:
            # A caller who hung up and a callee who did not answer leave the same row.
            unanswered = "abandoned" if direction == "in" else "missed"
            ended = moment(call.finished, self.zone, after=picked or came)
            yield self.make("live.ended", ended, **about, outcome="handled" if picked is not None else unanswered)


def _starts(chain: Sequence[Interval], zone: ZoneInfo) -> list[Instant]:
    starts: list[Instant] = []
    for one in chain:
        starts.append(moment(one.start, zone, after=starts[-1] if starts else None))
    return starts


def _began_with_a_call(groups: Sequence[Group]) -> bool:
    """Whether a customer called before anybody wrote; what was said on the phone leaves no message."""
    there = (group for group in groups if group.status not in GROUP_AWAY)
    first = next((group for group in there if group_kind(group.type).flow not in ("none", "aside")), None)
    return first is not None and first.type == INCOMING_CALL


def _channel(told: Told, groups: Sequence[Group]) -> str | None:
    return channel_of(told.ticket.channel, (group.type for group in groups), told.channels)


def _resolvers(groups: Sequence[Group], told: Told) -> list[tuple[Instant, dict[str, str]]]:
    """Who resolved and when, from the groups that say so."""
    return [
        (moment(group.at, told.zone), {"by": told.people.role(group.user, "out"), "author": group.user})
        for group in groups
        if group.type == RESOLVE and group.user is not None
    ]


def _present(
    told: Told, groups: Sequence[Group], starts: Sequence[Instant], *, channel: str | None, summary: bool
) -> Present:
    ticket = told.ticket
    values: dict[str, Any] = {
        "agent": ticket.agent,
        "department": ticket.department,
        "customer": ticket.customer or ticket.address,
        "tags": _tags(told.tags, summary=summary),
        "fields": {name: value for name, value in ticket.fields.items() if not is_own_field(name)},
    }
    status = status_of(ticket.status)
    if status is not None:
        values["status"] = status
    if channel is not None:
        values["channel"] = channel
    return Present(
        ticket=ticket.id,
        asked_at=told.asked_at,
        values=values,
        updated_at=moment(ticket.changed, told.zone, after=_last(starts)) if ticket.changed else None,
        times=_times(told, groups, starts),
    )


def _tags(names: Sequence[str], *, summary: bool) -> list[str]:
    others = {name for name in names if not is_own_tag(name)}
    return sorted(others | {SUMMARY_TAG} if summary else others)


def _times(told: Told, groups: Sequence[Group], starts: Sequence[Instant]) -> dict[str, Instant]:
    """When present values came to hold, where LiveAgent tells: a deletion, the last transfer."""
    times: dict[str, Instant] = {}
    transfers = [moment(group.at, told.zone) for group in groups if group.type == TRANSFER]
    if transfers and transfers[-1] >= (starts[-1] if starts else 0):
        times = {"agent": transfers[-1], "department": transfers[-1]}
    if told.ticket.deleted:
        times["status"] = moment(told.ticket.deleted, told.zone, after=_last(starts))
    elif told.ticket.resolved and told.ticket.status in RESOLVED:
        times["status"] = moment(told.ticket.resolved, told.zone, after=_last(starts))
    return times


def _last(starts: Sequence[Instant]) -> Instant | None:
    return starts[-1] if starts else None


def _names(told: Told) -> dict[str, dict[str, str]]:
    departments = {one.department: one.department_name for one in told.intervals}
    agents = {group.user: group.user_name for group in told.groups if group.user in told.people.agents}
    return {
        "agent": {key: name for key, name in agents.items() if key and name},
        "department": {key: name for key, name in departments.items() if key and name},
    }
