"""Doubted answers count for nothing until a person believes them, and what is believed can be doubted again."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.base import Call
from integrations.errors import GiveUp
from integrations.survey_calls import GivenAnswer, SurveyCalls
from integrations.times import DAY, HOUR, MINUTE, SECOND
from tests.workers.standing import START, Clock, rows
from tests.workers.strict_desk import State as DeskState
from tests.workers.surveys.conftest import Asks
from tests.workers.surveys.test_sending import solved, take
from workers.accounts import Account
from workers.desk_work import work_off
from workers.rebuild import verify
from workers.runtime import Runtime
from workers.store import schema
from workers.store.survey_asks import Asked
from workers.surveys import asking as asking_rules
from workers.surveys import judging, suspicion
from workers.surveys.judging import State, Suspect
from workers.surveys.wording import why_doubted, why_held_back
from workers.ticket_rows import read_row
from workers.wording.language import language

OWN = "deskpulse-csat"


def answer(runtime: Runtime, account: Account, score: int, *, suspect: str | None = None, **told: Any) -> str:
    """An answer that came over the page; the id under which it stands."""
    usual: dict[str, Any] = {"ticket": "T1", "kind": "csat", "survey": OWN, "scale": (1, 5), "version": "1"}
    usual |= {"touchpoint": "after resolution", "evidence": {}, "score": score, "suspect": suspect}
    call = Call(GivenAnswer(**{**usual, **told}).body(), {}, {}, runtime.clock())
    events = SurveyCalls().parse(call, account.access).events
    take(runtime, account, *events)
    return str(events[0].data["survey"])


def csat(runtime: Runtime) -> Any:
    (ticket,) = rows(runtime, schema.tickets, ticket="T1")
    return read_row(ticket.state)["csat"]


def doubted(runtime: Runtime, account: str = "acme", **how: Any) -> list[Suspect]:
    with runtime.database.read() as connection:
        return judging.suspects(connection, account, **how)


def state(runtime: Runtime, account: str = "acme") -> State:
    with runtime.database.read() as connection:
        return judging.state(connection, account, since=START - DAY)


@pytest.fixture
def acme(runtime: Runtime, asking: Asks) -> Account:
    account = asking()
    take(runtime, account, *solved())
    work_off(runtime, "acme")
    return account


def test_a_doubted_answer_counts_once_it_is_believed(
    runtime: Runtime, desk: DeskState, clock: Clock, acme: Account
) -> None:
    clock.now += HOUR
    survey = answer(runtime, acme, 1, suspect="too_fast", comment="Nobody called back")
    assert (csat(runtime), state(runtime).suspects) == (None, 1)
    work_off(runtime, "acme")
    assert "csat" not in desk.tickets["T1"]["fields"]
    judging.restore(runtime, "acme", ticket="T1", kind="csat", survey=survey)
    work_off(runtime, "acme")
    assert (csat(runtime), doubted(runtime)) == (1, [])
    assert desk.tickets["T1"]["fields"]["csat"] == "1"
    assert "deskpulse-follow-up" in desk.tickets["T1"]["tags"]
    assert any("Nobody called back" in note for note in desk.tickets["T1"]["notes"])
    assert list(verify(runtime.database, acme)) == []


def test_believing_a_doubted_answer_makes_it_an_answer_to_what_was_sent(
    runtime: Runtime, clock: Clock, acme: Account
) -> None:
    clock.now += HOUR
    survey = answer(runtime, acme, 4, suspect="probed")
    assert _response_rate(runtime, acme) == (0, 1)
    judging.restore(runtime, "acme", ticket="T1", kind="csat", survey=survey)
    assert _response_rate(runtime, acme) == (1, 1)


def test_doubted_answers_are_listed_newest_first_with_their_reason(
    runtime: Runtime, clock: Clock, acme: Account
) -> None:
    clock.now += HOUR
    first = answer(runtime, acme, 2, suspect="no_form", comment="x")
    clock.now += MINUTE
    second = answer(runtime, acme, 3, suspect="scanner")
    assert [(one.survey, one.score, one.reason, one.at) for one in doubted(runtime)] == [
        (second, 3, "scanner", clock()),
        (first, 2, "no_form", clock() - MINUTE),
    ]
    assert [one.survey for one in doubted(runtime, since=clock())] == [second]
    assert len(doubted(runtime, most=1)) == 1


def test_an_answer_that_a_desk_took_back_is_not_among_them(runtime: Runtime, clock: Clock, acme: Account) -> None:
    from integrations.events import event

    clock.now += HOUR
    answer(runtime, acme, 5)
    take(runtime, acme, event("survey.invalidated", "T1", clock() + SECOND, kind="csat", survey=OWN, reason="refunded"))
    assert doubted(runtime) == []
    assert csat(runtime) is None


def test_an_answer_can_be_doubted_by_hand_and_believed_again(runtime: Runtime, clock: Clock, acme: Account) -> None:
    clock.now += HOUR
    answer(runtime, acme, 5)
    clock.now += MINUTE
    judging.invalidate(runtime, "acme", ticket="T1", kind="csat", survey=OWN)
    assert csat(runtime) is None
    assert [one.reason for one in doubted(runtime)] == ["by_hand"]
    clock.now += MINUTE
    judging.restore(runtime, "acme", ticket="T1", kind="csat", survey=OWN)
    assert (csat(runtime), doubted(runtime)) == (5, [])


def test_what_comes_from_a_desk_whose_clock_is_ahead_can_be_judged_too(
    runtime: Runtime, clock: Clock, acme: Account
) -> None:
    clock.now += 2 * HOUR
    answer(runtime, acme, 5)
    clock.now -= HOUR
    judging.invalidate(runtime, "acme", ticket="T1", kind="csat", survey=OWN)
    assert csat(runtime) is None


@pytest.mark.parametrize("which", [("T9", "csat", OWN), ("T1", "nps", OWN), ("T1", "csat", "another"), ("", "", "")])
def test_an_answer_that_is_not_there_is_said_to_be_missing(
    runtime: Runtime, clock: Clock, acme: Account, which: tuple[str, str, str]
) -> None:
    answer(runtime, acme, 5)
    ticket, kind, survey = which
    for judge in (judging.restore, judging.invalidate):
        with pytest.raises(GiveUp, match="There is no answer"):
            judge(runtime, "acme", ticket=ticket, kind=kind, survey=survey)


def test_what_holds_already_is_said_so(runtime: Runtime, clock: Clock, acme: Account) -> None:
    answer(runtime, acme, 5)
    survey = answer(runtime, acme, 1, suspect="scanner")
    with pytest.raises(GiveUp, match="counts already"):
        judging.restore(runtime, "acme", ticket="T1", kind="csat", survey=OWN)
    with pytest.raises(GiveUp, match="does not count already"):
        judging.invalidate(runtime, "acme", ticket="T1", kind="csat", survey=survey)


def test_another_account_has_its_own(runtime: Runtime, clock: Clock, acme: Account, asking: Asks) -> None:
    asking("other")
    survey = answer(runtime, acme, 1, suspect="scanner")
    assert doubted(runtime, "other") == []
    with pytest.raises(GiveUp):
        judging.restore(runtime, "other", ticket="T1", kind="csat", survey=survey)
    with pytest.raises(GiveUp, match="no account"):
        judging.restore(runtime, "nobody", ticket="T1", kind="csat", survey=survey)
    assert len(doubted(runtime)) == 1


def test_what_came_of_asking_is_counted(runtime: Runtime, clock: Clock, acme: Account) -> None:
    take(runtime, acme, *solved("T2"), *solved("T3", customer="bo"))
    clock.now += HOUR
    answer(runtime, acme, 1, suspect="scanner")
    answer(runtime, acme, 4)
    found = state(runtime)
    assert found == State(Asked(2, 1, {"asked_lately": 1}), answered=1, suspects=1)
    with runtime.database.read() as connection:
        assert judging.state(connection, "acme", since=clock() + 1) == State(Asked(), 0, 0)


@pytest.mark.parametrize("reason", [*suspicion.REASONS, suspicion.BY_HAND])
def test_every_reason_has_a_sentence(reason: str) -> None:
    english = language("en")
    assert why_doubted(f"suspect:{reason}", english) == why_doubted(reason, english) != reason


def test_the_words_of_a_desk_are_told_as_they_are() -> None:
    english = language("en")
    assert (why_doubted("refunded", english), why_doubted(None, english)) == ("refunded", "")
    held_back = {asking_rules.ASKED_LATELY, asking_rules.NOT_SAMPLED}
    assert {why_held_back(outcome, english) for outcome in held_back}.isdisjoint(held_back)
    assert why_held_back("else", english) == "else"


def _response_rate(runtime: Runtime, account: Account) -> tuple[int, int]:
    """Answered and sent, of the facts of the ticket."""
    from workers.metrics.base import Counted
    from workers.metrics.survey_response_rate import METRIC
    from workers.store import history
    from workers.tickets import fold

    with runtime.database.read() as connection:
        events = history.events_of(connection, "acme", ["T1"])["T1"]
    facts = list(METRIC.facts(Counted(fold("T1", events.values()), account.rules)))
    return sum(fact.total or 0 for fact in facts), sum(fact.n for fact in facts)
