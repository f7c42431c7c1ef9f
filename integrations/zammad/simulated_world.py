"""What a simulated Zammad holds, and what people do in it: tickets, articles, their history, triggers that fire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from integrations.times import Instant

Clock = Callable[[], Instant]
SYSTEM: Final = 1  #: the user who stands for nobody, and for Zammad itself
_MILLISECOND: Final = 1000
#: Name of each state a Zammad begins with → id and type.
STATES: Final[Mapping[str, tuple[int, str]]] = {
    "new": (1, "new"),
    "open": (2, "open"),
    "pending reminder": (3, "pending reminder"),
    "closed": (4, "closed"),
    "merged": (5, "merged"),
    "pending close": (6, "pending action"),
    "removed": (7, "removed"),
}
ARTICLE_TYPES: Final = (
    "email", "sms", "chat", "fax", "phone", "twitter status", "twitter direct-message", "facebook feed post",
    "facebook feed comment", "note", "web", "telegram personal-message", "facebook direct-message", "whatsapp message",
)  # fmt: skip
PRIORITIES: Final = {1: "1 low", 2: "2 normal", 3: "3 high"}
SENDERS: Final = ("Agent", "Customer", "System")
#: Attributes that an administrator added.
CUSTOM: Final = ("csat", "region", "survey_score", "survey_comment", "deskpulse_channel", "deskpulse_score")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account."""

    id: int
    firstname: str
    lastname: str
    email: str
    agent: bool


@dataclass(slots=True)
class Article:
    """One entry of a ticket."""

    id: int
    ticket: int
    at: Instant
    type: str
    sender: str
    internal: bool
    body: str
    by: int
    auto: bool = False


