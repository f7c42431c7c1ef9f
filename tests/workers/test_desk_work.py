from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, QueuePool, update

from integrations.base import Reading
from integrations.events import event
from integrations.times import DAY, HOUR, MINUTE, SECOND
from tests.workers.standing import START, Clock, add_account, hint, row, rows, wish
from tests.workers.strict_desk import State
from workers import desk_refreshes, pipeline
from workers.desk_actions import perform_next
from workers.desk_refreshes import refresh_next
from workers.desk_session import Step, reach
from workers.desk_work import work_off
from workers.pipeline import Incoming
from workers.retries import MOST_ATTEMPTS
from workers.runtime import Runtime
from workers.store import accounts, actions, conflicts, refreshes, schema
from workers.store.gates import RowGate, states

TAG: dict[str, Any] = {"kind": "tag", "tag": "channel-email", "remove": ["channel-chat"]}
NOTE: dict[str, Any] = {"kind": "note", "marker": "deskpulse:csat:7", "lines": ["The customer answered 1 of 5"]}


@pytest.fixture
def acme(runtime: Runtime, desk: State) -> str:
    desk.add("1", "2", "3")
    add_account(runtime, "acme", url=desk.url)
    return "acme"


def action(runtime: Runtime, ticket: str, purpose: str = "channel") -> Any:
    return row(runtime, schema.actions, ticket=ticket, purpose=purpose)


def tries(runtime: Runtime, clock: Clock, account: str, *, hours: int = 200) -> list[int]:
    """Work whenever something is due, for so long; the moments at which anything was."""
    found = []
    until = clock() + hours * HOUR
    while clock() < until:
        with runtime.database.read() as connection:
            moments = [refreshes.soonest(connection, account), actions.soonest(connection, account)]
        waiting = [moment for moment in moments if moment is not None]
        if not waiting:
            break
        clock.now = max(clock(), min(waiting))
        found.append(clock())
        work_off(runtime, account)
        clock.now += SECOND
    return found


