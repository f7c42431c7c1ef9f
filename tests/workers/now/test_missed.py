"""Calls and chats that nobody took: told until somebody came back to that customer, on whatever ticket."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.events import event
from integrations.times import MINUTE
from tests.workers.now.world import NOW, at, changed, lost, page, tell, ticket, wrote
from tests.workers.standing import Clock, add_account
from workers.accounts import Account
from workers.now.page import NotCalledBack
from workers.runtime import Runtime


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = at(NOW)
    return add_account(runtime, "acme")


def told(runtime: Runtime, account: Account) -> NotCalledBack:
    return page(runtime, account).not_called_back


def tickets(runtime: Runtime, account: Account) -> list[str]:
    return [contact.ticket for contact in told(runtime, account).contacts]


def test_the_newest_comes_first_with_how_it_ended(runtime: Runtime, account: Account) -> None:
    tell(
        runtime,
        account,
        lost("1", "2026-03-17 10:00"),
        [*lost("2", "2026-03-18 10:00", outcome="voicemail"), event("ticket.assigned", "2", at(NOW), agent="7")],
        names={"agent": {"7": "Eva"}},
    )
    found = told(runtime, account)
    assert found.n == 2
    newest, older = found.contacts
    assert (newest.ticket, newest.channel, newest.media, newest.outcome) == ("2", "voice", "voice", "voicemail")
    assert (newest.at, newest.agent, newest.agent_name) == (at("2026-03-18 10:01"), "7", "Eva")
    assert (older.ticket, older.outcome, older.agent, older.resolved) == ("1", "missed", None, False)


def test_after_seven_days_it_is_told_no_more(runtime: Runtime, account: Account, clock: Clock) -> None:
    tell(runtime, account, lost("1", "2026-03-11 10:59"))
    assert tickets(runtime, account) == ["1"]
    clock.now += 1
    assert tickets(runtime, account) == []


def test_an_answer_on_the_ticket_ends_it(runtime: Runtime, account: Account) -> None:
    tell(runtime, account, lost("1", "2026-03-18 09:00"))
    assert tickets(runtime, account) == ["1"]
    tell(runtime, account, [wrote("1", "2026-03-18 09:30")])
    assert tickets(runtime, account) == []


def test_reaching_the_customer_on_another_ticket_ends_it_too(runtime: Runtime, account: Account) -> None:
    other = ticket("2", "2026-03-17 09:00")
    tell(runtime, account, lost("1", "2026-03-18 09:00", customer="c-2"), other)
    assert tickets(runtime, account) == ["1"]
    tell(runtime, account, [wrote("2", "2026-03-18 08:59")])
    assert tickets(runtime, account) == ["1"]
    tell(runtime, account, [wrote("2", "2026-03-18 09:30")])
    assert tickets(runtime, account) == []


def test_an_outbound_call_that_was_answered_is_coming_back(runtime: Runtime, account: Account) -> None:
    when = at("2026-03-18 09:30")
    called: dict[str, Any] = {"contact": "back", "media": "voice", "direction": "out", "agent": "7"}
    back = [
        event("ticket.created", "2", when, channel="voice", by="agent", customer="ana"),
        event("live.queued", "2", when, **called),
    ]
    tell(runtime, account, lost("1", "2026-03-18 09:00", customer="ana"), back)
    assert tickets(runtime, account) == ["1"]
    tell(runtime, account, [event("live.answered", "2", when + MINUTE, **called)])
    assert tickets(runtime, account) == []


def test_a_customer_who_tried_several_times_is_one_to_call_back(runtime: Runtime, account: Account) -> None:
    calls = [lost(str(hour), f"2026-03-18 0{hour}:00", customer="ana") for hour in (6, 7, 8)]
    tell(runtime, account, *calls, lost("9", "2026-03-18 09:00"), lost("10", "2026-03-18 10:00"))
    found = told(runtime, account)
    assert [(contact.ticket, contact.times) for contact in found.contacts] == [("10", 1), ("9", 1), ("8", 3)]
    assert found.n == 3


def test_a_resolved_ticket_is_told_as_such_and_spam_not_at_all(runtime: Runtime, account: Account) -> None:
    tell(
        runtime,
        account,
        [*lost("1", "2026-03-18 09:00"), event("status.changed", "1", at("2026-03-18 09:05"), status="resolved")],
        [*lost("2", "2026-03-18 09:00"), event("status.changed", "2", at("2026-03-18 09:05"), status="spam")],
    )
    (contact,) = told(runtime, account).contacts
    assert (contact.ticket, contact.resolved) == ("1", True)


def test_a_chat_that_nobody_took_is_told_by_its_channel(runtime: Runtime, account: Account) -> None:
    start = at("2026-03-18 09:00")
    chat = [
        *ticket("1", "2026-03-18 09:00", channel="chat"),
        event("live.queued", "1", start, contact="c"),
        event("live.ended", "1", start + MINUTE, contact="c", outcome="abandoned"),
    ]
    tell(runtime, account, chat, changed("2", "2026-03-18 09:00", "open", 1))
    (contact,) = told(runtime, account).contacts
    assert (contact.media, contact.outcome, contact.department) == ("chat", "abandoned", "s")


def test_a_long_list_is_cut_and_counted(runtime: Runtime, account: Account) -> None:
    tell(runtime, account, *(lost(f"{number:02d}", f"2026-03-18 08:{number:02d}") for number in range(55)))
    found = told(runtime, account)
    assert (found.n, len(found.contacts), found.contacts[0].ticket) == (55, 50, "54")