@dataclass(slots=True)
class Ticket:
    """One ticket; `values` are what can be changed: state, owner, group, title, priority, custom attributes."""

    id: int
    customer: int
    created_at: Instant
    created_by: int
    type: str
    sender: str
    values: dict[str, Any]
    updated_at: Instant
    updated_by: int
    tags: list[str] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a history."""

    id: int
    ticket: int
    at: Instant
    by: int
    type: str
    object: str
    object_id: int
    attribute: str | None = None
    ids: tuple[int | None, int | None] = (None, None)
    values: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Fired:
    """A trigger that fired: its call is built when it is sent."""

    trigger: str
    webhook: int
    ticket: int
    article: int | None
    delivery: str


class World:
    """One installation."""

    def __init__(self) -> None:
        self.users: dict[int, User] = {SYSTEM: User(SYSTEM, "-", "", "", agent=False)}
        self.groups: dict[int, str] = {1: "Users", 2: "Orders", 3: "Reports"}
        self.states = {id_: (name, kind) for name, (id_, kind) in STATES.items()}
        self.tickets: dict[int, Ticket] = {}
        self.articles: dict[int, Article] = {}
        self.history: dict[int, list[Row]] = {}
        self.webhooks: dict[int, dict[str, Any]] = {}
        self.triggers: dict[int, dict[str, Any]] = {}
        self.known_tags: list[str] = []
        self.custom = list(CUSTOM)
        self.attributes: dict[int, dict[str, Any]] = {}  #: those that were made through the API
        self.fired: list[Fired] = []
        self._made = 0
        self._deliveries = 0

    # --- people ---------------------------------------------------------------------------------------------------

    def add_user(self, firstname: str, lastname: str, *, agent: bool = False) -> User:
        """Somebody new."""
        number = len(self.users) + 1
        address = f"{firstname.lower()}@{'desk' if agent else 'customers'}.example"
        self.users[number] = User(number, firstname, lastname, address, agent=agent)
        return self.users[number]

    def update_database(self) -> None:
        """What an administrator's click does: every attribute that waits is a column of each ticket from then on."""
        for attribute in self.attributes.values():
            if attribute["to_create"]:
                attribute["to_create"] = attribute["to_migrate"] = False
                self.custom.append(attribute["name"])
                for ticket in self.tickets.values():
                    ticket.values[attribute["name"]] = None

    # --- what happens to a ticket ---------------------------------------------------------------------------------

    def open(
        self,
        at: Instant,
        customer: User,
        *,
        type_: str = "email",
        sender: str = "Customer",
        by: User | None = None,
        body: str = "Where is it?",
        internal: bool = False,
        **values: Any,
    ) -> Ticket:
        """A ticket with its first article."""
        who = (by or customer).id
        begins: dict[str, Any] = {"title": "A question", "state": 1, "owner": SYSTEM, "group": 1, "priority": 2}
        begins |= dict.fromkeys(self.custom) | values
        ticket = Ticket(self._next(), customer.id, _whole(at), who, type_, sender, begins, _whole(at), who)
        self.tickets[ticket.id] = ticket
        self._log(ticket, "created", by=who)
        article = self._article(ticket, type_=type_, sender=sender, by=who, body=body, internal=internal)
        self._fire(ticket, "create", (), article)
        return ticket

    def say(
        self,
        ticket: Ticket,
        at: Instant,
        by: User,
        *,
        type_: str = "email",
        sender: str | None = None,
        internal: bool = False,
        body: str = "On its way.",
        auto: bool = False,
        **values: Any,
    ) -> Article:
        """An article, and what changes with it."""
        self._touch(ticket, at, by.id)
        changed = self._change(ticket, by.id, values)
        sender = sender or ("Agent" if by.agent else "Customer")
        article = self._article(ticket, type_=type_, sender=sender, by=by.id, body=body, internal=internal, auto=auto)
        self._fire(ticket, "update", changed, article)
        return article

    def change(self, ticket: Ticket, at: Instant, by: int, **values: Any) -> None:
        """Changes some of the ticket's values."""
        self._touch(ticket, at, by)
        self._fire(ticket, "update", self._change(ticket, by, values), None)

    def merge(self, ticket: Ticket, at: Instant, by: User, *, into: Ticket) -> None:
        """The ticket's articles go into the other one, and it ends (`Ticket#merge_to`)."""
        for article in ticket.articles:
            article.ticket = into.id
        into.articles += ticket.articles
        ticket.articles = []
        self._touch(into, at, by.id)
        self._log(into, "received_merge", by=by.id, ids=(ticket.id, into.id))
        self._touch(ticket, at, by.id)
        self._log(ticket, "merged_into", by=by.id, ids=(ticket.id, into.id))
        note = self._article(ticket, type_="note", sender="Agent", by=by.id, body="merged", internal=False)
        changed = self._change(ticket, by.id, {"state": STATES["merged"][0], "owner": SYSTEM})
        self._fire(ticket, "update", changed, note)

    def tag(self, ticket: Ticket, at: Instant, by: int, name: str) -> None:
        """Adds a tag; no trigger fires, as no attribute changes."""
        if name in ticket.tags:
            return
        ticket.tags.append(name)
        if name not in self.known_tags:
            self.known_tags.append(name)
        self._touch(ticket, at, by)
        self._log(ticket, "added", by=by, attribute="tag", values=(None, name))

    def untag(self, ticket: Ticket, at: Instant, by: int, name: str) -> None:
        """Removes a tag."""
        if name in ticket.tags:
            ticket.tags.remove(name)
            self._touch(ticket, at, by)
            self._log(ticket, "removed", by=by, attribute="tag", values=(None, name))

    def delete(self, ticket: Ticket) -> None:
        """The ticket is gone, with everything about it; nothing is told."""
        del self.tickets[ticket.id]
        del self.history[ticket.id]

    # --- inside ---------------------------------------------------------------------------------------------------

    def _next(self) -> int:
        self._made += 1
        return self._made

    def _touch(self, ticket: Ticket, at: Instant, by: int) -> None:
        ticket.updated_at, ticket.updated_by = max(ticket.updated_at, _whole(at)), by

    def _article(self, ticket: Ticket, *, type_: str, by: int, **more: Any) -> Article:
        article = Article(self._next(), ticket.id, ticket.updated_at, type_, by=by, **more)
        ticket.articles.append(article)
        self.articles[article.id] = article
        self._log(ticket, "created", by=by, object_="Ticket::Article", object_id=article.id)
        return article

    def _change(self, ticket: Ticket, by: int, values: Mapping[str, Any]) -> tuple[str, ...]:
        changed = {name: value for name, value in values.items() if ticket.values[name] != value}
        for name, value in changed.items():
            before = ticket.values[name]
            ticket.values[name] = value
            ids = (before, value) if name in ("state", "owner", "group") else (None, None)
            words = (self.word(name, before), self.word(name, value))
            self._log(ticket, "updated", by=by, attribute=name, ids=ids, values=words)
        return tuple(changed)

    def word(self, name: str, value: Any) -> str:
        """A value as the history writes it."""
        if name == "state":
            return self.states[value][0]
        if name == "group":
            return self.groups[value]
        if name == "priority":
            return PRIORITIES[value]
        return f"{self.users[value].firstname} {self.users[value].lastname}" if name == "owner" else str(value or "")

    def _log(
        self, ticket: Ticket, type_: str, *, by: int, object_: str = "Ticket", object_id: int | None = None, **more: Any
    ) -> None:
        row = Row(self._next(), ticket.id, ticket.updated_at, by, type_, object_, object_id or ticket.id, **more)
        self.history.setdefault(ticket.id, []).append(row)

    def _fire(self, ticket: Ticket, action: str, changed: Iterable[str], article: Article | None) -> None:
        for trigger in self.triggers.values():
            webhook = int(trigger["perform"]["notification.webhook"]["webhook_id"])
            if (
                trigger["active"]
                and webhook in self.webhooks
                and _meets(trigger["condition"], action, changed, article)
            ):
                self._deliveries += 1
                delivery = f"00000000-0000-4000-8000-{self._deliveries:012d}"
                number = article.id if article else None
                self.fired.append(Fired(trigger["name"], webhook, ticket.id, number, delivery))


def _meets(condition: Mapping[str, Any], action: str, changed: Iterable[str], article: Article | None) -> bool:
    """Whether a trigger's condition holds; only conditions that the simulation knows are ever stored."""
    met = {f"ticket.{name}_id" for name in changed if action == "update"}
    met |= {"article.action"} if article else set()
    return all(name in met or (name == "ticket.action" and told["value"] == action) for name, told in condition.items())


def _whole(at: Instant) -> Instant:
    return at // _MILLISECOND * _MILLISECOND
