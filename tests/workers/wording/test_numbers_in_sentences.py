"""Sentences with numbers in all six languages: the right plural, the right side, and nothing left to fill in."""

from __future__ import annotations

import re
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.times import DAY
from workers.as_reported import Changed, Since
from workers.insights import Insight, Place
from workers.reports import FIGURES
from workers.why_changed import REASONS, Reason
from workers.wording import figures
from workers.wording.as_reported import sentence
from workers.wording.insights import advice, line, place_name
from workers.wording.language import LANGUAGES, language
from workers.wording.notes import note

NUMBERS = (1, 2, 3, 5, 11, 21, 101)
UTC = ZoneInfo("UTC")
OTHERS = [code for code in LANGUAGES if code != "en"]
#: Numbers that have the same form of a noun, in groups: CLDR's plural rules of whole numbers.
GROUPS = {
    "en": [{1}, {2, 3, 5, 11, 21, 101}],
    "hr": [{1, 21, 101}, {2, 3}, {5, 11}],
    "sl": [{1, 101}, {2}, {3}, {5, 11, 21}],
    "lt": [{1, 21, 101}, {2, 3, 5}, {11}],
    "ro": [{1}, {2, 3, 5, 11, 101}, {21}],
    "bg": [{1}, {2, 3, 5, 11, 21, 101}],
}
UNITS = ("tickets", "contacts", "resolutions", "reopenings", "waits", "s", "%", "points", "transfers")


def is_whole(text: str) -> bool:
    """Nothing is left to fill in, nothing is missing, and no two blanks stand side by side."""
    return bool(text) and not re.search(r"[{}]|None|nan|  | [,.;:)]", text)


def told(value: float | None, unit: str, n: int = 40, **more: Any) -> dict[str, Any]:
    return {"value": value, "unit": unit, "n": n, **more}


def noun(text: str) -> str:
    return re.sub(r"^[\d.,\s\u00a0]+", "", text)


class TestPlurals:
    @pytest.mark.parametrize("code", LANGUAGES)
    def test_numbers_of_one_form_have_one_noun_and_others_another(self, code: str) -> None:
        said = language(code)
        for one, many in (("{n} ticket", "{n} tickets"), ("{n} point", "{n} points")):
            nouns = [{noun(said.say_many(one, many, n)) for n in group} for group in GROUPS[code]]
            assert all(len(each) == 1 for each in nouns)
        assert len(set().union(*nouns)) == len(GROUPS[code])

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("en", ["1 ticket", "2 tickets", "3 tickets", "5 tickets", "11 tickets", "21 tickets", "101 tickets"]),
            ("hr", ["1 zahtjev", "2 zahtjeva", "3 zahtjeva", "5 zahtjeva", "11 zahtjeva", "21 zahtjev", "101 zahtjev"]),
            ("sl", ["1 zahtevek", "2 zahtevka", "3 zahtevki", "5 zahtevkov", "11 zahtevkov", "21 zahtevkov",
             "101 zahtevek"]),
            ("lt", ["1 užklausa", "2 užklausos", "3 užklausos", "5 užklausos", "11 užklausų", "21 užklausa",
             "101 užklausa"]),
            ("ro", ["1 tichet", "2 tichete", "3 tichete", "5 tichete", "11 tichete", "21 de tichete", "101 tichete"]),
            ("bg", ["1 заявка", "2 заявки", "3 заявки", "5 заявки", "11 заявки", "21 заявки", "101 заявки"]),
        ],
    )  # fmt: skip
    def test_tickets_are_counted_as_people_count_them(self, code: str, said: list[str]) -> None:
        found = [language(code).say_many("{n} ticket", "{n} tickets", n) for n in NUMBERS]
        assert [each.replace("\u00a0", " ") for each in found] == said

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_a_goal_that_was_missed_says_how_many(self, code: str) -> None:
        goal = Insight(
            kind="goal", metric="answered_within_target", place=Place("channel", "email"), value=79.2, reference=90,
            difference=-10.8, low=-14.5, high=-7.5, n=520, weight=39, short=0, word="worse",
        )  # fmt: skip
        for n in NUMBERS:
            found = advice(Insight(**{**fields_of(goal), "short": n}), language(code)).finding
            assert is_whole(found)
            assert "79" in found
            assert "90" in found
            # in Romanian one ticket is `un tichet`
            assert re.search(rf"(?<!\d){n}(?!\d)", found) or n == 1


