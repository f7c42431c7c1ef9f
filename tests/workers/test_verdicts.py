"""Verdicts in reports: tested where a finished week or month allows it, elsewhere the difference alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from integrations.times import DAY
from tests.workers import stories
from tests.workers.accounts_for_tests import take
from tests.workers.small_world import Story, at, tell, ticket
from tests.workers.standing import Clock, add_account
from tests.workers.test_reports import asked
from workers import verdicts as module
from workers.accounts import Account
from workers.periods import Period, date_of, day_of, previous
from workers.runtime import Runtime
from workers.statistics.change import Share
from workers.verdicts import WATCHED, compared, is_tested, plain_verdict, verdicts

MONDAY = "2026-03-09"
WEEK = (MONDAY, "2026-03-15")
NOW = "2026-03-18 12:00"
#: Weeks told, the last of which is the one that is judged.
WEEKS = 13
_A_DAY = 8


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))


def steady(*, unhappy_at_last: int) -> Iterator[Story]:
    """Weeks of 56 letters, of ten answers one is bad; in the last week so many of ten are."""
    first = day(MONDAY) - 7 * (WEEKS - 1)
    for number in range(WEEKS * 7 * _A_DAY):
        when = first + number // _A_DAY
        bad = unhappy_at_last if when >= day(MONDAY) else 1
        score = 1 if number * 7 % 10 < bad else 5
        yield ticket(str(number), f"{date_of(when)} {9 + number % _A_DAY:02d}:00", answered=5, resolved=30, csat=score)


def rated(answers: dict[str, int], *, scale: str = "1-5") -> dict[str, Any]:
    """CES over these answers as the report tells it."""
    n = sum(answers.values())
    mean = sum(float(score) * count for score, count in answers.items()) / n
    return {"value": mean, "mean": mean, "unit": "points", "n": n, "distribution": answers, "scale": scale}


@pytest.fixture
def empty(runtime: Runtime, clock: Clock) -> Account:
    clock.now = at(NOW)
    return add_account(runtime, "acme")


def verdict(found: dict[str, Any], name: str) -> dict[str, Any]:
    told: dict[str, Any] = found["total"][name]["verdict"]
    return told


class TestATestedWeek:
    def test_a_fall_is_called_worse_in_its_channel_and_in_total(self, runtime: Runtime, empty: Account) -> None:
        tell(runtime, empty, *steady(unhappy_at_last=6))
        found = asked(runtime, empty, *WEEK)
        for figures in (found["total"], found["rows"][0]["metrics"]):
            told = figures["csat"]["verdict"]
            assert told["kind"] == "worse"
            assert told["p"] <= told["alpha"] < 0.05
            assert told["low"] <= told["difference"] <= told["high"] < 0
            assert told["difference"] == pytest.approx(
                figures["csat"]["value"] - found["total_previous"]["csat"]["value"]
            )
        assert found["total"]["csat"]["shift"]["kind"] in {"worse", "no clear change"}
        assert verdict(found, "ticket_volume")["kind"] == "no clear change"

    def test_weeks_alike_are_no_clear_change(self, runtime: Runtime, empty: Account) -> None:
        tell(runtime, empty, *steady(unhappy_at_last=1))
        found = asked(runtime, empty, *WEEK)
        for name in WATCHED:
            if name in found["total"] and found["total"][name]["n"]:
                assert verdict(found, name)["kind"] == "no clear change"
        assert verdict(found, "csat")["p"] > verdict(found, "csat")["alpha"]

    def test_no_other_period_and_no_slice_is_tested(self, runtime: Runtime, empty: Account) -> None:
        tell(runtime, empty, *steady(unhappy_at_last=6))
        for first, last in ((MONDAY, "2026-03-14"), ("2026-03-03", "2026-03-16")):
            assert "p" not in verdict(asked(runtime, empty, first, last), "csat")
        sliced = asked(runtime, empty, *WEEK, by="day", slice="channel:email")
        assert "p" not in verdict(sliced, "csat")

    def test_a_new_account_learns_first(self, runtime: Runtime, empty: Account) -> None:
        tell(runtime, empty, *(story for story in steady(unhappy_at_last=6) if _in_last_weeks(story, 4)))
        told = verdict(asked(runtime, empty, *WEEK), "csat")
        assert (told["kind"], told["have"], told["need"]) == ("learning", 2, 8)

    def test_weeks_before_the_first_ticket_were_not_empty_but_unseen(self, runtime: Runtime, empty: Account) -> None:
        tell(runtime, empty, *(story for story in steady(unhappy_at_last=1) if _in_last_weeks(story, 6)))
        told = verdict(asked(runtime, empty, *WEEK), "ticket_volume")
        assert (told["kind"], told["need"]) == ("learning", 8)
        tell(runtime, empty, *steady(unhappy_at_last=1))
        told = verdict(asked(runtime, empty, *WEEK), "ticket_volume")
        assert told["n"] == 7 * _A_DAY
        assert told["difference"] == 0


def _in_last_weeks(story: Story, weeks: int) -> bool:
    return int(story[0].ticket) >= (WEEKS - weeks) * 7 * _A_DAY


def test_the_weeks_behind_a_test_pool_no_scales_over_channels(runtime: Runtime) -> None:
    account = add_account(runtime, "acme")
    for number, (channel, top) in enumerate([("email", 5), ("email", 5), ("chat", 3)]):
        name = f"T{number}"
        opened, rated_top = stories.created(0, name, channel=channel), stories.answered(top, 60, name, scale=[1, top])
        take(runtime, account, opened, rated_top)
    monday = stories.MONDAY // DAY
    with runtime.database.read() as connection:
        after = Period(monday + 7, monday + 13)
        tests = module.Tests(connection, account.slug, after, previous(after), monday + 20)
        weeks = {channel: tests._weeks.share(monday, channel, "csat") for channel in ("email", "chat", None)}
    assert weeks == {"email": Share(2, 2), "chat": Share(1, 1), None: Share(0, 0)}


class TestComparedDays:
    def test_of_a_running_week_only_finished_days_are_compared(self, runtime: Runtime, empty: Account) -> None:
        stories = [ticket(f"a{n}", f"2026-03-{9 + n:02d} 10:00", answered=5) for n in range(7)]
        stories += [ticket(f"b{n}", f"2026-03-{16 + n} 10:00", answered=5) for n in range(3)]
        tell(runtime, empty, *stories)
        found = asked(runtime, empty, "2026-03-16", "2026-03-22")
        assert found["total"]["ticket_volume"]["n"] == 3
        told = verdict(found, "ticket_volume")
        assert (told["n"], told["n_before"], told["kind"]) == (2, 2, "no clear change")

    def test_nothing_is_said_while_no_day_is_over(self, runtime: Runtime, empty: Account) -> None:
        tell(runtime, empty, ticket("1", "2026-03-18 09:00", answered=5), ticket("2", "2026-03-11 09:00", answered=5))
        assert "verdict" not in asked(runtime, empty, "2026-03-18", "2026-03-18")["total"]["ticket_volume"]

    def test_the_days_of_a_short_month_end_with_it(self) -> None:
        march = Period(day("2026-03-01"), day("2026-03-31"))
        now, before = compared(march, day("2026-03-31")) or (march, march)
        assert (date_of(now.last).isoformat(), date_of(before.last).isoformat()) == ("2026-03-30", "2026-02-28")

    @pytest.mark.parametrize(
        ("first", "last", "tested"),
        [
            (MONDAY, "2026-03-15", True),
            ("2026-02-01", "2026-02-28", True),
            ("2026-03-10", "2026-03-16", False),
            ("2026-03-16", "2026-03-22", False),
            ("2026-03-01", "2026-03-31", False),
            ("2026-01-01", "2026-02-28", False),
        ],
    )
    def test_finished_weeks_and_months_are_tested(self, first: str, last: str, tested: bool) -> None:
        assert is_tested(Period(day(first), day(last)), day("2026-03-18")) is tested


class TestWhatIsJudged:
    def test_agents_and_single_times_are_not(self, runtime: Runtime, empty: Account) -> None:
        tell(runtime, empty, *steady(unhappy_at_last=6))
        for by in ("agent", "day"):
            found = asked(runtime, empty, *WEEK, by=by)
            assert all("verdict" not in figure for row in found["rows"] for figure in row["metrics"].values())
            assert "verdict" in found["total"]["csat"]

    def test_what_still_rises_with_age_is_not_compared(self) -> None:
        share = {"value": 50.0, "unit": "%", "n": 10, "numerator": 5, "denominator": 10}
        assert plain_verdict("resolution_rate", share, share) is None
        assert plain_verdict("resolution_rate_24h", share, share) is not None

    def test_means_compare_by_welch(self) -> None:
        now, before = rated({"1": 5, "3": 5, "5": 10}), rated({"2": 10, "4": 20})
        told = plain_verdict("ces", now, before)
        assert told is not None
        assert (told.kind, told.n, told.n_before) == ("no clear change", 20, 30)
        # The same as what ttest_ind of SciPy says of these answers, with unequal variances.
        assert (told.difference, told.low, told.high) == pytest.approx((0.1666666667, -0.6924741441, 1.0258074775))
        few = plain_verdict("ces", rated({"4": 14}), before)
        assert few is not None
        assert (few.kind, few.need) == ("too few", 15)

    def test_answers_on_unlike_scales_are_not_compared(self) -> None:
        now, before = rated({"4": 20}), rated({"4": 20}, scale="1-7")
        assert verdicts({"ces": now}, {"ces": before}) == {}
        assert verdicts({"ces": now}, {"ces": now}).keys() == {"ces"}

    @pytest.mark.parametrize("unit", ["s", "points", "%"])
    def test_what_has_its_n_as_its_value_by_chance_is_no_count(self, unit: str) -> None:
        now, before = ({"value": float(n), "unit": unit, "n": n} for n in (5, 4))
        assert plain_verdict("csat_mean", now, before) is None

    def test_a_mean_of_transfers_is_no_count_either(self) -> None:
        now, before = ({"value": 1.0, "unit": "transfers", "n": 1, "numerator": 1, "denominator": 1} for _ in range(2))
        assert plain_verdict("transfers", now, before) is None
        count: dict[str, Any] = {"value": 5, "unit": "waits", "n": 5}
        assert plain_verdict("closed_without_reply", count, count) is not None

    def test_durations_compare_by_the_intervals_of_their_medians(self) -> None:
        now = {"value": 100.0, "unit": "s", "n": 50, "low": 90, "high": 110}
        before = {"value": 200.0, "unit": "s", "n": 50, "low": 190, "high": 210}
        told = plain_verdict("first_response_time", now, before)
        assert told is not None
        assert (told.kind, told.difference) == ("not tested", -100.0)
        assert told.low is not None
        assert told.low == pytest.approx(-100 - 200**0.5)
        assert plain_verdict("first_response_time", {"value": 5.0, "unit": "s", "n": 2}, before) is None
