"""Escaping, links and places of marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.panel.charts.marks import across, from_width, tag, written
from plugin.panel.charts.picture import Link, key_of, web_address
from plugin.panel.charts.words import long_time, short_time, signed, whole_percent
from tests.plugin.panel.charts.samples import ENGLISH
from tests.plugin.panel.pictures import tree
from workers.wording.language import language

#: What XML can hold at all.
TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"))


@given(TEXTS, TEXTS)
def test_any_text_comes_back_as_it_was_given(inner: str, attribute: str) -> None:
    [found] = tree(tag("b", inner, data_x=attribute))
    assert (found.text or "", found.get("data-x"), len(found)) == (inner, attribute, 0)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "http://[",
    ],
)
def test_an_address_that_names_no_page_is_dropped(address: str) -> None:
    assert Link("x", address).href == ""


@pytest.mark.parametrize(
    "address", ["/panel/acme/", "https://desk.example.com/t/1?a=b", "?by=day", "http://localhost/"]
)
def test_other_addresses_are_kept(address: str) -> None:
    assert web_address(address) == address


def test_keys_differ_where_the_texts_do() -> None:
    assert len({key_of("a", "b"), key_of("ab"), key_of("b", "a"), key_of("\ud800")}) == 4


@pytest.mark.parametrize(("number", "text"), [(0.0, "0"), (12.345, "12.35"), (100.0, "100"), (7, "7"), (-0.5, "-0.5")])
def test_numbers_have_two_decimals_at_most(number: float, text: str) -> None:
    assert written(number) == text


def test_a_third_of_the_width() -> None:
    assert across(1 / 3) == "33.33%"


@pytest.mark.parametrize(
    ("pixels", "class_"), [(100, ""), (256, ""), (257, "from-400"), (800, "from-800"), (1200, None)]
)
def test_what_needs_room_says_from_which_width_on(pixels: float, class_: str | None) -> None:
    assert from_width(pixels) == class_


@pytest.mark.parametrize(
    ("when", "long", "short"),
    [
        ("2026-11-18", "Wednesday 18 November 2026", "18 Nov"),
        ("2026-W53", "Week 53, 2026", "W53"),
        ("2026-11", "November 2026", "November 2026"),
        ("2026-99-99", "2026-99-99", "2026-99-99"),
        ("2026-99", "2026-99", "2026-99"),
        ("", "", ""),
    ],
)
def test_times_are_written_as_people_read_them(when: str, long: str, short: str) -> None:
    assert (long_time(when, ENGLISH), short_time(when, ENGLISH)) == (long, short)


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (2.0, "en", "+2"),
        (0.0, "en", "0"),
        (-2.5, "en", "\N{MINUS SIGN}2.5"),
        (-2.5, "hr", "\N{MINUS SIGN}2,5"),
        (0.01, "en", "0"),
    ],
)
def test_differences_have_a_sign(value: float, code: str, text: str) -> None:
    assert signed(value, language(code)) == text


@pytest.mark.parametrize(("value", "text"), [(87.4, "87%"), (99.7, "99.7%"), (0.2, "0.2%"), (0, "0%"), (100, "100%")])
def test_per_cent_are_whole_but_never_all_or_none_where_it_is_not(value: float, text: str) -> None:
    assert whole_percent(value, ENGLISH) == text
