"""Who was forgotten stays forgotten: their tickets and their words are not kept, others' are."""

from __future__ import annotations

from integrations.base import Present
from tests.workers.accounts_for_tests import add_account, stored_tickets, take
from tests.workers.standing import rows
from tests.workers.stories import at, created, sent
from workers.runtime import Runtime
from workers.secrets import customer_hash
from workers.store import schema
from workers.store.tombstones import Tombstones, bury, tombstones

DEAD = Tombstones(frozenset({"ana"}), frozenset({"T9"}))


def read(runtime: Runtime, account: str = "acme") -> Tombstones:
    with runtime.database.read() as connection:
        return tombstones(connection, account)


def put_up(runtime: Runtime, account: str = "acme", **what: set[str]) -> None:
    with runtime.database.write() as connection:
        bury(connection, account, **what)


class TestWho:
    def test_tickets_told_to_be_of_the_forgotten_are_gone(self) -> None:
        events = [created(customer="ana"), created(ticket="T2", customer="bo"), sent(1, ticket="T3")]
        assert DEAD.tickets_of(events, ()) == {"T1"}

    def test_a_desk_that_shows_the_customer_is_believed(self) -> None:
        shown = [Present("T5", at(0), {"customer": "ana"}), Present("T6", at(0), {"customer": "bo"})]
        assert DEAD.tickets_of((), shown) == {"T5"}

    def test_what_they_wrote_in_others_tickets_is_theirs(self) -> None:
        assert DEAD.wrote(sent(1, "customer", author="ana"))
        assert not DEAD.wrote(sent(1, "customer", author="bo"))
        assert not DEAD.wrote(sent(1, "customer"))

    def test_an_agent_of_that_name_is_nobody_forgotten(self) -> None:
        assert not DEAD.wrote(sent(1, "agent", author="ana"))

    def test_without_tombstones_nothing_is_gone(self) -> None:
        nobody = Tombstones(frozenset(), frozenset())
        assert nobody.tickets_of([created(customer=None)], ()) == set()
        assert not nobody.wrote(sent(1, "customer"))


class TestRows:
    def test_they_are_read_as_they_were_put_up(self, runtime: Runtime) -> None:
        put_up(runtime, customers={"a", "b"}, tickets={"it's", "čć"})
        assert read(runtime) == Tombstones(frozenset({"a", "b"}), frozenset({"it's", "čć"}))

    def test_putting_one_up_again_is_no_second(self, runtime: Runtime) -> None:
        put_up(runtime, customers={"a"})
        put_up(runtime, customers={"a"}, tickets={"a"})
        assert len(rows(runtime, schema.tombstones)) == 2

    def test_accounts_forget_for_themselves(self, runtime: Runtime) -> None:
        put_up(runtime, customers={"a"})
        assert read(runtime, "bravo") == Tombstones(frozenset(), frozenset())

    def test_a_ticket_that_turns_out_to_be_theirs_stays_away_for_good(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        put_up(runtime, customers={customer_hash(account.customer_key, "Ana ")})
        take(runtime, account, created(customer="ana"), created(ticket="T2", customer="bo"))
        take(runtime, account, sent(5))
        assert list(stored_tickets(runtime, account)) == ["T2"]
        assert read(runtime).tickets == {"T1"}
