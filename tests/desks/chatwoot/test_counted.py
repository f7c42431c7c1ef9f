"""What is counted of a conversation in Chatwoot, told by its calls and by a refresh: the same either way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from integrations.base import Reading
from integrations.chatwoot.simulated_world import Talk
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant
from tests.desks.chatwoot.samples import DESK
from tests.desks.chatwoot.test_story import built, called, folded
from tests.desks.chatwoot.world import Office
from tests.workers.stories import agent_of
from workers.rules import rules_of
from workers.tickets import Ticket
from workers.timeline import direction, excluded, first_response, handled_by

RULES = rules_of({}, 1)
Telling = Callable[[Office, Talk], Ticket]


def by_calls(office: Office, talk: Talk) -> Ticket:
    """As the calls alone tell it."""
    return folded(called(office, built(office)))[str(talk.id)]


def by_refresh(office: Office, talk: Talk) -> Ticket:
    """As a refresh alone tells it."""
    with office.asked() as session:
        readings: list[Reading] = [DESK.refresh(str(talk.id), session)]
    return folded(readings)[str(talk.id)]


def by_both(office: Office, talk: Talk) -> Ticket:
    """As the calls and then a refresh tell it."""
    calls = called(office, built(office))
    with office.asked() as session:
        return folded([*calls, DESK.refresh(str(talk.id), session)])[str(talk.id)]


EITHER_WAY = pytest.mark.parametrize("told", [by_calls, by_refresh, by_both])


@pytest.fixture
def office() -> Office:
    return Office()


def response_time(ticket: Ticket) -> Instant:
    """How long the customer waited for the first response."""
    found = first_response(ticket, RULES)
    assert found is not None
    return found[1].at - found[0]


@EITHER_WAY
class TestFirstResponse:
    def test_it_is_from_the_customers_words_to_an_agents(self, office: Office, told: Telling) -> None:
        talk = office.talk()
        office.world.reply(talk, office.clock.later(4 * MINUTE + 10 * SECOND), office.eva, "Let me look")
        ticket = told(office, talk)
        assert response_time(ticket) == 250 * SECOND
        assert (direction(ticket), handled_by(ticket, RULES)) == ("inbound", "human")

    def test_a_bot_a_note_a_rule_and_a_greeting_are_none(self, office: Office, told: Telling) -> None:
        talk = office.talk()
        office.world.reply(talk, office.clock.later(SECOND), office.world.bot, "Robot here")
        office.world.note(talk, office.clock.later(), office.eva, "Third one")
        office.world.reply(talk, office.clock.later(), office.eva, "Soon", attributes={"automation_rule_id": 2})
        office.world.reply(talk, office.clock.later(57 * MINUTE - SECOND), office.ivo, "Hello")
        ticket = told(office, talk)
        assert response_time(ticket) == 59 * MINUTE
        assert handled_by(ticket, RULES) == "both"

    def test_after_a_bot_it_begins_with_the_handover(self, office: Office, told: Telling) -> None:
        talk = office.talk("Website")
        office.world.reply(talk, office.clock.later(2 * SECOND), office.world.bot, "Order number?")
        office.world.set_status(talk, office.clock.later(10 * MINUTE), "open", by="Robo")
        office.world.reply(talk, office.clock.later(3 * MINUTE), office.eva, "I am Eva")
        assert response_time(told(office, talk)) == 3 * MINUTE

    def test_an_agent_who_writes_first_waits_for_nobody(self, office: Office, told: Telling) -> None:
        talk = office.talk(text=None)
        office.world.reply(talk, office.clock.now, office.eva, "Your lamp is ready")
        office.world.write(talk, office.clock.later(DAY), "Thank you! When?")
        office.world.reply(talk, office.clock.later(HOUR), office.eva, "Until six")
        ticket = told(office, talk)
        assert direction(ticket) == "outbound"
        assert response_time(ticket) == HOUR


@EITHER_WAY
class TestResolutions:
    def test_each_is_counted_with_the_agent_who_wrote_last(self, office: Office, told: Telling) -> None:
        talk = office.talk()
        office.world.assign(talk, office.clock.later(), office.ivo)
        office.world.reply(talk, office.clock.later(), office.eva, "Done")
        first = office.clock.later(HOUR)
        office.world.set_status(talk, first, "resolved")
        again = office.clock.later(DAY)
        office.world.write(talk, again, "Not quite")
        last = office.clock.later(HOUR)
        office.world.set_status(talk, last, "resolved")
        ticket = told(office, talk)
        assert [(one.at, one.undone_at) for one in ticket.resolutions] == [(first, again), (last, None)]
        assert {agent_of(ticket, one) for one in ticket.resolutions} == {str(office.eva.id)}

    @pytest.mark.parametrize("began", ["open", "resolved"])
    def test_two_changes_within_one_second_are_two(self, office: Office, told: Telling, began: str) -> None:
        talk = office.talk()
        first = office.clock.later(DAY) // SECOND * SECOND
        if began == "resolved":
            office.world.set_status(talk, first, "resolved")
        again = office.clock.later(HOUR) // SECOND * SECOND
        other = {"open": "resolved", "resolved": "open"}
        for fraction, status in ((SECOND // 5, other[began]), (SECOND * 7 // 10, began)):
            office.clock.now = again + fraction
            office.world.set_status(talk, office.clock.now, status)
        ticket = told(office, talk)
        expected = [(again, again)] if began == "open" else [(first, again), (again, None)]
        assert [(one.at, one.undone_at) for one in ticket.resolutions] == expected
        assert ticket.status == began

    def test_one_by_the_bot_alone_is_the_bots(self, office: Office, told: Telling) -> None:
        talk = office.talk("Website")
        office.world.reply(talk, office.clock.later(SECOND), office.world.bot, "It is on its way")
        office.world.set_status(talk, office.clock.later(), "resolved", by="Robo")
        ticket = told(office, talk)
        assert (handled_by(ticket, RULES), len(ticket.resolutions)) == ("bot", 1)

    def test_snoozing_is_no_resolution(self, office: Office, told: Telling) -> None:
        talk = office.talk()
        for status in ("snoozed", "open"):
            office.world.set_status(talk, office.clock.later(HOUR), status)
        ticket = told(office, talk)
        assert [change.status for change in ticket.statuses][-2:] == ["on_hold", "open"]
        assert ticket.resolutions == ()


@pytest.mark.parametrize("lost", range(4))
def test_of_two_changes_within_one_second_a_lost_call_makes_neither_twice(office: Office, lost: int) -> None:
    talk = office.talk()
    office.world.set_status(talk, office.clock.later(), "resolved")
    again = office.clock.later(HOUR) // SECOND * SECOND
    calls = called(office, built(office))
    for fraction, status in ((SECOND // 5, "open"), (SECOND * 7 // 10, "resolved")):
        office.clock.now = again + fraction
        office.world.set_status(talk, office.clock.now, status)
        calls += called(office, built(office))
    del calls[-1 - lost]
    with office.asked() as session:
        ticket = folded([DESK.refresh(str(talk.id), session), *calls])[str(talk.id)]
    assert [one.undone_at for one in ticket.resolutions] == [again, None]


@EITHER_WAY
def test_a_summary_is_out_of_every_count(office: Office, told: Telling) -> None:
    inbox = office.inbox("Deskpulse summaries")
    talk = office.world.open(office.clock.later(), inbox, office.ada, None, status="resolved")
    office.world.note(talk, office.clock.later(), office.simulator.plugin, "Week 24")
    ticket = told(office, talk)
    assert excluded(ticket, RULES) == "channel"
    assert ticket.tags == ("deskpulse-summary",)


@EITHER_WAY
def test_a_survey_counts_as_asked_and_once_as_answered(office: Office, told: Telling) -> None:
    talk = office.talk()
    office.world.reply(talk, office.clock.later(), office.eva, "Done")
    office.world.set_status(talk, office.clock.later(), "resolved")
    asked = office.clock.now
    office.world.rate(talk, office.clock.later(), 2)
    office.world.rate(talk, office.clock.later(SECOND), 2, "Too slow")
    ticket = told(office, talk)
    assert [(one.at, one.kind) for one in ticket.surveys] == [(asked, "csat")]
    (answer,) = ticket.standing_answers()
    assert (answer.score, answer.low, answer.high, answer.comment) == (2, 1, 5, "Too slow")
    assert agent_of(ticket, answer) == str(office.eva.id)
    assert answer.survey == ticket.surveys[0].survey
