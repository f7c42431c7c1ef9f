"""Numbers, plurals, dates and durations as each language writes them, and sentences with values in them."""

from __future__ import annotations

import time
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel import Locale, localedata
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from integrations.times import HOUR, SECOND
from workers.wording import language as speaking
from workers.wording.dates import dates_of
from workers.wording.language import LANGUAGES, Language, best_language, language, mark
from workers.wording.numbers import MINUS, numbers_of
from workers.wording.texts import Texts, categories, texts_of

NBSP = "\N{NO-BREAK SPACE}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
ZAGREB = ZoneInfo("Europe/Zagreb")
CODES = tuple(LANGUAGES)
TUESDAY = date(2026, 11, 3)
CODE = st.sampled_from(CODES)
#: The category of 1, 2, 3, 5, 11, 21, 101, 1.5 and 2.1.
CATEGORIES = {
    "en": "one other other other other other other other other",
    "hr": "one few few other other one one other one",
    "sl": "one two few other other other one few few",
    "lt": "one few few few other one one many many",
    "ro": "one few few few few other few few few",
    "bg": "one other other other other other other other other",
}
SEPARATED_FROM = {"bg": 10_000}


def plain(text: str) -> str:
    """The text with every space as the space bar has it."""
    return text.replace(NBSP, " ").replace(NARROW, " ")


class TestNumbers:
    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("en", "12,345.68"), ("hr", "12.345,68"), ("sl", "12.345,68"), ("lt", f"12{NBSP}345,68"),
            ("ro", "12.345,68"), ("bg", f"12{NBSP}345,68"),
        ],
    )  # fmt: skip
    def test_a_number_has_the_separators_of_its_language(self, code: str, said: str) -> None:
        assert language(code).number(12_345.678) == said

    @pytest.mark.parametrize(
        ("code", "said"), [("en", "1,234"), ("lt", f"1{NBSP}234"), ("bg", "1234"), ("sl", "1.234")]
    )
    def test_bulgarian_parts_thousands_from_five_digits_on(self, code: str, said: str) -> None:
        assert language(code).number(1_234) == said

    @pytest.mark.parametrize(
        ("value", "digits", "said"),
        [(4, 2, "4"), (4.5, 2, "4.5"), (4.256, 2, "4.26"), (4.256, 0, "4"), (100, 2, "100"), (0.004, 2, "0")],
    )
    def test_decimals_that_say_nothing_are_left_out(self, value: float, digits: int, said: str) -> None:
        assert language("en").number(value, digits) == said

    @pytest.mark.parametrize(("code", "said"), [("en", f"{MINUS}3.5"), *((code, f"{MINUS}3,5") for code in CODES[1:])])
    def test_a_negative_number_has_the_sign_of_running_text(self, code: str, said: str) -> None:
        assert language(code).number(-3.5) == said

    @pytest.mark.parametrize("code", CODES)
    def test_nothing_is_not_negative(self, code: str) -> None:
        assert language(code).number(-0.001) == language(code).number(-0.0) == "0"

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("en", "87.5%"), ("hr", f"87,5{NBSP}%"), ("sl", f"87,5{NBSP}%"), ("lt", f"87,5{NBSP}%"),
            ("ro", f"87,5{NBSP}%"), ("bg", "87,5%"),
        ],
    )  # fmt: skip
    def test_per_cent_stands_as_the_language_puts_it(self, code: str, said: str) -> None:
        assert language(code).percent(87.46) == said

    @given(CODE, st.integers(-(10**9), 10**9), st.integers(0, 2))
    def test_any_number_is_what_cldr_writes(self, code: str, whole: int, digits: int) -> None:
        value = Decimal(whole).scaleb(-digits)
        expected = format_decimal(abs(value), locale=code)
        if abs(value) < SEPARATED_FROM.get(code, 0):
            expected = expected.replace(NBSP, "")
        assert language(code).number(float(value)).lstrip(MINUS) == expected

    @given(CODE, st.floats(-1e12, 1e12), st.integers(0, 4))
    def test_any_number_can_be_read_back(self, code: str, value: float, digits: int) -> None:
        signs = numbers_of(code)
        told = language(code).number(value, digits)
        read = told.replace(signs.group, "").replace(signs.decimal, ".").replace(MINUS, "-")
        assert float(read) == float(f"{value:.{digits}f}")


