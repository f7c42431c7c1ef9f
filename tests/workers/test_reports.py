"""Reports: the figures of the tickets themselves, beside those of the period before, cut only as it is possible."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.workers.small_world import Story, at, tell, ticket
from tests.workers.standing import Clock, add_account
from workers.accounts import Account
from workers.cuts import BadReport
from workers.periods import day_of
from workers.reports import FIGURES, ReportRequest, report
from workers.runtime import Runtime
from workers.store import accounts, figures

#: Monday 9 to Sunday 15 March 2026, and the week before; today is Wednesday the 18th.
WEEK = ("2026-03-09", "2026-03-15")
NOW = "2026-03-18 12:00"


def world() -> Iterator[Story]:
    yield ticket("1", "2026-03-09 10:00", answered=10, resolved=100, csat=5, tags=("billing", "vip"), agent="7")
    yield ticket("2", "2026-03-10 10:00", answered=30, resolved=300, csat=1, tags=("billing",), agent="8")
    yield ticket("3", "2026-03-10 15:00", channel="chat", answered=1, resolved=20, agent="7", fields={"land": "HR"})
    yield ticket("4", "2026-03-12 15:00", channel="chat", agent="9", department="b")
    yield ticket("5", "2026-03-03 10:00", answered=50, resolved=60, csat=4, agent="7", fields={"land": "SI"})
    yield ticket("6", "2026-03-08 23:30", channel="voice", answered=5, resolved=6)
    yield ticket("7", "2026-03-18 09:00", answered=2)


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = at(NOW)
    made = add_account(runtime, "acme", slices={"land": "field:land"})
    tell(runtime, made, *world(), names={"agent": {"7": "Eva", "8": "Jonas"}, "department": {"s": "Support"}})
    return made


def asked(runtime: Runtime, account: Account, *days: str, **request: Any) -> dict[str, Any]:
    first, last = (day_of(date.fromisoformat(day)) for day in (days or WEEK))
    with runtime.database.read() as connection:
        return report(connection, account, ReportRequest(first, last, **request), now=runtime.clock())


def values(found: dict[str, Any], name: str, side: str = "metrics") -> dict[str, Any]:
    return {row[found["by"]]: row[side][name]["value"] for row in found["rows"] if row[side][name]["n"]}


class TestFigures:
    def test_a_report_says_what_it_is_about(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account)
        assert list(found) == [
            "account", "from", "to", "as_of", "time_zone", "by", "previous", "rows", "total", "total_previous"
        ]  # fmt: skip
        assert (found["from"], found["to"], found["time_zone"]) == (*WEEK, "UTC")
        assert found["as_of"] == "2026-03-18T12:00:00Z"
        assert found["previous"] == {"from": "2026-03-02", "to": "2026-03-08", "business_days": 5}

    def test_each_channel_stands_beside_its_own_week_before(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account)
        assert [row["channel"] for row in found["rows"]] == ["email", "chat", "voice"]
        assert values(found, "ticket_volume") == {"email": 2, "chat": 2}
        assert values(found, "ticket_volume", "previous") == {"email": 1, "voice": 1}
        assert values(found, "first_response_time") == {"email": 1200.0, "chat": 60.0}
        assert values(found, "resolution_rate") == {"email": 100.0, "chat": 50.0}

    def test_the_total_is_of_all_values_and_not_of_the_rows(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account)
        volume = found["total"]["ticket_volume"]
        assert {name: volume[name] for name in ("value", "unit", "n")} == {"value": 4, "unit": "tickets", "n": 4}
        assert found["total"]["first_response_time"]["median"] == 600.0
        assert found["total"]["csat"]["distribution"] == {"1": 1, "5": 1}
        assert found["total_previous"]["ticket_volume"]["value"] == 2

    def test_nothing_is_null_and_never_zero(self, runtime: Runtime, account: Account) -> None:
        voice = asked(runtime, account)["rows"][2]["metrics"]
        assert {name for name, figure in voice.items() if figure["value"] is not None} == set()

    def test_days_not_old_enough_are_undecided(self, runtime: Runtime, account: Account) -> None:
        rate = asked(runtime, account)["total"]["resolution_rate_7d"]
        assert (rate["numerator"], rate["denominator"], rate["undecided"]) == (3, 3, 1)

    def test_only_the_figures_asked_for_are_given(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account, metrics=["csat", "ticket_volume"])
        assert set(found["total"]) == {"csat", "ticket_volume"}
        assert set(found["rows"][0]["previous"]) == {"csat", "ticket_volume"}
        assert set(asked(runtime, account)["total"]) == set(FIGURES)

    @pytest.mark.parametrize("scheduled", [False, True])
    def test_a_figure_asked_for_alone_is_that_of_the_whole_report(
        self, runtime: Runtime, clock: Clock, scheduled: bool
    ) -> None:
        clock.now = at(NOW)
        hours: dict[str, Any] = {
            "schedule": "main",
            "schedules": {"main": {"mon": ["09:00-17:00"], "tue": ["09:00-17:00"]}},
        }
        made = add_account(runtime, "acme", **(hours if scheduled else {}))
        tell(runtime, made, *world())
        figures.compact(runtime.database, "acme", budget_seconds=5)
        whole = asked(runtime, made, "2026-03-02", "2026-03-18")["total"]
        assert sum(figure["n"] > 0 for figure in whole.values()) > len(whole) / 2
        for name, figure in whole.items():
            assert asked(runtime, made, "2026-03-02", "2026-03-18", metrics=[name])["total"] == {name: figure}

    def test_folding_the_facts_changes_no_figure(self, runtime: Runtime, account: Account) -> None:
        before = [asked(runtime, account, by=by) for by in ("channel", "day", "tag", "agent")]
        figures.compact(runtime.database, "acme", budget_seconds=5)
        assert [asked(runtime, account, by=by) for by in ("channel", "day", "tag", "agent")] == before


class TestRows:
    @pytest.mark.parametrize("by", ["channel", "agent", "department", "land", "day", "week", "month"])
    def test_counts_of_the_rows_add_up_to_the_total(self, runtime: Runtime, account: Account, by: str) -> None:
        found = asked(runtime, account, "2026-02-16", "2026-03-15", by=by)
        for name in ("ticket_volume", "first_response_time", "resolution_rate", "csat"):
            for key in ("n", "numerator", "denominator"):
                whole = found["total"][name].get(key, 0)
                assert sum(row["metrics"][name].get(key) or 0 for row in found["rows"]) == whole, (name, key)

    def test_tags_overlap_and_the_total_counts_a_ticket_once(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account, by="tag")
        assert found["overlapping"] is True
        assert values(found, "ticket_volume") == {"billing": 2, "vip": 1, "": 2}
        assert found["total"]["ticket_volume"]["value"] == 4
        assert "overlapping" not in asked(runtime, account)

    def test_none_is_an_empty_row_at_the_end(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account, by="land")
        assert [row["land"] for row in found["rows"]] == ["HR", "SI", ""]

    def test_names_stand_beside_ids(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account, by="agent")
        assert [(row["agent"], row.get("name")) for row in found["rows"]] == [("7", "Eva"), ("8", "Jonas"), ("", None)]

    def test_every_day_has_a_row_beside_the_same_weekday(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account, by="day")
        assert [row["day"][-2:] for row in found["rows"]] == ["09", "10", "11", "12", "13", "14", "15"]
        assert values(found, "ticket_volume", "previous") == {"2026-03-10": 1, "2026-03-15": 1}

    def test_a_day_that_is_not_over_says_so(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account, "2026-03-17", "2026-03-19", by="day")
        assert [row.get("unfinished", False) for row in found["rows"]] == [False, True, True]
        assert found["unfinished"] is True
        assert "unfinished" not in asked(runtime, account, "2026-03-17", "2026-03-17", by="day")

    def test_weeks_and_months_that_run_say_so_too(self, runtime: Runtime, account: Account) -> None:
        weeks = asked(runtime, account, "2026-03-09", "2026-03-22", by="week")["rows"]
        assert [(row["week"], row.get("unfinished")) for row in weeks] == [("2026-W11", None), ("2026-W12", True)]
        months = asked(runtime, account, "2026-02-01", "2026-03-31", by="month")["rows"]
        assert [(row["month"], row.get("unfinished")) for row in months] == [("2026-02", None), ("2026-03", True)]

    def test_a_month_longer_than_the_one_before_has_days_beside_nothing(
        self, runtime: Runtime, account: Account
    ) -> None:
        found = asked(runtime, account, "2026-03-01", "2026-03-31", by="day")
        assert len(found["rows"]) == 31
        assert found["rows"][30]["previous"]["ticket_volume"]["value"] is None

    def test_local_days_are_cut_in_the_zone_of_the_account(self, runtime: Runtime, clock: Clock) -> None:
        clock.now = at(NOW)
        local = add_account(runtime, "zagreb", time_zone="Europe/Zagreb")
        tell(runtime, local, ticket("6", "2026-03-08 23:30"))
        assert values(asked(runtime, local, by="day"), "ticket_volume") == {"2026-03-09": 1}


class TestSlices:
    def test_a_slice_has_channels_and_times(self, runtime: Runtime, account: Account) -> None:
        assert values(asked(runtime, account, slice="tag:billing"), "ticket_volume") == {"email": 2}
        by_day = asked(runtime, account, slice="agent:7", by="day")
        assert values(by_day, "first_response_time") == {"2026-03-09": 600.0, "2026-03-10": 60.0}
        assert by_day["total"]["first_response_time"]["n"] == 2

    def test_an_agent_may_be_named(self, runtime: Runtime, account: Account) -> None:
        by_name = asked(runtime, account, slice="agent:Eva", by="day")
        assert by_name == asked(runtime, account, slice="agent:7", by="day")

    @pytest.mark.parametrize("by", ["agent", "department", "tag", "land", "day", "weekday_hour", "channel"])
    def test_a_channel_may_be_cut_by_anything(self, runtime: Runtime, account: Account, by: str) -> None:
        found = asked(runtime, account, slice="channel:chat", by=by)
        assert found["total"]["ticket_volume"]["value"] == 2
        assert sum(values(found, "ticket_volume").values()) == 2

    def test_weekday_and_hour_of_all_and_of_one_slice(self, runtime: Runtime, account: Account) -> None:
        assert values(asked(runtime, account, by="weekday_hour"), "ticket_volume") == {
            "0-10": 1, "1-10": 1, "1-15": 1, "3-15": 1,
        }  # fmt: skip
        of_one = asked(runtime, account, by="weekday_hour", slice="tag:billing")
        assert values(of_one, "ticket_volume") == {"0-10": 1, "1-10": 1}
        assert of_one["total"]["ticket_volume"]["value"] == 2

    def test_by_weekday_and_hour_nothing_is_told_that_nobody_keeps_the_hour_of(
        self, runtime: Runtime, account: Account
    ) -> None:
        found = asked(runtime, account, by="weekday_hour")
        volumes = {"ticket_volume", "ticket_volume_outbound"}
        assert found["total"].keys() == found["total_previous"].keys() == volumes
        assert all(row["metrics"].keys() == row["previous"].keys() == volumes for row in found["rows"])
        one = asked(runtime, account, by="weekday_hour", metrics=("ticket_volume",))
        assert one["total"].keys() == {"ticket_volume"}
        with pytest.raises(BadReport, match=r"only ticket_volume and ticket_volume_outbound are told, not csat"):
            asked(runtime, account, by="weekday_hour", metrics=("csat", "ticket_volume"))

    @pytest.mark.parametrize(
        ("request_", "said"),
        [
            ({"by": "colour"}, "no report by colour; choose from channel, agent.*land, day, week, month"),
            ({"slice": "colour:red"}, "no slice colour:red; write KIND:VALUE"),
            ({"slice": "agent"}, "write KIND:VALUE"),
            ({"slice": "channel:pigeon"}, "no channel pigeon; choose from email"),
            ({"slice": "agent:7", "by": "tag"}, "one agent is possible by channel, day, week, month, weekday_hour"),
            ({"slice": "tag:vip", "by": "tag"}, "not by tag"),
            ({"slice": "weekday_hour:0-10"}, "with a kind of channel, agent, department, tag, touchpoint, land$"),
            ({"metrics": ["happiness"]}, "no metric happiness; choose from ticket_volume"),
        ],
    )
    def test_what_is_not_possible_is_refused_with_what_is(
        self, runtime: Runtime, account: Account, request_: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(BadReport, match=said) as refused:
            asked(runtime, account, **request_)
        assert "\n" not in str(refused.value)

    def test_a_report_that_ends_before_it_begins_is_refused(self, runtime: Runtime, account: Account) -> None:
        with pytest.raises(BadReport, match="exchange from and to"):
            asked(runtime, account, "2026-03-15", "2026-03-09")


class TestStates:
    def test_a_change_of_rules_is_told_until_everything_is_counted_anew(
        self, runtime: Runtime, account: Account
    ) -> None:
        changed = accounts.with_settings(account, {**account.settings, "time_zone": "Europe/Zagreb"})
        assert asked(runtime, changed)["rebuilding"] == {"done": 0, "of": 7}
        tell(runtime, changed, ticket("8", "2026-03-11 10:00"))
        assert asked(runtime, changed)["rebuilding"] == {"done": 1, "of": 8}

    def test_business_days_follow_the_accounts_schedule(self, runtime: Runtime, account: Account) -> None:
        week = {day: ["09:00-17:00"] for day in ("mon", "tue", "sat")}
        schedules = {"main": {**week, "sun": [], "holidays": ["2026-03-03/2026-03-04"]}}
        settings = {**account.settings, "schedule": "main", "schedules": schedules}
        changed = accounts.with_settings(account, settings)
        assert asked(runtime, changed)["previous"]["business_days"] == 2
