"""The weeks behind a test of change are those that reports tell, whatever is folded and whatever was taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from integrations.events import event
from tests.workers.small_world import Story, answer, at, tell, ticket
from tests.workers.standing import Clock, add_account
from tests.workers.test_reports import asked
from workers.accounts import Account
from workers.past_weeks import SATISFACTION, SHARES, PastWeeks, past_weeks
from workers.periods import date_of, day_of
from workers.runtime import Runtime
from workers.store import figures

FIRST, LAST, TODAY = "2026-02-16", "2026-03-17", "2026-03-18"
NOW = f"{TODAY} 12:00"
CHANNELS = ("email", "chat", "voice", None)


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))


def conversations() -> Iterator[Story]:
    """Six a day from a week before on: letters and chats, some late, some unhappy, some never solved."""
    for number in range((day(TODAY) - day(FIRST) + 7) * 6):
        when = day(FIRST) - 7 + number // 6
        yield ticket(
            f"T{number}",
            f"{date_of(when)} {8 + number % 12:02d}:30",
            channel="chat" if number % 3 == 0 else "email",
            answered=5 + 200 * (number % 7 == 0),
            resolved=None if number % 5 == 0 else 30 + 2000 * (number % 11 == 0),
            csat=None if number % 2 else 1 + number % 5,
        )


def on_other_scales() -> Iterator[Story]:
    """In one week answers on a scale beside the usual one, in another only some on a scale without agreed sides."""
    for number in range(6):
        yield [answer(f"T{50 + 2 * number}", at("2026-02-25 20:00"), kind="csat", score=3, scale=[1, 3], agent="7")]
    for number in range(6):
        name = f"V{number}"
        unknown = answer(name, at("2026-03-04 20:00"), kind="csat", score=6, scale=[1, 6], agent="7")
        yield [*ticket(name, "2026-03-04 09:00", channel="voice", answered=5), unknown]


def taken_back() -> Iterator[Story]:
    """Spam after a reply, and an answer that is replaced by another one later."""
    for number in (13, 60, 61, 100):
        yield [event("status.changed", f"T{number}", at(NOW), status="spam", by="agent", author="7")]
    for number in (62, 64):
        yield [answer(f"T{number}", at(NOW), kind="csat", score=5, scale=[1, 5], agent="7")]


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = at(NOW)
    return add_account(runtime, "acme", targets={"email": {"first_response": 3600}, "chat": {"first_response": 600}})


def weeks(runtime: Runtime, account: Account) -> PastWeeks:
    with runtime.database.read() as connection:
        return past_weeks(connection, account.slug, (day(FIRST), day(LAST)), today=day(TODAY))


def told(figures_of: dict[str, Any], name: str) -> tuple[int, int]:
    return figures_of[name].get("numerator") or 0, figures_of[name].get("denominator") or 0


def compare(runtime: Runtime, account: Account) -> None:
    found = weeks(runtime, account)
    for monday in range(day(FIRST), day(LAST), 7):
        last = min(monday + 6, day(LAST))
        report = asked(runtime, account, date_of(monday).isoformat(), date_of(last).isoformat())
        rows = {None: report["total"]} | {row["channel"]: row["metrics"] for row in report["rows"]}
        for channel in CHANNELS:
            for name in (*SHARES, SATISFACTION):
                share = found.share(monday, channel, name)
                assert (share.successes, share.n) == (told(rows[channel], name) if channel in rows else (0, 0))
            created = sum(found.created_on(one, channel) for one in range(monday, last + 1))
            assert created == (rows[channel]["ticket_volume"]["n"] if channel in rows else 0)


@pytest.mark.parametrize("folds", ["nothing", "history", "all"])
def test_every_week_is_the_one_that_a_report_tells(runtime: Runtime, account: Account, folds: str) -> None:
    tell(runtime, account, *conversations(), *on_other_scales())
    if folds != "nothing":
        figures.compact(runtime.database, "acme", budget_seconds=20)
    tell(runtime, account, *taken_back())
    if folds == "all":
        figures.compact(runtime.database, "acme", budget_seconds=20)
    compare(runtime, account)
    found = weeks(runtime, account)
    assert found.share(day(FIRST), None, SATISFACTION).n > 5
    assert found.share(day("2026-03-02"), "voice", SATISFACTION).n == 0
    assert found.share(day("2026-02-23"), None, SATISFACTION).n == 0


def test_without_tickets_every_week_is_empty(runtime: Runtime, account: Account) -> None:
    found = weeks(runtime, account)
    assert {number for numbers in found.shares.values() for weekly in numbers for number in weekly} == {0}
    assert {count for days in found.created.values() for count in days} == {0}
