"""A ticket is the fold of its events: a pure function of the set, whatever order they came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Final, NamedTuple

from integrations.events import STATUSES, TYPES, Event, JSONValue
from integrations.survey_ids import asked_as
from integrations.times import Instant
from workers.channels import canonical
from workers.working_time.business_time import Stay

RESOLVED: Final = frozenset({"resolved", "closed"})
#: Interludes: the next counted status is compared with the one before them.
OUT_OF_COUNT: Final = frozenset({"spam", "deleted"})

_RANK: Final = {name: kind.rank for name, kind in TYPES.items()}
_STATUS_ORDER: Final = {status: place for place, status in enumerate(STATUSES)}


class Message(NamedTuple):
    """One message as it was sent; `department` is the ticket's at that moment."""

    at: Instant
    by: str
    author: str | None
    public: bool
    auto: bool
    department: str | None


class StatusChange(NamedTuple):
    """The status from `at` on; saying again what holds is no change."""

    at: Instant
    status: str


class Credit(NamedTuple):
    """Who may be credited with something: the agent the desk names, else who wrote last before `at`, else the holder.

    Who of those that wrote is a person, the account's rules say.
    """

    named: str | None
    holder: str | None
    at: Instant


class Resolution(NamedTuple):
    """A change from outside {resolved, closed} into it; `undone_at` is the reopening, if there was one."""

    at: Instant
    credit: Credit
    department: str | None
    tags: tuple[str, ...]
    undone_at: Instant | None = None


class SurveySent(NamedTuple):
    """A survey that was put to the customer; agent and department are frozen at that moment."""

    at: Instant
    kind: str
    survey: str
    touchpoint: str
    credit: Credit
    department: str | None


class Answer(NamedTuple):
    """One answer; `valid` is false once it was invalidated. Attribution is frozen when the survey was sent."""

    at: Instant
    kind: str
    survey: str
    touchpoint: str
    score: float
    low: float
    high: float
    direction: str | None
    comment: str | None
    credit: Credit
    department: str | None
    valid: bool = True
    reason: str | None = None  #: why it was invalidated, where that was told


@dataclass(frozen=True, slots=True)
class LiveContact:
    """One chat or call: when the customer was queued, answered, and when it ended."""

    contact: str
    media: str | None
    direction: str | None
    queued_at: Instant | None = None
    answered_at: Instant | None = None
    ended_at: Instant | None = None
    outcome: str | None = None
    agent: str | None = None


class Ticket(NamedTuple):
    """The state of one conversation. `created_at` is None while the event that says so has not come."""

    ticket: str
    first_at: Instant
    last_at: Instant  #: of its latest event
    created_at: Instant | None
    created_by: str | None
    status: str
    counted_status: str  #: the last status that is not spam or deleted
    channel: str
    channel_word: str | None
    department: str | None
    agent: str | None
    customer: str | None
    tags: tuple[str, ...]
    fields: Mapping[str, str | None]
    merged_into: str | None
    handover_at: Instant | None
    messages: tuple[Message, ...]
    statuses: tuple[StatusChange, ...]
    resolutions: tuple[Resolution, ...]
    transfers: tuple[Instant, ...]  #: when the department changed
    stays: tuple[Stay, ...]  #: in which channel and department it was, from creation on
    surveys: tuple[SurveySent, ...]
    answers: tuple[Answer, ...]  #: every one given, in order
    contacts: tuple[LiveContact, ...]

    @property
    def opened_at(self) -> Instant:
        """Creation, or the first thing known of an incomplete ticket."""
        return self.first_at if self.created_at is None else self.created_at

    def standing_answers(self) -> tuple[Answer, ...]:
        """The latest valid answer per kind, scale and touch point.

        A different later answer replaces the one before; an equal one changes nothing but may add a comment.
        """
        if not self.answers:
            return ()
        standing: dict[tuple[str, float, float, str], Answer] = {}
        for answer in self.answers:
            if not answer.valid:
                continue
            key = (answer.kind, answer.low, answer.high, answer.touchpoint)
            before = standing.get(key)
            if before is not None and before.score == answer.score:
                standing[key] = before._replace(comment=answer.comment or before.comment)
            else:
                standing[key] = answer
        return tuple(standing.values())


def fold(ticket: str, events: Iterable[Event]) -> Ticket:
    """The ticket that these events make. There must be at least one; their order does not matter."""
    merged = merge_versions(events)
    created = [event.at for event in merged if event.type == "ticket.created"]
    created_at = min(created, default=None)
    folding = _Folding(created_at=created_at)
    for (at, *_), event in sorted([(_place(event, created_at), event) for event in merged], key=itemgetter(0)):
        _STEPS[event.type](folding, event, at)
    moments = [event.at for event in merged]
    return folding.ticket(ticket, first_at=min(moments), last_at=max(max(moments), created_at or 0))


