"""Take-in: every accepted call counts once, whatever happens to the worker, and a poisoned one stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import DBAPIError

from integrations import registry
from integrations.base import Access, Call, Present, Reading
from integrations.errors import Unreadable
from integrations.events import Event, event
from integrations.generic.webhook import Generic
from integrations.times import HOUR, SECOND, Instant
from tests.workers.accounts_for_tests import add_account, stored_tickets, take
from tests.workers.standing import Clock, Nudged
from tests.workers.stories import answered, at, created, sent, status
from workers import pipeline
from workers.absorbing import Incoming, absorb, recount
from workers.accounts import Account
from workers.keeping import Keeper
from workers.rebuild import verify
from workers.runtime import Runtime
from workers.store import schema, takes
from workers.store.calls import NewCall, open_writer
from workers.store.takes import LEASE, MOST_ATTEMPTS
from workers.store.tombstones import bury
from workers.ticket_rows import read_row


class Poisonous(Generic):
    """A desk whose calls may break the worker that reads them."""

    name = "poisonous"

    def parse(self, call: Call, access: Access) -> Reading:
        if b"poison" in call.body:
            raise ZeroDivisionError("nobody expected this")
        return super().parse(call, access)


@pytest.fixture(autouse=True)
def _poisonous(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.desk_named.cache_clear()
    monkeypatch.setitem(registry._DESKS, "poisonous", f"{__name__}:Poisonous")


def keep(runtime: Runtime, *bodies: bytes, account: str = "acme", desk: str = "generic") -> list[int]:
    """Calls as the door commits them; their numbers."""
    writer = open_writer(runtime.database.door)
    new = [NewCall(account, desk, None, runtime.clock(), "{}", "{}", body) for body in bodies]
    kept = [one.id for one in writer.write(new)]
    writer.close()
    return kept


def body(*events: Event) -> bytes:
    """The body of a generic call."""
    return orjson.dumps({"events": [event.json() for event in events]})


def take_of(runtime: Runtime, call: int) -> Any:
    """The take of a call."""
    with runtime.database.read() as connection:
        return connection.execute(select(schema.takes).where(schema.takes.c.call == call)).one()


def take_all(runtime: Runtime) -> None:
    """Take in until nothing is left to claim, as the sweep does."""
    for _ in range(50):
        if not pipeline.take_in(runtime):
            return
    pytest.fail("there is always something to take in")


def test_events_with_the_longest_ids_are_stored(runtime: Runtime) -> None:
    account = add_account(runtime)
    longest: dict[str, Any] = {
        name: name[0] + 199 * "\N{GRINNING FACE}"
        for name in ("ticket", "id", "agent", "department", "survey", "touchpoint", "message", "author")
    }
    said = {"by": "agent", "kind": "csat", "score": 1, "scale": [1, 5], "at": "2026-03-02T09:00:00Z", **longest}
    (call,) = keep(
        runtime,
        orjson.dumps(
            {
                "events": [
                    {**said, "type": type_, "id": f"{place}{said['id'][1:]}"}
                    for place, type_ in enumerate(("ticket.created", "message.sent", "survey.answered"))
                ]
            }
        ),
    )
    take_all(runtime)
    assert (take_of(runtime, call).outcome, take_of(runtime, call).error) == ("done", None)
    assert list(stored_tickets(runtime, account)) == [longest["ticket"]]
    assert list(verify(runtime.database, account)) == []


def test_a_present_value_from_the_future_is_dated_when_it_was_asked_for(runtime: Runtime, clock: Clock) -> None:
    account = add_account(runtime)
    take(runtime, account, event("ticket.created", "T1", clock() - HOUR))
    century = clock() + 100 * 365 * 24 * HOUR
    pending = Present("T1", clock(), {"status": "pending", "agent": "eva"}, century, {"agent": century})
    with runtime.database.write() as connection:
        incoming = Incoming(Reading(present=(pending,)), "reconcile", clock())
        absorb(connection, account, [incoming], now=clock())
    clock.now += HOUR
    take(runtime, account, event("status.changed", "T1", clock(), status="resolved"))
    row = read_row(stored_tickets(runtime, account)["T1"].state)
    assert (row["status"], row["agent"], row["reopens"]) == ("resolved", "eva", 0)


def test_a_status_read_while_the_desk_saved_the_next_one_reopens_nothing_and_is_asked_for_again(
    runtime: Runtime, clock: Clock
) -> None:
    account = add_account(runtime)
    take(runtime, account, event("ticket.created", "T1", clock() - HOUR, channel="chat"))
    take(runtime, account, event("status.changed", "T1", clock(), status="closed"))

    def show(asked_at: Instant) -> tuple[str, int, list[str]]:
        shown = Present("T1", asked_at, {"status": "open"})
        with runtime.database.write() as connection:
            connection.execute(delete(schema.refreshes))
            absorb(connection, account, [Incoming(Reading(present=(shown,)), "live", clock())], now=clock())
            asked = list(connection.execute(select(schema.refreshes.c.ticket)).scalars())
        row = read_row(stored_tickets(runtime, account)["T1"].state)
        return row["status"], row["reopens"], asked

    assert show(clock() + SECOND) == ("closed", 0, ["T1"])
    assert show(clock() + 10 * SECOND) == ("open", 1, [])
    assert list(verify(runtime.database, account)) == []


def test_a_call_becomes_a_ticket_once(runtime: Runtime, clock: Clock) -> None:
    account = add_account(runtime)
    numbers = keep(runtime, body(created(), sent(5)), body(created()), body(status("resolved", 9)))
    take_all(runtime)
    state = read_row(stored_tickets(runtime, account)["T1"].state)
    assert (state["first_response_s"], state["full_resolution_s"]) == (300, 540)
    assert {take_of(runtime, number).outcome for number in numbers} == {"done"}
    assert pipeline.take_in(runtime) == 0
    assert list(verify(runtime.database, account)) == []


def test_an_unreadable_call_is_kept_with_its_reason_and_stops_nobody(runtime: Runtime) -> None:
    account = add_account(runtime)
    bad, good = keep(runtime, b'{"type": "ticket.creeated"}', body(created()))
    take_all(runtime)
    assert take_of(runtime, bad).outcome == "unreadable"
    assert "type must be one of" in take_of(runtime, bad).error
    assert take_of(runtime, good).outcome == "done"
    assert list(stored_tickets(runtime, account)) == ["T1"]


def test_an_unreadable_call_is_read_again_when_it_is_replayed(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = add_account(runtime)
    (call,) = keep(runtime, body(created()))
    with monkeypatch.context() as patch:
        patch.setattr(Generic, "parse", lambda *_: (_ for _ in ()).throw(Unreadable("an old version")))
        take_all(runtime)
    assert take_of(runtime, call).error == "an old version"
    with runtime.database.write() as connection:
        assert takes.replay(connection, "acme", [call]) == 1
    take_all(runtime)
    assert (take_of(runtime, call).outcome, take_of(runtime, call).error) == ("done", None)
    assert list(stored_tickets(runtime, account)) == ["T1"]


def test_a_poisoned_call_is_set_aside_after_five_tries_and_the_others_are_not_touched(runtime: Runtime) -> None:
    add_account(runtime)
    poisoned = add_account(runtime, "bad", desk="poisonous")
    (poison,) = keep(runtime, b'{"poison": 1}', account="bad", desk="poisonous")
    good = keep(runtime, *(body(created(ticket=f"T{number}")) for number in range(20)))
    assert pipeline.take_in(runtime) == 21
    assert {take_of(runtime, number).outcome for number in good} == {"done"}
    take_all(runtime)
    aside = take_of(runtime, poison)
    assert (aside.outcome, aside.attempts, aside.error) == ("set_aside", MOST_ATTEMPTS, "ZeroDivisionError")
    assert stored_tickets(runtime, poisoned) == {}


class Refused(Exception):
    """What a driver raises, with the database's code."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("the whole statement with all its values")
        self.sqlstate = sqlstate


