"""The django-helpdesk desk against django-helpdesk itself: what it sends is read, what we write arrives once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.actions import AddNote, AddTag, PutSummary, RemoveTag, Section, SetField
from integrations.base import Access, Page, Reading
from integrations.django_helpdesk.webhook import DjangoHelpdesk
from integrations.errors import Gone, Refused, Rejected, Unclear
from integrations.events import Event
from integrations.session import NoGate, Session
from integrations.times import SECOND
from tests.e2e.real_desk import RealDesk
from tests.e2e.real_desk.hooks import Receiver, receiving

#: The first of these tests may have to install the desk.
pytestmark = pytest.mark.timeout(300)

DESK = DjangoHelpdesk()
MARA = "mara@customer.example"
ANSWERS = {"csat": {"field": "survey_score", "comment": "survey_comment", "scale": [1, 5]}}
SUMMARY = PutSummary(
    marker="deskpulse:2026-W24:web",
    title="Week 24",
    sections=(Section("Volume", ("71 tickets", "100 %} {{ of }} {# them #} answered, see #1")),),
)


def access(desk: RealDesk, *, token: str | None = None, author: bool = True, **options: Any) -> Access:
    return Access(
        url=desk.url,
        credentials={"token": token or desk.token},
        zone=ZoneInfo("UTC"),
        author=str(desk.users["deskpulse"]) if author else None,
        options={"summary_queue": desk.queues["summaries"], "answers": ANSWERS, **options},
        account="acme",
    )


@contextmanager
def session(desk: RealDesk, **how: Any) -> Iterator[Session]:
    with Session(access(desk, **how), NoGate(), allow_private=True) as open_session:
        yield open_session


def story(reading: Reading) -> list[tuple[str, str | None, str | None]]:
    """The dated facts in order: type, by whom, and the status or whether it was public."""
    ordered = sorted(reading.events, key=lambda event: event.at)
    return [(event.type, event.data.get("by"), _said(event)) for event in ordered]


def _said(event: Event) -> str | None:
    if event.type == "message.sent":
        return "public" if event.data["public"] else "private"
    return event.data.get("status") or event.data.get("into")


def present(reading: Reading) -> Mapping[str, Any]:
    (now,) = reading.present
    return now.values


def refreshed(desk: RealDesk, ticket: int) -> Reading:
    with session(desk) as asking:
        return DESK.refresh(str(ticket), asking)


def told(pages: list[Page]) -> set[str]:
    readings = [page.reading for page in pages]
    events = {event.ticket for reading in readings for event in reading.events}
    return events | {now.ticket for reading in readings for now in reading.present} | _asked(readings)


def _asked(readings: list[Reading]) -> set[str]:
    return {ticket for reading in readings for ticket in reading.refresh}


def now_of(pages: list[Page], ticket: int) -> Mapping[str, Any]:
    found = [now.values for page in pages for now in page.reading.present if now.ticket == str(ticket)]
    return found[-1]


# --- what its webhooks tell ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hooked(real_desk_installed: None) -> Iterator[tuple[RealDesk, Receiver]]:
    with receiving() as receiver, RealDesk(hook_url=receiver.url) as desk:
        yield desk, receiver


def last(hooked: tuple[RealDesk, Receiver]) -> Reading:
    desk, receiver = hooked
    call = receiver.calls[-1]
    DESK.verify(call, [b"a-secret"], now=call.received_at)
    return DESK.parse(call, access(desk))


def test_a_ticket_of_the_public_form_is_a_customers_and_came_by_web_form(hooked: tuple[RealDesk, Receiver]) -> None:
    desk, _ = hooked
    desk.opened_by_form(title="Blender", text="It hums", customer=MARA)
    reading = last(hooked)
    created = reading.events[0]
    assert created.data == {
        "by": "customer",
        "channel": "web_form",
        "customer": MARA,
        "department": str(desk.queues["shop"]),
    }
    assert reading.names == {"department": {str(desk.queues["shop"]): "shop"}}
    assert present(reading)["status"] == "open"
    assert present(reading)["tags"] == []


def test_a_mail_and_its_story_are_told_by_their_webhooks(hooked: tuple[RealDesk, Receiver]) -> None:
    desk, receiver = hooked
    before = len(receiver.calls)
    ticket = desk.opened_by_mail(title="Invoice", text="The sum is wrong", customer=MARA)
    assert last(hooked).events[0].data["channel"] == "email"
    desk.replied(ticket, "Which one?")
    desk.noted(ticket, "She means 7")
    desk.closed(ticket, "Corrected")
    desk.answered_by_mail(ticket, text="Still wrong", customer=MARA)
    reading = last(hooked)
    assert len(receiver.calls) - before == 5
    assert story(reading) == [
        ("ticket.created", "customer", None),
        ("status.changed", None, "open"),
        ("message.sent", "customer", "public"),
        ("message.sent", "agent", "public"),
        ("message.sent", "agent", "private"),
        ("message.sent", "agent", "public"),
        ("status.changed", "agent", "closed"),
        ("message.sent", "customer", "public"),
        ("status.changed", "customer", "open"),
    ]
    assert {event.id for event in refreshed(desk, ticket).events} == {event.id for event in reading.events}


def test_an_out_of_office_mail_is_automatic_and_reopens_nothing(hooked: tuple[RealDesk, Receiver]) -> None:
    desk, _ = hooked
    ticket = desk.opened_by_mail(title="Holiday", text="A question", customer=MARA)
    desk.closed(ticket)
    desk.answered_by_mail(ticket, text="I am away", customer=MARA, automatic=True)
    reading = last(hooked)
    assert reading.events[-1].data["auto"] is True
    assert present(reading)["status"] == "closed"
    assert not [event for event in reading.events[:-1] if event.data.get("auto")]


def test_taking_a_ticket_tells_the_agent_and_their_name(hooked: tuple[RealDesk, Receiver]) -> None:
    desk, _ = hooked
    desk.taken(desk.opened_by_api(title="Lamp", text="Dark", customer=MARA))
    reading = last(hooked)
    assert present(reading)["agent"] == str(desk.users["eva"])
    assert reading.names["agent"] == {str(desk.users["eva"]): "eva"}


def test_our_own_note_comes_back_and_tells_nothing_new(hooked: tuple[RealDesk, Receiver]) -> None:
    desk, receiver = hooked
    ticket = desk.opened_by_api(title="Lamp", text="Dark", customer=MARA)
    before, calls = last(hooked), len(receiver.calls)
    with session(desk) as asking:
        DESK.apply(AddNote(str(ticket), "deskpulse:answer-1", ("1 of 5",)), asking)
    assert len(receiver.calls) == calls + 1
    assert {event.content_hash() for event in last(hooked).events} == {e.content_hash() for e in before.events}
    assert present(last(hooked)) == present(before)


def test_our_own_summary_comes_back_as_a_summary(hooked: tuple[RealDesk, Receiver]) -> None:
    desk, _ = hooked
    with session(desk) as asking:
        DESK.apply(SUMMARY, asking)
    assert [(event.type, event.data.get("add_tags")) for event in last(hooked).events] == [
        ("ticket.created", None),
        ("ticket.tagged", ["deskpulse-summary"]),
    ]


def test_what_was_saved_while_the_receiver_was_down_is_not_written_again(
    hooked: tuple[RealDesk, Receiver],
) -> None:
    desk, receiver = hooked
    ticket = desk.opened_by_api(title="Lamp", text="Dark", customer=MARA)
    note, summary = AddNote(str(ticket), "deskpulse:answer-2", ("2 of 5",)), replace(SUMMARY, marker="deskpulse:down")
    desk.point_hooks_at("http://127.0.0.1:9/nobody-listens")
    try:
        with session(desk) as asking:
            for action in (note, summary):
                with pytest.raises(Unclear):
                    DESK.apply(action, asking)
                assert DESK.apply(action, asking).changed is False
    finally:
        desk.point_hooks_at(receiver.url)
    assert [entry["comment"] for entry in desk.follow_ups(ticket) if not entry["public"]] == [
        "2 of 5\n\n[deskpulse:answer-2]"
    ]
    assert len([told for told in desk.tickets() if "[deskpulse:down]" in told["title"]]) == 1


# --- what no webhook tells ----------------------------------------------------------------------------------------


def test_what_happened_without_a_webhook_is_found_by_a_reconciliation(shared_desk: RealDesk) -> None:
    desk = shared_desk
    bulk, dragged, held, finished, moved = (
        desk.opened_by_form(title=f"Number {number}", text="A question", customer=MARA) for number in range(5)
    )
    away = desk.opened_by_form(title="Twice", text="The same question", customer=MARA)
    desk.replied(held, "One moment")
    with session(desk) as asking:
        since = asking.now() - 60 * SECOND
        desk.closed_in_bulk(bulk)
        desk.dragged(dragged, 3)
        desk.held(held)
        desk.patched(finished, status=4)
        desk.patched(moved, queue=desk.queues["chat"])
        desk.merged(away, into=held)
        pages = list(DESK.reconcile(asking, since=since))
    statuses = [now_of(pages, ticket)["status"] for ticket in (bulk, dragged, held, finished, away)]
    assert statuses == ["closed", "resolved", "on_hold", "closed", "closed"]
    assert now_of(pages, moved)["department"] == str(desk.queues["chat"])
    events = [event for page in pages for event in page.reading.events]
    assert [event.data for event in events if event.type == "ticket.merged"] == [{"into": str(held)}]
    closed = [event for event in events if event.ticket == str(bulk) and event.data.get("status") == "closed"]
    assert {event.data["author"] for event in closed} == {str(desk.users["eva"])}
    sent = [event.data for event in events if event.ticket == str(held) and event.type == "message.sent"]
    questions = {data["message"] for data in sent if data["by"] == "customer"}
    assert len(questions) == 1, "what came with the merged ticket is not this ticket's"


def test_a_backfill_tells_every_ticket_and_resumes(shared_desk: RealDesk) -> None:
    desk = shared_desk
    desk.closed(desk.opened_by_form(title="Closed", text="A question", customer=MARA))
    desk.resolved(desk.opened_by_form(title="Resolved", text="A question", customer=MARA))
    with session(desk, page_size=2) as asking:
        pages = list(DESK.backfill(asking, since=0))
        rest = list(DESK.backfill(asking, since=0, cursor=pages[1].cursor))
        recent = told(list(DESK.backfill(asking, since=asking.now() + 60 * SECOND)))
    assert told(pages) == {str(ticket["id"]) for ticket in desk.tickets()}
    assert [told([page]) for page in rest] == [told([page]) for page in pages[2:]]
    # A merged ticket has no entry that could tell how old it is.
    fresh = [ticket for ticket in desk.tickets() if ticket["status"] in (1, 2) or ticket["merged_to"]]
    assert recent == {str(ticket["id"]) for ticket in fresh}


def test_a_deleted_ticket_is_observed_deleted(shared_desk: RealDesk) -> None:
    ticket = shared_desk.opened_by_api(title="Spam", text="Buy now")
    assert refreshed(shared_desk, ticket).events[0].data["by"] == "agent"
    shared_desk.deleted(ticket)
    assert present(refreshed(shared_desk, ticket)) == {"status": "deleted"}


def test_a_finished_ticket_is_refreshed_too(shared_desk: RealDesk) -> None:
    for status, word in ((3, "resolved"), (4, "closed"), (5, "closed")):
        ticket = shared_desk.opened_by_api(title="Done", text="A question", customer=MARA)
        shared_desk.patched(ticket, status=status)
        assert present(refreshed(shared_desk, ticket))["status"] == word


# --- what we write ------------------------------------------------------------------------------------------------


def test_tags_and_fields_are_written_beside_the_others(shared_desk: RealDesk) -> None:
    desk = shared_desk
    ticket = desk.opened_by_api(
        title="Lamp", text="Dark", customer=MARA, custom_tags="vip, lamp", custom_region="south"
    )
    with session(desk) as asking:
        changed = [
            DESK.apply(action, asking).changed
            for action in [AddTag(str(ticket), "channel-web-form")] * 2
            + [SetField(str(ticket), "csat", "4")] * 2
            + [RemoveTag(str(ticket), "deskpulse-follow-up")]
        ]
    now = desk.ticket(ticket)
    assert changed == [True, False, True, False, False]
    assert (now["custom_tags"], now["custom_csat"], now["custom_region"]) == ("vip,lamp,channel-web-form", 4, "south")
    reading = refreshed(desk, ticket)
    assert present(reading)["tags"] == ["vip", "lamp"]
    assert present(reading)["fields"] == {"region": "south"}
    assert "answers" not in present(reading), "the score that we wrote is no answer"


def test_an_answer_in_the_fields_of_the_desks_survey_is_read_and_what_we_write_is_not(shared_desk: RealDesk) -> None:
    desk = shared_desk
    ticket = desk.opened_by_api(title="Lamp", text="Dark", customer=MARA)
    desk.resolved(ticket, "A new bulb")
    desk.patched(ticket, custom_survey_score=2, custom_survey_comment="Too late\n")
    (answer,) = present(refreshed(desk, ticket))["answers"]
    assert answer == {"kind": "csat", "survey": "survey_score", "score": 2, "scale": [1, 5], "comment": "Too late"}
    with session(desk) as asking:
        DESK.apply(SetField(str(ticket), "csat", "2"), asking)
        DESK.apply(AddNote(str(ticket), "deskpulse:answer-4", ("2 of 5",)), asking)
    assert desk.ticket(ticket)["resolution"] == "A new bulb", "the customer does not see our note"
    assert present(refreshed(desk, ticket))["answers"] == [answer]


def test_a_note_is_private_plain_and_mailed_to_nobody(shared_desk: RealDesk) -> None:
    desk = shared_desk
    other = desk.opened_by_api(title="Other", text="A question", customer=MARA)
    ticket = desk.opened_by_api(title="Lamp", text="Dark", customer=MARA)
    mails = len(desk.mails_sent())
    lines = ("{{ ticket.submitter_email }} {% if %} %} {# gone #} {{ }}", f"like #{other}", "<b>1 of 5</b> &amp;")
    with session(desk) as asking:
        done = [DESK.apply(AddNote(str(ticket), "deskpulse:answer-3", lines), asking) for _ in range(2)]
    note = desk.follow_ups(ticket)[-1]
    assert [str(note["id"])] * 2 == [each.object_id for each in done]
    assert note["public"] is False
    assert note["comment"] == (
        "{ { ticket.submitter_email } } { % if % } % } { # gone # } { { } }\n"
        f"like # {other}\n<b>1 of 5</b> &amp;\n\n[deskpulse:answer-3]"
    )
    assert desk.ticket(ticket)["title"] == "Lamp"
    assert len(desk.follow_ups(other)) == 1
    assert len(desk.mails_sent()) == mails


def test_a_summary_is_opened_once_and_revised_in_place(shared_desk: RealDesk) -> None:
    desk = shared_desk
    mails = len(desk.mails_sent())
    with session(desk) as asking:
        first = DESK.apply(SUMMARY, asking)
        revised = replace(SUMMARY, sections=(Section("Volume", ("72 tickets",)),))
        again = [DESK.apply(revised, asking), DESK.apply(replace(revised, object_id=first.object_id), asking)]
    assert [(done.object_id, done.changed) for done in again] == [(first.object_id, True), (first.object_id, False)]
    ticket = desk.ticket(int(str(first.object_id)))
    assert ticket["queue"] == desk.queues["summaries"]
    assert ticket["title"] == "Week 24 [deskpulse:2026-W24:web]"
    assert ticket["description"] == "Volume\n- 72 tickets\n\n[deskpulse:2026-W24:web]"
    assert len(desk.mails_sent()) == mails


def test_what_the_desk_refuses_says_what_to_change(shared_desk: RealDesk) -> None:
    desk = shared_desk
    ticket = str(desk.opened_by_api(title="Lamp", text="Dark", customer=MARA))
    with session(desk, summary_queue=77) as asking:
        with pytest.raises(Rejected, match="no custom field mood: add one"):
            DESK.apply(SetField(ticket, "mood", "good"), asking)
        with pytest.raises(Rejected, match=r"custom field channel does not take this value .*fax"):
            DESK.apply(SetField(ticket, "channel", "fax"), asking)
        with pytest.raises(Rejected, match="custom field tags does not take"):
            DESK.apply(AddTag(ticket, "channel-" + "x" * 120), asking)
        with pytest.raises(Rejected, match="set summary_queue"):
            DESK.apply(replace(SUMMARY, marker="deskpulse:nowhere"), asking)
        with pytest.raises(Gone):
            DESK.apply(AddNote("987654", "deskpulse:x", ("x",)), asking)


# --- connecting ---------------------------------------------------------------------------------------------------


def test_connecting_finds_out_who_we_are_and_prints_settings_that_work(real_desk: RealDesk) -> None:
    with session(real_desk, author=False) as asking, receiving() as receiver:
        url, _, secret = receiver.url.partition("?token=")
        installed = DESK.install(asking, webhook_url=url, secret=secret)
        assert installed.author == str(real_desk.users["deskpulse"])
        lines = " ".join(installed.by_hand)
        assert f"HELPDESK_NEW_TICKET_WEBHOOK_URLS={receiver.url} " in lines
        assert f"HELPDESK_FOLLOWUP_WEBHOOK_URLS={receiver.url} " in lines
        assert "Custom fields" not in lines, "this desk has all of them"
        real_desk.point_hooks_at(receiver.url)
        real_desk.opened_by_form(title="Blender", text="It hums", customer=MARA)
        assert len(receiver.calls) == 1
        assert DESK.install(asking, webhook_url=url, secret=secret).author == installed.author
    assert len([told for told in real_desk.tickets() if told["queue"] == real_desk.queues["summaries"]]) == 1


def test_connecting_with_a_wrong_token_is_refused(shared_desk: RealDesk) -> None:
    with session(shared_desk, token="0" * 40) as asking, pytest.raises(Refused, match="is_staff"):
        DESK.install(asking, webhook_url="https://pulse.example/webhooks/django_helpdesk/acme", secret="s")
