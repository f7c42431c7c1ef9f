"""What a simulated LiveAgent holds, and the moves by which people change it. For the demo and tests only.

Built from LiveAgent's documentation, not from our client: statuses are intervals, messages stand in groups, tags
are ids, and every move fires the rules that LiveAgent would.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from integrations.times import Instant, utc

SYSTEM: Final = "system00"


@dataclass(slots=True)
class Person:
    """A contact (with a user id of its own) or an agent (whose id is its user id)."""

    id: str
    user: str
    name: str
    email: str
    role: str = "visitor"


@dataclass(slots=True)
class Said:
    """One message."""

    id: str
    user: str
    type: str
    at: Instant
    text: str


@dataclass(slots=True)
class Block:
    """One message group."""

    id: str
    user: str
    user_name: str
    type: str
    at: Instant
    status: str = "V"
    messages: list[Said] = field(default_factory=list)


@dataclass(slots=True)
class Span:
    """One status interval."""

    status: str
    department: str
    agent: str
    start: Instant
    end: Instant | None = None


@dataclass(slots=True)
class Conversation:
    """One ticket."""

    id: str
    code: str
    subject: str
    owner: Person
    department: str
    agent: str
    status: str
    channel: str | None
    created: Instant
    changed: Instant
    resolved: Instant | None = None
    deleted: Instant | None = None
    tags: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class Rating:
    """One row of the ranking report."""

    id: str
    kind: str
    at: Instant
    ticket: str
    agent: Person
    owner: Person
    comment: str
    valid: bool = True


@dataclass(slots=True)
class PhoneRow:
    """One phone call."""

    id: str
    ticket: str
    type: str
    at: Instant
    answered: Instant | None
    finished: Instant | None


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired: what its HTTP request will say."""

    event: str
    ticket: str
    code: str
    rating: str = ""


