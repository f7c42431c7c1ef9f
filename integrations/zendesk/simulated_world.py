"""What a simulated Zendesk holds, and the moves by which people change it. For the demo and tests only.

Built from Zendesk's documentation, not from our client: one update of a ticket is one audit with an event for each
property that it set, and every property that changes is also an event for webhooks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from integrations.times import Instant
from integrations.zendesk import simulated_shapes as shapes

Clock = Callable[[], Instant]
SYSTEM: Final = -1
#: Our channel → the word of the REST API, and that of events.
CHANNELS: Final[Mapping[str, tuple[str, str]]] = {
    "email": ("email", "mail"),
    "web_form": ("web", "web_form"),
    "chat": ("chat", "chat"),
    "messaging": ("native_messaging", "native_messaging"),
    "social": ("twitter", "twitter"),
    "voice": ("voice", "phone_call_inbound"),
    "sms": ("sms", "text_message"),
    "api": ("api", "web_service"),
}
#: A property of a ticket → the event of its change.
_EVENTS: Final = {
    "status": "status_changed",
    "assignee_id": "agent_assignment_changed",
    "group_id": "group_assignment_changed",
    "requester_id": "requester_changed",
    "priority": "priority_changed",
    "type": "type_changed",
    "brand_id": "brand_changed",
    "ticket_form_id": "form_changed",
    "organization_id": "organization_changed",
    "subject": "subject_changed",
    "external_id": "external_id_changed",
}


@dataclass(slots=True)
class Person:
    """A user."""

    id: int
    name: str
    email: str
    role: str = "end-user"


@dataclass(slots=True)
class Ticket:
    """One ticket: `held` are its properties under the API's own names."""

    id: int
    created: Instant
    updated: Instant
    via: dict[str, Any]
    word: str  #: the via type of its events
    held: dict[str, Any]
    tags: list[str] = field(default_factory=list)
    fields: dict[int, Any] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    audits: list[dict[str, Any]] = field(default_factory=list)
    rating: dict[str, Any] = field(default_factory=lambda: {"score": "unoffered"})
    deleted: bool = False


@dataclass(slots=True)
class Fired:
    """A webhook that waits to be sent: `kind` without Zendesk's prefix; None for our trigger."""

    kind: str | None
    body: dict[str, Any]


