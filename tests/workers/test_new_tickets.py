"""Tickets that nobody told of before come out the same, worked out beforehand or as anything else that is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from integrations.base import Reading
from integrations.events import Event
from tests.tries import tries
from tests.workers.accounts_for_tests import add_account, stored_tickets, take, take_as_new
from tests.workers.figured import figured
from tests.workers.standing import rows
from tests.workers.stories import answered, at, created, sent, status, told
from tests.workers.test_any_history import EVENTS, stories
from tests.workers.test_removing import ON_POSTGRESQL, begin
from workers.absorbing import Incoming, absorb, absorb_new, take_out
from workers.accounts import Account
from workers.forget import forget
from workers.new_tickets import Basis, NewTickets, new_tickets
from workers.rebuild import verify
from workers.runtime import Runtime
from workers.store import accounts, figures, schema

#: Whatever is stored of what is told, but for the figures.
TABLES = (schema.tickets, schema.events, schema.answers, schema.customers, schema.refreshes)


def everything(connection: Connection) -> dict[str, Any]:
    """All rows of the account, its figures folded."""
    while figures._compact_step(connection, "acme", 1000):
        pass
    tables = (*TABLES, schema.chunks, schema.changes)
    return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables}


def outcome(runtime: Runtime, store: Callable[[Connection], object]) -> dict[str, Any]:
    """What storing so leaves behind; it is undone."""
    with runtime.database.work.connect() as connection:
        store(connection)
        return everything(connection)


def store_new(connection: Connection, account: Account, *events: Event) -> set[str]:
    basis = Basis.of(account)
    return absorb_new(connection, account, NewTickets.of(new_tickets(basis, events)), basis, now=at(0))


class TestTheSame:
    def of(self, runtime: Runtime, account: Account, *events: Event) -> dict[str, Any]:
        incoming = [Incoming(Reading(events=events), "import", at(60_000))]
        usual = outcome(runtime, partial(absorb, account=account, incoming=incoming, now=at(0)))
        new = outcome(runtime, lambda connection: store_new(connection, account, *events))
        assert new == usual
        return usual

    @settings(max_examples=tries(1 / 2), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(story=st.one_of(st.lists(EVENTS, min_size=1, max_size=14), stories()), again=st.randoms())
    def test_whatever_is_told(self, runtime: Runtime, story: list[Event], again: Any) -> None:
        with runtime.database.write() as connection:
            accounts.remove(connection, "acme")
        account = add_account(runtime, slices={"plan": "field:plan"}, bots={"authors": ["robo"]})
        self.of(runtime, account, *story, *again.sample(story, len(story) // 3))

    def test_an_event_that_is_told_twice_is_there_once_as_it_was_seen_last(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        seen = [sent(5, seen=at(minute)) for minute in (7, 9, 8)]
        found = self.of(runtime, account, created(), *seen, status("resolved", 20), answered(5, 30))
        assert len(found["events"]) == 4
        assert sum(str(at(9)) in row for row in found["events"]) == 1

    def test_a_ticket_whose_creation_nobody_told_is_asked_about(self, runtime: Runtime) -> None:
        found = self.of(runtime, add_account(runtime), sent(5), created(0, "T2"))
        assert ["'T1'" in row for row in found["refreshes"]] == [True]

    def test_what_only_tells_of_our_own_tags_makes_no_ticket(self, runtime: Runtime) -> None:
        found = self.of(runtime, add_account(runtime), told("ticket.tagged", 1, add_tags=["deskpulse-chat"]))
        assert found["tickets"] == found["events"] == []

    def test_several_tickets_of_one_customer_are_judged_together(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        two = [created(), status("resolved", 10), created(60, "T2"), status("resolved", 90, "T2")]
        assert len(self.of(runtime, account, *two)["customers"]) == 1


class TestFolding:
    FIRST = (created(), status("resolved", 10))
    #: The first ticket was a contact that was repeated, now.
    SECOND = (created(60, "T2"), status("resolved", 90, "T2"))

    def test_nothing_waits_of_what_is_new_or_of_its_customer(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take_as_new(runtime, account, *self.FIRST)
        take_as_new(runtime, account, *self.SECOND)
        assert rows(runtime, schema.changes) == []
        assert list(verify(runtime.database, account)) == []

    def test_what_would_overtake_waits_too(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *self.FIRST)
        take_as_new(runtime, account, *self.SECOND)
        waiting = [(row.ticket.partition(":")[0], row.version) for row in rows(runtime, schema.changes)]
        assert sorted(waiting) == [("T1", 1), ("customer", 1), ("customer", 2)]
        figured(runtime, "acme")
        assert list(verify(runtime.database, account)) == []


class TestWhatIsNotNew:
    def test_is_given_back_and_left_alone(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created())
        with runtime.database.write() as connection:
            assert store_new(connection, account, sent(5), created(0, "T2")) == {"T1"}
        assert len(rows(runtime, schema.events)) == 2
        assert list(verify(runtime.database, account)) == []

    def test_nothing_is_new_on_another_basis(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        basis = Basis.of(account)
        changed = accounts.with_settings(account, {**account.settings, "repeat_days": 3})
        with runtime.database.write() as connection:
            accounts.save(connection, changed, runtime.vault)
            worked_out = NewTickets.of(new_tickets(basis, [created()]))
            assert absorb_new(connection, changed, worked_out, basis, now=at(0)) == {"T1"}
        assert rows(runtime, schema.tickets) == []

    def test_nothing_is_new_where_somebody_was_forgotten(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        forget(runtime, "acme", "ivo")
        with runtime.database.write() as connection:
            assert store_new(connection, account, created(), created(0, "T2", customer="ivo")) == {"T1", "T2"}
        assert rows(runtime, schema.tickets) == []

    def test_a_ticket_that_was_taken_out_a_moment_ago_goes_on(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created(), sent(5))
        with runtime.database.write() as connection:
            take_out(connection, account, ["T1"])
        take_as_new(runtime, account, created(), sent(7))
        assert stored_tickets(runtime, account)["T1"].version == 3
        take(runtime, account, status("resolved", 20))
        figured(runtime, "acme")
        assert list(verify(runtime.database, account)) == []

    @ON_POSTGRESQL
    def test_one_that_somebody_tells_of_just_then_is_seen(self, runtime: Runtime) -> None:
        account, found = add_account(runtime), list[set[str]]()

        def bring() -> None:
            with runtime.database.write() as connection:
                found.append(store_new(connection, account, created(), created(0, "T2")))

        with runtime.database.write() as connection:
            absorb(connection, account, [Incoming(Reading(events=(sent(5),)), "live", at(9))], now=at(9))
            bringing = begin(runtime, bring)
            assert found == []
        bringing.join()
        assert found == [{"T1"}]
        assert sorted(stored_tickets(runtime, account)) == ["T1", "T2"]
        assert list(verify(runtime.database, account)) == []
