"""Freshdesk's REST API v2: addresses, parameters, pages.

Basic authentication with the api_key as the name; every list has at most 100 rows a page. Embedding (`include`) costs
further calls of the account's limit, so only a refresh asks for a ticket with its `stats`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import partial
from typing import Final, TypeAlias

from integrations.errors import Gone, Rejected, Unclear
from integrations.events import JSONObject, JSONValue
from integrations.freshdesk import failures, payloads
from integrations.freshdesk.values import Conversation, Named, Rating, Survey, Ticket
from integrations.session import Session
from integrations.times import Instant, iso

_API: Final = "/api/v2"
#: Where agents see a ticket.
TICKET_PAGE: Final = "/a/tickets/{ticket}"
TICKETS: Final = "/tickets"
PAGE: Final = 100
_MOST_PAGES: Final = 100

#: What the agent of the key must be allowed, each as it is named in errors and on the page of the docs.
READ: Final = "View tickets"
EDIT: Final = "Edit ticket properties"
NOTE: Final = "Add notes"
CREATE: Final = "Create tickets"
ADMIN: Final = "Administrator"

_Asked: TypeAlias = Mapping[str, str | int]


class Client:
    """One account's Freshdesk, through one session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    # ------------------------------------------------------------------------------------------ reading

    def ticket(self, ticket: str) -> Ticket:
        """One ticket with the moments of its states; Gone when Freshdesk has none, or has archived it."""
        return payloads.one(Ticket, self._asked("GET", _at(ticket), params={"include": "stats"}))

    def held(self, ticket: str) -> Ticket:
        """One ticket as it stands, without the moments, for which Freshdesk counts another call; Gone as `ticket`."""
        return payloads.one(Ticket, self._asked("GET", _at(ticket)))

    def archived(self, ticket: str) -> Ticket:
        """A closed ticket that was moved to the archive, 120 days after anybody touched it; Gone when there is none."""
        return payloads.one(Ticket, self._asked("GET", _at(ticket, "/archived")))

    def conversations(self, ticket: str) -> list[Conversation]:
        """All replies, notes and forwards of a ticket."""
        return payloads.rows(Conversation, self._pages(_at(ticket) + "/conversations"))

    def ratings_of(self, ticket: str) -> list[Rating]:
        """The answers to surveys about one ticket; none where the account has no surveys."""
        try:
            return payloads.rows(Rating, self._asked("GET", _at(ticket) + "/satisfaction_ratings"))
        except Gone:
            return []

    def ratings(self, since: Instant, *, page: int) -> list[JSONValue]:
        """One page of the answers given since then, as raw rows; none where the account has no surveys."""
        asked: _Asked = {"created_since": iso(since), "per_page": PAGE, "page": page}
        try:
            return self._list("/surveys/satisfaction_ratings", asked)
        except Gone:
            return []

    def surveys(self) -> list[Survey]:
        """Every survey; none where the account has none."""
        try:
            return payloads.rows(Survey, self._asked("GET", "/surveys"))
        except Gone:
            return []

    def changed_since(self, since: Instant, *, only: str = "", page: int) -> list[JSONValue]:
        """One page of tickets changed at that second or later, oldest change first, as raw rows.

        Without `only` neither spam nor deleted tickets are among them; it is the name of a filter of Freshdesk's.
        """
        asked: dict[str, str | int] = {
            "updated_since": iso(since), "order_by": "updated_at", "order_type": "asc", "per_page": PAGE, "page": page,
        }  # fmt: skip
        return self._list(TICKETS, asked | {"filter": only} if only else asked)

    def tickets_of(self, requester: str, *, since: Instant) -> list[Ticket]:
        """The newest tickets of one requester that changed since then."""
        asked: _Asked = {
            "requester_id": requester, "updated_since": iso(since), "order_by": "created_at", "order_type": "desc",
            "per_page": PAGE,
        }  # fmt: skip
        return payloads.rows(Ticket, self._list(TICKETS, asked))

    def agents(self) -> list[Named]:
        """Every agent with its name."""
        return payloads.rows(Named, self._pages("/agents"))

    def groups(self) -> list[Named]:
        """Every group with its name."""
        return payloads.rows(Named, self._pages("/groups"))

    def me(self) -> Named:
        """The agent whose key it is."""
        return payloads.one(Named, self._asked("GET", "/agents/me"))

    def fields(self) -> list[JSONObject]:
        """The fields of tickets, default and custom ones."""
        return [row for row in self._list("/ticket_fields", {}) if isinstance(row, dict)]

    def rules(self, kind: int) -> list[JSONObject]:
        """The automation rules of a kind: 1 for ticket creation, 4 for ticket updates."""
        told = self._asked("GET", f"/automations/{kind}/rules", permission=ADMIN)
        rows = told.get("rules") if isinstance(told, dict) else told
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    # ------------------------------------------------------------------------------------------ writing

    def update(self, ticket: str, changes: JSONObject) -> Ticket:
        """Changes only the keys that are given, and the ticket as it is then; `tags` replaces the whole set."""
        told = self._asked("PUT", _at(ticket), json=dict(changes), permission=EDIT)
        try:
            return payloads.one(Ticket, told)
        except Rejected as error:
            raise Unclear(f"Freshdesk did not tell what became of ticket {ticket}") from error

    def add_note(self, ticket: str, body: str) -> str:
        """A private note, nobody named to be notified; its id."""
        return self._made(f"{_at(ticket)}/notes", {"body": body, "private": True}, permission=NOTE)

    def create_ticket(self, fields: JSONObject) -> str:
        """A ticket; its id."""
        return self._made(TICKETS, fields, permission=CREATE)

    def create_field(self, label: str) -> str:
        """A custom text field that customers do not see; the key by which tickets hold it."""
        body = {
            "label": label, "label_for_customers": label, "type": "custom_text", "customers_can_edit": False,
            "displayed_to_customers": False,
        }  # fmt: skip
        told = self._asked("POST", "/admin/ticket_fields", json=body, permission=ADMIN)
        name = told.get("name") if isinstance(told, dict) else None
        if not isinstance(name, str) or not name:
            raise Unclear(f"Freshdesk did not tell the name of the field {label} it made")
        return name

    # ------------------------------------------------------------------------------------------ requests

    def _made(self, path: str, body: JSONObject, *, permission: str) -> str:
        told = self._asked("POST", path, json=dict(body), permission=permission)
        id_ = told.get("id") if isinstance(told, dict) else None
        if type(id_) is not int:
            raise Unclear(f"Freshdesk did not tell the id of what POST {path} made")
        return str(id_)

    def _pages(self, path: str) -> list[JSONValue]:
        """All rows of a list: the end is a page that is not full."""
        found: list[JSONValue] = []
        for page in range(1, _MOST_PAGES + 1):
            rows = self._list(path, {"per_page": PAGE, "page": page})
            found += rows
            if len(rows) < PAGE:
                break
        return found

    def _list(self, path: str, asked: _Asked) -> list[JSONValue]:
        found = self._asked("GET", path, params=asked)
        if not isinstance(found, list):
            raise Rejected(f"Freshdesk answered GET {path} with something that is no list")
        return found

    def _asked(self, method: str, path: str, *, permission: str = READ, **options: JSONValue) -> JSONValue:
        key = self.session.access.credentials.get("api_key", "")
        proof = base64.b64encode(f"{key}:X".encode()).decode()
        answer = self.session.request(
            method,
            _API + path,
            headers={"Authorization": f"Basic {proof}"},
            permission=permission,
            meaning=partial(failures.meaning, permission=permission),
            **options,
        )
        return answer.json


def _at(ticket: str, folder: str = "") -> str:
    """Where a ticket is; Gone for what is no number, which would lead elsewhere."""
    if not (ticket.isascii() and ticket.isdigit() and len(ticket) < 20):
        raise Gone(f"Freshdesk has no ticket {ticket!r}: its tickets have numbers")
    return f"{TICKETS}{folder}/{ticket}"
