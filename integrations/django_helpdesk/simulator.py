"""A simulated django-helpdesk for the demo and for tests: its tickets, what people do to them, its webhooks.

It behaves as 2.6.1 was seen to: webhooks are posted inside the request that causes them, and never twice; a receiver
that is down turns the desk's own answer into a 500 after everything was saved.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from integrations.errors import Gone, Rejected
from integrations.times import SECOND, Instant, iso

#: Name → the choices of a list field, or None for a text.
CUSTOM_FIELDS: Final[Mapping[str, tuple[str, ...] | None]] = {
    "channel": ("", "email", "web", "chat", "phone"),
    "tags": None,
    "csat": None,
    "region": None,
    "deskpulse_channel": None,
    "deskpulse_score": None,
}
QUEUES: Final = ("mail", "shop", "chat", "phone", "summaries")
RESOLVED: Final = 3
CLOSED: Final = 4
REOPENED: Final = 2
_DUPLICATE: Final = 5
_HOOK_TIMEOUT: Final = 3.0  #: seconds, HELPDESK_WEBHOOK_TIMEOUT
_COMMENTED_OUT: Final = re.compile(r"\{#.*?#\}")


class Broken(Exception):
    """The desk answers 500; what came before is saved."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account in the desk."""

    id: int
    name: str
    token: str
    staff: bool = True


