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
