"""What to do next stands in the summaries, after the low answers, and is told anew only when it is another thing."""

from __future__ import annotations

from datetime import date

import pytest

from tests.workers.insights.test_levers import NOW, TARGETS, WEEK, some
from tests.workers.small_world import at, tell, ticket
from tests.workers.standing import Clock, add_account
from workers.accounts import Account
from workers.periods import day_of
from workers.runtime import Runtime
from workers.summary_text import Content, content

MONDAY = day_of(date.fromisoformat(WEEK[0]))


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = at(NOW)
    return add_account(runtime, "acme", targets=TARGETS)


def told(runtime: Runtime, account: Account) -> Content:
    with runtime.database.read() as connection:
        return content(connection, account, "weekly", MONDAY, now=runtime.clock())


def to_do(found: Content) -> tuple[str, ...]:
    return found.sections[-1].lines


def test_an_insight_comes_after_the_low_answers_with_tickets(runtime: Runtime, account: Account) -> None:
    tell(runtime, account, *some(60, "in", answered=10), *some(40, "late", answered=100))
    tell(runtime, account, ticket("low", "2026-03-10 09:00", answered=10, csat=1))
    first, second = to_do(told(runtime, account))
    assert first.startswith("Ticket low")
    assert second.startswith("E-mail: 60.4% answered within target, the goal is 90%.")
    assert "For example: late-" in second


def test_without_anything_sure_there_is_none(runtime: Runtime, account: Account) -> None:
    tell(runtime, account, *some(10, "late", answered=100))
    assert to_do(told(runtime, account)) == ("No low answers to follow up",)


def test_another_finding_is_told_anew_and_other_examples_are_not(
    runtime: Runtime, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(runtime, account, *some(60, "in", answered=10), *some(40, "late", answered=100))
    five = told(runtime, account)
    monkeypatch.setattr("workers.insights.examples.MOST", 3)
    three = told(runtime, account)
    assert to_do(three) != to_do(five)
    assert three.told == five.told
    tell(runtime, account, *some(1, "more", answered=100, first="2026-03-10"))
    assert told(runtime, account).told != three.told


def test_it_is_in_the_language_of_the_account(runtime: Runtime, clock: Clock) -> None:
    clock.now = at(NOW)
    croatian = add_account(runtime, "hr", targets=TARGETS, language="hr")
    tell(runtime, croatian, *some(40, "late", answered=100))
    assert len(to_do(told(runtime, croatian))) == 2


def test_no_agent_is_ever_in_it(runtime: Runtime, account: Account) -> None:
    names = {"agent": {"late": "Eva Horvat", "in": "Ivo Kos"}}
    late = some(40, "a", agent="late", answered=100, csat=1)
    tell(runtime, account, *some(60, "b", agent="in", answered=10, csat=5), *late, names=names)
    text = " ".join(to_do(told(runtime, account)))
    assert "Eva" not in text
    assert "Ivo" not in text
