"""What to do next in sentences: true to the numbers, in every language, and never about a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.insights import SHARES, Insight, Place
from workers.insights.levers import NAMES
from workers.statistics.decomposition import Part, Split, decompose
from workers.wording.insights import advice, line, place_name
from workers.wording.language import LANGUAGES, language

ENGLISH = language("en")
GOAL = Insight(
    kind="goal", metric="answered_within_target", place=Place("channel", "email"), value=79.2, reference=90,
    difference=-10.8, low=-14.5, high=-7.5, n=520, weight=39, short=57, word="worse", examples=("T1", "T2"),
)  # fmt: skip
REST = replace(
    GOAL, kind="rest", metric="csat", place=Place("department", "b", "Billing"), value=33.25, reference=91,
    difference=-57.75, low=-70, high=-40.1,
)  # fmt: skip


def split(now: dict[str, tuple[int, int]], before: dict[str, tuple[int, int]]) -> Split:
    sides = ({name: Part(100 * k, n) for name, (k, n) in side.items()} for side in (now, before))
    found = decompose(*sides)
    assert found is not None
    return found


def change(made: Split, main: str, **told: Any) -> Insight:
    """A change of a share that was split by channel."""
    return Insight(
        kind="change", metric="csat", place=Place(), value=made.now, reference=made.before,
        difference=made.difference, low=made.difference - 5, high=made.difference + 5, n=100, weight=3, short=4,
        over="channel", split=made, main=next(each for each in made.effects if each.name == main),
        main_place=Place("channel", main), **{"word": "worse", **told},
    )  # fmt: skip


class TestEnglish:
    def test_a_goal_that_was_missed(self) -> None:
        found = advice(GOAL, ENGLISH)
        assert found.finding == (
            "E-mail: 79.2% answered within target, the goal is 90%. 57 more tickets in time would have met it."
        )
        assert (found.why, found.tickets) == ("", ("T1", "T2"))
        assert found.action.startswith("Look at when these tickets came")

    def test_one_ticket_is_one_ticket(self) -> None:
        assert "1 more ticket in time" in advice(replace(GOAL, short=1), ENGLISH).finding

    def test_a_part_that_lags_behind_the_rest(self) -> None:
        assert advice(REST, ENGLISH).finding == (
            "Department Billing: CSAT 33.2%, everywhere else 91%. The gap is surely 40.1 points or more."
        )

    def test_a_rate_that_should_be_low_is_told_with_its_nearer_bound(self) -> None:
        found = advice(replace(REST, metric="reopen_rate", difference=30, low=12, high=48), ENGLISH)
        assert "surely 12 points or more" in found.finding

    def test_a_part_that_itself_got_worse(self) -> None:
        made = split({"email": (90, 100), "chat": (40, 100)}, {"email": (90, 100), "chat": (90, 100)})
        found = advice(change(made, "chat"), ENGLISH)
        assert found.finding == "All tickets: CSAT got worse, 65% after 90%."
        assert found.why == "Chat itself accounts for 25 points of this."
        assert found.action.startswith("Read what these customers wrote")

    @pytest.mark.parametrize(
        ("now", "before", "main", "why"),
        [
            ((10, 90), (90, 10), "chat", "More of Chat accounts for 20 points of this."),
            ((10, 90), (90, 10), "email", "Less of E-mail accounts for 20 points of this."),
        ],
    )
    def test_another_mix(self, now: tuple[int, int], before: tuple[int, int], main: str, why: str) -> None:
        sides = [
            {"email": (3 * e // 4, e), "chat": (c // 4, c)} for e, c in ((20 * x, 20 * y) for x, y in (now, before))
        ]
        found = advice(change(split(*sides), main), ENGLISH)
        assert found.why == why
        assert found.action.startswith("Find out why there were more or fewer of these")

    def test_what_got_better_is_to_be_kept(self) -> None:
        made = split({"email": (90, 100), "chat": (90, 100)}, {"email": (90, 100), "chat": (40, 100)})
        found = advice(change(made, "chat", word="better"), ENGLISH)
        assert found.finding == "All tickets: CSAT got better, 90% after 65%."
        assert found.action == "Find out what was done differently, and keep it."

    def test_a_line_has_all_of_it_and_the_tickets_last(self) -> None:
        found = advice(GOAL, ENGLISH)
        assert line(GOAL, ENGLISH) == f"{found.finding} {found.action} For example: T1, T2"
        assert line(replace(GOAL, examples=()), ENGLISH) == f"{found.finding} {found.action}"


class TestPlaces:
    @pytest.mark.parametrize(
        ("place", "name"),
        [
            (Place(), "All tickets"),
            (Place("channel", "web_form"), "Web form"),
            (Place("department", "7"), "Department 7"),
            (Place("department", "7", "Sales"), "Department Sales"),
            (Place("region", "HR"), "region: HR"),
            (Place("department", ""), "Department none"),
        ],
    )
    def test_a_slice_is_called_by_its_name(self, place: Place, name: str) -> None:
        assert place_name(place, ENGLISH) == name


@given(st.text(max_size=20), st.sampled_from([*LANGUAGES]))
def test_braces_and_the_like_in_names_are_text(name: str, code: str) -> None:
    insight = replace(REST, place=Place("department", "b", "{value} {0} %s" + name), examples=("{}",))
    assert "{value} {0} %s" + name in advice(insight, language(code)).finding
    assert line(insight, language(code)).endswith("{}")


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("metric", sorted({*SHARES, *NAMES}))
def test_every_figure_has_its_sentences_in_every_language(metric: str, code: str) -> None:
    for insight in (GOAL, REST, replace(REST, kind="change"), replace(REST, kind="change", word="better")):
        found = advice(replace(insight, metric=metric), language(code))
        assert found.finding
        assert found.action
        assert "{" not in found.finding + found.action
