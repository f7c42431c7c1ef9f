"""What people do in a simulated Chatwoot, told by its calls in any order or fetched, folds into what it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.base import Call, Reading
from integrations.chatwoot import simulated_shapes as shapes
from integrations.chatwoot.simulated_world import INCOMING, OUTGOING, Talk
from integrations.events import Event
from integrations.times import DAY, MINUTE, SECOND, Instant
from tests.desks.chatwoot.samples import BEGIN, DESK
from tests.desks.chatwoot.world import Office
from tests.tries import tries
from workers.observing import observed
from workers.tickets import Ticket, fold

WORDS = {"open": "open", "pending": "open", "resolved": "resolved", "snoozed": "on_hold"}
MOVES = (
    "write", "answer", "note", "robot", "take", "drop", "team", "no team", "label", "less", "ours", "field", "no field",
    "resolve", "open", "snooze", "pend", "rate",
)  # fmt: skip
STORY = st.lists(st.tuples(st.sampled_from(MOVES), st.integers(1, 3), st.integers(0, 2)), max_size=18)
FEW = settings(max_examples=tries(1 / 4))
#: What passes between two moves: a moment in which Chatwoot saves twice, less than a second, and longer.
PAUSES = (3_000, 120_000, 40 * SECOND)


def acted(office: Office, move: str, talk: Talk, at: Instant) -> None:
    """One move of somebody."""
    world = office.world
    moves: dict[str, Callable[[], object]] = {
        "write": lambda: world.write(talk, at, "Hello?"),
        "answer": lambda: world.reply(talk, at, office.eva, "We look into it"),
        "note": lambda: world.note(talk, at, office.ivo, "Third one"),
        "robot": lambda: world.reply(talk, at, world.bot, "Robot here"),
        "take": lambda: world.assign(talk, at, office.ivo),
        "drop": lambda: world.assign(talk, at, None),
        "team": lambda: world.move(talk, at, (6, "returns")),
        "no team": lambda: world.move(talk, at, None),
        "label": lambda: world.set_labels(talk, at, [*talk.labels, "vip"]),
        "less": lambda: world.set_labels(talk, at, []),
        "ours": lambda: world.set_labels(talk, at, [*talk.labels, "channel-email"]),
        "field": lambda: world.set_custom(talk, at, {**talk.custom, "region": "islands"}),
        "no field": lambda: world.set_custom(talk, at, {}),
        "resolve": lambda: world.set_status(talk, at, "resolved"),
        "open": lambda: world.set_status(talk, at, "open"),
        "snooze": lambda: world.set_status(talk, at, "snoozed"),
        "pend": lambda: world.set_status(talk, at, "pending"),
        "rate": lambda: world.rate(talk, at, 4, "Kind") if world.survey_of(talk) else None,
    }
    moves[move]()


def lived(story: Sequence[tuple[str, int, int]], *, prompt: bool = False) -> tuple[Office, list[Call]]:
    """Three conversations to which this happened, and the calls of it.

    The payloads are built at the end of everything, or, when the jobs are prompt, at once.
    """
    office, calls = Office(), []
    talks = [office.talk(name) for name in ("Mail", "Website", "Text messages")]
    for move, number, pause in story:
        at = office.clock.later(PAUSES[pause])
        acted(office, move, talks[number - 1], at)
        if prompt:
            calls += built(office)
    office.clock.later(MINUTE)
    return office, [*calls, *built(office)]


def built(office: Office) -> list[Call]:
    """The calls of what waits, as they would be sent now."""
    jobs, office.world.jobs[:] = list(office.world.jobs), []
    bodies = [office.simulator._body(job) for job in jobs]
    return [Call(body, {}, {}, office.clock.now) for body in bodies]


def events_of(readings: Sequence[Reading]) -> dict[str, list[Event]]:
    """The events of each ticket, present values observed as they come."""
    found: dict[str, list[Event]] = defaultdict(list)
    for reading in readings:
        for event in reading.events:
            found[event.ticket].append(event)
        for present in reading.present:
            found[present.ticket] += observed(present, fold(present.ticket, found[present.ticket]))
    return found


def folded(readings: Sequence[Reading]) -> dict[str, Ticket]:
    return {ticket: fold(ticket, events) for ticket, events in events_of(readings).items()}


def called(office: Office, calls: Sequence[Call]) -> list[Reading]:
    return [DESK.parse(call, office.access()) for call in calls]


def fetched(office: Office) -> list[Reading]:
    with office.asked() as session:
        return [DESK.refresh(str(id_), session) for id_ in office.world.talks]


def require_true(office: Office, tickets: dict[str, Ticket]) -> None:
    """Each ticket is what Chatwoot holds."""
    assert {int(ticket) for ticket in tickets} == set(office.world.talks)
    for id_, talk in office.world.talks.items():
        ticket = tickets[str(id_)]
        assert (ticket.status, ticket.customer) == (WORDS[talk.status], str(talk.contact.id))
        assert ticket.agent == (None if talk.assignee is None else str(talk.assignee.id))
        assert ticket.department == (None if talk.team is None else str(talk.team[0]))
        assert set(ticket.tags) == set(talk.labels) - {"channel-email"}
        assert ticket.fields.get("region") == talk.custom.get("region")
        scores = [row.score for row in office.world.answers if row.talk is talk]
        assert [answer.score for answer in ticket.standing_answers()] == scores


@given(story=STORY)
@FEW
def test_a_refresh_of_every_conversation_holds_what_chatwoot_holds(story: list[tuple[str, int, int]]) -> None:
    office, _ = lived(story)
    require_true(office, folded(fetched(office)))


@given(story=STORY, prompt=st.booleans(), seed=st.integers(0, 2**16))
@FEW
def test_the_calls_in_any_order_and_twice_fold_into_one_ticket(
    story: list[tuple[str, int, int]], prompt: bool, seed: int
) -> None:
    office, calls = lived(story, prompt=prompt)
    whole = folded(called(office, calls))
    random = Random(seed)
    shuffled = [*calls, *random.sample(calls, len(calls) // 2)]
    random.shuffle(shuffled)
    assert folded(called(office, shuffled)) == whole
    require_true(office, whole)


@given(story=STORY, seed=st.integers(0, 2**16))
@FEW
def test_whatever_calls_were_lost_a_refresh_makes_it_good(story: list[tuple[str, int, int]], seed: int) -> None:
    office, calls = lived(story, prompt=True)
    random = Random(seed)
    kept = [call for call in calls if random.random() < 0.6]
    require_true(office, folded([*called(office, kept), *fetched(office)]))


@given(story=STORY)
@FEW
def test_a_refresh_after_all_calls_changes_no_count(story: list[tuple[str, int, int]]) -> None:
    apart = [(move, number, 2) for move, number, _ in story]
    office, calls = lived(apart, prompt=True)
    before = folded(called(office, calls))
    after = folded([*called(office, calls), *fetched(office)])
    for ticket, told in before.items():
        again = after[ticket]
        assert [one.at for one in again.messages] == [one.at for one in told.messages]
        assert len(again.resolutions) == len(told.resolutions)
        assert [one.undone_at is None for one in again.resolutions] == [
            one.undone_at is None for one in told.resolutions
        ]
        assert (again.handover_at is None) == (told.handover_at is None)
        assert len(again.surveys) == len(told.surveys)


@given(story=STORY)
@FEW
def test_messages_are_those_that_were_written_in_their_order(story: list[tuple[str, int, int]]) -> None:
    office, calls = lived(story, prompt=True)
    for tickets in (folded(called(office, calls)), folded(fetched(office))):
        for id_, talk in office.world.talks.items():
            written = [said for said in talk.messages if said.kind in (INCOMING, OUTGOING)]
            told = tickets[str(id_)].messages
            assert [one.public for one in told] == [not said.private for said in written]
            assert [one.at for one in told] == [said.at // SECOND * SECOND for said in written]
            kinds = {"contact": "customer", "user": "agent", "agent_bot": "bot"}
            assert [one.by for one in told] == [kinds[said.sender.type] for said in written if said.sender]


@pytest.mark.parametrize("move", MOVES)
def test_each_single_move_is_told_by_its_calls_and_by_a_refresh(move: str) -> None:
    office, calls = lived([("resolve", 1, 2), (move, 1, 2)], prompt=True)
    require_true(office, folded(called(office, calls)))
    require_true(office, folded(fetched(office)))


@pytest.mark.parametrize("seed", range(3))
def test_a_made_up_past_is_fetched_as_it_was(seed: int) -> None:
    office = Office()
    office.simulator.life.random.seed(seed)
    office.simulator.history(2, office.clock.later(3 * DAY))
    with office.asked() as session:
        wanted = {ticket for page in DESK.backfill(session, since=BEGIN) for ticket in page.reading.refresh}
        tickets = folded([DESK.refresh(ticket, session) for ticket in sorted(wanted)])
    require_true(office, tickets)
    for id_, talk in office.world.talks.items():
        resolved = [said.at for said in talk.messages if "marked resolved" in said.text]
        assert [one.at for one in tickets[str(id_)].resolutions] == [at // SECOND * SECOND for at in resolved]
    assert len(tickets) > 10


def test_a_late_payload_holds_the_present_and_moves_nothing_back() -> None:
    office = Office()
    talk = office.talk()
    for status in ("resolved", "open", "resolved"):
        office.world.set_status(talk, office.clock.later(), status)
    early = [shapes.payload(job) for job in office.world.jobs]
    assert {told["status"] for told in early if "status" in told} == {"resolved"}
    ticket = folded(called(office, built(office)))[str(talk.id)]
    assert ticket.status == "resolved"
    assert len(ticket.resolutions) == 2
