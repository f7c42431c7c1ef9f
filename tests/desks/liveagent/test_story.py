"""A made-up past, back-filled and refreshed and folded, is what the people in it did: for any seed and zone."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.events import Event
from integrations.liveagent.simulated_world import Conversation
from integrations.liveagent.simulator import Simulator
from integrations.session import NoGate, Session
from integrations.times import DAY, HOUR, SECOND, instant_of_iso
from tests.desks.liveagent.world import DESK, Office
from tests.desks.wired import HOST, wired
from tests.tries import tries
from tests.workers.stories import agent_of
from workers.observing import observed
from workers.tickets import Ticket, fold

NOW = instant_of_iso("2026-06-17T16:00:00Z")
ZONES = ("Europe/Zagreb", "America/New_York", "Asia/Kathmandu")
WORDS = {"N": "new", "I": "open", "T": "open", "P": "open", "C": "open", "A": "pending", "R": "resolved", "B": "spam"}
SCORES = {"R": 3, "N": 2, "P": 1}
CHANNELS = {"E": "email", "M": "web_form", "B": "chat", "C": "voice", None: "messaging"}

LIVES = pytest.mark.parametrize(("seed", "zone"), [(11, ZONES[0]), (12, ZONES[1]), (13, ZONES[2])])


@cache
def lived(seed: int, zone: str) -> tuple[Simulator, dict[str, Ticket]]:
    """The simulator after a day and a half, and every ticket as it is folded from what it told."""
    simulator = Simulator(seed, ZoneInfo(zone), clock=lambda: NOW)
    simulator.history(1, NOW - 4 * SECOND)
    for second in (3, 2, 1):
        simulator.step(NOW - second * SECOND, moves=1)
    simulator.api.limit_per_minute = 100_000
    office = Office(ZoneInfo(zone), now=NOW)
    office.simulator, office.world = simulator, simulator.world
    found: dict[str, list[Event]] = defaultdict(list)
    with wired(simulator.app), Session(office.access(HOST), NoGate(), clock=lambda: NOW / SECOND) as session:
        pages = list(DESK.backfill(session, since=NOW - 3 * DAY))
        for event in (event for page in pages for event in page.reading.events):
            found[event.ticket].append(event)
        for ticket in dict.fromkeys(ticket for page in pages for ticket in page.reading.refresh):
            reading = DESK.refresh(ticket, session)
            found[ticket] += reading.events
            for present in reading.present:
                found[ticket] += observed(present, fold(ticket, found[ticket]))
    assert simulator.violations == []
    return simulator, {ticket: fold(ticket, events) for ticket, events in found.items()}


def people(simulator: Simulator, one: Conversation) -> list[str]:
    """Who wrote each public message of a ticket, in order."""
    words = [said for block in one.blocks for said in block.messages if said.type == "M"]
    by_time = sorted(words, key=lambda said: said.at)
    return ["agent" if said.user in simulator.world.agents else "customer" for said in by_time]


@given(seed=st.integers(0, 10**6), zone=st.sampled_from(ZONES))
@settings(max_examples=tries(1 / 10))
def test_whatever_the_seed_every_ticket_ends_as_it_did(seed: int, zone: str) -> None:
    simulator, tickets = lived(seed, zone)
    assert tickets.keys() == simulator.world.tickets.keys()
    assert [tickets[one.id].status for one in simulator.world.tickets.values()] == [
        WORDS[one.status] for one in simulator.world.tickets.values()
    ]


@LIVES
def test_every_ticket_is_found_with_its_status_and_holder(seed: int, zone: str) -> None:
    simulator, tickets = lived(seed, zone)
    truth = {one.id: (WORDS[one.status], one.agent or None, one.department) for one in simulator.world.tickets.values()}
    assert {id_: (one.status, one.agent, one.department) for id_, one in tickets.items()} == truth


@LIVES
def test_every_ticket_has_its_tags_channel_and_customer(seed: int, zone: str) -> None:
    simulator, tickets = lived(seed, zone)
    for one in simulator.world.tickets.values():
        told = tickets[one.id]
        assert set(told.tags) == simulator.tags(one.id)
        assert (told.channel, told.customer) == (CHANNELS[one.channel], one.owner.id)


@LIVES
def test_every_ticket_was_created_and_resolved_when_it_was(seed: int, zone: str) -> None:
    simulator, tickets = lived(seed, zone)
    for one in simulator.world.tickets.values():
        told = tickets[one.id]
        assert told.created_at == one.created
        assert [change.at for change in told.resolutions] == [span.start for span in one.spans if span.status == "R"]


@LIVES
def test_every_public_message_has_its_author_in_its_place(seed: int, zone: str) -> None:
    simulator, tickets = lived(seed, zone)
    for one in simulator.world.tickets.values():
        told = [said for said in tickets[one.id].messages if said.public]
        assert [said.by for said in told] == people(simulator, one)
        assert all(said.at >= one.created for said in told)


@LIVES
def test_every_rating_is_one_answer_with_its_score_and_agent(seed: int, zone: str) -> None:
    simulator, tickets = lived(seed, zone)
    told = sorted((id_, said.score, agent_of(one, said) or "") for id_, one in tickets.items() for said in one.answers)
    assert told == sorted((one.ticket, SCORES[one.kind], one.agent.id) for one in simulator.world.ratings)


@LIVES
def test_every_phone_call_is_one_contact_with_its_moments(seed: int, zone: str) -> None:
    simulator, tickets = lived(seed, zone)
    truth = sorted((one.ticket, one.at, one.answered or 0, one.finished or 0) for one in simulator.world.calls)
    told = [(id_, contact) for id_, one in tickets.items() for contact in one.contacts]
    moments = sorted((id_, at.queued_at or 0, at.answered_at or 0, at.ended_at or 0) for id_, at in told)
    assert moments == truth


@pytest.mark.parametrize("back", [HOUR, 12 * HOUR])
def test_what_a_reconciliation_tells_again_changes_no_ticket(back: int) -> None:
    simulator, tickets = lived(7, "Europe/Zagreb")
    again: dict[str, list[Event]] = defaultdict(list)
    office = Office(now=NOW)
    office.simulator = simulator
    with wired(simulator.app), Session(office.access(HOST), NoGate(), clock=lambda: NOW / SECOND) as session:
        for page in DESK.reconcile(session, since=NOW - back):
            for ticket in page.reading.refresh:
                reading = DESK.refresh(ticket, session)
                again[ticket] += [*page.reading.events, *reading.events]
                assert list(observed(reading.present[0], tickets[ticket])) == []
    assert again
