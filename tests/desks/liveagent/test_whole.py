"""Whole answers of LiveAgent's v3 in, whole events out: one ticket of each kind, every field compared."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
import responses

from integrations.actions import SUMMARY_TAG
from integrations.base import Access, Reading
from integrations.events import Event
from integrations.liveagent.unread import UNREAD
from integrations.session import NoGate, Session
from integrations.times import SECOND, Instant, instant_of_iso
from tests.desks.liveagent.world import DESK
from workers.tickets import fold

URL = "https://lampshop.ladesk.example"
ZONE = ZoneInfo("Europe/Lisbon")
ASKED = instant_of_iso("2026-05-20T18:00:00Z")
AGENTS = [
    {"id": "ag71", "name": "Rui Alves", "email": "rui@lampshop.example", "role": "agent"},
    {"id": "ag72", "name": "Inês Dias", "email": "ines@lampshop.example", "role": "owner"},
]


def utc(clock: str) -> Instant:
    """A moment of 20 May 2026 by Lisbon's clocks, an hour before UTC's: `09:30` or `09:30:05`."""
    return instant_of_iso(local(clock).replace(" ", "T") + "+01:00")


def local(clock: str) -> str:
    return f"2026-05-20 {clock}" if clock.count(":") == 2 else f"2026-05-20 {clock}:00"


def ticket(**changes: Any) -> dict[str, Any]:
    """A Ticket of v3, as a desk in Lisbon tells it."""
    return {
        "id": "r4tq81xz", "code": "LMP-KQWZ-440", "owner_contactid": "co5512", "owner_email": "ana@mail.example",
        "owner_name": "Ana Reis", "departmentid": "dep1", "agentid": "", "status": "N", "tags": "", "channel_type": "E",
        "date_created": local("09:00"), "date_changed": local("09:00"), "date_resolved": None, "date_due": None,
        "date_deleted": None, "subject": "The lamp flickers", "custom_fields": [], "public_access_urlcode": "q",
        **changes,
    }  # fmt: skip


def interval(status: str, start: str, end: str | None = None, **changes: Any) -> dict[str, Any]:
    """A TicketHistory of v3."""
    return {
        "id": f"h{start}", "conversation_id": "r4tq81xz", "department_id": "dep1", "department_name": "Lamps",
        "agent_id": "", "status": status, "date_from": local(start), "date_to": end and local(end), "elapsed_time": "",
        **changes,
    }  # fmt: skip


def group(number: int, type_: str, clock: str, user: str, *said: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A MessageGroup of v3."""
    return {
        "id": f"g{number}", "userid": user, "user_full_name": {"ag71": "Rui Alves"}.get(user, "Somebody"),
        "type": type_, "status": "V", "datecreated": local(clock), "datefinished": None, "sort_order": number,
        "messages": list(said), **changes,
    }  # fmt: skip


def message(id_: str, clock: str, user: str, *, type_: str = "M", text: str = "…") -> dict[str, Any]:
    """A Message of v3."""
    return {"id": id_, "userid": user, "type": type_, "datecreated": local(clock), "format": "T", "message": text}


def refreshed(told: dict[str, Any], history: list[Any], groups: list[Any], **other: Any) -> Reading:
    """What a refresh reads from these answers."""
    lists = {"tags": other.get("tags", []), "agents": AGENTS, "calls": other.get("calls", [])}
    access = Access(URL, {"v3_key": "k3", "v1_key": "k1"}, ZONE, options=other.get("options", {}))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        for path, answer in lists.items():
            wire.get(f"{URL}/api/v3/{path}", json=answer)
        at = f"{URL}/api/v3/tickets/{told['id']}"
        for path, answer in {"": told, "/history": history, "/messages": groups}.items():
            wire.get(at + path, json=answer)
        wire.get(f"{URL}/api/reports/ranking", json={"response": {"ranks": other.get("ranks", [])}})
        with Session(access, NoGate(), clock=lambda: ASKED / SECOND) as session:
            return DESK.refresh(told["id"], session)


