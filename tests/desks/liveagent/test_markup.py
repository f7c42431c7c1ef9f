"""Text for LiveAgent is plain, disarmed, and known again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.actions import Section
from integrations.liveagent import markup

MARKER = "deskpulse:2026-W24:email:9e"


def test_a_mark_names_deskpulse_once() -> None:
    assert markup.mark(MARKER) == "[deskpulse:2026-W24:email:9e]"
    assert markup.mark("W24") == "[deskpulse:W24]"
    assert markup.mark("[deskpulse:W24]") == "[deskpulse:W24]"
    assert markup.has_mark(markup.mark("two words"))


def test_a_marker_with_brackets_has_revisions_too() -> None:
    texts = [markup.revised("a", "[deskpulse:W24]", 1), markup.revised("b", "deskpulse:W24", 2)]
    assert texts[0].endswith(f"[deskpulse:W24#1-{markup.revision('a')}]")
    assert markup.latest_revision(texts, "[deskpulse:W24]") == (2, markup.revision("b"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\r\nc\td", "a b c d"),
        ("{$conv_subject}", "{ $conv_subject}"),
        ("[deskpulse:x]", "(deskpulse:x]"),
        ("<b>1 &amp; 2</b>", "<b>1 &amp; 2</b>"),
        ("\0a\x1b[31m\ud800", "a [31m"),
        ("Größe 🙂", "Größe 🙂"),
    ],
)
def test_a_line_is_shown_as_it_stands_and_nothing_in_it_is_a_command(text: str, shown: str) -> None:
    assert markup.plain(text) == shown


@given(st.text())
def test_no_line_breaks_out_of_its_line_or_forges_a_mark(text: str) -> None:
    shown = markup.plain(text)
    assert len(shown.splitlines()) <= 1
    assert "{$" not in shown
    assert not markup.has_mark(shown)
    assert markup.plain(shown) == shown
    shown.encode()


@given(st.lists(st.text(), max_size=4).map(tuple))
def test_a_note_ends_with_its_mark_whatever_its_lines(lines: tuple[str, ...]) -> None:
    text = markup.note(lines, MARKER)
    assert text.endswith(markup.mark(MARKER))
    assert text.count("[deskpulse:") == 1


def test_a_subject_keeps_its_mark_however_long_the_title() -> None:
    subject = markup.subject("x" * 500, MARKER)
    assert len(subject) < 200
    assert subject.endswith(markup.mark(MARKER))


def test_a_summary_is_a_title_headings_and_lines() -> None:
    text = markup.summary("Week 24", [Section("Volume", ("71 tickets", "9 more")), Section("Next", ())])
    assert text == "Week 24\n\nVolume\n- 71 tickets\n- 9 more\n\nNext"


def test_the_latest_revision_is_the_one_with_the_highest_number() -> None:
    texts = [
        markup.revised("c", MARKER, 3),
        "nothing",
        markup.revised("a", MARKER, 11),
        markup.revised("b", "other", 99),
    ]
    assert markup.latest_revision(texts, MARKER) == (11, markup.revision("a"))
    assert markup.latest_revision([], MARKER) == (0, "")


def test_a_marker_that_begins_like_another_one_is_another_one() -> None:
    assert markup.latest_revision([markup.revised("a", MARKER + "x", 1)], MARKER) == (0, "")