class TestPlurals:
    @pytest.mark.parametrize("code", CODES)
    def test_each_number_takes_the_form_of_its_language(self, code: str) -> None:
        spoken = speaks(code, {"{n} ticket": {name: f"{{n}} {name}" for name in categories(code)}})
        told = [spoken.say_many("{n} ticket", "{n} tickets", n) for n in (1, 2, 3, 5, 11, 21, 101, 1.5, 2.1)]
        assert " ".join(text.split()[-1] for text in told) == CATEGORIES[code]

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("en", "1 ticket, 2 tickets, 3 tickets, 5 tickets, 11 tickets, 21 tickets, 101 tickets"),
            ("hr", "1 zahtjev, 2 zahtjeva, 3 zahtjeva, 5 zahtjeva, 11 zahtjeva, 21 zahtjev, 101 zahtjev"),
            ("sl", "1 zahtevek, 2 zahtevka, 3 zahtevki, 5 zahtevkov, 11 zahtevkov, 21 zahtevkov, 101 zahtevek"),
            ("lt", "1 užklausa, 2 užklausos, 3 užklausos, 5 užklausos, 11 užklausų, 21 užklausa, 101 užklausa"),
            ("ro", "1 tichet, 2 tichete, 3 tichete, 5 tichete, 11 tichete, 21 de tichete, 101 tichete"),
            ("bg", "1 заявка, 2 заявки, 3 заявки, 5 заявки, 11 заявки, 21 заявки, 101 заявки"),
        ],
    )
    def test_tickets_are_counted_as_each_language_counts(self, code: str, said: str) -> None:
        numbers = (1, 2, 3, 5, 11, 21, 101)
        assert ", ".join(language(code).say_many("{n} ticket", "{n} tickets", n) for n in numbers) == said

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("en", "1 point, 2.1 points, 2.5 points"),
            ("hr", "1 postotni bod, 2,1 postotni bod, 2,5 postotnih bodova"),
            ("sl", "1 odstotna točka, 2,1 odstotne točke, 2,5 odstotne točke"),
            ("lt", "1 procentinis punktas, 2,1 procentinio punkto, 2,5 procentinio punkto"),
            ("ro", "1 punct procentual, 2,1 puncte procentuale, 2,5 puncte procentuale"),
            ("bg", "1 процентен пункт, 2,1 процентни пункта, 2,5 процентни пункта"),
        ],
    )
    def test_fractions_have_the_form_of_fractions(self, code: str, said: str) -> None:
        assert ", ".join(language(code).points(each) for each in (1, 2.1, 2.5)) == said

    @pytest.mark.parametrize("code", CODES)
    def test_what_is_not_translated_is_said_in_english(self, code: str) -> None:
        spoken = language(code)
        assert spoken.say("Nobody translates this to {who}", who="you") == "Nobody translates this to you"
        assert spoken.say_many("{n} untold hen", "{n} untold hens", 1) == "1 untold hen"
        assert spoken.say_many("{n} untold hen", "{n} untold hens", 21) == "21 untold hens"

    def test_the_number_is_written_as_the_language_writes_numbers(self) -> None:
        assert language("hr").say_many("{n} untold hen", "{n} untold hens", 12_345.5) == "12.345,5 untold hens"

    @given(CODE, st.integers(0, 10**7))
    def test_any_number_has_one_form(self, code: str, n: int) -> None:
        spoken = speaks(code, {"{n} hen": {name: f"{{n}} {name}" for name in categories(code)}})
        category = Locale.parse(code).plural_form(n)
        assert spoken.say_many("{n} hen", "{n} hens", n) == f"{spoken.number(n)} {category}"

    @given(CODE, st.integers(0, 99))
    def test_a_whole_number_is_no_fraction_whatever_its_type(self, code: str, n: int) -> None:
        spoken = speaks(code, {"{n} hen": {name: f"{{n}} {name}" for name in categories(code)}})
        assert spoken.say_many("{n} hen", "{n} hens", float(n)) == spoken.say_many("{n} hen", "{n} hens", n)


