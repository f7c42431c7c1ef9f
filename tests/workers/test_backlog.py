"""The backlog: what is unsolved at the end of every day, counted from what came and went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.events import STATUSES, Event, event
from integrations.times import DAY, Instant
from tests.tries import tries
from tests.workers.accounts_for_tests import take
from tests.workers.small_world import Story, at, tell, ticket
from tests.workers.standing import Clock, add_account
from tests.workers.stories import MONDAY, counted, created, sent, status, told
from workers.accounts import Account
from workers.metrics import facts_of
from workers.metrics.backlog import PENDING, WAITING
from workers.metrics.base import Counted
from workers.periods import day_of
from workers.rebuild import verify
from workers.reports import ReportRequest, report
from workers.runtime import Runtime
from workers.store import chunk_rows, figures, folding
from workers.tickets import RESOLVED

FIRST = (date(2026, 3, 2) - date(1970, 1, 1)).days
LATE = 24 * 60
_NUMBERS = count()
NAMES = ("backlog", WAITING, PENDING)


def steps(found: Counted) -> dict[tuple[str, int], int]:
    """Measure and day (the first Monday is 0) → what the ticket adds to the backlog of all days from then on."""
    return {
        (fact.measure, fact.day - FIRST): fact.total for fact in facts_of(found) if fact.measure in (WAITING, PENDING)
    }


class TestFacts:
    def test_a_ticket_comes_when_it_is_opened_and_goes_when_it_is_solved(self) -> None:
        assert steps(counted(created(0))) == {(WAITING, 0): 1}
        assert steps(counted(created(0), status("resolved", 3 * LATE))) == {(WAITING, 0): 1, (WAITING, 3): -1}

    def test_what_comes_and_goes_on_one_day_leaves_nothing(self) -> None:
        assert steps(counted(created(0), status("resolved", 60))) == {}
        assert steps(counted(created(0), status("pending", 60))) == {(PENDING, 0): 1}
        back_and_forth = [status("pending", LATE), status("open", LATE + 5), status("pending", 2 * LATE)]
        assert steps(counted(created(0), *back_and_forth)) == {(WAITING, 0): 1, (WAITING, 2): -1, (PENDING, 2): 1}

    def test_a_change_within_a_part_and_from_resolved_to_closed_is_none(self) -> None:
        story = [created(0), status("open", 10), status("on_hold", LATE), status("resolved", 2 * LATE)]
        assert steps(counted(*story, status("closed", 3 * LATE))) == {(WAITING, 0): 1, (WAITING, 2): -1}

    def test_a_reopened_ticket_is_back_and_spam_is_nowhere_while_it_is_spam(self) -> None:
        solved = [created(0), status("resolved", LATE), status("open", 3 * LATE)]
        assert steps(counted(*solved)) == {(WAITING, 0): 1, (WAITING, 1): -1, (WAITING, 3): 1}
        mistaken = [created(0), status("spam", LATE), status("open", 2 * LATE)]
        assert steps(counted(*mistaken)) == {(WAITING, 0): 1, (WAITING, 1): -1, (WAITING, 2): 1}

    @pytest.mark.parametrize(
        "why", [status("deleted", LATE), status("spam", LATE), told("ticket.merged", LATE, into="T9")]
    )
    def test_an_excluded_ticket_was_in_the_backlog_of_no_day(self, why: Event) -> None:
        assert steps(counted(created(0), why)) == {}

    def test_tickets_that_we_opened_are_in(self) -> None:
        assert steps(counted(created(0, by="agent"), sent(0))) == {(WAITING, 0): 1}

    def test_days_are_those_of_the_account(self) -> None:
        late_in_zagreb = 14 * 60 + 30  # 23:30; half an hour later it is Tuesday
        story = [created(late_in_zagreb), status("resolved", late_in_zagreb + 60)]
        assert steps(counted(*story)) == {(WAITING, 0): 1, (WAITING, 1): -1}
        assert steps(counted(*story, time_zone="UTC")) == {}

    def test_all_of_its_history_stands_with_its_present_holder(self) -> None:
        story = [created(0, agent="eva", department="a"), status("resolved", LATE), status("open", 3 * LATE)]
        moved = [told("ticket.assigned", 4 * LATE, agent="max"), told("ticket.moved", 4 * LATE, department="b")]
        held = [dict(fact.slices.pairs) for fact in facts_of(counted(*story, *moved)) if fact.measure == WAITING]
        assert {(slices["agent"], slices["department"]) for slices in held} == {("max", "b")}
        assert len(held) == 3


MINUTES = st.integers(0, 9 * LATE)
HISTORIES = st.lists(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from((*STATUSES, "merged")), MINUTES),
            st.tuples(st.sampled_from(("open", "pending", "resolved", "spam")), MINUTES),
        ),
        max_size=7,
    ),
    min_size=1,
    max_size=5,
)


def history(number: int, changes: Iterable[tuple[str, int]]) -> list[Event]:
    """A ticket opened in the first days, with these changes after it."""
    name, opened = f"T{number}", number * 700
    made = [created(opened, name, agent=("eva", "max")[number % 2], customer=None)]
    for word, minutes in changes:
        merged = told("ticket.merged", opened + minutes, name, into="T99")
        made.append(merged if word == "merged" else status(word, opened + minutes, name))
    return made


def status_at(found: Counted, moment: Instant) -> str:
    """What the ticket was just before a moment; '' before it was opened."""
    if found.ticket.opened_at >= moment:
        return ""
    return ["new", *(change.status for change in found.ticket.statuses if change.at < moment)][-1]


def midnight(day: int) -> Instant:
    """The end of a day in Zagreb, which is an hour ahead of UTC all through these days."""
    return (FIRST + day + 1) * DAY - DAY // 24


def naive(tickets: Iterable[Counted], day: int) -> Counter[str]:
    """The backlog at the end of a day, by looking at every ticket as it then was."""
    found = Counter(status_at(each, midnight(day)) for each in tickets if not each.excluded)
    return Counter({WAITING: found["new"] + found["open"] + found["on_hold"], PENDING: found["pending"]})


def stock(tickets: Iterable[Counted], day: int) -> Counter[str]:
    """The backlog at the end of a day, from the facts."""
    found = Counter({WAITING: 0, PENDING: 0})
    for each in tickets:
        for (measure, when), step in steps(each).items():
            found[measure] += step if when <= day else 0
    return found


def net_excluded(found: Counted, day: int) -> int:
    """How often the ticket left the backlog on a day as spam or deleted, less how often it came back from there."""
    counted_status, was_out, net = "new", False, 0
    for change in found.ticket.statuses:
        is_out, unsolved = change.status in ("spam", "deleted"), counted_status not in RESOLVED
        if found.day(change.at) - FIRST == day and unsolved:
            net += is_out - was_out
        counted_status, was_out = counted_status if is_out else change.status, is_out
    return net


class TestIdentity:
    @settings(max_examples=tries(4))
    @given(HISTORIES)
    def test_every_days_stock_is_what_a_look_at_every_ticket_finds(self, told_: list[list[tuple[str, int]]]) -> None:
        tickets = [counted(*history(number, changes)) for number, changes in enumerate(told_)]
        for day in range(-1, 13):
            assert stock(tickets, day) == naive(tickets, day)

    @settings(max_examples=tries(4))
    @given(HISTORIES, st.integers(-1, 12), st.integers(0, 12))
    def test_the_end_is_the_start_and_what_came_less_what_went(
        self, told_: list[list[tuple[str, int]]], start: int, length: int
    ) -> None:
        everything = [counted(*history(number, changes)) for number, changes in enumerate(told_)]
        tickets = [each for each in everything if not each.excluded]
        days = range(start + 1, start + length + 1)
        came = sum(each.created_day - FIRST in days for each in tickets)
        resolutions = [(each, done) for each in tickets for done in each.ticket.resolutions]
        resolved = sum(each.day(done.at) - FIRST in days for each, done in resolutions)
        reopened = sum(
            done.undone_at is not None and each.day(done.undone_at) - FIRST in days for each, done in resolutions
        )
        excluded = sum(net_excluded(each, day) for each in tickets for day in days)
        at_start, at_end = stock(everything, start).total(), stock(everything, start + length).total()
        assert at_end == at_start + came + reopened - resolved - excluded


def asked(runtime: Runtime, account: Account, first: str, last: str, **request: Any) -> dict[str, Any]:
    wanted = ReportRequest(day_of(date.fromisoformat(first)), day_of(date.fromisoformat(last)), **request)
    with runtime.database.read() as connection:
        return report(connection, account, wanted, now=runtime.clock())


def told_by(rows: Iterable[dict[str, Any]], by: str, side: str = "metrics") -> dict[str, tuple[int | None, ...]]:
    """Row → backlog, waiting for us, waiting for the customer, where there is any."""
    return {row[by]: tuple(row[side][name]["value"] for name in NAMES) for row in rows if row[side]["backlog"]["value"]}


def day(number: int) -> str:
    return str(date(2026, 3, 2) + timedelta(days=number))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestOfTheStore:
    @settings(max_examples=tries(1 / 4), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(told_=HISTORIES, seed=st.integers(0, 100))
    def test_reports_tell_every_days_stock_and_slices_add_up(
        self, runtime: Runtime, clock: Clock, told_: list[list[tuple[str, int]]], seed: int
    ) -> None:
        clock.now = MONDAY + 14 * DAY
        account = add_account(runtime, f"a{next(_NUMBERS)}", time_zone="Europe/Zagreb")
        for number, changes in enumerate(told_):
            take(runtime, account, *history(number, changes))
            if (seed + number) % 3 == 0:
                figures.compact(runtime.database, account.slug, budget_seconds=5)
        tickets = [counted(*history(number, changes)) for number, changes in enumerate(told_)]
        rows = asked(runtime, account, day(-1), day(12), by="day", metrics=NAMES)["rows"]
        for number, row in enumerate(rows, -1):
            found = naive(tickets, number)
            assert [row["metrics"][name]["n"] for name in NAMES] == [found.total(), found[WAITING], found[PENDING]]
        for by in ("agent", "channel", "tag"):
            parts = asked(runtime, account, day(2), day(5), by=by, metrics=NAMES)
            assert [parts["total"][name]["n"] for name in NAMES] == [rows[6]["metrics"][name]["n"] for name in NAMES]
            assert sum(row["metrics"]["backlog"]["n"] for row in parts["rows"]) == parts["total"]["backlog"]["n"]
        assert list(verify(runtime.database, account)) == []


def changed(id_: str, created_at: str, *changes: tuple[str, str], **more: Any) -> Story:
    """A ticket that has had these statuses since these moments."""
    made = ticket(id_, created_at, **more)
    return [*made, *(event("status.changed", id_, at(moment), status=word) for word, moment in changes)]


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    """Four tickets; today is Wednesday 18 March 2026, noon."""
    clock.now = at("2026-03-18 12:00")
    made = add_account(runtime, "acme")
    tell(
        runtime,
        made,
        changed("1", "2023-01-05 10:00", channel="chat"),
        changed("2", "2026-03-10 10:00", ("pending", "2026-03-12 10:00"), tags=("a", "b")),
        changed("3", "2026-03-11 10:00", ("resolved", "2026-03-16 10:00"), tags=("a",)),
        changed("4", "2026-03-18 11:00", channel="voice"),
    )
    return made


@pytest.mark.parametrize("folded", [False, True])
class TestReports:
    @pytest.fixture(autouse=True)
    def fold(self, runtime: Runtime, account: Account, folded: bool) -> None:
        if folded:
            figures.compact(runtime.database, account.slug, budget_seconds=5)

    def test_channels_have_the_stock_at_the_end_of_each_period(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account, "2026-03-09", "2026-03-15")
        assert told_by(found["rows"], "channel") == {"email": (2, 1, 1), "chat": (1, 1, None)}
        assert told_by(found["rows"], "channel", "previous") == {"chat": (1, 1, None)}
        assert (found["total"]["backlog"]["n"], found["total_previous"]["backlog"]["n"]) == (3, 1)

    def test_a_period_that_runs_has_the_stock_of_today(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account, "2026-03-16", "2026-03-22")
        assert told_by(found["rows"], "channel") == {
            "email": (1, None, 1), "chat": (1, 1, None), "voice": (1, 1, None),
        }  # fmt: skip
        assert (found["total"]["backlog"]["n"], found["total_previous"]["backlog"]["n"]) == (3, 3)

    def test_every_day_until_today_has_its_stock_and_the_total_is_the_last_days(
        self, runtime: Runtime, account: Account
    ) -> None:
        found = asked(runtime, account, "2026-03-15", "2026-03-20", by="day")
        assert told_by(found["rows"], "day") == {
            "2026-03-15": (3, 2, 1), "2026-03-16": (2, 1, 1), "2026-03-17": (2, 1, 1), "2026-03-18": (3, 2, 1),
        }  # fmt: skip
        assert (found["total"]["backlog"]["value"], found["total"]["backlog"]["unit"]) == (3, "tickets")
        assert found["total_previous"]["backlog"]["n"] == 3  # Friday the 13th

    def test_weeks_and_months_have_that_of_their_last_day_or_of_today(self, runtime: Runtime, account: Account) -> None:
        weeks = asked(runtime, account, "2026-03-04", "2026-03-22", by="week")
        assert told_by(weeks["rows"], "week") == {
            "2026-W10": (1, 1, None), "2026-W11": (3, 2, 1), "2026-W12": (3, 2, 1),
        }  # fmt: skip
        months = asked(runtime, account, "2026-02-01", "2026-03-11", by="month")
        assert told_by(months["rows"], "month") == {"2026-02": (1, 1, None), "2026-03": (3, 3, None)}

    def test_a_time_that_has_not_begun_has_none(self, runtime: Runtime, account: Account) -> None:
        for by in ("channel", "day", "week"):
            found = asked(runtime, account, "2026-03-19", "2026-03-25", by=by)
            assert told_by(found["rows"], by) == {}
            assert found["total"]["backlog"]["value"] is None
        assert asked(runtime, account, "2026-03-19", "2026-03-25")["total_previous"]["backlog"]["n"] == 3

    def test_tags_overlap_and_one_slice_has_its_own_days(self, runtime: Runtime, account: Account) -> None:
        by_tag = asked(runtime, account, "2026-03-09", "2026-03-15", by="tag")
        assert told_by(by_tag["rows"], "tag") == {"a": (2, 1, 1), "b": (1, None, 1), "": (1, 1, None)}
        assert by_tag["total"]["backlog"]["n"] == 3
        of_one = asked(runtime, account, "2026-03-15", "2026-03-16", by="day", slice="tag:a")
        assert told_by(of_one["rows"], "day") == {"2026-03-15": (2, 1, 1), "2026-03-16": (1, None, 1)}
        by_tag_of_one = asked(runtime, account, "2026-03-09", "2026-03-15", by="tag", slice="channel:chat")
        assert told_by(by_tag_of_one["rows"], "tag") == {"": (1, 1, None)}

    def test_an_hour_of_the_week_has_no_backlog(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account, "2026-03-09", "2026-03-15", by="weekday_hour")
        assert found["rows"]
        assert all("backlog" not in told for told in (found["total"], *(row["metrics"] for row in found["rows"])))
        assert found["total"]["ticket_volume"]["n"] == 2


def test_stocks_lie_in_chunks_of_their_own(runtime: Runtime, account: Account) -> None:
    figures.compact(runtime.database, account.slug, budget_seconds=5)
    with runtime.database.read() as connection:
        measures = {key: set(chunk.measures) for key, chunk in chunk_rows.all_chunks(connection, account.slug)}
    stocks = {kind: held for (kind, *_), held in measures.items() if kind.startswith(folding.STOCK)}
    assert stocks.keys() == {"+", "+agent", "+department", "+tag"}
    assert all(held <= {WAITING, PENDING} for held in stocks.values())
    assert all(held.isdisjoint({WAITING, PENDING}) for (kind, *_), held in measures.items() if kind not in stocks)
