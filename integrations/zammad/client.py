"""Zammad's REST API: its addresses, its answers, and what its failures mean.

Sources: docs.zammad.org (API) and Zammad's own controllers. `expand=true` puts names beside ids. Answers carry whole
users and whole articles; what is not needed is dropped here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias, TypeVar

import orjson

from integrations.errors import DeskpulseError, Gone, Refused, Rejected, Unavailable, Unclear, Unreadable
from integrations.events import JSONObject, JSONValue
from integrations.session import Failure, Session
from integrations.times import Instant, iso
from integrations.zammad.payloads import Article, Change, Ticket, full_name, read_article, read_change, read_ticket

_API: Final = "/api/v1"
#: Where agents see a ticket.
TICKET_PAGE: Final = "/#ticket/zoom/{ticket}"
TICKETS: Final = f"{_API}/tickets"
ARTICLES: Final = f"{_API}/ticket_articles"
#: Rows of one page; the list gives no more than this, the search twice as many.
PAGE: Final = 100
AGENT: Final = "ticket.agent"
WEBHOOKS: Final = "admin.webhook"
TRIGGERS: Final = "admin.trigger"
TAGS: Final = "admin.tag"
OBJECTS: Final = "admin.object"
#: Where attributes of objects are, for `Client.objects`.
ATTRIBUTES: Final = "object_manager_attributes"
#: Where somebody changes what a token may do.
WHERE: Final = "Profile › Token Access"
_MAINTENANCE: Final = "maintenance mode"
_LONGEST: Final = 200
_Read = TypeVar("_Read")
_Params: TypeAlias = Mapping[str, str | int]


class Client:
    """One account's Zammad, through one session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    # --- reading --------------------------------------------------------------------------------------------------

    def ticket(self, ticket: str) -> Ticket:
        """One ticket; Gone when there is none of that id."""
        told = self._asked("GET", _at(TICKETS, ticket), params={"expand": "true"})
        found = _readable(read_ticket, told)
        if found.created_at is None or found.updated_at is None or str(found.id) != ticket:
            raise Rejected("the desk's answer is no ticket of Zammad: check the address of the desk")
        return found

    def articles(self, ticket: str) -> list[Article]:
        """Every article of a ticket, oldest first."""
        found = self._list(_at(f"{ARTICLES}/by_ticket", ticket), {"expand": "true"})
        return sorted((_readable(read_article, row) for row in found), key=lambda article: article.id)

    def history(self, ticket: str) -> tuple[list[Change], dict[str, str]]:
        """The history of a ticket, oldest change first, and the names of the users in it."""
        match self._asked("GET", _at(f"{_API}/ticket_history", ticket)):
            case {"history": [*rows], **others}:
                changes = [_readable(read_change, row) for row in rows]
                return sorted(changes, key=lambda change: (change.at, change.id)), _names(others.get("assets"))
        raise Rejected("the desk's answer is no history of Zammad: check the address of the desk")

    def tags(self, ticket: str) -> list[str]:
        """All tags of a ticket."""
        match self._asked("GET", f"{_API}/tags", params={"object": "Ticket", "o_id": _number(ticket)}):
            case {"tags": [*tags]}:
                return [tag for tag in tags if isinstance(tag, str)]
        raise Rejected("the desk's answer is no list of tags of Zammad: check the address of the desk")

    def listed(self, *, page: int, size: int = PAGE) -> list[JSONValue]:
        """One page of all tickets, by id."""
        return self._list(TICKETS, {"expand": "true", "page": page, "per_page": size})

    def changed_after(self, moment: Instant, *, page: int, size: int = PAGE) -> list[JSONValue]:
        """One page of the tickets that changed after that moment, oldest change first.

        With a condition and without a query Zammad asks its database, whether or not it has a search index.
        """
        condition = _condition("updated_at", "after (absolute)", iso(moment))
        asked: _Params = {"sort_by": "updated_at", "order_by": "asc", "expand": "true", "page": page, "per_page": size}
        return self._list(f"{TICKETS}/search", {**condition, **asked})

    def titled(self, text: str) -> list[Ticket]:
        """Tickets whose title holds the text, the newest first."""
        condition = _condition("title", "contains", text)
        asked: _Params = {"sort_by": "created_at", "order_by": "desc", "expand": "true", "page": 1, "per_page": PAGE}
        found = self._list(f"{TICKETS}/search", {**condition, **asked})
        return [ticket for ticket in (_readable(read_ticket, row) for row in found) if text in ticket.title]

    def states(self) -> dict[str, str]:
        """Id of each state → its type."""
        found = self._list(f"{_API}/ticket_states", {"expand": "true"})
        types = {str(row.get("id")): row.get("state_type") for row in found if isinstance(row, dict)}
        return {state: kind for state, kind in types.items() if isinstance(kind, str)}

    def me(self) -> JSONObject:
        """The user whose token it is."""
        told = self._asked("GET", f"{_API}/users/me")
        if not isinstance(told, dict) or type(told.get("id")) is not int:
            raise Rejected("the desk's answer is no user of Zammad: check the address of the desk")
        return told

    def groups(self) -> dict[str, str]:
        """Id of each active group that the token's user may see → its name."""
        found = [row for row in self._list(f"{_API}/groups", {}) if isinstance(row, dict)]
        return {str(row.get("id")): str(row.get("name")) for row in found if row.get("active") is not False}

    # --- writing --------------------------------------------------------------------------------------------------

    def add_tag(self, ticket: str, tag: str) -> None:
        """Adds one tag and leaves the others alone."""
        self._tag("POST", "add", ticket, tag)

    def remove_tag(self, ticket: str, tag: str) -> None:
        """Removes one tag and leaves the others alone."""
        self._tag("DELETE", "remove", ticket, tag)

    def _tag(self, method: str, what: str, ticket: str, tag: str) -> None:
        body = {"object": "Ticket", "o_id": _number(ticket), "item": tag}
        if self._asked(method, f"{_API}/tags/{what}", json=body) is not True:
            raise Unclear(f"Zammad did not say that it did {what} the tag {tag}")

    def update(self, ticket: str, values: JSONObject) -> Ticket:
        """Sets attributes of a ticket, and nothing but these; Unclear when the answer is no ticket."""
        told = self._asked("PUT", _at(TICKETS, ticket), params={"expand": "true"}, json=dict(values))
        return _made(read_ticket, told, "the ticket it changed")

    def add_note(self, ticket: str, body: str) -> str:
        """A note that only agents see; its id. Nobody gets a mail from the note itself."""
        article = {"ticket_id": _number(ticket), "subject": "Deskpulse", **_note(body)}
        return str(_made(read_article, self._asked("POST", ARTICLES, json=article), "the note it took").id)

    def open_ticket(self, fields: JSONObject, *, body: str) -> str:
        """A ticket that begins with such a note; its id."""
        told = self._asked("POST", TICKETS, params={"expand": "true"}, json={**fields, "article": _note(body)})
        return str(_made(read_ticket, told, "the ticket it opened").id)

    # --- what an administrator's token may arrange ------------------------------------------------------------------

    def objects(self, kind: str, permission: str) -> list[JSONObject]:
        """Every webhook, trigger, tag or attribute."""
        found = self._list(f"{_API}/{kind}", {}, permission=permission)
        return [row for row in found if isinstance(row, dict)]

    def put_object(self, kind: str, values: JSONObject, *, id_: int | None, permission: str) -> int | None:
        """Makes a webhook, trigger, tag or attribute, or changes the one of that id; its id, where it is told."""
        method, path = ("POST", f"{_API}/{kind}") if id_ is None else ("PUT", f"{_API}/{kind}/{id_}")
        told = self._asked(method, path, permission=permission, json=dict(values))
        made = told.get("id") if isinstance(told, dict) else None
        return made if type(made) is int else id_

    # --- requests -------------------------------------------------------------------------------------------------

    def _list(self, path: str, params: _Params, *, permission: str = AGENT) -> list[JSONValue]:
        found = self._asked("GET", path, params=params, permission=permission)
        if not isinstance(found, list):
            raise Rejected(f"the answer to GET {path} is no list of Zammad: check the address of the desk")
        return found

    def _asked(self, method: str, path: str, *, permission: str = AGENT, **options: JSONValue) -> JSONValue:
        proof = {"Authorization": f"Token token={self.session.access.credentials.get('token', '')}"}
        meaning = partial(_meaning, permission=permission)
        return self.session.request(method, path, headers=proof, permission=permission, meaning=meaning, **options).json


