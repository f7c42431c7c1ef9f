"""The letter: well-formed, quiet, complete in both forms, and inert whatever a customer wrote."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.actions import Section
from integrations.outlets import letter
from integrations.outlets.base import Bar, plain
from tests.integrations.outlets.samples import HOSTILE, digest, hostile

XHTML = "{http://www.w3.org/1999/xhtml}"
#: What a letter is made of, and nothing else.
ELEMENTS = {"html", "head", "meta", "title", "body", "table", "tr", "td", "p", "h1", "h2", "span", "br", "a"}
#: The largest page that the most used web mail shows whole.
WHOLE = 102_000


def read(page: str) -> ElementTree.Element:
    """Read as XML, which takes nothing that is not well-formed."""
    return ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n").replace("&#160;", "\u00a0"))


def words(page: str) -> str:
    return " ".join("".join(read(page).itertext()).split())


def elements(page: str) -> set[str]:
    return {each.tag.removeprefix(XHTML) for each in read(page).iter()}


class TestHTML:
    def test_it_is_well_formed_and_of_few_elements(self) -> None:
        assert elements(letter.html(digest())) == ELEMENTS

    def test_it_loads_nothing(self) -> None:
        page = letter.html(digest())
        assert not re.search(r"src=|url\(|<link|<style|<script|@import", page)
        assert re.findall(r'href="([^"]*)"', page) == [
            "https://pulse.example/panel/acme/overview?period=days&amp;from=2026-03-17"
        ]

    def test_everything_that_the_digest_says_is_in_it(self) -> None:
        shown, told = words(letter.html(digest())), digest()
        for text in (told.account, told.title, told.note, "Tickets", "128", "17 more than 111", "Open in Deskpulse"):
            assert text in shown
        assert all(section.heading in shown for section in told.sections)
        assert told.sections[3].lines[0] in shown

    def test_its_language_is_named(self) -> None:
        assert read(letter.html(digest(language="bg"))).attrib["lang"] == "bg"

    def test_without_an_address_of_the_panel_there_is_no_link(self) -> None:
        assert "a" not in elements(letter.html(digest(link=None)))

    def test_what_customers_wrote_is_text(self) -> None:
        page = letter.html(hostile())
        assert elements(page) <= ELEMENTS
        assert words(page).count("<script>alert(1)</script>") >= 10
        names = {name for each in read(page).iter() for name in each.attrib}
        assert not {name for name in names if name.startswith("on") or name in ("src", "srcdoc")}

    @given(st.text().map(plain), st.floats(0, 1))
    def test_any_text_stays_text(self, text: str, length: float) -> None:
        page = letter.html(
            digest(title=text, sections=(Section(text, (text,)),), bars=(Bar(text, text, length),), bars_in=0)
        )
        assert elements(page) <= ELEMENTS
        assert " ".join(text.split()) in words(page)

    def test_the_longest_bar_fills_its_cell_and_none_is_without_width(self) -> None:
        page = letter.html(digest(bars=(Bar("a", "1000", 1.0), Bar("b", "1", 0.001))))
        assert re.findall(r'width="(\d+)%" height', page) == ["100", "1", "99"]

    @pytest.mark.parametrize("bars", [(), (Bar("E-mail", "1", 1.0),)])
    def test_bars_have_their_name(self, bars: tuple[Bar, ...]) -> None:
        assert ("Shown here" in letter.html(digest(bars=bars, bars_name="Shown here"))) is bool(bars)

    def test_a_long_digest_is_shown_whole(self) -> None:
        lines = ("Ticket 4711 (E-mail): CSAT 1 on 1 to 5: " + "ш" * 240,) * 20
        assert len(letter.html(digest(sections=(Section("What", lines),) * 4)).encode()) < WHOLE


class TestText:
    def test_it_says_the_same(self) -> None:
        shown, told = letter.text(digest()), digest()
        assert shown.startswith(f"{told.title}\n\nWhat changed\n- Compared with")
        for section in told.sections:
            assert f"{section.heading}\n- {section.lines[0]}" in shown
        assert "\nOpen in Deskpulse:\nhttps://pulse.example/panel/acme/overview?period=days&from=" in shown
        assert shown.endswith(f"-- \n{told.note}\n")

    def test_nothing_is_escaped_in_it(self) -> None:
        assert f"- {HOSTILE}\n" in letter.text(hostile())


class TestPlain:
    @pytest.mark.parametrize(
        ("given_", "kept"),
        [
            ("one\r\nBcc: x@y.example", "one Bcc: x@y.example"),
            ("a\u202egnp.exe\u2066b", "a gnp.exe b"),
            ("bell\x07 null\0 del\x7f", "bell null del"),
            ("half \ud83d of one", "half of one"),
            ("जल\u200dपान और čšž щ", "जल\u200dपान और čšž щ"),
        ],
    )
    def test_what_steers_a_reader_is_left_out(self, given_: str, kept: str) -> None:
        assert plain(given_) == kept
