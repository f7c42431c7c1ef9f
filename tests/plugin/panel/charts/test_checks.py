"""The checks of pictures find what they are there to find."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markupsafe import Markup

from plugin.panel.charts.picture import Link, Picture, Table
from tests.plugin.panel.pictures import colour_pairs, drawn_numbers, faults, faults_of_markup, palettes, table_numbers

NAMED = (
    '<svg role="img" aria-labelledby="n d"><title id="n">CSAT</title><desc id="d">Chat: 88%.</desc>'
    '<text>88%</text><text class="tick">100%</text></svg>'
)
GOOD = Picture("CSAT", "Chat: 88%.", Markup(NAMED), Table("CSAT", ("Name", "Share"), (("Chat", "88%"),)))


def test_a_picture_as_it_must_be_has_no_faults() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ('role="img"', "", "a svg without a role"),
        ('<title id="n">CSAT</title>', "", "a svg without a name and a description"),
        ('<desc id="d">Chat: 88%.</desc>', '<desc id="d"> </desc>', "a svg without a name and a description"),
        ("<text>", '<text style="color: red">', "text has style"),
        ("<text>", '<text onclick="x()">', "text has onclick"),
        ("<text>", '<text fill="#ff0000">', "text has the colour #ff0000"),
        ("<text>", '<text fill="url(#nowhere)">', "nothing has id nowhere"),
        ("<text>", '<text id="n">', "two of id n"),
        ("<text>88%</text>", "<script>x</script>", "a script"),
        ("<text>88%</text>", '<a href="javascript:x">88%</a>', "a link to javascript:x"),
        ("<text>88%</text>", '<a href="/t">88%</a>', "a svg is a img"),
        ("</svg>", "</svg><svg><rect/></svg>", "a svg without a role"),
        ("</svg>", '</svg><div role="img"></div>', "a div without a name and a description"),
    ],
)
def test_what_is_wrong_with_marks_is_found(was: str, becomes: str, fault: str) -> None:
    assert was in NAMED
    assert fault in faults_of_markup(NAMED.replace(was, becomes, 1))


def test_a_hidden_drawing_needs_no_name() -> None:
    assert faults_of_markup('<svg aria-hidden="true"><rect/></svg>') == []


def test_a_drawing_inside_a_named_one_needs_none() -> None:
    assert faults_of_markup(NAMED.replace("<text>88%</text>", "<svg><rect/></svg>")) == []


def test_a_number_that_is_drawn_but_not_in_the_table_is_found() -> None:
    wrong = replace(GOOD, table=Table("CSAT", ("Name", "Share"), (("Chat", "87%"),)))
    assert faults(wrong) == ["drawn but not in the table: 88"]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (replace(GOOD, finding=" "), "no finding"),
        (replace(GOOD, name=""), "no name"),
        (replace(GOOD, table=Table("CSAT 88", ("Name",), ())), "drawn without a table"),
        (replace(GOOD, table=Table("CSAT", ("Name",), (("Chat", "88%"),))), "a row of 2 below a head of 1"),
        (replace(GOOD, table=Table(" ", ("Name", "Share"), (("Chat", "88%"),))), "a table without a caption"),
    ],
)
def test_what_is_wrong_with_words_and_table_is_found(wrong: Picture, fault: str) -> None:
    assert fault in faults(wrong)


def test_numbers_are_read_with_their_separators_but_not_those_of_the_axis() -> None:
    assert drawn_numbers("<svg><text>1,234.5</text><text>1\u00a0234</text><text class='tick'>9</text></svg>") == {
        "1,234.5",
        "1\u00a0234",
    }
    assert table_numbers(Table("7", ("8",), ((Link("9", "/x"),),))) == {"7", "8", "9"}


def test_colours_are_paired_by_their_names() -> None:
    sheet = """:root { --chart-sheet: #fff; --chart-ink: #000; --chart-mark-1: #00f; --chart-on-mark-1: #fff; }
    @media screen and (prefers-color-scheme: dark) { :root { --chart-sheet: #111; } }"""
    found = palettes(sheet)
    assert (found["light"]["--chart-sheet"], found["dark"]["--chart-sheet"]) == ("#fff", "#111")
    assert found["dark"]["--chart-ink"] == "#000"
    assert list(colour_pairs(found["light"])) == [
        ("--chart-ink", "--chart-sheet", 4.5),
        ("--chart-mark-1", "--chart-sheet", 3.0),
        ("--chart-on-mark-1", "--chart-mark-1", 4.5),
    ]
