"""Chatwoot's REST API: addresses, parameters, pages, and what its refusals mean.

Everything lies below `/api/v1/accounts/{account}`. The token of a user goes into the header that Chatwoot documents as
`api_access_token`; proxies drop names with underscores, and Rack takes one with hyphens for the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from integrations.chatwoot.payloads import (
    Conversation,
    Message,
    Rating,
    read_conversation,
    read_messages,
    read_rating,
)
from integrations.errors import DeskpulseError, Gone, Refused, Rejected, Unavailable, Unclear, Unreadable
from integrations.events import JSONObject, JSONValue
from integrations.session import Failure, Session
from integrations.times import SECOND, Instant

#: The role that everything below needs; it is given under Settings › Agents.
PERMISSION: Final = "administrator"
#: Messages of one answer, when asked for those after one (`app/finders/message_finder.rb`).
MESSAGES: Final = 100
#: Types of custom attributes, as they are shown (`app/models/custom_attribute_definition.rb`).
TEXT: Final = "text"
LINK: Final = "link"
BY_ACTIVITY: Final = "last_activity_at_desc"
BY_CREATION: Final = "created_at_desc"
_MOST_PAGES: Final = 200
#: Where agents see a ticket.
TICKET_PAGE: Final = "/app/accounts/{account_id}/conversations/{ticket}"
_LONGEST_ID: Final = 15

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of conversations, as rows that are not read yet, and how many there are in all."""

    rows: tuple[JSONValue, ...]
    total: int | None


def conversation(session: Session, ticket: str) -> Conversation:
    """One conversation; Gone when there is none of that number."""
    return readable(read_conversation)(_get(session, _one(ticket)))


def messages(session: Session, ticket: str) -> list[Message]:
    """All messages, notes and activities of a conversation, the oldest first."""
    found: dict[int, Message] = {}
    while True:
        last = max(found, default=0)
        page = readable(read_messages)(_payload(_get(session, f"{_one(ticket)}/messages", after=last)))
        new = {message.id: message for message in page if message.id > last}
        found |= new
        if len(page) < MESSAGES or not new:
            return [found[id_] for id_ in sorted(found)]


def conversations(session: Session, *, sort: str, page: int, inbox: str | None = None) -> Listed:
    """One page of all conversations, or of an inbox's; empty after the last one."""
    params: dict[str, str | int] = {"status": "all", "assignee_type": "all", "sort_by": sort, "page": page}
    if inbox is not None:
        params["inbox_id"] = inbox
    return _listed(_get(session, "/conversations", **params))


def changed_within(session: Session, seconds: int) -> Listed:
    """All conversations that changed within so many seconds, in one answer."""
    return _listed(_get(session, "/conversations", status="all", assignee_type="all", updated_within=seconds))