def fields_of(insight: Insight) -> dict[str, Any]:
    return {name: getattr(insight, name) for name in Insight.__dataclass_fields__}


class TestFigures:
    @pytest.mark.parametrize(("code", "unit"), list(product(LANGUAGES, UNITS)))
    def test_whatever_a_figure_holds_there_is_a_sentence(self, code: str, unit: str) -> None:
        shapes: list[dict[str, Any]] = [
            {}, {"undecided": 3}, {"median": 720.0}, {"median": 720.0, "p90": 5700.0}, {"low": 1.5, "high": 9.25},
            {"numerator": 3, "denominator": 4}, {"numerator": 3, "denominator": 4, "low": 1.5, "high": 9.25},
            {"note": "fewer than 5 answers"}, {"note": None},
        ]  # fmt: skip
        for shape, n in product(shapes, (0, *NUMBERS)):
            assert is_whole(figures.figure(told(4.5, unit, n, **shape), language(code)).replace(": ", ":").rstrip(":"))

    @pytest.mark.parametrize(("code", "unit"), list(product(LANGUAGES, UNITS)))
    def test_more_and_less_are_two_sentences_with_both_numbers(self, code: str, unit: str) -> None:
        said, low, high = language(code), told(40, unit), told(61, unit)
        more, less = figures.difference(high, low, said), figures.difference(low, high, said)
        assert (more.direction, less.direction) == (1, -1)
        assert more.text != less.text.replace("61", "40").replace("1 min 1 s", "40 s")
        assert is_whole(more.text)
        assert "21" in more.text
        assert "21" in less.text
        assert "40" in more.text
        assert "-" not in re.sub(r"\w-\w", "", more.text + less.text)

    @pytest.mark.parametrize(("code", "unit"), list(product(LANGUAGES, UNITS)))
    def test_nothing_to_compare_and_nothing_changed_are_no_numbers(self, code: str, unit: str) -> None:
        said, some, none = language(code), told(40, unit), told(None, unit, 0)
        assert figures.difference(some, some, said).direction == 0
        for now, before in ((some, none), (none, some), (none, none)):
            found = figures.difference(now, before, said)
            assert found.direction is None
            assert is_whole(found.text)
            assert not re.search(r"\d", found.text)

    @pytest.mark.parametrize(
        ("now", "before", "unit", "direction"),
        [
            (3600.0, 3571.0, "s", 0), (3630.1, 3600.0, "s", 1), (3599.0, 3598.0, "s", 1), (60.4, 60.0, "s", 0),
            (50.04, 50.0, "%", 0), (50.06, 50.0, "%", 1), (4.004, 4.0, "points", 0), (3.99, 4.0, "points", -1),
            (0.0, 0.0, "s", 0), (0, 1, "tickets", -1), (100.0, 0.0, "%", 1),
        ],
    )  # fmt: skip
    def test_what_would_be_written_as_nothing_is_nothing(
        self, now: float, before: float, unit: str, direction: int
    ) -> None:
        found = {
            figures.difference(told(now, unit), told(before, unit), language(code)).direction for code in LANGUAGES
        }
        assert found == {direction}

    @pytest.mark.parametrize("code", OTHERS)
    def test_every_name_is_spoken(self, code: str) -> None:
        said = {name: figures.name(name, language(code)) for name in figures.NAMES}
        assert all(is_whole(each) for each in said.values())
        same = {name for name in said if said[name] == figures.name(name, language("en"))}
        assert same <= {"csat", "ces", "nps", "backlog"}
        assert len({said[name] for name in said}) == len(said)

    @pytest.mark.parametrize("name", ["", "tickets", *sorted(set(FIGURES) - figures.NAMES.keys())[:1]])
    def test_a_figure_without_a_name_is_an_error(self, name: str) -> None:
        with pytest.raises(KeyError):
            figures.name(name, language("en"))

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_scales_are_told_one_by_one(self, code: str) -> None:
        parts = {"1-5": told(4.25, "points", 2), "1-7 effort": told(None, "points", 1, note="{x}")}
        found = figures.figure(told(None, "points", 3, parts=parts), language(code))
        first, second = found.split("; ")
        assert "1-5" in first
        assert "1-7 effort" in second
        assert "{x}" in second


