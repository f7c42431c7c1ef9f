"""Zendesk's REST API: its addresses, its pages, and what its refusals mean.

Every request books one from the account's budget. Lists are asked for by cursor, a hundred rows at a time; the export
of changed tickets gives a thousand. Source: the API reference on developer.zendesk.com.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from integrations.errors import DeskpulseError, Gone, Refused, Rejected, Skip, Unavailable, Unclear, Unreadable
from integrations.events import JSONObject, JSONValue
from integrations.session import Failure, Session
from integrations.times import SECOND, Instant
from integrations.zendesk import payloads, survey_payloads, values
from integrations.zendesk.payloads import Audit, Comment, Ticket, User

#: The role that the credentials' user must have.
PERMISSION: Final = "Administrator"
TEAM: Final = "Admin Center › People › Team › Team members"
_TOKENS: Final = "Admin Center › Apps and integrations › APIs › API tokens"
_API: Final = "/api/v2"
_RATINGS: Final = "/satisfaction_ratings"
_RESPONSES: Final = "/guide/survey_responses"
#: Where agents see a ticket.
TICKET_PAGE: Final = "/agent/tickets/{ticket}"
PAGE: Final = 100
EXPORT_PAGE: Final = 1000
_MOST_PAGES: Final = 200
#: `users/show_many` takes no more ids.
_MOST_IDS: Final = 100
_NEVER: Final = 422

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of a list: its rows as they came, and the cursor of what follows; None after the last."""

    rows: tuple[JSONValue, ...]
    after: str | None


