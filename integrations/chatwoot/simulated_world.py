"""What a simulated Chatwoot holds, and the moves by which people change it. For the demo and tests only.

Built from Chatwoot's code as documented, not from our client: every change saves the conversation, which is one or two
calls; an activity line is written about changes of status; a payload is built when its job runs, not when it happened.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from integrations.times import Instant

INCOMING, OUTGOING, ACTIVITY, TEMPLATE = range(4)
_LINES: Final = {
    "resolved": "Conversation was marked resolved by {}",
    "open": "Conversation was reopened by {}",
    "pending": "Conversation was marked as pending by {}",
    "snoozed": "Conversation was snoozed by {}",
}


@dataclass(slots=True)
class Person:
    """A user (with a token and a role), a bot, or a contact."""

    id: int
    name: str
    type: str = "contact"
    email: str = ""
    role: str = ""
    token: str = ""
    identifier: str | None = None


@dataclass(slots=True)
class Inbox:
    """Where conversations come in."""

    id: int
    name: str
    channel: str
    medium: str | None = None
    csat: bool = True
    bot: bool = False


@dataclass(slots=True)
class Said:
    """One message, note, template or activity line."""

    id: int
    kind: int
    at: Instant
    text: str
    sender: Person | None
    private: bool = False
    content_type: str = "text"
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Talk:
    """One conversation; `id` is the number that people see."""

    id: int
    inbox: Inbox
    contact: Person
    created: Instant
    updated: Instant
    active: Instant
    status: str = "open"
    assignee: Person | None = None
    team: tuple[int, str] | None = None
    labels: list[str] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)
    waiting: Instant | None = None
    first_reply: Instant | None = None
    messages: list[Said] = field(default_factory=list)


@dataclass(slots=True)
class Answered:
    """One row of the CSAT responses."""

    id: int
    talk: Talk
    message: Said
    score: int
    comment: str
    at: Instant


@dataclass(slots=True)
class Hook:
    """One webhook of the account."""

    id: int
    url: str
    events: list[str]
    secret: str | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """An event whose payload is still to be built."""

    event: str
    talk: Talk
    message: Said | None = None
    changes: tuple[tuple[str, Any, Any], ...] | None = None


class World:
    """One account of one Chatwoot installation."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 -- a story, not a secret
        self.users: dict[int, Person] = {}
        self.contacts: dict[int, Person] = {}
        self.inboxes: dict[int, Inbox] = {}
        self.talks: dict[int, Talk] = {}
        self.answers: list[Answered] = []
        self.hooks: list[Hook] = []
        self.labels: dict[int, str] = {}
        self.attributes: dict[int, str] = {}
        self.attribute_types: dict[str, str] = {}  #: by key, of those that are no text
        self.apps: dict[int, dict[str, Any]] = {}
        self.jobs: list[Job] = []
        self.bot = Person(3, "Robo", "agent_bot")
        self.structured_lines = True  #: newer versions say in an activity line what happened, older ones only in words
        self.tells_updated = True  #: the API tells the last change, from 4.0.2 on
        self.signs = True  #: webhooks have secrets, from 4.11.2 on
        self._made = 100
        self._opened = 0

    def new_id(self) -> int:
        """A number that no other thing has."""
        self._made += 1
        return self._made

    # ------------------------------------------------------------------------------------------ people and places

    def add_user(self, name: str, *, role: str = "agent", token: str = "") -> Person:
        """An agent or an administrator."""
        user = Person(self.new_id(), name, "user", f"{name.lower()}@shop.example", role, token)
        self.users[user.id] = user
        return user

    def add_contact(self, name: str, *, identifier: str | None = None) -> Person:
        """A customer."""
        contact = Person(self.new_id(), name, email=f"{name.lower()}@visitor.example", identifier=identifier)
        self.contacts[contact.id] = contact
        return contact

    def add_inbox(self, name: str, channel: str, **more: Any) -> Inbox:
        """An inbox."""
        inbox = Inbox(self.new_id(), name, channel, **more)
        self.inboxes[inbox.id] = inbox
        return inbox

    # ------------------------------------------------------------------------------------------ moves

    def open(self, at: Instant, inbox: Inbox, contact: Person, text: str | None = None, *, status: str = "") -> Talk:
        """A conversation begins, with the customer's words if there are any; a bot takes it where there is one."""
        begun = status or ("pending" if inbox.bot else "open")
        self._opened += 1
        talk = Talk(self._opened, inbox, contact, at, at, at, begun, waiting=at)
        self.talks[talk.id] = talk
        self.jobs.append(Job("conversation_created", talk))
        if text is not None:
            self.write(talk, at, text)
        return talk

    def write(self, talk: Talk, at: Instant, text: str) -> Said:
        """The customer writes, which opens a conversation that was resolved."""
        said = self._say(talk, at, INCOMING, text, talk.contact)
        if talk.status in ("resolved", "snoozed"):
            self._set_status(
                talk, at, "pending" if talk.inbox.bot else "open", "", line="System reopened the conversation"
            )
        if talk.waiting is None:
            self.save(talk, at, waiting_since=(None, at))
            talk.waiting = at
        return said

    def reply(self, talk: Talk, at: Instant, user: Person, text: str, **more: Any) -> Said:
        """An agent or a bot answers in public."""
        said = self._say(talk, at, OUTGOING, text, user, **more)
        if user.type == "user" and not more.get("attributes"):
            first = {} if talk.first_reply else {"first_reply_created_at": (None, at)}
            talk.first_reply = talk.first_reply or at
            if first or talk.waiting:
                self.save(talk, at, waiting_since=(talk.waiting, None), **first)
            talk.waiting = None
        return said

    def note(self, talk: Talk, at: Instant, user: Person, text: str) -> Said:
        """A private note."""
        return self._say(talk, at, OUTGOING, text, user, private=True)

    def assign(self, talk: Talk, at: Instant, user: Person | None) -> None:
        """Somebody takes the conversation, or lets go of it."""
        before, talk.assignee = talk.assignee, user
        self._line(talk, at, f"Assigned to {user.name}" if user else "Conversation unassigned")
        self.save(talk, at, assignee_id=(before and before.id, user and user.id))

    def move(self, talk: Talk, at: Instant, team: tuple[int, str] | None) -> None:
        """The conversation goes to a team."""
        before, talk.team = talk.team, team
        self.save(talk, at, team_id=(before and before[0], team and team[0]))

    def set_status(self, talk: Talk, at: Instant, status: str, *, by: str = "Eva") -> None:
        """Somebody resolves, snoozes or opens it; CSAT is asked once, when it is resolved."""
        if talk.status == status:
            return
        self._set_status(talk, at, status, by)
        if status == "resolved" and talk.inbox.csat and not self.survey_of(talk):
            attributes = {"display_type": "emoji"}
            self._say(talk, at, TEMPLATE, "Rate us", None, content_type="input_csat", attributes=attributes)

    def set_labels(self, talk: Talk, at: Instant, labels: Iterable[str]) -> None:
        """The whole set of labels; Chatwoot tells of it twice."""
        before, talk.labels = talk.labels, list(dict.fromkeys(labels))
        if before != talk.labels:
            lists = {
                "cached_label_list": (", ".join(before), ", ".join(talk.labels)),
                "label_list": (before, talk.labels),
            }
            self._line(talk, at, "Eva added labels")
            self.save(talk, at, **lists)
            self.save(talk, at, **lists)

    def set_custom(self, talk: Talk, at: Instant, values: Mapping[str, Any]) -> None:
        """The whole set of custom attributes."""
        before, talk.custom = talk.custom, dict(values)
        if before != talk.custom:
            self.save(talk, at, custom_attributes=(before, talk.custom))

    def survey_of(self, talk: Talk) -> Said | None:
        """The survey that was put in this conversation."""
        return next((said for said in talk.messages if said.content_type == "input_csat"), None)

    def rate(self, talk: Talk, at: Instant, score: int, comment: str = "") -> None:
        """The customer answers the survey, or answers it anew."""
        survey = self.survey_of(talk)
        if survey is None:
            raise ValueError("no survey was put in this conversation")
        given = {"rating": score, "feedback_message": comment}
        survey.attributes = {**survey.attributes, "submitted_values": {"csat_survey_response": given}}
        known = next((answer for answer in self.answers if answer.message is survey), None)
        if known is None:
            self.answers.append(Answered(self.new_id(), talk, survey, score, comment, at))
        else:
            known.score, known.comment = score, comment
        self.jobs.append(Job("message_updated", talk, survey))

    def delete(self, talk: Talk) -> None:
        """An administrator deletes the conversation; nobody is told."""
        del self.talks[talk.id]
        self.answers = [answer for answer in self.answers if answer.talk is not talk]

    # ------------------------------------------------------------------------------------------ inside

    def save(self, talk: Talk, at: Instant, **changes: tuple[Any, Any]) -> None:
        """The conversation is saved, which is a call with what changed."""
        told = (("updated_at", talk.updated, at), *((name, *pair) for name, pair in changes.items()))
        talk.updated = max(talk.updated, at)
        self.jobs.append(Job("conversation_updated", talk, changes=told))

    def _set_status(self, talk: Talk, at: Instant, status: str, by: str, *, line: str = "") -> None:
        before, talk.status = talk.status, status
        attributes = {"activity": {"type": "conversation_status_changed", "status": status}}
        self._line(talk, at, line or _LINES[status].format(by), attributes if self.structured_lines else {})
        talk.waiting = None if status == "resolved" else talk.waiting
        talk.updated = max(talk.updated, at)
        self.jobs.append(Job("conversation_status_changed", talk))
        self.save(talk, at, status=(before, status))

    def _line(self, talk: Talk, at: Instant, text: str, attributes: dict[str, Any] | None = None) -> None:
        talk.messages.append(Said(self.new_id(), ACTIVITY, at, text, None, attributes=attributes or {}))
        talk.active = at

    def _say(self, talk: Talk, at: Instant, kind: int, text: str, sender: Person | None, **more: Any) -> Said:
        said = Said(self.new_id(), kind, at, text, sender, **more)
        talk.messages.append(said)
        talk.active = talk.updated = max(talk.updated, at)
        self.jobs.append(Job("message_created", talk, said))
        return said
