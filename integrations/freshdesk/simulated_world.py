"""What a simulated Freshdesk holds, and the moves by which people change it. For the demo and tests only.

Built from the documentation of Freshdesk's API and of its app platform, not from our client. Times are whole seconds,
as there; a resolution or a closing leaves its moment until the ticket is reopened.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from integrations.times import SECOND, Instant

OPEN: Final = 2
PENDING: Final = 3
RESOLVED: Final = 4
CLOSED: Final = 5
_OVER: Final = (RESOLVED, CLOSED)
_FEEDBACK: Final = 6
_FIRST_ID: Final = 82_000_000_100
Clock = Callable[[], Instant]


@dataclass(slots=True)
class Person:
    """A contact or an agent: both have ids of one kind."""

    id: int
    name: str
    email: str


@dataclass(slots=True)
class Said:
    """One conversation; `body` is HTML."""

    id: int
    user: int | None
    body: str
    at: Instant
    updated: Instant
    incoming: bool
    private: bool
    source: int


@dataclass(slots=True)
class Kept:
    """One ticket."""

    id: int
    requester: int
    subject: str
    description: str
    source: int
    created: Instant
    updated: Instant
    status: int = OPEN
    agent: int | None = None
    group: int | None = None
    type: str | None = None
    priority: int = 1
    product: int | None = None
    association: int | None = None
    spam: bool = False
    deleted: bool = False
    archived: bool = False
    tags: list[str] = field(default_factory=list)
    fields: dict[str, str | None] = field(default_factory=dict)
    stats: dict[str, Instant | None] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)


@dataclass(slots=True)
class Rated:
    """One satisfaction rating; `code` is the answer to the default question."""

    id: int
    ticket: int
    code: int
    at: Instant
    updated: Instant
    user: int
    agent: int | None
    group: int | None
    survey: int
    comment: str


@dataclass(frozen=True, slots=True)
class Fired:
    """Something that a rule or an app hears of: the app's event with what changed, and what it is about."""

    event: str
    ticket: int
    said: int | None = None
    changes: dict[str, list[Any]] = field(default_factory=dict)
    by_system: bool = False


