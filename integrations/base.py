"""What a desk is to Deskpulse: the contract that every folder beside this file fulfils.

`verify` and `parse` never do I/O: the door and the workers call them with a call in hand. Everything that
talks to the desk's API gets a `Session`, which carries the address, the credentials and the account's
request budget.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Protocol
from urllib.parse import quote
from zoneinfo import ZoneInfo

from integrations.actions import Action, Done
from integrations.errors import Skip
from integrations.events import Event, JSONObject, JSONValue
from integrations.times import Instant

if TYPE_CHECKING:
    from integrations.session import Session

#: How many characters a field for a link has, where a desk lets us choose.
LONGEST_LINK: Final = 500
#: What a field for a link must hold at least: a usual link and its address are shorter (`workers/links.py`).
USUAL_LINK: Final = 255


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request a desk made to us, as received."""

    body: bytes
    headers: Mapping[str, str]  #: names in lower case
    query: Mapping[str, str]
    received_at: Instant


@dataclass(frozen=True, slots=True)
class Present:
    """What a desk says holds now for one ticket, whatever led to it.

    `values` holds any of status, channel, agent, department, customer (text or None), tags (a list), fields
    (an object) and answers (a list of objects with kind, survey, score, scale and perhaps comment, where a desk
    shows answers without a date of their own). The pipeline compares them with the folded events and, only
    where those do not explain a value, makes one `observed` event of it, dated `times[name]`, else
    `updated_at`, else `asked_at`. A ticket that is gone from the desk is `{"status": "deleted"}`.
    """

    ticket: str
    asked_at: Instant  #: when our request was sent, or the call received
    values: JSONObject
    updated_at: Instant | None = None
    times: Mapping[str, Instant] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a call or from the desk's API: facts, present values, and tickets to ask about."""

    events: tuple[Event, ...] = ()
    present: tuple[Present, ...] = ()
    refresh: tuple[str, ...] = ()  #: ids of tickets whose truth has to be fetched from the desk
    #: names for the desk's ids, shown instead of them: {"agent": {"17": "Eva"}, "department": {…}}
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a back-fill or a reconciliation; `cursor` resumes after it, None when it was the last."""

    reading: Reading
    cursor: str | None
    total: int | None = None  #: how many tickets there are in all, where the desk tells


@dataclass(frozen=True, slots=True)
class Access:
    """How one account's desk is reached and read.

    `author` is the id under which the plugin itself writes in this desk; `options` are the account's
    settings for this desk (`[desk]` without url and time_zone).
    """

    url: str
    credentials: Mapping[str, str]
    zone: ZoneInfo
    author: str | None = None
    options: Mapping[str, JSONValue] = field(default_factory=dict)
    account: str = ""


class Gate(Protocol):
    """One account's request budget and breaker, shared over all workers."""

    def take(self, requests: int) -> None:
        """Book so many requests; RateLimited with `after` when the budget does not hold them now."""

    def hold(self, seconds: float) -> None:
        """No request at all for so long: the desk answered 429 with Retry-After."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One thing an administrator must give before we can call the desk's API."""

    name: str
    help: str
    secret: bool = True
    required: bool = True


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be done with this desk; the table in docs/desks is made from it."""

    refresh: bool = False
    backfill: bool = False
    reconcile: bool = False
    tags: bool = False
    fields: bool = False
    notes: bool = False
    summaries: bool = False
    surveys: tuple[str, ...] = ()  #: kinds of survey the desk itself asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What `connect` arranged in the desk and what is left for the administrator to do by hand."""

    author: str | None = None  #: the id under which the plugin writes
    options: Mapping[str, JSONValue] = field(default_factory=dict)  #: to be kept with the account
    secrets: tuple[str, ...] = ()  #: what the desk made to sign its calls with; they prove calls beside our own
    done: tuple[str, ...] = ()  #: sentences
    by_hand: tuple[str, ...] = ()  #: exact steps to copy and paste


