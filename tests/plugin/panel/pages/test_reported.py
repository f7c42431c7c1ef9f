"""The overview says what a finished day or week was first told as, and what changed since."""

from __future__ import annotations

from datetime import date

import pytest

from integrations.events import event
from tests.plugin.panel.pages.looking import Pages
from tests.workers.small_world import at, tell, ticket
from workers.as_reported import keep_report
from workers.periods import day_of

WEEK = "acme/overview"
FIRST = day_of(date(2026, 3, 9))


@pytest.fixture
def told(own: Pages) -> Pages:
    """The week before this one was told; then a ticket was spam, another merged, and three were recovered."""
    keep_report(own.runtime, "acme", "weekly", FIRST)
    return own


def change(pages: Pages) -> None:
    account = pages.house.account("acme")
    assert account is not None
    when = at("2026-03-18 09:30")
    tell(
        pages.runtime,
        account,
        [event("status.changed", "w1", when, status="spam"), event("ticket.merged", "w2", when, into="w3")],
        *(ticket(f"<i>{n}", "2026-03-10 11:00", answered=30) for n in range(3)),
    )


def test_the_week_is_as_it_was_told(told: Pages) -> None:
    assert "As reported on 18 March: unchanged" in told.see(WEEK).text
    assert "Then and now" not in told.see(WEEK).text


def test_what_changed_is_said_with_its_reasons_and_in_a_table(told: Pages) -> None:
    change(told)
    seen = told.see(WEEK)
    assert "As reported on 18 March: 12 tickets. Now 13: 1 spam, 1 merged, 3 arrived late" in seen.texts("p")
    table = seen.html.split("Then and now</summary>")[1].split("</table>")[0]
    assert '<th scope="row">Tickets</th><td>12</td><td>13</td>' in table
    assert "Answered within target" in table
    assert "NPS" not in table


@pytest.mark.parametrize(
    "query",
    ["?period=7", "?period=yesterday", "?period=month", "?period=today", "?slice=channel:email"],
)
def test_other_days_and_parts_of_the_tickets_were_not_told(told: Pages, query: str) -> None:
    assert "As reported" not in told.see(WEEK + query).text


def test_looking_keeps_nothing(own: Pages) -> None:
    for query in ("", "?period=yesterday", "?period=month"):
        assert "As reported" not in own.see(WEEK + query).text


def test_nothing_of_another_account_is_told(told: Pages) -> None:
    assert "As reported" not in told.see("other/overview").text