def speaks(code: str, many: dict[str, dict[str, str]]) -> Language:
    """A language with a catalogue of its own."""
    known = language(code)
    return Language(code, Texts({}, many), known._numbers, known._dates, known._category)


class TestSentences:
    def test_values_are_put_in_their_places(self) -> None:
        assert language("en").say("{a} of {b}, {a}", a="1", b="{c}") == "1 of {c}, 1"

    @pytest.mark.parametrize(
        ("value", "said"),
        [("3. studenoga 2026.", "until 3. studenoga 2026."), ("14:05", "until 14:05."), ("", "until .")],
    )
    def test_a_date_that_ends_with_a_full_stop_ends_its_sentence(self, value: str, said: str) -> None:
        assert language("hr").say("until {day}.", day=value) == said

    def test_a_full_stop_inside_a_sentence_stays(self) -> None:
        assert language("en").say("{a}. {b}...", a="One.", b="Two.") == "One. Two...."

    def test_a_missing_value_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            language("en").say("{a} of {b}", a=1)

    def test_a_marked_text_is_the_text(self) -> None:
        assert mark("Tickets") == "Tickets"


class TestDurations:
    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("en", ["45 s", "1 min 35 s", "12 min", "1 h 35 min", "1 d", "2 d 3 h", "21 d"]),
            ("hr", ["45 s", "1 min 35 s", "12 min", "1 h 35 min", "1 d", "2 d 3 h", "21 d"]),
            ("sl", ["45 s", "1 min 35 s", "12 min", "1 h 35 min", "1 d", "2 d 3 h", "21 d"]),
            ("lt", ["45 sek.", "1 min. 35 sek.", "12 min.", "1 val. 35 min.", "1 d.", "2 d. 3 val.", "21 d."]),
            ("ro", ["45 s", "1 min 35 s", "12 min", "1 h 35 min", "1 zi", "2 zile 3 h", "21 de zile"]),
            ("bg", ["45 сек", "1 мин 35 сек", "12 мин", "1 ч 35 мин", "1 д", "2 д 3 ч", "21 д"]),
        ],
    )
    def test_a_duration_is_in_the_units_of_its_language(self, code: str, said: list[str]) -> None:
        spoken = language(code)
        seconds = (45, 95, 720, 5_700, 86_400, 2 * 86_400 + 3 * 3_600, 21 * 86_400)
        assert [plain(spoken.duration(each)) for each in seconds] == said

    @pytest.mark.parametrize(
        ("days", "said"),
        [(1, "1 zi"), (2, "2 zile"), (11, "11 zile"), (20, "20 de zile"), (21, "21 de zile"), (101, "101 zile")],
    )
    def test_romanian_days_have_three_forms(self, days: int, said: str) -> None:
        assert plain(language("ro").duration(days * 86_400)) == said

    def test_a_number_and_its_unit_stay_on_one_line(self) -> None:
        assert language("hr").duration(5_700) == f"1{NBSP}h 35{NBSP}min"

    @given(st.floats(0, 10**9))
    def test_any_duration_has_at_most_two_units(self, seconds: float) -> None:
        told = language("en").duration(seconds)
        assert 2 <= len(told.split(" ")) <= 4

    @given(st.integers(0, 10**7), st.integers(0, 10**7))
    def test_a_longer_duration_never_looks_shorter(self, one: int, other: int) -> None:
        shorter, longer = sorted((one, other))
        assert seconds_in(language("en").duration(shorter)) <= seconds_in(language("en").duration(longer))

    @given(CODE, st.integers(0, 10**7))
    def test_every_language_tells_the_same_numbers(self, code: str, seconds: int) -> None:
        told, english = (numbers_in(language(each).duration(seconds)) for each in (code, "en"))
        assert told == english


def seconds_in(told: str) -> int:
    sizes = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    words = told.replace(",", "").split(" ")
    return sum(int(words[place]) * sizes[words[place + 1]] for place in range(0, len(words), 2))


def numbers_in(told: str) -> list[str]:
    return ["".join(filter(str.isdigit, word)) for word in plain(told).split(" ") if word[0].isdigit()]


