"""What is written into Zendesk: each thing once, beside everybody else's work, and nobody is told or assigned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.actions import AddNote, AddTag, PutSummary, RemoveTag, Section, SetField
from integrations.errors import Retry, Skip, Unavailable, Unclear
from integrations.zendesk.simulated_world import Ticket
from tests.desks.wired import BROKEN, CONFLICT, DROP, DROP_LATE, TIMEOUT, Fault
from tests.desks.zendesk.office import DESK, Office, at, only

SUMMARY = PutSummary("deskpulse:2026-W24:3c", "Week 24", (Section("Volume", ("71 tickets", "9 more")),))


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def ticket(office: Office) -> Ticket:
    return office.ticket(tags=["vip"])


def does(office: Office, *actions: Any) -> list[Any]:
    with office.open() as (session, _):
        return [DESK.apply(action, session) for action in actions]


def test_a_tag_is_added_to_those_that_somebody_adds_at_the_same_moment(office: Office, ticket: Ticket) -> None:
    with office.open() as (session, wire):
        ask = wire.answer

        def busy(request: Any) -> Any:
            answer = ask(request)
            if request.method == "GET":
                office.world.update(ticket, at(5), office.eva.id, tags=[*ticket.tags, f"t{len(ticket.tags)}"])
            return answer

        wire.answer = busy  # type: ignore[method-assign]
        assert DESK.apply(AddTag("1", "channel-email"), session).changed
    assert {"vip", "channel-email"} <= set(ticket.tags)


def test_one_request_looks_and_one_writes(office: Office, ticket: Ticket) -> None:
    with office.open() as (session, wire):
        DESK.apply(AddTag("1", "channel-email"), session)
        DESK.apply(AddTag("1", "channel-email"), session)
        DESK.apply(RemoveTag("1", "channel-email"), session)
    assert wire.sent == [
        "GET /api/v2/tickets/1", "PUT /api/v2/tickets/1/tags", "GET /api/v2/tickets/1", "GET /api/v2/tickets/1",
        "DELETE /api/v2/tickets/1/tags",
    ]  # fmt: skip
    assert ticket.tags == ["vip"]


def test_a_tag_that_is_not_there_is_not_removed(office: Office, ticket: Ticket) -> None:
    (done,) = does(office, RemoveTag("1", "channel-email"))
    assert (done.changed, ticket.tags) == (False, ["vip"])


@pytest.mark.parametrize(("name", "title"), [("csat", "deskpulse_csat"), ("region", "region"), ("own", None)])
def test_a_field_is_found_by_our_title_by_its_title_or_by_its_id(
    office: Office, ticket: Ticket, name: str, title: str | None
) -> None:
    name, title = (str(office.region), "region") if title is None else (name, title)
    (done,) = does(office, SetField("1", name, "4"))
    assert done.changed
    assert office.simulator.fields(ticket) == {title: "4"}


def test_our_own_field_is_taken_before_somebody_else_s_of_that_name(office: Office, ticket: Ticket) -> None:
    office.world.custom_field("csat")
    does(office, SetField("1", "csat", "4"))
    assert office.simulator.fields(ticket) == {"deskpulse_csat": "4"}


def test_fields_are_listed_once_in_a_session(office: Office, ticket: Ticket) -> None:
    office.ticket(1)
    with office.open() as (session, wire):
        for id_ in ("1", "2"):
            DESK.apply(SetField(id_, "csat", "4"), session)
    assert wire.sent.count("GET /api/v2/ticket_fields") == 1


@pytest.mark.parametrize(
    ("held", "value", "changed"),
    [(None, "", False), ("", "", False), ("4", "4", False), (4, "4", False), ("4", "5", True), ("4", "", True)],
)
def test_a_field_that_holds_the_value_is_not_written(
    office: Office, ticket: Ticket, held: Any, value: str, changed: bool
) -> None:
    ticket.fields[office.region] = held
    assert does(office, SetField("1", "region", value))[0].changed is changed
    assert (ticket.fields[office.region] or "") == (value if changed else (held or ""))


def test_a_note_is_private_and_by_us_and_changes_nothing_else(office: Office, ticket: Ticket) -> None:
    before = dict(ticket.held)
    does(office, AddNote("1", "deskpulse:n:7", ("Jo answered 1 of 5 <b>&", "Call back")))
    comment = ticket.comments[-1]
    assert comment["body"] == "Jo answered 1 of 5 <b>&\nCall back\n[deskpulse:n:7]"
    assert (comment["public"], comment["author_id"], ticket.held) == (False, office.owner.id, before)


def test_a_note_is_found_among_many_comments(office: Office, ticket: Ticket) -> None:
    note = AddNote("1", "deskpulse:n:7", ("Call back",))
    does(office, note)
    for minute in range(5, 20):
        office.world.say(ticket, at(minute), office.jo.id, "And now?")
    office.api.page_size = 3
    (done,) = does(office, note)
    assert (done.changed, done.object_id) == (False, str(ticket.comments[1]["id"]))


@pytest.mark.parametrize("public", [True, False])
def test_a_mark_that_a_customer_quotes_in_public_is_no_note(office: Office, ticket: Ticket, public: bool) -> None:
    office.world.say(ticket, at(5), office.jo.id, "You wrote [deskpulse:n:7]", public=public)
    assert does(office, AddNote("1", "deskpulse:n:7", ("Call back",)))[0].changed is public


def test_a_summary_is_a_solved_private_ticket_of_our_own_for_nobody(office: Office) -> None:
    (done,) = does(office, SUMMARY)
    made = office.world.tickets[int(done.object_id)]
    assert made.held["external_id"] == "deskpulse:2026-W24:3c"
    assert (made.held["status"], made.held["assignee_id"], made.held["group_id"]) == ("solved", None, None)
    assert made.held["requester_id"] == made.held["submitter_id"] == office.owner.id
    assert (made.tags, [one["public"] for one in made.comments]) == (["deskpulse-summary"], [False])


def test_a_summary_without_an_author_of_ours_is_opened_and_found_too(office: Office) -> None:
    with office.open(author=None) as (session, _):
        first = DESK.apply(SUMMARY, session)
        assert DESK.apply(SUMMARY, session) == replace(first, changed=False)


@pytest.mark.parametrize("fault", [TIMEOUT, DROP, DROP_LATE, BROKEN], ids=str)
def test_a_summary_whose_answer_was_lost_is_one_ticket(office: Office, fault: Fault) -> None:
    with office.open() as (session, wire):
        wire.spoil(fault, "POST .*")
        with pytest.raises(Retry):
            DESK.apply(SUMMARY, session)
        DESK.apply(SUMMARY, session)
    assert len(office.simulator.summaries()) == 1


def test_a_revised_summary_says_the_new_and_keeps_the_old(office: Office) -> None:
    revised = replace(SUMMARY, title="Week 24, late", sections=(Section("Volume", ("72 tickets",)),))
    first, second, third, fourth = does(office, SUMMARY, revised, revised, SUMMARY)
    assert [one.object_id for one in (second, third, fourth)] == [first.object_id] * 3
    assert [one.changed for one in (first, second, third, fourth)] == [True, True, False, True]
    made = office.world.tickets[int(first.object_id)]
    assert [one["body"].partition("[")[0] for one in made.comments] == [
        "Volume\n- 71 tickets\n- 9 more\n\n", "Volume\n- 72 tickets\n\n", "Volume\n- 71 tickets\n- 9 more\n\n",
    ]  # fmt: skip
    assert made.held["subject"] == "Week 24"
    assert [one["public"] for one in made.comments] == [False] * 3


def test_a_new_title_alone_is_no_new_text(office: Office) -> None:
    does(office, SUMMARY, replace(SUMMARY, title="Week 24!"))
    (made,) = office.world.tickets.values()
    assert (made.held["subject"], len(made.comments)) == ("Week 24!", 1)


def test_a_closed_summary_is_left_as_it_is_unless_nothing_is_new(office: Office) -> None:
    (first,) = does(office, SUMMARY)
    office.world.tickets[int(first.object_id)].held["status"] = "closed"
    assert does(office, SUMMARY)[0].changed is False
    with office.open() as (session, _), pytest.raises(Skip, match="closed"):
        DESK.apply(replace(SUMMARY, sections=()), session)


def test_a_ticket_of_somebody_else_with_our_external_id_is_not_taken_for_ours(office: Office) -> None:
    office.ticket(external_id="deskpulse:2026-W24:3c")
    (done,) = does(office, SUMMARY)
    assert done.object_id == "2"


def test_a_summary_that_comes_back_is_out_of_every_count(office: Office) -> None:
    does(office, SUMMARY)
    for reading in office.told():
        assert [one.data for one in only(list(reading.events), "ticket.created")] == [
            {"by": "system", "channel": "internal"}
        ]
    refreshed = office.refreshed(office.world.tickets[1])
    assert [one.type for one in refreshed.events] == ["ticket.created", "ticket.tagged"]
    assert refreshed.present == ()


def test_an_import_that_does_not_tell_its_ticket_is_unclear_and_then_found(office: Office) -> None:
    nothing = Fault("201 without a ticket", done=True, answer=(201, {}, b'{"ticket": {}}'))
    with office.open() as (session, wire):
        wire.spoil(nothing, "POST .*")
        with pytest.raises(Unclear):
            DESK.apply(SUMMARY, session)
        assert DESK.apply(SUMMARY, session).object_id == "1"


def test_echoes_ask_for_nothing(office: Office, ticket: Ticket) -> None:
    office.told()
    with office.open() as (session, _):
        for number in range(10):
            DESK.apply(AddTag("1", "channel-email"), session)
            DESK.apply(RemoveTag("1", "channel-email"), session)
            DESK.apply(AddNote("1", f"deskpulse:n:{number}", ("Call back",)), session)
            assert [reading.refresh for reading in office.told()] == [()] * 3


# ------------------------------------------------------------------------------------------------ beside others


@pytest.mark.parametrize(
    ("action", "request_"),
    [
        (AddTag("1", "channel-email"), "PUT /api/v2/tickets/1/tags"),
        (SetField("1", "csat", "2"), "PUT /api/v2/tickets/1"),
        (AddNote("1", "deskpulse:n:1", ("Call back",)), "PUT /api/v2/tickets/1"),
    ],
    ids=lambda told: type(told).__name__,
)
def test_after_a_conflict_both_have_what_they_wrote(office: Office, ticket: Ticket, action: Any, request_: str) -> None:
    with office.open() as (session, wire):
        wire.spoil(CONFLICT, request_)
        with pytest.raises(Unavailable, match="somebody changes the same at this moment"):
            DESK.apply(action, session)
        office.world.update(
            ticket, at(5), office.eva.id, tags=[*ticket.tags, "loud"], fields={office.region: "south"}, priority="high"
        )
        assert [DESK.apply(action, session).changed for _ in range(2)] == [True, False]
    assert {"vip", "loud"} <= set(ticket.tags)
    assert (office.simulator.fields(ticket)["region"], ticket.held["priority"]) == ("south", "high")
    assert wire.sent.count(request_) == 2


#: What a customer may have written, and how a note of ours shows it.
WROTE = {
    "<script>alert(1)</script>": "<script>alert(1)</script>",
    '<img src=x onerror="a()">': '<img src=x onerror="a()">',
    "5 < 6 & 7 > 6": "5 < 6 & 7 > 6",
    "&lt;b&gt; &amp;amp;": "&lt;b&gt; &amp;amp;",
    "<br><br>": "<br><br>",
    "{{ticket.requester.email}}": "{ {ticket.requester.email} }",
    "{% for a in b %}": "{ % for a in b % }",
    "@eva look": "@ eva look",
    "**bold** _and_ `code`": "**bold** _and_ `code`",
    "[deskpulse:n:1]": "(deskpulse:n:1]",
    "one\r\ntwo": "one two",
}


@pytest.mark.parametrize("wrote", WROTE)
def test_what_a_customer_wrote_is_shown_as_words_in_notes_and_summaries(
    office: Office, ticket: Ticket, wrote: str
) -> None:
    summary = PutSummary("w:1", "Week 1", (Section("Said", (wrote,)),))
    _, done = does(office, AddNote("1", "n:1", (wrote,)), summary)
    assert ticket.comments[-1]["body"] == f"{WROTE[wrote]}\n[deskpulse:n:1]"
    said = office.world.tickets[int(done.object_id)].comments[0]["body"]
    assert said.startswith(f"Said\n- {WROTE[wrote]}\n")
    assert does(office, AddNote("1", "n:1", (wrote,)))[0].changed is False
