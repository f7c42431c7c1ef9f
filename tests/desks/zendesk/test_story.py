"""What people do in a simulated Zendesk, told by calls or fetched, folds into what it holds: for any story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.actions import is_own_tag
from integrations.base import Reading
from integrations.events import Event
from integrations.times import DAY, MINUTE, Instant
from integrations.zendesk.simulated_world import Ticket as Held
from tests.desks.zendesk.office import DESK, NOW, OPENED, Office
from tests.tries import tries
from workers.observing import observed
from workers.tickets import Ticket, fold

WORDS = {
    "new": "new",
    "open": "open",
    "pending": "pending",
    "hold": "on_hold",
    "solved": "resolved",
    "closed": "closed",
}
CHANNELS = ("email", "web_form", "chat")
MOVES = (
    "answer", "ask", "note", "cc", "take", "hand on", "hold", "solve", "reopen", "tag", "our tag", "field", "our field",
    "priority", "other requester", "offer", "rate", "hide", "automation", "same second", "passed on", "tag and back",
)  # fmt: skip
#: What happened within one second calls alone do not order.
AT_ONCE = ("same second", "passed on", "tag and back")
STORY = st.lists(st.tuples(st.sampled_from(MOVES), st.integers(1, 3)), max_size=20)
FEW = settings(max_examples=tries(1 / 4))


def acted(office: Office, move: str, one: Held, at: Instant) -> None:
    """One move of somebody."""
    world, eva, ivo = office.world, office.eva.id, office.ivo.id
    requester = one.held["requester_id"]
    moves: dict[str, Callable[[], object]] = {
        "answer": lambda: world.update(one, at, eva, comment="Soon", status="pending", assignee_id=eva),
        "ask": lambda: world.say(one, at, requester, "And now?"),
        "note": lambda: world.say(one, at, ivo, "Third one", public=False),
        "cc": lambda: world.say(one, at, office.max.id, "Me too"),
        "take": lambda: world.update(one, at, ivo, assignee_id=ivo),
        "hand on": lambda: world.update(one, at, eva, group_id=office.orders, assignee_id=None),
        "hold": lambda: world.update(one, at, eva, status="hold"),
        "solve": lambda: world.update(one, at, eva, comment="Done", status="solved"),
        "reopen": lambda: world.update(one, at, eva, status="open"),
        "tag": lambda: world.update(one, at, eva, tags=[*one.tags, f"t{len(one.tags)}"]),
        "our tag": lambda: world.update(one, at, office.owner.id, tags=[*one.tags, f"channel-x{len(one.tags)}"]),
        "field": lambda: world.update(one, at, eva, fields={office.region: f"r{at % 3}"}),
        "our field": lambda: world.update(one, at, office.owner.id, fields={office.own["csat"]: "1"}),
        "priority": lambda: world.update(one, at, eva, priority="high"),
        "other requester": lambda: world.update(one, at, eva, requester_id=office.max.id),
        "offer": lambda: world.offer(one, at),
        "rate": lambda: world.rate(one, at, 1 if at % 2 else 0, "Words"),
        "hide": lambda: world.hide(one, at, eva) if any(said["public"] for said in one.comments) else None,
        "automation": lambda: world.update(one, at, -1, status="open", rule=True),
        "same second": lambda: twice(office, one, at),
        "passed on": lambda: passed_on(office, one, at),
        "tag and back": lambda: tagged_and_back(office, one, at),
    }
    moves[move]()


def twice(office: Office, one: Held, at: Instant) -> None:
    """Two changes of the status in one second."""
    for word in ("open", "pending"):
        office.world.update(one, at, office.eva.id, status=word)


def passed_on(office: Office, one: Held, at: Instant) -> None:
    """From group to group and agent to agent in one second, as rules do."""
    there, back = (office.support, office.eva.id), (office.orders, office.ivo.id)
    for group, agent in (there, back, there) if at % 2 else (back, there, back):
        office.world.update(one, at, -1, group_id=group, assignee_id=agent, priority="high" if at % 2 else "low")


def tagged_and_back(office: Office, one: Held, at: Instant) -> None:
    """A tag comes and goes, and a field changes twice, in one second."""
    for tags, region in (([*one.tags, "brief"], "south"), ([*one.tags], "north")):
        office.world.update(one, at, office.eva.id, tags=tags, fields={office.region: region})


def lived(story: Sequence[tuple[str, int]]) -> Office:
    """A desk with three tickets to which this happened, a minute between any two moves."""
    office = Office(now=NOW)
    tickets = [
        office.world.open(OPENED + number, office.jo.id, channel=channel, group_id=office.support)
        for number, channel in enumerate(CHANNELS)
    ]
    for number, (move, ticket) in enumerate(story, start=1):
        acted(office, move, tickets[ticket - 1], OPENED + number * MINUTE)
    return office


def folded(readings: Sequence[Reading]) -> dict[str, Ticket]:
    """Tickets as they are after these readings, present values observed as they come."""
    found: dict[str, list[Event]] = defaultdict(list)
    for reading in readings:
        for event in reading.events:
            found[event.ticket].append(event)
        for present in reading.present:
            found[present.ticket] += observed(present, fold(present.ticket, found[present.ticket]))
    return {ticket: fold(ticket, events) for ticket, events in found.items()}


def fetched(office: Office) -> list[Reading]:
    with office.open() as (session, _):
        return [DESK.refresh(str(number), session) for number in office.world.tickets]


def require_true(office: Office, tickets: dict[str, Ticket]) -> None:
    """Each ticket is what the desk holds."""
    assert {int(ticket) for ticket in tickets} == set(office.world.tickets)
    for number, one in office.world.tickets.items():
        ticket, held = tickets[str(number)], one.held
        assert ticket.status == WORDS[held["status"]]
        assert (ticket.agent, ticket.department) == (_id(held["assignee_id"]), _id(held["group_id"]))
        assert ticket.created_by == "customer"
        assert (ticket.customer, ticket.channel) == (_id(held["requester_id"]), CHANNELS[number - 1])
        assert set(ticket.tags) == {tag for tag in one.tags if not is_own_tag(tag)}
        assert ticket.fields.get(str(office.region)) == one.fields[office.region]
        assert ticket.fields.get("priority") == held["priority"]


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)


@given(story=STORY)
@FEW
def test_a_refresh_of_every_ticket_holds_what_the_desk_holds(story: list[tuple[str, int]]) -> None:
    office = lived(story)
    require_true(office, folded(fetched(office)))


@given(story=STORY)
@FEW
def test_the_history_alone_explains_everything_that_holds(story: list[tuple[str, int]]) -> None:
    for reading in fetched(lived(story)):
        ticket = fold(reading.present[0].ticket, reading.events)
        assert list(observed(reading.present[0], ticket)) == []


@given(story=STORY, seed=st.integers(0, 99))
@FEW
def test_calls_in_any_order_with_some_lost_and_some_twice_and_then_a_refresh_hold_it_too(
    story: list[tuple[str, int]], seed: int
) -> None:
    office, random = lived(story), Random(seed)
    calls = [reading for reading in office.told() if random.random() > 0.2]
    calls += random.sample(calls, len(calls) // 3)
    random.shuffle(calls)
    require_true(office, folded([*calls, *fetched(office)]))


@given(story=STORY)
@FEW
def test_all_calls_alone_hold_it_but_for_what_they_only_hint_at(story: list[tuple[str, int]]) -> None:
    office = lived([move for move in story if move[0] not in ("hide", *AT_ONCE)])
    tickets = folded(office.told())
    require_true(office, tickets)
    for number, one in office.world.tickets.items():
        assert len(tickets[str(number)].messages) == len(one.comments)


@given(story=STORY)
@FEW
def test_a_back_fill_with_the_refreshes_it_asks_for_holds_it(story: list[tuple[str, int]]) -> None:
    office = lived(story)
    office.api.page_size = 2
    with office.open() as (session, _):
        pages = [page.reading for page in DESK.backfill(session, since=NOW - DAY)]
        wanted = dict.fromkeys(ticket for reading in pages for ticket in reading.refresh)
        pages += [DESK.refresh(ticket, session) for ticket in wanted]
    require_true(office, folded(pages))
    rated = {str(rating["ticket_id"]): rating for rating in office.world.ratings.values()}
    for ticket, told in folded(pages).items():
        scores = [1 if rated[ticket]["score"] == "good" else 0] if ticket in rated else []
        assert [answer.score for answer in told.standing_answers()] == scores


@given(story=STORY)
@FEW
def test_messages_are_the_comments_in_their_order_by_whoever_wrote_them(story: list[tuple[str, int]]) -> None:
    office = lived([move for move in story if move[0] != "other requester"])
    agents = {person.id for person in (office.eva, office.ivo, office.owner)}
    tickets = folded(fetched(office))
    for number, one in office.world.tickets.items():
        told = tickets[str(number)].messages
        assert [said.public for said in told] == [said["public"] for said in one.comments]
        assert [said.by == "agent" for said in told] == [said["author_id"] in agents for said in one.comments]


@given(story=STORY)
@FEW
def test_resolutions_are_told_with_the_moment_they_happened(story: list[tuple[str, int]]) -> None:
    office = lived(story)
    tickets = folded(fetched(office))
    for number, one in office.world.tickets.items():
        changes = [
            (audit["created_at"], entry["value"] == "solved")
            for audit in one.audits
            for entry in audit["events"]
            if entry.get("field_name") == "status"
        ]
        moments = [when for (when, now), (_, before) in zip(changes[1:], changes, strict=False) if now and not before]
        assert len(tickets[str(number)].resolutions) == len(moments)


@pytest.mark.parametrize("move", MOVES)
def test_each_single_move_is_found_by_calls_and_by_a_refresh(move: str) -> None:
    office = lived([(move, 1)])
    calls, history = office.told(), fetched(office)
    for readings in (history, [*calls, *history], [*history, *calls], [*calls[::-1], *history, *calls]):
        require_true(office, folded(readings))
    if move not in AT_ONCE:
        require_true(office, folded(calls))


def test_looking_again_at_an_unchanged_desk_adds_nothing() -> None:
    office = lived([(move, 1 + number % 3) for number, move in enumerate(MOVES * 2)])
    first: list[Any] = [one.content_hash() for reading in fetched(office) for one in reading.events]
    second: list[Any] = [one.content_hash() for reading in fetched(office) for one in reading.events]
    assert first == second