def lines(reading: Reading, type_: str = "") -> list[tuple[str, Instant, int | None, dict[str, Any]]]:
    """Each event as type, moment, order and data."""
    return [(one.type, one.at, one.seq, dict(one.data)) for one in reading.events if one.type.startswith(type_)]


def a_letter() -> Reading:
    """Asked at nine, noted, answered, resolved at ten by the agent who answered."""
    return refreshed(
        ticket(
            status="R", agentid="ag71", date_changed=local("10:00:02"), date_resolved=local("10:00"), tags="t1,t2",
            custom_fields=[{"code": "region", "value": "north"}, {"code": "order", "value": None}],
        ),
        [
            interval("R", "10:00", agent_id="ag71"),
            interval("A", "09:20", "10:00", agent_id="ag71"),
            interval("N", "09:00", "09:20"),
        ],
        [
            group(3, "R", "10:00", "ag71"),
            group(2, "4", "09:20", "ag71", message("m3", "09:20", "ag71")),
            group(1, "I", "09:10", "ag72", message("m2", "09:10", "ag72", type_="N", text="ask Rui")),
            group(0, "3", "09:00", "us88", message("m1", "09:00", "us88"), message("m1f", "09:00", "us88", type_="F")),
        ],
        tags=[{"id": "t1", "name": "vip"}, {"id": "t2", "name": "channel-email"}],
    )  # fmt: skip


class TestALetter:
    def test_is_told_event_by_event(self) -> None:
        assert lines(a_letter()) == [
            ("ticket.created", utc("09:00"), None, {
                "customer": "co5512", "channel": "email", "department": "dep1", "by": "customer", "author": "us88",
            }),
            ("ticket.assigned", utc("09:20"), None, {"agent": "ag71"}),
            ("status.changed", utc("09:00"), 0, {"status": "new"}),
            ("status.changed", utc("09:20"), 1, {"status": "pending"}),
            ("status.changed", utc("10:00"), 2, {"status": "resolved", "by": "agent", "author": "ag71"}),
            ("message.sent", utc("09:00"), None, {
                "message": "m1", "by": "customer", "author": "us88", "public": True, "auto": False, "channel": "email",
            }),
            ("message.sent", utc("09:10"), None, {
                "message": "m2", "by": "agent", "author": "ag72", "public": False, "auto": False,
            }),
            ("message.sent", utc("09:20"), None, {
                "message": "m3", "by": "agent", "author": "ag71", "public": True, "auto": False, "channel": "email",
            }),
        ]  # fmt: skip

    def test_is_seen_when_it_changed_last_and_observes_nothing(self) -> None:
        events = a_letter().events
        assert {one.seen for one in events} == {utc("10:00:02")}
        assert {one.ticket for one in events} == {"r4tq81xz"}
        assert not any(one.observed for one in events)

    def test_holds_now_what_the_ticket_says(self) -> None:
        (present,) = a_letter().present
        assert present.values == {
            "status": "resolved", "channel": "email", "agent": "ag71", "department": "dep1", "customer": "co5512",
            "tags": ["vip"], "fields": {"region": "north", "order": None},
        }  # fmt: skip
        assert (present.ticket, present.asked_at, present.updated_at) == ("r4tq81xz", ASKED, utc("10:00:02"))
        assert present.times == {"status": utc("10:00")}

    def test_names_its_agent_and_department(self) -> None:
        assert a_letter().names == {"agent": {"ag71": "Rui Alves"}, "department": {"dep1": "Lamps"}}