class TestDates:
    @pytest.mark.parametrize(
        ("code", "day", "weekday", "month", "short"),
        [
            ("en", "3 November 2026", "Tuesday 3 November", "November 2026", "3 Nov"),
            ("hr", "3. studenoga 2026.", "utorak, 3. studenoga", "studeni 2026.", "3. stu"),
            ("sl", "3. november 2026", "torek, 3. november", "november 2026", "3. nov."),
            ("lt", "2026 m. lapkričio 3 d.", "lapkričio 3 d., antradienis", "2026 m. lapkritis", "11-03"),
            ("ro", "3 noiembrie 2026", "marți, 3 noiembrie", "noiembrie 2026", "3 nov."),
            ("bg", "3 ноември 2026 г.", "вторник, 3 ноември", "ноември 2026 г.", "3.11"),
        ],
    )
    def test_a_day_and_a_month_are_written_out(self, code: str, day: str, weekday: str, month: str, short: str) -> None:
        spoken = language(code)
        assert plain(spoken.day(TUESDAY)) == day
        assert plain(spoken.day(TUESDAY, weekday=True, year=False)) == weekday
        assert plain(spoken.month(TUESDAY)) == month
        assert spoken.short_day(TUESDAY) == short

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("en", "9 March – 15 March 2026"),
            ("hr", "9. ožujka – 15. ožujka 2026."),
            ("sl", "9. marec – 15. marec 2026"),
            ("lt", "2026 m. kovo 9 d. – kovo 15 d."),
            ("ro", "9 martie – 15 martie 2026"),
            ("bg", "9 март – 15 март 2026 г."),
        ],
    )
    def test_the_year_of_a_stretch_stands_once(self, code: str, said: str) -> None:
        assert plain(language(code).days(date(2026, 3, 9), date(2026, 3, 15))) == said

    @given(CODE, st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
    def test_any_stretch_names_each_of_its_years(self, code: str, first: date, length: int) -> None:
        last = first + timedelta(days=length)
        told = language(code).days(first, last)
        assert all(told.count(str(year)) == 1 for year in {first.year, last.year})
        assert ("–" in told) == (length > 0)

    @pytest.mark.parametrize("code", [code for code in CODES if code != "en"])
    @given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
    def test_any_day_is_what_cldr_writes(self, code: str, when: date) -> None:
        spoken = language(code)
        assert spoken.day(when) == format_date(when, "long", code)
        assert spoken.day(when, weekday=True) == format_date(when, "full", code)

    @pytest.mark.parametrize("code", CODES)
    def test_patterns_without_a_year_are_those_of_cldr(self, code: str) -> None:
        skeletons = Locale.parse("en_GB" if code == "en" else code).datetime_skeletons
        patterns = language(code)._dates.patterns
        assert [patterns.day_of_year, patterns.short, patterns.month] == [
            skeletons[name].pattern for name in ("MMMMd", "MMMd", "yMMMM")
        ]

    @pytest.mark.parametrize("code", CODES)
    def test_a_week_is_the_one_of_iso_8601(self, code: str) -> None:
        """CLDR's own number of the week of 1 January 2027 is 1 in four of the six."""
        assert "53" in language(code).week("2026-W53")
        assert "2026" in language(code).week("2026-W53")
        assert "05" not in language(code).week("2026-W05")

    def test_an_english_week(self) -> None:
        assert language("en").week("2026-W53") == "Week 53, 2026"

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("en", "25 October 2026, 02:30"), ("hr", "25. listopada 2026. 02:30"), ("sl", "25. oktober 2026, 02:30"),
            ("lt", "2026 m. spalio 25 d. 02:30"), ("ro", "25 octombrie 2026, 02:30"),
            ("bg", "25 октомври 2026 г., 2:30"),
        ],
    )  # fmt: skip
    def test_a_moment_is_told_by_the_clocks_of_the_zone(self, code: str, said: str) -> None:
        first, second = (1_792_888_200 * SECOND + hours * HOUR for hours in (0, 1))
        assert plain(language(code).moment(first, ZAGREB)) == said
        assert plain(language(code).moment(second, ZAGREB)) == said, "the hour that the clock shows twice"

    @pytest.mark.parametrize("code", CODES)
    def test_clocks_have_24_hours(self, code: str) -> None:
        afternoon = 1_792_933_500 * SECOND
        assert language(code).clock(afternoon, ZAGREB) == "14:05"
        assert language(code).hour(23) == "23:00"

    @pytest.mark.parametrize(
        ("code", "monday", "mon"),
        [
            ("en", "Monday", "Mon"), ("hr", "ponedjeljak", "pon"), ("sl", "ponedeljek", "pon."),
            ("lt", "pirmadienis", "pr"), ("ro", "luni", "lun."), ("bg", "понеделник", "пн"),
        ],
    )  # fmt: skip
    def test_weekdays_begin_with_monday(self, code: str, monday: str, mon: str) -> None:
        spoken = language(code)
        assert (spoken.weekday(0), spoken.weekday(0, short=True)) == (monday, mon)
        assert len({spoken.weekday(each) for each in range(7)}) == 7

    def test_an_hour_of_the_week_ends_with_the_next(self) -> None:
        assert language("en").weekday_hour(0, 9) == "Monday 09:00–10:00"
        assert language("bg").weekday_hour(6, 23) == "неделя 23:00–0:00"

    @given(CODE, st.dates(date(2020, 1, 1), date(2030, 1, 1)))
    def test_days_that_follow_each_other_read_differently(self, code: str, when: date) -> None:
        spoken, tomorrow = language(code), when + timedelta(days=1)
        assert spoken.short_day(when) != spoken.short_day(tomorrow)
        assert spoken.day(when, weekday=True) != spoken.day(tomorrow, weekday=True)