def _note(body: str) -> dict[str, JSONValue]:
    return {"type": "note", "sender": "Agent", "internal": True, "content_type": "text/html", "body": body}


def _condition(attribute: str, operator: str, value: str) -> dict[str, str]:
    name = f"condition[ticket.{attribute}]"
    return {f"{name}[operator]": operator, f"{name}[value]": value}


def _number(ticket: str) -> int:
    if not (ticket.isascii() and ticket.isdigit() and len(ticket) < 20):
        raise Gone(f"Zammad has no ticket {ticket}: its tickets have numbers")
    return int(ticket)


def _at(folder: str, ticket: str) -> str:
    return f"{folder}/{_number(ticket)}"


def _readable(read: Callable[[JSONValue], _Read], told: JSONValue) -> _Read:
    try:
        return read(told)
    except Unreadable as error:
        raise Rejected(f"the desk's answer is {error}") from error


def _made(read: Callable[[JSONValue], _Read], told: JSONValue, what: str) -> _Read:
    try:
        return read(told)
    except Unreadable as error:
        raise Unclear(f"Zammad did not tell {what}") from error


def _names(assets: JSONValue) -> dict[str, str]:
    users = assets.get("User") if isinstance(assets, dict) else None
    named = {user: full_name(told) for user, told in users.items()} if isinstance(users, dict) else {}
    return {user: name for user, name in named.items() if name}


def _meaning(failure: Failure, *, permission: str) -> DeskpulseError | None:
    """What a refusal means, in one line; None where the common table of `session` is right."""
    if failure.status not in (401, 403):
        return None
    said = _said(failure)
    if _MAINTENANCE in said.lower():
        return Unavailable("Zammad is in maintenance mode")
    if failure.status == 401:
        return Refused(
            f"Zammad does not take the token ({said or 401}): make one with {AGENT} under {WHERE} and connect with it",
            permission=permission,
        )
    return Refused(
        f"Zammad refused {failure.method} {failure.path} ({said or 403}): give the token {permission} under {WHERE},"
        f" and its user that permission by a role and full access to the ticket's group",
        permission=permission,
    )


def _said(failure: Failure) -> str:
    try:
        told = orjson.loads(failure.text)
    except orjson.JSONDecodeError:
        return ""
    said = told.get("error") if isinstance(told, dict) else None
    return " ".join(said.split())[:_LONGEST] if isinstance(said, str) else ""