class World:
    """One LiveAgent installation."""

    def __init__(self, seed: int, zone: ZoneInfo) -> None:
        self.random = random.Random(seed)  # noqa: S311  # a story, not a secret
        self.zone = zone
        self.people: dict[str, Person] = {}
        self.agents: dict[str, Person] = {}
        self.departments: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.tickets: dict[str, Conversation] = {}
        self.ratings: list[Rating] = []
        self.calls: list[PhoneRow] = []
        self.fired: list[Fired] = []
        self._number = 0

    # ------------------------------------------------------------------------------------------ names

    def new_id(self, prefix: str) -> str:
        """An id as LiveAgent makes them: short, lower case, never the same twice."""
        self._number += 1
        return f"{prefix}{self._number:06d}"

    def add_agent(self, name: str, email: str, role: str = "agent") -> Person:
        """An agent, whose id is also the user id of what they write."""
        agent_id = self.new_id("ag")
        self.agents[agent_id] = Person(agent_id, agent_id, name, email, role)
        return self.agents[agent_id]

    def add_person(self, name: str, email: str) -> Person:
        """A customer, with one id as a contact and another as a user."""
        person = Person(self.new_id("co"), self.new_id("us"), name, email)
        self.people[person.id] = person
        return person

    def add_department(self, name: str) -> str:
        """A department; gives its id."""
        department = self.new_id("de")
        self.departments[department] = name
        return department

    def add_tag(self, name: str) -> str:
        """A tag; gives its id."""
        tag = self.new_id("tg")
        self.tags[tag] = name
        return tag

    def local(self, at: Instant) -> str:
        """A moment as LiveAgent writes it: in the installation's zone, without saying so."""
        return utc(at).astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def who(self, user: str) -> Person | None:
        """The agent or customer with this user id, contact id or address."""
        everybody = [*self.agents.values(), *self.people.values()]
        return next((one for one in everybody if user in (one.user, one.id, one.email)), None)

    # ------------------------------------------------------------------------------------------ moves

    def open(
        self,
        at: Instant,
        owner: Person,
        *,
        channel: str | None,
        department: str,
        subject: str,
        status: str = "N",
        agent: str = "",
    ) -> Conversation:
        """A ticket exists."""
        letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
        code = "-".join("".join(self.random.choices(letters, k=3)) for _ in range(2)) + f"-{self._number:03d}"
        ticket = Conversation(
            self.new_id("tk"), code, subject, owner, department, agent, status, channel, created=at, changed=at
        )
        ticket.spans.append(Span(status, department, agent, at))
        self.tickets[ticket.id] = ticket
        self.fire("ticket.created", ticket)
        return ticket

    def block(self, ticket: Conversation, at: Instant, user: str, kind: str) -> Block:
        """A new message group."""
        person = self.who(user)
        made = Block(self.new_id("mg"), user, person.name if person else "System", kind, at)
        ticket.blocks.append(made)
        self.touch(ticket, at)
        self.fire("message.group_added", ticket)
        return made

    def say(self, ticket: Conversation, at: Instant, user: str, kind: str, text: str, *, type_: str = "M") -> Block:
        """A message in a group of its own."""
        made = self.block(ticket, at, user, kind)
        self.add(ticket, made, at, user, text, type_=type_)
        return made

    def add(self, ticket: Conversation, block: Block, at: Instant, user: str, text: str, *, type_: str = "M") -> Said:
        """A message in a group that is there."""
        said = Said(self.new_id("me"), user, type_, at, text)
        block.messages.append(said)
        self.touch(ticket, at)
        return said

    def set_status(self, ticket: Conversation, at: Instant, status: str, *, by: str = SYSTEM) -> None:
        """The ticket's status from now on; resolving and deleting leave a group that says who did it."""
        if status == ticket.status:
            return
        ticket.status = status
        self._span(ticket, at)
        if status == "R":
            ticket.resolved = at
        if status == "X":
            ticket.deleted = at
        if status in "RX":
            self.block(ticket, at, by, status)
        self.touch(ticket, at)
        self.fire("ticket.status_changed", ticket)

    def give(
        self, ticket: Conversation, at: Instant, *, agent: str | None = None, department: str | None = None
    ) -> None:
        """Another agent or department."""
        ticket.agent = ticket.agent if agent is None else agent
        ticket.department = department or ticket.department
        self.block(ticket, at, agent or SYSTEM, "T")
        self.fire("ticket.transferred", ticket)

    def set_tags(self, ticket: Conversation, at: Instant, tags: list[str]) -> None:
        """The ticket's tags, by their ids."""
        if tags != ticket.tags:
            ticket.tags = tags
            self.touch(ticket, at)
            self.fire("ticket.tags_changed", ticket)

    def rate(self, ticket: Conversation, at: Instant, agent: Person, kind: str, comment: str = "") -> Rating:
        """A customer's rating: R, N or P. The neutral one leaves no message and fires no rule."""
        rating = Rating(self.new_id("ra"), kind, at, ticket.id, agent, ticket.owner, comment)
        self.ratings.append(rating)
        if kind != "N":
            words = [("W" if kind == "R" else "P", "")] + ([("C", comment)] if comment else [])
            block = ticket.blocks[-1]
            for type_, text in words:
                self.add(ticket, block, at, ticket.owner.user, text, type_=type_)
            self.fire("survey.submitted", ticket, "reward" if kind == "R" else "punishment")
        return rating

    def _span(self, ticket: Conversation, at: Instant) -> None:
        ticket.spans[-1].end = at
        ticket.spans.append(Span(ticket.status, ticket.department, ticket.agent, at))

    def touch(self, ticket: Conversation, at: Instant) -> None:
        """Something about the ticket changed."""
        ticket.changed = max(ticket.changed, at)

    def fire(self, event: str, ticket: Conversation, rating: str = "") -> None:
        """A rule with this trigger will make its HTTP request."""
        self.fired.append(Fired(event, ticket.id, ticket.code, rating))


Clock = Callable[[], Instant]
