"""How a report may be cut: what is possible is made, what is not is refused with what is, and sums add up."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.times import MINUTE
from tests.tries import tries
from tests.workers.small_world import Story, at, tell, ticket
from tests.workers.standing import Clock, add_account
from tests.workers.stories import rules
from workers.cuts import TIMES, BadReport, Cut, cut_of, merged
from workers.metrics import backlog, waiting_now
from workers.metrics.base import Sums
from workers.periods import day_of
from workers.reports import ReportRequest, report
from workers.runtime import Runtime
from workers.store import figures

NAMES = {("agent", "7"): "Eva", ("agent", "8"): "Jo", ("agent", "9"): "Jo", ("department", "7"): "Support"}
KINDS = "channel, agent, department, tag, touchpoint"


def cut(by: str, slice_: str | None = None, **more: Any) -> Cut:
    return cut_of(by, slice_, rules(**more), NAMES)


class TestWhatIsAsked:
    @pytest.mark.parametrize(
        "by", ["channel", "agent", "department", "tag", "touchpoint", "day", "week", "month", "weekday_hour"]
    )
    def test_without_a_slice_rows_may_be_anything(self, by: str) -> None:
        assert cut(by) == Cut(by)

    def test_a_slice_of_the_accounts_own_is_a_kind_like_others(self) -> None:
        assert cut("land", slices={"land": "field:land"}) == Cut("land")
        with pytest.raises(BadReport, match="there is no report by land; choose from channel"):
            cut("land")

    @pytest.mark.parametrize("by", ["channel", "day", "week", "month", "weekday_hour"])
    def test_one_slice_has_channels_and_times(self, by: str) -> None:
        assert cut(by, "tag:vip") == Cut(by, "tag", "vip")

    @pytest.mark.parametrize("by", ["agent", "tag", "touchpoint", "day", "weekday_hour", "channel"])
    def test_one_channel_has_everything(self, by: str) -> None:
        assert cut(by, "channel:chat") == Cut(by, "channel", "chat")

    @pytest.mark.parametrize(
        ("by", "slice_", "sentence"),
        [
            ("hour", None, f"there is no report by hour; choose from {KINDS}, day, week, month, weekday_hour"),
            ("day", "vip", f"there is no slice vip; write KIND:VALUE, with a kind of {KINDS}"),
            ("day", "day:monday", f"there is no slice day:monday; write KIND:VALUE, with a kind of {KINDS}"),
            ("agent", "tag:vip", ("a report of one tag is possible by channel, day, week, month, weekday_hour, "
             "not by agent; or take --slice channel:…")),
            ("tag", "tag:vip", ("a report of one tag is possible by channel, day, week, month, weekday_hour, "
             "not by tag; or take --slice channel:…")),
        ],
    )  # fmt: skip
    def test_what_is_not_possible_is_refused_with_what_is(self, by: str, slice_: str | None, sentence: str) -> None:
        with pytest.raises(BadReport) as refused:
            cut(by, slice_)
        assert str(refused.value) == sentence

    def test_an_unknown_channel_is_refused_and_any_other_value_is_taken(self) -> None:
        with pytest.raises(BadReport, match="there is no channel telex; choose from email, chat"):
            cut("day", "channel:telex")
        assert cut("day", "tag:telex").value == "telex"

    @pytest.mark.parametrize(
        ("asked", "value"),
        [("agent:7", "7"), ("agent:Eva", "7"), ("agent:Jo", "Jo"), ("agent:Support", "Support"),
         ("department:Support", "7"), ("agent:", ""), ("tag:a:b", "a:b"), ("tag:Eva", "Eva")],
    )  # fmt: skip
    def test_a_name_is_taken_for_its_id_where_exactly_one_has_it(self, asked: str, value: str) -> None:
        assert cut("day", asked).value == value

    def test_only_tags_overlap(self) -> None:
        assert cut("tag").overlapping
        assert not any(cut(by).overlapping for by in ("channel", "agent", "touchpoint", "day"))


class TestMerging:
    def test_sums_of_a_measure_are_added_and_values_kept(self) -> None:
        one = {"a": Sums(2, 30, 1, [np.array([10, 20])])}
        other = {"a": Sums(1, 5, 0, [np.array([5])]), "b": Sums(4, 4)}
        total = merged([one, other])
        assert (total["a"].n, total["a"].total, total["a"].undecided) == (3, 35, 1)
        assert sorted(total["a"].all_values().tolist()) == [5, 10, 20]
        assert (total["b"].n, total["b"].all_values().tolist()) == (4, [])

    def test_merging_changes_no_row(self) -> None:
        row = {"a": Sums(2, 30, 1, [np.array([10, 20])])}
        merged([row, row])
        assert (row["a"].n, row["a"].total, len(row["a"].values)) == (2, 30, 1)

    def test_of_no_rows_there_is_nothing(self) -> None:
        assert merged([]) == {}


CREATED = st.sampled_from(["2026-03-09 00:10", "2026-03-10 10:00", "2026-03-13 23:50", "2026-03-15 12:00"])
TICKETS = st.lists(
    st.fixed_dictionaries(
        {
            "created": CREATED,
            "channel": st.sampled_from(["email", "chat", "voice"]),
            "agent": st.sampled_from(["7", "8"]),
            "department": st.sampled_from(["s", "b"]),
            "answered": st.none() | st.integers(1, 500),
            "resolved": st.none() | st.integers(1, 3000),
            "csat": st.none() | st.integers(1, 5),
            "tags": st.sampled_from([(), ("a",), ("a", "b")]),
            "fields": st.none() | st.just({"land": "HR"}),
        }
    ),
    min_size=1,
    max_size=10,
)
BY = ("channel", "agent", "department", "touchpoint", "land", "day", "week", "month")
SUMMED = ("n", "numerator", "denominator", "undecided")


#: Figures of a moment and not of days: their rows, where these are times, are no parts of the total.
OF_A_MOMENT = (*backlog.METRIC.figures, *waiting_now.METRIC.figures)


def of_days(total: dict[str, Any]) -> dict[str, Any]:
    """What a report by days tells too."""
    return {name: figure for name, figure in total.items() if name not in waiting_now.METRIC.figures}


def added(figures_: list[dict[str, Any]], name: str) -> int:
    return sum(figure.get(name) or 0 for figure in figures_)


def asked(runtime: Runtime, account: Any, by: str, slice_: str | None = None) -> dict[str, Any]:
    request = ReportRequest(day_of(date(2026, 3, 9)), day_of(date(2026, 3, 18)), by, slice_)
    with runtime.database.read() as connection:
        return report(connection, account, request, now=runtime.clock())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestAddingUp:
    numbers = iter(range(1000))

    def world(self, runtime: Runtime, clock: Clock, told: list[dict[str, Any]]) -> Any:
        clock.now = at("2026-03-18 12:00")
        account = add_account(runtime, f"acme-{next(self.numbers)}", slices={"land": "field:land"})
        stories: list[Story] = [ticket(str(number), **one) for number, one in enumerate(told)]
        tell(runtime, account, *stories)
        return account

    @given(told=TICKETS)
    @settings(max_examples=tries(1 / 6), suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_rows_of_every_cut_add_up_to_the_total(
        self, runtime: Runtime, clock: Clock, told: list[dict[str, Any]]
    ) -> None:
        account = self.world(runtime, clock, told)
        totals = []
        for by in BY:
            found = asked(runtime, account, by)
            totals.append(found["total"])
            for name, total in found["total"].items():
                for part in SUMMED:
                    if part in total and not (by in TIMES and name in OF_A_MOMENT):
                        assert added([row["metrics"][name] for row in found["rows"]], part) == total[part], (by, name)
        of_tickets = [total for by, total in zip(BY, totals, strict=True) if by != "touchpoint"]  # answers alone
        assert all(of_days(total) == of_days(totals[0]) for total in of_tickets)
        assert totals[0]["ticket_volume"]["n"] == len(told)

    @given(told=TICKETS)
    @settings(max_examples=tries(1 / 6), suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_channels_one_by_one_are_the_rows_by_channel(
        self, runtime: Runtime, clock: Clock, told: list[dict[str, Any]]
    ) -> None:
        account = self.world(runtime, clock, told)
        for row in asked(runtime, account, "channel")["rows"]:
            of_one = asked(runtime, account, "day", f"channel:{row['channel']}")["total"]
            assert of_days(of_one) == of_days(row["metrics"])
            assert asked(runtime, account, "agent", f"channel:{row['channel']}")["total"] == row["metrics"]

    @given(told=TICKETS)
    @settings(max_examples=tries(1 / 6), suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_folding_changes_nothing_and_hours_hold_every_ticket(
        self, runtime: Runtime, clock: Clock, told: list[dict[str, Any]]
    ) -> None:
        account = self.world(runtime, clock, told)
        before = [asked(runtime, account, by) for by in (*BY, "tag", "weekday_hour")]
        figures.compact(runtime.database, account.slug, budget_seconds=5)
        assert [asked(runtime, account, by) for by in (*BY, "tag", "weekday_hour")] == before
        hours = [row["metrics"]["ticket_volume"] for row in before[-1]["rows"]]
        assert added(hours, "n") == len(told)

    def test_a_tag_counts_a_ticket_once_in_each_row_and_once_in_the_total(self, runtime: Runtime, clock: Clock) -> None:
        told = [{"created": "2026-03-10 10:00", "tags": tags} for tags in (("a", "b"), ("a",), ())]
        found = asked(runtime, self.world(runtime, clock, told), "tag")
        rows = {row["tag"]: row["metrics"]["ticket_volume"]["n"] for row in found["rows"]}
        assert rows == {"a": 2, "b": 1, "": 1}
        assert (found["total"]["ticket_volume"]["n"], found["overlapping"]) == (3, True)

    def test_the_hour_is_the_local_one_on_both_sides_of_a_clock_change(self, runtime: Runtime, clock: Clock) -> None:
        clock.now = at("2026-04-02 12:00")
        account = add_account(runtime, "zagreb", time_zone="Europe/Zagreb")
        tell(runtime, account, ticket("1", "2026-03-28 08:00"), ticket("2", "2026-03-29 08:00"))
        request = ReportRequest(day_of(date(2026, 3, 23)), day_of(date(2026, 3, 29)), "weekday_hour")
        with runtime.database.read() as connection:
            found = report(connection, account, request, now=clock.now + MINUTE)
        assert [row["weekday_hour"] for row in found["rows"]] == ["5-09", "6-10"]
