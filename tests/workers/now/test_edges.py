"""The page *Now* at its edges, of rows and sums that are told by hand: the due instant, ties, lists that are full."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.events import CHANNELS
from integrations.times import HOUR, MINUTE
from tests.workers.now.world import NOW, at, lost, page, tell, ticket, wrote
from tests.workers.standing import Clock, add_account
from workers.metrics.base import Sums
from workers.now.days import hourly
from workers.now.page import DayCounts, WaitingHere
from workers.now.spikes import chance_of
from workers.now.waiting import AHEAD, breaching, waiting_by_channel
from workers.runtime import Runtime
from workers.store.moments import Waiting

MOMENT = at(NOW)


def waiting(
    name: str, *, since: int = 0, due: int | None = None, channel: str = "email", agent: str | None = None
) -> Waiting:
    """Since so many minutes before the moment, due so many microseconds after it."""
    due_at = None if due is None else MOMENT + due
    return Waiting(name, MOMENT - since * MINUTE, due_at, channel, None, agent)


class TestDue:
    @pytest.mark.parametrize(
        ("due", "soon", "late"),
        [
            (None, 0, 0), (-1, 0, 1), (0, 1, 0), (1, 1, 0), (AHEAD - 1, 1, 0), (AHEAD, 1, 0), (AHEAD + 1, 0, 0),
            (-1000 * HOUR, 0, 1),
        ],
    )  # fmt: skip
    def test_each_is_soon_late_or_neither(self, due: int | None, soon: int, late: int) -> None:
        found = breaching([waiting("a", due=due)], {}, now=MOMENT)
        assert (found.soon, found.late, len(found.tickets)) == (soon, late, soon + late)
        assert [one.late for one in found.tickets] == [True] * late + [False] * soon
        assert found.until == MOMENT + AHEAD

    def test_the_most_urgent_first_then_the_latest_of_the_late(self) -> None:
        rows = [waiting(str(due), due=due) for due in (300, -5, 7, -300, 0, -1)]
        found = breaching(rows, {}, now=MOMENT)
        assert [one.ticket for one in found.tickets] == ["0", "7", "300", "-1", "-5", "-300"]

    def test_of_one_instant_they_come_by_id(self) -> None:
        rows = [waiting(name, due=60) for name in ("b", "a", "c")]
        assert [one.ticket for one in breaching(rows, {}, now=MOMENT).tickets] == ["a", "b", "c"]
        assert breaching(rows[::-1], {}, now=MOMENT) == breaching(rows, {}, now=MOMENT)

    @pytest.mark.parametrize(("n", "listed"), [(0, 0), (1, 1), (50, 50), (51, 50), (200, 50)])
    def test_each_list_has_fifty_and_the_whole_number_beside_it(self, n: int, listed: int) -> None:
        rows = [waiting(f"s{each}", due=each) for each in range(n)] + [
            waiting(f"l{each}", due=-1 - each) for each in range(n)
        ]
        found = breaching(rows, {}, now=MOMENT)
        assert (found.soon, found.late) == (n, n)
        assert sum(one.late for one in found.tickets) == listed
        assert len(found.tickets) == 2 * listed

    def test_an_agent_is_named_where_there_is_one_with_a_name(self) -> None:
        names = {("agent", "7"): "Eva", ("department", "8"): "Sales", ("agent", ""): "Nobody's"}
        rows = [waiting("a", due=1, agent="7"), waiting("b", due=2, agent="8"), waiting("c", due=3)]
        found = breaching(rows, names, now=MOMENT).tickets
        assert [(one.agent, one.agent_name) for one in found[:2]] == [("7", "Eva"), ("8", None)]


class TestWaiting:
    def test_channels_come_in_their_usual_order_whatever_the_rows_are_in(self) -> None:
        rows = [waiting(name, channel=name) for name in reversed(CHANNELS)]
        assert [here.channel for here in waiting_by_channel(rows)] == list(CHANNELS)
        assert waiting_by_channel([]) == ()

    def test_the_oldest_of_one_instant_is_the_first_by_id(self) -> None:
        rows = [waiting("b", since=9, agent="7"), waiting("a", since=9), waiting("c", since=3)]
        assert waiting_by_channel(rows) == (WaitingHere("email", 3, 2, MOMENT - 9 * MINUTE, "a"),)

    @given(st.lists(st.tuples(st.sampled_from(CHANNELS), st.integers(0, 99), st.none() | st.just("7")), max_size=20))
    def test_every_ticket_is_counted_once(self, told: list[tuple[str, int, str | None]]) -> None:
        rows = [
            waiting(str(n), since=since, channel=channel, agent=agent) for n, (channel, since, agent) in enumerate(told)
        ]
        found = waiting_by_channel(rows)
        assert sum(here.n for here in found) == len(rows)
        assert sum(here.unassigned for here in found) == sum(row.agent is None for row in rows)
        assert min((here.oldest_since for here in found), default=None) == min(
            (row.since for row in rows), default=None
        )


class TestDays:
    @pytest.mark.parametrize(
        ("created", "resolved", "reopened", "net"), [(0, 0, 0, 0), (5, 2, 1, 4), (1, 9, 0, -8), (0, 3, 3, 0)]
    )
    def test_open_tickets_grow_by_what_came_less_what_went(
        self, created: int, resolved: int, reopened: int, net: int
    ) -> None:
        assert DayCounts(1, created, 0, resolved, reopened).net == net

    def test_a_day_has_24_hours_whatever_it_brought(self) -> None:
        assert hourly({}) == [0] * 24
        assert hourly({"another": Sums(n=1, values=[np.array([3])])}) == [0] * 24
        found = hourly({"ticket_volume": Sums(n=4, values=[np.array([0, 23]), np.array([23, 5], dtype=np.int8)])})
        assert (found[0], found[5], found[23], sum(found), len(found)) == (1, 1, 2, 4, 24)


class TestChances:
    DAY = 20_530

    @pytest.mark.parametrize(
        ("count", "before", "low", "high"),
        [
            (5, [0] * 8, 1e-6, 1e-4), (5, [1] * 4 + [0] * 4, 1e-4, 0.02), (0, [0] * 8, 1.0, 1.0),
            (1, [0] * 8, 0.22, 0.23),
            (5, [5] * 8, 0.2, 1.0), (40, [5] * 8, 0.0, 1e-3), (1, [20] * 8, 1.0, 1.0), (20, [1, 40] * 4, 0.2, 1.0),
        ],
    )  # fmt: skip
    def test_the_rarer_the_more_a_count_stands_out(
        self, count: int, before: list[int], low: float, high: float
    ) -> None:
        assert low <= chance_of(self.DAY, count, before, 0.05) <= high

    @pytest.mark.parametrize("before", [[0] * 8, [1] * 4 + [0] * 4, [3, 5, 4, 6, 5, 4, 3, 5]])
    def test_a_higher_count_is_never_likelier(self, before: list[int]) -> None:
        chances = [chance_of(self.DAY, count, before, 1.0) for count in range(max(before) + 1, 60, 4)]
        assert chances == sorted(chances, reverse=True)


class TestApart:
    """Two accounts with the same tickets, and one with none."""

    def test_each_page_is_its_own(self, runtime: Runtime, clock: Clock) -> None:
        clock.now = MOMENT
        targets: dict[str, Any] = {"email": {"first_response": 3600, "goal": 90}}
        one, other, empty = (add_account(runtime, slug, targets=targets) for slug in ("one", "other", "empty"))
        tell(runtime, one, ticket("1", "2026-03-18 09:30"), lost("2", "2026-03-18 09:00", customer="ana"))
        tell(runtime, other, ticket("1", "2026-03-18 10:30"), lost("2", "2026-03-18 08:00", customer="ana"))
        tell(runtime, other, [wrote("2", "2026-03-18 09:00")])
        first, second, third = (page(runtime, account) for account in (one, other, empty))
        assert [here.oldest_since for here in first.waiting if here.channel == "email"] == [at("2026-03-18 09:30")]
        assert [here.oldest_since for here in second.waiting if here.channel == "email"] == [at("2026-03-18 10:30")]
        assert [one.at for one in first.not_called_back.contacts] == [at("2026-03-18 09:01")]
        assert (second.not_called_back.n, third.not_called_back.n) == (0, 0)
        assert [(each.breaching.late, each.breaching.soon) for each in (first, second, third)] == [
            (1, 0),
            (0, 1),
            (0, 0),
        ]
        assert (third.waiting, third.expected.days, third.spikes) == ((), (), ())
        assert [figures.week.n for figures in third.targets] == [0]
