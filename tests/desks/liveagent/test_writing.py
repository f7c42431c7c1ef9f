"""Every action is done once, whatever becomes of the request or of its answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from integrations.actions import Action, AddNote, AddTag, PutSummary, RemoveTag, Section, SetField
from integrations.errors import Gone, RateLimited, Refused, Rejected, Retry, Unavailable, Unclear
from integrations.session import Session
from integrations.simulated_trouble import WAIT
from tests.desks.liveagent.world import DESK, Office, at, only

SUMMARY = PutSummary(
    marker="deskpulse:day:2026-06-14:1a2b",
    title="Sunday: 12 tickets",
    sections=(Section("Volume", ("12 tickets", "3 by chat")),),
)
REVISED = PutSummary(marker=SUMMARY.marker, title=SUMMARY.title, sections=(Section("Volume", ("13 tickets",)),))
NOTE_MARKER = "deskpulse:follow-up:77"


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def ticket(office: Office) -> str:
    made = office.letter(at("06-10 09:00"))
    office.world.set_tags(made, at("06-10 09:00"), [office.world.add_tag("vip")])
    made.fields["region"] = "south"
    return made.id


def tag(ticket: str) -> Action:
    return AddTag(ticket, "channel-email")


def field(ticket: str) -> Action:
    return SetField(ticket, "csat", "3")


def note(ticket: str) -> Action:
    return AddNote(ticket, NOTE_MARKER, ("The customer gave 1 of 3",))


def summary(ticket: str) -> Action:
    return SUMMARY


ACTIONS = pytest.mark.parametrize("make", [tag, field, note, summary])


def written(office: Office, ticket: str) -> dict[str, Any]:
    simulator = office.simulator
    return {
        "tags": simulator.tags(ticket),
        "fields": simulator.fields(ticket),
        "notes": simulator.notes(ticket),
        "summaries": sorted(simulator.summaries().values()),
        "dictionary": sorted(office.world.tags.values()),
        "tickets": len(office.world.tickets),
    }


@cache
def done_once(make: Callable[[str], Action]) -> dict[str, Any]:
    """What stands in an office where nothing goes wrong."""
    office = Office()
    made = office.letter(at("06-10 09:00"))
    office.world.set_tags(made, at("06-10 09:00"), [office.world.add_tag("vip")])
    made.fields["region"] = "south"
    with office.open() as session:
        assert DESK.apply(make(made.id), session).changed
        assert not DESK.apply(make(made.id), session).changed
    return written(office, made.id)


def insist(action: Action, session: Session, *, errors: type[Exception], most: int = 4) -> int:
    """Asks until it is done, as the workers do; gives how often it failed with such an error."""
    for failures in range(most):
        try:
            DESK.apply(action, session)
        except errors:
            continue
        return failures
    raise AssertionError("never done")


@ACTIONS
def test_an_action_is_done_once_and_leaves_everything_else_alone(make: Callable[[str], Action]) -> None:
    result = done_once(make)
    assert {"vip"} <= result["tags"] <= {"vip", "channel-email"}
    assert result["fields"].items() >= {"region": "south"}.items()
    assert len(result["notes"]) + len(result["summaries"]) <= 1


@ACTIONS
@pytest.mark.parametrize("trouble", ["drop", "drop late", "500", "500 late"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_write_whose_fate_is_unknown_is_looked_for_and_done_once(
    office: Office, ticket: str, make: Callable[[str], Action], trouble: str, method: str
) -> None:
    for _ in range(2):
        office.simulator.trouble.order(trouble, method)
    with office.open() as session:
        insist(make(ticket), session, errors=Unclear)
    assert written(office, ticket) == done_once(make)


@ACTIONS
def test_an_answer_that_never_comes_is_unclear_and_the_action_done_once(
    office: Office, ticket: str, make: Callable[[str], Action]
) -> None:
    office.simulator.trouble.order("hang", "PUT")
    office.simulator.trouble.order("hang", "POST")
    with office.open(timeout=0.3) as session:
        insist(make(ticket), session, errors=Unclear)
        office.simulator.trouble.released.set()
    assert written(office, ticket) == done_once(make)


@ACTIONS
@pytest.mark.parametrize("trouble", ["503", "429", "429 for a while"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_desk_that_is_busy_is_asked_again_later(
    office: Office, ticket: str, make: Callable[[str], Action], trouble: str, method: str
) -> None:
    office.simulator.trouble.order(trouble, method)
    with office.open() as session:
        insist(make(ticket), session, errors=Retry)
    assert written(office, ticket) == done_once(make)


@pytest.mark.parametrize(("trouble", "wait"), [("429", 60.0), ("429 for a while", float(WAIT))])
def test_a_429_holds_everything_back_for_as_long_as_it_says_or_a_minute(
    office: Office, ticket: str, trouble: str, wait: float
) -> None:
    held: list[float] = []

    class Gate:
        def take(self, requests: int) -> None:
            """There is always room."""

        def hold(self, seconds: float) -> None:
            held.append(seconds)

    office.simulator.trouble.order(trouble, "POST")
    with office.open(gate=Gate()) as session, pytest.raises(RateLimited) as caught:
        DESK.apply(note(ticket), session)
    assert caught.value.after == wait
    assert held == [wait]


def test_a_note_that_v1_will_never_take_is_given_up(office: Office, ticket: str) -> None:
    office.simulator.trouble.order("500 of v1", "POST", "/messages")
    with office.open() as session, pytest.raises(Rejected, match="conversation cannot be loaded"):
        DESK.apply(note(ticket), session)
    assert office.simulator.notes(ticket) == []


def test_a_tag_that_is_missing_is_made_before_it_is_put_on(office: Office, ticket: str) -> None:
    with office.open() as session:
        DESK.apply(tag(ticket), session)
    requests = office.simulator.api.requests
    assert requests.index("POST /api/v3/tags") < requests.index(f"POST /api/conversations/{ticket}/tags")
    assert requests[-1].startswith("GET")  # it was looked for afterwards


def test_a_tag_that_somebody_makes_at_the_same_moment_is_used(office: Office, ticket: str) -> None:
    office.simulator.api.before_create_tag = lambda name: office.world.add_tag(name)
    with office.open() as session:
        DESK.apply(tag(ticket), session)
        office.simulator.violations.clear()  # the second POST of that name was refused, as it should be
    assert office.simulator.tags(ticket) == {"vip", "channel-email"}
    assert sorted(office.world.tags.values()) == ["channel-email", "vip"]


def test_a_tag_that_somebody_deleted_meanwhile_is_made_again(office: Office, ticket: str) -> None:
    with office.open() as session:
        DESK.apply(tag(ticket), session)
        office.world.set_tags(office.world.tickets[ticket], at("06-10 09:30"), [])
        office.world.tags.clear()
        assert DESK.apply(tag(ticket), session).changed
    assert office.simulator.tags(ticket) == {"channel-email"}
    assert office.simulator.api.requests.count("POST /api/v3/tags") == 2


def test_a_tag_of_ours_is_removed_and_the_others_stay(office: Office, ticket: str) -> None:
    with office.open() as session:
        DESK.apply(tag(ticket), session)
        assert DESK.apply(RemoveTag(ticket, "channel-email"), session).changed
        assert not DESK.apply(RemoveTag(ticket, "channel-email"), session).changed
    assert office.simulator.tags(ticket) == {"vip"}


@pytest.mark.parametrize("trouble", ["drop", "drop late", "500 late", "503"])
def test_a_removal_whose_fate_is_unknown_is_repeated(office: Office, ticket: str, trouble: str) -> None:
    with office.open() as session:
        DESK.apply(tag(ticket), session)
        office.simulator.trouble.order(trouble, "PUT")
        insist(RemoveTag(ticket, "channel-email"), session, errors=Retry)
    assert office.simulator.tags(ticket) == {"vip"}


def test_a_tag_that_liveagent_took_and_does_not_show_is_unclear(office: Office, ticket: str) -> None:
    office.simulator.api.forgets_tags = True
    with office.open() as session, pytest.raises(Unclear, match="does not show it"):
        DESK.apply(tag(ticket), session)


@pytest.mark.parametrize("make", [tag, field, note])
def test_nothing_is_written_on_a_deleted_ticket(office: Office, ticket: str, make: Callable[[str], Action]) -> None:
    office.world.set_status(office.world.tickets[ticket], at("06-10 10:00"), "X")
    before = written(office, ticket)
    with office.open() as session, pytest.raises(Gone):
        DESK.apply(make(ticket), session)
    assert written(office, ticket) == before


def test_a_note_is_one_private_note_with_its_mark_in_the_last_line(office: Office, ticket: str) -> None:
    lines = ("Score 1 <b>of</b> 3", "She wrote: {$password} [deskpulse:x:1]\nand more")
    with office.open() as session:
        DESK.apply(AddNote(ticket, NOTE_MARKER, lines), session)
    assert office.simulator.notes(ticket) == [
        "Score 1 <b>of</b> 3\nShe wrote: { $password} (deskpulse:x:1] and more\n[deskpulse:follow-up:77]"
    ]
    assert office.simulator.own_notes() == {ticket: office.simulator.notes(ticket)}


def test_notes_with_different_markers_are_two(office: Office, ticket: str) -> None:
    with office.open() as session:
        for marker in ("deskpulse:n:1", "deskpulse:n:10", "deskpulse:n:1"):
            DESK.apply(AddNote(ticket, marker, ("Hello",)), session)
    assert len(office.simulator.notes(ticket)) == 2


def test_a_summary_is_a_resolved_ticket_that_mails_nobody(office: Office, ticket: str) -> None:
    with office.open() as session:
        done = DESK.apply(SUMMARY, session)
    made = office.world.tickets[str(done.object_id)]
    assert (made.status, made.department) == ("R", min(office.world.departments))
    assert made.subject == "Sunday: 12 tickets [deskpulse:day:2026-06-14:1a2b]"
    assert made.blocks[0].user == office.owner.user
    assert office.simulator.api.mailed == []


def test_a_summary_goes_where_the_account_says(office: Office, ticket: str) -> None:
    options = {
        "summary_department": office.orders,
        "summary_agent": office.eva.id,
        "summary_recipient": "reports@desk.example",
    }
    with office.open(options=options) as session:
        done = DESK.apply(SUMMARY, session)
    made = office.world.tickets[str(done.object_id)]
    assert (made.department, made.blocks[0].user) == (office.orders, office.eva.user)
    assert made.owner.email == "reports@desk.example"


def test_a_summary_that_the_search_does_not_show_yet_is_found_in_the_list(office: Office, ticket: str) -> None:
    office.simulator.api.indexed = set(office.world.tickets)
    office.simulator.trouble.order("drop late", "POST")
    with office.open() as session:
        assert insist(SUMMARY, session, errors=Unclear) == 1
    assert len(office.simulator.summaries()) == 1


def test_a_summary_that_was_moved_to_another_department_is_found_by_the_search(office: Office, ticket: str) -> None:
    with office.open() as session:
        first = DESK.apply(SUMMARY, session)
        office.world.tickets[str(first.object_id)].department = office.orders
        assert DESK.apply(SUMMARY, session).object_id == first.object_id


def test_a_summary_is_revised_by_a_note_and_only_when_it_changed(office: Office, ticket: str) -> None:
    with office.open() as session:
        first = DESK.apply(SUMMARY, session)
        for action, changed in ((SUMMARY, False), (REVISED, True), (REVISED, False), (SUMMARY, True)):
            done = DESK.apply(action, session)
            assert (done.object_id, done.changed) == (first.object_id, changed)
    (text,) = office.simulator.summaries().values()
    numbers = [part.split("]")[0][:2] for part in text.split("1a2b#")[1:]]
    assert numbers == ["1-", "2-", "3-"]


@pytest.mark.parametrize("trouble", ["drop late", "500 late", "drop", "503"])
def test_a_revision_whose_answer_was_lost_is_written_once(office: Office, ticket: str, trouble: str) -> None:
    with office.open() as session:
        done = DESK.apply(SUMMARY, session)
        office.simulator.trouble.order(trouble, "POST", "/messages")
        assert insist(REVISED, session, errors=Retry) == 1
    assert len(office.simulator.notes(str(done.object_id))) == 1


def test_a_new_title_replaces_the_subject_and_keeps_the_mark(office: Office, ticket: str) -> None:
    retitled = PutSummary(marker=SUMMARY.marker, title="Sunday: 13 tickets", sections=SUMMARY.sections)
    with office.open() as session:
        first = DESK.apply(SUMMARY, session)
        assert DESK.apply(retitled, session).object_id == first.object_id
    (text,) = office.simulator.summaries().values()
    assert text.startswith("Sunday: 13 tickets [deskpulse:day:2026-06-14:1a2b]")


def test_a_summary_that_somebody_deleted_is_opened_anew(office: Office, ticket: str) -> None:
    with office.open() as session:
        first = DESK.apply(SUMMARY, session)
        office.world.set_status(office.world.tickets[str(first.object_id)], at("06-15 13:00"), "X")
        known = PutSummary(SUMMARY.marker, SUMMARY.title, SUMMARY.sections, object_id=first.object_id)
        assert DESK.apply(known, session).object_id != first.object_id


def test_a_customers_ticket_with_the_same_words_is_not_taken_for_a_summary(office: Office, ticket: str) -> None:
    office.letter(at("06-10 09:00"), subject=SUMMARY.title)
    with office.open() as session:
        DESK.apply(SUMMARY, session)
    assert len(office.simulator.summaries()) == 1


def test_without_departments_a_summary_says_what_to_set(office: Office, ticket: str) -> None:
    office.world.departments.clear()
    with office.open() as session, pytest.raises(Rejected, match="summary_department"):
        DESK.apply(SUMMARY, session)


def test_without_agents_a_summary_says_what_to_set(office: Office, ticket: str) -> None:
    office.world.agents.clear()
    with office.open() as session, pytest.raises(Rejected, match="summary_agent"):
        DESK.apply(SUMMARY, session)
    options = {"summary_recipient": "reports@desk.example"}
    with office.open(options=options) as session, pytest.raises(Rejected, match="summary_agent"):
        DESK.apply(SUMMARY, session)


@ACTIONS
def test_with_a_wrong_key_nothing_is_written_and_the_key_is_named(
    office: Office, ticket: str, make: Callable[[str], Action]
) -> None:
    wrong = {"v3_key": "bad-v3", "v1_key": "bad-v1"}
    with office.open(credentials=wrong) as session, pytest.raises(Refused, match=r"v[13]_key") as caught:
        DESK.apply(make(ticket), session)
    assert "bad-v" not in str(caught.value)
    assert written(office, ticket)["tickets"] == 1


def test_an_outage_notice_with_200_after_a_write_is_unclear_and_after_a_read_unavailable(
    office: Office, ticket: str
) -> None:
    with office.open() as session:
        office.simulator.trouble.order("outage", "POST", "/messages")
        with pytest.raises(Unclear):
            DESK.apply(note(ticket), session)
        office.simulator.trouble.order("outage", "GET", "/messages")
        with pytest.raises(Unavailable):
            DESK.apply(note(ticket), session)
        DESK.apply(note(ticket), session)
    assert len(office.simulator.notes(ticket)) == 1


def test_the_echo_of_our_own_writing_shows_nothing_and_writes_nothing_more(office: Office, ticket: str) -> None:
    """Our tag and note fire rules; the refreshes they ask for show nothing of ours, so nothing follows."""
    with office.open() as session:
        DESK.apply(tag(ticket), session)
        DESK.apply(note(ticket), session)
        fired = len(office.world.fired)
        before = written(office, ticket)
        readings = [DESK.refresh(ticket, session) for _ in range(20)]
        again = [DESK.apply(action, session).changed for action in (tag(ticket), note(ticket))]
    assert again == [False, False]
    assert written(office, ticket) == before
    assert len(office.world.fired) == fired
    assert readings[0].present[0].values["tags"] == ["vip"]
    assert len(only(list(readings[-1].events), "message.sent")) == 1
