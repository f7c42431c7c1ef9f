"""A finished period stays as it was first told, and every ticket more or fewer since is explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as configured
from hypothesis import strategies as st

from integrations.events import Event, event
from integrations.times import DAY, HOUR, MINUTE, Instant, instant
from tests.tries import tries
from tests.workers.accounts_for_tests import add_account, take
from tests.workers.standing import Clock, Nudged, rows
from tests.workers.stories import MONDAY, answered, at, created, sent, status, told
from workers import as_reported
from workers.accounts import Account
from workers.as_reported import (
    DAILY,
    MONTHLY,
    WEEKLY,
    Since,
    changes_since,
    compare,
    days_of,
    due,
    keep,
    keep_report,
    key_of,
    snapshot,
)
from workers.forget import forget
from workers.periods import Period, date_of
from workers.rebuild import forget_counts, rebuild
from workers.removing import remove_account
from workers.reports import ReportRequest, report
from workers.runtime import Runtime
from workers.store import accounts, jobs, reported, schema
from workers.store.reported import Key, Seen, Snapshot
from workers.sweep import plan
from workers.why_changed import REASONS, Basis, Reason, why_changed
from workers.wording.as_reported import sentence
from workers.wording.language import LANGUAGES, language

A_DAY = 24 * 60
ZAGREB = ZoneInfo("Europe/Zagreb")
#: The local day of the stories' Monday, 2 March 2026, and eight o'clock the next morning.
DAY_ONE = MONDAY // DAY
MORNING: Instant = MONDAY + 23 * HOUR
THE_DAY: Key = (DAILY, DAY_ONE)
LATER: Instant = MONDAY + 5 * DAY
PLAIN = Basis(ZAGREB, {"channel": (), "department": (), "tag": ()})


def told_then(runtime: Runtime, account: Account, key: Key = THE_DAY, *, now: Instant = MORNING) -> Snapshot:
    """The period is told for the first time."""
    with runtime.database.read() as connection:
        found = snapshot(connection, account, key, now=now)
    with runtime.database.write() as connection:
        keep(connection, account, found)
    return found


def kept(runtime: Runtime, account: Account, key: Key = THE_DAY) -> Snapshot | None:
    with runtime.database.read() as connection:
        return reported.find(connection, account.slug, key)


def since(runtime: Runtime, account: Account, key: Key = THE_DAY, *, now: Instant = LATER) -> Since:
    found = kept(runtime, account, key)
    assert found is not None
    with runtime.database.read() as connection:
        return changes_since(connection, account, found, now=now)


def said(runtime: Runtime, account: Account, key: Key = THE_DAY, *, now: Instant = LATER) -> str:
    return sentence(since(runtime, account, key, now=now), language("en"), zone=ZAGREB, now=now)


def with_settings(runtime: Runtime, account: Account, **settings: Any) -> Account:
    """The account under other settings, everything counted anew."""
    with runtime.database.write() as connection:
        found = accounts.find(connection, account.slug, runtime.vault)
        assert found is not None
        changed = accounts.with_settings(found, {**found.settings, **settings}, clock=runtime.clock)
        accounts.save(connection, changed, runtime.vault)
    rebuild(runtime, account.slug, progress=lambda _done, _of: None)
    return changed


def opened(count: int, prefix: str = "T", minutes: float = 0) -> Iterator[Event]:
    for number in range(count):
        yield created(minutes + number, f"{prefix}{number}", customer=f"{prefix}{number}")


class TestDays:
    @pytest.mark.parametrize(
        ("first", "last", "kind"),
        [
            ("2026-03-04", "2026-03-04", DAILY),
            ("2026-03-02", "2026-03-08", WEEKLY),
            ("2026-02-01", "2026-02-28", MONTHLY),
            ("2024-02-01", "2024-02-29", MONTHLY),
        ],
    )
    def test_a_day_a_week_and_a_month_are_told(self, first: str, last: str, kind: str) -> None:
        period = Period(*(instant(datetime.fromisoformat(day).replace(tzinfo=UTC)) // DAY for day in (first, last)))
        assert key_of(period) == (kind, period.first)
        assert days_of((kind, period.first)) == period

    @pytest.mark.parametrize(("first", "days"), [(1, 7), (0, 6), (0, 14)])
    def test_other_days_are_not(self, first: int, days: int) -> None:
        assert key_of(Period(DAY_ONE + first, DAY_ONE + first + days - 1)) is None


OUTS = ("", "spam", "merged", "deleted", "incomplete", "outbound", "channel", "department", "tag")
BASES = st.builds(
    lambda zone, tags: Basis(ZoneInfo(zone), {"channel": (), "department": (), "tag": tags}),
    st.sampled_from(("Europe/Zagreb", "America/New_York")),
    st.sampled_from(((), ("test",))),
)
SEEN = st.builds(Seen, st.integers(0, 3), st.sampled_from(OUTS), st.none() | st.integers(0, 4 * DAY))


class TestWhy:
    """Pure: any tickets then, any tickets now."""

    @given(
        then=st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(OUTS)),
        now=st.dictionaries(st.sampled_from("abcdefgh"), SEEN),
        was=BASES,
        holds=BASES,
        forgotten=st.integers(0, 3),
    )
    def test_the_reasons_add_up_to_the_difference(
        self, then: dict[str, str], now: dict[str, Seen], was: Basis, holds: Basis, forgotten: int
    ) -> None:
        period = Period(1, 2)
        found = why_changed(then, now, period, was=was, holds=holds, forgotten=forgotten)
        counted = sum(not out for out in then.values()) + forgotten
        counts = sum(not one.out and one.day in period.days for one in now.values())
        assert counted + sum(reason.by for reason in found) == counts
        assert all(reason.by for reason in found)
        assert [reason.kind for reason in found] == sorted({each.kind for each in found}, key=REASONS.index)

    @given(tickets=st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(OUTS)))
    def test_nothing_changed_needs_no_reason(self, tickets: dict[str, str]) -> None:
        now = {ticket: Seen(1, out, 0) for ticket, out in tickets.items()}
        assert why_changed(tickets, now, Period(1, 1), was=PLAIN, holds=PLAIN) == ()

    @pytest.mark.parametrize("out", OUTS[1:])
    def test_a_ticket_that_left_is_told_by_why_and_one_that_is_back_as_such(self, out: str) -> None:
        gone = why_changed({"a": ""}, {"a": Seen(1, out, 0)}, Period(1, 1), was=PLAIN, holds=PLAIN)
        come = why_changed({"a": out}, {"a": Seen(1, "", 0)}, Period(1, 1), was=PLAIN, holds=PLAIN)
        assert gone == (Reason(out, -1),)
        assert come == (Reason("late" if out == "incomplete" else "back", 1),)

    def test_other_settings_are_told_only_where_they_are_the_reason(self) -> None:
        others = Basis(ZAGREB, {**PLAIN.excluded, "tag": ("test",)})
        then = {"a": "", "b": ""}
        now = {"a": Seen(1, "tag", 0), "b": Seen(1, "department", 0)}
        assert why_changed(then, now, Period(1, 1), was=PLAIN, holds=others) == (
            Reason("department", -1),
            Reason("rules_out", -1),
        )

    def test_in_another_zone_tickets_move_by_settings_and_others_by_themselves(self) -> None:
        york = replace(PLAIN, zone=ZoneInfo("America/New_York"))
        evening, noon = DAY + 23 * HOUR + 30 * MINUTE, DAY + 12 * HOUR
        # In Zagreb the evening is the next day already.
        now = {"by zone": Seen(1, "", evening), "late": Seen(1, "", noon)}
        assert why_changed({}, now, Period(1, 1), was=PLAIN, holds=york) == (
            Reason("late", 1),
            Reason("rules_in", 1),
        )
        then = {"by zone": "", "moved": ""}
        gone = {"by zone": Seen(1, "", evening), "moved": Seen(1, "", noon)}
        assert why_changed(then, gone, Period(2, 2), was=PLAIN, holds=york) == (
            Reason("moved", -1),
            Reason("rules_out", -1),
        )


class TestSentence:
    def sentence(self, then: int, now: int, *reasons: Reason, code: str = "en", changed: bool = True) -> str:
        figure = as_reported.Changed("ticket_volume", {"n": then}, {"n": now})
        told_of = Since(MORNING, (then, now), reasons, (figure,) if changed else ())
        return sentence(told_of, language(code), zone=ZAGREB, now=LATER)

    def test_it_is_how_a_lead_would_say_it(self) -> None:
        reasons = (Reason("spam", -2), Reason("merged", -1))
        assert self.sentence(214, 211, *reasons) == "As reported on 3 March: 214 tickets. Now 211: 2 spam, 1 merged"

    def test_one_is_one(self) -> None:
        assert self.sentence(1, 3, Reason("late", 1), Reason("rules_in", 1)) == (
            "As reported on 3 March: 1 ticket. Now 3: 1 arrived late, 1 counted by other settings"
        )

    def test_nothing_changed(self) -> None:
        assert self.sentence(214, 214, changed=False) == "As reported on 3 March: unchanged"

    def test_only_other_figures_changed(self) -> None:
        assert self.sentence(214, 214) == "As reported on 3 March: 214 tickets, as now; other figures changed"

    def test_in_another_year_the_year_is_told(self) -> None:
        told_of = Since(MORNING, (2, 2), (), ())
        found = sentence(told_of, language("en"), zone=ZAGREB, now=MORNING + 330 * DAY)
        assert found == "As reported on 3 March 2026: unchanged"

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_every_reason_is_told_with_its_number_in_every_language(self, code: str) -> None:
        for kind in REASONS:
            for n in (1, 2, 5):
                assert f" {n} " in self.sentence(40, 41, Reason(kind, n), code=code), kind


class TestStory:
    def test_from_the_telling_to_the_sentence(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *opened(214))
        told_then(runtime, account)
        assert said(runtime, account, now=MORNING) == "As reported on 3 March: unchanged"

        changes = [told("ticket.merged", 5000, "T7", into="T8"), *(status("spam", 5000, f"T{n}") for n in (3, 4))]
        take(runtime, account, *changes)
        assert said(runtime, account) == "As reported on 3 March: 214 tickets. Now 211: 2 spam, 1 merged"

        take(runtime, account, *opened(2, "L", 300), status("open", 6000, "T3"))
        assert (
            said(runtime, account) == "As reported on 3 March: 214 tickets. Now 214: 1 spam, 1 merged, 2 arrived late"
        )

    def test_what_was_out_of_count_then_and_is_back_did_not_arrive_late(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *opened(3), status("spam", 50, "T0"))
        told_then(runtime, account)
        take(runtime, account, status("open", 3000, "T0"))
        assert said(runtime, account) == "As reported on 3 March: 2 tickets. Now 3: 1 came back"

    def test_a_ticket_whose_beginning_is_recovered_moves_to_its_day(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *opened(2, minutes=60), created(90, "T1"))
        told_then(runtime, account)
        take(
            runtime, account, event("ticket.created", "T1", at(-A_DAY), seen=at(A_DAY), channel="email", by="customer")
        )
        assert said(runtime, account) == "As reported on 3 March: 2 tickets. Now 1: 1 moved to another day"

    def test_other_settings_are_named(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created(0, "T0"), created(0, "T1", department="sales"), created(0, "T2", tags=["test"]))
        told_then(runtime, account)
        changed = with_settings(runtime, account, exclude={"departments": ["sales"]})
        assert said(runtime, changed) == "As reported on 3 March: 3 tickets. Now 2: 1 left out by other settings"

    def test_a_ticket_that_comes_into_an_excluded_department_is_not_by_settings(self, runtime: Runtime) -> None:
        account = add_account(runtime, exclude={"departments": ["sales"]})
        take(runtime, account, *opened(3), created(0, "T9", department="sales"))
        told_then(runtime, account)
        take(runtime, account, told("ticket.moved", 3000, "T1", department="sales"))
        assert said(runtime, account) == "As reported on 3 March: 3 tickets. Now 2: 1 in an excluded department"

    def test_other_figures_are_told_as_then_and_now(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *opened(2), sent(10, ticket="T0"), answered(5, 60, "T0"))
        told_then(runtime, account)
        take(runtime, account, sent(20, ticket="T1"), answered(1, 70, "T1"))
        found = since(runtime, account)
        assert found.reasons == ()
        assert {one.name: (one.then["n"], one.now["n"]) for one in found.changed}["first_response_time"] == (1, 2)
        assert said(runtime, account) == "As reported on 3 March: 2 tickets, as now; other figures changed"

    def test_the_figures_kept_are_those_of_the_report(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *opened(2), sent(10, ticket="T0"), answered(5, 60, "T0"))
        found = told_then(runtime, account)
        with runtime.database.read() as connection:
            total = report(connection, account, ReportRequest(DAY_ONE, DAY_ONE), now=MORNING)["total"]
        assert {
            "ticket_volume",
            "first_response_time",
            "resolution_rate_24h",
            "csat",
            "ces",
            "nps",
        } <= found.figures.keys()
        for name, figure in found.figures.items():
            assert figure.items() <= total[name].items()
        assert kept(runtime, account) == found


def moves(ticket: str, minute: int) -> st.SearchStrategy[Event]:
    """What may happen to a ticket later, some of it long before."""
    return st.one_of(
        st.sampled_from(("spam", "open", "deleted", "resolved")).map(lambda word: status(word, minute, ticket)),
        st.just(told("ticket.merged", minute, ticket, into="T0")),
        st.integers(-2, 3).map(lambda days: created(days * A_DAY, ticket)),
        st.sampled_from(("sales", "support")).map(
            lambda department: told("ticket.moved", minute, ticket, department=department)
        ),
    )


NAMES = [f"T{n}" for n in range(5)]
HISTORIES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.integers(1, 9000)).flatmap(lambda one: moves(*one)), max_size=8
)


@configured(max_examples=tries(1 / 2), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=HISTORIES, after=HISTORIES)
def test_whatever_happens_then_and_the_reasons_make_now(
    runtime: Runtime, before: list[Event], after: list[Event]
) -> None:
    slug = f"acme-{len(rows(runtime, schema.accounts))}"
    account = add_account(runtime, slug, exclude={"departments": ["sales"]})
    take(runtime, account, created(0, "T9"), *before)
    for key in (THE_DAY, (WEEKLY, DAY_ONE)):
        told_then(runtime, account, key)
    if after:
        take(runtime, account, *after)
    for key in (THE_DAY, (WEEKLY, DAY_ONE)):
        found = since(runtime, account, key)
        assert found.volume[0] + sum(reason.by for reason in found.reasons) == found.volume[1]


class TestKept:
    def test_the_first_telling_stays(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *opened(2))
        first = told_then(runtime, account)
        take(runtime, account, *opened(1, "L"))
        told_then(runtime, account, now=LATER)
        assert kept(runtime, account) == first

    def test_every_name_comes_back_as_it_was(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        names = ["a\nb", 'say "so"', "žluť", "\\", "1"]
        take(runtime, account, *(created(n, name) for n, name in enumerate(names)))
        told_then(runtime, account)
        found = kept(runtime, account)
        assert found is not None
        assert found.tickets == dict.fromkeys(names, "")

    def test_of_very_many_only_how_many_more_or_fewer_is_told(
        self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(as_reported, "MOST_TICKETS", 2)
        account = add_account(runtime)
        take(runtime, account, *opened(3))
        assert told_then(runtime, account).tickets is None
        take(runtime, account, status("spam", 3000, "T0"))
        assert said(runtime, account) == "As reported on 3 March: 3 tickets. Now 2: 1 fewer in all"
        take(runtime, account, *opened(2, "L"))
        assert said(runtime, account) == "As reported on 3 March: 3 tickets. Now 4: 1 more in all"

    def test_where_they_are_many_a_worker_finds_the_reasons(
        self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, clock: Clock, nudged: Nudged
    ) -> None:
        monkeypatch.setattr(as_reported, "FEW_TICKETS", 2)
        account = add_account(runtime)
        take(runtime, account, *opened(3))
        told_then(runtime, account)
        take(runtime, account, status("spam", 3000, "T0"), *opened(3, "L"))
        assert said(runtime, account) == "As reported on 3 March: 3 tickets. Now 5: 2 more in all"
        clock.now = LATER
        plan(runtime, now=LATER)
        assert ("compare_reports", "acme") in nudged.take()
        compare(runtime, "acme")
        assert said(runtime, account) == "As reported on 3 March: 3 tickets. Now 5: 1 spam, 3 arrived late"
        take(runtime, account, status("spam", 3000, "T1"))
        assert said(runtime, account) == "As reported on 3 March: 3 tickets. Now 4: 1 more in all"

    def test_nobody_compares_where_they_are_few(self, runtime: Runtime, clock: Clock, nudged: Nudged) -> None:
        account = add_account(runtime)
        take(runtime, account, *opened(3))
        told_then(runtime, account)
        plan(runtime, now=LATER)
        assert ("compare_reports", "acme") not in nudged.take()

    def test_while_tickets_are_counted_anew_the_sum_is_right_too(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *opened(3))
        told_then(runtime, account)
        with runtime.database.write() as connection:
            forget_counts(connection, "acme")
        assert since(runtime, account).reasons == (Reason("fewer", -3),)

    def test_it_is_kept_for_13_months(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *opened(2))
        told_then(runtime, account)
        told_then(runtime, account, (DAILY, DAY_ONE + 395), now=MORNING + 396 * DAY)
        assert kept(runtime, account) is not None
        told_then(runtime, account, (DAILY, DAY_ONE + 396), now=MORNING + 397 * DAY)
        assert kept(runtime, account) is None

    def test_every_day_week_and_month_of_13_months_is_kept(self, runtime: Runtime) -> None:
        add_account(runtime)
        first = DAY_ONE - as_reported.KEPT_DAYS
        days = [(DAILY, day) for day in range(first, DAY_ONE)]
        weeks = [(WEEKLY, day) for _, day in days if date_of(day).weekday() == 0]
        months = [(MONTHLY, day) for _, day in days if date_of(day).day == 1]
        with runtime.database.write() as connection:
            for period, day in (*days, *weeks, *months):
                told = Snapshot(period, day, MORNING, 1, 0, {}, {}, {})
                reported.keep(connection, "acme", told)
            reported.drop(connection, "acme", before=first)
        assert {(row.period, row.day) for row in rows(runtime, schema.reported)} == {*days, *weeks, *months}

    def test_of_too_many_days_go_before_weeks_and_months(
        self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reported, "MOST", 3)
        account = add_account(runtime)
        take(runtime, account, *opened(2))
        keys = [(MONTHLY, DAY_ONE - 1), (WEEKLY, DAY_ONE), *((DAILY, DAY_ONE + day) for day in range(3))]
        for key in keys:
            told_then(runtime, account, key, now=LATER)
        assert {(row.period, row.day) for row in rows(runtime, schema.reported)} == {*keys[:2], keys[-1]}

    def test_nothing_of_a_removed_account_stays_and_all_of_another_does(self, runtime: Runtime) -> None:
        for slug in ("acme", "other"):
            account = add_account(runtime, slug)
            take(runtime, account, *opened(2))
            told_then(runtime, account)
        remove_account(runtime.database, "acme")
        assert [row.account for row in rows(runtime, schema.reported)] == ["other"]


class TestForgetting:
    def test_only_a_number_stays_of_a_forgotten_persons_tickets(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *opened(3), created(9, "S1", customer="T0"), status("spam", 20, "S1"))
        for key in (THE_DAY, (WEEKLY, DAY_ONE)):
            told_then(runtime, account, key)
        forget(runtime, "acme", "T0")
        for key in (THE_DAY, (WEEKLY, DAY_ONE)):
            found = kept(runtime, account, key)
            assert found is not None
            assert (found.tickets, found.forgotten) == ({"T1": "", "T2": ""}, 1)
        assert said(runtime, account) == "As reported on 3 March: 3 tickets. Now 2: 1 forgotten"

    def test_one_who_is_forgotten_while_it_is_being_told_leaves_none_behind(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *opened(3))
        with runtime.database.read() as connection:
            found = snapshot(connection, account, THE_DAY, now=MORNING)
        forget(runtime, "acme", "T0")
        with runtime.database.write() as connection:
            keep(connection, account, found)
        stored = kept(runtime, account)
        assert stored is not None
        assert (stored.tickets, stored.forgotten) == ({"T1": "", "T2": ""}, 1)

    def test_tickets_of_others_and_of_other_accounts_stay(self, runtime: Runtime) -> None:
        for slug in ("acme", "other"):
            account = add_account(runtime, slug)
            take(runtime, account, *opened(2))
            told_then(runtime, account)
        forget(runtime, "acme", "T0")
        found = kept(runtime, account)
        assert found is not None
        assert (found.tickets, found.forgotten) == ({"T0": "", "T1": ""}, 0)


def due_at(runtime: Runtime, account: Account, now: Instant) -> list[Key]:
    with runtime.database.read() as connection:
        return due(connection, account, now=now)


class TestDue:
    """Tuesday 3 March; February is over, and so is the week before."""

    MIDNIGHT = MONDAY + 15 * HOUR
    WEEK: Key = (WEEKLY, DAY_ONE - 7)
    FEBRUARY: Key = (MONTHLY, DAY_ONE - 29)

    @pytest.fixture
    def account(self, runtime: Runtime) -> Account:
        made = add_account(runtime)
        take(runtime, made, *opened(1), *opened(1, "F", -3 * A_DAY))
        return made

    def test_each_finished_period_some_minutes_after_its_end(self, runtime: Runtime, account: Account) -> None:
        sunday: Key = (DAILY, DAY_ONE - 1)
        assert due_at(runtime, account, self.MIDNIGHT + 9 * MINUTE) == [sunday, self.WEEK, self.FEBRUARY]
        assert due_at(runtime, account, self.MIDNIGHT + 10 * MINUTE) == [THE_DAY, self.WEEK, self.FEBRUARY]

    def test_once(self, runtime: Runtime, account: Account) -> None:
        for key in due_at(runtime, account, MORNING):
            told_then(runtime, account, key)
        assert due_at(runtime, account, MORNING) == []

    def test_days_before_the_first_ticket_are_not_told(self, runtime: Runtime) -> None:
        young = add_account(runtime, "young")
        assert due_at(runtime, young, MORNING) == []
        take(runtime, young, *opened(1))
        assert due_at(runtime, young, MORNING) == [THE_DAY]

    def test_not_while_history_is_taken_in(self, runtime: Runtime, account: Account) -> None:
        with runtime.database.write() as connection:
            connection.execute(
                schema.jobs.insert().values(
                    account="acme", job="import:abc", state="running", done=0, attempts=0, next_at=0, lease_until=0
                )
            )
        assert due_at(runtime, account, MORNING) == []

    def test_reconciling_goes_on_all_the_time_and_is_no_reason(self, runtime: Runtime, account: Account) -> None:
        with runtime.database.write() as connection:
            jobs.ensure_reconcile(connection, "acme", poll=MINUTE, now=MORNING)
        assert THE_DAY in due_at(runtime, account, MORNING)

    def test_where_a_summary_tells_of_it_that_comes_first(self, runtime: Runtime, account: Account) -> None:
        talking = replace(account, desk_url="https://desk.example.com")
        assert due_at(runtime, talking, self.MIDNIGHT + 2 * DAY - 1) == [(DAILY, DAY_ONE - 1), self.FEBRUARY]
        assert due_at(runtime, talking, self.MIDNIGHT + 2 * DAY) == [THE_DAY, self.FEBRUARY]
        quiet = replace(talking, settings={**account.settings, "summaries": {"daily": "off", "weekly": "off"}})
        assert due_at(runtime, quiet, MORNING) == [THE_DAY, self.WEEK, self.FEBRUARY]

    def test_the_sweep_asks_and_the_task_keeps(
        self, runtime: Runtime, account: Account, clock: Clock, nudged: Nudged
    ) -> None:
        clock.now = MORNING
        plan(runtime, now=MORNING)
        asked = [message[1:] for message in nudged.take() if message[0] == "keep_report"]
        assert asked == [("acme", *key) for key in (THE_DAY, self.WEEK, self.FEBRUARY)]
        for message in asked:
            keep_report(runtime, "acme", str(message[1]), int(message[2]))
        found = kept(runtime, account)
        assert found is not None
        assert (found.as_of, found.figures["ticket_volume"]["n"]) == (MORNING, 1)
        plan(runtime, now=MORNING + HOUR)
        assert not [message for message in nudged.take() if message[0] == "keep_report"]

    def test_asked_twice_it_is_kept_once(self, runtime: Runtime, account: Account, clock: Clock) -> None:
        clock.now = MORNING
        keep_report(runtime, "acme", *THE_DAY)
        before: Mapping[str, Any] = rows(runtime, schema.reported)[0]._mapping
        take(runtime, account, *opened(1, "L"))
        clock.now = LATER
        keep_report(runtime, "acme", *THE_DAY)
        (after,) = rows(runtime, schema.reported)
        assert after._mapping == before

    def test_an_account_that_is_gone_is_no_trouble(self, runtime: Runtime) -> None:
        keep_report(runtime, "gone", *THE_DAY)
        assert rows(runtime, schema.reported) == []