def ratings(session: Session, *, since: Instant, until: Instant, page: int, **narrower: int) -> list[Rating]:
    """One page of the answers first given between these moments, the latest first."""
    span = {"since": since // SECOND, "until": -(-until // SECOND), "page": page}
    rows = _rows(_get(session, "/csat_survey_responses", **span, **narrower))
    return [readable(read_rating)(row) for row in rows]


def set_labels(session: Session, ticket: str, labels: Sequence[str]) -> list[str]:
    """Replaces all labels of a conversation; those that it has then."""
    told = _post(session, f"{_one(ticket)}/labels", {"labels": list(labels)})
    held = told.get("payload") if isinstance(told, dict) else None
    return held if isinstance(held, list) else list(conversation(session, ticket).labels)


def set_attributes(session: Session, ticket: str, values: JSONObject) -> JSONObject:
    """Replaces all custom attributes of a conversation; those that it has then."""
    told = _post(session, f"{_one(ticket)}/custom_attributes", {"custom_attributes": dict(values)})
    held = told.get("custom_attributes") if isinstance(told, dict) else None
    return held if isinstance(held, dict) else conversation(session, ticket).custom


def add_private_note(session: Session, ticket: str, text: str) -> str:
    """A private message, which reaches no customer; its id."""
    body = {"content": text, "message_type": "outgoing", "private": True}
    return _id_of(_post(session, f"{_one(ticket)}/messages", body), "the note")


def open_conversation(session: Session, *, inbox: str, contact: str, text: str, attributes: JSONObject) -> str:
    """A resolved conversation with one private message; its number. Nobody is assigned or notified."""
    body = {
        "inbox_id": int(inbox),
        "contact_id": int(contact),
        "status": "resolved",
        "message": {"content": text, "private": True},
        "custom_attributes": dict(attributes),
    }
    return _id_of(_post(session, "/conversations", body, meaning=_no_place), "the summary")


def profile(session: Session) -> JSONObject:
    """Whose token it is, with the accounts and roles of that user."""
    return _object(_asked(session, "GET", "/api/v1/profile"))


def inboxes(session: Session) -> list[JSONObject]:
    """Every inbox."""
    return _numbered(_payload(_get(session, "/inboxes")))


def create_inbox(session: Session, name: str) -> str:
    """An inbox that programs fill, which assigns nobody; its number."""
    body = {"name": name, "enable_auto_assignment": False, "channel": {"type": "api", "webhook_url": ""}}
    return _id_of(_post(session, "/inboxes", body), "the inbox")


def contact_with(session: Session, identifier: str) -> str | None:
    """The number of the contact with this identifier."""
    rows = _numbered(_payload(_get(session, "/contacts/search", q=identifier)))
    return next((str(row["id"]) for row in rows if row.get("identifier") == identifier), None)


def create_contact(session: Session, *, inbox: str, name: str, identifier: str) -> str:
    """A contact in an inbox; its number."""
    body = {"inbox_id": int(inbox), "name": name, "identifier": identifier}
    told = _object(_payload(_post(session, "/contacts", body)))
    return _id_of(told.get("contact", told), "the contact")


def labels(session: Session) -> set[str]:
    """The labels that the account's pages show."""
    return {str(row.get("title")) for row in _rows(_payload(_get(session, "/labels")))}


def create_label(session: Session, title: str, description: str) -> None:
    """A label that the account's pages show."""
    body = {"title": title, "description": description, "color": "#3B82F6", "show_on_sidebar": False}
    _id_of(_post(session, "/labels", body), "the label")


def attribute_types(session: Session) -> dict[str, str]:
    """The custom attributes of conversations that agents are shown, each with Chatwoot's word for its type."""
    rows = _rows(_get(session, "/custom_attribute_definitions", attribute_model=0))
    return {str(row.get("attribute_key")): str(row.get("attribute_display_type") or TEXT) for row in rows}


def create_attribute(session: Session, key: str, name: str) -> None:
    """A custom attribute of conversations, of text, that agents are shown."""
    body = {
        "attribute_display_name": name,
        "attribute_display_type": 0,
        "attribute_description": "set by Deskpulse",
        "attribute_key": key,
        "attribute_model": 0,
    }
    _id_of(_post(session, "/custom_attribute_definitions", body), "the custom attribute")


def webhooks(session: Session) -> list[JSONObject]:
    """The account's webhooks, from 4.11.2 on each with the secret it signs with."""
    told = _payload(_get(session, "/webhooks"))
    return _numbered(told.get("webhooks") if isinstance(told, dict) else told)


def put_webhook(session: Session, id_: str | None, *, url: str, events: Sequence[str]) -> JSONObject:
    """Makes a webhook, or changes the one with this id; as it is then."""
    path, method = ("/webhooks", "POST") if id_ is None else (f"/webhooks/{id_}", "PATCH")
    hook = {"name": "Deskpulse", "url": url, "subscriptions": list(events)}
    told = _object(_payload(_asked(session, method, _account(session) + path, json={"webhook": hook})))
    row = _object(told.get("webhook", told))
    _id_of(row, "the webhook")
    return row


def dashboard_apps(session: Session) -> list[JSONObject]:
    """The pages that conversations show in a tab."""
    return _rows(_get(session, "/dashboard_apps"))


def create_dashboard_app(session: Session, title: str, url: str) -> None:
    """A page that conversations show in a tab."""
    content = [{"type": "frame", "url": url}]
    _id_of(_post(session, "/dashboard_apps", {"title": title, "content": content}), "the dashboard app")


def pages(page: Callable[[int], Sequence[_Read]], *, most: int = _MOST_PAGES) -> Iterator[_Read]:
    """The rows of page 1, 2, 3 …, up to an empty one."""
    for number in range(1, most + 1):
        rows = page(number)
        if not rows:
            return
        yield from rows


def readable(read: Callable[[JSONValue], _Read]) -> Callable[[JSONValue], _Read]:
    """The reader, with Rejected for an answer that it cannot read."""

    def reading(told: JSONValue) -> _Read:
        try:
            return read(told)
        except Unreadable as error:
            raise Rejected(f"the desk's answer is {error}") from error

    return reading


def _account(session: Session) -> str:
    return f"/api/v1/accounts/{session.access.credentials.get('account_id', '')}"


def _one(ticket: str) -> str:
    if not (ticket.isascii() and ticket.isdigit() and len(ticket) <= _LONGEST_ID):
        raise Gone(f"Chatwoot has no conversation {ticket[:_LONGEST_ID]}: its conversations have numbers")
    return f"/conversations/{ticket}"


def _get(session: Session, path: str, **params: str | int) -> JSONValue:
    return _asked(session, "GET", _account(session) + path, params=params or None)


def _post(session: Session, path: str, body: JSONObject, **options: Any) -> JSONValue:
    return _asked(session, "POST", _account(session) + path, json=dict(body), **options)


def _asked(session: Session, method: str, path: str, **options: Any) -> JSONValue:
    token = {"Api-Access-Token": session.access.credentials.get("token", "")}
    meaning = options.pop("meaning", _refusal)
    return session.request(method, path, headers=token, permission=PERMISSION, meaning=meaning, **options).json


def _refusal(failure: Failure) -> DeskpulseError | None:
    """One line for both: Chatwoot answers 401 to a wrong token and to a user who lacks the role alike."""
    if failure.status not in (401, 403):
        return None
    return Refused(
        f"Chatwoot answered {failure.status} to {failure.method} {failure.path}: copy the access token anew from its"
        f" user's Profile settings › Access Token, and give that user the role {PERMISSION} under Settings › Agents",
        permission=PERMISSION,
    )


def _no_place(failure: Failure) -> DeskpulseError | None:
    if failure.status in (404, 410):
        return Rejected("Chatwoot has no inbox or contact for summaries any more: connect the account again")
    return _refusal(failure)


def _listed(told: JSONValue) -> Listed:
    match told:
        case {"data": {"payload": [*rows], "meta": {"all_count": int(total)}}}:
            return Listed(tuple(rows), total)
        case {"data": {"payload": [*rows]}}:
            return Listed(tuple(rows), None)
    raise Unavailable("the answer is no list of Chatwoot's conversations")


def _payload(told: JSONValue) -> JSONValue:
    return told["payload"] if isinstance(told, dict) and "payload" in told else told


def _object(told: JSONValue) -> JSONObject:
    return told if isinstance(told, dict) else {}


def _rows(told: JSONValue) -> list[Any]:
    if not isinstance(told, list):
        raise Unavailable("the answer is no list of Chatwoot")
    return [row for row in told if isinstance(row, dict)]


def _numbered(told: JSONValue) -> list[Any]:
    """Rows that are named or changed afterwards, each with its number."""
    rows = _rows(told)
    if not all(type(row.get("id")) is int for row in rows):
        raise Unavailable("the answer is no list of Chatwoot: one of its rows has no number")
    return rows


def _id_of(told: JSONValue, what: str) -> str:
    number = told.get("id") if isinstance(told, dict) else None
    if type(number) is not int:
        raise Unclear(f"Chatwoot took {what} and did not say under which number")
    return str(number)
