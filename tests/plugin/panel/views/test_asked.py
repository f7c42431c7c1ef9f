"""Which days and which slice an address asks for, what addresses say in turn, and how both are called."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.panel.views.asked import MOST_DAYS, NOT_DAYS, STRETCHES, USUAL, Asked, asked_of, period_of
from plugin.panel.views.controls import Choice, Controls, controls, days
from plugin.panel.views.names import kind_title, upright
from tests.plugin.panel.views.seeing import account, seen
from workers.accounts import Account
from workers.periods import Period, date_of, day_of
from workers.wording.language import LANGUAGES, language

ENGLISH = language("en")
OWN = tuple(name for name in STRETCHES if name != "days")
TODAYS = st.dates(date(1971, 6, 1), date(2150, 12, 31)).map(day_of)


def day(text: str) -> int:
    """The day of `2026-03-18`."""
    return day_of(date.fromisoformat(text))


def own(first: str, last: str, *, today: str = "2026-03-18") -> Asked:
    """What days of one's own come to."""
    return asked_of({"period": "days", "from": first, "to": last}, today=day(today))


class TestStretches:
    @pytest.mark.parametrize(
        ("today", "stretch", "first", "last"),
        [
            # A Monday: the week before is over since midnight.
            ("2026-03-16", "week", "2026-03-09", "2026-03-15"),
            ("2026-03-22", "week", "2026-03-09", "2026-03-15"),
            ("2026-03-23", "week", "2026-03-16", "2026-03-22"),
            ("2026-03-16", "7", "2026-03-09", "2026-03-15"),
            # The first of January, a Thursday.
            ("2026-01-01", "today", "2026-01-01", "2026-01-01"),
            ("2026-01-01", "yesterday", "2025-12-31", "2025-12-31"),
            ("2026-01-01", "week", "2025-12-22", "2025-12-28"),
            ("2026-01-01", "month", "2025-12-01", "2025-12-31"),
            ("2026-01-01", "28", "2025-12-04", "2025-12-31"),
            ("2026-01-01", "90", "2025-10-03", "2025-12-31"),
            # A week over the turn of the year.
            ("2027-01-04", "week", "2026-12-28", "2027-01-03"),
            # The leap day, and the month after it; 1900 and 2100 have none.
            ("2028-02-29", "today", "2028-02-29", "2028-02-29"),
            ("2028-02-29", "month", "2028-01-01", "2028-01-31"),
            ("2028-03-01", "yesterday", "2028-02-29", "2028-02-29"),
            ("2028-03-01", "month", "2028-02-01", "2028-02-29"),
            ("2027-03-01", "month", "2027-02-01", "2027-02-28"),
            ("2100-03-31", "month", "2100-02-01", "2100-02-28"),
            ("2028-03-06", "7", "2028-02-28", "2028-03-05"),
            # The last day of a month is none of the last month.
            ("2026-03-31", "month", "2026-02-01", "2026-02-28"),
            ("2026-05-31", "month", "2026-04-01", "2026-04-30"),
            ("2026-12-31", "month", "2026-11-01", "2026-11-30"),
            ("2026-04-01", "90", "2026-01-01", "2026-03-31"),
        ],
    )
    def test_each_is_of_these_days(self, today: str, stretch: str, first: str, last: str) -> None:
        assert period_of(stretch, today=day(today)) == Period(day(first), day(last))

    @pytest.mark.parametrize(
        ("today", "stretch", "first", "last"),
        [
            ("2026-03-18", "today", "2026-03-11", "2026-03-11"), ("2026-03-18", "week", "2026-03-02", "2026-03-08"),
            ("2026-01-01", "month", "2025-11-01", "2025-11-30"), ("2028-04-02", "month", "2028-02-01", "2028-02-29"),
            ("2026-03-18", "28", "2026-01-21", "2026-02-17"), ("2026-03-18", "90", "2025-09-18", "2025-12-16"),
            # Twenty-eight days that are a month, and ninety that are a quarter.
            ("2026-03-01", "28", "2026-01-01", "2026-01-31"), ("2026-04-01", "90", "2025-10-01", "2025-12-31"),
        ],
    )  # fmt: skip
    def test_each_is_compared_with_these_days(self, today: str, stretch: str, first: str, last: str) -> None:
        assert asked_of({"period": stretch}, today=day(today)).before == Period(day(first), day(last))

    @given(today=TODAYS, stretch=st.sampled_from(OWN))
    def test_whole_stretches_are_over_and_compare_with_days_before(self, today: int, stretch: str) -> None:
        asked = asked_of({"period": stretch}, today=today)
        assert asked.period.last == today if stretch == "today" else asked.period.last < today
        assert asked.before.last < asked.period.first
        whole_months = date_of(asked.period.first).day == date_of(asked.period.last + 1).day == 1
        assert whole_months or stretch != "month"
        if whole_months:
            assert date_of(asked.before.first).day == date_of(asked.before.last + 1).day == 1
        else:
            assert date_of(asked.before.first).weekday() == date_of(asked.period.first).weekday()

    @pytest.mark.parametrize(
        "stretch", ["", "Week", "week ", "-1", "0", "28.0", "1e3", "99999999999999999999", "quarter"]
    )
    def test_what_is_no_stretch_is_the_usual_one_and_no_error(self, stretch: str) -> None:
        asked = asked_of({"period": stretch}, today=day("2026-03-18"))
        assert (asked.stretch, asked.wrong, asked.values) == (USUAL, "", {})


