"""Present values that no dated fact explains, as events marked `observed`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from integrations.base import Present
from integrations.events import LATEST_AHEAD, Event, event
from integrations.times import SECOND, Instant
from workers.tickets import Ticket

#: From the date of a change to the moment when everybody sees it, at a desk that is busy.
_SAVED_WITHIN: Final = 10 * SECOND


def is_too_early(present: Present, ticket: Ticket) -> bool:
    """Whether its status was asked for so soon after the last change that the desk may not have saved that one yet.

    A desk that dates no status may have dated a change, and told of it, after it answered us.
    """
    if present.values.get("status") in (None, ticket.status) or not ticket.statuses:
        return False
    if "status" in present.times or present.updated_at is not None:
        return False
    return ticket.statuses[-1].at <= present.asked_at < ticket.statuses[-1].at + _SAVED_WITHIN


def without_status(present: Present) -> Present:
    """The same without its status."""
    return replace(present, values={name: value for name, value in present.values.items() if name != "status"})


def observed(present: Present, ticket: Ticket) -> Iterator[Event]:
    """One event for each value of the desk that differs from the folded one.

    Dated by the desk's time for that value, else its `updated_at`, else the moment we asked. A status older
    than the last one known is a stale answer and says nothing.
    """
    for name, differs in _DIFFERS.items():
        if name not in present.values or not differs(ticket, present.values[name]):
            continue
        at = present.times.get(name) or present.updated_at or present.asked_at
        if name == "status" and ticket.statuses and at < ticket.statuses[-1].at:
            continue
        type_, field = _EVENTS[name]
        yield event(type_, present.ticket, at, seen=at, observed=True, **{field: present.values[name]})
    for answer in present.values.get("answers", ()):
        at = present.times.get("answers") or present.updated_at or present.asked_at
        given = event("survey.answered", present.ticket, at, seen=at, observed=True, **answer)
        if _is_news(ticket, given.data):
            yield given


def believable(present: Present, received_at: Instant) -> Present:
    """The same values without the moments that lie so far ahead that the desk's clock or zone must be wrong.

    An event of such a moment would stand over everything that is true until then.
    """
    latest = received_at + LATEST_AHEAD
    updated_at = None if present.updated_at is None or present.updated_at > latest else present.updated_at
    times = {name: at for name, at in present.times.items() if at <= latest}
    return replace(present, updated_at=updated_at, times=times)


def _is_news(ticket: Ticket, told: Mapping[str, Any]) -> bool:
    """Whether the survey's last answer is another one. An invalidated answer that is still shown is no new one."""
    survey = (told["survey"], told["kind"])
    last = next((one for one in reversed(ticket.answers) if (one.survey, one.kind) == survey), None)
    if last is None or (last.score, [last.low, last.high]) != (told["score"], told["scale"]):
        return True
    return told.get("comment") not in (None, last.comment)


def _differs(read: Callable[[Ticket], Any]) -> Callable[[Ticket, Any], bool]:
    return lambda ticket, value: bool(read(ticket) != value)


def _field_differs(ticket: Ticket, fields: dict[str, Any]) -> bool:
    told = event("ticket.updated", ticket.ticket, 0, fields=fields).data["fields"]
    return any(ticket.fields.get(name) != value for name, value in told.items())


_DIFFERS: Final[dict[str, Callable[[Ticket, Any], bool]]] = {
    "status": _differs(lambda ticket: ticket.status),
    "agent": _differs(lambda ticket: ticket.agent),
    "department": _differs(lambda ticket: ticket.department),
    "channel": _differs(lambda ticket: ticket.channel_word),
    "customer": _differs(lambda ticket: ticket.customer),
    "tags": lambda ticket, tags: set(ticket.tags) != set(tags),
    "fields": _field_differs,
}
_EVENTS: Final = {
    "status": ("status.changed", "status"),
    "agent": ("ticket.assigned", "agent"),
    "department": ("ticket.moved", "department"),
    "channel": ("ticket.moved", "channel"),
    "customer": ("ticket.updated", "customer"),
    "tags": ("ticket.tagged", "tags"),
    "fields": ("ticket.updated", "fields"),
}