class Desk(ABC):
    """One helpdesk product."""

    name: ClassVar[str]  #: the word in addresses and settings
    title: ClassVar[str]  #: the product's own name
    capabilities: ClassVar[Capabilities]
    credentials: ClassVar[tuple[Credential, ...]] = ()
    permissions: ClassVar[tuple[str, ...]] = ()  #: what the credentials must allow, in the desk's words
    calls: ClassVar[tuple[str, ...]] = ()  #: the calls we want from the desk, in the desk's words
    panel: ClassVar[tuple[str, ...]] = ()  #: where the desk can show the panel, in the desk's words
    #: where agents see a ticket: a path below the desk's address, with `{ticket}` and names of credentials in it
    ticket_page: ClassVar[str] = ""
    #: what an account may say of this desk under `[desk]`, besides url, time_zone and poll_minutes, or connecting finds
    options: ClassVar[tuple[str, ...]] = ()
    token_in_url: ClassVar[bool] = False  #: calls prove themselves by `?token=` in the address that the desk is given
    requests_per_minute: ClassVar[int] = 120
    requests_per_refresh: ClassVar[int] = 1  #: what one refresh usually costs; read by tests, which hold a desk to it
    calls_by_get: ClassVar[bool] = False  #: whether a GET with a query is a call, as old versions of the desk send
    accepted: ClassVar[int] = 202  #: how a kept call is answered; 200 where the desk demands it

    @abstractmethod
    def verify(self, call: Call, secrets: Sequence[bytes], *, now: Instant) -> None:
        """Return when one of the secrets proves the call; BadProof otherwise, whatever is wrong with it.

        Works on the raw bytes, tries every secret, and compares in constant time.
        """

    def ticket_url(self, access: Access, ticket: str) -> str | None:
        """The address under which agents see a ticket; None where the desk has none that is known."""
        if not self.ticket_page or not access.url:
            return None
        open_to_see = {each.name: access.credentials.get(each.name, "") for each in self.credentials if not each.secret}
        values = {name: quote(value, safe="") for name, value in {**open_to_see, "ticket": ticket}.items()}
        return access.url.rstrip("/") + self.ticket_page.format_map(values)

    def delivery(self, call: Call) -> str | None:
        """The desk's id of this delivery, when it sends one that is the same on every repetition."""
        return None

    def kept(self, body: bytes) -> bytes:
        """The body of a proved call as it is kept: without the keys of people that a desk puts into it."""
        return body

    @abstractmethod
    def parse(self, call: Call, access: Access) -> Reading:
        """The call in canonical words; Unreadable when it is not what the desk is documented to send."""

    def refresh(self, ticket: str, session: Session) -> Reading:
        """Everything the desk knows about one ticket now: its dated facts first, then what is present."""
        raise Skip(f"{self.title} cannot be asked about a ticket")

    def backfill(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """All tickets changed since then, page by page; starts after `cursor` when one is given."""
        raise Skip(f"{self.title} cannot be asked for its history")

    def reconcile(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """Like `backfill`, for the short look back that finds what no call told us."""
        return self.backfill(session, since=since, cursor=cursor)

    def apply(self, action: Action, session: Session) -> Done:
        """Do it once, however often it is asked for; Skip when this desk has nothing of the kind."""
        raise Skip(f"{self.title} takes no actions")

    def panel_steps(self, *, webhook_url: str, secret: str) -> tuple[str, ...]:
        """How an administrator has the panel shown in the desk, exact steps; none where it opens by itself only."""
        return ()

    def install(self, session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
        """Check the credentials, arrange what the API allows, and say what is left to do by hand.

        `link_fields` are the fields of tickets into which links will be set, texts of up to `LONGEST_LINK` characters.
        One that is missing is made where the API makes fields and is a step elsewhere; one that is there is left alone.
        """
        return Installed()
