"""Round and round: what Deskpulse writes comes back, what was lost is found, and nothing is done twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
import responses

from integrations.actions import Action, AddNote, AddTag, PutSummary, RemoveTag, Section, SetField
from integrations.base import Call, Reading
from integrations.errors import DeskpulseError, Retry
from integrations.session import NoGate, Session
from integrations.times import DAY, HOUR, SECOND
from tests.desks.wired import HOST, Wire
from tests.desks.zammad.office import CLOSED, DESK, NOW, OPEN, SECRET, Office, access_to, at
from workers.observing import observed
from workers.tickets import Ticket, fold

URL = "https://us.example/webhooks/zammad/acme"
ACTIONS: tuple[Action, ...] = (
    AddTag("1", "channel-email"),
    AddTag("1", "deskpulse-follow-up"),
    RemoveTag("1", "deskpulse-follow-up"),
    SetField("1", "csat", "2"),
    AddNote("1", "deskpulse:n:1", ("The customer answered 1 of 5",)),
    PutSummary("deskpulse:w:24", "Week 24", (Section("Volume", ("1 ticket",)),)),
)
KINDS = ("429", "500 late", "drop late")


@dataclass
class Round:
    """A desk whose webhooks come straight back to us, and a session to it."""

    office: Office
    session: Session
    calls: list[Call] = field(default_factory=list)

    def deliver(self) -> list[Reading]:
        """Post what waits, and read it."""
        self.calls.clear()
        self.office.simulator.flush()
        return [DESK.parse(call, self.session.access) for call in self.calls]

    def refreshed(self) -> Ticket:
        """The first ticket as a refresh tells it."""
        reading = DESK.refresh("1", self.session)
        made = fold("1", reading.events)
        assert list(observed(reading.present[0], made)) == []
        return made


@pytest.fixture(params=["default payload", "ids alone"])
def rounds(request: pytest.FixtureRequest) -> Iterator[Round]:
    """One ticket, answered by Eva."""
    office = Office()
    ticket = office.letter(at("10 09:00"))
    office.world.say(ticket, at("10 09:30"), office.eva, state=OPEN, owner=office.eva.id)
    office.simulator.connect(URL, SECRET.decode())
    wire = Wire(office.simulator.app)
    access = access_to(HOST, credentials=office.simulator.credentials)
    session = Session(access, NoGate(), clock=lambda: office.now / SECOND)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock, session:
        it = Round(office, session)
        mock.add_callback("POST", URL, callback=lambda call: _kept(it, call))
        for method in ("GET", "POST", "PUT", "DELETE"):
            mock.add_callback(method, _below(HOST), callback=wire.answer)
        if request.param == "ids alone":
            DESK.install(session, webhook_url=URL, secret=SECRET.decode())
        yield it
    assert office.simulator.violations == []


def _below(host: str) -> re.Pattern[str]:
    return re.compile(re.escape(host) + "/.*")


def _kept(it: Round, call: Any) -> tuple[int, dict[str, str], str]:
    headers = {name.lower(): value for name, value in call.headers.items()}
    told = Call(call.body, headers, {}, NOW)
    DESK.verify(told, (SECRET,), now=NOW)
    it.calls.append(Call(DESK.kept(told.body), headers, {}, NOW))
    return 202, {}, ""


class TestEchoes:
    def test_our_own_writing_never_starts_a_loop(self, rounds: Round) -> None:
        before = rounds.refreshed()
        for number in range(10):
            for action in ACTIONS:
                DESK.apply(action, rounds.session)
            readings = rounds.deliver()
            assert len(readings) <= (3 if number == 0 else 0), "what is done already is not written again"
        assert rounds.refreshed() == before

    def test_a_note_of_ours_says_nothing_new_when_it_comes_back(self, rounds: Round) -> None:
        before = rounds.refreshed()
        DESK.apply(ACTIONS[4], rounds.session)
        told = [event for reading in rounds.deliver() for event in reading.events]
        assert {event.type for event in told} <= {"ticket.created"}
        assert rounds.refreshed() == before

    def test_a_summary_is_known_whichever_comes_first(self, rounds: Round) -> None:
        done = DESK.apply(ACTIONS[5], rounds.session)
        readings = rounds.deliver()
        tickets = {ticket for reading in readings for ticket in reading.refresh}
        found = [*readings, *(DESK.refresh(ticket, rounds.session) for ticket in tickets)]
        events = [event for reading in found for event in reading.events]
        made = fold(str(done.object_id), events)
        assert (made.tags, made.channel) == (("deskpulse-summary",), "internal")
        assert all(reading.present == () for reading in found)

    def test_what_a_customer_does_meanwhile_is_not_taken_for_ours(self, rounds: Round) -> None:
        DESK.apply(ACTIONS[4], rounds.session)
        ticket = rounds.office.world.tickets[1]
        rounds.office.world.say(ticket, NOW, rounds.office.jo, body="Hello?")
        assert ("1",) in [reading.refresh for reading in rounds.deliver()]
        assert [said.by for said in rounds.refreshed().messages] == ["customer", "agent", "customer"]


class TestOnce:
    @pytest.mark.parametrize("faults", list(product(KINDS, KINDS)), ids="-".join)
    def test_whatever_fails_there_is_one_of_each(self, faults: tuple[Any, ...]) -> None:
        office = Office()
        office.letter(at("10 09:00"))
        with office.open() as session:
            for action in ACTIONS:
                for fault in faults:
                    office.simulator.trouble.order(fault)
                _until_done(action, session)
                office.simulator.trouble.ordered.clear()
        simulator = office.simulator
        assert simulator.own_tags() == {"1": ["channel-email"]}
        assert {id_: len(notes) for id_, notes in simulator.own_notes().items()} == {"1": 1}
        assert len(simulator.summaries()) == 1
        assert office.world.tickets[1].values["csat"] == "2"

    def test_a_desk_that_fails_for_long_is_asked_no_more_than_once_each_time(self) -> None:
        office = Office()
        office.letter(at("10 09:00"))
        with office.wired() as (wire, session):
            for _ in range(5):
                office.simulator.trouble.order("500", "GET")
                wire.sent.clear()
                with pytest.raises(Retry):
                    DESK.refresh("1", session)
                assert wire.sent == ["GET /api/v1/tickets/1"]


class TestLost:
    def test_what_no_webhook_told_is_found_by_the_reconciliation(self, rounds: Round) -> None:
        office = rounds.office
        old, new = office.letter(at("01 09:00")), office.letter(at("14 09:00"))
        office.world.change(old, at("14 10:00"), office.eva.id, state=CLOSED)
        office.world.merge(new, at("14 11:00"), office.eva, into=office.world.tickets[1])
        office.world.fired.clear()
        pages = list(DESK.reconcile(rounds.session, since=NOW - 2 * DAY))
        asked = {ticket for page in pages for ticket in page.reading.refresh}
        assert asked == {"1", str(old.id), str(new.id)}
        made = {ticket: fold(ticket, DESK.refresh(ticket, rounds.session).events) for ticket in asked}
        assert (made[str(old.id)].status, made[str(new.id)].merged_into) == ("resolved", "1")

    def test_what_every_webhook_told_already_is_told_again_and_changes_nothing(self, rounds: Round) -> None:
        before = rounds.refreshed()
        (page,) = DESK.reconcile(rounds.session, since=NOW - 30 * DAY)
        assert page.reading.refresh == ("1",)
        assert fold("1", [*page.reading.events, *DESK.refresh("1", rounds.session).events]) == before

    def test_nothing_is_asked_about_when_nothing_happened(self, rounds: Round) -> None:
        (page,) = DESK.reconcile(rounds.session, since=NOW - HOUR)
        assert (page.reading.events, page.reading.refresh) == ((), ())


def _until_done(action: Action, session: Session) -> None:
    """As the workers do: again after a failure that may pass."""
    for _ in range(5):
        try:
            DESK.apply(action, session)
        except Retry:
            continue
        except DeskpulseError as error:
            raise AssertionError(f"{action} was given up: {error}") from error
        return
    raise AssertionError(f"{action} is never done")