def merge_versions(events: Iterable[Event]) -> list[Event]:
    """One event per id: of several versions, a later one's present values stand over an earlier one's.

    Versions are ordered by when the desk's object was last changed, then by content, never by arrival.
    """
    every = list(events)
    if len({event.id for event in every}) == len(every):
        return every
    by_id: dict[str, list[Event]] = {}
    for event in every:
        by_id.setdefault(event.id, []).append(event)
    return [versions[0] if len(versions) == 1 else _merged(versions) for versions in by_id.values()]


def _merged(versions: list[Event]) -> Event:
    versions.sort(key=lambda event: (event.at if event.seen is None else event.seen, event.content_hash()))
    data: dict[str, JSONValue] = {}
    for version in versions:
        fields = {**data["fields"], **version.data["fields"]} if "fields" in data and "fields" in version.data else None
        data.update(version.data)
        if fields is not None:
            data["fields"] = fields
    seq = next((version.seq for version in reversed(versions) if version.seq is not None), None)
    return versions[-1]._replace(data=data, seq=seq)


def _place(event: Event, created_at: Instant | None) -> tuple[Instant, int, int, int, str]:
    at = event.at if created_at is None or event.at > created_at else created_at
    status = _STATUS_ORDER[event.data["status"]] if event.type == "status.changed" else 0
    return at, _RANK[event.type], event.seq or 0, status, event.id