class Client:
    """One account's Zendesk, through one session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    # ------------------------------------------------------------------------------------------ tickets: reading

    def ticket(self, ticket: str) -> Ticket:
        """One ticket; Gone when there is none of that number, or it is deleted."""
        return _one(payloads.read_ticket, self._asked("GET", _at(ticket)), "ticket")

    def audits(self, ticket: str) -> list[Audit]:
        """Every update of the ticket, oldest first; one that cannot be read is left out."""
        found = list(values.readable(payloads.read_audit, self._pages(_at(ticket) + "/audits", "audits")))
        return sorted(found, key=lambda audit: (audit.at, int(audit.id)))

    def comments(self, ticket: str) -> list[Comment]:
        """Every comment of the ticket, oldest first."""
        return list(values.readable(payloads.read_comment, self._pages(_at(ticket) + "/comments", "comments")))

    def tickets_with(self, external_id: str) -> list[Ticket]:
        """The tickets with this external id."""
        found = self._pages("/tickets", "tickets", {"external_id": external_id})
        return list(values.readable(payloads.read_ticket, found))

    def changed(self, *, since: Instant, cursor: str | None) -> Rows:
        """One page of the export of changed tickets, from a moment or a cursor on."""
        asked: dict[str, str | int] = {"per_page": EXPORT_PAGE}
        asked |= {"start_time": since // SECOND} if cursor is None else {"cursor": cursor}
        match self._asked("GET", "/incremental/tickets/cursor", params=asked):
            case {"tickets": [*rows], "end_of_stream": True}:
                return Rows(tuple(rows), None)
            case {"tickets": [*rows], "end_of_stream": False, "after_cursor": str(after)} if after not in ("", cursor):
                return Rows(tuple(rows), after)
        raise Unavailable("Zendesk's export of changed tickets is none, or does not go on")

    # ------------------------------------------------------------------------------------------ surveys

    def ratings(self, *, since: Instant, cursor: str | None) -> Rows:
        """One page of the good and bad ratings received since then; Gone where the plan has none."""
        asked: dict[str, str | int] = {"score": "received", "start_time": since // SECOND}
        return self._page(_RATINGS, "satisfaction_ratings", asked, cursor)

    def rating(self, id_: str) -> survey_payloads.Rating:
        """One rating."""
        told = self._asked("GET", f"{_RATINGS}/{id_}")
        return _one(survey_payloads.read_rating, told, "satisfaction_rating")

    def responses(self, *, since: Instant, cursor: str | None) -> Rows:
        """One page of the responses to the newer survey that were made since then; Gone where the plan has none."""
        asked: dict[str, str | int] = {"filter[created_at_start]": since // 1000}
        return self._page(_RESPONSES, "survey_responses", asked, cursor)

    def responses_about(self, ticket: str) -> list[survey_payloads.Answered]:
        """The answers to the newer survey about one ticket."""
        asked = {"filter[subject_zrns]": f"zen:ticket:{ticket}"}
        found = self._pages(_RESPONSES, "survey_responses", asked)
        return [one for told in values.readable(survey_payloads.read_response, found) for one in told]

    # ------------------------------------------------------------------------------------------ people

    def users(self, ids: Iterable[str]) -> list[User]:
        """The users with these ids; those that are deleted are left out."""
        wanted = sorted(ids)
        found: list[User] = []
        for first in range(0, len(wanted), _MOST_IDS):
            asked = {"ids": ",".join(wanted[first : first + _MOST_IDS])}
            found += values.readable(
                payloads.read_user, _rows(self._asked("GET", "/users/show_many", params=asked), "users")
            )
        return found

    def staff(self) -> list[User]:
        """Every agent and administrator."""
        rows = [row for role in ("agent", "admin") for row in self._pages("/users", "users", {"role[]": role})]
        return list(values.readable(payloads.read_user, rows))

    def groups(self) -> list[User]:
        """Every group."""
        return list(values.readable(payloads.read_user, self._pages("/groups", "groups")))

    def me(self) -> User:
        """The user whose credentials these are; Refused when they are nobody's."""
        told = self._asked("GET", "/users/me")
        try:
            return _one(payloads.read_user, told, "user")
        except Rejected as error:  # for credentials that it does not know, Zendesk tells of an anonymous user
            raise _unknown_credentials("GET /users/me") from error

    # ------------------------------------------------------------------------------------------ writing

    def add_tags(self, ticket: str, tags: list[str]) -> tuple[str, ...]:
        """Adds these tags and leaves the others alone; all tags that there are then."""
        return _tags(self._asked("PUT", _at(ticket) + "/tags", json={"tags": tags}))

    def remove_tags(self, ticket: str, tags: list[str]) -> tuple[str, ...]:
        """Removes these tags and leaves the others alone; all tags that are left."""
        return _tags(self._asked("DELETE", _at(ticket) + "/tags", json={"tags": tags}))

    def update(self, ticket: str, changes: Mapping[str, JSONValue]) -> Ticket:
        """Changes only the keys that are given; the ticket as it then is."""
        told = self._asked("PUT", _at(ticket), json={"ticket": dict(changes)})
        return _one(payloads.read_ticket, told, "ticket", otherwise=Unclear)

    def import_ticket(self, told: Mapping[str, JSONValue], *, key: str) -> Ticket:
        """Makes a ticket without any trigger: nobody is notified, nothing is assigned by rule."""
        made = self._asked("POST", "/imports/tickets", json={"ticket": dict(told)}, extra={"Idempotency-Key": key})
        return _one(payloads.read_ticket, made, "ticket", otherwise=Unclear)

    # ------------------------------------------------------------------------------------------ administration

    def listed(self, path: str, key: str, params: Mapping[str, str | int] | None = None) -> list[JSONObject]:
        """Every object of an administrator's list, such as `/webhooks`."""
        return values.dicts(list(self._pages(path, key, params or {})))

    def show(self, path: str, key: str) -> JSONObject:
        """One object of the administration."""
        told = self._asked("GET", path)
        return values.dict_of(values.dict_of(told).get(key))

    def create(self, path: str, key: str, made: Mapping[str, JSONValue]) -> JSONObject:
        """Makes one object of the administration; Unclear when the answer does not tell it."""
        told = self._asked("POST", path, json={key: dict(made)})
        found = values.dict_of(values.dict_of(told).get(key))
        if not found.get("id"):
            raise Unclear(f"Zendesk did not tell the id of the {key} it made")
        return found

    def revise(self, path: str, key: str, changes: Mapping[str, JSONValue]) -> None:
        """Changes one webhook, which answers with nothing."""
        self._asked("PATCH", path, json={key: dict(changes)})

    # ------------------------------------------------------------------------------------------ requests

    def _page(self, path: str, key: str, params: Mapping[str, str | int], cursor: str | None) -> Rows:
        asked = {**params, "page[size]": PAGE, **({} if cursor is None else {"page[after]": cursor})}
        told = self._asked("GET", path, params=asked)
        meta = values.dict_of(values.dict_of(told).get("meta"))
        after = meta.get("after_cursor") if meta.get("has_more") is True else None
        # A list that repeats its cursor would never end.
        return Rows(_rows(told, key), after if isinstance(after, str) and after not in ("", cursor) else None)

    def _pages(self, path: str, key: str, params: Mapping[str, str | int] | None = None) -> Iterator[JSONValue]:
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = self._page(path, key, params or {}, cursor)
            yield from page.rows
            if page.after is None:
                return
            cursor = page.after

    def _asked(self, method: str, path: str, *, extra: Mapping[str, str] | None = None, **options: Any) -> JSONValue:
        proof = {"Authorization": _proof(self.session.access.credentials), **(extra or {})}
        return self.session.request(
            method, _API + path, headers=proof, permission=PERMISSION, meaning=_meaning, **options
        ).json


