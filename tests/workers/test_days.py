"""Local days and hours on both sides of a clock change, what a fact is credited to, and every figure in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.events import event
from integrations.times import DAY, HOUR, SECOND, instant_of_iso
from tests.workers.stories import answered, counted, created, rules, sent, status, told
from workers import wording
from workers.metrics import METRICS
from workers.metrics.base import Counted, Sums
from workers.periods import date_of
from workers.tickets import fold
from workers.wording.language import language


def of(moment: str, zone: str) -> Counted:
    return Counted(fold("T1", [event("ticket.created", "T1", instant_of_iso(moment))]), rules(time_zone=zone))


class TestDays:
    @pytest.mark.parametrize(
        ("moment", "zone", "day", "hour"),
        [
            ("2026-03-28T22:59:59Z", "Europe/Zagreb", "2026-03-28", 23),
            ("2026-03-28T23:00:00Z", "Europe/Zagreb", "2026-03-29", 0),
            ("2026-03-29T00:59:59Z", "Europe/Zagreb", "2026-03-29", 1),
            ("2026-03-29T01:00:00Z", "Europe/Zagreb", "2026-03-29", 3),
            ("2026-03-29T21:59:59Z", "Europe/Zagreb", "2026-03-29", 23),
            ("2026-03-29T22:00:00Z", "Europe/Zagreb", "2026-03-30", 0),
            ("2026-10-25T00:30:00Z", "Europe/Zagreb", "2026-10-25", 2),
            ("2026-10-25T01:30:00Z", "Europe/Zagreb", "2026-10-25", 2),
            ("2026-10-25T22:59:59Z", "Europe/Zagreb", "2026-10-25", 23),
            ("2026-03-01T18:29:59Z", "Asia/Kolkata", "2026-03-01", 23),
            ("2026-03-01T18:30:00Z", "Asia/Kolkata", "2026-03-02", 0),
            ("2026-03-01T10:00:00Z", "Pacific/Kiritimati", "2026-03-02", 0),
        ],
    )
    def test_a_day_is_cut_in_the_zone_of_the_account(self, moment: str, zone: str, day: str, hour: int) -> None:
        found = of(moment, zone)
        assert date_of(found.created_day) == date.fromisoformat(day)
        assert found.hour(found.ticket.opened_at) == hour

    @given(later=st.integers(0, 400 * 24), zone=st.sampled_from(["Europe/Zagreb", "America/St_Johns", "UTC"]))
    def test_days_never_run_backwards(self, later: int, zone: str) -> None:
        found = of("2026-01-01T00:00:00Z", zone)
        moment = found.ticket.opened_at + later * HOUR
        assert 0 <= found.day(moment + HOUR) - found.day(moment) <= 1

    @pytest.mark.parametrize(("age", "days"), [(HOUR, 2), (8 * HOUR, 2), (DAY, 2), (DAY + 1, 3), (7 * DAY, 8)])
    def test_all_moments_of_a_day_are_of_an_age_after_so_many_days(self, age: int, days: int) -> None:
        assert of("2026-01-12T10:00:00Z", "UTC").all_this_old_on(100, age) == 100 + days

    @pytest.mark.parametrize(("day", "days"), [("2026-03-27", 2), ("2026-03-28", 3), ("2026-03-29", 2)])
    def test_before_a_night_that_is_an_hour_shorter_it_takes_a_day_more(self, day: str, days: int) -> None:
        found = of(f"{day}T12:00:00Z", "Europe/Zagreb")
        assert found.all_this_old_on(found.created_day, DAY) == found.created_day + days

    @given(
        later=st.integers(0, 400 * 24),
        age=st.sampled_from([HOUR, DAY, 3 * DAY, 7 * DAY]),
        zone=st.sampled_from(["Europe/Zagreb", "America/St_Johns", "UTC", "Australia/Lord_Howe", "Pacific/Apia"]),
    )
    def test_no_moment_is_decided_before_it_is_that_old(self, later: int, age: int, zone: str) -> None:
        found = of("2026-01-01T00:00:00Z", zone)
        moment = found.ticket.opened_at + later * HOUR
        day = found.day(moment)
        assert found.day(moment + age) < found.all_this_old_on(day, age) <= day + 3 + age // DAY

    @pytest.mark.parametrize(("end", "seconds"), [(0, 0), (SECOND - 1, 0), (SECOND, 1), (-5 * SECOND, 0)])
    def test_durations_are_whole_seconds_and_never_negative(self, end: int, seconds: int) -> None:
        assert counted(created()).duration((0, end)) == (seconds, seconds)


class TestSlices:
    def credited(self, found: Counted, measure: str) -> dict[str, str]:
        (fact,) = [one for metric in METRICS for one in metric.facts(found) if one.measure == measure]
        return dict(fact.slices.pairs)

    def test_each_metric_credits_who_and_where_it_was_then(self) -> None:
        found = counted(
            created(agent="a1", department="d1"),
            sent(1, author="eva"),
            told("ticket.moved", 2, department="d2"),
            status("resolved", 3, by="agent", author="jo"),
            told("ticket.moved", 4, department="d3"),
            told("ticket.assigned", 5, agent="zoe"),
        )
        by_measure = {
            measure: tuple(self.credited(found, measure)[kind] for kind in ("agent", "department"))
            for measure in ("ticket_volume", "first_response_time", "full_resolution_time")
        }
        assert by_measure == {
            "ticket_volume": ("eva", "d1"),
            "first_response_time": ("eva", "d1"),
            "full_resolution_time": ("jo", "d2"),
        }

    def test_without_a_response_creation_is_credited_to_who_holds_it_now(self) -> None:
        found = counted(created(agent="a1"), told("ticket.assigned", 5, agent="zoe"))
        assert self.credited(found, "ticket_volume")["agent"] == "zoe"

    def test_tags_are_those_of_the_resolution_that_holds(self) -> None:
        story = (created(tags=["a"]), status("resolved", 1), told("ticket.tagged", 2, tags=["b"]))
        assert self.credited(counted(*story), "ticket_volume")["tag"] == "a"
        assert self.credited(counted(*story, status("open", 3)), "ticket_volume")["tag"] == "b"

    def test_ignored_tags_are_no_tags(self) -> None:
        found = counted(created(tags=["a", "b"]), tags={"ignore": ["a", "b"]})
        assert self.credited(found, "ticket_volume")["tag"] == ""

    def test_the_touch_point_belongs_to_answers_alone(self) -> None:
        found = counted(created(), answered(5, 1, touchpoint="chat"))
        assert self.credited(found, "csat:1:5:")["touchpoint"] == "chat"
        assert "touchpoint" not in self.credited(found, "ticket_volume")


def told_figures(*stories: Counted) -> dict[str, dict[str, Any]]:
    """Every figure of these tickets as the Report JSON has it."""
    sums: dict[str, Sums] = {}
    for story in stories:
        for metric in METRICS:
            for fact in metric.facts(story):
                one = sums.setdefault(fact.measure, Sums())
                one.n += fact.n
                one.total += fact.total
                if fact.value is not None:
                    one.values.append(np.array([fact.value], np.int64))
    return {name: figure.json() for metric in METRICS for name, figure in metric.figure(sums).items()}


class TestWords:
    def test_every_figure_there_is_can_be_said_of_something_and_of_nothing(self) -> None:
        story = counted(created(), sent(5), status("resolved", 60), answered(4, 61))
        for found in (told_figures(story), told_figures(*[story] * 30), told_figures()):
            for name, figure in found.items():
                assert wording.figure(figure, language("en")), name

    def test_of_nothing_each_says_none(self) -> None:
        assert {wording.figure(figure, language("en")) for figure in told_figures().values()} == {"none"}

    def test_few_and_many_are_said_differently(self) -> None:
        story = counted(created(), sent(5), status("resolved", 60), answered(4, 61))
        few, many = told_figures(story), told_figures(*[story] * 30)
        assert wording.figure(few["csat"], language("en")) == "1 of 1, too few for a percentage"
        assert wording.figure(many["csat"], language("en")).startswith("100% (30 of 30, likely ")
        assert wording.figure(few["first_response_time"], language("en")) == "median 5 min"
        assert wording.figure(many["first_response_time"], language("en")) == "median 5 min, nine in ten within 5 min"
