"""Short ways to build a morning: an account at eleven on a Wednesday, its page, and calls in small_world's way."""

from __future__ import annotations

from typing import Any, Final

from integrations.events import Event, event
from integrations.times import MINUTE
from tests.workers.small_world import Story, at, tell, ticket
from workers.accounts import Account
from workers.now.now import now_page
from workers.now.page import NowPage
from workers.periods import date_of
from workers.runtime import Runtime

#: A Wednesday.
NOW: Final = "2026-03-18 11:00"


def page(runtime: Runtime, account: Account) -> NowPage:
    """The page of the runtime's moment."""
    with runtime.database.read() as connection:
        return now_page(connection, account, now=runtime.clock())


def changed(id_: str, created_at: str, word: str, minutes: int, **more: Any) -> Story:
    """A ticket whose status became another one so many minutes after it was opened."""
    when = at(created_at) + minutes * MINUTE
    return [*ticket(id_, created_at, **more), event("status.changed", id_, when, status=word)]


def lost(id_: str, when: str, *, customer: str | None = None, outcome: str = "missed", **more: Any) -> Story:
    """A call that ended after a minute and that nobody took."""
    made: dict[str, Any] = {"channel": "voice", "by": "customer", **({"customer": customer} if customer else {})}
    contact: dict[str, Any] = {"contact": f"call-{id_}", "media": "voice", "direction": "in", **more}
    start = at(when)
    return [
        event("ticket.created", id_, start, **made),
        event("live.queued", id_, start, **contact),
        event("live.ended", id_, start + MINUTE, outcome=outcome, **contact),
    ]


def wrote(id_: str, when: str, *, by: str = "agent") -> Event:
    """A public message."""
    return event("message.sent", id_, at(when), by=by, author="7", public=True)


def iso(day: int) -> str:
    """A day as `2026-03-18`."""
    return date_of(day).isoformat()


__all__ = ["NOW", "at", "changed", "iso", "lost", "page", "tell", "ticket", "wrote"]