class TestChoice:
    def test_six_languages_call_themselves_by_their_own_name(self) -> None:
        assert list(LANGUAGES) == ["en", "hr", "sl", "lt", "ro", "bg"]
        assert LANGUAGES["bg"] == "Български"

    @pytest.mark.parametrize("code", ["xx", "", "HR", None, "en-GB"])
    def test_an_unknown_code_is_english(self, code: str | None) -> None:
        assert language(code).code == "en"

    def test_a_language_is_made_once(self) -> None:
        assert language("hr") is language("hr")

    @pytest.mark.parametrize(
        ("header", "code"),
        [
            ("hr", "hr"), ("hr-HR,hr;q=0.9,en;q=0.8", "hr"), ("de-AT, de;q=0.9, sl;q=0.5, en;q=0.4", "sl"),
            ("en;q=0.4, LT;q=0.8", "lt"), ("de, fr;q=0.5", "ro"), ("*", "ro"), ("", "ro"), (None, "ro"),
            ("hr;q=0", "ro"), ("hr;q=x, bg;q=0.1", "bg"), (",,;q=,\x00", "ro"), ("en, hr", "en"),
        ],
    )  # fmt: skip
    def test_a_browser_gets_what_it_likes_best(self, header: str | None, code: str) -> None:
        assert best_language(header, "ro") == code

    @given(st.text())
    def test_any_header_leads_to_a_language(self, header: str) -> None:
        assert best_language(header, "sl") in LANGUAGES


class TestSpeed:
    def test_all_languages_are_there_in_a_tenth_of_a_second(self) -> None:
        """Of processor time, the best of three: other processes share the machine."""
        assert min(seconds_to_load() for _ in range(3)) < 0.1

    def test_saying_something_reads_no_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        spoken = [language(code) for code in CODES]
        monkeypatch.setattr("pathlib.Path.read_text", None)
        monkeypatch.setattr("builtins.open", None)
        assert {one.say_many("{n} untold hen", "{n} untold hens", 3) for one in spoken} == {"3 untold hens"}
        assert len({one.day(TUESDAY) for one in spoken}) == 6


def seconds_to_load() -> float:
    """From nothing, the data of babel's locales included."""
    localedata._cache.clear()
    for cached in (speaking.language, texts_of, numbers_of, dates_of):
        cached.cache_clear()
    start = time.process_time()
    for code in CODES:
        language(code)
    return time.process_time() - start
