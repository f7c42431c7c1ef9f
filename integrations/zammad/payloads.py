"""What Zammad sends: the JSON of its webhooks and of its API, checked and made into plain values.

Sources: the administrators' documentation (manage/webhook: default and custom payload), `trigger_webhook_job.rb`,
`history.rb` and `ticket_articles_controller.rb` of Zammad's own code. A custom payload is a template: everything in it
is a text there, what is missing is `-`, and how it writes a time depends on the version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load, pre_load

from integrations.errors import Unreadable
from integrations.events import JSONObject, JSONValue
from integrations.schemas import DeskSchema, checked, json_of
from integrations.times import Instant, instant, instant_of_iso

_DESK: Final = "Zammad"
_LARGEST_KEY: Final = 2**63 - 1
_NO_KEY: Final = "Not the number of a row; were the placeholders of the template expanded?"
_NOTHING: Final = frozenset({"", "-"})
_UTC_TEXT: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")
_LINK: Final = re.compile(r"#ticket/zoom/([1-9][0-9]{0,18})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket, in a webhook or in an answer with `expand=true`; None where nothing was said."""

    id: int
    created_at: Instant | None
    updated_at: Instant | None
    title: str
    state_id: int | None
    state: str | None  #: its name, which an administrator may have changed
    group_id: int | None
    group: str | None
    owner_id: int | None
    owner: str | None  #: first and last name, in a webhook only
    customer_id: int | None
    created_by_id: int | None
    article_type: str | None  #: of the article that opened the ticket: what Zammad knows of channels
    article_sender: str | None
    priority: str | None
    attributes: Mapping[str, JSONValue]  #: everything beside it, as sent


@dataclass(frozen=True, slots=True)
class Article:
    """One entry of a ticket: a mail, a call, a post, a note."""

    id: int
    at: Instant | None
    type: str | None
    sender: str | None
    internal: bool | None  #: None where the payload does not say so
    body: str | None
    created_by_id: int | None
    auto: bool  #: an answering machine's, by the headers of its mail


@dataclass(frozen=True, slots=True)
class Change:
    """One row of a ticket's history."""

    id: int
    at: Instant
    type: str  #: created, updated, added, removed, merged_into, received_merge …
    object: str  #: Ticket, Ticket::Article …
    object_id: int | None
    attribute: str | None
    id_from: int | None
    id_to: int | None
    value_from: str | None
    value_to: str | None
    by: int | None


@dataclass(frozen=True, slots=True)
class Hook:
    """The body of one webhook: a ticket with all it holds, or no more than its number."""

    ticket_id: int
    ticket: Ticket | None
    article: Article | None


def _optional(read: Callable[[JSONValue], Any]) -> fields.Function:
    """A field that is None when it is missing, null, or not what `read` can read."""
    return fields.Function(deserialize=read, allow_none=True, load_default=None)


def _required(read: Callable[[JSONValue], Any], otherwise: str) -> fields.Function:
    """A field that must be there, with the words that say what it must be."""

    def reading(value: JSONValue) -> Any:
        found = read(value)
        if found is None:
            raise ValidationError(otherwise)
        return found

    return fields.Function(deserialize=reading, required=True)