class TestAChat:
    def test_is_told_message_by_message_with_who_wrote(self) -> None:
        chat = group(
            0, "C", "11:00", "us88",
            message("c1", "11:00:04", "us88"), message("c2", "11:00:30", "ag72"),
            message("c3", "11:00:31", "system00"), message("c4", "11:01", "us88", type_="F"),
            message("c5", "11:02", "ag72", type_="N"), message("c6", "11:03", "us88", type_="Q"),
        )  # fmt: skip
        reading = refreshed(
            ticket(channel_type="B", status="T", agentid="ag72", date_created=local("11:00")),
            [interval("I", "11:00", "11:00:20"), interval("T", "11:00:20", agent_id="ag72")],
            [chat],
        )
        sent = [(at, data) for _, at, _, data in lines(reading, "message.sent")]
        public = {"public": True, "channel": "chat"}
        assert sent == [
            (utc("11:00:04"), {"message": "c1", "by": "customer", "author": "us88", "auto": False, **public}),
            (utc("11:00:30"), {"message": "c2", "by": "agent", "author": "ag72", "auto": False, **public}),
            (utc("11:00:31"), {"message": "c3", "by": "system", "auto": True, **public}),
            (utc("11:01"), {"message": "c4", "by": "customer", "author": "us88", "auto": False, **public}),
            (utc("11:02"), {"message": "c5", "by": "agent", "author": "ag72", "auto": False, "public": False}),
        ]
        assert [(seq, data) for *_, seq, data in lines(reading, "status")] == [(0, {"status": "open"})]


class TestACall:
    CALL: ClassVar[dict[str, Any]] = {
        "id": "call4", "ticketId": "r4tq81xz", "type": "I", "dateCreated": local("12:00"),
        "dateAnswered": local("12:00:40"), "dateFinished": local("12:06"), "callDuration": 320,
    }  # fmt: skip

    def told(self, **changes: Any) -> list[tuple[str, Instant, int | None, dict[str, Any]]]:
        calls = [{**self.CALL, **changes}, {**self.CALL, "id": "call5", "ticketId": "other"}]
        rung = group(0, "P", "12:00", "us88", message("p1", "12:00", "us88"))
        told = ticket(channel_type="C", status="P", date_created=local("12:00"))
        return lines(refreshed(told, [interval("P", "12:00")], [rung], calls=calls))

    def test_that_was_answered_is_three_moments_of_one_contact(self) -> None:
        about = {"contact": "call4", "media": "voice", "direction": "in", "channel": "voice"}
        assert [one for one in self.told() if one[0].startswith("live.")] == [
            ("live.queued", utc("12:00"), None, about),
            ("live.answered", utc("12:00:40"), None, about),
            ("live.ended", utc("12:06"), None, {**about, "outcome": "handled"}),
        ]

    @pytest.mark.parametrize(
        ("type_", "direction", "outcome"),
        [("I", "in", "abandoned"), ("O", "out", "missed"), ("T", "internal", "missed")],
    )
    def test_that_nobody_answered_says_who_gave_up(self, type_: str, direction: str, outcome: str) -> None:
        *_, ended = [one for one in self.told(type=type_, dateAnswered=None) if one[0].startswith("live.")]
        assert (ended[0], ended[1]) == ("live.ended", utc("12:06"))
        assert (ended[3]["direction"], ended[3]["outcome"]) == (direction, outcome)

    @pytest.mark.parametrize("type_", ["?", "", None])
    def test_of_an_unknown_type_is_left_out_and_the_ticket_is_told(self, type_: str | None) -> None:
        UNREAD.clear()
        told = self.told(type=type_)
        assert [one[0] for one in told] == ["ticket.created", "status.changed"]
        assert told[0][3]["channel"] == "voice"
        assert [key for key in UNREAD if key.startswith("call type")] == [f"call type {str(type_ or None)!r}"]


class TestTheContactForm:
    def test_is_one_message_with_all_its_fields(self) -> None:
        form = group(0, "5", "13:00", "us88", *(message(f"f{n}", "13:00", "us88", type_="Z") for n in range(4)))
        reading = refreshed(ticket(channel_type="M"), [interval("N", "09:00")], [form])
        assert [data["message"] for *_, data in lines(reading, "message")] == ["f0"]
        assert lines(reading, "ticket.created")[0][3]["channel"] == "web_form"


class TestASummaryOfOurs:
    def test_is_tagged_at_its_creation_and_nothing_of_it_counts(self) -> None:
        text = group(0, "4", "09:00", "ag72", message("s1", "09:00", "ag72", text="[deskpulse:w:9]"))
        told = ticket(status="R", subject="Week 9 [deskpulse:w:9]", date_resolved=local("09:00"), agentid="ag72")
        reading = refreshed(told, [interval("R", "09:00", agent_id="ag72")], [text])
        assert lines(reading, "ticket.tagged") == [
            ("ticket.tagged", utc("09:00"), None, {"add_tags": [SUMMARY_TAG]}),
        ]
        assert reading.present[0].values["tags"] == [SUMMARY_TAG]


