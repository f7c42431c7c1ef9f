"""What customers wrote stands in our notes as it is: no placeholder, no mention, no markup, no mark of ours."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.actions import AddNote, PutSummary, Section
from integrations.zendesk import markup
from integrations.zendesk.simulated_shapes import plain
from tests.tries import tries

ANY = st.text(max_size=60) | st.text(st.sampled_from("{}%#@[]:&<>deskpul -\n"), max_size=40)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("{{ticket.requester.email}}", "{ {ticket.requester.email} }"), ("{% if x %}", "{ % if x % }"),
        ("{#note#}", "{ #note# }"), ("lone %} and }}", "lone % } and } }"), ("{ one }", "{ one }"),
        ("ask @eva and @ivo", "ask @ eva and @ ivo"), ("jo@people.example", "jo@ people.example"), ("a @ b", "a @ b"),
        ("[deskpulse:n:1]", "(deskpulse:n:1]"), ("a\nb\x00c\u2028d", "a b c d"), ("", ""), ("Größe 🙂", "Größe 🙂"),
    ],
)  # fmt: skip
def test_a_line_is_shown_as_it_stands_and_does_nothing(told: str, shown: str) -> None:
    assert markup.plain(told) == shown


@given(ANY)
@settings(max_examples=tries(4))
def test_no_text_becomes_a_placeholder_a_mention_or_a_mark(text: str) -> None:
    shown = markup.plain(text)
    assert not re.search(r"\{[{%#]|[%#}]\}|@\w", shown)
    assert not markup.is_marked(shown)
    assert "\n" not in shown
    assert markup.plain(shown) == shown


@given(st.lists(ANY, max_size=4))
@settings(max_examples=tries(4))
def test_a_note_is_its_lines_and_its_mark_whatever_they_hold(lines: list[str]) -> None:
    text = plain(markup.note(AddNote("1", "deskpulse:n:1", tuple(lines))))
    assert text.split("\n") == [*map(markup.plain, lines), "[deskpulse:n:1]"]


def test_nothing_in_a_note_is_html_but_line_breaks() -> None:
    told = markup.note(AddNote("1", "n:1", ("<b>bold</b> & </td>", "two")))
    assert told == "&lt;b&gt;bold&lt;/b&gt; &amp; &lt;/td&gt;<br>two<br>[deskpulse:n:1]"
    assert html.unescape(told.split("<br>")[0]) == "<b>bold</b> & </td>"


@pytest.mark.parametrize("marker", ["n:1", "deskpulse:n:1", "[deskpulse:n:1]", "[n:1]"])
def test_a_marker_may_come_with_brackets_and_prefix_or_without(marker: str) -> None:
    assert markup.mark(marker) == "[deskpulse:n:1]"
    assert markup.external_id(marker) == "deskpulse:n:1"


def test_a_marker_with_blanks_is_still_one_mark() -> None:
    assert markup.mark("week 24") == "[deskpulse:week-24]"
    assert markup.is_marked(markup.mark("week 24"))


@pytest.mark.parametrize(
    ("text", "marks"),
    [("", ""), ("no", ""), ("a [deskpulse:n:1] b [deskpulse:w:2]", "[deskpulse:n:1] [deskpulse:w:2]"),
     ("[deskpulse:]", ""), ("[deskpulse:a b]", ""), ("[other:n:1]", "")],
)  # fmt: skip
def test_only_marks_are_left_of_a_text(text: str, marks: str) -> None:
    assert markup.marks_in(text) == marks


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("Week 24", "Week 24"), ("", "Deskpulse"), ("  ", "Deskpulse"), ("x" * 300, "x" * 140), ("a\nb", "a b"),
        ("{{x}}", "{ {x} }"),
    ],
)  # fmt: skip
def test_a_subject_is_one_short_line_and_never_empty(title: str, subject: str) -> None:
    assert markup.subject(PutSummary("w:1", title, ())) == subject


SUMMARY = PutSummary("w:1", "Week", (Section("Volume", ("71", "9 more")), Section("Next", ())))


def test_a_summary_is_its_sections_and_its_mark_with_the_digits_of_its_text() -> None:
    text = plain(markup.summary(SUMMARY))
    assert text.startswith("Volume\n- 71\n- 9 more\n\nNext\n\n[deskpulse:w:1] ")
    assert re.fullmatch(r"[0-9a-f]{8}", text.rpartition(" ")[2])


@given(ANY, ANY)
@settings(max_examples=tries(4))
def test_a_summary_is_known_as_the_latest_exactly_when_it_says_the_same(one: str, other: str) -> None:
    first, second = (PutSummary("w:1", "Week", (Section(text, ()),)) for text in (one, other))
    assert markup.is_latest(first, plain(markup.summary(first)))
    assert markup.is_latest(first, plain(markup.summary(second))) is (markup.plain(one) == markup.plain(other))


def test_the_latest_of_another_marker_is_not_ours() -> None:
    other = PutSummary("w:12", "Week", SUMMARY.sections)
    assert not markup.is_latest(SUMMARY, plain(markup.summary(other)))
