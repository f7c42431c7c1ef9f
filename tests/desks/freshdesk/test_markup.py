"""What we write into Freshdesk: escaped, disarmed, cut to fit, and known again by its mark."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.actions import Section
from integrations.freshdesk import markup
from tests.desks.writings import HOSTILE
from tests.tries import tries

SECTIONS = (Section("Volume", ("71 tickets", "9 more <than> before")), Section("Next & last", ()))
MARKER = "deskpulse:2026-W24:email:4f1d"
ANY = st.text(max_size=300)
OWN_TAGS = {"div", "h3", "h4", "ul", "li"}


def tags(text: str) -> set[str]:
    """The names of all HTML elements in a text."""
    return set(re.findall(r"</?([a-zA-Z0-9]+)", text))


class TestMarks:
    @pytest.mark.parametrize("marker", [MARKER, f"[{MARKER}]", MARKER.removeprefix("deskpulse:")])
    def test_a_marker_has_one_mark_however_it_is_given(self, marker: str) -> None:
        assert markup.mark(marker) == "[deskpulse:2026-W24:email:4f1d]"

    def test_blanks_inside_a_marker_are_closed(self) -> None:
        assert markup.mark("a b\tc") == "[deskpulse:a-b-c]"

    @pytest.mark.parametrize("text", ["[deskpulse:x]", "Re: [deskpulse:w:1#0a1b2c3d] you", "\n[deskpulse:x]"])
    def test_a_mark_is_found_anywhere(self, text: str) -> None:
        assert markup.has_mark(text)

    @pytest.mark.parametrize(
        "text", ["", "[deskpulse:]", "deskpulse:x", "[deskpulse: x]", "(deskpulse:x]", "[other:x]"]
    )
    def test_what_is_almost_a_mark_is_none(self, text: str) -> None:
        assert not markup.has_mark(text)


class TestPlain:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("{{ticket.requester.email}}", "{ {ticket.requester.email} }"),
            ("{% if x %}", "{ % if x % }"),
            ("{{{x}}}", "{ { {x} } }"),
            ("a } b", "a } b"),
            ("one\ntwo\r\nthree", "one two three"),
            ("a\0b\x1b[31m\u2028c", "a b [31m c"),
            ("[deskpulse:another]", "(deskpulse:another]"),
            ("  blank  ", "blank"),
            ("<b>&amp;</b>", "<b>&amp;</b>"),
            ("", ""),
        ],
    )
    def test_a_line_is_one_line_without_placeholders_and_marks(self, text: str, shown: str) -> None:
        assert markup.plain(text) == shown

    @given(ANY)
    @settings(max_examples=tries(2))
    def test_whatever_it_was_it_is_harmless_and_stays_so(self, text: str) -> None:
        shown = markup.plain(text)
        assert not any(sign in shown for sign in ("{{", "}}", "{%", "%}", "\n", "\0"))
        assert not markup.has_mark(shown)
        assert markup.plain(shown) == shown


class TestNotes:
    def test_each_line_is_a_paragraph_and_the_mark_is_the_last(self) -> None:
        assert markup.note(("Rated 1 of 3", "Call <back> & ask"), MARKER) == (
            "<div>Rated 1 of 3</div><div>Call &lt;back&gt; &amp; ask</div><div>[deskpulse:2026-W24:email:4f1d]</div>"
        )

    @pytest.mark.parametrize("text", HOSTILE)
    def test_whatever_a_line_holds_it_makes_no_element_and_no_second_mark(self, text: str) -> None:
        made = markup.note((text,), MARKER)
        assert tags(made) == {"div"}
        assert made.count("[deskpulse:") == 1
        assert made.endswith(f"<div>{markup.mark(MARKER)}</div>")

    @given(st.lists(ANY, max_size=4))
    @settings(max_examples=tries(2))
    def test_any_lines_can_be_read_back(self, lines: list[str]) -> None:
        paragraphs = re.findall(r"<div>(.*?)</div>", markup.note(tuple(lines), MARKER))
        assert [html.unescape(one) for one in paragraphs] == [*map(markup.plain, lines), markup.mark(MARKER)]


class TestSubjects:
    def test_the_mark_stands_at_the_end(self) -> None:
        assert markup.subject("Week 24: 71 tickets", MARKER) == "Week 24: 71 tickets [deskpulse:2026-W24:email:4f1d]"

    @pytest.mark.parametrize("title", ["", "   ", "\n"])
    def test_without_a_title_it_is_the_mark_alone(self, title: str) -> None:
        assert markup.subject(title, "w") == "[deskpulse:w]"

    @given(ANY, st.integers(1, 40))
    @settings(max_examples=tries(2))
    def test_it_is_never_too_long_and_never_without_its_mark(self, title: str, times: int) -> None:
        subject = markup.subject(title * times, MARKER)
        assert len(subject) <= markup.LONGEST_SUBJECT
        assert subject.endswith(markup.mark(MARKER))


class TestSummaries:
    def test_title_headings_and_lines_in_order_then_the_mark_of_the_revision(self) -> None:
        text = markup.summary("Week 24", SECTIONS, MARKER)
        head, _, tail = text.partition("<div>")
        assert head == (
            "<h3>Week 24</h3><h4>Volume</h4><ul><li>71 tickets</li><li>9 more &lt;than&gt; before</li></ul>"
            "<h4>Next &amp; last</h4><ul></ul>"
        )
        assert re.fullmatch(r"\[deskpulse:2026-W24:email:4f1d#[0-9a-f]{8}\]</div>", tail)

    def test_the_revision_is_found_in_whatever_freshdesk_makes_of_the_text(self) -> None:
        text = markup.summary("Week 24", SECTIONS, MARKER)
        rewritten = f'<div dir="ltr">{text.replace("<h3>", "<h2 class=x>")}<br></div>'
        assert markup.revision(rewritten, MARKER) == markup.revision(text, MARKER) is not None

    def test_another_text_is_another_revision_and_the_same_text_the_same(self) -> None:
        first, second, again = (
            markup.revision(markup.summary(title, SECTIONS, MARKER), MARKER) for title in ("a", "b", "a")
        )
        assert first == again != second

    @pytest.mark.parametrize("text", ["", "Week 24", "[deskpulse:other#0a1b2c3d]", "[deskpulse:2026-W24:email:4f1d]"])
    def test_a_text_without_this_markers_revision_has_none(self, text: str) -> None:
        assert markup.revision(text, MARKER) is None

    def test_a_marker_that_begins_like_another_is_another(self) -> None:
        text = markup.summary("Week", (), "w:12")
        assert markup.revision(text, "w:1") is None
        assert markup.revision(text, "w:12") is not None

    @pytest.mark.parametrize("text", HOSTILE)
    def test_whatever_its_words_are_it_holds_our_elements_only(self, text: str) -> None:
        made = markup.summary(text, (Section(text, (text,)),), MARKER)
        assert tags(made) == OWN_TAGS
        assert made.count("[deskpulse:") == 1
