"""What the benches stand on: real servers, a fresh database, an account, and made-up tickets."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from integrations.events import Event, event
from integrations.times import MINUTE, SECOND, Instant
from tests.conftest import prepare
from tests.servers import running_postgresql, running_redis
from workers.accounts import Account
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings
from workers.store import accounts
from workers.store.calls import NewCall, open_writer

DATABASES = ("SQLite", "PostgreSQL")
_CHANNELS = ("email", "chat", "voice", "web_form", "messaging")


@contextmanager
def servers() -> Iterator[dict[str, Any]]:
    """A Redis and a PostgreSQL for the whole run."""
    with running_redis() as redis, running_postgresql() as postgresql:
        yield {"redis": redis, "postgresql": postgresql}


@contextmanager
def runtime_on(database: str, started: dict[str, Any], **variables: str) -> Iterator[Runtime]:
    """A runtime on an empty database of that kind."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/deskpulse.db"
        if database == "PostgreSQL":
            url = started["postgresql"].new(prepare=prepare)
        else:
            prepare(url)
        settings = Settings.read(
            {
                "DESKPULSE_HOME": str(Path(folder) / "home"),
                "DESKPULSE_DATABASE_URL": url,
                "DESKPULSE_REDIS_URL": started["redis"],
                "DESKPULSE_SECRET_KEY": "a key for the benches, of no worth elsewhere",
                **variables,
            }
        )
        runtime = open_runtime(settings)
        yield runtime
        runtime.database.dispose()
        if database == "PostgreSQL":
            started["postgresql"].drop(url)


def add_account(runtime: Runtime, slug: str = "bench", secret: str = "a secret of the benches") -> Account:
    """An account of the generic desk."""
    with runtime.database.write() as connection:
        return accounts.add(connection, slug, "generic", {}, secret=secret, vault=runtime.vault, now=runtime.clock())


def story(number: int, now: Instant, chance: random.Random) -> list[Event]:
    """One ticket of six or seven events within the last month."""
    ticket, at = f"T{number}", now - chance.randrange(30 * 24 * 60) * MINUTE - 3 * 24 * 60 * MINUTE
    agent = f"agent-{chance.randrange(20)}"
    answered = at + chance.randrange(1, 120) * MINUTE
    solved = answered + chance.randrange(1, 1440) * MINUTE
    events = [
        event(
            "ticket.created", ticket, at, channel=chance.choice(_CHANNELS), by="customer",
            customer=f"customer-{number % 5000}", department=f"department-{number % 4}",
        ),
        event("message.sent", ticket, at, by="customer", message=f"{number}-1", public=True),
        event("ticket.assigned", ticket, answered, agent=agent),
        event("message.sent", ticket, answered, by="agent", author=agent, message=f"{number}-2", public=True),
        event("status.changed", ticket, answered, status="pending"),
        event("status.changed", ticket, solved, status="resolved", by="agent", author=agent),
    ]  # fmt: skip
    if chance.random() < 0.25:
        answer = event(
            "survey.answered", ticket, solved + 300 * SECOND, kind="csat", score=chance.randint(1, 5), scale=[1, 5]
        )
        events.append(answer)
    return events


def stories(events: int, now: Instant, *, seed: int = 1, first: int = 0) -> list[Event]:
    """About so many events of made-up tickets, ticket by ticket."""
    chance = random.Random(seed)
    made: list[Event] = []
    number = first
    while len(made) < events:
        made += story(number, now, chance)
        number += 1
    return made[:events]


def keep(runtime: Runtime, events: list[Event], *, a_call: int = 1) -> None:
    """The events as calls that the door has kept, so many events a call."""
    writer = open_writer(runtime.database.door)
    calls = [
        NewCall("bench", "generic", None, runtime.clock(), "{}", "{}", body(events[place : place + a_call]))
        for place in range(0, len(events), a_call)
    ]
    for place in range(0, len(calls), 500):
        writer.write(calls[place : place + 500])
    writer.close()


def body(events: list[Event]) -> bytes:
    """The body of a generic call."""
    lines = [one.json() for one in events]
    return orjson.dumps(lines[0] if len(lines) == 1 else {"events": lines})