@dataclass(slots=True)
class _Folding:
    """What is known after some of the events."""

    created_at: Instant | None
    created_by: str | None = None
    status: str = "new"
    counted_status: str = "new"
    channel: str | None = None
    department: str | None = None
    agent: str | None = None
    customer: str | None = None
    tags: frozenset[str] = frozenset()
    fields: dict[str, str | None] = field(default_factory=dict)
    merged_into: str | None = None
    handover_at: Instant | None = None
    messages: list[Message] = field(default_factory=list)
    statuses: list[StatusChange] = field(default_factory=list)
    resolutions: list[Resolution] = field(default_factory=list)
    transfers: list[Instant] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    surveys: list[SurveySent] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    contacts: dict[str, LiveContact] = field(default_factory=dict)

    def ticket(self, ticket: str, *, first_at: Instant, last_at: Instant) -> Ticket:
        return Ticket(
            ticket=ticket,
            first_at=first_at,
            last_at=last_at,
            created_at=self.created_at,
            created_by=self.created_by,
            status=self.status,
            counted_status=self.counted_status,
            channel=canonical(self.channel),
            channel_word=self.channel,
            department=self.department,
            agent=self.agent,
            customer=self.customer,
            tags=tuple(sorted(self.tags)),
            fields=self.fields,
            merged_into=self.merged_into,
            handover_at=self.handover_at,
            messages=tuple(self.messages),
            statuses=tuple(self.statuses),
            resolutions=tuple(self.resolutions),
            transfers=tuple(self.transfers),
            stays=tuple(self.stays) or (Stay(first_at, canonical(self.channel), self.department),),
            surveys=tuple(self.surveys),
            answers=tuple(self.answers),
            contacts=tuple(self.contacts.values()),
        )

    def credit(self, event: Event, at: Instant, *, author: bool = False) -> Credit:
        """Who is credited with an event; its author is named by the desk too where they may be."""
        data = event.data
        written = data.get("author") if author and data.get("by") == "agent" else None
        return Credit(data.get("agent") or written, self.agent, at)

    def stay(self, at: Instant) -> None:
        """Remember where the ticket is from now on."""
        stay = Stay(at, canonical(self.channel), self.department)
        if not self.stays or self.stays[-1][1:] != stay[1:]:
            self.stays.append(stay)

    def created(self, event: Event, at: Instant) -> None:
        data = event.data
        if self.created_by is None:
            self.created_by = data.get("by")
        for name in ("channel", "department", "agent", "customer"):
            if name in data:
                setattr(self, name, data[name])
        if "tags" in data:
            self.tags = frozenset(data["tags"])
        self.fields.update(data.get("fields", {}))
        self.stay(at)

    def updated(self, event: Event, _at: Instant) -> None:
        self.fields.update(event.data.get("fields", {}))
        if "customer" in event.data:
            self.customer = event.data["customer"]

    def moved(self, event: Event, at: Instant) -> None:
        if "channel" in event.data:
            self.channel = event.data["channel"]
        if "department" in event.data and event.data["department"] != self.department:
            self.department = event.data["department"]
            self.transfers.append(at)
        self.stay(at)

    def assigned(self, event: Event, _at: Instant) -> None:
        self.agent = event.data["agent"]

    def tagged(self, event: Event, _at: Instant) -> None:
        data = event.data
        changed = (self.tags | frozenset(data.get("add_tags", ()))) - frozenset(data.get("remove_tags", ()))
        self.tags = frozenset(data["tags"]) if "tags" in data else changed

    def sent(self, event: Event, at: Instant) -> None:
        data = event.data
        message = Message(
            at=at,
            by=data["by"],
            author=data.get("author"),
            public=data.get("public", True),
            auto=data.get("auto", False),
            department=data.get("department", self.department),
        )
        self.messages.append(message)
        if data.get("customer"):
            self.customer = data["customer"]

    def handed_over(self, _event: Event, at: Instant) -> None:
        if self.handover_at is None:
            self.handover_at = at

    def status_changed(self, event: Event, at: Instant) -> None:
        status: str = event.data["status"]
        if status == self.status:
            return
        self.status = status
        self.statuses.append(StatusChange(at, status))
        if status in OUT_OF_COUNT:
            return
        was, now = self.counted_status in RESOLVED, status in RESOLVED
        self.counted_status = status
        if now and not was:
            credit = self.credit(event, at, author=True)
            self.resolutions.append(Resolution(at, credit, self.department, tuple(sorted(self.tags))))
        if was and not now:
            self.resolutions[-1] = self.resolutions[-1]._replace(undone_at=at)

    def survey_sent(self, event: Event, at: Instant) -> None:
        self.surveys.append(
            SurveySent(
                at=at,
                kind=event.data["kind"],
                survey=event.data.get("survey", event.data["kind"]),
                touchpoint=event.data.get("touchpoint", ""),
                credit=self.credit(event, at),
                department=event.data.get("department", self.department),
            )
        )

    def answered(self, event: Event, at: Instant) -> None:
        data = event.data
        survey = data.get("survey", data["kind"])
        asked = (asked_as(survey), data["kind"])
        sent = next((sent for sent in self.surveys if (sent.survey, sent.kind) == asked), None)
        self.answers.append(
            Answer(
                at=at,
                kind=data["kind"],
                survey=survey,
                touchpoint=data.get("touchpoint", sent.touchpoint if sent else ""),
                score=data["score"],
                low=data["scale"][0],
                high=data["scale"][1],
                direction=data.get("direction"),
                comment=data.get("comment"),
                credit=self.credit(event, at) if sent is None or data.get("agent") else sent.credit,
                department=data.get("department", sent.department if sent else self.department),
            )
        )

    def judged(self, event: Event, _at: Instant) -> None:
        survey = (event.data.get("survey", event.data["kind"]), event.data["kind"])
        valid = event.type == "survey.restored"
        reason = None if valid else event.data.get("reason")
        self.answers = [
            answer._replace(valid=valid, reason=reason) if (answer.survey, answer.kind) == survey else answer
            for answer in self.answers
        ]

    def merged(self, event: Event, _at: Instant) -> None:
        self.merged_into = event.data["into"]

    def live(self, event: Event, at: Instant) -> None:
        data = event.data
        contact = self.contacts.get(data["contact"]) or LiveContact(data["contact"], None, None)
        moment = {"live.queued": "queued_at", "live.answered": "answered_at", "live.ended": "ended_at"}[event.type]
        known = {name: data[name] for name in ("media", "direction", "outcome", "agent") if data.get(name)}
        if getattr(contact, moment) is None:
            known[moment] = at
        if contact.answered_at is not None:
            known.pop("agent", None)  # who took it stays who took it, whoever ends it
        self.contacts[contact.contact] = replace(contact, **known)


_STEPS: Final = {
    "ticket.created": _Folding.created,
    "ticket.updated": _Folding.updated,
    "ticket.moved": _Folding.moved,
    "ticket.assigned": _Folding.assigned,
    "ticket.tagged": _Folding.tagged,
    "ticket.handover": _Folding.handed_over,
    "ticket.merged": _Folding.merged,
    "message.sent": _Folding.sent,
    "status.changed": _Folding.status_changed,
    "live.queued": _Folding.live,
    "live.answered": _Folding.live,
    "live.ended": _Folding.live,
    "survey.sent": _Folding.survey_sent,
    "survey.answered": _Folding.answered,
    "survey.invalidated": _Folding.judged,
    "survey.restored": _Folding.judged,
}
