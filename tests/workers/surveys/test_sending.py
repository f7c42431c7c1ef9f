"""A ticket that is solved is asked once: its link is handed to the desk, and only then the survey counts as sent."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import orjson
import pytest

from integrations.base import Reading
from integrations.events import Event, event
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant
from tests.workers.standing import START, Clock, row, rows
from tests.workers.strict_desk import State
from tests.workers.surveys.conftest import PUBLIC_URL, Asks
from workers import links
from workers.absorbing import Incoming, absorb
from workers.accounts import Account
from workers.desk_work import work_off
from workers.forget import forget
from workers.rebuild import verify
from workers.runtime import Runtime
from workers.store import schema, survey_asks
from workers.store.conflicts import in_transaction
from workers.store.survey_asks import Asked
from workers.surveys.sending import handed_over

SOLVED_AT = START - MINUTE


def solved(ticket: str = "T1", *, customer: str | None = "ana", at: Instant = SOLVED_AT, **told: Any) -> list[Event]:
    """A ticket that an agent answered and resolved."""
    by = {"customer": customer} if customer else {}
    return [
        event("ticket.created", ticket, at - HOUR, **{"channel": "email", "by": "customer", **by, **told}),
        event("message.sent", ticket, at - MINUTE, by="agent", author="eva", public=True),
        event("status.changed", ticket, at, status="resolved", by="agent", author="eva"),
    ]


def take(runtime: Runtime, account: Account, *events: Event, origin: str = "live") -> None:
    def store(connection: Any) -> None:
        incoming = [Incoming(Reading(events=events), origin, runtime.clock())]
        absorb(connection, account, incoming, now=runtime.clock())

    in_transaction(runtime.database, store)


def outcomes(runtime: Runtime, account: str = "acme") -> list[tuple[str, str, int, str]]:
    found = rows(runtime, schema.survey_asks, account=account)
    return [(one.ticket, one.kind, one.number, one.outcome) for one in found]


def wishes(runtime: Runtime) -> dict[tuple[str, str], Any]:
    found = [one for one in rows(runtime, schema.actions) if one.purpose.startswith("survey:")]
    return {(one.ticket, one.purpose): orjson.loads(one.wish) for one in found}


def sent(runtime: Runtime) -> list[Any]:
    return rows(runtime, schema.events, type="survey.sent")


def counts(runtime: Runtime, account: str = "acme", *, since: Instant = 0) -> Asked:
    with runtime.database.read() as connection:
        return survey_asks.counts(connection, account, since=since)


def test_the_link_comes_into_the_field_of_the_desk_and_then_the_survey_is_sent(
    runtime: Runtime, desk: State, clock: Clock, asking: Asks
) -> None:
    account = asking()
    take(runtime, account, *solved())
    assert outcomes(runtime) == [("T1", "csat", 1, "asked")]
    assert sent(runtime) == []
    clock.now += 3 * SECOND
    work_off(runtime, "acme")
    address = desk.tickets["T1"]["fields"]["deskpulse_survey_csat"]
    token = address.removeprefix(f"{PUBLIC_URL}/s/")
    link = links.read(token, links.keys_of(runtime.vault, account), now=clock())
    assert (link.account, link.ticket, link.kind, link.scale) == ("acme", "T1", "csat", (1, 5))
    assert (link.asked_at, link.days) == (START, 14)
    (event_row,) = sent(runtime)
    assert (event_row.at, event_row.origin) == (START + 3 * SECOND, "live")
    assert orjson.loads(event_row.data) == {
        "kind": "csat", "survey": "deskpulse-csat", "version": "1", "touchpoint": "after resolution", "scale": [1, 5],
    }  # fmt: skip
    assert counts(runtime) == Asked(asked=1, handed_over=1)
    assert list(verify(runtime.database, account)) == []


def test_nothing_in_the_database_could_be_used_to_vote(
    runtime: Runtime, desk: State, clock: Clock, asking: Asks
) -> None:
    take(runtime, asking(), *solved())
    work_off(runtime, "acme")
    address = desk.tickets["T1"]["fields"]["deskpulse_survey_csat"]
    take(runtime, asking("other"), *solved("T2", fields={"any field": address}))
    token = address.rpartition("/")[2]
    for table in (schema.actions, schema.events, schema.tickets, schema.answers, schema.survey_asks):
        assert all(token not in str(one) for one in rows(runtime, table))


def test_what_happens_later_asks_nobody_again_and_writes_nothing_again(
    runtime: Runtime, desk: State, clock: Clock, asking: Asks
) -> None:
    account = asking()
    take(runtime, account, *solved())
    work_off(runtime, "acme")
    written = desk.paths("PUT")
    clock.now += HOUR
    take(runtime, account, event("ticket.tagged", "T1", clock(), add_tags=["vip"]))
    take(runtime, account, *solved())
    work_off(runtime, "acme")
    assert desk.paths("PUT") == written
    assert (len(sent(runtime)), len(outcomes(runtime))) == (1, 1)


@pytest.mark.parametrize("origin", ["backfill", "import", "replay"])
def test_history_asks_nobody(runtime: Runtime, asking: Asks, origin: str) -> None:
    take(runtime, asking(), *solved(), origin=origin)
    assert (outcomes(runtime), wishes(runtime)) == ([], {})


def test_what_was_solved_days_ago_asks_nobody_when_something_happens_now(runtime: Runtime, asking: Asks) -> None:
    account = asking()
    take(runtime, account, *solved(at=START - 3 * DAY), origin="backfill")
    take(runtime, account, event("ticket.tagged", "T1", START, add_tags=["vip"]))
    assert outcomes(runtime) == []


def test_an_account_that_asks_nothing_writes_nothing(runtime: Runtime, asking: Asks) -> None:
    take(runtime, asking(surveys={"csat": {"scale": [1, 5]}}), *solved())
    assert (outcomes(runtime), wishes(runtime)) == ([], {})


def test_a_desk_without_an_address_is_asked_for_nothing(runtime: Runtime, asking: Asks) -> None:
    account = asking()
    take(runtime, replace(account, settings={"surveys": account.settings["surveys"]}), *solved())
    assert outcomes(runtime) == []


class TestFatigue:
    def test_a_customer_is_asked_about_one_ticket_whatever_its_channel(self, runtime: Runtime, asking: Asks) -> None:
        account = asking()
        take(runtime, account, *solved("T1"))
        take(runtime, account, *solved("T2", channel="chat"), *solved("T3", customer="bo"))
        found = {ticket: outcome for ticket, _, _, outcome in outcomes(runtime)}
        assert found == {"T1": "asked", "T2": "asked_lately", "T3": "asked"}
        assert counts(runtime).held_back == {"asked_lately": 1}
        assert set(wishes(runtime)) == {("T1", "survey:csat"), ("T3", "survey:csat")}

    def test_two_tickets_of_one_customer_in_one_call_are_one_survey(self, runtime: Runtime, asking: Asks) -> None:
        take(runtime, asking(), *solved("T1"), *solved("T2"))
        assert sorted(outcome for *_, outcome in outcomes(runtime)) == ["asked", "asked_lately"]

    def test_a_customer_is_asked_again_once_the_days_are_over(
        self, runtime: Runtime, clock: Clock, asking: Asks
    ) -> None:
        account = asking(asking={"days_between": 7})
        take(runtime, account, *solved("T1"))
        clock.now += 7 * DAY - SECOND
        take(runtime, account, *solved("T2", at=clock()))
        clock.now += SECOND
        take(runtime, account, *solved("T3", at=clock()))
        assert [outcome for *_, outcome in outcomes(runtime)] == ["asked", "asked_lately", "asked"]
        assert counts(runtime, since=clock() - DAY) == Asked(asked=1, held_back={"asked_lately": 1})

    def test_without_the_rule_everybody_is_asked_every_time(self, runtime: Runtime, asking: Asks) -> None:
        take(runtime, asking(asking={"days_between": 0}), *solved("T1"), *solved("T2"))
        assert [outcome for *_, outcome in outcomes(runtime)] == ["asked", "asked"]

    def test_somebody_whom_nobody_knows_is_known_by_the_ticket(
        self, runtime: Runtime, clock: Clock, asking: Asks
    ) -> None:
        account = asking()
        take(runtime, account, *solved("T1", customer=None), *solved("T2", customer=None))
        clock.now += DAY
        reopened = event("status.changed", "T1", clock() - HOUR, status="open")
        again = event("status.changed", "T1", clock() - MINUTE, status="resolved")
        take(runtime, account, reopened, again)
        assert [outcome for *_, outcome in outcomes(runtime)] == ["asked", "asked_lately", "asked"]
        assert rows(runtime, schema.survey_turns) == []

    def test_of_two_kinds_one_is_asked_and_the_other_held_back(self, runtime: Runtime, asking: Asks) -> None:
        take(runtime, asking(surveys={"csat": {"ask": True}, "nps": {"ask": True}}), *solved())
        assert sorted(outcome for *_, outcome in outcomes(runtime)) == ["asked", "asked_lately"]
        assert len(wishes(runtime)) == 1

    def test_a_customer_of_another_account_is_somebody_else(self, runtime: Runtime, asking: Asks) -> None:
        for slug in ("acme", "other"):
            take(runtime, asking(slug), *solved())
        assert [outcomes(runtime, slug)[0][-1] for slug in ("acme", "other")] == ["asked", "asked"]

    def test_tickets_outside_of_the_share_are_counted(self, runtime: Runtime, asking: Asks) -> None:
        take(runtime, asking(asking={"share": 0}), *solved())
        assert counts(runtime) == Asked(held_back={"not_sampled": 1})
        assert rows(runtime, schema.survey_turns) == []


def test_a_ticket_that_is_solved_again_after_the_days_is_asked_by_another_survey(
    runtime: Runtime, desk: State, clock: Clock, asking: Asks
) -> None:
    account = asking(asking={"days_between": 7})
    take(runtime, account, *solved())
    work_off(runtime, "acme")
    first = desk.tickets["T1"]["fields"]["deskpulse_survey_csat"]
    clock.now += 8 * DAY
    take(runtime, account, event("status.changed", "T1", clock() - HOUR, status="open"))
    take(runtime, account, event("status.changed", "T1", clock(), status="resolved"))
    work_off(runtime, "acme")
    assert desk.tickets["T1"]["fields"]["deskpulse_survey_csat"] != first
    assert {orjson.loads(one.data)["survey"] for one in sent(runtime)} == {"deskpulse-csat", "deskpulse-csat-2"}


def test_without_a_public_address_nothing_is_handed_over_and_the_reason_is_kept(
    runtime: Runtime, desk: State, asking: Asks
) -> None:
    account = asking()
    bare = Runtime(
        runtime.settings.changed(DESKPULSE_PUBLIC_URL=""), runtime.database, runtime.vault, clock=runtime.clock
    )
    take(runtime, account, *solved())
    work_off(bare, "acme")
    action = row(runtime, schema.actions, purpose="survey:csat")
    assert action.state == "given_up"
    assert "DESKPULSE_PUBLIC_URL" in action.error
    assert "deskpulse_survey_csat" not in desk.tickets["T1"]["fields"]
    assert counts(runtime) == Asked(asked=1, handed_over=0)


def test_a_desk_whose_answer_is_lost_gets_the_same_link_again_and_the_survey_is_sent_once(
    runtime: Runtime, desk: State, clock: Clock, asking: Asks
) -> None:
    take(runtime, asking(), *solved())
    desk.mode = "lose"
    work_off(runtime, "acme")
    lost = desk.tickets["T1"]["fields"].get("deskpulse_survey_csat")
    assert sent(runtime) == []
    desk.mode = "well"
    for _ in range(20):
        clock.now += HOUR
        work_off(runtime, "acme")
        if sent(runtime):
            break
    held = desk.tickets["T1"]["fields"]["deskpulse_survey_csat"]
    assert lost in (None, held)
    assert (len(sent(runtime)), counts(runtime).handed_over) == (1, 1)


def test_two_workers_that_decide_at_once_ask_a_customer_once(runtime: Runtime, asking: Asks) -> None:
    account = asking()
    barrier = threading.Barrier(4)

    def work(ticket: str) -> None:
        barrier.wait(20)
        take(runtime, account, *solved(ticket))

    workers = [threading.Thread(target=work, args=(f"T{number}",)) for number in range(1, 5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    found = sorted(outcome for *_, outcome in outcomes(runtime))
    assert found == ["asked", "asked_lately", "asked_lately", "asked_lately"]
    assert len(wishes(runtime)) == 1


def test_forgetting_a_customer_takes_along_what_was_asked_and_when(
    runtime: Runtime, clock: Clock, asking: Asks
) -> None:
    account = asking()
    take(runtime, account, *solved("T1"), *solved("T2", customer="bo"))
    work_off(runtime, "acme")
    forget(runtime, "acme", "ana")
    assert [ticket for ticket, *_ in outcomes(runtime)] == ["T2"]
    assert len(rows(runtime, schema.survey_turns)) == 1
    assert [one.ticket for one in sent(runtime)] == ["T2"]
    assert list(verify(runtime.database, account)) == []


def test_a_wish_that_is_fulfilled_after_its_customer_was_forgotten_brings_nothing_back(
    runtime: Runtime, asking: Asks
) -> None:
    account = asking()
    take(runtime, account, *solved())
    wish = row(runtime, schema.actions, purpose="survey:csat").wish
    forget(runtime, "acme", "ana")
    in_transaction(
        runtime.database, lambda connection: handed_over(connection, account, "T1", wish, now=runtime.clock())
    )
    assert (sent(runtime), rows(runtime, schema.survey_asks), rows(runtime, schema.tickets)) == ([], [], [])
