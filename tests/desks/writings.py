"""The contract's part on actions: each is done once, however often it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from integrations.actions import Action, AddNote, AddTag, Done, PutSummary, RemoveTag, Section, SetField
from integrations.errors import DeskpulseError, Retry, Skip
from tests.desks.hooks import DeskHooks, Served, Written

_MARKER = "deskpulse:2026-W24:email:4f1d"
_SUMMARY = PutSummary(
    marker=_MARKER,
    title="Week 24: 71 tickets, answered faster",
    sections=(Section("Volume", ("71 tickets, 9 more than the week before",)), Section("Next step", ("Add a macro",))),
)
_REVISED = replace(_SUMMARY, sections=(Section("Volume", ("72 tickets, after a late one",)),))


#: What somebody may write into a name, a tag or a comment that then stands in a line of ours.
HOSTILE = (
    "{{ ticket.submitter_email }}", "{% load secrets %}", "{# gone #}", "lone %} and }}", "{$conv_last_message}",
    "see #1, #2 and #3", "<script>alert(1)</script> &amp; </td>", "[deskpulse:another]", "a\0b\x1b[31m",
    "one\ntwo\r\nthree", "Größe \u202e🙂 ß", "x" * 5000, "", "  ", "' OR 1=1; --", "=1+1", "\\u0000 %s %(x)s {0}",
)  # fmt: skip


@dataclass(frozen=True)
class _Unheard:
    ticket: str = "1"


class WritingContract(DeskHooks):
    """What `apply` must do in the simulated desk."""

    def actions(self, ticket: str) -> list[Action]:
        """One action of each kind that the desk's capabilities promise."""
        can = self.desk.capabilities
        promised: list[tuple[bool, Action]] = [
            (can.tags, AddTag(ticket, "channel-web-form")),
            (can.tags, RemoveTag(ticket, "channel-web-form")),
            (can.fields, SetField(ticket, "deskpulse_channel", "web_form")),
            (can.notes, AddNote(ticket, _MARKER, ("The customer answered 1 of 5 <b>&amp;", "Call back today"))),
            (can.summaries, _SUMMARY),
        ]
        return [action for able, action in promised if able]

    def test_every_action_done_twice_leaves_the_desk_as_after_once(self) -> None:
        with self.serving() as served:
            for action in self.actions(served.ticket):
                self.desk.apply(action, served.session)
                once = served.written()
                self.desk.apply(action, served.session)
                assert served.written() == once, action

    def test_an_action_whose_answer_was_lost_is_done_once(self) -> None:
        with self.serving() as served:
            for action in self.actions(served.ticket):
                expected = self._alone(action)
                served.lose_next_answer()
                with pytest.raises(Retry):
                    self.desk.apply(action, served.session)
                self.desk.apply(action, served.session)
                assert _about(action, served) == expected, action

    def _alone(self, action: Action) -> object:
        with self.serving() as other:
            self.desk.apply(_for(action, other.ticket), other.session)
            return _about(_for(action, other.ticket), other)

    def test_a_tag_is_added_beside_the_others_and_removed_alone(self) -> None:
        with self.serving() as served:
            others = served.written().tags[served.ticket]
            assert others, "the simulated ticket carries a tag that is not ours"
            self.desk.apply(AddTag(served.ticket, "channel-email"), served.session)
            assert served.written().tags[served.ticket] == others | {"channel-email"}
            self.desk.apply(RemoveTag(served.ticket, "channel-email"), served.session)
            assert served.written().tags[served.ticket] == others

    def test_a_field_is_set_and_the_others_keep_their_values(self) -> None:
        with self.serving() as served:
            self.desk.apply(SetField(served.ticket, "deskpulse_channel", "email"), served.session)
            before = dict(served.written().fields[served.ticket])
            self.desk.apply(SetField(served.ticket, "deskpulse_score", "2"), served.session)
            assert served.written().fields[served.ticket] == before | {"deskpulse_score": "2"}

    def test_a_note_holds_its_marker_and_its_lines(self) -> None:
        with self.serving() as served:
            self.desk.apply(AddNote(served.ticket, _MARKER, ("Answered late", "Call back")), served.session)
            (note,) = [text for text in served.written().notes[served.ticket] if _MARKER in text]
            assert "Answered late" in note
            assert "Call back" in note

    def test_a_summary_is_opened_once_and_revised_in_place(self) -> None:
        with self.serving() as served:
            first = self.desk.apply(_SUMMARY, served.session)
            assert first.object_id in served.written().summaries
            assert "9 more" in served.written().summaries[str(first.object_id)]
            known = self.desk.apply(replace(_REVISED, object_id=first.object_id), served.session)
            found = self.desk.apply(_REVISED, served.session)
            assert {known.object_id, found.object_id} == {first.object_id}
            (text,) = served.written().summaries.values()
            assert "after a late one" in text

    def test_an_action_on_a_ticket_that_is_gone_is_skipped(self) -> None:
        with self.serving() as served:
            before = served.written()
            for action in self.actions(self.missing_ticket):
                if not isinstance(action, PutSummary):
                    assert self._skipped(action, served), action
            assert served.written() == before

    def test_what_the_desk_cannot_do_is_skipped(self) -> None:
        with self.serving() as served:
            can = self.desk.capabilities
            before = served.written()
            for able, action in (
                (can.tags, AddTag(served.ticket, "channel-email")),
                (can.fields, SetField(served.ticket, "region", "south")),
                (can.notes, AddNote(served.ticket, _MARKER, ("A line",))),
                (can.summaries, _SUMMARY),
                (False, cast("Any", _Unheard(served.ticket))),
            ):
                assert able or self._skipped(action, served), action
            assert served.written() == before

    def test_whatever_its_lines_hold_a_note_is_one_note_and_changes_nothing_else(self) -> None:
        with self.serving() as served:
            for number, text in enumerate(HOSTILE):
                before = served.written()
                note = AddNote(served.ticket, f"{_MARKER}:{number}", (text, "and this"))
                assert self.desk.apply(note, served.session).changed, text
                assert not self.desk.apply(note, served.session).changed, text
                after = served.written()
                added = after.notes[served.ticket][len(before.notes[served.ticket]) :]
                assert len(added) == 1, text
                assert "and this" in added[0]
                others = {id_: notes for id_, notes in after.notes.items() if id_ != served.ticket}
                assert others == {id_: notes for id_, notes in before.notes.items() if id_ != served.ticket}, text
                assert (after.tags, after.fields, after.summaries) == (before.tags, before.fields, before.summaries)

    def test_whatever_its_words_are_a_summary_is_one_object_and_revised_in_place(self) -> None:
        with self.serving() as served:
            for number, text in enumerate(HOSTILE):
                summary = PutSummary(f"{_MARKER}:{number}", text, (Section(text, (text, "and this")),))
                made = self.desk.apply(summary, served.session)
                assert made.changed, text
                assert self.desk.apply(summary, served.session) == replace(made, changed=False), text
                revised = replace(summary, sections=(Section("More", (text,)),))
                assert self.desk.apply(revised, served.session) == made, text
                assert len(served.written().summaries) == number + 1, text

    def test_two_markers_of_which_one_begins_like_the_other_are_two(self) -> None:
        with self.serving() as served:
            for marker in ("deskpulse:n:1", "deskpulse:n:12", "deskpulse:n:1:2", "deskpulse:n"):
                assert self.desk.apply(AddNote(served.ticket, f"[{marker}]", ("A line",)), served.session).changed
                assert self.desk.apply(PutSummary(f"[{marker}]", "Week", ()), served.session).changed
            written = served.written()
        assert len({text for text in written.notes[served.ticket] if "A line" in text}) == 4
        assert len(written.summaries) == 4

    def test_our_own_writing_comes_back_as_no_news(self) -> None:
        with self.serving() as served:
            before = self.desk.refresh(served.ticket, served.session)
            for action in self.actions(served.ticket):
                self.desk.apply(action, served.session)
            after = self.desk.refresh(served.ticket, served.session)
        assert [one.id for one in after.events] == [one.id for one in before.events]
        assert [one.content_hash() for one in after.events] == [one.content_hash() for one in before.events]
        for name in {name for present in before.present for name in present.values} - {"fields"}:
            assert [now.values[name] for now in after.present] == [now.values[name] for now in before.present], name

    def test_a_reconciliation_after_our_writing_tells_nothing_new_of_the_tickets_there_were(self) -> None:
        with self.serving() as served:
            before, known = self._reconciled(served)
            for action in self.actions(served.ticket):
                self.desk.apply(action, served.session)
            after, _ = self._reconciled(served)
        assert {told for told in after if told[0] in known} <= before

    def _reconciled(self, served: Served) -> tuple[set[tuple[str, str, bytes]], set[str]]:
        """What a reconciliation tells of which tickets, and every ticket that it names."""
        readings = [page.reading for page in self.desk.reconcile(served.session, since=served.since)]
        told = [event for reading in readings for event in reading.events]
        named = {ticket for reading in readings for ticket in reading.refresh}
        return {(one.ticket, one.id, one.content_hash()) for one in told}, named | {one.ticket for one in told}

    def _skipped(self, action: Action, served: Served) -> bool:
        try:
            done: Done | DeskpulseError = self.desk.apply(action, served.session)
        except DeskpulseError as error:
            done = error
        return isinstance(done, Skip)


def _for(action: Action, ticket: str) -> Action:
    return action if isinstance(action, PutSummary) else replace(action, ticket=ticket)


def _about(action: Action, served: Served) -> object:
    """What the desk holds of this kind, without the ids that differ from one simulator to the next."""
    written: Written = served.written()
    if isinstance(action, PutSummary):
        return sorted(written.summaries.values())
    if isinstance(action, SetField):
        return written.fields[action.ticket]
    if isinstance(action, AddNote):
        return [text for text in written.notes[action.ticket] if action.marker in text]
    return written.tags[action.ticket]