def _proof(credentials: Mapping[str, str]) -> str:
    """Basic with the address and an API token, or Bearer with an OAuth token alone."""
    email, token = credentials.get("email", ""), credentials.get("token", "")
    if not email:
        return f"Bearer {token}"
    return "Basic " + base64.b64encode(f"{email}/token:{token}".encode()).decode()


def _at(ticket: str) -> str:
    if not (ticket.isascii() and ticket.isdigit() and len(ticket) < 20):
        raise Gone(f"Zendesk has no ticket {ticket!r}: its tickets have numbers")
    return f"/tickets/{ticket}"


def _meaning(failure: Failure) -> DeskpulseError | None:
    """Zendesk's own reading of a failed answer; None where the common table of `session` is right."""
    asked = f"{failure.method} {failure.path.removeprefix(_API)}"
    if failure.status == 401:
        return _unknown_credentials(asked)
    if failure.status == 403 and failure.path.startswith((_API + _RATINGS, _API + _RESPONSES)):
        return Gone(f"Zendesk refused {asked}: the plan of this account has no such survey")
    if failure.status == 403:
        need = f"the user of these credentials needs the role {PERMISSION}: {TEAM}"
        scopes = "an OAuth token needs the scopes read and write"
        return Refused(f"Zendesk refused {asked}: {need}; {scopes}", permission=PERMISSION)
    if failure.status == 409 and failure.method != "GET":
        return Unavailable(f"Zendesk did not do {asked}: somebody changes the same at this moment")
    if failure.status == _NEVER and "closed prevents" in failure.text.lower():
        return Skip("the ticket is closed, and Zendesk changes no closed ticket")
    return None


def _unknown_credentials(asked: str) -> Refused:
    return Refused(
        f"Zendesk refused {asked}: it does not know these credentials. Check the address and the token, and that "
        f"tokens are allowed, under {_TOKENS}; their user needs the role {PERMISSION}",
        permission=PERMISSION,
    )


def _one(
    read: Callable[[JSONValue], _Read], told: JSONValue, key: str, *, otherwise: type[DeskpulseError] = Rejected
) -> _Read:
    try:
        return read(values.dict_of(told).get(key))
    except Unreadable as error:
        raise otherwise(f"the answer of Zendesk is no {key}: {error}") from error


def _rows(told: JSONValue, key: str) -> tuple[JSONValue, ...]:
    found = values.dict_of(told).get(key)
    if not isinstance(found, list):
        raise Unavailable(f"the answer of Zendesk holds no {key}")
    return tuple(found)


def _tags(told: JSONValue) -> tuple[str, ...]:
    found = values.dict_of(told).get("tags")
    if not isinstance(found, list):
        raise Unclear("Zendesk did not tell the tags that the ticket has now")
    return values.tags_of(found)