class TestARating:
    RANK: ClassVar[dict[str, Any]] = {
        "rankingType": "P", "datecreated": local("10:30"), "conversationid": "r4tq81xz",
        "agentEmail": "RUI@lampshop.example",
        "contactid": "co5512", "requesterEmail": "ana@mail.example", "comment": "Still flickers",
    }  # fmt: skip

    def answers(self, **changes: Any) -> list[Event]:
        rated = group(0, "3", "09:00", "us88", message("w", "10:30", "us88", type_="P"))
        options = {"rating_validity_column": "state"}
        ranks = [{**self.RANK, **changes}, {**self.RANK, "conversationid": "other"}]
        reading = refreshed(ticket(), [interval("N", "09:00")], [rated], ranks=ranks, options=options)
        return [one for one in reading.events if one.type.startswith("survey.")]

    def test_is_an_answer_with_every_field(self) -> None:
        (answer,) = self.answers()
        assert (answer.type, answer.at, answer.ticket) == ("survey.answered", utc("10:30"), "r4tq81xz")
        assert dict(answer.data) == {
            "survey": answer.id, "kind": "csat", "score": 1, "scale": [1, 3], "agent": "ag71", "customer": "co5512",
            "comment": "Still flickers",
        }  # fmt: skip

    def test_that_lost_its_validity_is_answered_and_taken_back(self) -> None:
        answer, taken = self.answers(state="N")
        assert (taken.type, taken.at, taken.id) == ("survey.invalidated", answer.at, f"{answer.id}-invalid")
        assert dict(taken.data) == {"survey": answer.id, "kind": "csat", "reason": "invalidated in LiveAgent"}

    @pytest.mark.parametrize("word", ["Y", "", None])
    def test_whose_validity_says_nothing_else_stands(self, word: str | None) -> None:
        assert [one.type for one in self.answers(state=word)] == ["survey.answered"]

    @pytest.mark.parametrize(
        "changes", [{"comment": "x" * 9000}, {"comment": ""}, {"comment": None}, {"contactid": None}]
    )
    def test_with_an_odd_comment_or_customer_keeps_its_score(self, changes: dict[str, Any]) -> None:
        (answer,) = self.answers(**changes)
        assert answer.data["score"] == 1
        assert answer.data["customer"] == ("ana@mail.example" if "contactid" in changes else "co5512")


class TestOddTickets:
    def test_without_a_history_is_created_and_has_its_present_status(self) -> None:
        reading = refreshed(ticket(status="A"), [], [])
        assert [one[0] for one in lines(reading)] == ["ticket.created"]
        assert lines(reading)[0][3] == {"customer": "co5512", "channel": "email"}
        assert reading.present[0].values["status"] == "pending"

    @pytest.mark.parametrize("changed", [None, "", "0000-00-00 00:00:00"])
    def test_whose_last_change_is_not_told_is_seen_when_it_happened(self, changed: str | None) -> None:
        reading = refreshed(ticket(date_changed=changed), [interval("N", "09:00")], [])
        assert {one.seen for one in reading.events} == {None}
        assert reading.present[0].updated_at is None

    @pytest.mark.parametrize("column", [7, "", ["state"]])
    def test_no_column_of_validity_is_asked_for_when_the_setting_is_none(self, column: Any) -> None:
        rated = group(0, "3", "09:00", "us88", message("w", "10:30", "us88", type_="W"))
        ranks = [{**TestARating.RANK, "validity": "N"}]
        options = {"rating_validity_column": column}
        reading = refreshed(ticket(), [], [rated], ranks=ranks, options=options)
        assert [one[0] for one in lines(reading, "survey")] == ["survey.answered"]

    def test_without_a_channel_tell_none_and_name_nobody_without_a_name(self) -> None:
        said = group(0, "7", "09:00", "ag71", message("m1", "09:00", "ag71"), user_full_name="")
        history = [interval("N", "09:00", agent_id="ag71", department_name=None)]
        reading = refreshed(ticket(channel_type=None), history, [said])
        assert "channel" not in reading.present[0].values
        assert "channel" not in lines(reading)[0][3]
        assert reading.names == {"agent": {}, "department": {}}

    def test_the_account_names_letters_of_its_own(self) -> None:
        reading = refreshed(ticket(channel_type="9"), [], [], options={"channels": {"9": "sms"}})
        assert lines(reading)[0][3]["channel"] == "sms"
        assert reading.present[0].values["channel"] == "sms"

    def test_the_status_that_comes_back_within_one_second_is_the_last_word(self) -> None:
        history = [
            interval("N", "09:00", "09:30"), interval("A", "09:30", "09:30"), interval("C", "09:30", "09:30"),
            interval("A", "09:30"),
        ]  # fmt: skip
        reading = refreshed(ticket(status="A"), history, [])
        changes = [(seq, data["status"]) for *_, seq, data in lines(reading, "status")]
        assert changes == [(0, "new"), (2, "open"), (3, "pending")]
        assert fold("r4tq81xz", reading.events).status == "pending"


