from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, update
from structlog.testing import capture_logs

from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant, instant
from tests.workers.standing import START, Clock, Nudged, add_account, hint, rows, wish
from tests.workers.strict_desk import State
from workers import as_reported, schedule
from workers.accounts import Account
from workers.rules import InvalidSettings, check_settings
from workers.runtime import Runtime
from workers.store import schema, slots
from workers.store.due import Summary
from workers.sweep import sweep

ZAGREB = ZoneInfo("Europe/Zagreb")
QUIET: dict[str, Any] = {"summaries": {"daily": None, "weekly": None}}


def at(text: str, zone: ZoneInfo = ZAGREB) -> Instant:
    return instant(datetime.fromisoformat(text).replace(tzinfo=zone))


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def due(now: Instant, *, zone: ZoneInfo = ZAGREB, **summaries: str | None) -> list[tuple[str, int]]:
    wanted = {"daily": None, "weekly": None, **summaries}
    found = schedule.due_summaries("acme", {"summaries": wanted}, zone, now=now)
    return [(summary.period, summary.day) for summary in found]


class TestSummaries:
    def test_a_daily_one_tells_about_the_day_before_from_its_minute_on(self) -> None:
        before, after = at("2026-03-10T07:59:59"), at("2026-03-10T08:00:00")
        assert due(after, daily="08:00") == [("daily", day("2026-03-09"))]
        assert due(before, daily="08:00") == []

    def test_a_weekly_one_tells_about_the_last_whole_week(self) -> None:
        assert due(at("2026-03-09T08:00:00"), weekly="mon 08:00") == [("weekly", day("2026-03-02"))]
        assert due(at("2026-03-11T09:30:00"), weekly="wed 09:30") == [("weekly", day("2026-03-02"))]

    def test_what_is_long_past_is_not_told_any_more(self) -> None:
        assert due(at("2026-03-10T20:00:00"), daily="08:00") != []
        assert due(at("2026-03-10T20:00:01"), daily="08:00") == []
        assert due(at("2026-03-12T08:00:00"), weekly="mon 08:00") != []
        assert due(at("2026-03-12T08:00:01"), weekly="mon 08:00") == []

    def test_off_turns_one_off(self) -> None:
        assert due(at("2026-03-09T08:00:00"), daily="off", weekly="mon 08:00") == [("weekly", day("2026-03-02"))]
        assert check_settings({"summaries": {"daily": "off", "weekly": "off"}})
        with pytest.raises(InvalidSettings, match=r"summaries\.daily"):
            check_settings({"summaries": {"daily": "never"}})

    def test_an_account_that_sets_nothing_gets_both_and_null_turns_one_off(self) -> None:
        now = at("2026-03-09T08:00:00")
        assert schedule.due_summaries("acme", {}, ZAGREB, now=now) == [
            Summary("acme", "daily", day("2026-03-08")),
            Summary("acme", "weekly", day("2026-03-02")),
        ]
        assert due(now) == []

    @given(hours=st.integers(0, 24 * 400), clock=st.sampled_from(["00:00", "02:30", "08:00", "23:59"]))
    def test_on_every_day_of_a_year_one_is_due_once_also_when_clocks_change(self, hours: int, clock: str) -> None:
        first = date(2026, 1, 1) + timedelta(days=hours // 24)
        moments = [at(f"{first}T00:00:00") + step * 10 * MINUTE for step in range(6 * 26)]
        told = {summary for now in moments for summary in due(now, daily=clock)}
        assert ("daily", (first - date(1970, 1, 1)).days - 1) in told
        assert len(told) <= 3

    def test_the_hour_a_clock_change_leaves_out_still_has_its_summary(self) -> None:
        assert due(at("2026-03-29T04:00:00"), daily="02:30") == [("daily", day("2026-03-28"))]


class TestSlots:
    def test_a_slot_is_had_by_one(self, runtime: Runtime) -> None:
        had: list[int] = []

        def ask(number: int) -> None:
            with runtime.database.write() as connection:
                if slots.claim(connection, "acme", "drop_bodies", 7):
                    had.append(number)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(had) == 1

    def test_slots_of_accounts_and_jobs_are_their_own(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            assert slots.claim(connection, "acme", "a", 7)
            assert slots.claim(connection, "acme", "b", 7)
            assert slots.claim(connection, "other", "a", 7)
            assert slots.is_taken(connection, "acme", "a", 7)
            assert not slots.is_taken(connection, "acme", "a", 8)

    def test_old_ones_are_forgotten(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            for slot in range(5):
                slots.claim(connection, "acme", "a", slot)
            slots.forget(connection, "acme", before=3)
        assert [found.slot for found in rows(runtime, schema.slots)] == [3, 4]


class TestSweep:
    def test_with_nothing_to_do_only_the_inbox_is_looked_into(self, runtime: Runtime, nudged: Nudged) -> None:
        sweep(runtime)
        assert nudged.take() == [("take_in",)]

    def test_due_work_of_a_desk_is_found(self, runtime: Runtime, nudged: Nudged, desk: State, clock: Clock) -> None:
        for slug in ("a", "b", "c", "d"):
            add_account(runtime, slug, desk="deaf", **QUIET)
        self._settle(runtime, nudged)
        hint(runtime, "a", "1")
        wish(runtime, "b", "1", "channel", kind="tag", tag="channel-chat")
        hint(runtime, "c", "1", at=START + MINUTE)
        sweep(runtime)
        assert [found for found in nudged.take() if found[0] == "desk_work"] == [("desk_work", "a"), ("desk_work", "b")]
        clock.nap(60)
        sweep(runtime)
        assert ("desk_work", "c") in nudged.take()

    def test_a_desk_that_is_held_back_is_left_alone_until_then(
        self, runtime: Runtime, nudged: Nudged, clock: Clock
    ) -> None:
        add_account(runtime, "a", desk="deaf", **QUIET)
        self._settle(runtime, nudged)
        hint(runtime, "a", "1")
        with runtime.database.write() as connection:
            held = {"tokens": 0.0, "filled_at": START, "failures": 0, "probe_at": 0, "held_until": START + MINUTE}
            connection.execute(insert(schema.gates).values(account="a", **held))
        sweep(runtime)
        assert nudged.take() == [("take_in",)]
        clock.nap(60)
        sweep(runtime)
        assert ("desk_work", "a") in nudged.take()

    def test_a_reconciliation_is_begun_for_every_desk_that_can_and_repeated(
        self, runtime: Runtime, nudged: Nudged, desk: State, clock: Clock
    ) -> None:
        add_account(runtime, "a", url=desk.url, **QUIET)
        add_account(runtime, "deaf", desk="deaf", url=desk.url, **QUIET)
        add_account(runtime, "unconnected", **QUIET)
        sweep(runtime)
        assert [found for found in nudged.take() if found[0] == "desk_job"] == [("desk_job", "a", "reconcile")]
        with runtime.database.write() as connection:
            connection.execute(update(schema.jobs).values(next_at=START + 10 * MINUTE))
        sweep(runtime)
        assert [found for found in nudged.take() if found[0] == "desk_job"] == []
        clock.nap(600)
        sweep(runtime)
        assert ("desk_job", "a", "reconcile") in nudged.take()

    def test_facts_that_wait_are_compacted(self, runtime: Runtime, nudged: Nudged) -> None:
        for slug in ("a", "b"):
            add_account(runtime, slug, desk="deaf", **QUIET)
        with runtime.database.write() as connection:
            connection.execute(insert(schema.changes).values(account="b", ticket="1", version=1, old="[]", new="[]"))
        sweep(runtime)
        assert [found for found in nudged.take() if found[0] == "compact"] == [("compact", "b")]

    def test_bodies_are_dropped_once_a_day_by_however_many_beats(
        self, runtime: Runtime, nudged: Nudged, clock: Clock
    ) -> None:
        add_account(runtime, "a", desk="deaf", **QUIET)
        clock.now = START - START % DAY
        for _ in range(3 * 24):
            sweep(runtime)
            sweep(runtime)
            clock.now += HOUR
        assert len([found for found in nudged.take() if found[0] == "drop_bodies"]) == 3

    def test_a_summary_is_asked_for_again_until_it_is_begun(
        self, runtime: Runtime, nudged: Nudged, clock: Clock
    ) -> None:
        add_account(runtime, "a", desk="deaf", time_zone="UTC", summaries={"daily": "08:00", "weekly": None})
        clock.now = instant(datetime(2026, 6, 3, 8, 0, tzinfo=UTC))
        wanted = ("sum_up", "a", "daily", day("2026-06-02"))
        for _ in range(2 * 15):
            sweep(runtime)
            sweep(runtime)
            clock.nap(20)
        assert nudged.take().count(wanted) == 2  # of ten minutes: the message may have got lost
        self._begin(runtime, "a", day("2026-06-02"), state="done")
        clock.nap(3600)
        sweep(runtime)
        assert wanted not in nudged.take()

    def test_a_summary_that_was_begun_is_tried_when_its_row_says_so(
        self, runtime: Runtime, nudged: Nudged, clock: Clock
    ) -> None:
        self._begin(runtime, "a", 20_000, state="waiting", next_at=START + MINUTE)
        sweep(runtime)
        assert nudged.take() == [("take_in",)]
        clock.nap(60)
        sweep(runtime)
        assert ("sum_up", "a", "daily", 20_000) in nudged.take()

    def test_an_account_whose_secrets_do_not_open_does_not_stop_the_others(
        self, runtime: Runtime, nudged: Nudged
    ) -> None:
        for slug in ("a", "b"):
            add_account(runtime, slug, desk="deaf", **QUIET)
        with runtime.database.write() as connection:
            connection.execute(update(schema.accounts).where(schema.accounts.c.slug == "a").values(sealed=b"?"))
        sweep(runtime)
        assert ("drop_bodies", "b") in nudged.take()

    def test_an_account_whose_desk_is_not_known_does_not_stop_the_others_and_keeps_its_bodies_no_longer(
        self, runtime: Runtime, nudged: Nudged, desk: State
    ) -> None:
        for slug in ("a", "b"):
            add_account(runtime, slug, url=desk.url)
        with runtime.database.write() as connection:
            connection.execute(update(schema.accounts).where(schema.accounts.c.slug == "a").values(desk="newdesk"))
        sweep(runtime)
        sent = nudged.take()
        assert {("drop_bodies", "a"), ("drop_bodies", "b"), ("desk_job", "b", "reconcile")} <= set(sent)
        assert ("desk_job", "a", "reconcile") not in sent

    def test_a_fault_with_one_account_is_logged_and_the_others_go_on(
        self, runtime: Runtime, nudged: Nudged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for slug in ("a", "b"):
            add_account(runtime, slug, desk="deaf", **QUIET)
        really = as_reported.due

        def trips(connection: Connection, account: Account, *, now: Instant) -> Any:
            if account.slug == "a":
                raise LookupError("a row that nobody thought of")
            return really(connection, account, now=now)

        monkeypatch.setattr(as_reported, "due", trips)
        with capture_logs() as logs:
            sweep(runtime)
        assert ("drop_bodies", "b") in nudged.take()
        (told,) = logs
        assert (told["event"], told["account"], told["log_level"]) == ("account left out", "a", "error")
        assert isinstance(told["exc_info"], LookupError)

    def test_slots_do_not_pile_up(self, runtime: Runtime, clock: Clock) -> None:
        add_account(runtime, "a", desk="deaf", **QUIET)
        for _ in range(30):
            sweep(runtime)
            clock.now += DAY
        for job in ("drop_bodies", "remove_strays"):
            assert len(rows(runtime, schema.slots, job=job)) <= 4

    def _settle(self, runtime: Runtime, nudged: Nudged) -> None:
        """Take the slots of today, so that they are not in the way."""
        sweep(runtime)
        nudged.take()

    def _begin(self, runtime: Runtime, account: str, first: int, *, state: str, next_at: Instant = START) -> None:
        values = {"marker": "m", "state": state, "attempts": 0, "next_at": next_at, "lease_until": 0}
        with runtime.database.write() as connection:
            connection.execute(insert(schema.summaries).values(account=account, period="daily", day=first, **values))


def test_the_beat_ticks_every_five_seconds_and_does_nothing_else() -> None:
    assert list(schedule.BEAT) == ["sweep"]
    assert schedule.BEAT["sweep"]["schedule"] == 5.0
    assert schedule.slot(START + 7 * SECOND, length=DAY) == START - START % DAY
