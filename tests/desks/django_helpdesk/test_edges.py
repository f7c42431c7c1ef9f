"""Where django-helpdesk's answers stop meaning one thing and start meaning another."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses

from integrations.actions import PutSummary, Section, SetField
from integrations.django_helpdesk import facts
from integrations.django_helpdesk.payloads import read_follow_up
from integrations.errors import Gone, Rejected
from integrations.events import Event
from integrations.session import NoGate, Session
from integrations.times import DAY, SECOND, instant_of_iso, iso
from tests.desks.django_helpdesk.samples import (
    CUSTOMER,
    DESK,
    EVA,
    MAIL,
    OPENED,
    PLUGIN,
    access,
    by_form,
    by_mail,
    by_staff,
    call,
    entry,
    of_type,
    present,
    read,
    simulated,
    ticket,
)
from tests.desks.django_helpdesk.test_failing import CONTRACT, NOTE, OPEN, PATCH, standing
from tests.desks.wired import HOST, Fault

SUMMARY = PutSummary("deskpulse:w:9", "Week 9", (Section("Volume", ("5 tickets",)),))


def test_a_request_for_a_summary_holds_what_the_desk_needs_and_no_submitter() -> None:
    with responses.RequestsMock() as mock, Session(access(HOST, summary_queue=5), NoGate()) as session:
        mock.get(f"{HOST}/api/followups/", json={"count": 0, "results": []})
        opened = mock.post(f"{HOST}/api/tickets/", json=ticket(by_staff(user=PLUGIN)))
        assert DESK.apply(SUMMARY, session).object_id == "204"
    assert json.loads(opened.calls[0].request.body or "") == {
        "queue": "5",
        "title": "Week 9 [deskpulse:w:9]",
        "description": "Volume\n- 5 tickets\n\n[deskpulse:w:9]",
        "priority": 5,
    }


# ---------------------------------------------------------------------------------------------- what a 400 says


@pytest.mark.parametrize(
    ("write", "body", "error", "said"),
    [
        ("a field", {"custom_csat": ["Too long.", "No choice."]}, Rejected, r"\(Too long\. No choice\.\)"),
        ("a field", {"custom_csat": "Too long."}, Rejected, r"\(Too long\.\)"),
        ("a field", {"custom_csat": {"0": "odd"}}, Rejected, "the custom field csat does not take"),
        ("a field", {"status": ["Required."], "custom_csat": []}, Rejected, "the custom field csat does not take"),
        ("a tag", {"custom_tags": ["Too long."]}, Rejected, "the custom field tags does not take"),
        ("a tag less", {"title": ["Required."]}, Rejected, "answered 400 to PATCH"),
        ("a note", {"ticket": ["Invalid pk."]}, Gone, "the ticket is not in the desk any more"),
        ("a note", {"ticket": None}, Gone, "not in the desk any more"),
        ("a note", {"comment": ["Required."]}, Rejected, "answered 400 to POST"),
        ("a summary", {"queue": ["Invalid pk."]}, Rejected, "set summary_queue"),
        ("a summary", {"priority": ["Required."]}, Rejected, "answered 400 to POST"),
    ],
)  # fmt: skip
def test_a_400_means_what_the_field_that_it_names_means(
    write: str, body: dict[str, Any], error: type[Exception], said: str
) -> None:
    with standing() as desk:
        before = desk.state()
        fault = Fault("400", done=False, answer=(400, {}, json.dumps(body).encode()))
        desk.wire.spoil(fault, CONTRACT.requests[write])
        with pytest.raises(error, match=said):
            DESK.apply(CONTRACT.action(write), desk.session)
        assert desk.state() == before


@pytest.mark.parametrize("status", [401, 403, 404, 409, 422, 500, 503])
@pytest.mark.parametrize("request_", [PATCH, NOTE, OPEN])
def test_the_same_words_in_another_answer_mean_nothing(status: int, request_: str) -> None:
    write = {PATCH: "a field", NOTE: "a note", OPEN: "a summary"}[request_]
    body = json.dumps({"custom_csat": ["x"], "ticket": ["x"], "queue": ["x"]}).encode()
    with standing() as desk:
        desk.wire.spoil(Fault(str(status), done=False, answer=(status, {}, body)), request_)
        with pytest.raises(
            Exception, match=str(status) if status != 404 or request_ != PATCH else "left its status"
        ) as caught:
            DESK.apply(CONTRACT.action(write), desk.session)
    assert "summary_queue" not in str(caught.value)


# ---------------------------------------------------------------------------------------------- tags and fields


@pytest.mark.parametrize(
    ("held", "added", "removed"),
    [
        (None, "channel-web-form", None), ("", "channel-web-form", None), ("vip", "vip,channel-web-form", None),
        (" vip , loud ", "vip,loud,channel-web-form", None), ("vip,vip,,", "vip,channel-web-form", None),
        ("deskpulse-low", "deskpulse-low,channel-web-form", ""),
        ("a,deskpulse-low,b", "a,deskpulse-low,b,channel-web-form", "a,b"),
        ("Deskpulse-Low", "Deskpulse-Low,channel-web-form", None), ("größe,🙂", "größe,🙂,channel-web-form", None),
        ("xdeskpulse-low", "xdeskpulse-low,channel-web-form", None),
    ],
)  # fmt: skip
def test_tags_are_read_merged_and_written_and_nobody_elses_is_lost(
    held: str | None, added: str, removed: str | None
) -> None:
    for write, expected in (("a tag", added), ("a tag less", removed)):
        with standing() as desk:
            desk.desk.patched(1, custom_tags=held)
            changed = DESK.apply(CONTRACT.action(write), desk.session).changed
            assert desk.desk.tickets[1]["custom_tags"] == (held if expected is None else expected)
            assert changed is (expected is not None)


@pytest.mark.parametrize(
    ("held", "value", "changed"),
    [(None, "", False), ("", "", False), ("2", "2", False), (2, "2", False), ("2 ", "2", True), (None, "2", True),
     ("2", "", True), (2.0, "2", True)],
)  # fmt: skip
def test_a_field_is_written_when_it_holds_something_else(held: Any, value: str, changed: bool) -> None:
    with standing() as desk:
        desk.desk.patched(1, custom_csat=held)
        assert DESK.apply(SetField("1", "csat", value), desk.session).changed is changed
        assert any(sent.startswith("PATCH") for sent in desk.wire.sent) is changed


def test_nobody_takes_a_ticket_out_of_every_count_by_giving_it_the_tag_of_our_summaries() -> None:
    reading = read(ticket(by_mail(), custom_tags="deskpulse-summary,vip"))
    assert present(reading)["tags"] == ["vip"]
    assert of_type(reading, "ticket.tagged") == []


# ---------------------------------------------------------------------------------------------- how far back


@pytest.mark.parametrize(("days", "found"), [(0, True), (3, True), (4, True), (5, False)])
def test_a_summary_whose_answer_was_lost_is_looked_for_as_long_as_anything_is_tried_again(
    days: int, found: bool
) -> None:
    with simulated() as desk:
        first = DESK.apply(SUMMARY, desk.session).object_id
        now = max(instant_of_iso(one["date"]) for one in desk.desk.follow_ups.values())
        later = (now + days * DAY) / SECOND
        with Session(desk.session.access, NoGate(), allow_private=True, clock=lambda: later) as session:
            again = DESK.apply(SUMMARY, session)
    assert (again.object_id == first) is found
    assert again.changed is not found


@pytest.mark.parametrize(("last", "told"), [(-DAY, set()), (-1, set()), (0, {"204"}), (DAY, {"204"}), (None, {"204"})])
def test_a_finished_ticket_is_told_when_its_last_entry_is_not_older(last: int | None, told: set[str]) -> None:
    since = OPENED + 2 * DAY
    history = [] if last is None else [by_form(), entry(502, 0, "Hm", date=iso(since + last))]
    body = json.dumps({"count": 1, "results": [ticket(*history, status=3)]}).encode()
    with standing() as desk:
        desk.wire.spoil(Fault("a row", done=False, answer=(200, {}, body)), "GET /api/tickets/")
        page = next(DESK.backfill(desk.session, since=since, cursor="1::0"))
    assert {now.ticket for now in page.reading.present} == told


# ---------------------------------------------------------------------------------------------- entries alone


def told_alone(*entries: dict[str, Any]) -> tuple[list[Event], tuple[str, ...]]:
    reading = facts.of_entries([read_follow_up(one) for one in entries], access())
    return list(reading.events), reading.refresh


@pytest.mark.parametrize(
    ("changes", "types", "asked"),
    [
        ({"message_id": MAIL}, ["message.sent"], False), ({"message_id": MAIL, "email_recipients": []}, [], True),
        ({"user": EVA}, [], True), ({"user": EVA, "public": False}, ["message.sent"], False),
        ({"user": EVA, "new_status": 3}, ["message.sent", "status.changed"], False),
        ({"user": EVA, "new_status": 3, "comment": ""}, ["status.changed"], False), ({"comment": " \n"}, [], False),
        ({"user": PLUGIN, "public": False}, [], False),
        ({"public": False, "comment": "is [deskpulse:n:1] yours?"}, ["message.sent"], False),
        ({"title": "[Merged from #7] Blender"}, [], False),
        ({"ticket": None, "user": EVA}, [], False), ({"new_status": 77}, ["message.sent"], False),
        ({"title": "Ticket Escalated"}, ["message.sent"], False),
    ],
)  # fmt: skip
def test_an_entry_without_its_ticket_is_told_or_its_ticket_is_asked_about(
    changes: dict[str, Any], types: list[str], asked: bool
) -> None:
    events, refresh = told_alone(entry(502, 10, **{"comment": "Hm", **changes}))
    assert [one.type for one in events] == types
    assert refresh == (("204",) if asked else ())
    assert {one.ticket for one in events} <= {"204"}


def test_only_the_first_entry_of_staff_may_have_opened_its_ticket() -> None:
    events, refresh = told_alone(entry(503, 20, user=EVA), entry(502, 10), entry(601, 5, user=EVA, ticket=205))
    assert [(one.ticket, one.data["by"]) for one in events] == [("204", "customer"), ("204", "agent")]
    assert refresh == ("205",)
    noted, asked = told_alone(entry(502, 10, user=EVA, public=False), entry(503, 20, user=EVA))
    assert ([one.data["public"] for one in noted], asked) == ([False, True], ())


# ---------------------------------------------------------------------------------------------- merges and summaries


@pytest.mark.parametrize("history", [(), (entry(7, 0, title="[Merged from #9] Kettle"),)])
def test_a_merged_ticket_whose_history_left_is_created_long_ago_and_merged(history: tuple[dict[str, Any], ...]) -> None:
    reading = read(ticket(*history, status=5, merged_to=77))
    assert [one.type for one in reading.events] == ["ticket.created", "ticket.merged"]
    assert {one.at for one in reading.events} == {instant_of_iso("1990-01-02T00:00:00Z")}
    assert reading.events[1].data == {"into": "77"}
    assert [one.id for one in reading.events] == [one.id for one in read(ticket(status=5, merged_to=77)).events]


@pytest.mark.parametrize(
    ("opened", "where", "summary"),
    [
        (by_staff, "title", True), (by_staff, "description", True), (by_staff, "comment", True),
        (by_form, "title", False), (by_mail, "description", False), (by_mail, "comment", False),
        (by_staff, "resolution", False),
    ],
)  # fmt: skip
def test_a_summary_is_a_marked_ticket_that_staff_opened(opened: Any, where: str, summary: bool) -> None:
    marked = "Week 9 [deskpulse:w:9]"
    told = ticket({**opened(), "comment": marked}) if where == "comment" else ticket(opened(), **{where: marked})
    reading = read(told)
    assert bool(of_type(reading, "ticket.tagged")) is summary
    assert (reading.present == ()) is summary
    assert of_type(reading, "ticket.created")[0].data.get("channel") != "internal" or summary


@pytest.mark.parametrize("theirs", [{}, {"user": EVA}])
def test_a_summary_that_another_ticket_was_merged_into_stays_one(theirs: dict[str, Any]) -> None:
    merged_in = entry(499, -90, title="[Merged from #203] Humming", **theirs)
    told = read(ticket(by_staff(user=PLUGIN), title="Week 9 [deskpulse:w:9]"))
    assert read(ticket(merged_in, by_staff(user=PLUGIN), title="Week 9 [deskpulse:w:9]")) == told
    assert of_type(told, "ticket.created")[0].at == OPENED


def test_a_desk_without_custom_fields_or_history_tells_what_it_has() -> None:
    bare = {name: value for name, value in ticket().items() if not name.startswith("custom_")}
    (now,) = read(bare, queue_slug="", answers={"csat": {"field": "stars", "scale": [1, 5]}}).present
    assert now.values == {"status": "open", "agent": None, "department": "2", "customer": CUSTOMER}
    assert now.times == {}


@pytest.mark.parametrize(("days", "times"), [(0, set()), (6, set()), (7, set()), (8, {"answers"})])
def test_an_old_answer_is_dated_by_the_last_entry(days: int, times: set[str]) -> None:
    body = json.dumps({"ticket": ticket(by_form(), custom_stars=4), "queue_slug": ""}).encode()
    account = access(answers={"csat": {"field": "stars", "scale": [1, 5]}})
    (now,) = DESK.parse(call(body, received_at=OPENED + days * DAY), account).present
    assert set(now.times) == times
    assert now.values["customer"] == CUSTOMER