class TestOwnDays:
    @pytest.mark.parametrize(
        ("first", "last"),
        [
            ("2026-03-18", "2026-03-18"), ("2028-02-29", "2028-02-29"), ("2025-12-31", "2026-01-01"),
            ("1970-01-01", "1970-01-02"), ("2199-12-30", "2199-12-31"),
            ("2026-01-01", (date(2026, 1, 1) + timedelta(days=MOST_DAYS - 1)).isoformat()),
        ],
    )  # fmt: skip
    def test_days_in_order_are_taken_and_said_again(self, first: str, last: str) -> None:
        asked = own(first, last)
        assert (asked.period, asked.wrong) == (Period(day(first), day(last)), "")
        assert asked.values == {"period": "days", "from": first, "to": last}

    @pytest.mark.parametrize(
        ("first", "last"),
        [
            ("2026-03-19", "2026-03-18"), ("2027-02-29", "2027-03-01"), ("2026-02-30", "2026-03-01"),
            ("2026-01-01", (date(2026, 1, 1) + timedelta(days=MOST_DAYS)).isoformat()),
            ("1969-12-31", "1970-01-01"), ("2199-12-31", "2200-01-01"), ("0001-01-01", "0001-01-02"),
            ("2026-03-01", ""), ("", "2026-03-01"), ("18.3.2026", "19.3.2026"), ("2026-3-1", "2026-3-2"),
            ("2026-03-01T00:00", "2026-03-02T00:00"), ("today", "today"), ("-1", "1"), ("٢٠٢٦-٠٣-٠١", "٢٠٢٦-٠٣-٠٢"),
            ("2026-03-01\0", "2026-03-02"), (" 2026-03-01", "2026-03-02"), ("9" * 999, "9" * 999),
        ],
        ids=str,
    )  # fmt: skip
    def test_all_else_is_told_and_the_usual_days_are_shown(self, first: str, last: str) -> None:
        asked = own(first, last)
        assert (asked.stretch, asked.wrong) == (USUAL, NOT_DAYS)
        assert asked.period == period_of(USUAL, today=day("2026-03-18"))
        assert asked.values == {}

    def test_days_without_the_word_are_not_asked_for(self) -> None:
        asked = asked_of({"from": "2026-03-01", "to": "2026-03-02", "period": "28"}, today=day("2026-03-18"))
        assert asked.values == {"period": "28"}

    @given(first=TODAYS, length=st.integers(1, MOST_DAYS), today=TODAYS)
    def test_an_address_says_the_same_on_every_day(self, first: int, length: int, today: int) -> None:
        asked = Asked("days", Period(first, first + length - 1), "tag:a b")
        assert asked_of(asked.values, today=today) == asked


class TestSlice:
    @pytest.mark.parametrize(
        "text",
        ["channel:email", "tag:a:b", "agent:", "tag:' OR 1=1 --", "tag:<script>", "tag:{{7*7}}", "tag:\u202eevil",
         "x:y", "tag:" + "x" * 296, "department:Ä ö", ":".join("abc")],
    )  # fmt: skip
    def test_what_may_be_one_goes_along_unchanged(self, text: str) -> None:
        asked = asked_of({"slice": text}, today=0)
        assert (asked.slice, asked.values) == (text, {"slice": text})

    @pytest.mark.parametrize("text", ["", ":", ":email", "email", "tag:a\0b", "\0:x", "tag:" + "x" * 297])
    def test_what_cannot_be_one_is_none(self, text: str) -> None:
        asked = asked_of({"slice": text, "period": "7"}, today=100)
        assert (asked.slice, asked.values) == (None, {"period": "7"})

    @given(
        values=st.dictionaries(
            st.sampled_from(("period", "from", "to", "slice", "by", "t", "after")),
            st.one_of(st.text(), st.sampled_from(("days", "7", "2026-01-01", "2026-01-05", "tag:x"))),
        ),
        today=TODAYS,
    )
    def test_whatever_an_address_holds_what_goes_along_asks_for_the_same(
        self, values: dict[str, str], today: int
    ) -> None:
        asked = asked_of(values, today=today)
        again = asked_of(asked.values, today=today)
        assert (again.stretch, again.period, again.slice, again.wrong) == (asked.stretch, asked.period, asked.slice, "")
        assert asked.values.keys() <= {"period", "from", "to", "slice"}


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The values of each slice kind that the account's figures have."""
    values = {"channel": ["email", "chat"], "department": ["d1", "zz"], "agent": ["7", "8", "9"], "region": ["EU"]}
    monkeypatch.setattr("plugin.panel.views.controls.slice_values.channels", lambda *_: values["channel"])
    monkeypatch.setattr(
        "plugin.panel.views.controls.slice_values.values",
        lambda _, __, kinds, **___: {kind: values.get(kind, []) for kind in kinds},
    )
    return values


