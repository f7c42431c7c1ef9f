"""What happens in the simulated desk: customers write, call and chat; agents answer; surveys come back.

A ticket's whole story is drawn when it starts, as moves with the seconds between them; time only plays it. The
numbers are invented, so that every figure has something to show.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, TypeAlias

from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant, iso

Line: TypeAlias = dict[str, Any]
#: Seconds since the move before, and what happens then.
Move: TypeAlias = tuple[int, list[Line]]

_AGENTS: Final = {"a-1": "Eva", "a-2": "Jonas", "a-3": "Mira", "a-4": "Tom"}
_DEPARTMENTS: Final = {"d-1": "Support", "d-2": "Billing"}
_CHANNELS: Final = {"email": 45, "web_form": 20, "chat": 22, "voice": 13}  #: per cent of new tickets
_TOPICS: Final = ("delivery", "invoice", "refund", "login", "cancellation")
_REGIONS: Final = ("north", "south", "islands")
_PER_DAY: Final = 40
_MOST_MOVES: Final = 3  #: of waiting tickets, at one step

_PRAISE: Final = ("Quick and friendly", "Solved at once", "Thank you, Eva!", "")
_BLAME: Final = ("I had to explain it three times", "Nobody called back", "Too slow", "The link did not work")


@dataclass
class Ticket:
    """One conversation: the canonical lines of what happened, and what holds now."""

    id: str
    changed_at: Instant
    lines: list[Line] = field(default_factory=list)
    status: str = "new"
    agent: str | None = None
    tags: set[str] = field(default_factory=set)
    fields: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    story: deque[Move] = field(default_factory=deque)

    def present(self) -> dict[str, Any]:
        """What the bridge says holds now."""
        return {
            "status": self.status,
            "agent": self.agent,
            "tags": sorted(self.tags),
            "fields": dict(self.fields),
            "updated_at": iso(self.changed_at),
        }

    def play(self, at: Instant) -> list[Line]:
        """Let the next move of the story happen at this moment; gives its lines."""
        _, lines = self.story.popleft()
        for line in lines:
            self._take(line, at)
        self.changed_at = at
        return lines

    def _take(self, line: Line, at: Instant) -> None:
        line |= {"ticket": self.id, "at": iso(at), "id": f"{self.id}-{len(self.lines) + 1}"}
        if line["type"] == "message.sent":
            line["message"] = f"m-{line['id']}"
        self.lines.append(line)
        self.status = line.get("status", self.status)
        if line["type"] in ("ticket.created", "ticket.assigned"):
            self.agent = line.get("agent", self.agent)
        self.tags |= set(line.get("tags", ()))
        self.fields |= line.get("fields", {})


class Life:
    """All tickets and their clock."""

    def __init__(self, random: Random) -> None:
        self.tickets: dict[str, Ticket] = {}
        self._random = random
        self._due: list[tuple[Instant, str]] = []

    def names(self) -> dict[str, dict[str, str]]:
        """The names of agents and departments, by id."""
        return {"agent": dict(_AGENTS), "department": dict(_DEPARTMENTS)}

    def live_through(self, days: int, now: Instant) -> None:
        """Let so many days pass up to now."""
        start = now - days * DAY
        for at in sorted(start + int(self._random.random() * days * DAY) for _ in range(days * _PER_DAY)):
            self._play_until(at)
            self._open(at)
        self._play_until(now)

    def move(self, now: Instant) -> Iterator[list[Line]]:
        """One new ticket, all that is due, and a few of the waiting tickets sooner than their story says."""
        yield from self._play_until(now)
        yield self._open(now)
        for _ in range(self._random.randrange(_MOST_MOVES + 1)):
            if self._due:
                due = self._due.pop(self._random.randrange(len(self._due)))
                heapq.heapify(self._due)
                yield self._play(due[1], now)

    def _open(self, at: Instant) -> list[Line]:
        id_ = f"T-{len(self.tickets) + 1:04}"
        customer = f"c-{self._random.randrange(1, max(8, len(self.tickets) * 3 // 4))}"
        self.tickets[id_] = Ticket(id_, at, story=deque(_Story(self._random, customer).moves()))
        return self._play(id_, at)

    def _play(self, id_: str, at: Instant) -> list[Line]:
        ticket = self.tickets[id_]
        lines = ticket.play(at)
        if ticket.story:
            heapq.heappush(self._due, (at + ticket.story[0][0] * SECOND, id_))
        return lines

    def _play_until(self, now: Instant) -> list[list[Line]]:
        played = []
        while self._due and self._due[0][0] <= now:
            at, id_ = heapq.heappop(self._due)
            played.append(self._play(id_, at))
        return played


class _Story:
    """Draws one conversation from beginning to end."""

    def __init__(self, random: Random, customer: str) -> None:
        self._random = random
        self._customer = customer
        self._channel = random.choices(list(_CHANNELS), list(_CHANNELS.values()))[0]
        self._agent = random.choice(list(_AGENTS))
        self._department = "d-2" if random.random() < 0.3 else "d-1"

    def moves(self) -> Iterator[Move]:
        """Every move, in order."""
        tell: Callable[[], Iterator[Move]] = {"chat": self._chat, "voice": self._call}.get(self._channel, self._letters)
        yield from tell()

    def _created(self) -> Line:
        return {
            "type": "ticket.created", "channel": self._channel, "by": "customer", "author": self._customer,
            "customer": self._customer, "department": self._department, "tags": [self._random.choice(_TOPICS)],
            "fields": {"region": self._random.choice(_REGIONS)},
        }  # fmt: skip

    def _from_customer(self) -> Line:
        return {"type": "message.sent", "by": "customer", "author": self._customer, "public": True}

    def _from_agent(self, *, public: bool = True) -> Line:
        return {"type": "message.sent", "by": "agent", "author": self._agent, "public": public}

    def _becomes(self, status: str) -> Line:
        return {"type": "status.changed", "status": status, "by": "agent", "author": self._agent}

    def _between(self, low: Instant, high: Instant) -> int:
        """Seconds, more often near the low end."""
        return int(low + (high - low) * self._random.random() ** 2) // SECOND

    def _letters(self) -> Iterator[Move]:
        yield 0, [self._created(), self._from_customer()]
        if self._random.random() < 0.3:
            yield 5, [{"type": "message.sent", "by": "system", "public": True, "auto": True}]
        if self._random.random() < 0.03:
            yield self._between(MINUTE, HOUR), [self._becomes("spam")]
            return
        assigned = {"type": "ticket.assigned", "agent": self._agent, "by": "system"}
        yield self._between(2 * MINUTE, 2 * HOUR), [assigned, self._becomes("open")]
        for _ in range(self._random.choice((0, 0, 1, 1, 2))):
            yield self._between(5 * MINUTE, 10 * HOUR), [self._from_agent(), self._becomes("pending")]
            yield self._between(10 * MINUTE, 20 * HOUR), [self._from_customer(), self._becomes("open")]
        yield self._between(5 * MINUTE, 12 * HOUR), [self._from_agent(), self._becomes("resolved")]
        if self._random.random() < 0.12:
            yield self._between(HOUR, 3 * DAY), [self._from_customer(), self._becomes("open")]
            yield self._between(5 * MINUTE, 8 * HOUR), [self._from_agent(), self._becomes("resolved")]
        yield from self._asked("ces" if self._channel == "web_form" else "csat", "after resolution", 0.35, HOUR)
        yield 3 * DAY // SECOND, [self._becomes("closed")]

    def _live(self, what: str, **more: str) -> Line:
        return {"type": f"live.{what}", "contact": "k-1", "media": self._channel, "direction": "in", **more}

    def _chat(self) -> Iterator[Move]:
        yield 0, [self._created(), self._from_customer()]
        if self._random.random() < 0.3:
            yield 2, [{"type": "message.sent", "by": "bot", "author": "bot-1", "public": True}]
            yield self._between(20 * SECOND, 2 * MINUTE), [{"type": "ticket.handover"}]
        yield 1, [self._live("queued", department=self._department)]
        if self._random.random() < 0.08:
            yield self._between(15 * SECOND, 3 * MINUTE), [self._live("ended", outcome="abandoned")]
            yield 60, [self._becomes("resolved")]
            return
        yield self._between(5 * SECOND, 2 * MINUTE), [self._live("answered", agent=self._agent)]
        assigned = {"type": "ticket.assigned", "agent": self._agent, "by": "agent", "author": self._agent}
        yield self._between(5 * SECOND, 40 * SECOND), [assigned, self._from_agent()]
        for _ in range(self._random.randrange(1, 5)):
            yield self._between(10 * SECOND, 2 * MINUTE), [self._from_customer()]
            yield self._between(10 * SECOND, 2 * MINUTE), [self._from_agent()]
        yield 30, [self._live("ended", outcome="handled"), self._becomes("resolved")]
        yield from self._asked("csat", "post-chat", 0.55, MINUTE)

    def _call(self) -> Iterator[Move]:
        yield 0, [self._created(), self._live("queued", department=self._department)]
        if self._random.random() < 0.1:
            outcome = self._random.choice(("abandoned", "missed", "voicemail"))
            yield self._between(12 * SECOND, 90 * SECOND), [self._live("ended", outcome=outcome)]
        else:
            yield self._between(4 * SECOND, 50 * SECOND), [self._live("answered", agent=self._agent)]
            yield self._between(MINUTE, 15 * MINUTE), [self._live("ended", outcome="handled")]
        assigned = {"type": "ticket.assigned", "agent": self._agent, "by": "agent", "author": self._agent}
        yield self._between(MINUTE, 10 * MINUTE), [assigned, self._from_agent(public=False), self._becomes("resolved")]
        yield from self._asked("ces", "after call", 0.25, 10 * MINUTE)

    def _asked(self, kind: str, touchpoint: str, answers: float, wait: Instant) -> Iterator[Move]:
        scale = [1, 7] if kind == "ces" else [1, 5]
        survey = {"kind": kind, "survey": f"{kind}-{touchpoint.replace(' ', '-')}", "touchpoint": touchpoint}
        yield 60, [{"type": "survey.sent", **survey, "scale": scale, "agent": self._agent}]
        if self._random.random() < answers:
            score = self._random.choices(range(1, scale[1] + 1), _weights(scale[1]))[0]
            comment = self._random.choice(_PRAISE if score * 2 > scale[1] else _BLAME)
            answered = {"type": "survey.answered", **survey, "scale": scale, "score": score, "agent": self._agent}
            yield self._between(wait, 30 * wait), [answered | ({"comment": comment} if comment else {})]


def _weights(highest: int) -> list[int]:
    """Most answers are good, some are very bad, few lie between."""
    return [2, *([1] * (highest - 3)), 4, 7]