class World:
    """One Zendesk account."""

    def __init__(self, seed: int, zone: ZoneInfo) -> None:
        self.random = random.Random(seed)  # noqa: S311  # a story, not a secret
        self.zone = zone
        self.people: dict[int, Person] = {}
        self.groups: dict[int, str] = {}
        self.fields: dict[int, str] = {}
        self.field_types: dict[int, str] = {}  #: of those that are no text
        self.tickets: dict[int, Ticket] = {}
        self.ratings: dict[int, dict[str, Any]] = {}
        self.responses: list[dict[str, Any]] = []
        self.webhooks: dict[str, dict[str, Any]] = {}
        self.triggers: dict[int, dict[str, Any]] = {}
        self.fired: list[Fired] = []
        self.survey = "good and bad"  #: or "newer": an account has one of the two
        self._number = 3600
        self._tickets = 0

    # ------------------------------------------------------------------------------------------ people and names

    def new_id(self) -> int:
        """An id that no other object has."""
        self._number += 1
        return self._number

    def person(self, name: str, role: str = "end-user") -> Person:
        """A new user."""
        id_ = self.new_id()
        self.people[id_] = Person(id_, name, f"{name.lower().replace(' ', '.')}@people.example", role)
        return self.people[id_]

    def group(self, name: str) -> int:
        """A new group; its id."""
        id_ = self.new_id()
        self.groups[id_] = name
        return id_

    def custom_field(self, title: str, *, type_: str = "text") -> int:
        """A new ticket field; its id."""
        id_ = self.new_id()
        self.fields[id_] = title
        if type_ != "text":
            self.field_types[id_] = type_
        return id_

    # ------------------------------------------------------------------------------------------ moves

    def open(
        self,
        at: Instant,
        requester: int,
        *,
        channel: str = "email",
        text: str = "Where is it?",
        submitter: int | None = None,
        public: bool = True,
        tags: Iterable[str] = (),
        silent: bool = False,
        **held: Any,
    ) -> Ticket:
        """A ticket with its first comment."""
        self._tickets += 1
        word, type_ = CHANNELS.get(channel, (channel, channel))
        known: dict[str, Any] = {
            "status": "new",
            "subject": "Question",
            "priority": None,
            "type": None,
            "assignee_id": None,
        }
        known |= {"group_id": None, "brand_id": None, "ticket_form_id": None, "organization_id": None}
        known |= {"external_id": None, "requester_id": requester, "submitter_id": submitter or requester, **held}
        via = {"channel": word, "source": {"from": {}, "to": {}, "rel": None}}
        ticket = Ticket(self._tickets, at, at, via, type_, known, list(tags), dict.fromkeys(self.fields))
        self.tickets[ticket.id] = ticket
        entries = [self._entry("Create", field_name=name, value=_text(value)) for name, value in known.items() if value]
        entries += [self._entry("Create", field_name="tags", value=list(tags))] if tags else []
        author = known["submitter_id"]
        self._audit(ticket, at, author, [*entries, self._comment(ticket, at, author, text, public=public)])
        if not silent:
            self.fire(ticket, "created", at, author, {})
            self._fire_comment(ticket, at, ticket.comments[-1])
        return ticket

    def update(
        self,
        ticket: Ticket,
        at: Instant,
        author: int,
        *,
        comment: str | None = None,
        html: str | None = None,
        public: bool = True,
        tags: Iterable[str] | None = None,
        fields: Mapping[int, Any] | None = None,
        via: Mapping[str, Any] | None = None,
        rule: bool = False,
        **held: Any,
    ) -> None:
        """One update: whatever is given and differs, in one audit; the events of it are sent."""
        news: list[tuple[str, dict[str, Any]]] = []
        entries: list[dict[str, Any]] = []
        if comment is not None or html is not None:
            entries.append(self._comment(ticket, at, author, comment or "", html=html, public=public))
        for name, value in held.items():
            if ticket.held[name] != value:
                entries.append(self._change(name, _text(ticket.held[name]), _text(value), rule=rule))
                news.append((_EVENTS[name], shapes.delta(name, ticket.held[name], value)))
                ticket.held[name] = value
        if tags is not None and list(tags) != ticket.tags:
            entries.append(self._change("tags", list(ticket.tags), list(tags), rule=rule))
            news.append(("tags_changed", shapes.tags_delta(ticket.tags, tags)))
            ticket.tags = list(tags)
        for id_, value in (fields or {}).items():
            before = ticket.fields.get(id_)
            if before != value:
                entries.append(self._change(str(id_), before, value, rule=rule))
                news.append(("custom_field_changed", shapes.field_delta(id_, self.fields[id_], before, value)))
                ticket.fields[id_] = value
        if not entries:
            return
        ticket.updated = max(ticket.updated, at)
        self._audit(ticket, at, author, entries, via=via)
        if entries[0]["type"] == "Comment":
            self._fire_comment(ticket, at, ticket.comments[-1])
        for kind, told in news:
            self.fire(ticket, kind, at, author, told)

    def say(self, ticket: Ticket, at: Instant, author: int, text: str = "Hello", *, public: bool = True) -> None:
        """A comment; the requester's opens a ticket that waits for them or is solved."""
        held: dict[str, Any] = {}
        if author == ticket.held["requester_id"] and ticket.held["status"] in ("pending", "hold", "solved"):
            held = {"status": "open"}
        self.update(ticket, at, author, comment=text, public=public, **held)

    def merge(self, ticket: Ticket, at: Instant, agent: int, *, into: Ticket) -> None:
        """An agent merges the ticket into another one."""
        to = {"channel": "web", "source": {"from": {}, "to": {"ticket_id": into.id}, "rel": "merge"}}
        back = {"channel": "web", "source": {"from": {"ticket_id": ticket.id}, "to": {}, "rel": "merge"}}
        text = f"This request was closed and merged into request #{into.id}."
        tags = [*ticket.tags, "closed_by_merge"]
        self.update(ticket, at, agent, comment=text, public=False, tags=tags, via=to, status="closed")
        self.fire(ticket, "merged", at, agent, {"target_ticket_id": str(into.id)})
        text = f"Request #{ticket.id} was closed and merged into this request."
        self.update(into, at, agent, comment=text, public=False, via=back)

    def delete(self, ticket: Ticket, at: Instant, agent: int, *, spam: bool = False) -> None:
        """The ticket is deleted, perhaps as spam."""
        ticket.deleted, ticket.updated = True, at
        self.fire(ticket, "marked_as_spam" if spam else "soft_deleted", at, agent, {})

    def hide(self, ticket: Ticket, at: Instant, agent: int) -> None:
        """The last public comment is made private."""
        comment = next(one for one in reversed(ticket.comments) if one["public"])
        comment["public"] = False
        told = self._entry("CommentPrivacyChange", comment_id=comment["id"], public=False)
        ticket.updated = max(ticket.updated, at)
        self._audit(ticket, at, agent, [told])
        self.fire(ticket, "comment_made_private", at, agent, {"comment": {"id": str(comment["id"])}})

    def message(self, ticket: Ticket, at: Instant, actor: tuple[str, str], text: str = "Hi") -> None:
        """A message in messaging: the actor's type and id; such messages are in no audit."""
        self.fired.append(Fired("messaging_ticket.message_added", shapes.message(self, ticket, at, actor, text)))

    # ------------------------------------------------------------------------------------------ surveys

    def offer(self, ticket: Ticket, at: Instant) -> None:
        """The survey is put to the customer."""
        ticket.updated = max(ticket.updated, at)
        if self.survey == "newer":
            self._audit(ticket, at, SYSTEM, [self._entry("SurveyOffered", survey_id="01SURVEY")])
            return
        self._audit(ticket, at, SYSTEM, [self._change("satisfaction_score", "unoffered", "offered", rule=True)])
        ticket.rating = {"score": "offered"}

    def rate(self, ticket: Ticket, at: Instant, score: int, comment: str = "") -> None:
        """The customer answers: 0 or 1 in the older survey, 1 to 5 in the newer; or changes the answer."""
        ticket.updated = max(ticket.updated, at)
        requester = ticket.held["requester_id"]
        if self.survey == "newer":
            self.responses.append(shapes.response(self, ticket, at, score, comment))
            told = self._entry("SurveyResponseSubmitted", survey_response_id=self.responses[-1]["id"])
            self._audit(ticket, at, requester, [told])
            return
        word = "good" if score else "bad"
        told = self._entry("SatisfactionRating", score=word, body=comment, assignee_id=ticket.held["assignee_id"])
        self._audit(ticket, at, requester, [told, self._change("satisfaction_score", ticket.rating["score"], word)])
        rating = self.ratings.get(ticket.rating.get("id", 0)) or {"id": self.new_id(), "created_at": shapes.iso(at)}
        rating |= shapes.rating(ticket, at, word, comment)
        self.ratings[rating["id"]] = rating
        ticket.rating = {"id": rating["id"], "score": word, "comment": comment or None}
        self.fired.append(Fired(None, {"event": "survey.answered", "ticket_id": str(ticket.id)}))

    # ------------------------------------------------------------------------------------------ parts of an update

    def fire(self, ticket: Ticket, kind: str, at: Instant, actor: int, told: Mapping[str, Any]) -> None:
        """An event of the ticket waits to be sent."""
        kind = f"ticket.{kind}"
        self.fired.append(Fired(kind, shapes.event(self, ticket, kind, at, actor, told)))

    def _fire_comment(self, ticket: Ticket, at: Instant, comment: Mapping[str, Any]) -> None:
        author = self.people.get(comment["author_id"])
        self.fire(ticket, "comment_added", at, comment["author_id"], {"comment": shapes.comment_event(comment, author)})

    def _audit(
        self,
        ticket: Ticket,
        at: Instant,
        author: int,
        entries: list[dict[str, Any]],
        *,
        via: Mapping[str, Any] | None = None,
    ) -> None:
        ticket.audits.append(
            {
                "id": self.new_id(),
                "ticket_id": ticket.id,
                "created_at": shapes.iso(at),
                "author_id": author,
                "metadata": {"system": {}, "custom": {}},
                "via": dict(via or {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}}),
                "events": entries,
            }
        )

    def _entry(self, type_: str, **told: Any) -> dict[str, Any]:
        return {"id": self.new_id(), "type": type_, **told}

    def _change(self, name: str, before: Any, after: Any, *, rule: bool = False) -> dict[str, Any]:
        via = {"via": {"channel": "rule", "source": {"from": {"id": 7}, "to": {}, "rel": "trigger"}}} if rule else {}
        return self._entry("Change", field_name=name, value=after, previous_value=before, **via)

    def _comment(
        self, ticket: Ticket, at: Instant, author: int, text: str, *, html: str | None = None, public: bool
    ) -> dict[str, Any]:
        body = shapes.plain(html) if html is not None else text
        told = self._entry("Comment", author_id=author, body=body, plain_body=body, public=public, attachments=[])
        ticket.comments.append({**told, "created_at": shapes.iso(at)})
        return told


def _text(value: Any) -> Any:
    """A property as audits tell it: numbers as text."""
    return str(value) if isinstance(value, int) else value
