"""Accounts to look at: one of twelve busy weeks, one with nothing, one with 50 departments, one with hostile names."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from integrations.base import Reading
from integrations.events import Event, event
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant
from tests.workers.small_world import at
from tests.workers.standing import Clock, Nudged
from workers.accounts import Account
from workers.pipeline import Incoming, absorb
from workers.runtime import Runtime
from workers.secrets import vault
from workers.settings import Settings
from workers.store import accounts, figures
from workers.store.database import open_database
from workers.store.migrations import upgrade

#: A Wednesday noon.
NOW: Final = at("2026-03-18 12:00")
DAYS: Final = 84
KEY: Final = "a key for the tests, of no worth elsewhere"
HOSTILE: Final = "\"><script>alert(1)</script><img src=x onerror=alert(2)>&{{7*7}}'‮`=1+1"
SETTINGS: Final[dict[str, Any]] = {
    "time_zone": "Europe/Zagreb",
    "targets": {
        "email": {"first_response": 4 * 3600, "goal": 90},
        "chat": {"first_response": 60, "goal": 85},
        "web_form": {"first_response": 8 * 3600, "goal": 90},
    },
    "surveys": {"csat": {"scale": [1, 5], "follow_up_below": 3}},
}

#: Channel → tickets a working day, median minutes to the first response, median hours to resolution, how it is rated.
_CHANNELS: Final = {
    "email": (11, 100.0, 16.0, 0.86),
    "chat": (8, 0.6, 1.5, 0.92),
    "web_form": (5, 160.0, 22.0, 0.8),
    "voice": (5, 0.4, 3.0, 0.88),
    "messaging": (3, 12.0, 6.0, 0.9),
}
_AGENTS: Final = {"a1": "Ana Kovač", "a2": "Boris Novak", "a3": "Eva Horvat", "a4": "Ivan Babić", "a5": "Mia Zupan"}
_DEPARTMENTS: Final = {"d1": "Billing", "d2": "Technical", "d3": "Sales"}
_TAGS: Final = ("invoice", "login", "delivery", "refund", "bug", "how-to")
_UNHAPPY: Final = (
    "It took three days until somebody read my message.",
    "I had to explain everything twice.",
    "The link you sent me did not work, and nobody answered after that.",
    "Nobody told me why.",
)
_HAPPY: Final = ("Quick and friendly, thank you.", "Solved at once!", "Good help, and a person this time.")


@dataclass(frozen=True)
class World:
    """The database of these accounts, and the clock by which they are looked at."""

    runtime: Runtime

    def account(self, slug: str) -> Account:
        """One of them."""
        with self.runtime.database.read() as connection:
            found = accounts.find(connection, slug, self.runtime.vault)
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what there is in an account."""

    agents: dict[str, str]
    departments: dict[str, str]
    tags: tuple[str, ...]
    unhappy: tuple[str, ...]
    happy: tuple[str, ...]


USUAL: Final = Cast(_AGENTS, _DEPARTMENTS, _TAGS, _UNHAPPY, _HAPPY)
WIDE: Final = Cast(
    {f"a{number:02}": f"Agent {number:02}" for number in range(30)},
    {f"d{number:02}": f"Department with a rather long name {number:02}" for number in range(50)},
    tuple(f"tag-{number:02}" for number in range(80)),
    _UNHAPPY,
    _HAPPY,
)
NASTY: Final = Cast({"x1": HOSTILE}, {"y1": HOSTILE + " department"}, (HOSTILE,), (HOSTILE + " comment",), (HOSTILE,))


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """A database in this folder with all of the accounts, filled as a back-fill would."""
    with opened(folder) as made:
        upgrade(made.runtime.database)
        _fill(made.runtime, "acme", USUAL, days=DAYS, pace=1.0)
        _fill(made.runtime, "wide", WIDE, days=15, pace=1.5)
        _fill(made.runtime, "nasty", NASTY, days=15, pace=0.3)
        _fill(made.runtime, "empty", USUAL, days=0, pace=0.0)
        yield made


@contextmanager
def opened(folder: Path) -> Iterator[World]:
    """What lies in this folder."""
    variables = {"HOME": str(folder), "DATABASE_URL": f"sqlite:///{folder}/deskpulse.db", "SECRET_KEY": KEY}
    settings = Settings.read({f"DESKPULSE_{name}": value for name, value in variables.items()})
    database = open_database(settings.database_url)
    try:
        yield World(Runtime(settings, database, vault(settings), clock=Clock(NOW), nudge=Nudged()))
    finally:
        database.dispose()