class TestClockChanges:
    """Lisbon's clocks: from 01:00 to 02:00 on 29 March 2026, from 02:00 back to 01:00 on 25 October 2026."""

    @pytest.mark.parametrize(
        ("begun", "resolved", "seconds"),
        [
            ("2026-03-29 00:30:00", "2026-03-29 02:30:00", 3600),  # an hour that was never on the clock
            ("2026-03-29 00:59:59", "2026-03-29 02:00:00", 1),
            ("2026-10-25 00:30:00", "2026-10-25 02:30:00", 3 * 3600),  # an hour that was twice on the clock
            ("2026-10-25 01:50:00", "2026-10-25 01:10:00", 20 * 60),  # earlier on the clock, later in truth
            ("2026-10-25 01:10:00", "2026-10-25 01:50:00", 40 * 60),
        ],
    )
    def test_a_resolution_lies_as_long_after_the_creation_as_it_did(
        self, begun: str, resolved: str, seconds: int
    ) -> None:
        told = ticket(date_created=begun, date_changed=None, status="R")
        first = {**interval("N", "00:00"), "date_from": begun, "date_to": resolved}
        last = {**interval("R", "00:00"), "date_from": resolved, "date_to": None}
        reading = refreshed(told, [last, first], [])
        begin, end = (at for _, at, *_ in lines(reading, "status"))
        assert end - begin == seconds * SECOND
        assert lines(reading, "ticket.created")[0][1] == begin

    @pytest.mark.parametrize(
        ("queued", "answered", "seconds"),
        [("2026-10-25 01:59:50", "2026-10-25 01:00:10", 20), ("2026-03-29 00:59:50", "2026-03-29 02:00:10", 20)],
    )
    def test_a_call_waits_as_long_as_it_did(self, queued: str, answered: str, seconds: int) -> None:
        rung = {**group(0, "P", "00:00", "us88"), "datecreated": queued}
        call = {**TestACall.CALL, "dateCreated": queued, "dateAnswered": answered, "dateFinished": None}
        reading = refreshed(ticket(channel_type="C", date_created=queued), [], [rung], calls=[call])
        queue, pick = (at for _, at, *_ in lines(reading, "live."))
        assert pick - queue == seconds * SECOND

    def test_a_call_that_ends_in_the_hour_that_comes_twice_is_as_long_as_it_was(self) -> None:
        moments = {"dateCreated": "01:59:50", "dateAnswered": "01:00:10", "dateFinished": "01:05:00"}
        call = {**TestACall.CALL, **{name: f"2026-10-25 {clock}" for name, clock in moments.items()}}
        rung = {**group(0, "P", "00:00", "us88"), "datecreated": call["dateCreated"]}
        told = ticket(channel_type="C", date_created=call["dateCreated"])
        queued, picked, ended = (at for _, at, *_ in lines(refreshed(told, [], [rung], calls=[call]), "live."))
        assert picked - queued == 20 * SECOND
        assert ended - picked == 290 * SECOND
