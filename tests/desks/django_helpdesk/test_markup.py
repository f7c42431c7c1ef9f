"""Text for the desk: nothing in it works as a template or a reference, and our markers are found again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.actions import AddNote, PutSummary, Section
from integrations.django_helpdesk import markup


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CSAT 4 of 5, <b>up</b> & {fine}", "CSAT 4 of 5, <b>up</b> & {fine}"),
        ("{{ ticket.submitter_email }}", "{ { ticket.submitter_email } }"),
        ("{% load x %}", "{ % load x % }"),
        ("{# gone #}", "{ # gone # }"),
        ("{{{{", "{ { { {"),
        ("100 %}", "100 % }"),
        ("see #4711, ##7 and # 8", "see # 4711, ## 7 and # 8"),
        ("&#39;", "&# 39;"),
        ("a\0b\x1b[31mc", "a b [31mc"),
        ("half \ud800 a \udfff pair", "half   a   pair"),
        ("a\x07\x08b\x0bc\x0cd\x0ee\x1ff\x7fg", "a b c d e f g"),
        ("tab\tand\nline\rend", "tab\tand\nline\rend"),
        ("Größe 🙂 \u202e", "Größe 🙂 \u202e"),
        ("as in [deskpulse:answer-2]", "as in (deskpulse:answer-2]"),
        ("[[deskpulse:deskpulse:x]]", "[(deskpulse:deskpulse:x]]"),
        ("", ""),
    ],
)
def test_what_the_desk_would_take_for_more_than_text_gets_a_blank(text: str, expected: str) -> None:
    assert markup.harmless(text) == expected


@given(st.text(alphabet="{}%#0a ", max_size=40))
def test_no_text_stays_a_template_or_a_reference(text: str) -> None:
    safe = markup.harmless(text)
    assert not re.search(r"\{[{%#]|[%#}]\}|#\d", safe)
    assert markup.harmless(safe) == safe
    assert safe.replace(" ", "") == text.replace(" ", "")


@given(st.text())
def test_every_text_can_be_stored_and_carries_no_marker(text: str) -> None:
    safe = markup.harmless(text)
    safe.encode()
    assert "\0" not in safe
    assert not markup.is_marked(safe)
    assert markup.harmless(safe) == safe


@given(st.lists(st.text(), max_size=4).map(tuple))
def test_a_note_carries_its_own_marker_only_whatever_its_lines(lines: tuple[str, ...]) -> None:
    note = markup.note(AddNote("7", "deskpulse:answer-1", lines))
    assert note.endswith("[deskpulse:answer-1]")
    assert note.count("[deskpulse:") == 1
    assert note == note.strip(), "the desk strips what it stores, and what it stores is compared"


@given(st.text(), st.lists(st.tuples(st.text(), st.lists(st.text(), max_size=2).map(tuple)), max_size=3))
def test_a_summary_carries_its_own_marker_only_and_once(title: str, parts: list[tuple[str, tuple[str, ...]]]) -> None:
    action = PutSummary("deskpulse:2026-W24", title, tuple(Section(*part) for part in parts))
    for text in (markup.summary_title(action), markup.summary_text(action)):
        assert text.count("[deskpulse:") == 1
        assert text.endswith("[deskpulse:2026-W24]")
    assert markup.summary_title(action) == markup.summary_title(action).lstrip()


@pytest.mark.parametrize("marker", ["deskpulse:2026-W24", "2026-W24", "[deskpulse:2026-W24]"])
def test_a_marker_is_found_again_however_it_was_given(marker: str) -> None:
    assert markup.marked(marker) == "[deskpulse:2026-W24]"
    assert markup.is_marked(f"Week 24 {markup.marked(marker)}")


@pytest.mark.parametrize("text", ["", "deskpulse:2026-W24", "[deskpulse]", "[deskpulse:]", "[deskpulse:a b]", "[x:y]"])
def test_other_text_is_not_marked(text: str) -> None:
    assert not markup.is_marked(text)


def test_a_note_is_its_lines_and_the_marker() -> None:
    note = markup.note(AddNote("7", "deskpulse:answer-1", ("1 of 5", "{{ x }}")))
    assert note == "1 of 5\n{ { x } }\n\n[deskpulse:answer-1]"


def test_a_summary_is_its_sections_and_the_marker() -> None:
    action = PutSummary(
        "deskpulse:2026-W24", "Week #24", (Section("Volume", ("71 tickets", "9 more")), Section("Next", ("Add one",)))
    )
    assert markup.summary_title(action) == "Week # 24 [deskpulse:2026-W24]"
    assert markup.summary_text(action) == ("Volume\n- 71 tickets\n- 9 more\n\nNext\n- Add one\n\n[deskpulse:2026-W24]")


@given(st.text(max_size=400))
def test_a_title_of_any_length_keeps_its_marker_and_fits(title: str) -> None:
    made = markup.summary_title(PutSummary("deskpulse:2026-W24", title, ()))
    assert made.endswith("[deskpulse:2026-W24]")
    assert len(made) <= markup.LONGEST_TITLE


@pytest.mark.parametrize(("length", "kept"), [(178, 178), (179, 179), (180, 179), (1000, 179)])
def test_a_title_is_cut_only_where_the_marker_would_not_fit(length: int, kept: int) -> None:
    made = markup.summary_title(PutSummary("deskpulse:2026-W24", "x" * length, ()))
    assert made == "x" * kept + " [deskpulse:2026-W24]"


def test_a_summary_without_a_title_or_sections_is_its_marker() -> None:
    action = PutSummary("deskpulse:2026-W24", " ", ())
    assert markup.summary_title(action) == "[deskpulse:2026-W24]"
    assert markup.summary_text(action) == "[deskpulse:2026-W24]"