def _fill(runtime: Runtime, slug: str, cast: Cast, *, days: int, pace: float) -> None:
    settings = {**SETTINGS, "desk": {"url": "https://desk.example"}}
    with runtime.database.write() as connection:
        account = accounts.add(
            connection, slug, "zendesk", settings, secret="whsec_a2V5", vault=runtime.vault, now=NOW - DAYS * DAY
        )
    events = tuple(_events(random.Random(slug), cast, days, pace))
    names = {"agent": cast.agents, "department": cast.departments} if days else {}
    with runtime.database.write() as connection:
        absorb(connection, account, [Incoming(Reading(events=events, names=names), "backfill", NOW)], now=NOW)
    figures.compact(runtime.database, slug, budget_seconds=60)


def _events(chance: random.Random, cast: Cast, days: int, pace: float) -> Iterator[Event]:
    number = 1000
    for back in range(days, -1, -1):
        morning = (NOW - back * DAY) // DAY * DAY + 7 * HOUR
        quiet = 0.3 if (NOW // DAY - back + 3) % 7 > 4 else 1.0
        for channel, told in _CHANNELS.items():
            for _ in range(round(told[0] * quiet * pace * chance.uniform(0.6, 1.4))):
                number += 1
                start = morning + round(chance.triangular(0, 12 * HOUR, 3 * HOUR))
                if start < NOW:
                    yield from _ticket(chance, cast, f"{number}", channel, start, worse=back < 10)


def _ticket(
    chance: random.Random, cast: Cast, id_: str, channel: str, start: Instant, *, worse: bool
) -> Iterator[Event]:
    """One conversation; of late, e-mail is answered later and rated lower."""
    _, minutes, hours, liked = _CHANNELS[channel]
    if worse and channel == "email":
        minutes, liked = minutes * 2.5, liked - 0.25
    agent, department = chance.choice(list(cast.agents)), chance.choice(list(cast.departments))
    customer = f"c{chance.randrange(400)}"
    yield event(
        "ticket.created", id_, start, channel=channel, by="customer", customer=customer, department=department,
        tags=[chance.choice(cast.tags)],
    )  # fmt: skip
    answered = start + round(minutes * chance.lognormvariate(0, 0.8) * MINUTE)
    if channel in ("voice", "chat"):
        yield from _contact(chance, id_, channel, agent, start, answered)
        if chance.random() < 0.05:
            yield from _given_up(id_, start)
            return
    if answered > NOW:
        return
    yield event("ticket.assigned", id_, start + 20 * SECOND, agent=agent)
    yield event("message.sent", id_, answered, by="agent", author=agent, public=True)
    resolved = answered + round(hours * chance.lognormvariate(0, 0.9) * HOUR)
    if resolved > NOW or chance.random() < 0.06:
        return
    yield event("status.changed", id_, resolved, status="resolved", by="agent", author=agent)
    yield from _asked(chance, cast, id_, resolved, agent, liked)
    if chance.random() < 0.07 and resolved + DAY < NOW:
        yield event("status.changed", id_, resolved + DAY, status="open", by="customer")


def _given_up(id_: str, start: Instant) -> Iterator[Event]:
    """Nobody came; the desk closes it on the next day."""
    if start + DAY < NOW:
        yield event("status.changed", id_, start + DAY, status="resolved", by="system")


def _contact(
    chance: random.Random, id_: str, channel: str, agent: str, start: Instant, answered: Instant
) -> Iterator[Event]:
    told: dict[str, Any] = {"contact": f"k{id_}", "media": "voice" if channel == "voice" else "chat"}
    yield event("live.queued", id_, start, direction="in", **told)
    if chance.random() < 0.12:
        ended = start + chance.randrange(12, 90) * SECOND
        yield event("live.ended", id_, ended, outcome=chance.choice(("missed", "abandoned")), **told)
        return
    if answered < NOW:
        yield event("live.answered", id_, answered, by="agent", author=agent, **told)


def _asked(chance: random.Random, cast: Cast, id_: str, resolved: Instant, agent: str, liked: float) -> Iterator[Event]:
    yield event("survey.sent", id_, resolved, survey="after resolution", kind="csat", agent=agent)
    when = resolved + round(chance.uniform(0.2, 20) * HOUR)
    if when > NOW or chance.random() > 0.42:
        return
    score = chance.choice((4, 5, 5)) if chance.random() < liked else chance.choice((1, 2, 3))
    said = chance.choice(cast.happy if score > 3 else cast.unhappy)
    comment: dict[str, Any] = {"comment": said} if chance.random() < 0.5 else {}
    yield event(
        "survey.answered", id_, when, survey="after resolution", kind="csat", score=score, scale=[1, 5],
        touchpoint="after resolution", agent=agent, **comment,
    )  # fmt: skip
    if chance.random() < 0.3:
        yield event(
            "survey.answered", id_, when, survey="effort", kind="ces", score=chance.choice((2, 4, 5, 6, 7)),
            scale=[1, 7], touchpoint="after resolution", agent=agent,
        )  # fmt: skip