def refusing(monkeypatch: pytest.MonkeyPatch, sqlstate: str, *, ticket: str) -> None:
    """Let the database refuse every transaction that tells of a ticket."""

    def absorbing(connection: Connection, account: Account, incoming: Sequence[Incoming], *, now: int) -> None:
        if any(event.ticket == ticket for one in incoming for event in one.reading.events):
            raise DBAPIError("INSERT", {}, Refused(sqlstate))
        absorb(connection, account, incoming, now=now)

    monkeypatch.setattr(pipeline, "absorb", absorbing)


def test_a_database_that_is_full_costs_no_call_a_try(
    runtime: Runtime, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(runtime)
    numbers = keep(runtime, body(created()), body(created(ticket="T2")))
    with monkeypatch.context() as patch:
        refusing(patch, "53100", ticket="T1")
        for _ in range(2 * MOST_ATTEMPTS):
            with pytest.raises(DBAPIError):
                pipeline.take_in(runtime)
            assert [take_of(runtime, number).attempts for number in numbers] == [0, 0]
            assert pipeline.take_in(runtime) == 0
            clock.now += LEASE
    take_all(runtime)
    assert [take_of(runtime, number).outcome for number in numbers] == ["done", "done"]


def test_what_a_database_refuses_of_one_call_stops_no_other(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    account = add_account(runtime)
    bad, good = keep(runtime, body(created(ticket="bad")), body(created()))
    refusing(monkeypatch, "54000", ticket="bad")
    take_all(runtime)
    assert take_of(runtime, good).outcome == "done"
    aside = take_of(runtime, bad)
    assert (aside.outcome, aside.attempts) == ("set_aside", MOST_ATTEMPTS)
    assert aside.error == "the database refused what it says (Refused)"
    assert list(stored_tickets(runtime, account)) == ["T1"]


def test_a_call_that_kills_its_worker_is_taken_alone_and_then_set_aside(runtime: Runtime, clock: Clock) -> None:
    add_account(runtime)
    killer, other = keep(runtime, body(created(ticket="K")), body(created(ticket="T")))
    takes.copy_new(runtime.database)
    for _ in range(2):  # two workers die with both in hand
        with runtime.database.write() as connection:
            assert len(takes.claim(connection, now=clock(), limit=500).calls) == 2
        clock.now += LEASE + SECOND
    with runtime.database.write() as connection:
        assert takes.claim(connection, now=clock(), limit=500).calls == ()
    for _ in range(MOST_ATTEMPTS - 2):  # each time it is taken it is alone
        with runtime.database.write() as connection:
            assert takes.claim_suspect(connection, now=clock()).calls == (killer,)
        clock.now += LEASE + SECOND
    take_all(runtime)
    assert take_of(runtime, killer).outcome == "set_aside"
    assert "died" in take_of(runtime, killer).error
    assert take_of(runtime, other).outcome == "done"


def test_a_paused_workers_late_commit_is_refused(runtime: Runtime, clock: Clock) -> None:
    account = add_account(runtime)
    (call,) = keep(runtime, body(created()))
    takes.copy_new(runtime.database)
    with runtime.database.write() as connection:
        paused = takes.claim(connection, now=clock(), limit=500)
    clock.now += LEASE + SECOND
    take_all(runtime)
    finished = take_of(runtime, call).finished_at
    clock.now += SECOND
    pipeline._take_in_claim(runtime, paused)
    assert take_of(runtime, call).finished_at == finished
    assert len(stored_tickets(runtime, account)) == 1
    with runtime.database.write() as connection:
        assert takes.still_ours(connection, paused) == frozenset()


def test_a_dead_workers_calls_are_taken_within_thirty_seconds(runtime: Runtime, clock: Clock) -> None:
    add_account(runtime)
    (call,) = keep(runtime, body(created()))
    takes.copy_new(runtime.database)
    with runtime.database.write() as connection:
        takes.claim(connection, now=clock(), limit=500)
    assert pipeline.take_in(runtime) == 0
    clock.now += 30 * SECOND
    assert pipeline.take_in(runtime) == 1
    assert take_of(runtime, call).outcome == "done"


def test_a_batch_that_fails_half_way_leaves_nothing_and_counts_once(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = add_account(runtime)
    keep(runtime, body(created()), body(created(ticket="T2")))
    finish, failing = takes.finish, [True]

    def once(*arguments: Any, **more: Any) -> None:
        if failing.pop() if failing else False:
            raise RuntimeError
        finish(*arguments, **more)

    monkeypatch.setattr(takes, "finish", once)
    take_all(runtime)
    assert sorted(stored_tickets(runtime, account)) == ["T1", "T2"]
    assert {row.version for row in stored_tickets(runtime, account).values()} == {1}
    assert list(verify(runtime.database, account)) == []


def test_copying_calls_again_makes_no_second_take(runtime: Runtime) -> None:
    add_account(runtime)
    keep(runtime, body(created()), body(created()))
    takes.copy_new(runtime.database)
    takes.copy_new(runtime.database)
    with runtime.database.read() as connection:
        assert takes.waiting(connection) == 2


def test_a_live_event_asks_the_desk_for_its_tag_and_wakes_the_desks_queue(
    runtime: Runtime, clock: Clock, nudged: Nudged
) -> None:
    add_account(runtime, actions={"max_age_hours": 24 * 365})
    keep(runtime, body(created(channel="chat"), answered(1, 5, comment="slow")))
    take_all(runtime)
    with runtime.database.read() as connection:
        rows = {row.purpose: orjson.loads(row.wish) for row in connection.execute(select(schema.actions))}
    assert rows["channel"] == {"kind": "tag", "tag": "channel-chat"}
    assert rows["score:csat:"]["value"] == "1"
    assert rows["follow-up:csat:csat"]["tag"] == "deskpulse-follow-up"
    assert "The customer wrote: slow" in rows["note:csat:csat"]["lines"]
    assert ("desk_work", "acme") in nudged.take()


def test_what_is_older_than_the_accounts_limit_causes_no_action(runtime: Runtime) -> None:
    add_account(runtime)
    keep(runtime, body(created(channel="chat"), answered(1, 5)))
    take_all(runtime)
    with runtime.database.read() as connection:
        assert connection.execute(select(schema.actions)).all() == []


def test_a_ticket_without_its_creation_is_asked_about(runtime: Runtime) -> None:
    add_account(runtime)
    keep(runtime, body(status("open", 5)))
    take_all(runtime)
    with runtime.database.read() as connection:
        assert [row.ticket for row in connection.execute(select(schema.refreshes))] == ["T1"]


def test_of_a_ticket_without_any_event_nothing_is_stored(runtime: Runtime) -> None:
    account = add_account(runtime)
    shown = Incoming(Reading(present=(Present("T1", at(0), {}),), refresh=("T1",)), "live", runtime.clock())
    with runtime.database.write() as connection:
        absorb(connection, account, [shown], now=runtime.clock())
        recount(connection, account, ["T2"])
    assert stored_tickets(runtime, account) == {}
    assert list(verify(runtime.database, account)) == []
    with runtime.database.read() as connection:
        assert [row.ticket for row in connection.execute(select(schema.refreshes))] == ["T1"]


def test_a_refresh_that_tells_no_creation_is_not_asked_for_again(runtime: Runtime) -> None:
    account = add_account(runtime)
    for _ in range(2):
        take(runtime, account, status("open", 5), origin="live")
        with runtime.database.write() as connection:
            asked = connection.execute(delete(schema.refreshes)).rowcount
    assert asked == 0


def test_a_call_from_tomorrow_is_unreadable(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    account = add_account(runtime)
    ahead = event("ticket.created", "T1", runtime.clock() + 25 * HOUR)
    monkeypatch.setattr(Generic, "parse", lambda *_: Reading(events=(ahead,)))
    (call,) = keep(runtime, b"{}")
    take_all(runtime)
    assert take_of(runtime, call).outcome == "unreadable"
    assert "clock and zone" in take_of(runtime, call).error
    take(runtime, account, ahead, origin="live")
    assert stored_tickets(runtime, account) == {}


def test_a_claim_of_many_events_is_committed_in_limited_transactions(runtime: Runtime) -> None:
    account = add_account(runtime)
    many = [body(*(created(ticket=f"{call}-{number}") for number in range(60))) for call in range(20)]
    keep(runtime, *many)
    assert pipeline.take_in(runtime) == 20
    assert len(stored_tickets(runtime, account)) == 1200


@given(st.lists(st.integers(min_value=0, max_value=20), max_size=30), st.integers(min_value=1, max_value=30))
def test_limited_lists_keep_everything_in_order_and_weigh_no_more(weights: list[int], most: int) -> None:
    lists = list(pipeline._limited([((place, weight), weight) for place, weight in enumerate(weights)], most=most))
    assert [item for items in lists for item in items] == list(enumerate(weights))
    assert all(len(items) == 1 or sum(weight for _, weight in items) <= most for items in lists)


def test_what_was_forgotten_does_not_come_back(runtime: Runtime) -> None:
    account = add_account(runtime)
    ana = Keeper(account.customer_key).event(created())
    assert ana is not None
    with runtime.database.write() as connection:
        bury(connection, "acme", customers=[ana.data["customer"]], tickets=["old"])
    take(runtime, account, created(), sent(5), created(ticket="old", customer="bob"))
    take(runtime, account, status("open", 6))
    take(runtime, account, created(ticket="T3", customer="bob"), sent(3, "customer", ticket="T3", author="ana"))
    assert list(stored_tickets(runtime, account)) == ["T3"]
    assert read_row(stored_tickets(runtime, account)["T3"].state)["customer_messages"] == 0
