"""LiveAgent's two APIs: addresses, parameters, pages.

v3 (`/api/v3`, key in the header `apikey`) knows tickets, history, tags, agents and calls; v1 (`/api`, key as a
parameter) is deprecated and the only way to add one tag, to write a note and to read ratings. A v1 key travels
in the body of a POST; in a GET it can only be a query parameter, and `Session` never shows a query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import orjson

from integrations.errors import Gone, Rejected, Unclear
from integrations.events import JSONValue
from integrations.liveagent import failures, payloads
from integrations.liveagent.payloads import Department, Group, Interval, Named, PhoneCall, Rank, Ticket
from integrations.session import Session

#: What production readers of this API ask for; the default of 10 rows would be 50 times the requests.
PAGE: Final = 500
#: Rows of one answer of the ranking report; its maximum.
RANKS: Final = 1000
_GROUPS: Final = 100
_MOST_PAGES: Final = 500
#: Where agents see a ticket.
TICKET_PAGE: Final = "/agent/#/Ticket;{ticket}"
#: Columns of /reports/ranking that production readers ask for.
_RANK_COLUMNS: Final = (
    "id", "rankingType", "datecreated", "conversationid", "agentcontactid", "agentEmail", "agent", "contactid",
    "requesterEmail", "requester", "comment",
)  # fmt: skip
_Asked: TypeAlias = Mapping[str, str | int]


class Client:
    """One account's LiveAgent, through one session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    # ------------------------------------------------------------------------------------------ v3: reading

    def ticket(self, ticket: str) -> Ticket:
        """One ticket by its id or its code; Gone when LiveAgent knows none."""
        answer = self._v3("GET", _at(ticket), permission="ticket.read_all")
        return payloads.one(Ticket, answer, what="ticket")

    def history(self, ticket: str) -> list[Interval]:
        """The ticket's status intervals, in no promised order."""
        found = self._pages(_at(ticket) + "/history", {}, size=_GROUPS, permission="ticket.read_all")
        return payloads.rows(Interval, found, what="history")

    def groups(self, ticket: str) -> list[Group]:
        """All message groups of the ticket, in no promised order."""
        asked = {"includeQuotedMessages": "false"}
        found = self._pages(_at(ticket) + "/messages", asked, size=_GROUPS, permission="ticket.read_all")
        return payloads.rows(Group, found, what="message group")

    def changed_since(self, moment: str, *, page: int) -> list[JSONValue]:
        """One page of tickets changed at that local time or later, oldest change first, as raw rows."""
        return self._list(
            "/tickets",
            {
                "_filters": _filters(["date_changed", "D>=", moment]),
                "_sortField": "date_changed",
                "_sortDir": "ASC",
                "_perPage": PAGE,
                "_page": page,
            },
            permission="ticket.read_all",
        )

    def tickets_with(self, text: str) -> list[Ticket]:
        """Tickets that the full-text search finds; its index may lag behind what was just written."""
        asked: _Asked = {"_filters": _filters(["search", "L", text]), "_perPage": PAGE}
        found = self._list("/tickets", asked, permission="ticket.read_all")
        return payloads.rows(Ticket, found, what="ticket")

    def calls(self, first: str, last: str) -> list[PhoneCall]:
        """Phone calls that began between two local times."""
        asked: _Asked = {
            "_filters": _filters(["dateCreated", ">=", first], ["dateCreated", "<=", last]),
            "_perPage": PAGE,
        }
        return payloads.rows(PhoneCall, self._list("/calls", asked, permission="call.read"), what="phone call")

    def tags(self) -> list[Named]:
        """Every tag with its id."""
        found = self._pages("/tags", {}, size=PAGE, permission="tag.read")
        return payloads.rows(Named, found, what="tag")

    def agents(self) -> list[Named]:
        """Every agent, with name, address and role."""
        found = self._pages("/agents", {}, size=PAGE, permission="agent.read")
        return payloads.rows(Named, found, what="agent")

    def departments(self) -> list[Named]:
        """Every department with its name."""
        found = self._pages("/departments", {}, size=PAGE, permission="settings.read")
        return payloads.rows(Department, found, what="department")

    # ------------------------------------------------------------------------------------------ v3: writing

    def create_tag(self, name: str) -> None:
        """Makes a tag; Rejected when there is one of that name."""
        self._v3("POST", "/tags", json={"name": name}, permission="tag.manage")

    def update(self, ticket: str, changes: Mapping[str, JSONValue]) -> None:
        """Changes only the keys that are given; `tags` replaces the whole set."""
        self._v3("PUT", _at(ticket), json=dict(changes), permission="ticket.operate")

    def create_ticket(self, fields: Mapping[str, JSONValue]) -> str:
        """Makes a ticket and gives its id; Unclear when the answer does not tell it."""
        answer = self._v3("POST", "/tickets", json=dict(fields), permission="ticket.create")
        found = answer.get("id") if isinstance(answer, dict) else None
        if not isinstance(found, str) or not found:
            raise Unclear("LiveAgent did not tell the id of the ticket it made")
        return found

    # ------------------------------------------------------------------------------------------ v1

    def add_tag(self, ticket: str, name: str) -> None:
        """Adds one tag and leaves the others alone."""
        self._v1("POST", _at(ticket, "/conversations/") + "/tags", {"name": name})

    def add_note(self, ticket: str, text: str) -> None:
        """Adds a private note; without a useridentifier LiveAgent never makes a message of it."""
        self._v1("POST", _at(ticket, "/conversations/") + "/messages", {"message": text, "type": "N"})

    def tickets_about(self, subject: str, *, department: str) -> list[tuple[str, str]]:
        """(id, subject) of a department's tickets with that subject, by v1's own list."""
        answer = self._v1("GET", "/conversations", {"department": department, "subject": subject, "limit": "100"})
        found = answer.get("conversations")
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        return [(str(row.get("conversationid") or ""), str(row.get("subject") or "")) for row in rows]

    def all_ratings(self, first: str, last: str) -> Iterator[list[Rank]]:
        """Every readable rating of the ranking report between two local times, answer by answer."""
        offset, more = 0, True
        while more:
            ranks, more = self.ratings(first, last, offset=offset)
            offset += RANKS
            yield ranks

    def ratings(self, first: str, last: str, *, offset: int) -> tuple[list[Rank], bool]:
        """The readable ratings of one answer of the ranking report, and whether there may be more of them.

        The column of validity is asked for only when the account names it (`[desk] rating_validity_column`):
        its name is documented nowhere.
        """
        told = self.session.access.options.get("rating_validity_column")
        validity = told if isinstance(told, str) else ""
        columns = (*_RANK_COLUMNS, validity) if validity else _RANK_COLUMNS
        asked = {
            "date_from": first,
            "date_to": last,
            "columns": ",".join(columns),
            "limitcount": str(RANKS),
            "limitfrom": str(offset),
        }
        found = self._v1("GET", "/reports/ranking", asked).get("ranks")
        rows = found if isinstance(found, list) else []
        named = [{**row, "validity": row.get(validity)} if isinstance(row, dict) else row for row in rows]
        return payloads.rows(Rank, named, what="rating"), len(rows) >= RANKS

    def application(self) -> Mapping[str, Any]:
        """What v1 tells about the installation; its shape is not documented."""
        return self._v1("GET", "/application", {})

    # ------------------------------------------------------------------------------------------ requests

    def _v3(self, method: str, path: str, *, permission: str, **options: JSONValue) -> JSONValue:
        answer = self.session.request(
            method,
            "/api/v3" + path,
            headers={"apikey": self._key("v3_key")},
            permission=permission,
            meaning=partial(failures.meaning_of_v3, permission=permission, secrets=self._secrets()),
            **options,
        )
        failures.check_outage(answer.json, method)
        return answer.json

    def _list(self, path: str, asked: _Asked, *, permission: str) -> list[JSONValue]:
        found = self._v3("GET", path, params=asked, permission=permission)
        if not isinstance(found, list):
            raise Rejected(f"LiveAgent answered GET /api/v3{path} with something that is no list")
        return found

    def _pages(self, path: str, asked: _Asked, *, size: int, permission: str) -> list[JSONValue]:
        """All rows of a list: the end is a page that is not full, or one that only repeats the page before."""
        found: list[JSONValue] = []
        last: list[JSONValue] = []
        for page in range(1, _MOST_PAGES + 1):
            rows = self._list(path, {**asked, "_perPage": size, "_page": page}, permission=permission)
            if rows == last:
                break
            found += rows
            last = rows
            if len(rows) < size:
                break
        return found

    def _v1(self, method: str, path: str, fields: Mapping[str, str]) -> Mapping[str, Any]:
        sent = {"apikey": self._key("v1_key"), **fields}
        options: dict[str, Any] = {"params": sent} if method == "GET" else {"form": sent}
        meaning = partial(failures.meaning_of_v1, secrets=self._secrets())
        answer = self.session.request(method, "/api" + path, meaning=meaning, **options)
        failures.check_outage(answer.json, method)
        return failures.v1_response(answer.json, f"{method} /api{path}", secrets=self._secrets())

    def _key(self, name: str) -> str:
        return self.session.access.credentials.get(name, "")

    def _secrets(self) -> list[str]:
        return [key for key in self.session.access.credentials.values() if key]


def _at(ticket: str, folder: str = "/tickets/") -> str:
    """Where a ticket is; Gone for an id of dots, which would lead elsewhere whatever is done to it."""
    if ticket in ("", ".", ".."):
        raise Gone(f"LiveAgent has no ticket {ticket!r}")
    return folder + quote(ticket, safe="")


def _filters(*conditions: Sequence[str]) -> str:
    return orjson.dumps(conditions).decode()