class TestRefreshes:
    def test_a_ticket_that_was_hinted_at_is_fetched_and_the_row_is_gone(self, runtime: Runtime, acme: str) -> None:
        hint(runtime, acme, "1")
        assert work_off(runtime, acme) is False
        assert {found.ticket for found in rows(runtime, schema.events)} == {"1"}
        assert {found.origin for found in rows(runtime, schema.events)} == {"live"}
        assert rows(runtime, schema.refreshes) == []

    @pytest.mark.parametrize("origin", ["live", "reconcile", "backfill", "replay"])
    def test_what_a_refresh_finds_has_the_origin_of_what_asked_for_it(
        self, runtime: Runtime, acme: str, origin: str
    ) -> None:
        hint(runtime, acme, "1", origin=origin)
        work_off(runtime, acme)
        assert {found.origin for found in rows(runtime, schema.events)} == {origin}

    def test_many_hints_cost_one_refresh(self, runtime: Runtime, acme: str, desk: State) -> None:
        for _ in range(20):
            hint(runtime, acme, "1", at=START + SECOND)
        work_off(runtime, acme)
        assert desk.asked_about("1") == 1

    def test_a_hint_is_waited_for_when_it_is_due_in_a_moment(self, runtime: Runtime, acme: str, clock: Clock) -> None:
        hint(runtime, acme, "1", at=START + SECOND)
        work_off(runtime, acme)
        assert rows(runtime, schema.refreshes) == []
        assert clock() == START + SECOND

    def test_a_hint_that_comes_during_the_refresh_asks_for_one_more(
        self, runtime: Runtime, acme: str, desk: State, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hint(runtime, acme, "1")
        self._while_storing(monkeypatch, lambda: hint(runtime, acme, "1"))
        refresh_next(self._reach(runtime, acme))
        left = row(runtime, schema.refreshes)
        assert (left.ticket, left.state, left.token, left.attempts) == ("1", "waiting", None, 0)
        assert left.next_at == START + refreshes.DEBOUNCE
        monkeypatch.undo()
        work_off(runtime, acme)
        assert desk.asked_about("1") == 2

    def test_a_live_hint_is_served_before_a_long_back_fill(self, runtime: Runtime, acme: str, desk: State) -> None:
        hint(runtime, acme, "1", "2", origin="backfill", at=START - HOUR)
        hint(runtime, acme, "3", origin="live")
        work_off(runtime, acme)
        assert desk.paths() == ["/tickets/3", "/tickets/1", "/tickets/2"]

    def test_a_ticket_that_is_gone_is_seen_as_deleted(self, runtime: Runtime, acme: str, desk: State) -> None:
        hint(runtime, acme, "1")
        work_off(runtime, acme)
        del desk.tickets["1"]
        hint(runtime, acme, "1")
        work_off(runtime, acme)
        (found,) = [one for one in rows(runtime, schema.events, ticket="1") if one.type == "status.changed"]
        assert orjson.loads(found.data)["status"] == "deleted"

    @pytest.mark.parametrize("known", [True, False])
    def test_a_ticket_the_desk_never_heard_of_is_asked_about_once(
        self, runtime: Runtime, acme: str, desk: State, clock: Clock, known: bool
    ) -> None:
        if known:
            resolved = event("status.changed", "404", START - HOUR, status="resolved")
            with runtime.database.read() as connection:
                account = accounts.find(connection, acme, runtime.vault)
            assert account is not None
            with runtime.database.write() as connection:
                pipeline.absorb(connection, account, [Incoming(Reading((resolved,)), "live", START)], now=START)
        else:
            hint(runtime, acme, "404")
        assert len(tries(runtime, clock, acme)) == 1
        assert rows(runtime, schema.refreshes) == []
        assert desk.paths() == ["/tickets/404"]

    def test_what_the_answer_says_is_counted_and_acted_on(self, runtime: Runtime, acme: str, desk: State) -> None:
        desk.tickets["1"]["created_at"] = START - MINUTE
        hint(runtime, acme, "1")
        work_off(runtime, acme)
        assert desk.tickets["1"]["tags"] == ["channel-email"]
        assert row(runtime, schema.tickets).ticket == "1"

    def test_one_ticket_the_desk_fails_on_does_not_stop_the_others(
        self, runtime: Runtime, acme: str, desk: State
    ) -> None:
        desk.modes["1"] = "fail"
        hint(runtime, acme, "1", "2", "3")
        work_off(runtime, acme)
        assert {found.ticket for found in rows(runtime, schema.events)} == {"2", "3"}
        left = row(runtime, schema.refreshes)
        assert (left.ticket, left.attempts) == ("1", 1)
        assert "500" in left.error

    def test_a_fault_in_a_desks_code_is_put_off_and_told_without_its_text(
        self, runtime: Runtime, acme: str, desk: State
    ) -> None:
        desk.add("bug")
        hint(runtime, acme, "bug", "2")
        work_off(runtime, acme)
        assert {found.ticket for found in rows(runtime, schema.events)} == {"2"}
        assert row(runtime, schema.refreshes).error == "a fault in Deskpulse: KeyError"

    def test_a_ticket_that_kills_its_worker_every_time_is_given_up(self, runtime: Runtime, acme: str) -> None:
        hint(runtime, acme, "1")
        with runtime.database.write() as connection:
            connection.execute(update(schema.refreshes).values(attempts=MOST_ATTEMPTS))
        work_off(runtime, acme)
        with runtime.database.read() as connection:
            (left,) = refreshes.given_up(connection, acme)
        assert (left.ticket, left.error) == ("1", f"{MOST_ATTEMPTS} workers ended while they worked on this")

    def test_what_was_given_up_is_tried_again_when_a_person_says_so(
        self, runtime: Runtime, acme: str, desk: State
    ) -> None:
        desk.modes["1"] = "reject"
        hint(runtime, acme, "1")
        work_off(runtime, acme)
        desk.modes.clear()
        with runtime.database.write() as connection:
            assert refreshes.try_again(connection, acme, now=runtime.clock()) == 1
        work_off(runtime, acme)
        assert rows(runtime, schema.refreshes) == []

    def test_a_worker_that_paused_stores_nothing_over_its_successor(
        self, runtime: Runtime, acme: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hint(runtime, acme, "1")

        def taken_by_another() -> None:
            clock.nap(31)
            with runtime.database.write() as connection:
                assert refreshes.claim(connection, acme, now=clock())

        self._before_storing(monkeypatch, taken_by_another)
        refresh_next(self._reach(runtime, acme))
        assert rows(runtime, schema.events) == []
        assert row(runtime, schema.refreshes).token is not None

    def test_a_worker_that_died_loses_the_ticket_after_its_lease(
        self, runtime: Runtime, acme: str, clock: Clock
    ) -> None:
        hint(runtime, acme, "1")
        with runtime.database.write() as connection:
            assert refreshes.claim(connection, acme, now=clock())
        clock.nap(29)
        work_off(runtime, acme)
        assert rows(runtime, schema.events) == []
        clock.nap(2)
        work_off(runtime, acme)
        assert {found.ticket for found in rows(runtime, schema.events)} == {"1"}

    def test_no_request_is_made_inside_a_transaction(
        self, runtime: Runtime, acme: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []
        pool = runtime.database.work.pool
        assert isinstance(pool, QueuePool)

        def refresh(*_given: Any) -> Reading:
            seen.append(pool.checkedout())
            return Reading()

        monkeypatch.setattr("tests.workers.strict_desk.StrictDesk.refresh", refresh)
        hint(runtime, acme, "1")
        work_off(runtime, acme)
        assert seen == [0]

    def _reach(self, runtime: Runtime, account: str) -> Any:
        found = reach(runtime, account)
        assert found is not None
        return found

    def _while_storing(self, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
        self._before_storing(monkeypatch, happens)

    def _before_storing(self, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
        really = conflicts.in_transaction

        def late(database: Any, work: Callable[[Connection], None]) -> None:
            happens()
            really(database, work)

        monkeypatch.setattr(desk_refreshes, "in_transaction", late)


class TestActions:
    def test_a_tag_is_set_and_the_one_it_replaces_removed(self, runtime: Runtime, acme: str, desk: State) -> None:
        desk.tickets["1"]["tags"] = ["vip", "channel-chat"]
        wish(runtime, acme, "1", "channel", **TAG)
        work_off(runtime, acme)
        assert desk.tickets["1"]["tags"] == ["vip", "channel-email"]
        done = action(runtime, "1")
        assert (done.state, done.done_at, orjson.loads(done.held)) == ("done", START, TAG)

    def test_a_field_is_set_where_there_are_fields(self, runtime: Runtime, acme: str, desk: State) -> None:
        wish(runtime, acme, "1", "score:csat", kind="field", name="csat", value="4", tag="deskpulse-csat-4", remove=[])
        work_off(runtime, acme)
        assert desk.tickets["1"]["fields"] == {"csat": "4"}
        assert desk.tickets["1"]["tags"] == []

    def test_actions_of_one_ticket_are_done_in_the_order_they_were_asked_for(
        self, runtime: Runtime, acme: str, desk: State
    ) -> None:
        wish(runtime, acme, "1", "b", asked_at=START - 3, kind="tag", tag="channel-one")
        wish(runtime, acme, "1", "a", asked_at=START - 2, kind="tag", tag="channel-two")
        wish(runtime, acme, "1", "c", asked_at=START - 1, kind="tag", tag="channel-three")
        work_off(runtime, acme)
        assert desk.tickets["1"]["tags"] == ["channel-one", "channel-two", "channel-three"]

    def test_a_ticket_is_refreshed_before_anything_is_done_to_it(
        self, runtime: Runtime, acme: str, desk: State
    ) -> None:
        wish(runtime, acme, "1", "channel", **TAG)
        hint(runtime, acme, "1", at=START + SECOND)
        work_off(runtime, acme)
        assert desk.paths()[0] == "/tickets/1"
        assert action(runtime, "1").state == "done"

    def test_a_refresh_that_keeps_failing_does_not_keep_back_the_actions(
        self, runtime: Runtime, acme: str, clock: Clock, desk: State
    ) -> None:
        desk.modes["1"] = "fail"
        hint(runtime, acme, "1")
        wish(runtime, acme, "1", "channel", **TAG)
        refresh_next(self._reach(runtime, acme))
        desk.modes.clear()
        assert perform_next(self._reach(runtime, acme)) is Step.WORKED
        assert action(runtime, "1").state == "done"

    def test_a_note_whose_answer_was_lost_is_posted_once(
        self, runtime: Runtime, acme: str, clock: Clock, desk: State
    ) -> None:
        desk.mode = "lose"
        wish(runtime, acme, "1", "note:csat", **NOTE)
        work_off(runtime, acme)
        waiting = action(runtime, "1", "note:csat")
        assert (waiting.state, waiting.held, len(desk.tickets["1"]["notes"])) == ("waiting", None, 1)
        desk.mode = "well"
        tries(runtime, clock, acme)
        assert action(runtime, "1", "note:csat").state == "done"
        assert len(desk.tickets["1"]["notes"]) == 1

    def test_a_worker_that_died_after_posting_does_not_make_it_two(
        self, runtime: Runtime, acme: str, clock: Clock, desk: State
    ) -> None:
        wish(runtime, acme, "1", "note:csat", **NOTE)
        with runtime.database.write() as connection:
            actions.claim(connection, acme, now=clock())
        desk.tickets["1"]["notes"].append(f"The customer answered 1 of 5\n{NOTE['marker']}")
        clock.nap(31)
        work_off(runtime, acme)
        assert action(runtime, "1", "note:csat").state == "done"
        assert len(desk.tickets["1"]["notes"]) == 1

    def test_a_wish_that_changed_while_it_was_fulfilled_is_fulfilled_again(
        self, runtime: Runtime, acme: str, desk: State, clock: Clock
    ) -> None:
        wish(runtime, acme, "1", "channel", **TAG)
        with runtime.database.write() as connection:
            (claimed,) = actions.claim(connection, acme, now=clock())
            later = orjson.dumps({"kind": "tag", "tag": "channel-voice", "remove": ["channel-email"]}).decode()
            connection.execute(update(schema.actions).values(wish=later))
            actions.fulfil(connection, claimed, now=clock())
        assert (action(runtime, "1").state, orjson.loads(action(runtime, "1").held)) == ("waiting", TAG)
        work_off(runtime, acme)
        assert desk.tickets["1"]["tags"] == ["channel-voice"]
        assert action(runtime, "1").state == "done"

    def test_a_request_the_desk_rejects_is_given_up_and_the_next_is_done(
        self, runtime: Runtime, acme: str, desk: State
    ) -> None:
        desk.modes["1"] = "reject"
        wish(runtime, acme, "1", "channel", **TAG)
        wish(runtime, acme, "2", "channel", **TAG)
        work_off(runtime, acme)
        assert (action(runtime, "1").state, action(runtime, "2").state) == ("given_up", "done")
        with runtime.database.read() as connection:
            (left,) = actions.given_up(connection, acme)
        assert (left.ticket, left.purpose, left.attempts) == ("1", "channel", 1)
        assert "422" in left.error

    def test_an_action_on_a_ticket_that_is_gone_is_skipped(self, runtime: Runtime, acme: str) -> None:
        wish(runtime, acme, "404", "channel", **TAG)
        work_off(runtime, acme)
        assert action(runtime, "404").state == "skipped"

    def test_an_action_that_comes_too_late_is_skipped_and_says_so(
        self, runtime: Runtime, acme: str, desk: State
    ) -> None:
        wish(runtime, acme, "1", "channel", asked_at=START - 2 * DAY - 1, **TAG)
        wish(runtime, acme, "2", "channel", asked_at=START - 2 * DAY, **TAG)
        work_off(runtime, acme)
        assert (action(runtime, "1").state, action(runtime, "2").state) == ("skipped", "done")
        assert "48 hours" in action(runtime, "1").error
        assert desk.tickets["1"]["tags"] == []

    def test_a_wish_of_an_unknown_kind_is_given_up(self, runtime: Runtime, acme: str) -> None:
        wish(runtime, acme, "1", "other", kind="haiku")
        work_off(runtime, acme)
        assert action(runtime, "1", "other").state == "given_up"

    def test_after_an_outage_the_rest_of_a_ticket_waits_and_loses_no_try(
        self, runtime: Runtime, acme: str, desk: State
    ) -> None:
        desk.mode = "down"
        wish(runtime, acme, "1", "a", asked_at=START - 2, **TAG)
        wish(runtime, acme, "1", "b", asked_at=START - 1, **TAG)
        perform_next(self._reach(runtime, acme))
        first, second = action(runtime, "1", "a"), action(runtime, "1", "b")
        assert (first.attempts, second.attempts) == (1, 0)
        assert second.next_at > START
        assert (second.error, second.token) == (None, None)

    def test_two_workers_never_work_on_one_ticket_at_once(self, runtime: Runtime, acme: str, clock: Clock) -> None:
        wish(runtime, acme, "1", "a", **TAG)
        with runtime.database.write() as connection:
            assert len(actions.claim(connection, acme, now=clock())) == 1
        wish(runtime, acme, "1", "b", **TAG)
        wish(runtime, acme, "2", "a", **TAG)
        with runtime.database.write() as connection:
            assert [claimed.ticket for claimed in actions.claim(connection, acme, now=clock())] == ["2"]
        clock.nap(31)
        with runtime.database.write() as connection:
            again = actions.claim(connection, acme, now=clock())
        assert {(claimed.ticket, claimed.purpose) for claimed in again} in (
            {("1", "a"), ("1", "b")},
            {("2", "a")},
        )

    def _reach(self, runtime: Runtime, account: str) -> Any:
        found = reach(runtime, account)
        assert found is not None
        return found


class TestDesksInTrouble:
    def test_a_desk_that_is_down_gets_one_probe_in_30_seconds(
        self, runtime: Runtime, acme: str, clock: Clock, desk: State
    ) -> None:
        desk.add(*map(str, range(100)))
        desk.mode = "down"
        hint(runtime, acme, *map(str, range(100)))
        work_off(runtime, acme)
        assert len(desk.requests) == 5
        for _ in range(24):
            clock.nap(5)
            work_off(runtime, acme)
        assert 5 + 3 <= len(desk.requests) <= 5 + 4

    def test_it_closes_by_itself_and_what_waited_is_done(
        self, runtime: Runtime, acme: str, clock: Clock, desk: State
    ) -> None:
        desk.mode = "down"
        desk.add(*map(str, range(10)))
        hint(runtime, acme, *map(str, range(10)))
        work_off(runtime, acme)
        desk.mode = "well"
        clock.nap(31)
        tries(runtime, clock, acme)
        assert rows(runtime, schema.refreshes) == []

    def test_it_closes_by_itself_when_only_actions_wait(
        self, runtime: Runtime, acme: str, clock: Clock, desk: State
    ) -> None:
        desk.mode = "down"
        desk.add(*map(str, range(10)))
        for ticket in range(10):
            wish(runtime, acme, str(ticket), "channel", **TAG)
        work_off(runtime, acme)
        desk.mode = "well"
        clock.nap(31)
        tries(runtime, clock, acme)
        assert {found.state for found in rows(runtime, schema.actions)} == {"done"}

    def test_who_finds_work_while_another_makes_the_probe_puts_it_back_and_loses_no_try(
        self, runtime: Runtime, acme: str, clock: Clock, desk: State, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.mode = "fail"
        desk.add(*map(str, range(5)))
        hint(runtime, acme, *map(str, range(5)))
        work_off(runtime, acme)
        clock.nap(31)
        attempts = [found.attempts for found in rows(runtime, schema.refreshes)]
        self._reach(runtime, acme).gate.take(1)
        monkeypatch.setattr(RowGate, "admit", lambda _gate: True)  # as it was a moment before
        assert refresh_next(self._reach(runtime, acme)) is Step.STOP
        assert len(desk.requests) == 5
        assert [found.attempts for found in rows(runtime, schema.refreshes)] == attempts

    def test_a_desk_that_says_wait_is_not_asked_before_and_no_try_is_lost(
        self, runtime: Runtime, acme: str, clock: Clock, desk: State
    ) -> None:
        desk.mode = "limit"
        desk.after = "45"
        hint(runtime, acme, "1", "2")
        work_off(runtime, acme)
        assert len(desk.requests) == 1
        assert {found.attempts for found in rows(runtime, schema.refreshes)} == {0}
        desk.mode = "well"
        clock.nap(44)
        work_off(runtime, acme)
        assert len(desk.requests) == 1
        clock.nap(1)
        work_off(runtime, acme)
        assert rows(runtime, schema.refreshes) == []

    def test_one_account_in_trouble_leaves_the_other_alone(self, runtime: Runtime, acme: str, desk: State) -> None:
        add_account(runtime, "other", url=desk.url)
        desk.modes["1"] = "limit"
        hint(runtime, acme, "1")
        hint(runtime, "other", "2")
        work_off(runtime, acme)
        work_off(runtime, "other")
        assert {(found.account, found.ticket) for found in rows(runtime, schema.events)} == {("other", "2")}

    def test_refused_credentials_wait_for_a_person_and_doctor_shows_them(
        self, runtime: Runtime, acme: str, clock: Clock, desk: State
    ) -> None:
        desk.mode = "refuse"
        hint(runtime, acme, "1")
        work_off(runtime, acme)
        left = row(runtime, schema.refreshes)
        assert (left.state, left.attempts) == ("waiting", 1)
        assert left.next_at >= START + 30 * MINUTE
        with runtime.database.read() as connection:
            (state,) = states(connection, now=clock())
        assert "check the credentials" in (state.error or "")

    def test_an_outage_of_three_days_is_sat_out_and_one_without_end_given_up(
        self, runtime: Runtime, acme: str, clock: Clock, desk: State
    ) -> None:
        desk.mode = "down"
        hint(runtime, acme, "1")
        moments = tries(runtime, clock, acme)
        assert moments[-1] - moments[0] >= 72 * HOUR
        assert row(runtime, schema.refreshes).state == "given_up"

    def test_a_desk_that_lies_is_put_off(self, runtime: Runtime, acme: str, desk: State) -> None:
        desk.mode = "lie"
        hint(runtime, acme, "1")
        work_off(runtime, acme)
        assert "not JSON" in row(runtime, schema.refreshes).error

    def test_a_small_budget_is_never_exceeded_and_used_up(self, runtime: Runtime, clock: Clock, desk: State) -> None:
        desk.clock = clock
        desk.add(*map(str, range(60)))
        add_account(runtime, "small", desk="slow", url=desk.url)
        hint(runtime, "small", *map(str, range(60)))
        while clock() < START + 2 * MINUTE:
            work_off(runtime, "small")
            clock.nap(5)
        moments = [at for at, _, _ in desk.requests]
        assert max(bisect_right(moments, at + MINUTE - 1) - place for place, at in enumerate(moments)) <= 24
        assert len(moments) >= 34  # of two minutes: the burst and 14 a minute

    def _reach(self, runtime: Runtime, account: str) -> Any:
        found = reach(runtime, account)
        assert found is not None
        return found


class TestWithinReach:
    def test_a_desk_without_an_api_keeps_nothing_waiting(self, runtime: Runtime) -> None:
        add_account(runtime, "push", desk="deaf")
        hint(runtime, "push", "1")
        wish(runtime, "push", "1", "channel", **TAG)
        assert work_off(runtime, "push") is False
        assert rows(runtime, schema.refreshes) == []
        assert action(runtime, "1").state == "skipped"

    def test_an_account_that_is_not_connected_yet_keeps_its_work(self, runtime: Runtime) -> None:
        add_account(runtime, "later")
        hint(runtime, "later", "1")
        assert work_off(runtime, "later") is False
        assert row(runtime, schema.refreshes).attempts == 0

    def test_an_account_that_was_removed_has_no_work(self, runtime: Runtime) -> None:
        assert work_off(runtime, "nobody") is False

    def test_work_ends_when_its_time_is_over_and_says_that_there_is_more(
        self, runtime: Runtime, acme: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        really = pipeline.absorb

        def slow(*given: Any, **named: Any) -> None:
            clock.nap(3)
            really(*given, **named)

        monkeypatch.setattr(desk_refreshes, "absorb", slow)
        hint(runtime, acme, "1", "2", "3")
        assert work_off(runtime, acme) is True
        assert len(rows(runtime, schema.refreshes)) == 1
