"""A made-up past, fetched or told call by call and folded, is what the people in it did."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.base import Call, Reading
from integrations.events import Event
from integrations.freshdesk import simulated_shapes as shapes
from integrations.freshdesk.simulated_world import CLOSED, OPEN, PENDING, RESOLVED, Fired, Kept, World
from integrations.freshdesk.simulator import Simulator
from integrations.session import NoGate, Session
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant, instant_of_iso
from tests.desks.freshdesk.samples import DESK, access
from tests.desks.freshdesk.world import VIENNA, Shop
from tests.desks.wired import HOST, wired
from tests.tries import tries
from tests.workers.stories import agent_of
from workers.observing import observed
from workers.tickets import Ticket, fold

NOW = instant_of_iso("2026-06-17T16:00:00Z")
WORDS = {OPEN: "open", PENDING: "pending", RESOLVED: "resolved", CLOSED: "closed"}
CHANNELS = {1: "email", 2: "web_form", 3: "voice", 6: "social", 7: "chat", 13: "messaging"}
SCORES = {-103: 1, 100: 2, 103: 3}
LIVES = pytest.mark.parametrize("seed", [11, 12])


def taken(events: list[Event], reading: Reading, ticket: str) -> None:
    """A reading as the pipeline takes it: its facts, then what holds now where they do not explain it."""
    events += [one for one in reading.events if one.ticket == ticket]
    for present in reading.present:
        if present.ticket == ticket:
            events += observed(present, fold(ticket, events))


def options(simulator: Simulator) -> dict[str, Any]:
    """What connecting would have kept."""
    return {"source_names": {str(number): label for label, number in simulator.world.sources.items()}}


@cache
def lived(seed: int) -> tuple[Simulator, dict[str, Ticket]]:
    """The simulator after a day and a half, and every ticket as a back-fill and one refresh tell it."""
    simulator = Simulator(seed, VIENNA, clock=lambda: NOW)
    simulator.history(1, NOW - HOUR)
    for number in range(6):
        simulator.step(NOW - HOUR + number * MINUTE, moves=1)
    simulator.api.calls_per_minute = simulator.api.lists_per_minute = 10**6
    account = replace(access(HOST, **options(simulator)), credentials=simulator.credentials)
    found: dict[str, list[Event]] = defaultdict(list)
    with wired(simulator.app), Session(account, NoGate(), clock=lambda: NOW / SECOND) as session:
        pages = list(DESK.backfill(session, since=NOW - 30 * DAY))
        for page in pages:
            for ticket in {*(one.ticket for one in page.reading.events), *(one.ticket for one in page.reading.present)}:
                taken(found[ticket], page.reading, ticket)
        for ticket in dict.fromkeys(ticket for page in pages for ticket in page.reading.refresh):
            taken(found[ticket], DESK.refresh(ticket, session), ticket)
    assert simulator.violations == []
    return simulator, {ticket: fold(ticket, events) for ticket, events in found.items()}


def kept(simulator: Simulator) -> Iterator[Kept]:
    """Every ticket that still counts."""
    return (one for one in simulator.world.tickets.values() if not one.spam)


class TestFetched:
    @given(seed=st.integers(0, 10**6))
    @settings(max_examples=tries(1 / 10))
    def test_whatever_the_seed_every_ticket_is_found_with_its_status(self, seed: int) -> None:
        simulator, tickets = lived(seed)
        truth = {str(one.id): "spam" if one.spam else WORDS[one.status] for one in simulator.world.tickets.values()}
        assert {id_: one.status for id_, one in tickets.items()} == truth

    @LIVES
    def test_every_ticket_has_its_holder_channel_customer_and_tags(self, seed: int) -> None:
        simulator, tickets = lived(seed)
        for one in kept(simulator):
            told = tickets[str(one.id)]
            assert (told.agent, told.department) == (one.agent and str(one.agent), str(one.group))
            assert (told.channel, told.customer) == (CHANNELS[one.source], str(one.requester))
            assert set(told.tags) == set(one.tags)

    @LIVES
    def test_every_public_message_has_its_author_in_its_place(self, seed: int) -> None:
        simulator, tickets = lived(seed)
        for one in kept(simulator):
            words = [(one.created, "customer")]
            words += [(said.at, "customer" if said.incoming else "agent") for said in one.said if not said.private]
            told = [(said.at, said.by) for said in tickets[str(one.id)].messages if said.public]
            assert told == sorted(words, key=lambda pair: pair[0])

    @LIVES
    def test_every_rating_is_one_answer_with_its_score_and_agent(self, seed: int) -> None:
        simulator, tickets = lived(seed)
        told = sorted((id_, said.score, agent_of(one, said)) for id_, one in tickets.items() for said in one.answers)
        assert told == sorted((str(one.ticket), SCORES[one.code], str(one.agent)) for one in simulator.world.ratings)

    @LIVES
    def test_every_ticket_was_opened_and_last_resolved_when_it_was(self, seed: int) -> None:
        simulator, tickets = lived(seed)
        for one in kept(simulator):
            told = tickets[str(one.id)]
            assert told.created_at == one.created
            if one.stats.get("resolved_at") is not None:
                assert told.resolutions[-1].at == one.stats.get("resolved_at")
                assert told.resolutions[-1].undone_at is None

    @pytest.mark.parametrize("back", [HOUR, 12 * HOUR])
    def test_what_a_reconciliation_tells_again_changes_no_ticket(self, back: int) -> None:
        simulator, tickets = lived(7)
        account = replace(access(HOST, **options(simulator)), credentials=simulator.credentials)
        asked = 0
        with wired(simulator.app), Session(account, NoGate(), clock=lambda: NOW / SECOND) as session:
            for page in DESK.reconcile(session, since=NOW - back):
                for ticket in page.reading.refresh:
                    asked += 1
                    reading = DESK.refresh(ticket, session)
                    assert list(observed(reading.present[0], tickets[ticket])) == []
        assert asked > 0


def changes(world: World, ticket: Kept, random: Random, start: Instant) -> Iterator[tuple[Instant, str | None]]:
    """One ticket's life, move by move: when, and the status that it has from then on, None where it stays."""
    now = start
    before = OPEN
    for _ in range(random.randrange(3, 9)):
        now += random.randrange(60, 7200) * SECOND
        _move(world, ticket, random, now)
        yield now, None if ticket.status == before else WORDS[ticket.status]
        before = ticket.status


