"""Our texts in Zammad: HTML that shows what was meant, and marks that nobody forges by accident."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.actions import AddNote, PutSummary, Section
from integrations.zammad import markup
from tests.desks.writings import HOSTILE
from tests.tries import tries

NOTE = AddNote("1", "deskpulse:n:9", ("The customer answered 1 of 5", "Call <back> & ask"))
SUMMARY = PutSummary(
    "deskpulse:w:24", "Week 24", (Section("Volume", ("71 tickets", "9 more")), Section("Next", ("Add a macro",)))
)


def shown(body: str) -> list[str]:
    """The lines of a body as a browser shows them."""
    return [html.unescape(line) for line in re.split(r"<br>\n?", body)]


def test_a_note_is_its_lines_and_the_mark() -> None:
    assert shown(markup.note(NOTE)) == [
        "The customer answered 1 of 5",
        "Call <back> & ask",
        "[deskpulse:n:9]",
    ]


def test_no_line_is_taken_for_html() -> None:
    assert "<back>" not in markup.note(NOTE)
    assert "&lt;back&gt; &amp; ask" in markup.note(NOTE)


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_line_holds_it_is_one_line_without_a_mark(text: str) -> None:
    note = AddNote("1", "deskpulse:n:9", (text, "and this"))
    lines = shown(markup.note(note))
    assert len(lines) == 3
    assert lines[1:] == ["and this", "[deskpulse:n:9]"]
    assert markup.marks(markup.note(note)) == ["[deskpulse:n:9]"]


@settings(max_examples=tries(2))
@given(text=st.text(max_size=60))
def test_any_text_is_shown_as_one_line_that_a_database_takes(text: str) -> None:
    (line,) = shown(markup.note(AddNote("1", "m", (text,))))[:-1]
    assert "\0" not in line
    assert line.encode("utf-8").decode() == line
    assert "\n" not in line
    assert "#{" not in line


@pytest.mark.parametrize("marker", ["deskpulse:n:9", "[deskpulse:n:9]", "n:9", "[n:9]"])
def test_a_mark_is_the_same_with_its_brackets_and_without(marker: str) -> None:
    assert markup.mark(marker) == "[deskpulse:n:9]"


def test_a_marker_with_blanks_is_still_one_word() -> None:
    assert markup.mark("n 9\tx") == "[deskpulse:n-9-x]"


@pytest.mark.parametrize(
    ("body", "marked"),
    [
        ("[deskpulse:n:9]", True),
        ("words<br>&#91;deskpulse:n:9&#93;", True),
        ("[deskpulse:n 9]", False),
        ("[deskpulse:]", False),
        ("(deskpulse:n:9)", False),
        ("", False),
    ],
)
def test_a_mark_is_seen_as_zammad_may_have_escaped_it(body: str, marked: bool) -> None:
    assert markup.is_marked(body) is marked


def test_this_very_mark_is_looked_for_and_not_one_that_begins_like_it() -> None:
    body = markup.note(NOTE)
    assert markup.holds(body, "deskpulse:n:9")
    assert not markup.holds(body, "deskpulse:n")
    assert not markup.holds(body, "deskpulse:n:99")


class TestSummary:
    def test_the_title_ends_with_the_mark(self) -> None:
        assert markup.title(SUMMARY) == "Week 24 [deskpulse:w:24]"

    def test_a_long_title_is_cut_before_the_mark(self) -> None:
        title = markup.title(PutSummary("w", "x" * 400, ()))
        assert title == "x" * 150 + " [deskpulse:w]"

    @pytest.mark.parametrize("text", HOSTILE)
    def test_whatever_the_title_holds_there_is_one_mark_in_one_line(self, text: str) -> None:
        title = markup.title(PutSummary("w:9", text, ()))
        assert markup.marks(title) == ["[deskpulse:w:9]"]
        assert "\n" not in title
        assert markup.has_mark(title)

    def test_the_body_has_its_sections_under_their_headings(self) -> None:
        assert shown(markup.summary(SUMMARY, 1))[:-1] == [
            "Week 24", "", "Volume", "- 71 tickets", "- 9 more", "", "Next", "- Add a macro",
        ]  # fmt: skip

    def test_the_last_line_names_the_revision(self) -> None:
        assert re.fullmatch(r"\[deskpulse:w:24#3-[0-9a-f]{8}\]", shown(markup.summary(SUMMARY, 3))[-1])

    def test_the_latest_revision_is_the_one_with_the_greatest_number(self) -> None:
        other = PutSummary("deskpulse:w:24", "Week 24", (Section("Volume", ("72 tickets",)),))
        bodies = [markup.summary(SUMMARY, 2), markup.summary(other, 10), markup.summary(SUMMARY, 1)]
        revision = markup.latest_revision(bodies, "deskpulse:w:24")
        assert revision[0] == 10
        assert markup.is_current(other, revision)
        assert not markup.is_current(SUMMARY, revision)

    def test_without_any_revision_there_is_none(self) -> None:
        assert markup.latest_revision(["words", "[deskpulse:w:24]"], "deskpulse:w:24") == (0, "")
        assert not markup.is_current(SUMMARY, (0, ""))

    def test_another_summarys_revisions_are_not_taken_for_ours(self) -> None:
        assert markup.latest_revision([markup.summary(SUMMARY, 4)], "deskpulse:w:2") == (0, "")
        assert markup.latest_revision([markup.summary(SUMMARY, 4)], "deskpulse:w") == (0, "")
