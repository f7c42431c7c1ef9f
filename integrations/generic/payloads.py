"""Canonical events in JSON, as a call, a back-fill page or a refreshed ticket holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import orjson

from integrations.actions import SUMMARY_TAG, is_own_tag
from integrations.base import Present, Reading
from integrations.errors import Unreadable
from integrations.events import FIELDS, Event, JSONValue, read_event
from integrations.times import Instant, instant_of_iso

_TAG_FIELDS: Final = frozenset({"tags", "add_tags", "remove_tags"})
_PRESENT: Final = ("status", "channel", "agent", "department", "customer", "tags", "fields")
_NAMED: Final = ("agent", "department")
#: What is left in a template that the desk did not fill in: {{ticket.id}}, {$conv_id}, ${id}, {% if %}, <%= id %>.
_PLACEHOLDER: Final = re.compile(r"\{\{.*?\}\}|\{\$.*?\}|\$\{.*?\}|\{%.*?%\}|<%.*?%>", re.DOTALL)
#: How each of them begins: what JSON itself never holds outside a text. Most bodies hold none and are done with that.
_BEGUN: Final = re.compile(rb"\{\{|\{\$|\$\{|\{%|<%|\\u")


def called(body: bytes, *, received_at: Instant) -> Reading:
    """What the body of a call says; Unreadable when it is not JSON or a template that the desk did not fill in."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"the body is not JSON: {error}") from error
    if _BEGUN.search(body):
        _require_filled(value)
    return reading(value, received_at=received_at)


def reading(value: JSONValue, *, received_at: Instant) -> Reading:
    """The events of one event object or of `{"events": […], "names": {…}}`.

    Unreadable, naming the place, when any of them is not one: nothing is taken by halves.
    """
    if not isinstance(value, dict) or "events" not in value:
        return Reading(events=_about_others(_event(value, received_at)))
    lines = value["events"]
    if not isinstance(lines, list):
        raise Unreadable("events must be a list of event objects")
    found: list[Event] = []
    for index, line in enumerate(lines):
        try:
            found += _about_others(_event(line, received_at))
        except Unreadable as error:
            raise Unreadable(f"events[{index}]: {error}") from error
    return Reading(events=tuple(found), names=_names(value.get("names")))


def present(value: JSONValue, *, ticket: str, asked_at: Instant) -> Present:
    """What the desk says holds now for a ticket: any of the values, `updated_at`, and `times` of the values."""
    if not isinstance(value, dict):
        raise Unreadable("present must be an object")
    place = ""
    try:
        values = {}
        for place in _PRESENT:
            if place in value:
                values[place] = FIELDS[place].check(_without_ours(place, value[place]))
        place = "updated_at"
        updated_at = None if value.get(place) is None else _moment(value[place])
        place = "times"
        times = {name: _moment(moment) for name, moment in (value.get(place) or {}).items() if name in _PRESENT}
    except (ValueError, AttributeError) as error:
        raise Unreadable(f"present: {place} {error}") from error
    return Present(ticket=ticket, asked_at=asked_at, values=values, updated_at=updated_at, times=times)


def _event(line: JSONValue, received_at: Instant) -> Event:
    if not isinstance(line, dict):
        return read_event(line, received_at=received_at)
    if not _TAG_FIELDS.isdisjoint(line):
        line = {name: _without_ours(name, value) for name, value in line.items()}
    return read_event(line, received_at=received_at)


def _require_filled(value: JSONValue) -> None:
    lines = value.get("events") if isinstance(value, dict) else None
    if not isinstance(lines, list):
        _require_line_filled(value, "")
        return
    for index, line in enumerate(lines):
        _require_line_filled(line, f"events[{index}]: ")


def _require_line_filled(line: JSONValue, place: str) -> None:
    for name, value in line.items() if isinstance(line, dict) else ():
        # A customer may write braces; a desk's ids, names and words do not hold them.
        if name != "comment" and (left := _placeholder(value)):
            raise Unreadable(f"{place}{name} still holds the placeholder {left[:60]}, which the desk did not fill in")


def _placeholder(value: JSONValue) -> str:
    if isinstance(value, str):
        found = _PLACEHOLDER.search(value)
        return found.group() if found else ""
    inner = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((left for item in inner if isinstance(item, str) and (left := _placeholder(item))), "")


def _without_ours(name: str, value: JSONValue) -> JSONValue:
    if name not in _TAG_FIELDS or not isinstance(value, list):
        return value
    return [tag for tag in value if not (isinstance(tag, str) and is_own_tag(tag) and tag != SUMMARY_TAG)]


def _about_others(event: Event) -> tuple[Event, ...]:
    """The event, unless nothing is left of it: it only said that we added or removed a tag of ours."""
    if event.type == "ticket.tagged" and not any(name == "tags" or event.data[name] for name in event.data):
        return ()
    return (event,)


def _names(value: JSONValue) -> Mapping[str, Mapping[str, str]]:
    try:
        kinds = () if value is None else value.items()
        return {
            kind: {_text(id_): _text(name) for id_, name in named.items()} for kind, named in kinds if kind in _NAMED
        }
    except (ValueError, AttributeError) as error:
        raise Unreadable('names must be {"agent": {id: name}, "department": {id: name}}') from error


def _text(value: JSONValue) -> str:
    return str(FIELDS["channel"].check(value))


def _moment(value: JSONValue) -> Instant:
    if not isinstance(value, str):
        raise ValueError("must be an ISO 8601 time with offset")
    return instant_of_iso(value)