def shown(
    slice_: str | None = None, *, stretch: str = "week", first_day: int | None = 0, of: Account | None = None
) -> Controls:
    """The controls on 18 March 2026."""
    today = day("2026-03-18")
    return controls(
        seen(first_day=first_day, of=of), Asked(stretch, period_of(stretch, today=today), slice_), by="agent"
    )


@pytest.mark.usefixtures("known")
class TestControls:
    def test_every_stretch_can_be_chosen_and_one_is(self) -> None:
        found = shown(stretch="28")
        assert [each.value for each in found.stretches] == list(STRETCHES)
        assert [each.value for each in found.stretches if each.chosen] == ["28"]
        assert (found.own_days, found.first, found.last) == (False, "2026-02-18", "2026-03-17")
        assert dict(found.more) == {"by": "agent"}

    def test_slices_stand_by_kind_under_their_names_in_the_order_of_names(self) -> None:
        found = {group.label: [(each.value, each.label) for each in group.choices] for group in shown().slices}
        assert found == {
            "": [("", "All tickets")],
            "Channel": [("channel:email", "E-mail"), ("channel:chat", "Chat")],
            "Department": [("department:d1", "Billing & <b>"), ("department:zz", "zz")],
            "Agent": [("agent:9", "9"), ("agent:7", "Eva Horvat"), ("agent:8", "none")],
        }

    def test_an_accounts_own_slices_are_offered_by_their_names(self) -> None:
        found = shown(of=account(slices={"region": "field:Region"})).slices[-1]
        assert (found.label, found.choices) == ("Region", (Choice("region:EU", "EU"),))

    @pytest.mark.parametrize(
        ("slice_", "group", "label"),
        [
            ("channel:email", "Channel", "E-mail"), ("channel:pigeon_post", "Channel", "Pigeon post"),
            ("agent:gone", "Agent", "gone"), ("tag:VIP \u202eevil", "Tag", "VIP evil"),
            ("tag:\u2067", "Tag", "none"), ("touchpoint:a:b", "Touch point", "a:b"),
            ("channel:\u202epigeon", "Channel", "Pigeon"),
        ],
    )  # fmt: skip
    def test_what_is_chosen_can_be_seen_even_where_nothing_is_known_of_it(
        self, slice_: str, group: str, label: str
    ) -> None:
        chosen = [(each.label, one) for each in shown(slice_).slices for one in each.choices if one.chosen]
        assert [(name, one.value, one.label.casefold()) for name, one in chosen] == [(group, slice_, label.casefold())]

    @pytest.mark.parametrize(
        ("slice_", "words"),
        [
            (None, ""), ("channel:chat", "Chat"), ("channel:", "none"), ("agent:7", "Agent: Eva Horvat"),
            ("department:d1", "Department: Billing & <b>"), ("tag:x", "Tag: no"), ("agent:", "Agent: none"),
            ("product_line:A:B", "Product line: A:B"), ("\u202eage:\u2066x", "Age: x"),
        ],
    )  # fmt: skip
    def test_what_is_chosen_is_said_in_words(self, slice_: str | None, words: str) -> None:
        assert shown(slice_).slice == words

    @pytest.mark.parametrize(
        ("first", "said"),
        [
            (None, "compared with 2 March – 8 March 2026"),
            ("2026-03-01", "compared with 2 March – 8 March 2026"),
            ("2026-03-02", "compared with 2 March – 8 March 2026"),
            ("2026-03-03", "compared with nothing: the first ticket that is known is of 3 March 2026"),
        ],
    )
    def test_days_before_history_began_are_not_compared_with(self, first: str | None, said: str) -> None:
        assert shown(first_day=None if first is None else day(first)).against == said

    def test_days_that_are_none_are_said_with_how_many_may_be(self) -> None:
        found = controls(seen(), own("x", "y"))
        assert str(MOST_DAYS) in found.wrong
        assert "{" not in found.wrong


class TestWords:
    @pytest.mark.parametrize(
        ("first", "last", "said"),
        [
            ("2026-03-18", "2026-03-18", "Wednesday 18 March 2026"),
            ("2028-02-29", "2028-02-29", "Tuesday 29 February 2028"),
            ("2026-03-16", "2026-03-22", "16 March – 22 March 2026"),
            ("2025-12-29", "2026-01-04", "29 December 2025 – 4 January 2026"),
        ],
    )  # fmt: skip
    def test_a_day_has_its_weekday_and_a_stretch_its_ends(self, first: str, last: str, said: str) -> None:
        assert days(ENGLISH, Period(day(first), day(last))) == said

    @pytest.mark.parametrize("code", LANGUAGES)
    @pytest.mark.parametrize("kind", ["channel", "department", "agent", "tag", "touchpoint"])
    def test_kinds_have_a_name_in_every_language(self, kind: str, code: str) -> None:
        assert kind_title(language(code), kind) not in ("", kind)

    @given(text=st.text())
    def test_nothing_that_turns_text_is_left_and_all_else_is(self, text: str) -> None:
        turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
        assert upright(turning + text + turning) == "".join(sign for sign in text if sign not in turning)
