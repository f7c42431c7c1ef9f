"""Levers, splits and changes of sums that are told by hand: exact, the right way round, and only where it is sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.workers.stories import rules
from workers.insights.changes import SHARES, Changes
from workers.insights.levers import COMPARED, NAMES, Against, Doubt, Levers, worse_than_rest
from workers.insights.shapes import Insight, Place, whole
from workers.insights.slicing import Slicing, better_of, part_of
from workers.metrics.base import Sums
from workers.periods import Period
from workers.statistics.change import Share
from workers.statistics.decomposition import Part, decompose
from workers.statistics.intervals import newcombe, wilson

NOW, BEFORE = Period(107, 113), Period(100, 106)
#: Kind of slice → value → successes of n.
Told = Mapping[str, Mapping[str, tuple[int, int]]]


@dataclass(frozen=True)
class Fixed(Slicing):
    """Sums that are told: figure and first day → kind of slice → value → successes of n."""

    told: Mapping[tuple[str, int], Told] = field(default_factory=dict)

    def parts(self, name: str, dimension: str, period: Period, channel: str | None = None) -> dict[str, Part]:
        """What was told; nothing within one channel."""
        found = {} if channel else self.told.get((name, period.first), {}).get(dimension, {})
        return {value: Part(100.0 * successes, n) for value, (successes, n) in found.items() if n}

    def weekly(self, name: str, dimension: str, value: str, before: int) -> list[Share]:
        """A calm history."""
        return [Share(90, 100)] * 12


def slicing(told: Mapping[tuple[str, int], Told], **settings: Any) -> Fixed:
    nothing: Any = None
    account: Any = SimpleNamespace(rules=rules(**settings), slug="acme")
    return Fixed(nothing, account, 120, NAMES, told=told)


def levers(told: Mapping[str, Told], **settings: Any) -> list[Insight]:
    made = slicing({(name, NOW.first): each for name, each in told.items()}, **settings)
    return list(Levers(made, {("department", "b"): "Billing"}, NOW).insights())


def goal(successes: int, n: int, percent: float) -> list[Insight]:
    target = {"email": {"first_response": 3600, "goal": percent}}
    return levers({"answered_within_target": {"channel": {"email": (successes, n)}}}, targets=target)


class TestGoals:
    @pytest.mark.parametrize(
        ("successes", "n", "percent", "is_lever"),
        [
            (60, 100, 69, False), (60, 100, 70, True), (0, 30, 12, True), (0, 30, 11, False), (30, 30, 100, False),
            (29, 30, 100, True), (99, 100, 100, True), (100, 100, 50, False), (0, 29, 100, False),
            (900, 1000, 92, True),
            (90, 100, 92, False), (50, 50, 1, False), (1, 30, 0, False),
        ],
    )  # fmt: skip
    def test_a_lever_is_one_whose_whole_interval_is_below(
        self, successes: int, n: int, percent: float, is_lever: bool
    ) -> None:
        assert bool(goal(successes, n, percent)) is is_lever
        assert n < 30 or (100 * wilson(successes, n)[1] < percent) is is_lever

    def test_at_the_very_bound_there_is_none(self) -> None:
        bound = 100 * wilson(60, 100)[1]
        assert goal(60, 100, bound - 1e-6) == []
        assert goal(60, 100, bound + 1e-6) != []

    @pytest.mark.parametrize(
        ("successes", "n", "percent", "short"),
        [(60, 100, 90, 30), (0, 30, 90, 27), (61, 101, 90, 30), (0, 40, 99.9, 40)],
    )
    def test_it_says_how_many_more_would_have_met_it(self, successes: int, n: int, percent: float, short: int) -> None:
        (found,) = goal(successes, n, percent)
        assert found.short == short
        assert 100 * Fraction(successes + short, n) >= Fraction(percent)
        assert 100 * Fraction(successes + short - 1, n) < Fraction(percent)
        assert found.low <= found.difference <= found.high < 0 < found.weight

    def test_a_channel_without_a_target_has_no_goal_and_one_without_tickets_no_lever(self) -> None:
        target = {"chat": {"first_response": 60, "goal": 90}}
        assert levers({"answered_within_target": {"channel": {"email": (0, 500)}}}, targets=target) == []
        assert levers({}, targets=target) == []

    def test_the_more_is_looked_at_the_lower_one_must_be(self) -> None:
        targets = {name: {"first_response": 60, "goal": 70} for name in ("email", "chat", "voice")}
        alike = dict.fromkeys(targets, (60, 100))
        assert goal(60, 100, 70)
        assert levers({"answered_within_target": {"channel": alike}}, targets=targets) == []


def rest(metric: str, own: tuple[int, int], others: tuple[int, int]) -> Insight | None:
    against = Against(metric, Place("department", "b"), Share(*own), Share(*others), 0.0)
    return worse_than_rest(against, Share(*others), Doubt(1.0, 1.96))


class TestRests:
    @pytest.mark.parametrize(
        ("metric", "own", "others", "is_lever"),
        [
            ("csat", (20, 60), (90, 100), True), ("csat", (58, 60), (20, 100), False),
            ("csat", (53, 60), (90, 100), False),
            ("ces_easy_share", (20, 60), (90, 100), True), ("ces_easy_share", (60, 60), (10, 100), False),
            ("reopen_rate", (30, 60), (5, 100), True), ("reopen_rate", (0, 60), (50, 100), False),
            ("reopen_rate", (5, 60), (5, 100), False), ("csat", (0, 60), (0, 100), False),
            ("csat", (60, 60), (100, 100), False),
        ],
    )  # fmt: skip
    def test_worse_is_lower_or_higher_as_the_figure_has_it(
        self, metric: str, own: tuple[int, int], others: tuple[int, int], is_lever: bool
    ) -> None:
        found = rest(metric, own, others)
        assert (found is not None) is is_lever
        if found is None:
            return
        low, high = (100 * bound for bound in newcombe(*own, *others, z=1.96))
        assert (found.low, found.high) == pytest.approx((low, high))
        assert found.weight == pytest.approx(own[1] * min(abs(low), abs(high)) / 100)
        assert found.low * found.high > 0

    def test_an_account_of_one_slice_has_no_rest(self) -> None:
        for name in COMPARED:
            assert levers({name: {"department": {"b": (0, 500)}}}) == []

    @pytest.mark.parametrize(
        ("own", "others", "found"),
        [
            ((0, 30), (30, 30), ["b"]), ((0, 29), (30, 30), []), ((0, 30), (29, 29), []), ((0, 0), (300, 300), []),
            ((0, 300), (30, 30), ["b"]),
        ],
    )  # fmt: skip
    def test_both_sides_have_enough(self, own: tuple[int, int], others: tuple[int, int], found: list[str]) -> None:
        told = levers({"csat": {"department": {"b": own, "s": others}}})
        assert [lever.place.value for lever in told] == found
        assert all(lever.place.name == "Billing" for lever in told)

    def test_tickets_of_no_department_are_part_of_the_rest_and_no_lever(self) -> None:
        assert levers({"csat": {"department": {"": (0, 100), "s": (100, 100)}}}) == []
        (found,) = levers({"csat": {"department": {"": (100, 100), "b": (0, 100)}}})
        assert (found.place.value, found.reference, found.difference) == ("b", 100, -100)

    def test_only_the_figures_and_slices_that_are_meant_are_compared(self) -> None:
        worst = {"b": (0, 100), "s": (100, 100)}
        everything = dict.fromkeys(("agent", "tag", "touchpoint", "team"), worst)
        assert levers(dict.fromkeys(NAMES, everything)) == []
        assert levers({"resolution_rate_24h": {"department": worst}, "csat_mean": {"department": worst}}) == []
        assert len(levers({"csat": everything}, slices={"team": "field:team"})) == 1

    @pytest.mark.parametrize("settings", [{}, {"slices": {"team": "field:team", "land": "field:land"}}])
    def test_agents_and_tags_are_no_dimension(self, settings: dict[str, Any]) -> None:
        assert slicing({}, **settings).dimensions == ("channel", "department", *settings.get("slices", {}))


class TestParts:
    def test_a_share_is_in_percent_and_a_mean_in_its_own_unit(self) -> None:
        scores = Sums(n=6, total=21_000, values=[np.array([5000, 5000, 4000, 3000, 3000, 1000])])
        measures = {"csat:1:5:": scores, "reopen_rate": Sums(n=4, total=1, undecided=3)}
        assert part_of("csat", measures) == Part(300.0, 6)
        assert part_of("csat_mean", measures) == Part(21.0, 6)
        assert part_of("reopen_rate", measures) == Part(100.0, 4)
        assert part_of("ces", measures) == Part()

    @pytest.mark.parametrize(
        "name", ["csat", "csat_mean", "ces", "ces_easy_share", "reopen_rate", "answered_within_target"]
    )
    def test_of_nothing_there_is_no_part(self, name: str) -> None:
        assert part_of(name, {}) == Part()

    @pytest.mark.parametrize(
        ("name", "better"),
        [
            ("csat", "higher"), ("ces_easy_share", "higher"), ("reopen_rate", "lower"),
            ("answered_within_target", "higher"),
            ("resolution_rate_24h", "higher"), ("first_response_time", "lower"), ("ticket_volume", ""),
        ],
    )  # fmt: skip
    def test_every_figure_has_its_good_direction(self, name: str, better: str) -> None:
        assert better_of(name) == better

    def test_every_figure_that_is_compared_or_tested_has_one(self) -> None:
        assert {better_of(name) for name in (*NAMES, *SHARES)} == {"higher", "lower"}

    @pytest.mark.parametrize(
        ("tickets", "n"), [(3.0, 3), (3.0000000001, 3), (3.001, 4), (2.9999999999, 3), (0.0, 0), (0.5, 1)]
    )
    def test_tickets_are_whole(self, tickets: float, n: int) -> None:
        assert whole(tickets) == n


class TestSplits:
    @pytest.mark.parametrize(
        ("now", "before", "effects"),
        [
            # one part, and nothing else: all of it is its own change
            ({"a": (1, 4)}, {"a": (3, 4)}, {"a": ("0", "-1/2")}),
            # nothing in common: each part is mix alone, and both sides of it add the same
            ({"a": (1, 4)}, {"b": (3, 4)}, {"a": ("-1/4", "0"), "b": ("-1/4", "0")}),
            # a part that comes and does as all others do adds nothing
            ({"a": (1, 2), "b": (1, 2)}, {"a": (1, 2)}, {"a": ("0", "0"), "b": ("0", "0")}),
            # half of the tickets are of a new part with no success at all
            ({"a": (2, 2), "b": (0, 2)}, {"a": (2, 2)}, {"a": ("-1/8", "0"), "b": ("-3/8", "0")}),
            # two parts that change against each other
            ({"a": (1, 2), "b": (2, 2)}, {"a": (2, 2), "b": (1, 2)}, {"a": ("0", "-1/4"), "b": ("0", "1/4")}),
        ],
    )
    def test_each_effect_by_hand(
        self,
        now: dict[str, tuple[int, int]],
        before: dict[str, tuple[int, int]],
        effects: dict[str, tuple[str, str]],
    ) -> None:
        found = decompose(*({name: Part(*part) for name, part in side.items()} for side in (now, before)))
        assert found is not None
        exact = {name: tuple(float(Fraction(each)) for each in both) for name, both in effects.items()}
        assert {effect.name: effect.mix for effect in found.effects} == pytest.approx(
            {each: exact[each][0] for each in exact}
        )
        assert {effect.name: effect.rate for effect in found.effects} == pytest.approx(
            {each: exact[each][1] for each in exact}
        )
        assert found.mix + found.rate == pytest.approx(found.difference)

    def test_the_greatest_comes_first_and_of_equal_ones_by_name(self) -> None:
        now = {"c": Part(0, 10), "b": Part(5, 10), "a": Part(5, 10), "d": Part(10, 10)}
        before = dict.fromkeys("abcd", Part(10, 10))
        found = decompose(now, before)
        assert found is not None
        assert [effect.name for effect in found.effects] == ["c", "a", "b", "d"]


def made(kind: str = "worse", **told: Any) -> dict[str, Any]:
    """A report with one figure, whose total has a verdict, and no channels."""
    verdict = {"kind": kind, "p": 0.001, "difference": -25.0, "low": -32.0, "high": -18.0, **told}
    figure = {"value": 65.0, "n": 200, "verdict": verdict}
    return {"total": {"csat": figure}, "total_previous": {"csat": {"value": 90.0, "n": 200}}, "rows": []}


def changes(told: Mapping[str, Told], report: Mapping[str, Any], **settings: Any) -> list[Insight]:
    sides = {("csat", period.first): told.get(side, {}) for side, period in (("now", NOW), ("before", BEFORE))}
    return list(Changes(slicing(sides, **settings), {}, NOW, BEFORE).insights(report))


class TestChanges:
    @pytest.mark.parametrize("kind", ["steady", "unclear", "learning", "higher", "lower", "too_few", ""])
    def test_what_no_test_calls_is_not_told(self, kind: str) -> None:
        assert changes({}, made(kind)) == []

    def test_without_a_chance_or_without_a_verdict_there_is_no_test(self) -> None:
        report = made()
        assert changes({}, made(p=None)) == []
        del report["total"]["csat"]["verdict"]
        assert changes({}, report) == []
        assert changes({}, {"total": {}, "total_previous": {}, "rows": []}) == []

    def test_its_weight_is_that_of_the_bound_next_to_zero(self) -> None:
        (found,) = changes({}, made())
        assert (found.weight, found.short, found.difference) == pytest.approx((36, 50, -25))
        (found,) = changes({}, made("better", difference=25.0, low=4.0, high=46.0))
        assert found.weight == pytest.approx(8)
        assert found.word == "better"

    def test_the_slice_that_tells_most_beyond_its_size_tells_it(self) -> None:
        told = {
            "now": {"channel": {"email": (65, 100), "chat": (65, 100)}, "department": {"a": (90, 100), "b": (40, 100)}},
            "before": {
                "channel": {"email": (90, 100), "chat": (90, 100)},
                "department": {"a": (90, 100), "b": (90, 100)},
            },
        }
        (found,) = changes(told, made())
        assert (found.over, found.main_place) == ("department", Place("department", "b"))
        assert found.main is not None
        assert (found.main.mix, found.main.rate) == pytest.approx((0, -25))

    @pytest.mark.parametrize("side", ["now", "before"])
    def test_with_nothing_on_one_side_it_is_told_and_not_explained(self, side: str) -> None:
        (found,) = changes({side: {"department": {"a": (90, 100), "b": (40, 100)}}}, made())
        assert (found.over, found.split, found.main_place) == ("", None, None)

    def test_a_part_that_is_new_may_be_the_reason(self) -> None:
        told = {"now": {"department": {"a": (90, 100), "n": (10, 100)}}, "before": {"department": {"a": (90, 100)}}}
        (found,) = changes(told, made())
        assert found.main is not None
        assert (found.main.name, found.main.rate, found.main.before) == ("n", 0, Part())

    def test_one_part_alone_explains_nothing(self) -> None:
        told = {side: {"department": {"a": (n, 100)}} for side, n in (("now", 40), ("before", 90))}
        (found,) = changes(told, made())
        assert found.split is None

    def test_a_channel_is_never_split_by_itself_or_by_agents(self) -> None:
        worst = {"a": (90, 100), "b": (40, 100)}
        told = {side: {"agent": worst, "tag": worst} for side in ("now", "before")}
        report = made()
        row = {"channel": "chat", "metrics": report["total"], "previous": report["total_previous"]}
        total, chat = changes(told, {**report, "rows": [row]})
        assert (total.split, chat.split, chat.place) == (None, None, Place("channel", "chat"))
