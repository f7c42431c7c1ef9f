"""A made-up past of a Zammad, told by webhooks in any order, by a back-fill or by both, is what the people did."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.base import Reading
from integrations.events import Event
from integrations.session import NoGate, Session
from integrations.times import DAY, HOUR, SECOND
from integrations.zammad import simulated_shapes as shapes
from integrations.zammad.simulated_world import STATES
from integrations.zammad.simulated_world import Ticket as Held
from integrations.zammad.simulator import Simulator
from tests.desks.wired import HOST, wired
from tests.desks.zammad.office import DESK, NOW, SECRET, access_to, signed
from tests.tries import tries
from workers.observing import observed
from workers.tickets import Ticket, fold

_STATUS = {"new": "new", "open": "open", "pending reminder": "on_hold", "closed": "resolved"}
_CHANNEL = {"email": "email", "web": "web_form", "phone": "voice", "chat": "chat", "whatsapp message": "messaging",
            "twitter status": "social", "sms": "sms"}  # fmt: skip
WORDS = {number: _STATUS.get(name, "") for name, (number, _) in STATES.items()}
SEEDS = pytest.mark.parametrize("seed", [11, 12, 13])
DAYS = 4


@cache
def lived(seed: int) -> Simulator:
    """A few days of a company."""
    simulator = Simulator(seed, ZoneInfo("Europe/Zagreb"), clock=lambda: NOW)
    simulator.history(DAYS, NOW - SECOND)
    return simulator


def asked(simulator: Simulator, *, back: int = 30 * DAY) -> list[Reading]:
    """What a reconciliation and the refreshes it asks for tell."""
    access = access_to(HOST, credentials=simulator.credentials)
    with wired(simulator.app), Session(access, NoGate(), clock=lambda: NOW / SECOND) as session:
        pages = [page.reading for page in DESK.reconcile(session, since=NOW - back)]
        wanted = dict.fromkeys(ticket for page in pages for ticket in page.refresh)
        found = [*pages, *(DESK.refresh(ticket, session) for ticket in wanted)]
    assert simulator.violations == []
    return found


def told(simulator: Simulator) -> list[Reading]:
    """What one webhook with the default payload for each article would tell today."""
    bodies = (
        shapes.payload(simulator.world, one, said) for one in simulator.world.tickets.values() for said in one.articles
    )
    return [DESK.parse(signed(json.dumps(body).encode(), SECRET), access_to()) for body in bodies]


def folded(readings: Iterable[Reading]) -> dict[str, Ticket]:
    """Every ticket as the pipeline makes it of these, in this order."""
    events: dict[str, list[Event]] = defaultdict(list)
    for reading in readings:
        for event in reading.events:
            events[event.ticket].append(event)
        for present in reading.present:
            known = events[present.ticket]
            known += list(observed(present, fold(present.ticket, known)))
    return {ticket: fold(ticket, found) for ticket, found in events.items()}


@cache
def filled(seed: int) -> tuple[Reading, ...]:
    """What a back-fill of all of it tells."""
    return tuple(asked(lived(seed)))


@cache
def hooked(seed: int) -> tuple[Reading, ...]:
    """What its webhooks would tell."""
    return tuple(told(lived(seed)))


@cache
def tickets(seed: int) -> dict[str, Ticket]:
    """Every ticket after a back-fill."""
    return folded(filled(seed))


def held(seed: int) -> dict[str, Held]:
    """Every ticket as it stands in the simulator."""
    return {str(one.id): one for one in lived(seed).world.tickets.values()}


@SEEDS
def test_every_ticket_is_found_with_its_status_holder_and_group(seed: int) -> None:
    truth = {
        id_: (WORDS[one.values["state"]], _owner(one), str(one.values["group"])) for id_, one in held(seed).items()
    }
    assert {id_: (one.status, one.agent, one.department) for id_, one in tickets(seed).items()} == truth


@SEEDS
def test_every_ticket_has_its_channel_customer_tags_and_attributes(seed: int) -> None:
    for id_, one in held(seed).items():
        made = tickets(seed)[id_]
        assert (made.channel, made.customer) == (_CHANNEL[one.type], str(one.customer))
        assert (list(made.tags), made.fields["region"]) == (one.tags, one.values["region"])


@SEEDS
def test_every_ticket_was_created_resolved_and_reopened_when_it_was(seed: int) -> None:
    closed = STATES["closed"][0]
    for id_, one in held(seed).items():
        rows = [row for row in lived(seed).world.history[one.id] if row.attribute == "state"]
        made = tickets(seed)[id_]
        assert made.created_at == one.created_at
        assert [change.at for change in made.resolutions] == [row.at for row in rows if row.ids[1] == closed]
        undone = [change.undone_at for change in made.resolutions if change.undone_at is not None]
        assert undone == [row.at for row in rows if row.ids[0] == closed]


@SEEDS
def test_every_message_has_its_author_and_its_moment(seed: int) -> None:
    for id_, one in held(seed).items():
        truth = [(said.at, said.sender.lower(), not said.internal) for said in one.articles]
        assert [(said.at, said.by, said.public) for said in tickets(seed)[id_].messages] == truth


@SEEDS
@pytest.mark.parametrize("back", [HOUR, 2 * DAY, 30 * DAY])
def test_what_a_reconciliation_tells_again_changes_nothing(seed: int, back: int) -> None:
    again = asked(lived(seed), back=back)
    for reading in again:
        for present in reading.present:
            assert list(observed(present, tickets(seed)[present.ticket])) == []
    assert folded([*filled(seed), *again]) == tickets(seed)


@settings(max_examples=tries(1 / 4))
@given(
    seed=st.sampled_from([11, 12, 13]), order=st.randoms(use_true_random=False), share=st.sampled_from([0.0, 0.5, 1.0])
)
def test_webhooks_in_any_order_and_number_change_nothing_that_a_refresh_tells(
    seed: int, order: Random, share: float
) -> None:
    """Late, repeated and missing webhooks beside a back-fill make the tickets that the back-fill makes."""
    hooks = [reading for reading in hooked(seed) for _ in range(order.choice((0, 1, 2))) if order.random() < share]
    mixed = [*hooks, *filled(seed)]
    order.shuffle(mixed)
    made = folded([*mixed, *filled(seed)])
    for id_, one in tickets(seed).items():
        other = made[id_]
        assert (other.status, other.agent, other.department, other.channel) == (
            one.status, one.agent, one.department, one.channel,
        )  # fmt: skip
        assert (other.resolutions, other.messages, other.transfers) == (one.resolutions, one.messages, one.transfers)
        assert (other.tags, other.customer, other.created_at, other.fields) == (
            one.tags, one.customer, one.created_at, one.fields,
        )  # fmt: skip


@settings(max_examples=tries(1 / 10))
@given(seed=st.integers(0, 10**6))
def test_whatever_the_seed_every_ticket_ends_as_it_did(seed: int) -> None:
    simulator = Simulator(seed, ZoneInfo("UTC"), clock=lambda: NOW)
    simulator.history(2, NOW - SECOND)
    made = folded(asked(simulator))
    assert {id_: one.status for id_, one in made.items()} == {
        str(one.id): WORDS[one.values["state"]] for one in simulator.world.tickets.values()
    }


def _owner(one: Held) -> str | None:
    return None if one.values["owner"] == 1 else str(one.values["owner"])