def _move(world: World, ticket: Kept, random: Random, now: Instant) -> None:
    agent = random.choice([*world.agents][1:])
    match random.randrange(6):
        case 0:
            world.say(ticket, now, ticket.requester, "And now?", incoming=True)
        case 1:
            world.say(ticket, now, agent, "We look.", private=True, source=2)
        case 2:
            world.say(ticket, now, agent, "We looked.")
            world.set_status(ticket, now, PENDING)
        case 3:
            world.assign(ticket, now, agent=agent, group=random.choice([*world.groups]))
        case 4:
            world.set_status(ticket, now, RESOLVED)
        case _:
            world.set_status(ticket, now, random.choice((OPEN, CLOSED)))


def truth(start: Instant, moves: Iterable[tuple[Instant, str | None]]) -> list[tuple[Instant, str]]:
    """Every change of status that there was."""
    return [(start, "open"), *((at, status) for at, status in moves if status is not None)]


def lasted(ticket: Ticket) -> list[tuple[Instant, str]]:
    """Every status that held for a while: a ticket that is reopened into another status is open for no time."""
    following = [*(one.at for one in ticket.statuses[1:]), None]
    return [(one.at, one.status) for one, end in zip(ticket.statuses, following, strict=True) if end != one.at]


class TestTold:
    """With each call answered before the next thing happens, everything is told, also what Freshdesk forgets."""

    @given(seed=st.integers(0, 10**6))
    @settings(max_examples=tries(1 / 6))
    def test_by_a_rules_hints_each_answered_at_once(self, seed: int) -> None:
        shop, start = Shop(now=NOW), NOW - 2 * DAY
        ticket = shop.world.open(start, shop.customer, subject="x", group=shop.orders)
        id_, events, moves = str(ticket.id), list[Event](), list[tuple[Instant, str | None]]()
        with shop.open() as (session, _):
            taken(events, DESK.refresh(id_, session), id_)
            for move in changes(shop.world, ticket, Random(seed), start):
                moves.append(move)
                taken(events, DESK.refresh(id_, session), id_)
        told = fold(id_, events)
        assert lasted(told) == truth(start, moves)
        assert (told.agent, told.department) == (ticket.agent and str(ticket.agent), str(ticket.group))

    @given(seed=st.integers(0, 10**6), order=st.randoms(use_true_random=False))
    @settings(max_examples=tries(1 / 2))
    def test_by_the_apps_events_in_any_order_and_as_often_as_they_come(self, seed: int, order: Random) -> None:
        shop, start = Shop(now=NOW), NOW - 2 * DAY
        ticket = shop.world.open(start, shop.customer, subject="x", group=shop.orders)
        id_, moves = str(ticket.id), list[tuple[Instant, str | None]]()
        bodies = list(sent(shop))
        for move in changes(shop.world, ticket, Random(seed), start):
            moves.append(move)
            bodies += sent(shop)
        bodies += order.choices(bodies, k=3)
        order.shuffle(bodies)
        told = fold(id_, [one for body in bodies for one in read(body).events])
        assert lasted(told) == truth(start, moves)
        assert told.agent == (ticket.agent and str(ticket.agent))
        assert told.department == str(ticket.group)
        assert len(told.messages) == 1 + len(ticket.said)

    @given(seed=st.integers(0, 10**6))
    @settings(max_examples=tries(1 / 6))
    def test_a_refresh_after_all_the_apps_events_moves_nothing(self, seed: int) -> None:
        shop, start = Shop(now=NOW), NOW - 2 * DAY
        ticket = shop.world.open(start, shop.customer, subject="x", group=shop.orders)
        id_, events = str(ticket.id), list[Event]()
        bodies = list(sent(shop))
        for _ in changes(shop.world, ticket, Random(seed), start):
            bodies += sent(shop)
        for body in bodies:
            taken(events, read(body), id_)
        before = fold(id_, events)
        taken(events, shop.refreshed(ticket), id_)
        after = fold(id_, events)
        assert lasted(after) == lasted(before)
        assert (after.resolutions, after.messages) == (before.resolutions, before.messages)
        assert (after.status, after.agent, after.department) == (before.status, before.agent, before.department)
        assert after.stays == before.stays


def sent(shop: Shop) -> list[dict[str, Any]]:
    """The events that the app sends of what just happened."""
    fired: list[Fired] = [one for one in shop.world.fired if one.event.startswith("on")]
    shop.world.fired.clear()
    bodies = []
    for one in fired:
        ticket = shop.world.tickets[one.ticket]
        said = next((said for said in ticket.said if said.id == one.said), None)
        bodies.append(shapes.event(shop.world, one.event, ticket, said, dict(one.changes)))
    return bodies


def read(body: dict[str, Any]) -> Reading:
    return DESK.parse(Call(json.dumps(body).encode(), {}, {}, NOW), access())
