"""What Freshdesk tells about, as plain values: tickets, what was said in them, ratings, surveys, names.

Ids are numbers in Freshdesk and texts here; times are moments; words stay Freshdesk's own until `mapping` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from integrations.events import JSONValue
from integrations.times import Instant


@dataclass(frozen=True, slots=True)
class Stats:
    """When a ticket's states last began; Freshdesk keeps one moment of each kind."""

    status_updated: Instant | None = None
    reopened: Instant | None = None
    resolved: Instant | None = None
    closed: Instant | None = None
    pending: Instant | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket, as a list, its own page or an app's event tells it."""

    id: str
    created: Instant
    updated: Instant | None
    subject: str
    description: str
    source: int | None
    status: int | None
    type: str
    priority: int | None
    requester: str | None
    agent: str | None
    group: str | None
    product: str | None
    tags: tuple[str, ...] | None  #: None where they are not told
    custom: Mapping[str, JSONValue]
    spam: bool
    deleted: bool
    association: int | None
    tells_association: bool  #: lists and events say nothing about it
    stats: Stats | None
    changes: Mapping[str, tuple[JSONValue, JSONValue]] = field(default_factory=dict)  #: field → old, new


@dataclass(frozen=True, slots=True)
class Conversation:
    """One reply, note or forward in a ticket."""

    id: str
    created: Instant
    updated: Instant | None
    ticket: str | None
    user: str | None
    incoming: bool
    private: bool
    source: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Rating:
    """A customer's answer to a satisfaction survey; `code` is Freshdesk's number for it."""

    id: str
    ticket: str
    created: Instant
    updated: Instant | None
    code: int
    survey: str | None
    customer: str | None
    agent: str | None
    group: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey, and the codes that its first question takes."""

    id: str
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """An agent or a group: an id with a name."""

    id: str
    name: str
