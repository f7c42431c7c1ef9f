"""A few tickets whose figures can be worked out by hand, taken in as a desk's history would be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from integrations.base import Reading
from integrations.events import Event, event
from integrations.times import HOUR, MINUTE, Instant, instant_of_iso
from workers.accounts import Account
from workers.pipeline import Incoming, absorb
from workers.runtime import Runtime

Story = list[Event]


def at(text: str) -> Instant:
    """`2026-03-09 10:00` as UTC."""
    return instant_of_iso(text.replace(" ", "T") + "+00:00")


def ticket(
    id_: str,
    created: str,
    *,
    channel: str = "email",
    agent: str = "7",
    department: str = "s",
    answered: int | None = None,
    resolved: int | None = None,
    csat: int | None = None,
    ces: int | None = None,
    comment: str = "",
    tags: tuple[str, ...] = (),
    fields: dict[str, str] | None = None,
) -> Story:
    """One conversation; `answered` and `resolved` are minutes after creation, surveys come an hour after it."""
    start = at(created)
    made: dict[str, Any] = {"channel": channel, "by": "customer", "customer": f"c-{id_}", "department": department}
    made |= {"tags": list(tags)} if tags else {}
    made |= {"fields": fields} if fields else {}
    story = [event("ticket.created", id_, start, **made)]
    if answered is not None:
        story.append(event("message.sent", id_, start + answered * MINUTE, by="agent", author=agent, public=True))
    if resolved is not None:
        when = start + resolved * MINUTE
        story.append(event("status.changed", id_, when, status="resolved", by="agent", author=agent))
    for kind, score, scale in (("csat", csat, [1, 5]), ("ces", ces, [1, 7])):
        if score is not None:
            story.append(answer(id_, start + HOUR, kind=kind, score=score, scale=scale, agent=agent, comment=comment))
    return story


def answer(id_: str, when: Instant, *, comment: str = "", **told: Any) -> Event:
    """An answer to a survey after resolution."""
    asked: dict[str, Any] = {"survey": told["kind"], "touchpoint": "after resolution", **told}
    asked |= {"comment": comment} if comment else {}
    return event("survey.answered", id_, when, **asked)


def tell(runtime: Runtime, account: Account, *stories: Story, names: dict[str, dict[str, str]] | None = None) -> None:
    """Take these stories in, as from a back-fill."""
    events = tuple(one for story in stories for one in story)
    with runtime.database.write() as connection:
        incoming = Incoming(Reading(events=events, names=names or {}), "backfill", runtime.clock())
        absorb(connection, account, [incoming], now=runtime.clock())


def a_week(first: str, count: int, prefix: str, **told: Any) -> Iterator[Story]:
    """So many tickets, one a day from that day on, at ten o'clock."""
    start = date.fromisoformat(first)
    for number in range(count):
        yield ticket(f"{prefix}{number}", f"{start + timedelta(days=number)} 10:00", **told)
