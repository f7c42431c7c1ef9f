"""A whole day in a simulated Freshdesk, against what really happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from dataclasses import replace
from typing import ClassVar, Final
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from integrations.freshdesk.simulated_world import PENDING, RESOLVED, Kept
from integrations.freshdesk.simulator import Simulator
from integrations.registry import desk_named
from integrations.times import Instant, instant_of_iso
from tests.desks.day import WORDS, ZONE, By, Clock, DayContract, Performer, Survey, Tells
from tests.desks.hooks import Written

#: Canonical channel → the source of its tickets; 13 is known by its label only.
_SOURCES: Final = {"email": 1, "web_form": 9, "chat": 7, "messaging": 13}
_CODES: Final = {1: -103, 2: 100, 3: 103}


class FreshdeskDay(Performer):
    """The day as people make it in Freshdesk."""

    def __init__(self, clock: Clock) -> None:
        self.simulator = Simulator(1, ZONE, clock=clock)
        self.app, self.credentials = self._overheard, self.simulator.credentials
        self.violations = self.simulator.violations
        self._answered: set[tuple[str, Instant]] = set()  #: ticket and moment of each change of status in an answer
        self.world = self.simulator.world
        # The limit is counted by the wall clock, not by the story's.
        self.simulator.api.calls_per_minute = self.simulator.api.lists_per_minute = 10**9
        self._agents = dict(zip(("eva", "ivo", "mira"), self.simulator.life.agents, strict=False))
        self._people: dict[str, int] = {}

    def connect(self, webhook_url: str, secret: str) -> None:
        self.simulator.connect_app(webhook_url, secret)

    def open(self, at: Instant, *, channel: str, customer: str) -> str:
        if customer not in self._people:
            self._people[customer] = self.world.add_contact(customer, f"{customer}@customers.example").id
        made = self.world.open(at, self._people[customer], subject="Where is it?", body=WORDS, source=_SOURCES[channel])
        return str(made.id)

    def reply(self, ticket: str, at: Instant, *, by: By, who: str) -> None:
        found = self._found(ticket)
        if by == "customer":
            self.world.say(found, at, found.requester, WORDS, incoming=True)
            return
        self.world.say(found, at, self._agents[who], WORDS)
        self.world.set_status(found, at, PENDING)

    def note(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.say(self._found(ticket), at, self._agents[agent], WORDS, private=True, source=2)

    def assign(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.assign(self._found(ticket), at, agent=self._agents[agent])

    def transfer(self, ticket: str, at: Instant, *, agent: str) -> None:
        del agent
        self.world.assign(self._found(ticket), at, group=self.simulator.life.groups[0])

    def resolve(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.set_status(self._found(ticket), at, RESOLVED)

    def merge(self, ticket: str, at: Instant, *, into: str) -> None:
        self.world.merge(self._found(ticket), at, self._found(into), self._agents["eva"])

    def rate(self, ticket: str, at: Instant, *, score: int, comment: str) -> None:
        self.world.rate(self._found(ticket), at, _CODES[score], comment)

    def flush(self) -> None:
        self.simulator.flush()

    def written(self) -> Written:
        simulator = self.simulator
        ids = [str(ticket) for ticket in self.world.tickets if str(ticket) not in simulator.summaries()]
        return Written(
            tags={ticket: simulator.tags(ticket) for ticket in ids},
            fields={ticket: self._scores(ticket) for ticket in ids},
            notes={ticket: tuple(simulator.notes(ticket)) for ticket in ids},
            summaries=simulator.summaries(),
        )

    def untold(self, lost: Iterable[bytes]) -> Set[tuple[str, Instant]]:
        return frozenset(map(_moment, filter(_tells_status, lost))) - self._answered

    def _overheard(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The API, whose pages of tickets tell the last moment of each status."""
        body = b"".join(self.simulator.app(environ, start_response))
        told = json.loads(body) if body else None
        if isinstance(told, dict) and "stats" in told:
            self._answered |= {(str(told["id"]), instant_of_iso(at)) for at in told["stats"].values() if at}
        return [body]

    def _scores(self, ticket: str) -> dict[str, str]:
        """The fields that connecting made, by the kinds of survey that they hold."""
        return {key.removeprefix("deskpulse_"): value for key, value in self.simulator.fields(ticket).items()}

    def _found(self, ticket: str) -> Kept:
        return self.world.tickets[int(ticket)]


class RuledDay(FreshdeskDay):
    """The same where an administrator pasted the rules: their hints name a ticket, which is then asked about."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._changed: set[tuple[str, Instant]] = set()

    def connect(self, webhook_url: str, secret: str) -> None:
        self.simulator.connect(webhook_url, secret)

    def flush(self) -> None:
        changes = [one for one in self.world.fired if "status" in one.changes]
        self._changed |= {(str(one.ticket), self.world.tickets[one.ticket].updated) for one in changes}
        super().flush()

    def untold(self, lost: Iterable[bytes]) -> Set[tuple[str, Instant]]:
        del lost  # their hints say nothing themselves
        return self._changed - self._answered


def _tells_status(body: bytes) -> bool:
    return "status" in json.loads(body)["data"].get("ticket", {}).get("changes", {})


def _moment(body: bytes) -> tuple[str, Instant]:
    ticket = json.loads(body)["data"]["ticket"]
    return str(ticket["id"]), instant_of_iso(ticket["updated_at"])


class TestDay(DayContract):
    desk = desk_named("freshdesk")
    tells: ClassVar = Tells(
        channels=tuple(_SOURCES),
        survey=Survey((1, 3), scores=(1, 2, 3), low=frozenset({1})),
        merges=True,
        after_agent="pending",
        after_customer="open",
    )

    def performer(self, clock: Clock) -> Performer:
        return FreshdeskDay(clock)


@pytest.mark.slow
class TestDayByRules(TestDay):
    """Without transfers: the group in which a ticket is first seen is taken for its first one."""

    tells: ClassVar = replace(TestDay.tells, transfers=False)

    def performer(self, clock: Clock) -> Performer:
        return RuledDay(clock)
