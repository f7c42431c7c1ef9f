"""A whole day in a desk that speaks canonical events and has a bridge, against what really happened."""

from __future__ import annotations

from typing import Any, Final

from integrations.generic.life import Line, Ticket
from integrations.generic.simulator import Simulator
from integrations.registry import desk_named
from integrations.times import Instant
from tests.desks.day import By, Clock, DayContract, Performer, Survey, Tells
from tests.desks.hooks import Written

CONTACTS: Final = frozenset({"voice"})
_SURVEY: Final = {"kind": "csat", "scale": [1, 5]}


class GenericDay(Performer):
    """The day as a desk of one's own would tell it."""

    def __init__(self, clock: Clock) -> None:
        self.simulator = Simulator(3)
        self.simulator.clock = clock
        self._clock = clock
        self.app, self.violations = self.simulator.app, self.simulator.refused

    def connect(self, webhook_url: str, secret: str) -> None:
        self.credentials = {"secret": secret}
        self.simulator.connect(webhook_url, secret)

    def open(self, at: Instant, *, channel: str, customer: str) -> str:
        ticket = f"T-{len(self.simulator.tickets) + 1}"
        self.simulator.life.tickets[ticket] = Ticket(ticket, at)
        who = {"by": "customer", "author": customer}
        created = {"type": "ticket.created", "channel": channel, "customer": customer, **who}
        came = _live("queued") if channel in CONTACTS else _said(by="customer", who=customer)
        self._happened(ticket, at, created, came)
        return ticket

    def reply(self, ticket: str, at: Instant, *, by: By, who: str) -> None:
        self._happened(ticket, at, _said(by=by, who=who))

    def note(self, ticket: str, at: Instant, *, agent: str) -> None:
        self._happened(ticket, at, _said(by="agent", who=agent, public=False))

    def assign(self, ticket: str, at: Instant, *, agent: str) -> None:
        self._happened(ticket, at, {"type": "ticket.assigned", "agent": agent, "by": "agent", "author": agent})

    def hand_over(self, ticket: str, at: Instant) -> None:
        self._happened(ticket, at, {"type": "ticket.handover"})

    def pick_up(self, ticket: str, at: Instant, *, agent: str) -> None:
        self._happened(ticket, at, _live("answered", agent=agent))

    def hang_up(self, ticket: str, at: Instant) -> None:
        answered = any(line["type"] == "live.answered" for line in self.simulator.life.tickets[ticket].lines)
        self._happened(ticket, at, _live("ended", outcome="handled" if answered else "abandoned"))

    def transfer(self, ticket: str, at: Instant, *, agent: str) -> None:
        self._happened(ticket, at, {"type": "ticket.moved", "department": "billing"})

    def resolve(self, ticket: str, at: Instant, *, agent: str) -> None:
        self._happened(ticket, at, {"type": "status.changed", "status": "resolved", "by": "agent", "author": agent})

    def reopen(self, ticket: str, at: Instant, *, customer: str) -> None:
        opened = {"type": "status.changed", "status": "open", "by": "customer", "author": customer}
        self._happened(ticket, at, _said(by="customer", who=customer), opened)

    def merge(self, ticket: str, at: Instant, *, into: str) -> None:
        self._happened(ticket, at, {"type": "ticket.merged", "into": into})

    def rate(self, ticket: str, at: Instant, *, score: int, comment: str) -> None:
        self._happened(ticket, at, {"type": "survey.answered", **_SURVEY, "score": score, "comment": comment or None})

    def flush(self) -> None:
        self.simulator._post(self._clock.now)

    def written(self) -> Written:
        tickets = self.simulator.tickets.values()
        return Written(
            tags={one.id: frozenset(one.tags) for one in tickets},
            fields={one.id: dict(one.fields) for one in tickets},
            notes={one.id: tuple(one.notes) for one in tickets},
            summaries={id_: str(summary) for id_, summary in self.simulator.summaries.items()},
        )

    def _happened(self, ticket: str, at: Instant, *lines: Line) -> None:
        found = self.simulator.life.tickets[ticket]
        found.story.append((0, list(lines)))
        self.simulator._outbox.append(self.simulator._as_call(found.play(at)))


def _said(*, by: By, who: str, public: bool = True) -> Line:
    return {"type": "message.sent", "by": by, "author": who, "public": public}


def _live(what: str, **more: Any) -> Line:
    return {"type": f"live.{what}", "contact": "c-1", "media": "voice", "direction": "in", **more}


class TestDay(DayContract):
    desk = desk_named("generic")
    tells = Tells(
        channels=("email", "web_form", "chat", "messaging", "voice", "social", "sms"),
        survey=Survey((1, 5), scores=(1, 2, 3, 4, 5), low=frozenset({1, 2})),
        bots=True,
        merges=True,
        contacts=CONTACTS,
    )

    def performer(self, clock: Clock) -> Performer:
        return GenericDay(clock)