@dataclass(slots=True)
class Simulator:
    """The desk. `hook_url` is where its webhooks go; times are the clock's, in microseconds of UTC."""

    clock: Callable[[], Instant] = lambda: int(time.time() * SECOND)
    hook_url: str | None = None
    custom_fields: Mapping[str, tuple[str, ...] | None] = field(default_factory=lambda: dict(CUSTOM_FIELDS))
    users: tuple[User, ...] = (
        User(1, "eva", "token-of-eva"),
        User(2, "ivo", "token-of-ivo"),
        User(3, "deskpulse", "token-of-deskpulse"),
        User(4, "guest", "token-of-guest", staff=False),
    )
    queues: Mapping[int, str] = field(default_factory=lambda: dict(enumerate(QUEUES, 1)))
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    follow_ups: dict[int, dict[str, Any]] = field(default_factory=dict)
    hooks: list[dict[str, Any]] = field(default_factory=list)  #: the bodies of all webhooks, also without hook_url
    lock: threading.RLock = field(default_factory=threading.RLock)
    _last: Instant = 0
    _tickets_made: int = 0
    _follow_ups_made: int = 0

    # --- what customers do ----------------------------------------------------------------------------------------

    def opened_by_mail(self, title: str, text: str, *, customer: str, queue: int = 1) -> int:
        """A mail came in and opened a ticket; its number."""
        ticket = self._opened(title, text, customer=customer, queue=queue)
        self._entered(ticket, f"E-Mail Received from {customer}", text, mail=customer)
        self._new_hook(ticket)
        return ticket

    def opened_by_form(self, title: str, text: str, *, customer: str, queue: int = 2) -> int:
        """Somebody filled in the public form; the ticket's number."""
        ticket = self._opened(title, text, customer=customer, queue=queue)
        self._entered(ticket, "Ticket Opened Via Web", text, notified=(customer,))
        self._new_hook(ticket)
        return ticket

    def mailed(self, ticket: int, text: str, *, automatic: bool = False) -> int:
        """The customer wrote again; a closed ticket is reopened, unless the mail is automatic."""
        held = self.tickets[ticket]
        customer = held["submitter_email"]
        if held["status"] == CLOSED and not automatic:
            held["status"] = REOPENED
        status = REOPENED if held["status"] == REOPENED else None
        title = f"E-Mail Received from {customer}"
        entry = self._entered(ticket, title, text, mail=customer, status=status, automatic=automatic)
        self._follow_up_hook(entry)
        return entry

    def answered_on_page(self, ticket: int, text: str, *, status: int | None = None) -> int:
        """The customer wrote on the ticket's public page, or accepted the resolution there."""
        return self._updated(ticket, text, user=None, public=True, status=status)

    # --- what agents and programs do ------------------------------------------------------------------------------

    def opened_by_api(
        self, title: str, text: str, *, user: int = 1, customer: str = "", queue: int = 2, **custom: Any
    ) -> int:
        """A program or an agent opened a ticket, for a customer when there is one."""
        ticket = self._opened(title, text, customer=customer, queue=queue, custom=custom)
        self._entered(ticket, "Ticket Opened", text, user=user, notified=(customer,) if customer else ())
        self._new_hook(ticket)
        return ticket

    def replied(self, ticket: int, text: str, *, user: int = 1, status: int | None = None) -> int:
        """An agent answered in public."""
        return self._updated(ticket, text, user=user, public=True, status=status)

    def noted(self, ticket: int, text: str, *, user: int = 1) -> int:
        """An agent wrote a private note."""
        return self._updated(ticket, text, user=user, public=False)

    def taken(self, ticket: int, *, user: int = 1) -> int:
        """An agent took the ticket."""
        self.tickets[ticket]["assigned_to"] = user
        name = next(known.name for known in self.users if known.id == user)
        entry = self._entered(ticket, f"Assigned to {name}", "", user=user, public=False)
        self._follow_up_hook(entry)
        return entry

    def escalated(self, ticket: int) -> int:
        """The desk raised the priority by itself; no webhook."""
        return self._entered(ticket, "Ticket Escalated", "Ticket escalated after 3 days", recipients=None)

    def closed_in_bulk(self, ticket: int, *, user: int = 1) -> int:
        """An agent closed the ticket from the list; no webhook."""
        self.tickets[ticket]["status"] = CLOSED
        return self._entered(ticket, "Closed in bulk update", None, user=user, public=False, status=CLOSED)

    def patched(self, ticket: int, **values: Any) -> None:
        """A field was changed through the API or on the board; no entry, no webhook."""
        self.tickets[ticket].update(values)

    def merged(self, ticket: int, *, into: int) -> None:
        """An agent merged the ticket into another one, which takes its history; no webhook."""
        held = self.tickets[ticket]
        held.update(merged_to=into, status=_DUPLICATE)
        for entry in self.follow_ups.values():
            if entry["ticket"] == ticket:
                entry.update(ticket=into, title=f"[Merged from #{ticket}] {held['title']}")

    def deleted(self, ticket: int) -> None:
        """The ticket and its history are gone; no webhook."""
        del self.tickets[ticket]
        self.follow_ups = {id_: entry for id_, entry in self.follow_ups.items() if entry["ticket"] != ticket}

    # --- what the API does ----------------------------------------------------------------------------------------

    def user_with(self, token: str) -> User | None:
        """The user whose token it is."""
        return next((user for user in self.users if user.token == token), None)

    def posted_follow_up(self, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST /api/followups/; a title renames the ticket, a comment is a template, `#7` writes into ticket 7."""
        ticket = body.get("ticket")
        if ticket not in self.tickets:
            raise Gone(f'Invalid pk "{ticket}" - object does not exist.')
        comment = _rendered(str(body.get("comment", "")))
        if body.get("title"):
            self.tickets[ticket]["title"] = body["title"]
        for referred in {int(number) for number in re.findall(r"#(\d+)\b", comment)} & self.tickets.keys() - {ticket}:
            self._entered(referred, f"Referenced in ticket #{ticket}", None, user=user.id, public=False)
        public, status = bool(body.get("public")), body.get("new_status")
        return self.follow_ups[self._updated(ticket, comment, user=user.id, public=public, status=status)]

    def posted_ticket(self, user: User, body: Mapping[str, Any]) -> int:
        """POST /api/tickets/; the new ticket's number."""
        if _whole(body.get("queue")) not in self.queues:
            raise Rejected("queue")
        custom = {name: value for name, value in body.items() if name.startswith("custom_")}
        return self.opened_by_api(
            body["title"],
            body["description"],
            user=user.id,
            customer=body.get("submitter_email", ""),
            queue=int(body["queue"]),
            **custom,
        )

    def json_of(self, ticket: int) -> dict[str, Any]:
        """The ticket as the API and the webhooks show it."""
        history = [entry for entry in self.follow_ups.values() if entry["ticket"] == ticket]
        return {**self.tickets[ticket], "followup_set": sorted(history, key=lambda entry: (entry["date"], entry["id"]))}

    # --- inside ---------------------------------------------------------------------------------------------------

    def _now(self) -> str:
        self._last = max(self.clock(), self._last + 1)
        return iso(self._last)

    def _opened(
        self, title: str, text: str, *, customer: str, queue: int, custom: Mapping[str, Any] | None = None
    ) -> int:
        self._tickets_made += 1
        empty = {f"custom_{name}": None for name in self.custom_fields}
        self.tickets[self._tickets_made] = {
            "id": self._tickets_made,
            "queue": queue,
            "title": title,
            "description": text,
            "resolution": None,
            "submitter_email": customer,
            "assigned_to": None,
            "status": 1,
            "on_hold": False,
            "priority": 3,
            "due_date": None,
            "merged_to": None,
            **empty,
            **(custom or {}),
        }
        return self._tickets_made

    def _entered(
        self,
        ticket: int,
        title: str,
        comment: str | None,
        *,
        user: int | None = None,
        public: bool = True,
        status: int | None = None,
        mail: str = "",
        automatic: bool = False,
        notified: tuple[str, ...] = (),
        **other: Any,
    ) -> int:
        self._follow_ups_made += 1
        number = self._follow_ups_made
        self.follow_ups[number] = {
            "id": number,
            "ticket": ticket,
            "user": user,
            "title": title,
            "comment": comment,
            "public": public,
            "new_status": status,
            "time_spent": None,
            "followupattachment_set": [],
            "date": self._now(),
            "message_id": f"<{number}@mail.example>" if mail else None,
            "email_recipients": other.get("recipients", [mail] if mail and not automatic else list(notified)),
        }
        return number

    def _updated(self, ticket: int, text: str, *, user: int | None, public: bool, status: int | None = None) -> int:
        held = self.tickets[ticket]
        changed = status if status is not None and status != held["status"] else None
        if changed is not None:
            held["status"] = changed
        if held["status"] == RESOLVED or (held["status"] == CLOSED and held["resolution"] is None):
            held["resolution"] = text  # of a private note too
        entry = self._entered(ticket, held["title"], text, user=user, public=public, status=changed)
        self._follow_up_hook(entry)
        return entry

    def _new_hook(self, ticket: int) -> None:
        self._hook({"ticket": self.json_of(ticket), "queue_slug": self._slug(ticket)})

    def _follow_up_hook(self, entry: int) -> None:
        ticket = self.follow_ups[entry]["ticket"]
        self._hook({"ticket": self.json_of(ticket), "queue_slug": self._slug(ticket), "followup_id": entry})

    def _slug(self, ticket: int) -> str:
        return self.queues[self.tickets[ticket]["queue"]]

    def _hook(self, body: dict[str, Any]) -> None:
        self.hooks.append(body)
        if self.hook_url is None:
            return
        try:
            requests.post(self.hook_url, json=body, timeout=_HOOK_TIMEOUT)
        except requests.Timeout:
            return  # the desk writes a line into its log and goes on
        except requests.RequestException as error:
            raise Broken("the receiver of webhooks is down") from error


def _rendered(comment: str) -> str:
    """The comment as Django's templates leave it, as far as it matters here; Broken for a syntax error."""
    if "{{" in comment or comment.count("{%") != comment.count("%}"):
        raise Broken("TemplateSyntaxError")
    return _COMMENTED_OUT.sub("", comment)


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
