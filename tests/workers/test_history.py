"""Events as rows: a set that only grows, in which saying the same again leaves one row and its latest date."""

from __future__ import annotations

import pytest

from integrations.events import Event
from tests.workers.accounts_for_tests import add_account, stored_tickets, take
from tests.workers.standing import rows
from tests.workers.stories import at, created, sent, status
from workers.accounts import Account
from workers.runtime import Runtime
from workers.store import history, schema
from workers.ticket_rows import read_row


@pytest.fixture
def account(runtime: Runtime) -> Account:
    return add_account(runtime)


def seen(event: Event, minutes: float) -> Event:
    return event._replace(seen=at(minutes))


class TestTheSet:
    def test_an_event_comes_back_as_it_was_told(self, runtime: Runtime, account: Account) -> None:
        told = sent(3, message="it's „m” 🎈", seq=7, auto=False)._replace(seen=at(9), observed=True)
        take(runtime, account, created(), told)
        with runtime.database.read() as connection:
            found = history.events_of(connection, account.slug, ["T1", "T2"])
        assert found["T1"][told.id, told.content_hash()] == told
        assert found["T2"] == {}

    def test_another_content_is_another_row_beside_it(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(), created(agent="eva"))
        assert len(rows(runtime, schema.events)) == 2
        assert read_row(stored_tickets(runtime, account)["T1"].state)["agent"] == "eva"

    def test_the_same_again_is_no_row_and_no_change(self, runtime: Runtime, account: Account) -> None:
        story = (created(), sent(1), status("resolved", 2))
        take(runtime, account, *story)
        before = stored_tickets(runtime, account), rows(runtime, schema.changes)
        take(runtime, account, *reversed(story))
        assert len(rows(runtime, schema.events)) == 3
        assert (stored_tickets(runtime, account), rows(runtime, schema.changes)) == before

    def test_the_origin_that_came_first_is_kept(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(), origin="backfill")
        take(runtime, account, seen(created(), 9), origin="live")
        assert [(row.origin, row.seen) for row in rows(runtime, schema.events)] == [("backfill", at(9))]


class TestSeen:
    def dates(self, runtime: Runtime) -> list[int]:
        return [row.seen for row in rows(runtime, schema.events)]

    def test_without_a_date_of_its_own_it_is_that_of_the_fact(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(4))
        assert self.dates(runtime) == [at(4)]

    def test_it_rises_and_never_falls(self, runtime: Runtime, account: Account) -> None:
        for minutes in (5, 9, 2):
            take(runtime, account, seen(created(), minutes))
        assert self.dates(runtime) == [at(9)]

    def test_within_one_batch_it_rises_as_often_as_it_is_told(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, *(seen(created(), minutes) for minutes in (1, 2, 3, 2)))
        assert self.dates(runtime) == [at(3)]
        take(runtime, account, *(seen(created(), minutes) for minutes in (4, 6, 5, 7)))
        assert self.dates(runtime) == [at(7)]