class World:
    """One Freshdesk account."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  # a story, not a secret
        self.agents: dict[int, Person] = {}
        self.contacts: dict[int, Person] = {}
        self.groups: dict[int, str] = {}
        self.tickets: dict[int, Kept] = {}
        self.ratings: list[Rated] = []
        self.surveys: dict[int, list[int]] = {}  #: id → the codes of its default question
        self.sources: dict[str, int] = {
            "Email": 1, "Portal": 2, "Phone": 3, "Forum": 4, "Twitter": 5, "Facebook": 6, "Chat": 7,
            "Feedback Widget": 9, "WhatsApp": 13,
        }  # fmt: skip
        self.statuses: dict[str, list[str]] = {
            "2": ["Open", "Being Processed"],
            "3": ["Pending", "Awaiting your Reply"],
            "4": ["Resolved", "This ticket has been Resolved"],
            "5": ["Closed", "This ticket has been Closed"],
            "6": ["Waiting on Customer", "Awaiting your Reply"],
            "7": ["Waiting on Third Party", "Being Processed"],
        }
        self.fields: dict[str, str] = {}  #: key → label of the custom fields
        self.field_types: dict[str, str] = {}  #: by key, of those that are no single-line text
        self.fired: list[Fired] = []
        self._id = _FIRST_ID
        self._tickets = 0

    # ------------------------------------------------------------------------------------------ who and what

    def new_id(self) -> int:
        """An id as Freshdesk makes them: large, never the same twice."""
        self._id += 1
        return self._id

    def add_agent(self, name: str, email: str) -> Person:
        """An agent."""
        person = Person(self.new_id(), name, email)
        self.agents[person.id] = person
        return person

    def add_contact(self, name: str, email: str) -> Person:
        """A customer."""
        person = Person(self.new_id(), name, email)
        self.contacts[person.id] = person
        return person

    def add_group(self, name: str) -> int:
        """A group; its id."""
        group = self.new_id()
        self.groups[group] = name
        return group

    # ------------------------------------------------------------------------------------------ moves

    def open(self, at: Instant, requester: int, *, subject: str, body: str = "Please help.", **more: Any) -> Kept:
        """A ticket exists, with its first message; resolved or closed at once if its status says so."""
        self._tickets += 1
        at = _whole(at)
        more.setdefault("source", 1)
        made = Kept(self._tickets, requester, subject, body, created=at, updated=at, **more)
        made.fields = dict.fromkeys(self.fields) | made.fields
        self.tickets[made.id] = made
        self._stamp(made, at, OPEN)
        self.fire("onTicketCreate", made)
        return made

    def say(
        self, ticket: Kept, at: Instant, user: int | None, body: str, *,
        incoming: bool = False, private: bool = False, source: int = 0,
    ) -> Said:  # fmt: skip
        """A reply or a note; a customer's words reopen a ticket that does not wait for us."""
        at = _whole(at)
        made = Said(self.new_id(), user, body, at, at, incoming, private, source)
        ticket.said.append(made)
        self.touch(ticket, at)
        self.fired.append(Fired("onConversationCreate", ticket.id, made.id))
        if incoming and not private and source != _FEEDBACK and ticket.status != OPEN:
            self.set_status(ticket, at, OPEN, by_system=True)
        return made

    def set_status(self, ticket: Kept, at: Instant, status: int, *, by_system: bool = False) -> None:
        """The ticket's status from now on."""
        if status == ticket.status:
            return
        before, ticket.status = ticket.status, status
        self._stamp(ticket, _whole(at), before)
        self.update(ticket, at, {"status": [before, status]}, by_system=by_system)

    def assign(self, ticket: Kept, at: Instant, *, agent: int | None = None, group: int | None = None) -> None:
        """Another agent or group; what is None stays."""
        changes: dict[str, list[Any]] = {}
        if agent is not None and agent != ticket.agent:
            changes["responder_id"], ticket.agent = [ticket.agent, agent], agent
        if group is not None and group != ticket.group:
            changes["group_id"], ticket.group = [ticket.group, group], group
        if changes:
            self.update(ticket, at, changes)

    def mark(self, ticket: Kept, at: Instant, *, spam: bool | None = None, deleted: bool | None = None) -> None:
        """The ticket becomes spam or is deleted, or is taken back."""
        changes: dict[str, list[Any]] = {}
        if spam is not None:
            changes["spam"], ticket.spam = [ticket.spam, spam], spam
        if deleted is not None:
            changes["deleted"], ticket.deleted = [ticket.deleted, deleted], deleted
        self.update(ticket, at, changes)

    def merge(self, ticket: Kept, at: Instant, into: Kept, agent: int) -> None:
        """The ticket is closed and its first message goes to the other one, with the notes that Freshdesk writes."""
        told = f"Merged from ticket {ticket.id}<br><b>Subject: </b>{ticket.subject}<br>{ticket.description}"
        self.say(into, at, agent, told, source=2)
        note = f"<div>This ticket is closed and merged into ticket {into.id}</div>"
        self.say(ticket, at, agent, note, private=True, source=2)
        self.set_status(ticket, at, CLOSED)

    def rate(self, ticket: Kept, at: Instant, code: int, comment: str = "") -> Rated:
        """A customer's answer; a comment stands in the ticket as well."""
        at = _whole(at)
        survey = next(iter(self.surveys), 0)
        made = Rated(
            self.new_id(), ticket.id, code, at, at, ticket.requester, ticket.agent, ticket.group, survey, comment
        )
        self.ratings.append(made)
        if comment:
            self.say(ticket, at, ticket.requester, comment, incoming=True, source=_FEEDBACK)
        else:
            self.touch(ticket, at)
        self.fired.append(Fired("feedback", ticket.id))
        return made

    def update(self, ticket: Kept, at: Instant, changes: dict[str, list[Any]], *, by_system: bool = False) -> None:
        """Something about the ticket changed, and rules and apps hear of it."""
        self.touch(ticket, _whole(at))
        self.fired.append(Fired("onTicketUpdate", ticket.id, changes=changes, by_system=by_system))

    def touch(self, ticket: Kept, at: Instant) -> None:
        """Something about the ticket changed, and nobody is told."""
        ticket.updated = max(ticket.updated, _whole(at))

    def fire(self, event: str, ticket: Kept) -> None:
        """Rules and apps hear of it."""
        self.fired.append(Fired(event, ticket.id))

    def _stamp(self, ticket: Kept, at: Instant, before: int) -> None:
        stats = ticket.stats
        stats["status_updated_at"] = at
        stats["pending_since"] = at if ticket.status == PENDING else None
        if ticket.status in _OVER:
            stats["resolved_at"] = stats.get("resolved_at") or at
            stats["closed_at"] = at if ticket.status == CLOSED else None
        elif before in _OVER:
            stats["reopened_at"] = at
            stats["resolved_at"] = stats["closed_at"] = None


def _whole(at: Instant) -> Instant:
    return at // SECOND * SECOND
