"""A call's body as it is kept: what is read of it and no more, so nothing that people wrote, are called or live at.

What stays of a text are our own marks, by which our notes are known again, and the names of agents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import orjson

from integrations.events import JSONObject, JSONValue
from integrations.zendesk import mapping, notices, payloads, values
from integrations.zendesk.markup import marks_in

_ENVELOPE: Final = ("type", "account_id", "id", "time", "zendesk_event_version", "subject")
_PRIVATE: Final = frozenset({"subject", "custom_fields", "satisfaction_rating"})
_TICKET: Final = (values.keys_of(payloads.Ticket) | payloads.OWN_FIELDS.keys()) - _PRIVATE
#: What is read of an event beside a comment, a message and whoever sent it.
_READ: Final = ("current", "custom_field", "tags_added", "tags_removed", "target_ticket_id")
#: In place of a value that is prose, which is no more read than the prose was.
_PROSE: Final = "\n"


def without_words(body: bytes) -> bytes:
    """The body without them; a body that is no JSON object is left as it is."""
    try:
        told: JSONValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    if not isinstance(told, dict):
        return body
    if "type" not in told:
        return orjson.dumps(_hint(told))
    kind = payloads.kind_of(values.text(told["type"]))
    event = _event(values.dict_of(told.get("event"))) if notices.is_read(kind) else {}
    parts = {"detail": _detail(values.dict_of(told.get("detail"))), "event": event}
    return orjson.dumps(_only(told, *_ENVELOPE) | {name: part for name, part in parts.items() if name in told})


def _hint(told: JSONObject) -> JSONObject:
    """What a trigger sends, down to its ticket: somebody may have put a comment into its body."""
    ticket = told.get("ticket")
    inner = {"ticket": _only(ticket, "id")} if isinstance(ticket, dict) else {}
    return {**_only(told, "event", "ticket_id"), **inner}


def _detail(detail: JSONObject) -> JSONObject:
    via = detail.get("via")
    kept = _only(detail, *_TICKET)
    return {**kept, "via": _only(via, "channel")} if isinstance(via, dict) else kept


def _event(event: JSONObject) -> JSONObject:
    kept = {name: clean(event[name]) for name, clean in _PEOPLE.items() if isinstance(event.get(name), dict)}
    kept |= _only(event, *_READ)
    current = kept.get("current")
    if isinstance(current, dict):
        kept["current"] = {"value": _value(current.get("value"))}
    elif current is not None:
        kept["current"] = _value(current)
    return kept


def _said(said: JSONObject) -> JSONObject:
    author = values.dict_of(said.get("author"))
    named = ("name",) if author.get("is_staff") is True else ()
    return {
        **_only(said, "id", "is_public"),
        "body": marks_in(values.text(said.get("body"))),
        "author": _only(author, "id", "is_staff", *named),
    }


def _actor(actor: JSONObject) -> JSONObject:
    return _only(actor, "id", "type", *(("name",) if actor.get("type") == "agent" else ()))


def _value(value: JSONValue) -> JSONValue:
    try:
        mapping.field_value(value)
    except ValueError:
        return _PROSE
    return value


def _only(told: JSONObject, *names: str) -> dict[str, JSONValue]:
    return {name: told[name] for name in names if name in told}


_PEOPLE: Final[Mapping[str, Callable[[JSONObject], JSONObject]]] = {"comment": _said, "message": _said, "actor": _actor}
