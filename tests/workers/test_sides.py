"""Good and low answers: every kind, scale, direction and threshold, at the last score of each side and the next."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workers.stories import answered, created, rules, ticket_of
from workers.metrics.answers import Scale
from workers.metrics.sides import is_low, side, side_of
from workers.tickets import Answer


def answer(kind: str, score: float, low: float, high: float, **more: Any) -> Answer:
    (found,) = ticket_of(created(), answered(score, 5, kind=kind, scale=[low, high], **more)).standing_answers()
    return found


def sides(kind: str, low: int, high: int, survey: dict[str, Any] | None = None, **more: Any) -> str:
    """One letter a score, from the lowest: + good, - low, ± both, . neither."""
    held = rules(surveys={kind: survey}) if survey is not None else rules()
    found = (answer(kind, score, low, high, **more) for score in range(low, high + 1))
    letters = {(True, False): "+", (False, True): "-", (True, True): "±", (False, False): "."}
    return "".join(letters[side(each, held) == "positive", is_low(each, held)] for each in found)


class TestWithoutSettings:
    @pytest.mark.parametrize(
        ("low", "high", "said"),
        [
            (0, 1, "-+"), (1, 2, "-+"), (1, 3, "-.+"), (-1, 1, "-.+"), (1, 4, "--++"), (1, 5, "--.++"), (0, 4, "--.++"),
            (1, 7, "---..++"), (1, 10, "-----..+++"), (0, 10, "------..+++"), (0, 9, "------..++"),
            (1, 6, "......"), (1, 8, "........"), (1, 9, "........."),
        ],
    )  # fmt: skip
    def test_satisfaction_has_its_sides_by_the_points_of_the_scale(self, low: int, high: int, said: str) -> None:
        assert sides("csat", low, high) == said

    @pytest.mark.parametrize(
        ("low", "high", "direction", "said"),
        [
            (1, 5, None, "...++"), (1, 5, "easy", "...++"), (1, 5, "effort", "++..."),
            (1, 7, None, "....+++"), (1, 7, "easy", "....+++"), (1, 7, "effort", "+++...."),
            (0, 10, "easy", "..........."), (1, 10, "effort", ".........."), (1, 3, None, "..."),
        ],
    )  # fmt: skip
    def test_ease_is_good_at_its_easy_end_and_never_low(
        self, low: int, high: int, direction: str | None, said: str
    ) -> None:
        more: dict[str, Any] = {"direction": direction} if direction else {}
        assert sides("ces", low, high, **more) == said

    def test_a_promoter_gives_nine_or_ten_and_nobody_is_low(self) -> None:
        assert sides("nps", 0, 10) == ".........++"


@pytest.mark.parametrize(
    ("kind", "points", "direction", "said"),
    [
        ("csat", (0, 1), "", "np"), ("csat", (1, 2), "", "np"), ("csat", (1, 3), "", "n0p"),
        ("csat", (1, 4), "", "nnpp"), ("csat", (1, 5), "", "nn0pp"), ("csat", (1, 7), "", "nnn00pp"),
        ("csat", (1, 10), "", "nnnnn00ppp"),
        ("csat", (0, 10), "", "nnnnnn00ppp"), ("csat", (1, 6), "", "------"), ("csat", (0, 100), "", "-" * 101),
        ("ces", (1, 5), "easy", "nn0pp"), ("ces", (1, 5), "effort", "pp0nn"), ("ces", (1, 7), "easy", "nnn0ppp"),
        ("ces", (1, 7), "effort", "ppp0nnn"), ("ces", (1, 10), "easy", "-" * 10),
        ("nps", (0, 10), "", "nnnnnnn00pp"), ("nps", (1, 5), "", "-----"),
    ],
)  # fmt: skip
def test_every_score_of_every_scale_has_its_side(kind: str, points: tuple[int, int], direction: str, said: str) -> None:
    letters = {"negative": "n", "neutral": "0", "positive": "p", "": "-"}
    scale = Scale(*points, direction)
    assert "".join(letters[side_of(kind, score, scale)] for score in range(points[0], points[1] + 1)) == said


class TestThresholds:
    @pytest.mark.parametrize(
        ("low", "high", "below", "said"), [(1, 5, 3, "++.--"), (1, 5, 2, "++..-"), (1, 7, 3, "+++..--")]
    )
    def test_of_effort_what_was_hard_is_low(self, low: int, high: int, below: int, said: str) -> None:
        assert sides("ces", low, high, {"follow_up_below": below, "direction": "effort"}) == said
        assert sides("ces", low, high, {"follow_up_below": below}, direction="effort") == said

    @pytest.mark.parametrize(
        ("kind", "low", "high", "below", "said"),
        [
            ("csat", 1, 5, 1, "...++"), ("csat", 1, 5, 2, "-..++"), ("csat", 1, 5, 3, "--.++"),
            ("csat", 1, 5, 4, "---++"),
            ("csat", 1, 5, 5, "---±+"), ("csat", 1, 5, 6, "---±±"), ("csat", 1, 5, 0, "...++"),
            ("csat", 1, 5, -1, "...++"),
            ("csat", 1, 5, 2.5, "--.++"), ("csat", 0, 1, 0.5, "-+"), ("csat", 1, 6, 3, "--...."),
            ("ces", 1, 5, 3, "--.++"), ("ces", 1, 7, 4, "---.+++"), ("ces", 1, 7, 6, "----±++"),
            ("nps", 0, 10, 7, "-------..++"), ("nps", 0, 10, 0, ".........++"), ("nps", 0, 10, 11, "---------±±"),
        ],
    )  # fmt: skip
    def test_what_is_below_is_low_and_the_threshold_itself_is_not(
        self, kind: str, low: int, high: int, below: float, said: str
    ) -> None:
        scale = {} if (low, high) == (1, 6) else {"scale": [low, high]}
        assert sides(kind, low, high, {"follow_up_below": below, **scale}) == said

    def test_without_a_scale_of_its_own_a_threshold_holds_on_every_scale(self) -> None:
        assert sides("csat", 1, 7, {"follow_up_below": 2}) == "-....++"
        assert sides("csat", 0, 1, {"follow_up_below": 2}) == "-±"

    @pytest.mark.parametrize(
        ("low", "high", "said"), [(1, 3, "-.+"), (0, 4, "--.++"), (1, 7, "---..++"), (0, 10, "------..+++")]
    )
    def test_on_another_scale_satisfaction_falls_back_to_its_sides(self, low: int, high: int, said: str) -> None:
        assert sides("csat", low, high, {"scale": [1, 5], "follow_up_below": 5}) == said

    @pytest.mark.parametrize(("kind", "scale", "said"), [("ces", [1, 7], "...++")])
    def test_on_another_scale_nothing_else_is_low(self, kind: str, scale: list[int], said: str) -> None:
        assert sides(kind, 1, 5, {"scale": scale, "follow_up_below": 4}) == said

    def test_a_threshold_is_of_its_own_kind(self) -> None:
        held = rules(surveys={"nps": {"follow_up_below": 7}, "ces": {"follow_up_below": 5}})
        assert not is_low(answer("csat", 3, 1, 5), held)
        assert is_low(answer("ces", 4, 1, 5), held)
        assert is_low(answer("nps", 6, 0, 10), held)

    def test_scores_between_whole_ones_are_on_a_side_too(self) -> None:
        assert side(answer("csat", 4.5, 1, 5), rules()) == "positive"
        assert side(answer("csat", 3.999, 1, 5), rules()) == "neutral"
        assert is_low(answer("csat", 2.999, 1, 5), rules(surveys={"csat": {"follow_up_below": 3}}))


class TestDirection:
    @pytest.mark.parametrize(
        ("of_account", "of_answer", "said"),
        [
            (None, None, "....+++"), ("easy", None, "....+++"), ("effort", None, "+++...."),
            ("effort", "easy", "....+++"), ("easy", "effort", "+++...."), ("effort", "effort", "+++...."),
        ],
    )  # fmt: skip
    def test_the_answers_own_word_goes_before_the_accounts(
        self, of_account: str | None, of_answer: str | None, said: str
    ) -> None:
        survey = {"direction": of_account} if of_account else {}
        assert sides("ces", 1, 7, survey, **({"direction": of_answer} if of_answer else {})) == said

    def test_it_turns_nothing_but_ease_round(self) -> None:
        assert sides("csat", 1, 5, {"direction": "effort"}) == "--.++"
        assert sides("nps", 0, 10, {"direction": "effort"}) == ".........++"