def _key(value: JSONValue) -> int | None:
    """A row's id, a whole number above 0; in a template it is a text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    return value if type(value) is int and 0 < value <= _LARGEST_KEY else None


def _word(value: JSONValue) -> str | None:
    """A word, or the name of an object; a template writes a dash for nothing."""
    name = value.get("name") if isinstance(value, dict) else value
    return name.strip() if isinstance(name, str) and name.strip() not in _NOTHING else None


def _text(value: JSONValue) -> str | None:
    return value if isinstance(value, str) else None


def _flag(value: JSONValue) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def full_name(user: JSONValue) -> str | None:
    """`First Last` of a user as Zammad shows one; None where there is no name."""
    if not isinstance(user, dict):
        return None
    names = [user.get(name) for name in ("firstname", "lastname")]
    told = " ".join(name.strip() for name in names if isinstance(name, str) and name.strip() not in _NOTHING)
    return told.strip() or None


def _moment(value: JSONValue) -> Instant | None:
    if not isinstance(value, str):
        return None
    try:
        found = _UTC_TEXT.fullmatch(value)
        if found is not None:
            return instant(datetime.fromisoformat(found[1]).replace(tzinfo=UTC))
        return instant_of_iso(value)
    except (ValueError, OverflowError):
        return None


class _TicketSchema(DeskSchema):
    id = _required(_key, _NO_KEY)
    created_at = _optional(_moment)
    updated_at = _optional(_moment)
    title = _optional(_text)
    state_id = _optional(_key)
    state = _optional(_word)
    group_id = _optional(_key)
    group = _optional(_word)
    owner_id = _optional(_key)
    owner = _optional(full_name)
    customer_id = _optional(_key)
    created_by_id = _optional(_key)
    article_type = _optional(_word)
    article_sender = _optional(_word)
    priority = _optional(_word)
    attributes = fields.Raw()

    @pre_load
    def _gathered(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, dict):
            return data
        opened = {"article_type": data.get("create_article_type"), "article_sender": data.get("create_article_sender")}
        return {**data, **opened, "attributes": dict(data)}

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Ticket:
        return Ticket(**{**data, "title": data["title"] or ""})


class _ArticleSchema(DeskSchema):
    id = _required(_key, _NO_KEY)
    at = _optional(_moment)
    type = _optional(_word)
    sender = _optional(_word)
    internal = _optional(_flag)
    body = _optional(_text)
    created_by_id = _optional(_key)
    preferences = fields.Raw(load_default=None)

    @pre_load
    def _gathered(self, data: Any, **_: Any) -> Any:
        return {**data, "at": data.get("created_at")} if isinstance(data, dict) else data

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Article:
        told = data.pop("preferences")
        return Article(**data, auto=isinstance(told, dict) and told.get("is-auto-response") is True)


class _ChangeSchema(DeskSchema):
    id = _required(_key, _NO_KEY)
    at = _required(_moment, "Not an ISO 8601 time with offset.")
    type = fields.String(required=True)
    object = fields.String(required=True)
    object_id = _optional(_key)
    attribute = _optional(_word)
    id_from = _optional(_key)
    id_to = _optional(_key)
    value_from = _optional(_text)
    value_to = _optional(_text)
    by = _optional(_key)

    @pre_load
    def _gathered(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {**data, "at": data.get("created_at"), "by": data.get("created_by_id"), "object_id": data.get("o_id")}

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Change:
        return Change(**data)


_TICKET: Final = _TicketSchema()
_ARTICLE: Final = _ArticleSchema()
_CHANGE: Final = _ChangeSchema()


def read_hook(body: bytes) -> Hook:
    """The webhook in a call's body; Unreadable when it is not one."""
    told = json_of(body)
    if not isinstance(told, dict):
        raise Unreadable("not what Zammad sends: the body is no object")
    if not isinstance(told.get("ticket"), dict):
        return Hook(_linked(told), None, None)
    ticket = read_ticket(told["ticket"])
    return Hook(ticket.id, ticket, _article_of(told.get("article")))


def read_ticket(told: JSONValue) -> Ticket:
    """A ticket; Unreadable when it is not one."""
    ticket: Ticket = checked(_TICKET, told, desk=_DESK)
    return ticket


def read_article(told: JSONValue) -> Article:
    """An article; Unreadable when it is not one."""
    article: Article = checked(_ARTICLE, told, desk=_DESK)
    return article


def read_change(told: JSONValue) -> Change:
    """A row of a history; Unreadable when it is not one."""
    change: Change = checked(_CHANGE, told, desk=_DESK)
    return change


def _article_of(told: JSONValue) -> Article | None:
    # `{}` where the trigger had no article; in a template every value is then a dash.
    if not isinstance(told, dict) or _key(told.get("id")) is None:
        return None
    return read_article(told)


def _linked(told: JSONObject) -> int:
    """The ticket's id from the link of a notification's payload, where `ticket` is a number for people."""
    link = told.get("link")
    found = _LINK.search(link) if isinstance(link, str) else None
    if found is None:
        raise Unreadable("not what Zammad sends: there is neither a ticket with an id nor a link to one")
    return int(found[1])