class TestNotes:
    REASONS = (
        "answers on different scales are not pooled", "fewer than 5 answers",
        "the scale 0-9 has no agreed positive side",
        "the scale 1-6 effort has no agreed easy side", "the scale 1-10 is not 0-10",
        "the desk did not tell of any survey it sent",
    )  # fmt: skip

    @pytest.mark.parametrize("code", OTHERS)
    def test_every_reason_is_translated_with_what_is_in_it(self, code: str) -> None:
        for reason in self.REASONS:
            found = note(reason, language(code))
            assert found != reason
            assert is_whole(found)
            for number in re.findall(r"\d+(?:-\d+)?", reason):
                assert number in found.replace("–", "-")

    @pytest.mark.parametrize(
        "text",
        ["", "fewer than answers", "FEWER than 5 answers", "fewer than 5 answers.", "{count}", "the scale is not 0-10"],
    )
    def test_another_text_stays_as_it_is(self, text: str) -> None:
        assert {note(text, language(code)) for code in LANGUAGES} == {text}


def as_reported(code: str, then: int, now: int, *reasons: Reason) -> str:
    figure = Changed("ticket_volume", {"n": then}, {"n": now})
    return sentence(Since(0, (then, now), reasons, (figure,)), language(code), zone=UTC, now=DAY)


class TestAsReported:
    @pytest.mark.parametrize("code", LANGUAGES)
    def test_every_reason_at_every_number_is_a_whole_sentence(self, code: str) -> None:
        for kind, n in product(REASONS, NUMBERS):
            found = as_reported(code, 500, 400, Reason(kind, -n))
            assert found == as_reported(code, 500, 400, Reason(kind, n))
            assert is_whole(found), found
            assert re.search(rf"(?<!\d){n}\b", found)

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_all_of_them_at_once_are_told_apart_and_in_order(self, code: str) -> None:
        found = as_reported(code, 9000, 8000, *(Reason(kind, 700 + place) for place, kind in enumerate(REASONS)))
        reasons = re.findall(r"\b7\d\d\b[^,]*", found)
        assert [int(each[:3]) for each in reasons] == list(range(700, 716))
        assert len({each[3:] for each in reasons}) == len(REASONS)

    def test_large_numbers_are_written_as_the_language_writes_them(self) -> None:
        found = as_reported("en", 12_345, 12_344, Reason("spam", -1))
        assert found == "As reported on 1 January: 12,345 tickets. Now 12,344: 1 spam"
        assert "12.345" in as_reported("hr", 12_345, 12_344, Reason("spam", -1))


class TestPlaces:
    @pytest.mark.parametrize("code", LANGUAGES)
    def test_a_slice_of_nothing_has_a_name_and_a_slice_with_one_keeps_it(self, code: str) -> None:
        said = language(code)
        for kind in ("", "channel", "department", "region"):
            assert is_whole(place_name(Place(kind, "" if kind != "channel" else "sms"), said))
        assert "Ж. {x}" in place_name(Place("department", "7", "Ж. {x}"), said)
        assert place_name(Place("region", "EU"), said).startswith("region")

    @pytest.mark.parametrize("code", LANGUAGES)
    @pytest.mark.parametrize(("low", "high"), [(-70.0, -40.1), (40.1, 70.0)])
    def test_a_gap_is_told_by_its_nearer_bound_without_a_sign(self, code: str, low: float, high: float) -> None:
        gap = Insight(
            kind="rest", metric="csat", place=Place("department", "b"), value=33.25, reference=91, difference=low,
            low=low, high=high, n=60, weight=24, short=40, word="worse", examples=("T-1",),
        )  # fmt: skip
        found = line(gap, language(code))
        assert re.search(r"40[.,]1", found)
        assert "70" not in found
        assert found.endswith("T-1")
        assert is_whole(found)
