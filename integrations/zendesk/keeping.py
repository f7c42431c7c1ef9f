"""A call's body as it is kept: without the words, names and addresses of people, none of which is ever read.

What stays of a text are our own marks, by which our notes are known again, and the names of agents.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from integrations.events import JSONValue
from integrations.zendesk import values
from integrations.zendesk.markup import marks_in

_PRIVATE: Final = frozenset({"description", "subject", "email", "phone", "name"})
#: Events whose new and old values are what somebody wrote.
_WORDS: Final = ("subject_changed", "description_changed")


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
    event = _event(values.dict_of(told.get("event")), values.text(told.get("type")))
    detail = {key: value for key, value in values.dict_of(told.get("detail")).items() if key not in _PRIVATE}
    return orjson.dumps({**told, **{key: part for key, part in (("detail", detail), ("event", event)) if key in told}})


def _hint(told: dict[str, JSONValue]) -> dict[str, JSONValue]:
    """What a trigger sends, down to its ticket: somebody may have put a comment into its body."""
    kept: dict[str, JSONValue] = {key: told[key] for key in ("event", "ticket_id") if key in told}
    ticket = told.get("ticket")
    return {**kept, "ticket": {"id": ticket.get("id")}} if isinstance(ticket, dict) else kept


def _event(event: Any, kind: str) -> dict[str, JSONValue]:
    if kind.endswith(_WORDS):
        return {}
    kept = dict(event)
    for part in ("comment", "message"):
        said = values.dict_of(kept.get(part))
        if said:
            kept[part] = {**said, "body": marks_in(values.text(said.get("body"))), **_author(said)}
    actor = values.dict_of(kept.get("actor"))
    if actor and actor.get("type") != "agent":
        kept["actor"] = _nameless(actor)
    return kept


def _author(said: Any) -> dict[str, JSONValue]:
    author = values.dict_of(said.get("author"))
    return {"author": _nameless(author)} if author and author.get("is_staff") is not True else {}


def _nameless(person: Any) -> dict[str, JSONValue]:
    return {key: value for key, value in person.items() if key != "name"}
