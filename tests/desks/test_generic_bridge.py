"""The bridge: what is asked of it, how its answers are read, and what happens when it misbehaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import responses

from integrations.actions import Action, AddNote, AddTag, PutSummary, RemoveTag, Section, SetField
from integrations.base import Reading
from integrations.errors import (
    DeskpulseError,
    Gone,
    RateLimited,
    Refused,
    Rejected,
    Skip,
    Unavailable,
    Unclear,
)
from integrations.session import NoGate, Session
from integrations.signatures import standard_webhooks_signature
from integrations.times import SECOND, instant_of_iso
from tests.desks.contract import NOW
from tests.desks.test_generic import GENERIC, SECRET, Bridge, access, bridge, line

URL = "https://bridge.example/deskpulse"
NOTE = AddNote("T-71", "dp:71", ("Score 1 of 5", "Call back"))
SUMMARY = PutSummary("dp:2026-W24", "Week 24", (Section("Volume", ("71 tickets",)),))


@contextmanager
def answering(method: str, path: str, answer: Any, *, status: int = 200) -> Iterator[tuple[Session, list[Any]]]:
    """A session to a bridge that has this one answer, and what was sent to it, filled in on leaving."""
    sent: list[Any] = []
    session = Session(access(URL), NoGate(), clock=lambda: NOW / SECOND)
    with responses.RequestsMock() as wire, session:
        wire.add(method, URL + path, json=answer, status=status)
        yield session, sent
        sent += [call.request for call in wire.calls]


def refreshed(answer: Any) -> Reading:
    with answering("GET", "/tickets/T-71", answer) as (session, _):
        return GENERIC.refresh("T-71", session)


def ids_of(*actions: Action) -> list[str]:
    """The `webhook-id` under which each of these actions was sent."""
    with answering("POST", "/actions", {}) as (session, sent):
        for action in actions:
            GENERIC.apply(action, session)
    return [request.headers["webhook-id"] for request in sent]


class TestRefresh:
    def test_events_come_first_then_what_holds_now(self) -> None:
        reading = refreshed({
            "events": [line("ticket.created"), line("status.changed")],
            "present": {
                "status": "open", "agent": "a-4", "department": None, "channel": "email", "customer": "c-19",
                "tags": ["vip", "channel-email"], "fields": {"region": "south"},
                "updated_at": "2026-06-15T11:00:00Z", "times": {"status": "2026-06-15T10:00:00+02:00", "mood": "x"},
            },
            "names": {"agent": {"a-4": "Mira"}},
        })  # fmt: skip
        assert [event.type for event in reading.events] == ["ticket.created", "status.changed"]
        (now,) = reading.present
        assert (now.ticket, now.asked_at) == ("T-71", NOW)
        assert now.values == {
            "status": "open", "agent": "a-4", "department": None, "channel": "email", "customer": "c-19",
            "tags": ["vip"], "fields": {"region": "south"},
        }  # fmt: skip
        assert now.updated_at == instant_of_iso("2026-06-15T11:00:00Z")
        assert now.times == {"status": instant_of_iso("2026-06-15T08:00:00Z")}
        assert reading.names == {"agent": {"a-4": "Mira"}}

    def test_either_part_may_be_missing(self) -> None:
        assert refreshed({}) == Reading()
        assert refreshed({"events": [], "present": None}) == Reading()
        (only,) = refreshed({"present": {"status": "closed"}}).present
        assert only.values == {"status": "closed"}
        assert only.updated_at is None

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_ticket_that_the_bridge_does_not_know_is_deleted(self, status: int) -> None:
        with answering("GET", "/tickets/T-71", {}, status=status) as (session, _):
            (now,) = GENERIC.refresh("T-71", session).present
        assert now.values == {"status": "deleted"}

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            ([], "not a JSON object"),
            (None, "not a JSON object"),
            ({"events": 7}, "events must be a list"),
            ({"events": [{}]}, "events[0]: type must be"),
            ({"events": [line("ticket.created", ticket="T-72")]}, "another ticket"),
            ({"present": []}, ""),
            ({"present": "x"}, "present must be an object"),
            ({"present": {"status": "exploded"}}, "present: status must be one of"),
            ({"present": {"status": []}}, "present: status must be one of"),
            ({"present": {"tags": "vip"}}, "present: tags must be a list"),
            ({"present": {"updated_at": "yesterday"}}, "present: updated_at"),
            ({"present": {"updated_at": 7}}, "present: updated_at must be"),
            ({"present": {"times": []}}, ""),
            ({"present": {"times": {"status": None}}}, "present: times must be"),
            ({"present": {"times": 7}}, "present: times"),
        ],
    )
    def test_an_answer_that_cannot_be_read_is_rejected_and_says_where(self, answer: Any, said: str) -> None:
        if not said:
            assert refreshed(answer).events == ()
            return
        with pytest.raises(Rejected) as caught:
            refreshed(answer)
        assert said in str(caught.value)

    def test_the_secret_goes_along_and_the_id_cannot_leave_its_place(self) -> None:
        for id_, path in (("T/7 1?x=#", "/tickets/T%2F7%201%3Fx%3D%23"), ("é", "/tickets/%C3%A9")):
            with answering("GET", path, {}) as (session, sent):
                GENERIC.refresh(id_, session)
            assert sent[0].url == URL + path
            assert sent[0].headers["authorization"] == f"Bearer {SECRET.decode()}"
        with Session(access(URL), NoGate()) as session:
            for dots in (".", ".."):
                with pytest.raises(Gone):
                    GENERIC.refresh(dots, session)


class TestHistory:
    def test_pages_are_followed_to_the_last(self) -> None:
        with bridge(days=4) as found:
            pages = list(GENERIC.backfill(found.session, since=found.since))
        told = {event.ticket for page in pages for event in page.reading.events}
        assert told == set(found.simulator.tickets)
        assert len(pages) == -(-len(told) // 50) > 2
        assert {page.total for page in pages} == {len(told)}

    def test_only_what_changed_since_then_is_told(self) -> None:
        with bridge() as found:
            pages = list(GENERIC.reconcile(found.session, since=NOW))
        assert [page.reading.events for page in pages] == [()]

    def test_a_bridge_that_gives_the_same_cursor_for_ever_is_left(self) -> None:
        again = answering("GET", "/events", {"events": [], "next": "again"})
        with again as (session, sent), pytest.raises(Rejected, match="same cursor"):
            list(GENERIC.backfill(session, since=NOW))
        assert len(sent) == 2
        assert "since=2026-06-15T12%3A00%3A00Z" in sent[0].url

    @pytest.mark.parametrize(
        "answer", [[], None, {"next": 7}, {"next": ""}, {"next": []}, {"events": [{}]}, {"events": None}]
    )
    def test_an_answer_that_cannot_be_read_is_rejected(self, answer: Any) -> None:
        with answering("GET", "/events", answer) as (session, _), pytest.raises(Rejected):
            list(GENERIC.backfill(session, since=NOW))


class TestActions:
    def test_an_action_is_sent_as_json_and_signed(self) -> None:
        with answering("POST", "/actions", {"id": "s-9"}) as (session, sent):
            done = GENERIC.apply(SUMMARY, session)
        (request,) = sent
        assert json.loads(request.body) == {
            "action": "put_summary", "marker": "dp:2026-W24", "title": "Week 24", "object_id": None,
            "sections": [{"heading": "Volume", "lines": ["71 tickets"]}],
        }  # fmt: skip
        id_, timestamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        assert request.headers["webhook-signature"] == standard_webhooks_signature(SECRET, id_, timestamp, request.body)
        assert timestamp == str(NOW // SECOND)
        assert (done.object_id, done.changed) == ("s-9", True)

    @pytest.mark.parametrize(
        "action",
        [AddTag("T-71", "channel-email"), RemoveTag("T-71", "channel-email"), SetField("T-71", "csat", "2"), SUMMARY],
    )
    def test_what_may_be_wished_again_later_has_another_id_each_time(self, action: Action) -> None:
        assert len(set(ids_of(action, action, action))) == 3

    def test_a_tag_that_came_and_went_comes_back_in_a_bridge_that_drops_repeated_ids(self) -> None:
        tag = "channel-email"
        assert len(set(ids_of(AddTag("T-71", tag), RemoveTag("T-71", tag), AddTag("T-71", tag)))) == 3

    def test_a_note_has_the_same_id_however_often_it_is_sent_and_no_other_note_has_it(self) -> None:
        notes = [NOTE, AddNote("T-72", NOTE.marker, NOTE.lines), AddNote("T-71", "dp:72", NOTE.lines)]
        ids = ids_of(*notes)
        assert ids == ids_of(*notes)
        assert len(set(ids)) == 3

    @pytest.mark.parametrize(
        ("answer", "object_id", "changed"),
        [
            ({"id": None}, None, True), ({"id": 9}, "9", True), ({}, None, True), (None, None, True),
            ({"id": "s-1", "changed": False}, "s-1", False),
        ],
    )  # fmt: skip
    def test_its_answer_names_the_object(self, answer: Any, object_id: str | None, changed: bool) -> None:
        with answering("POST", "/actions", answer) as (session, _):
            done = GENERIC.apply(NOTE, session)
        assert (done.object_id, done.changed) == (object_id, changed)

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(401, Refused), (404, Gone), (405, Skip), (501, Skip), (422, Rejected), (500, Unclear), (503, Unavailable)],
    )
    def test_a_refusal_means_what_to_do(self, status: int, kind: type[DeskpulseError]) -> None:
        with answering("POST", "/actions", {}, status=status) as (session, _), pytest.raises(kind):
            GENERIC.apply(NOTE, session)

    @pytest.mark.parametrize("answer", [[], 7, {"id": []}, {"id": {}}])
    def test_an_answer_that_cannot_be_read_is_rejected(self, answer: Any) -> None:
        with answering("POST", "/actions", answer) as (session, _), pytest.raises(Rejected):
            GENERIC.apply(NOTE, session)

    @pytest.mark.parametrize(
        "action",
        [AddNote("T-71", "dp:71", ("half \ud800 a pair",)), SetField("T-71", "x", "\udfff"), AddTag("\ud800", "vip"),
         PutSummary("dp:\ud800", "Week", ()), PutSummary("dp:1", "Week", (Section("\udc00", ()),))],
    )  # fmt: skip
    def test_an_action_that_is_no_text_is_given_up_and_nothing_is_sent(self, action: Action) -> None:
        with responses.RequestsMock() as wire, Session(access(URL), NoGate()) as session:
            with pytest.raises(Rejected, match="cannot be written as JSON"):
                GENERIC.apply(action, session)
            assert len(wire.calls) == 0


class TestMisbehaviour:
    """The fake loses answers in every way; what stands in it afterwards is what was asked for, once."""

    @pytest.mark.parametrize("how", ["drop", "fail"])
    def test_a_lost_answer_costs_a_repetition_and_no_second_note(self, how: str) -> None:
        with bridge() as found:
            found.simulator.misbehave(how)
            with pytest.raises(Unclear):
                GENERIC.apply(_note(found), found.session)
            assert GENERIC.apply(_note(found), found.session).changed is False
            assert len(found.written().notes[found.ticket]) == 1

    def test_a_desk_that_hangs_is_left_and_has_done_it(self) -> None:
        with bridge() as found:
            found.simulator.misbehave("hang")
            found.session._timeout = (5, 0.2)
            with pytest.raises(Unclear):
                GENERIC.apply(SUMMARY, found.session)
            found.simulator.release()
            found.session._timeout = (5, 5)
            assert GENERIC.apply(SUMMARY, found.session).object_id == "summary-1"
            assert len(found.written().summaries) == 1

    def test_a_rate_limit_is_told_and_nothing_was_done(self) -> None:
        with bridge() as found:
            before = found.written()
            found.simulator.misbehave("limit", times=2)
            for _ in range(2):
                with pytest.raises(RateLimited) as caught:
                    GENERIC.apply(_note(found), found.session)
                assert caught.value.after == 7
            assert found.written() == before

    def test_every_answer_of_many_lost_leaves_one_object_a_marker(self) -> None:
        """Promise 30, short: each of twenty summaries loses up to three answers in a row."""
        with bridge(days=1) as found:
            for number in range(20):
                summary = PutSummary(f"dp:{number}", f"Week {number}", SUMMARY.sections)
                found.simulator.misbehave(("drop", "fail", "limit")[number % 3], times=number % 4)
                for _ in range(number % 4):
                    with pytest.raises((Unclear, RateLimited)):
                        GENERIC.apply(summary, found.session)
                GENERIC.apply(summary, found.session)
            markers = [summary["marker"] for summary in found.simulator.summaries.values()]
        assert sorted(markers) == sorted(f"dp:{number}" for number in range(20))


def _note(found: Bridge) -> AddNote:
    return AddNote(found.ticket, NOTE.marker, NOTE.lines)
