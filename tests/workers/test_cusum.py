"""Lasting shifts of the share of satisfied answers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.statistics.alarm_budget import FALSE_SHIFTS_A_YEAR, WEEKS_A_YEAR
from workers.statistics.change import Share, Verdict
from workers.statistics.cusum import Baseline, Side, gain, threshold, watch

STEADY = [Share(17, 20)] * 20
KNOWN = Baseline(Share(170_000, 200_000), 1.0, 10_000)

week = st.integers(min_value=0, max_value=60).flatmap(
    lambda n: st.builds(Share, st.integers(min_value=0, max_value=n), st.just(n))
)
streams_of_weeks = st.lists(week, min_size=1, max_size=60)


def mirrored(weeks: list[Share]) -> list[Share]:
    return [Share(each.n - each.successes, each.n) for each in weeks]


class TestLearning:
    def test_fewer_than_two_hundred_answers_are_told(self) -> None:
        assert watch(STEADY[:9], streams=7).verdict() == Verdict("learning", 0, 180, have=180, need=200)

    def test_two_hundred_answers_of_seven_weeks_wait_for_the_eighth(self) -> None:
        assert watch([Share(80, 100)] * 7, streams=7).verdict() == Verdict("learning", 0, 700, have=7, need=8)

    def test_nothing_is_called_meanwhile(self) -> None:
        found = watch([Share(20, 20)] * 4 + [Share(0, 20)] * 5, streams=7)
        assert found.shifts == ()

    def test_then_a_steady_stream_has_no_clear_change(self) -> None:
        assert watch(STEADY, streams=7).verdict() == Verdict("no clear change", 0, 400)

    def test_a_stream_learns_anew_after_a_shift(self) -> None:
        found = watch([*STEADY, *[Share(5, 20)] * 5], streams=7)
        assert len(found.shifts) == 1
        assert found.verdict() == Verdict(
            "learning", 0, found.baseline.n, have=20 * (24 - found.shifts[0].at), need=200
        )

    def test_the_new_level_is_the_next_baseline(self) -> None:
        found = watch([*STEADY, *[Share(10, 20)] * 30], streams=7)
        assert [shift.side for shift in found.shifts] == ["down"]
        assert found.verdict().kind == "no clear change"


class TestShift:
    @pytest.mark.parametrize(
        ("weekly", "side", "word"), [(Share(10, 20), "down", "worse"), (Share(20, 20), "up", "better")]
    )
    def test_one_that_lasts_is_called_with_the_week_it_began(self, weekly: Share, side: Side, word: str) -> None:
        found = watch([*STEADY, *[weekly] * 10], streams=7)
        (shift,) = found.shifts
        assert (shift.side, shift.since, shift.before) == (side, 20, found.shifts[0].before)
        assert 20 < shift.at < 30
        assert shift.now == Share(weekly.successes * (shift.at - 19), 20 * (shift.at - 19))
        assert shift.verdict("higher").kind == word

    def test_it_is_the_verdict_of_the_week_in_which_it_is_called_and_of_no_other(self) -> None:
        weeks = [*STEADY, *[Share(10, 20)] * 10]
        at = watch(weeks, streams=7).shifts[0].at
        verdict = watch(weeks[: at + 1], streams=7).verdict()
        assert verdict.kind == "worse"
        assert verdict.difference is not None
        assert verdict.difference < -0.2
        assert [watch(weeks[:end], streams=7).verdict().kind for end in (at, at + 2)] == ["no clear change", "learning"]

    def test_a_fall_is_good_news_where_less_is_better(self) -> None:
        (shift,) = watch([*STEADY, *[Share(10, 20)] * 10], streams=7).shifts
        assert (shift.verdict("lower").kind, shift.verdict("").kind) == ("better", "lower")

    def test_one_bad_week_among_steady_ones_is_none(self) -> None:
        assert watch([*STEADY, Share(12, 20), *STEADY], streams=7).shifts == ()

    def test_a_stream_of_uneven_weeks_needs_more(self) -> None:
        fall = [Share(12, 20)] * 6
        uneven = [Share(20, 20), Share(14, 20)] * 10
        assert len(watch([*STEADY, *fall], streams=7).shifts) == 1
        assert watch([*uneven, *fall], streams=7).shifts == ()

    @given(streams_of_weeks)
    def test_the_opposite_outcomes_shift_the_opposite_way(self, weeks: list[Share]) -> None:
        there, back = watch(weeks, streams=7).shifts, watch(mirrored(weeks), streams=7).shifts
        opposite = {"up": "down", "down": "up"}
        assert [(opposite[shift.side], shift.since, shift.at) for shift in there] == [
            (shift.side, shift.since, shift.at) for shift in back
        ]

    @given(streams_of_weeks, st.integers(min_value=0, max_value=60))
    def test_an_empty_week_says_nothing(self, weeks: list[Share], place: int) -> None:
        with_empty = [*weeks[:place], Share(0, 0), *weeks[place:]]
        there, here = watch(weeks, streams=7), watch(with_empty, streams=7)
        assert [shift.now for shift in there.shifts] == [shift.now for shift in here.shifts]
        assert (there.baseline, there.weeks) == (here.baseline, here.weeks)

    @given(streams_of_weeks, st.integers(min_value=0, max_value=60))
    def test_what_was_called_stays_called(self, weeks: list[Share], end: int) -> None:
        whole, part = watch(weeks, streams=7).shifts, watch(weeks[:end], streams=7).shifts
        assert whole[: len(part)] == part


class TestThreshold:
    def test_a_week_at_the_shifted_share_speaks_for_it_and_one_at_the_old_share_against_it(self) -> None:
        assert gain(Share(74, 100), KNOWN, "down") > 0 > gain(Share(85, 100), KNOWN, "down")
        assert gain(Share(92, 100), KNOWN, "up") > 0 > gain(Share(85, 100), KNOWN, "up")

    def test_more_streams_need_more(self) -> None:
        found = [threshold(KNOWN, "down", streams=streams) for streams in (1, 7, 30)]
        assert found == sorted(found)
        assert found[0] < found[2]

    def test_a_baseline_of_few_weeks_needs_more(self) -> None:
        few, many = (Baseline(Share(170 * weeks, 200 * weeks), 1.0, weeks) for weeks in (8, 52))
        assert threshold(few, "up", streams=7) > 1.3 * threshold(many, "up", streams=7)

    @pytest.mark.parametrize(("step", "markov"), [(0.3, 2.67), (0.6, 3.56), (1.0, 4.08), (1.5, 4.31), (2.0, 4.33)])
    def test_siegmunds_approximation_meets_the_markov_chain(self, step: float, markov: float) -> None:
        """Brook and Evans, Biometrika 59 (1972), 539–549: 200 states, normal steps, one false call in 7 years."""
        lean = math.log(0.15 + 0.85 / 2) + 0.85 * math.log(2)
        answers = round(step**2 / 2 / lean * 10**6)
        baseline = Baseline(Share(round(0.85 * answers), answers), 1.0, 10**6)
        assert threshold(baseline, "down", streams=7) == pytest.approx(markov, abs=0.15)

    @pytest.mark.parametrize("side", ["up", "down"])
    @pytest.mark.parametrize(("level", "answers"), [(500, 20), (850, 5), (850, 20), (850, 80), (950, 40)])
    def test_a_known_share_is_called_falsely_as_seldom_as_promised(self, side: Side, level: int, answers: int) -> None:
        """One stream, 2,000 years of 52 weeks: each side's half of the budget, and not a fraction of it either."""
        random = np.random.default_rng(5)
        baseline = Baseline(Share(level * answers, 1000 * answers), 1.0, 1000)
        limit = threshold(baseline, side, streams=1)
        gains = np.array([gain(Share(successes, answers), baseline, side) for successes in range(answers + 1)])
        sums, calls, weeks = np.zeros(2000), 0, 52
        for _ in range(weeks):
            sums = np.maximum(0, sums + gains[random.binomial(answers, level / 1000, 2000)])
            calls += int((sums >= limit).sum())
            sums[sums >= limit] = 0
        a_year = calls / 2000 / weeks * WEEKS_A_YEAR
        assert 0.2 * FALSE_SHIFTS_A_YEAR / 2 < a_year <= FALSE_SHIFTS_A_YEAR / 2

    @pytest.mark.parametrize("alike", [0.0, 0.02])
    def test_a_stream_that_only_scatters_is_called_falsely_no_oftener_than_its_part(self, alike: float) -> None:
        """Seven streams share the two; here 120 years of one whose baseline is learned as it goes."""
        random = np.random.default_rng(3)
        size = (60, 104)
        levels = random.beta(0.85 * (1 / alike - 1), 0.15 * (1 / alike - 1), size) if alike else np.full(size, 0.85)
        found = random.binomial(40, levels).tolist()
        calls = sum(len(watch([Share(each, 40) for each in stream], streams=7).shifts) for stream in found)
        assert calls <= FALSE_SHIFTS_A_YEAR / 7 * 120
