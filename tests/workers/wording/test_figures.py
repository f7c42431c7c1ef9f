"""Words for figures: what was counted, how sure it is, and a difference without a verdict."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.events import CHANNELS, KINDS
from workers import wording
from workers.reports import FIGURES
from workers.summary_text import without_persons
from workers.wording.language import language

ENGLISH = language("en")


def figure(value: float | None, unit: str, n: int = 40, **more: Any) -> dict[str, Any]:
    return {"value": value, "unit": unit, "n": n, **more}


def share(numerator: int, denominator: int, **more: Any) -> dict[str, Any]:
    counts = {"numerator": numerator, "denominator": denominator}
    return figure(100 * numerator / denominator, "%", denominator, **counts, **{"low": 76.2, "high": 94.4, **more})


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"), (59.4, "59 s"), (60, "1 min"), (95, "1 min 35 s"), (600, "10 min"), (599, "9 min 59 s"),
        (3_569, "59 min"), (3_599, "1 h"), (5_700, "1 h 35 min"), (86_399, "1 d"), (98_000, "1 d 3 h"),
    ],
)  # fmt: skip
def test_a_duration_has_at_most_two_units(seconds: float, said: str) -> None:
    assert ENGLISH.duration(seconds) == said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (figure(42, "tickets", 42), "42"),
        (figure(None, "tickets", 0), "none"),
        (figure(None, "%", 0, undecided=3), "none, 3 not decided yet"),
        (figure(720.0, "s", median=720.0), "median 12 min"),
        (figure(720.0, "s", median=720.0, p90=5_700.0), "median 12 min, nine in ten within 1 h 35 min"),
        (share(44, 50), "88% (44 of 50, likely 76.2% to 94.4%)"),
        (share(44, 50, undecided=2), "88% (44 of 50, likely 76.2% to 94.4%), 2 not decided yet"),
        (figure(None, "%", 4, numerator=3, denominator=4), "3 of 4, too few for a percentage"),
        (figure(3.4, "points", 5), "3.4 on average (5)"),
        (figure(3.456, "points", 20, low=3.1, high=3.8), "3.46 on average (20, likely 3.1 to 3.8)"),
        (figure(None, "%", 7, note="no agreed side"), "7 answers, not scored: no agreed side"),
        (figure(None, "points", 3, parts={"1-5": figure(4, "points", 2), "1-7": figure(6, "points", 1)}),
         "on 1-5: 4 on average (2); on 1-7: 6 on average (1)"),
    ],
)  # fmt: skip
def test_a_figure_says_what_was_counted_and_how_sure_it_is(told: dict[str, Any], said: str) -> None:
    assert wording.figure(told, ENGLISH) == said


@pytest.mark.parametrize(
    ("now", "before", "direction", "said"),
    [
        (figure(42, "tickets"), figure(30, "tickets"), 1, "12 more than 30"),
        (figure(30, "tickets"), figure(42, "tickets"), -1, "12 fewer than 42"),
        (figure(30, "tickets"), figure(30, "tickets"), 0, "as before"),
        (figure(30, "tickets"), figure(None, "tickets", 0), None, "nothing to compare with"),
        (figure(90.0, "s"), figure(100.0, "s"), -1, "10 s faster than 1 min 40 s"),
        (figure(4_000.0, "s"), figure(3_010.0, "s"), 1, "16 min slower than 50 min"),
        (share(3, 4), share(1, 2), 1, "25 points higher than 50%"),
        (share(4001, 8000), share(1, 2), 0, "as before"),
        (figure(4.5, "points"), figure(4.75, "points"), -1, "0.25 lower than 4.75"),
    ],
)
def test_a_difference_is_told_in_words(
    now: dict[str, Any], before: dict[str, Any], direction: int | None, said: str
) -> None:
    assert wording.difference(now, before, ENGLISH) == wording.Difference(direction, said)


def test_everything_told_has_a_name() -> None:
    assert set(KINDS) <= wording.NAMES.keys()
    assert wording.NAMES.keys() - set(KINDS) <= set(FIGURES)
    assert wording.name("csat", ENGLISH) == "CSAT"


def test_every_channel_is_called_something() -> None:
    assert [wording.channel(name, ENGLISH) for name in ("email", "web_form", "in_person", "chat")] == [
        "E-mail", "Web form", "In person", "Chat",
    ]  # fmt: skip
    assert all(wording.channel(name, ENGLISH)[0].isupper() for name in CHANNELS)
    assert wording.channel("carrier_pigeon", ENGLISH) == "Carrier pigeon"


def test_dates_of_the_report_are_written_out() -> None:
    assert wording.iso_day("2026-03-09", ENGLISH) == "9 March 2026"
    assert wording.iso_day("2026-03-09", ENGLISH, weekday=True) == "Monday 9 March 2026"
    assert wording.iso_day("2026-03-09", ENGLISH, year=False) == "9 March"


@pytest.mark.parametrize(
    ("comment", "agents", "left"),
    [
        ("Eva was rude", ["Eva Novak"], "… was rude"),
        ("evaluate <b>Eva</b>", ["Eva Novak"], "evaluate <b>…</b>"),
        ("张伟 很好", ["张伟"], "… 很好"),
        ("ask Li.* again", ["Li.*"], "ask … again"),
    ],
)
def test_names_of_agents_are_taken_out_of_a_comment(comment: str, agents: list[str], left: str) -> None:
    assert without_persons(comment, agents) == left
