"""What take-in asks of the desks queue: one row a purpose, one a ticket, and nothing a worker holds is touched."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import update

from integrations.times import SECOND
from tests.workers.standing import Clock, row, rows
from workers.reactions import Wish
from workers.runtime import Runtime
from workers.store import schema
from workers.store.asking import ask_actions, ask_refreshes
from workers.store.refreshes import DEBOUNCE

CHAT: dict[str, Any] = {"kind": "tag", "tag": "channel-chat"}
MAIL: dict[str, Any] = {"kind": "tag", "tag": "channel-email"}
VOICE: dict[str, Any] = {"kind": "tag", "tag": "channel-voice"}
NOTE: dict[str, Any] = {"kind": "note", "marker": "[deskpulse:1]", "lines": ["it's „odd” 🎈"]}


def ask(runtime: Runtime, *wishes: Wish, ticket: str = "T1", account: str = "acme") -> int:
    with runtime.database.write() as connection:
        return ask_actions(connection, account, {ticket: list(wishes)}, now=runtime.clock())


def hint(runtime: Runtime, *tickets: str, origin: str = "live", account: str = "acme") -> None:
    with runtime.database.write() as connection:
        ask_refreshes(connection, account, tickets, origin, now=runtime.clock())


def become(runtime: Runtime, table: Any, **values: Any) -> None:
    with runtime.database.write() as connection:
        connection.execute(update(table).values(**values))


def wished(runtime: Runtime) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(row(runtime, schema.actions).wish)
    return found


class TestActions:
    def test_a_new_wish_waits_from_now_on(self, runtime: Runtime, clock: Clock) -> None:
        assert ask(runtime, Wish("channel", CHAT)) == 1
        found = row(runtime, schema.actions)
        assert (found.state, found.attempts, found.next_at, found.asked_at) == ("waiting", 0, clock.now, clock.now)
        assert (found.held, found.lease_until, found.token) == (None, 0, None)

    def test_a_wish_comes_back_as_it_was_told(self, runtime: Runtime) -> None:
        ask(runtime, Wish("note:csat:csat", NOTE))
        assert wished(runtime) == NOTE

    def test_purposes_tickets_and_accounts_have_rows_of_their_own(self, runtime: Runtime) -> None:
        assert ask(runtime, Wish("channel", CHAT), Wish("note:csat:csat", NOTE)) == 2
        ask(runtime, Wish("channel", CHAT), ticket="T2")
        ask(runtime, Wish("channel", MAIL), account="bravo")
        found = [(each.account, each.ticket, each.purpose) for each in rows(runtime, schema.actions)]
        assert found == [
            ("acme", "T1", "channel"), ("acme", "T1", "note:csat:csat"), ("acme", "T2", "channel"),
            ("bravo", "T1", "channel"),
        ]  # fmt: skip

    def test_what_stands_is_not_asked_for_again(self, runtime: Runtime, clock: Clock) -> None:
        ask(runtime, Wish("channel", CHAT))
        clock.now += SECOND
        assert ask(runtime, Wish("channel", dict(reversed(CHAT.items())))) == 0
        assert row(runtime, schema.actions).asked_at == clock.now - SECOND

    def test_a_change_leaves_lease_token_and_what_is_held_to_the_worker(self, runtime: Runtime, clock: Clock) -> None:
        ask(runtime, Wish("channel", CHAT))
        held = orjson.dumps(CHAT).decode()
        become(runtime, schema.actions, token="mine", lease_until=clock.now + SECOND, held=held, attempts=3)
        ask(runtime, Wish("channel", MAIL))
        found = row(runtime, schema.actions)
        assert (found.token, found.lease_until, found.held) == ("mine", clock.now + SECOND, held)
        assert (found.state, found.attempts) == ("waiting", 0)

    def test_every_tag_we_may_have_set_is_to_be_removed(self, runtime: Runtime) -> None:
        for wish in (CHAT, MAIL, VOICE):
            ask(runtime, Wish("channel", wish))
        assert wished(runtime) == {**VOICE, "remove": ["channel-chat", "channel-email"]}

    def test_the_tag_that_is_held_is_to_be_removed_too(self, runtime: Runtime) -> None:
        ask(runtime, Wish("channel", CHAT))
        become(runtime, schema.actions, held=orjson.dumps(VOICE).decode())
        ask(runtime, Wish("channel", MAIL))
        assert wished(runtime)["remove"] == ["channel-chat", "channel-voice"]

    @pytest.mark.parametrize("state", ["given_up", "skipped", "done"])
    def test_another_wish_revives_what_had_ended(self, runtime: Runtime, state: str) -> None:
        ask(runtime, Wish("channel", CHAT))
        become(runtime, schema.actions, state=state)
        assert ask(runtime, Wish("channel", MAIL)) == 1
        assert row(runtime, schema.actions).state == "waiting"

    def test_a_note_that_was_not_posted_yet_may_still_change(self, runtime: Runtime) -> None:
        ask(runtime, Wish("note:csat:csat", NOTE))
        assert ask(runtime, Wish("note:csat:csat", {**NOTE, "lines": ["b"]})) == 1
        become(runtime, schema.actions, state="done")
        assert ask(runtime, Wish("note:csat:csat", {**NOTE, "lines": ["c"]})) == 0
        assert wished(runtime)["lines"] == ["b"]

    def test_no_wishes_ask_for_nothing(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            assert ask_actions(connection, "acme", {}, now=runtime.clock()) == 0
        assert ask(runtime) == 0
        assert rows(runtime, schema.actions) == []


class TestRefreshes:
    def test_a_hint_is_fetched_a_moment_later(self, runtime: Runtime, clock: Clock) -> None:
        hint(runtime, "T1")
        found = row(runtime, schema.refreshes)
        assert (found.wanted, found.origin, found.state, found.attempts) == (1, "live", "waiting", 0)
        assert found.next_at == clock.now + DEBOUNCE

    def test_more_hints_raise_what_is_wanted_and_delay_nothing(self, runtime: Runtime, clock: Clock) -> None:
        hint(runtime, "T1")
        first = row(runtime, schema.refreshes).next_at
        clock.now += DEBOUNCE // 2
        hint(runtime, "T1")
        hint(runtime, "T1")
        found = row(runtime, schema.refreshes)
        assert (found.wanted, found.next_at) == (3, first)

    def test_many_tickets_are_asked_about_at_once_whatever_they_are_called(self, runtime: Runtime) -> None:
        odd = {"it's", 'say "x"', "{a,b}", "\\", "%s ?", "čćž 🎈", *(str(number) for number in range(2000))}
        hint(runtime, *odd)
        assert {each.ticket for each in rows(runtime, schema.refreshes)} == odd

    def test_the_strongest_origin_stays_in_whatever_order_they_come(self, runtime: Runtime) -> None:
        strongest_first = ("live", "reconcile", "replay", "backfill", "import")
        for place, origin in enumerate(strongest_first):
            for later, weaker in enumerate(strongest_first[place:], place):
                hint(runtime, f"{place}-{later}-up", origin=weaker)
                hint(runtime, f"{place}-{later}-up", origin=origin)
                hint(runtime, f"{place}-{later}-down", origin=origin)
                hint(runtime, f"{place}-{later}-down", origin=weaker)
        for found in rows(runtime, schema.refreshes):
            assert found.origin == strongest_first[int(found.ticket[0])]

    def test_a_hint_revives_what_was_given_up_from_now_on(self, runtime: Runtime, clock: Clock) -> None:
        hint(runtime, "T1")
        become(runtime, schema.refreshes, state="given_up", attempts=4, next_at=0)
        hint(runtime, "T1")
        found = row(runtime, schema.refreshes)
        assert (found.state, found.attempts, found.next_at) == ("waiting", 0, clock.now + DEBOUNCE)

    def test_a_hint_does_not_shorten_the_wait_after_a_failure(self, runtime: Runtime, clock: Clock) -> None:
        hint(runtime, "T1")
        become(runtime, schema.refreshes, attempts=4, next_at=clock.now + 900 * SECOND)
        hint(runtime, "T1")
        found = row(runtime, schema.refreshes)
        assert (found.attempts, found.next_at) == (4, clock.now + 900 * SECOND)

    def test_accounts_do_not_share_a_ticket(self, runtime: Runtime) -> None:
        hint(runtime, "T1")
        hint(runtime, "T1", account="bravo", origin="import")
        assert [each.origin for each in rows(runtime, schema.refreshes)] == ["live", "import"]

    def test_no_tickets_ask_for_nothing(self, runtime: Runtime) -> None:
        hint(runtime)
        assert rows(runtime, schema.refreshes) == []
