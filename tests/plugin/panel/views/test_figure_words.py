"""A figure in words: each value in its unit, what it rests on, and a change with its word, arrow and size."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.panel.views.expected import expected_picture
from plugin.panel.views.figures import Change, main, plain, shown, signed, title
from workers.metrics import METRIC_OF
from workers.now.page import Expected, ExpectedHour
from workers.wording.language import LANGUAGES, language
from workers.wording.numbers import MINUS

ENGLISH = language("en")


def share(part: int, of: int, **more: Any) -> dict[str, Any]:
    """A share as the Report JSON has it."""
    ends = {"low": None, "high": None} if not of else {"low": 0.0, "high": 100.0}
    value = 100 * part / of if of else None
    return {"value": value, "unit": "%", "n": of, "numerator": part, "denominator": of, **ends, **more}


def time(seconds: float | None, n: int = 30, **more: Any) -> dict[str, Any]:
    """A duration."""
    return {"value": seconds, "unit": "s", "n": n, **more}


def count(n: int, **more: Any) -> dict[str, Any]:
    """A number of tickets."""
    return {"value": n, "unit": "tickets", "n": n, **more}


def verdict(kind: str, difference: float | None = None, *, ends: tuple[float, float] | None = None, **more: Any) -> Any:
    """What a test says of a change, as JSON."""
    low, high = ends or (None, None)
    return {"verdict": {"kind": kind, "difference": difference, "low": low, "high": high, **more}}


class TestValue:
    @pytest.mark.parametrize(
        ("value", "unit", "text"),
        [
            (0, "s", "0 s"), (59.4, "s", "59 s"), (59.6, "s", "1 min"), (3599, "s", "1 h"), (5_700, "s", "1 h 35 min"),
            (86_399, "s", "1 d"), (183_600, "s", "2 d 3 h"),
            (0, "%", "0%"), (100, "%", "100%"), (0.0, "%", "0%"), (100.0, "%", "100%"), (88.4, "%", "88%"),
            (0.4, "%", "0.4%"), (0.5, "%", "0.5%"), (0.6, "%", "1%"), (99.4, "%", "99%"), (99.5, "%", "99.5%"),
            (0.04, "%", "0.1%"), (0.0001, "%", "0.1%"), (99.96, "%", "99.9%"), (99.9999, "%", "99.9%"),
            (4.236, "points", "4.24"), (-12.5, "points", f"{MINUS}12.5"), (4.0, "points", "4"),
            (1234.0, "tickets", "1,234"),
        ],
    )  # fmt: skip
    def test_each_unit_is_written_as_people_read_it(self, value: float, unit: str, text: str) -> None:
        assert plain(ENGLISH, value, unit) == text

    @given(part=st.integers(1, 5_000_000), more=st.integers(1, 5_000_000))
    def test_some_are_never_none_and_never_all(self, part: int, more: int) -> None:
        assert plain(ENGLISH, 100 * part / (part + more), "%") not in ("0%", "100%", "0.0%", "100.0%")

    @pytest.mark.parametrize(
        ("figure", "text"),
        [
            (share(0, 0), "–"), (share(0, 1), "0 of 1"), (share(4, 4), "4 of 4"), (share(0, 4), "0 of 4"),
            (share(0, 5), "0%"), (share(5, 5), "100%"), (share(1, 300), "0.3%"),
            (share(1, 3) | {"denominator": None, "numerator": None}, "–"),
            (time(None, 0), "–"), (time(0.0, 3), "0 s"), (time(None, 4), "–"),
            (count(0), "0"), (count(1), "1"), (count(12_345), "12,345"),
            ({"value": 0, "unit": "points", "n": 9}, "0"), ({"value": None, "unit": "points", "n": 9}, "–"),
            ({"value": None, "unit": "%", "n": 9, "parts": {"1–5": share(1, 9)}}, "…"),
            ({"value": None, "unit": "%", "n": 0, "parts": {}}, "–"),
        ],
    )  # fmt: skip
    def test_no_value_is_never_written_as_one(self, figure: dict[str, Any], text: str) -> None:
        assert shown(ENGLISH, "csat", figure).main == text


class TestMeans:
    """Transfers are a mean of tickets, though their unit is a noun."""

    def test_of_no_ticket_there_is_none_and_else_it_is_said_how_many_they_were(self) -> None:
        nothing = {"value": None, "unit": "transfers", "n": 0, "numerator": 0, "denominator": 0}
        assert main(ENGLISH, nothing) == main(ENGLISH, {"value": None, "unit": "s", "n": 0}) != "0"
        some = {"value": 1.4, "unit": "transfers", "n": 10, "numerator": 14, "denominator": 10}
        told = shown(ENGLISH, "transfers", some)
        assert (told.main, told.details) == ("1.4", ("n = 10",))


class TestDetails:
    @pytest.mark.parametrize(
        ("figure", "details"),
        [
            (share(0, 0), ()),
            (share(2, 3), ("too few for a percentage",)),
            (share(2, 3, undecided=1), ("too few for a percentage", "1 not decided yet")),
            (share(0, 0, undecided=2), ("2 not decided yet",)),
            (share(4, 5, low=37.55, high=96.4), ("likely 38% to 96%", "4 of 5")),
            (share(999, 1000, low=99.43, high=99.98), ("likely 99% to 99.9%", "999 of 1,000")),
            (share(800, 1000, low=None, high=None, undecided=1200), ("800 of 1,000", "1,200 not decided yet")),
            (time(60.0), ("median", "n = 30")),
            (time(60.0, p90=None), ("median", "n = 30")),
            (time(60.0, p90=7200.0, low=50.0, high=90.0),
             ("median; 9 in 10 within 2 h", "likely 50 s to 1 min 30 s", "n = 30")),
            (time(None, 0), ()),
            (time(None, 3), ("n = 3",)),
            (count(12, low=7.0, high=20.0), ()),
            (count(0), ()),
            ({"value": 4.2, "unit": "points", "n": 20}, ("n = 20",)),
            (
                {"value": -5.0, "unit": "points", "n": 20, "low": -30.0, "high": 20.0},
                (f"likely {MINUS}30 to 20", "n = 20"),
            ),
            ({"value": None, "unit": "%", "n": 9, "parts": {"1–5": share(4, 5), "1–7": share(0, 0),
                                                   "0–1": share(1, 7)}},
             ("n = 9", "on 1–5: 80%", "on 1–7: –", "on 0–1: 14%")),
            ({"value": 80.0, "unit": "%", "n": 12, "parts": {"1–5": share(4, 5)}}, ("n = 12",)),
        ],
    )  # fmt: skip
    def test_it_is_said_what_a_value_rests_on(self, figure: dict[str, Any], details: tuple[str, ...]) -> None:
        assert shown(ENGLISH, "csat", figure).details == details

    @pytest.mark.parametrize(
        ("name", "value", "is_said"),
        [
            ("first_response_time_business", 0.0, True), ("full_resolution_time_business", 0, True),
            ("first_response_time_business", 1.0, False), ("first_response_time", 0.0, False),
            ("first_response_time_business", None, False),
        ],
    )  # fmt: skip
    def test_no_business_time_at_all_is_explained(self, name: str, value: float | None, is_said: bool) -> None:
        details = shown(ENGLISH, name, time(value)).details
        assert ("at least half were over before business hours began" in details) is is_said

    @pytest.mark.parametrize(
        ("figure", "brief"),
        [
            (share(4, 5, low=37.55, high=96.4), "likely 38% to 96% · 4 of 5"),
            (share(2, 3), "too few for a percentage"),
            (time(60.0, p90=7200.0, low=5.0, high=9.0), "median; 9 in 10 within 2 h · n = 30"), (count(5), ""),
            (share(0, 0), ""),
        ],
    )  # fmt: skip
    def test_a_table_has_the_same_in_one_line(self, figure: dict[str, Any], brief: str) -> None:
        assert shown(ENGLISH, "csat", figure).brief == brief

    def test_what_is_handed_in_stays_as_it_was(self) -> None:
        few = share(2, 3)
        assert shown(ENGLISH, "csat", few).n == 3
        assert few == share(2, 3)

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_every_figure_has_a_title_of_its_own_in_every_language(self, code: str) -> None:
        titles = [title(language(code), name) for name in METRIC_OF]
        assert all(titles)
        assert sorted({one for one in titles if titles.count(one) > 1}) == []


class TestChange:
    @pytest.mark.parametrize(
        ("figure", "before", "change"),
        [
            (count(5), None, None),
            (count(5), count(4), None),
            (count(5, verdict=None), count(4), None),
            (time(600.0, **verdict("better", -300.0, ends=(-400.0, -200.0))), time(900.0),
             Change("Clear change for the better", "better", "▼",
                    "−5 min from 15 min, likely −6 min 40 s to −3 min 20 s")),
            (time(600.0, **verdict("worse", 30.0)), time(570.0),
             Change("Clear change for the worse", "worse", "▲", "+30 s from 9 min 30 s")),
            (share(90, 100, **verdict("better", 2.55, ends=(0.1, 5.0))), share(87, 100),
             Change("Clear change for the better", "better", "▲",
                    "+2.5 points from 87%, likely +0.1 points to +5 points")),
            (count(120, **verdict("higher", 20.4, ends=(5.2, 35.6), alpha=0.05)), count(90),
             Change("Clearly more", "clear", "▲", "+20 to the usual 100, likely +5 to +36")),
            (count(80, **verdict("lower", -20.4, ends=(-35.6, -5.2), alpha=0.05)), count(90),
             Change("Clearly less", "clear", "▼", "−20 to the usual 100, likely −36 to −5")),
            (share(90, 100, **verdict("no clear change", 1.0, ends=(-2.0, 4.0), alpha=0.05)), share(89, 100),
             Change("No clear change", "plain", "", "+1 point from 89%, likely −2 points to +4 points")),
            (count(100, **verdict("no clear change", 0.3, ends=(-9.6, 10.2), alpha=0.05)), count(7),
             Change("No clear change", "plain", "", "±0 to the usual 100, likely −10 to +10")),
            (count(9, **verdict("not tested", 5.0, ends=(0.6, 9.0))), count(4),
             Change("Differs, not tested", "plain", "", "+5 from 4, likely +1 to +9")),
            (share(90, 100, **verdict("too few", have=2, need=5)), share(1, 2), Change("Too few to compare")),
            (share(1, 2, **verdict("too few", have=2, need=5)), share(90, 100), Change("Too few to compare")),
            (share(9, 10, **verdict("learning", have=3, need=8)), share(0, 0), Change("Too little history: 3 of 8")),
        ],
    )  # fmt: skip
    def test_a_change_has_its_word_its_arrow_and_its_size(
        self, figure: dict[str, Any], before: dict[str, Any] | None, change: Change | None
    ) -> None:
        assert shown(ENGLISH, "csat", figure, before).change == change

    @pytest.mark.parametrize("code", LANGUAGES)
    @pytest.mark.parametrize("kind", ["better", "worse", "higher", "lower", "no clear change", "not tested", "too few"])
    def test_every_word_is_said_in_every_language(self, kind: str, code: str) -> None:
        change = shown(language(code), "csat", count(9, **verdict(kind, 5.0)), count(4)).change
        english = shown(ENGLISH, "csat", count(9, **verdict(kind, 5.0)), count(4)).change
        assert change is not None
        assert english is not None
        assert (change.word == english.word) is (code == "en")

    @pytest.mark.parametrize(
        ("difference", "unit", "text"),
        [
            (0.04, "%", "±0 points"), (-0.04, "%", "±0 points"), (0.05001, "%", "+0.1 points"), (-1, "%", "−1 point"),
            (100.0, "%", "+100 points"), (0.4, "s", "±0 s"), (-0.6, "s", "−1 s"), (90_000, "s", "+1 d 1 h"),
            (0.4, "tickets", "±0"), (-0.4, "tickets", "±0"), (-0.6, "tickets", "−1"), (1234, "tickets", "+1,234"),
            (0.004, "points", "±0"), (-0.25, "points", "−0.25"), (7, "points", "+7"),
        ],
    )  # fmt: skip
    def test_a_difference_that_is_written_as_nothing_has_no_direction(
        self, difference: float, unit: str, text: str
    ) -> None:
        assert signed(ENGLISH, difference, unit) == text

    def test_a_part_of_a_figure_is_written_alone(self) -> None:
        assert main(ENGLISH, share(4, 5)) == "80%"


def hour(number: int, most: int, so_far: int | None = None) -> ExpectedHour:
    """An hour that brought up to so many."""
    return ExpectedHour(number, most / 2, 0, most, so_far)


def expected(hours: tuple[ExpectedHour, ...], *, days: int = 4, so_far: int = 3) -> Expected:
    """A day beside so many like it."""
    some = days > 0
    return Expected(20_530, is_holiday=False, days=tuple(range(days)), hours=hours, median=7.5 if some else None,
                    least=2 if some else None, most=11 if some else None, so_far=so_far)  # fmt: skip


class TestExpected:
    @pytest.mark.parametrize(
        ("days", "so_far", "finding"),
        [
            (0, 0, "0 tickets came so far."), (0, 1, "1 ticket came so far."),
            (1, 1, "1 ticket came so far. On 1 day like this, tickets: 8."),
            (4, 1200, "1,200 tickets came so far. On 4 days like this, tickets: 8 (between 2 and 11)."),
        ],
    )  # fmt: skip
    def test_it_is_said_what_came_and_what_is_usual(self, days: int, so_far: int, finding: str) -> None:
        assert expected_picture(expected((), days=days, so_far=so_far), ENGLISH).finding == finding

    @pytest.mark.parametrize(
        ("hours", "shown_hours"),
        [
            ((), []),
            (tuple(hour(each, 0) for each in range(24)), []),
            ((hour(7, 0), hour(8, 3), hour(9, 0), hour(10, 1), hour(11, 0)), ["08:00", "09:00", "10:00"]),
            ((hour(0, 0, 2), hour(1, 0, 0), hour(23, 4)), ["00:00", "01:00", "23:00"]),
        ],
    )
    def test_hours_go_from_the_first_to_the_last_that_ever_has_any(
        self, hours: tuple[ExpectedHour, ...], shown_hours: list[str]
    ) -> None:
        picture = expected_picture(expected(hours), ENGLISH)
        assert [row[0] for row in picture.table.rows] == shown_hours
        assert bool(picture.svg) is bool(shown_hours)

    def test_hours_ahead_have_no_count_and_no_bar(self) -> None:
        picture = expected_picture(expected((hour(8, 6, 4), hour(9, 6, 0), hour(10, 6))), ENGLISH)
        assert [row[1] for row in picture.table.rows] == ["4", "0", ""]
        assert picture.svg.count("<rect") == 1
        assert picture.svg.count("<circle") == 3

    @pytest.mark.parametrize(("so_far", "room"), [(2, "gutter-24"), (80, "gutter-24"), (900, "gutter-40")])
    def test_a_day_beyond_all_others_has_room_for_its_numbers(self, so_far: int, room: str) -> None:
        assert room in expected_picture(expected((hour(8, 3, so_far),)), ENGLISH).svg
