"""What of a webhook is kept: numbers, states, times and custom attributes, and neither people nor what they wrote.

Zammad's default payload holds whole users (names, addresses, telephone numbers, notes about them) and the whole
article. A call is read from what was kept, so what reading needs stays: agents' names, groups, and marks of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import orjson

from integrations.events import JSONObject, JSONValue
from integrations.zammad.mapping import is_custom
from integrations.zammad.markup import marks

_TICKET: Final = (
    "id", "created_at", "updated_at", "state_id", "state", "group_id", "owner_id", "customer_id", "created_by_id",
    "create_article_type", "create_article_sender",
)  # fmt: skip
_ARTICLE: Final = ("id", "ticket_id", "created_at", "type", "sender", "internal", "created_by_id")
_NAMED: Final = ("id", "name")
_AGENT: Final = ("id", "firstname", "lastname")


def kept(body: bytes) -> bytes:
    """The body without people and texts; as it is where it is no webhook of Zammad."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    if not isinstance(told, dict):
        return body
    if not isinstance(told.get("ticket"), dict):
        return orjson.dumps(_some(told, ("ticket", "link"))) if "link" in told else body
    article = told.get("article")
    slim = {"ticket": _ticket(told["ticket"]), "article": _article(article) if isinstance(article, dict) else {}}
    return orjson.dumps(slim)


def _ticket(told: JSONObject) -> dict[str, JSONValue]:
    custom = {name: value for name, value in told.items() if is_custom(name) and not isinstance(value, dict | list)}
    parts = {
        "group": _object(told.get("group"), _NAMED),
        "priority": _object(told.get("priority"), _NAMED),
        "owner": _object(told.get("owner"), _AGENT, texts=False),
        "title": _marks(told.get("title")),
    }
    return {**custom, **_some(told, _TICKET), **{name: value for name, value in parts.items() if value is not None}}


def _article(told: JSONObject) -> dict[str, JSONValue]:
    slim = _some(told, _ARTICLE)
    if "body" in told:
        slim["body"] = _marks(told["body"]) or ""
    preferences = told.get("preferences")
    if isinstance(preferences, dict):
        slim["preferences"] = _some(preferences, ("is-auto-response",))
    return slim


def _some(told: Mapping[str, JSONValue], names: Iterable[str]) -> dict[str, JSONValue]:
    return {name: told[name] for name in names if name in told and not isinstance(told[name], dict | list)}


def _object(value: JSONValue, names: Iterable[str], *, texts: bool = True) -> JSONValue:
    """An object's few values; a text stands for its name, but for a user, where it is an address."""
    if isinstance(value, dict):
        return _some(value, names)
    return value if texts and isinstance(value, str) else None


def _marks(text: JSONValue) -> str | None:
    return " ".join(marks(text)) if isinstance(text, str) else None
