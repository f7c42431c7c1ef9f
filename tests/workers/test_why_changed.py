"""Why other tickets count: each reason by itself, all of them at once, and settings that are not to blame."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from integrations.times import DAY, HOUR
from workers.periods import Period
from workers.store.reported import Seen
from workers.why_changed import REASONS, Basis, Reason, why_changed

ZAGREB, YORK = ZoneInfo("Europe/Zagreb"), ZoneInfo("America/New_York")
PLAIN = Basis(ZAGREB, {"channel": (), "department": (), "tag": ()})
THE_DAY = Period(10, 10)
NOON, EVENING = 10 * DAY + 12 * HOUR, 10 * DAY + 23 * HOUR + HOUR // 2
HERE = Seen(10, "", NOON)
SETTINGS = ("channel", "department", "tag")


def other(**excluded: tuple[str, ...]) -> Basis:
    return replace(PLAIN, excluded={**PLAIN.excluded, **excluded})


def why(
    then: dict[str, str], now: dict[str, Seen], *, was: Basis = PLAIN, holds: Basis = PLAIN, forgotten: int = 0
) -> list[tuple[str, int]]:
    found = why_changed(then, now, THE_DAY, was=was, holds=holds, forgotten=forgotten)
    return [(each.kind, each.by) for each in found]


class TestGone:
    @pytest.mark.parametrize("out", ["spam", "merged", "deleted", "incomplete", "outbound", *SETTINGS])
    def test_it_is_out_of_count_for_the_word_it_is_out_for(self, out: str) -> None:
        assert why({"a": ""}, {"a": Seen(10, out, NOON)}) == [(out, -1)]
        assert why({"a": ""}, {"a": Seen(11, out, NOON)}) == [(out, -1)]

    @pytest.mark.parametrize("day", [9, 11, -1])
    def test_on_another_day_it_moved(self, day: int) -> None:
        assert why({"a": ""}, {"a": Seen(day, "", NOON)}) == [("moved", -1)]

    def test_without_a_row_it_is_forgotten(self) -> None:
        assert why({"a": "", "b": "spam"}, {}) == [("forgotten", -1)]
        assert why({"a": ""}, {}, forgotten=2) == [("forgotten", -3)]
        assert why({}, {}, forgotten=2) == [("forgotten", -2)]

    @pytest.mark.parametrize("out", SETTINGS)
    def test_only_the_setting_that_is_another_one_is_a_reason(self, out: str) -> None:
        for kind in SETTINGS:
            expected = "rules_out" if kind == out else out
            assert why({"a": ""}, {"a": Seen(10, out, NOON)}, holds=other(**{kind: ("x",)})) == [(expected, -1)]

    def test_a_setting_that_was_taken_back_is_another_one_too(self) -> None:
        assert why({"a": ""}, {"a": Seen(10, "tag", NOON)}, was=other(tag=("x", "y")), holds=other(tag=("x",))) == [
            ("rules_out", -1)
        ]

    def test_a_person_reported_spam_whatever_the_settings_are(self) -> None:
        holds = replace(other(tag=("x",), channel=("y",)), zone=YORK)
        assert why({"a": ""}, {"a": Seen(10, "spam", NOON)}, holds=holds) == [("spam", -1)]


class TestCome:
    @pytest.mark.parametrize("out", ["spam", "merged", "deleted", "outbound", *SETTINGS])
    def test_what_was_out_is_back(self, out: str) -> None:
        assert why({"a": out}, {"a": HERE}) == [("back", 1)]

    def test_what_nobody_knew_or_knew_half_arrived_late(self) -> None:
        assert why({}, {"a": HERE}) == [("late", 1)]
        assert why({"a": "incomplete"}, {"a": HERE}) == [("late", 1)]
        assert why({"a": "incomplete"}, {"a": HERE}, holds=other(tag=("x",))) == [("late", 1)]

    @pytest.mark.parametrize("out", SETTINGS)
    def test_only_the_setting_it_was_out_for_brings_it_in(self, out: str) -> None:
        for kind in SETTINGS:
            expected = "rules_in" if kind == out else "back"
            assert why({"a": out}, {"a": HERE}, was=other(**{kind: ("x",)})) == [(expected, 1)]

    @pytest.mark.parametrize(
        "seen", [Seen(10, "spam", NOON), Seen(9, "", NOON), Seen(11, "", NOON), Seen(-1, "", None)]
    )
    def test_what_does_not_count_now_did_not_come(self, seen: Seen) -> None:
        assert why({}, {"a": seen}) == []
        assert why({"a": "merged"}, {"a": seen}) == []


class TestZones:
    york = replace(PLAIN, zone=YORK)

    def test_a_ticket_that_another_zone_puts_on_this_day_comes_by_settings(self) -> None:
        assert why({}, {"a": Seen(10, "", EVENING)}, holds=self.york) == [("rules_in", 1)]
        assert why({}, {"a": Seen(10, "", NOON)}, holds=self.york) == [("late", 1)]

    def test_and_one_that_it_takes_away_goes_by_settings(self) -> None:
        early = 10 * DAY + HOUR
        assert why({"a": ""}, {"a": Seen(9, "", early)}, holds=self.york) == [("rules_out", -1)]
        assert why({"a": ""}, {"a": Seen(9, "", NOON - DAY)}, holds=self.york) == [("moved", -1)]

    def test_a_zone_that_is_the_same_moves_nothing(self) -> None:
        same = replace(PLAIN, zone=ZoneInfo("Europe/Zagreb"))
        assert why({"a": ""}, {"a": Seen(11, "", EVENING)}, holds=same) == [("moved", -1)]

    def test_without_a_moment_the_day_is_believed(self) -> None:
        assert why({}, {"a": Seen(10, "", None)}, holds=self.york) == [("late", 1)]
        assert why({"a": ""}, {"a": Seen(9, "", None)}, holds=self.york) == [("moved", -1)]


class TestTogether:
    def test_every_reason_at_once_in_its_order_and_with_its_number(self) -> None:
        words = ("spam", "merged", "deleted", "incomplete", "outbound", "channel", "department")
        then = {f"{word}{number}": "" for place, word in enumerate(words, 1) for number in range(place)}
        now = {ticket: Seen(10, ticket.rstrip("0123456789"), NOON) for ticket in then}
        then |= {"moved": "", "by tag": "", "gone": "", "back": "spam", "late": "incomplete", "in": "tag", "stays": ""}
        now |= {"moved": Seen(11, "", NOON), "by tag": Seen(10, "tag", NOON), "back": HERE, "late": HERE, "in": HERE}
        now |= {"new": HERE, "stays": HERE}
        assert why(then, now, was=other(tag=("a",)), holds=other(tag=("b",)), forgotten=4) == [
            *((word, -place) for place, word in enumerate(words, 1)),
            ("moved", -1), ("rules_out", -1), ("forgotten", -5), ("back", 1), ("late", 2), ("rules_in", 1),
        ]  # fmt: skip

    def test_what_stays_as_it_was_is_never_a_reason(self) -> None:
        words = ("", "spam", "merged", "tag")
        then = dict(zip("abcd", words, strict=True))
        now = {ticket: Seen(10, out, NOON) for ticket, out in then.items()}
        assert why(then, now, was=other(tag=("x",)), holds=replace(PLAIN, zone=YORK)) == []

    def test_one_reason_for_another_changes_nothing(self) -> None:
        assert why({"a": "spam"}, {"a": Seen(10, "merged", NOON)}) == []
        assert why({"a": "incomplete"}, {"a": Seen(12, "", NOON)}) == []

    def test_every_kind_is_told_in_one_place_only(self) -> None:
        assert len(set(REASONS)) == len(REASONS) == 16
        assert why_changed({}, {"a": HERE}, THE_DAY, was=PLAIN, holds=PLAIN) == (Reason("late", 1),)


class TestBasis:
    def test_it_comes_back_as_it_was_kept(self) -> None:
        kept = replace(other(tag=("b", "a"), department=("Ž",)), zone=YORK)
        assert Basis.read(kept.json()) == kept
        assert kept.json() == {"zone": "America/New_York", "channel": [], "department": ["Ž"], "tag": ["b", "a"]}

    @pytest.mark.parametrize("out", ["spam", "merged", "deleted", "outbound", "", "a word of later"])
    def test_what_no_setting_decides_differs_by_none(self, out: str) -> None:
        assert not PLAIN.differs(other(tag=("x",), channel=("y",), department=("z",)), out)
