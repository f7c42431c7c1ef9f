"""What people do in a simulated desk, told by webhooks or fetched, folds into what the desk holds: for any story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.base import Reading
from integrations.django_helpdesk.simulated_api import Api
from integrations.django_helpdesk.simulator import Simulator
from integrations.events import Event
from integrations.session import NoGate, Session
from integrations.times import DAY, MINUTE, SECOND, Instant, instant_of_iso
from tests.desks.django_helpdesk.samples import CUSTOMER, DESK, access, call
from tests.desks.wired import HOST, wired
from tests.tries import tries
from workers.observing import observed
from workers.tickets import Ticket, fold

BEGIN = instant_of_iso("2026-06-15T08:00:00Z")
WORDS = {1: "open", 2: "open", 3: "resolved", 4: "closed", 5: "closed"}
MOVES = (
    "mail", "automatic mail", "page", "answer", "note", "take", "hold", "release", "resolve", "close", "bulk close",
    "reopen", "tag", "field", "hand on", "escalate", "rate",
)  # fmt: skip
STORY = st.lists(st.tuples(st.sampled_from(MOVES), st.integers(1, 3)), max_size=25)
FEW = settings(max_examples=tries(1))
OPTIONS: dict[str, Any] = {"answers": {"csat": {"field": "stars", "scale": [1, 5]}}}


@dataclass
class Clock:
    now: Instant = BEGIN

    def __call__(self) -> Instant:
        self.now += MINUTE
        return self.now


def acted(desk: Simulator, move: str, ticket: int) -> None:
    """One move of somebody."""
    moves: dict[str, Callable[[], object]] = {
        "mail": lambda: desk.mailed(ticket, "Still humming"),
        "automatic mail": lambda: desk.mailed(ticket, "I am away", automatic=True),
        "page": lambda: desk.answered_on_page(ticket, "On the page"),
        "answer": lambda: desk.replied(ticket, "We look into it", user=2),
        "note": lambda: desk.noted(ticket, "Second one this week"),
        "take": lambda: desk.taken(ticket, user=2),
        "hold": lambda: desk.patched(ticket, on_hold=True),
        "release": lambda: desk.patched(ticket, on_hold=False),
        "resolve": lambda: desk.replied(ticket, "Done", status=3),
        "close": lambda: desk.replied(ticket, "Over", status=4),
        "bulk close": lambda: desk.closed_in_bulk(ticket),
        "reopen": lambda: desk.replied(ticket, "Sorry", status=2),
        "tag": lambda: desk.patched(ticket, custom_tags="vip, channel-email,loud"),
        "field": lambda: desk.patched(ticket, custom_region="islands"),
        "hand on": lambda: desk.patched(ticket, queue=3, assigned_to=1),
        "escalate": lambda: desk.escalated(ticket),
        "rate": lambda: desk.patched(ticket, custom_stars="4"),
    }
    moves[move]()


def lived(story: Sequence[tuple[str, int]]) -> Simulator:
    """A desk with three tickets to which this happened, a minute between any two entries."""
    desk = Simulator(clock=Clock())
    desk.custom_fields = {**desk.custom_fields, "stars": None}
    desk.opened_by_mail("Blender", "It hums", customer=CUSTOMER)
    desk.opened_by_form("Kettle", "It leaks", customer="ivo@customer.example")
    desk.opened_by_api("Toaster", "By phone", customer="eda@customer.example", queue=4)
    for move, ticket in story:
        acted(desk, move, ticket)
    return desk


@contextmanager
def asked(desk: Simulator, **options: Any) -> Iterator[Session]:
    api = Api(desk)
    with (
        wired(api.app()),
        Session(access(HOST, **OPTIONS, **options), NoGate(), clock=lambda: desk.clock() / SECOND) as session,
    ):
        yield session
    assert api.violations == []


def folded(readings: Sequence[Reading]) -> dict[str, Ticket]:
    """Tickets as they are after these readings, present values observed as they come."""
    found: dict[str, list[Event]] = defaultdict(list)
    for reading in readings:
        for event in reading.events:
            found[event.ticket].append(event)
        for present in reading.present:
            found[present.ticket] += observed(present, fold(present.ticket, found[present.ticket]))
    return {ticket: fold(ticket, events) for ticket, events in found.items()}


def status(desk: Simulator, ticket: int) -> str:
    held = desk.tickets[ticket]
    word = WORDS[held["status"]]
    return "on_hold" if held["on_hold"] and word == "open" else word


def hooks(desk: Simulator) -> list[Reading]:
    """All webhooks in order, received as they were sent."""
    account = access(**OPTIONS)
    readings = []
    for hook in desk.hooks:
        at = max(instant_of_iso(entry["date"]) for entry in hook["ticket"]["followup_set"]) + SECOND
        readings.append(DESK.parse(call(orjson.dumps(hook), received_at=at), account))
    return readings


def require_true(desk: Simulator, tickets: dict[str, Ticket]) -> None:
    """Each ticket is what the desk holds."""
    assert {int(ticket) for ticket in tickets} == set(desk.tickets)
    for number, held in desk.tickets.items():
        ticket = tickets[str(number)]
        assert (ticket.status, ticket.customer) == (status(desk, number), held["submitter_email"])
        assert ticket.agent == (None if held["assigned_to"] is None else str(held["assigned_to"]))
        assert ticket.department == str(held["queue"])
        assert set(ticket.tags) == ({"vip", "loud"} if held["custom_tags"] else set())
        assert ticket.fields.get("region") == held["custom_region"]
        assert [answer.score for answer in ticket.answers][-1:] == ([4] if held.get("custom_stars") else [])


@given(story=STORY)
@FEW
def test_a_refresh_of_every_ticket_holds_what_the_desk_holds(story: list[tuple[str, int]]) -> None:
    desk = lived(story)
    with asked(desk) as session:
        require_true(desk, folded([DESK.refresh(str(number), session) for number in desk.tickets]))


@given(story=STORY)
@FEW
def test_a_backfill_after_the_webhooks_holds_what_the_desk_holds(story: list[tuple[str, int]]) -> None:
    desk = lived(story)
    with asked(desk) as session:
        pages = [page.reading for page in DESK.backfill(session, since=BEGIN - DAY)]
    require_true(desk, folded([*hooks(desk), *pages]))


@given(story=STORY)
@FEW
def test_a_reconciliation_alone_with_the_refreshes_it_asks_for_holds_it_too(story: list[tuple[str, int]]) -> None:
    desk = lived(story)
    with asked(desk, page_size=1) as session:
        pages = [page.reading for page in DESK.reconcile(session, since=BEGIN - DAY)]
        wanted = dict.fromkeys(ticket for reading in pages for ticket in reading.refresh)
        seen = {present.ticket for reading in pages for present in reading.present}
        pages += [
            DESK.refresh(ticket, session)
            for ticket in wanted | dict.fromkeys(map(str, desk.tickets))
            if ticket not in seen
        ]
    require_true(desk, folded(pages))


@given(story=STORY)
@FEW
def test_messages_are_the_entries_with_words_in_their_order(story: list[tuple[str, int]]) -> None:
    desk = lived(story)
    with asked(desk) as session:
        tickets = folded([DESK.refresh(str(number), session) for number in desk.tickets])
    for number in desk.tickets:
        entries = [entry for entry in desk.json_of(number)["followup_set"] if entry["comment"]]
        told = tickets[str(number)].messages
        assert [one.public for one in told] == [entry["public"] for entry in entries]
        assert [one.at for one in told] == [instant_of_iso(entry["date"]) for entry in entries]
        # The first entry of a ticket that staff opened for a customer is the customer's question.
        by = [
            "agent" if entry["user"] else "customer" if entry["title"] != "Ticket Escalated" else "system"
            for entry in entries
        ]
        assert [one.by for one in told][1:] == by[1:]


@given(story=STORY)
@FEW
def test_resolutions_are_told_with_the_moment_they_happened(story: list[tuple[str, int]]) -> None:
    desk = lived([one for one in story if one[0] not in ("hold", "release")])
    with asked(desk) as session:
        tickets = folded([DESK.refresh(str(number), session) for number in desk.tickets])
    for number in desk.tickets:
        over, moments = False, []
        for entry in desk.json_of(number)["followup_set"]:
            if entry["new_status"] is not None:
                if entry["new_status"] in (3, 4) and not over:
                    moments.append(instant_of_iso(entry["date"]))
                over = entry["new_status"] in (3, 4)
        assert [one.at for one in tickets[str(number)].resolutions] == moments


@pytest.mark.parametrize("move", MOVES)
def test_each_single_move_is_found_by_a_refresh(move: str) -> None:
    desk = lived([(move, 1)])
    with asked(desk) as session:
        tickets = folded([DESK.refresh(str(number), session) for number in desk.tickets])
    require_true(desk, tickets)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
def test_however_large_the_pages_each_ticket_is_told_once(size: int) -> None:
    desk = lived([("resolve", 1), ("close", 2)])
    with asked(desk, page_size=size) as session:
        pages = list(DESK.backfill(session, since=BEGIN - DAY))
    told = [present.ticket for page in pages for present in page.reading.present]
    assert sorted(told) == ["1", "2", "3"]
    assert [page.cursor is None for page in pages] == [False, False, True]


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_backfill_resumed_at_each_of_its_cursors_tells_the_same(size: int) -> None:
    desk = lived([("note", 1), ("resolve", 2), ("resolve", 3)])
    for number in range(4):
        desk.opened_by_form(f"Number {number}", "A question", customer=CUSTOMER)
    with asked(desk, page_size=size) as session:
        whole = [one.reading.events for one in DESK.backfill(session, since=BEGIN - DAY)]
        resumed, cursor = [], None
        while True:
            page = next(iter(DESK.backfill(session, since=BEGIN - DAY, cursor=cursor)))
            resumed.append(page.reading.events)
            cursor = page.cursor
            if cursor is None:
                break
    assert resumed == whole
    assert len({event.ticket for events in whole for event in events}) == 7
