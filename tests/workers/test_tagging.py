"""Tags for tickets of the past: asked for once, slowly, and only where a ticket is not closed."""

from __future__ import annotations

import orjson
import pytest

from integrations.errors import GiveUp
from integrations.registry import desk_named
from integrations.times import MINUTE
from tests.workers.accounts_for_tests import take
from tests.workers.standing import Clock, add_account, hint, rows
from tests.workers.stories import answered, at, created, status
from workers.accounts import Account
from workers.runtime import Runtime
from workers.store import schema
from workers.tagging import ask_tags, waiting_refreshes


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = at(0)
    return add_account(runtime, "acme")


def asked(runtime: Runtime) -> dict[str, str]:
    """Ticket → the tag that is asked for."""
    return {row.ticket: orjson.loads(row.wish)["tag"] for row in rows(runtime, schema.actions)}


class TestAsking:
    def test_each_open_ticket_gets_the_tag_of_its_channel(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(), created(ticket="T2", channel="web_form"), status("resolved", 1, "T2"))
        assert ask_tags(runtime, "acme", since=at(-1)) == 2
        assert asked(runtime) == {"T1": "channel-email", "T2": "channel-web-form"}

    def test_nothing_but_the_channel_is_asked_for(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(), answered(1, 2))
        ask_tags(runtime, "acme", since=at(-1))
        assert [row.purpose for row in rows(runtime, schema.actions)] == ["channel"]

    def test_closed_older_and_uncounted_tickets_are_left_alone(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(), status("closed", 1))
        take(runtime, account, created(-9, ticket="T2"))
        take(runtime, account, created(ticket="T3"), status("spam", 1, "T3"))
        take(runtime, account, status("open", 1, "T4"))
        assert ask_tags(runtime, "acme", since=at(-5)) == 0
        assert asked(runtime) == {}

    def test_what_stands_is_not_asked_for_again(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created())
        assert ask_tags(runtime, "acme", since=at(-1)) == 1
        take(runtime, account, created(ticket="T2"))
        assert ask_tags(runtime, "acme", since=at(-1)) == 1
        assert set(asked(runtime)) == {"T1", "T2"}

    def test_together_they_take_a_quarter_of_the_desks_budget(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, *(created(ticket=f"T{number}") for number in range(5)))
        ask_tags(runtime, "acme", since=at(-1))
        due = sorted(row.next_at for row in rows(runtime, schema.actions))
        gap = 4 * 2 * MINUTE // desk_named("strict").requests_per_minute
        assert due == [at(0) + gap * number for number in range(5)]

    def test_other_accounts_are_not_asked_about(self, runtime: Runtime, account: Account) -> None:
        take(runtime, add_account(runtime, "bravo"), created())
        assert ask_tags(runtime, "acme", since=at(-1)) == 0

    def test_an_account_that_is_gone_is_told(self, runtime: Runtime) -> None:
        with pytest.raises(GiveUp, match=r"^There is no account acme any more\.$"):
            ask_tags(runtime, "acme", since=0)


def test_what_waits_to_be_fetched_is_counted_by_account(runtime: Runtime) -> None:
    hint(runtime, "acme", "1", "2")
    hint(runtime, "bravo", "1")
    with runtime.database.write() as connection:
        connection.execute(schema.refreshes.update().where(schema.refreshes.c.ticket == "2").values(state="given_up"))
    with runtime.database.read() as connection:
        assert [waiting_refreshes(connection, slug) for slug in ("acme", "bravo", "none")] == [1, 1, 0]
