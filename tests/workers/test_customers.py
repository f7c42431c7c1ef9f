"""Repeated contacts: a customer's list of tickets counts exactly, in any order, on both databases."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import count as numbers
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as configured
from hypothesis import strategies as st
from sqlalchemy import Connection, update
from sqlalchemy import event as engine_event

from integrations.base import Reading
from integrations.events import Event
from integrations.times import DAY, HOUR, MINUTE
from tests.servers import wait_for
from tests.workers.accounts_for_tests import add_account, take
from tests.workers.standing import rows
from tests.workers.stories import MONDAY, at, created, rules, sent, status, ticket_of, told
from tests.workers.waiting import is_waiting
from workers import imports
from workers.absorbing import Incoming, absorb
from workers.accounts import Account
from workers.counting import count, count_customer, rules_version
from workers.customers import Listed, facts_of_customer, judged, moved, moves_of, read_link, read_links, write_links
from workers.keeping import Keeper
from workers.metrics import facts_of, figures_of
from workers.metrics.base import Counted, Figure
from workers.metrics.facts import NOTHING, Slices, read_facts
from workers.metrics.repeat_contact_rate import RATE, UNIDENTIFIED
from workers.rebuild import forget_counts, rebuild, verify
from workers.runtime import Runtime
from workers.store import accounts, figures, schema
from workers.store.conflicts import in_transaction
from workers.store.customers import NO_TICKETS, CustomerRow
from workers.store.figures import Change, Wanted
from workers.store.tickets import TicketRow
from workers.tickets import fold

A_DAY = 24 * 60
WEEK = 7 * A_DAY
PLACE = '["email",[["agent","eva"],["tag",""]]]'
AFTER_ALL = 40_000
#: The local day of the stories' Monday.
MONDAY_DAY = MONDAY // DAY
_NUMBERS = numbers()


def row(*events: Event, **settings: Any) -> TicketRow:
    """The row of a ticket that was never stored before."""
    return count(ticket_of(*events), rules(**settings), TicketRow(events[0].ticket))[0]


def link_of(row: TicketRow) -> Listed | None:
    """What the list of its customer gets of a ticket."""
    return None if row.customer is None or row.link is None else read_link(row.link)


def solved(opened: int, resolved: int) -> Listed:
    """A ticket of a list, in microseconds after Monday morning."""
    return Listed(MONDAY + opened, MONDAY + resolved, (MONDAY + resolved) // DAY, PLACE)


def repeated(*links: Listed, repeat_days: int = 7) -> list[int]:
    """For each resolved ticket, in order, whether its customer came back."""
    listed = {f"T{place}": link for place, link in enumerate(links)}
    return [fact.total for fact in facts_of_customer(judged(listed, rules(repeat_days=repeat_days)))]


def counted_after(before: CustomerRow, moves: dict[str, Listed | None]) -> tuple[CustomerRow, Change | None]:
    return count_customer(before, moves, rules())


class TestLink:
    def test_an_open_ticket_is_linked_by_its_creation_alone(self) -> None:
        assert link_of(row(created(3), sent(5, "customer"))) == Listed(at(3))

    def test_a_resolved_one_says_when_on_which_day_and_where_it_is_counted(self) -> None:
        story = (created(department="a"), sent(5), told("ticket.moved", 7, department="b"), status("resolved", A_DAY))
        link = link_of(row(*story, told("ticket.moved", 2 * A_DAY, department="c")))
        assert link is not None
        assert link[:3] == (at(0), at(A_DAY), MONDAY_DAY + 1)
        assert '["department","b"]' in link.slices

    def test_one_that_is_open_again_is_not_resolved(self) -> None:
        assert link_of(row(created(), status("resolved", 5), status("open", 9))) == Listed(at(0))

    @pytest.mark.parametrize(
        "story",
        [
            (created(customer=None), status("resolved", 5)),
            (created(), status("spam", 5)),
            (created(), status("resolved", 5), status("deleted", 6)),
            (created(), told("ticket.merged", 5, into="T2")),
            (created(department="test"),),
            (sent(1, "customer", customer="ana"),),
        ],
    )
    def test_in_no_list_is_what_is_nobodys_excluded_incomplete_or_ours(self, story: tuple[Event, ...]) -> None:
        assert link_of(row(*story, exclude={"departments": ["test"]})) is None

    def test_one_that_we_opened_says_when_its_customer_was_reached(self) -> None:
        told_of = link_of(row(created(by="agent"), sent(1), sent(3), sent(4, public=False), status("resolved", 5)))
        assert told_of == Listed(contacts=(at(1), at(3)))

    def test_what_was_never_counted_is_in_no_list(self) -> None:
        assert link_of(TicketRow("T1", customer="ana")) is None

    @given(
        lists=st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(10, 19)), max_size=6), seed=st.integers()
    )
    def test_a_list_is_written_alike_in_any_order_and_read_back(
        self, lists: list[tuple[int, int | None]], seed: int
    ) -> None:
        links = {f"T{n}": Listed(a) if b is None else solved(a, b) for n, (a, b) in enumerate(lists)}
        shuffled = random.Random(seed).sample(sorted(links.items()), len(links))
        assert read_links(write_links(links)) == links
        assert write_links(dict(shuffled)) == write_links(links)


class TestFacts:
    @pytest.mark.parametrize(
        ("opened", "said"),
        [
            (HOUR - 1, 0),  # before the resolution
            (HOUR, 0),  # in the same microsecond
            (HOUR + 1, 1),
            (HOUR + 7 * DAY, 1),  # the last moment in time
            (HOUR + 7 * DAY + 1, 0),
        ],
    )
    def test_a_contact_is_repeated_from_just_after_the_resolution_until_the_window_ends(
        self, opened: int, said: int
    ) -> None:
        assert repeated(solved(0, HOUR), Listed(MONDAY + opened)) == [said]

    def test_the_window_is_the_accounts(self) -> None:
        links = (solved(0, HOUR), Listed(MONDAY + 10 * DAY))
        assert [repeated(*links, repeat_days=days) for days in (9, 10)] == [[0], [1]]

    def test_several_more_tickets_are_one_repeated_contact(self) -> None:
        assert repeated(solved(0, HOUR), Listed(MONDAY + 2 * HOUR), Listed(MONDAY + 3 * HOUR)) == [1]

    def test_in_a_row_of_tickets_each_resolved_one_is_judged_by_itself(self) -> None:
        assert repeated(solved(0, HOUR), solved(2 * HOUR, 3 * HOUR), solved(DAY, DAY + HOUR)) == [1, 1, 0]

    def test_two_tickets_that_were_open_together_are_no_repeated_contact(self) -> None:
        assert repeated(solved(0, DAY), solved(HOUR, 2 * HOUR)) == [0, 0]

    def test_open_tickets_contribute_nothing(self) -> None:
        assert repeated(Listed(MONDAY), Listed(MONDAY + HOUR)) == []

    def test_it_is_decided_when_the_whole_day_is_that_old(self) -> None:
        (fact,) = facts_of_customer(judged({"T1": solved(0, HOUR)}, rules(repeat_days=3)))
        assert (fact.measure, fact.day, fact.decided, fact.value) == (RATE, MONDAY_DAY, MONDAY_DAY + 4, None)
        assert fact.slices == Slices("email", (("agent", "eva"), ("tag", "")))


class TestMoves:
    OPEN = row(created())
    DONE = row(created(), status("resolved", 5))

    def test_what_changes_nothing_in_a_list_moves_nothing(self) -> None:
        noted = row(created(), sent(1, "customer"), sent(2, public=False))
        assert moves_of([(self.OPEN, noted), (self.DONE, self.DONE)]) == {}

    def test_a_resolution_is_told_to_the_list(self) -> None:
        assert moves_of([(self.OPEN, self.DONE)]) == {"ana": {"T1": link_of(self.DONE)}}

    def test_a_ticket_that_changes_hands_leaves_one_list_and_enters_the_other(self) -> None:
        theirs = row(created(), told("ticket.updated", 1, customer="bo"))
        assert moves_of([(self.OPEN, theirs)]) == {"ana": {"T1": None}, "bo": {"T1": Listed(at(0))}}

    def test_a_ticket_that_is_out_of_count_leaves_the_list(self) -> None:
        assert moves_of([(self.DONE, row(created(), status("spam", 5)))]) == {"ana": {"T1": None}}

    def test_other_rules_are_told_to_the_list_even_if_the_ticket_stands_there_as_before(self) -> None:
        later = count(ticket_of(created()), replace(rules(), number=2), self.OPEN)[0]
        assert moves_of([(self.OPEN, later)]) == {"ana": {"T1": Listed(at(0))}}

    def test_a_list_keeps_the_tickets_that_did_not_move(self) -> None:
        links = {"T1": Listed(1), "T2": Listed(2), "T3": Listed(3)}
        assert moved(links, {"T1": None, "T3": Listed(4), "T9": None}) == {"T2": Listed(2), "T3": Listed(4)}


class TestCounting:
    def test_the_change_holds_only_the_facts_that_differ(self) -> None:
        before, _ = counted_after(CustomerRow("ana"), {"T1": solved(0, 1), "T2": solved(DAY, 9 * DAY)})
        after, change = counted_after(before, {"T3": Listed(MONDAY + 10 * DAY)})
        assert change is not None
        assert [fact.total for fact in read_facts(change.old)] == [0]
        assert [fact.total for fact in read_facts(change.new)] == [1]
        assert (change.version, after.version, after.rules) == (2, 2, rules_version(rules()))
        assert len(facts_of_customer(read_links(after.counted))) == 2

    def test_what_moves_no_fact_moves_the_list_alone(self) -> None:
        before, _ = counted_after(CustomerRow("ana"), {"T1": solved(0, 1)})
        after, change = counted_after(before, {"T2": Listed(0), "T1": solved(-1, 1)})
        assert change is None
        assert (after.version, sorted(read_links(after.counted))) == (1, ["T1", "T2"])

    def test_a_ticket_that_leaves_takes_out_exactly_what_it_put_in(self) -> None:
        before, put_in = counted_after(CustomerRow("ana"), {"T1": solved(0, 1)})
        after, taken_out = counted_after(before, {"T1": None})
        assert put_in is not None
        assert taken_out is not None
        assert (taken_out.old, taken_out.new, after.counted) == (put_in.new, NOTHING, NO_TICKETS)

    def test_old_facts_are_read_and_never_worked_out_again(self) -> None:
        before, _ = counted_after(CustomerRow("ana"), {"T1": solved(0, 1)._replace(slices='["as it was",[]]')})
        _, change = counted_after(before, {"T1": solved(0, 1)})
        assert change is not None
        assert [fact.slices.channel for fact in read_facts(change.old)] == ["as it was"]

    def test_a_tickets_own_fact_says_whether_its_customer_is_unknown(self) -> None:
        facts = [
            fact
            for customer in ("ana", None)
            for fact in facts_of(Counted(ticket_of(created(customer=customer), status("resolved", 5)), rules()))
            if fact.measure == UNIDENTIFIED
        ]
        assert [(fact.n, fact.total, fact.decided) for fact in facts] == [(1, 0, None), (1, 1, None)]


def figure(runtime: Runtime, account: Account, name: str = RATE, *, as_of: int = AFTER_ALL) -> Figure:
    """A figure over all days."""
    wanted = Wanted("", (0, AFTER_ALL), as_of=as_of, measures=frozenset({RATE, UNIDENTIFIED}))
    with runtime.database.read() as connection:
        found = figures.sums(connection, account.slug, wanted, lambda _value, _channel: "")
    return figures_of(found.get("", {}))[name]


def share(runtime: Runtime, account: Account, name: str = RATE) -> tuple[int | None, int | None]:
    """Numerator and denominator of a figure."""
    found = figure(runtime, account, name)
    return found.numerator, found.denominator


def contact(ticket: str, opened: float, resolved: float | None = None, **data: Any) -> list[Event]:
    """A ticket that its customer opened, and its resolution."""
    ends = [] if resolved is None else [status("resolved", resolved, ticket)]
    return [created(opened, ticket, **data), *ends]


class TestFigures:
    def test_by_hand(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *contact("A1", 0, 60), *contact("A2", A_DAY, A_DAY + 60))  # ana came back, once
        take(runtime, account, *contact("B1", 0, 60, customer="bo"), *contact("B2", WEEK + 61, customer="bo"))  # late
        take(runtime, account, *contact("C1", 0, 60, customer="cy"))  # did not
        take(runtime, account, *contact("N1", 0, 60, customer=None), *contact("N2", 90, customer=None))  # who knows
        assert share(runtime, account) == (1, 4)
        assert share(runtime, account, UNIDENTIFIED) == (1, 5)
        imports.compact(runtime, "acme")
        assert share(runtime, account) == (1, 4)
        assert figure(runtime, account).value == 25
        assert list(verify(runtime.database, account)) == []

    def test_the_last_days_are_undecided(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *contact("T1", 0, 60), *contact("T2", A_DAY, A_DAY + 60))
        found = figure(runtime, account, as_of=MONDAY_DAY + 8)
        assert (found.numerator, found.denominator, found.undecided) == (1, 1, 1)
        assert figure(runtime, account, as_of=MONDAY_DAY + 7).undecided == 2

    def test_a_repeated_contact_counts_where_the_first_ticket_was_resolved(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *contact("T1", 0, 60, channel="chat"), *contact("T2", A_DAY))
        assert by_channel(runtime, account, AFTER_ALL, days=(MONDAY_DAY, MONDAY_DAY)) == {"chat": (1, 1, 0)}

    @pytest.mark.parametrize(
        "end",
        [
            status("spam", 2 * A_DAY, "T2"),
            status("deleted", 2 * A_DAY, "T2"),
            told("ticket.merged", 2 * A_DAY, "T2", into="T1"),
            told("ticket.moved", 2 * A_DAY, "T2", department="test"),
            told("ticket.updated", 2 * A_DAY, "T2", customer="bo"),
            told("ticket.updated", 2 * A_DAY, "T2", customer=None),
        ],
    )
    def test_another_ticket_that_turns_out_not_to_count_corrects_history(self, runtime: Runtime, end: Event) -> None:
        account = add_account(runtime, exclude={"departments": ["test"]})
        take(runtime, account, *contact("T1", 0, 60), *contact("T2", A_DAY))
        assert share(runtime, account) == (1, 1)
        imports.compact(runtime, "acme")
        take(runtime, account, end)
        assert share(runtime, account) == (0, 1)
        assert list(verify(runtime.database, account)) == []

    def test_a_ticket_that_an_agent_opened_is_no_repeated_contact(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *contact("T1", 0, 60), created(90, "T2", by="agent"), sent(91, ticket="T2"))
        assert share(runtime, account) == (0, 1)

    def test_contacts_that_the_desk_merges_become_one_customer(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *contact("T1", 0, 60, customer="ana"), *contact("T2", A_DAY, customer="ana-2"))
        assert share(runtime, account) == (0, 1)
        take(runtime, account, told("ticket.updated", 2 * A_DAY, "T2", customer="ana"))
        assert share(runtime, account) == (1, 1)
        assert len(rows(runtime, schema.customers)) == 2
        assert list(verify(runtime.database, account)) == []

    def test_a_late_creation_tells_that_the_customer_came_back(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, sent(A_DAY + 5, "customer", "T2", customer="ana"), *contact("T1", 0, 60))
        assert share(runtime, account) == (0, 1)
        take(runtime, account, created(A_DAY, "T2"))
        assert share(runtime, account) == (1, 1)

    def test_the_same_again_changes_nothing(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        story = [*contact("T1", 0, 60), *contact("T2", A_DAY, A_DAY + 60)]
        take(runtime, account, *story)
        tables = (schema.customers, schema.changes)
        before = [rows(runtime, table) for table in tables]
        for origin in ("live", "backfill", "replay"):
            take(runtime, account, *story, origin=origin)
        assert [rows(runtime, table) for table in tables] == before

    def test_what_does_not_matter_to_the_list_does_not_ask_for_it(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *contact("T1", 0, 60), sent(5))
        asked: list[str] = []

        def remember(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if "customers" in statement:
                asked.append(statement)

        engine_event.listen(runtime.database.work, "before_cursor_execute", remember)
        news = (sent(70, public=False), sent(71, "customer"), status("closed", 99), created(9, "N", customer=None))
        take(runtime, account, *news)
        assert asked == []
        take(runtime, account, status("open", 100))
        assert asked != []

    def test_accounts_keep_their_customers_apart_and_take_them_along(self, runtime: Runtime) -> None:
        one, two = add_account(runtime, "one"), add_account(runtime, "two")
        take(runtime, one, *contact("T1", 0, 60))
        take(runtime, two, *contact("T2", A_DAY, A_DAY + 60))
        assert (share(runtime, one), share(runtime, two)) == ((0, 1), (0, 1))
        with runtime.database.write() as connection:
            accounts.remove(connection, "one")
        assert {each.account for each in rows(runtime, schema.customers)} == {"two"}


_TICKETS = st.sampled_from(["T1", "T2", "T3", "T4", "T5"])
_MINUTES = st.integers(0, 4 * WEEK)
_PEOPLE = st.sampled_from(["ana", "bo", None])
_EVENTS = st.one_of(
    st.builds(lambda minutes, ticket, who, channel: created(minutes, ticket, customer=who, channel=channel),
              _MINUTES, _TICKETS, _PEOPLE, st.sampled_from(["email", "chat"])),
    st.builds(status, st.sampled_from(["resolved", "resolved", "closed", "open", "spam", "deleted"]),
              _MINUTES, _TICKETS),
    st.builds(lambda minutes, ticket, who: told("ticket.updated", minutes, ticket, customer=who),
              _MINUTES, _TICKETS, _PEOPLE),
    st.builds(lambda minutes, ticket, into: told("ticket.merged", minutes, ticket, into=into),
              _MINUTES, _TICKETS, st.sampled_from(["T9", None])),
    st.builds(lambda minutes, ticket, by: sent(minutes, by, ticket, message=f"{by}{minutes}"),
              _MINUTES, _TICKETS, st.sampled_from(["agent", "customer"])),
    st.builds(lambda minutes, ticket, where: told("ticket.moved", minutes, ticket, department=where),
              _MINUTES, _TICKETS, st.sampled_from(["a", "test"])),
)  # fmt: skip


def naive(account: Account, history: list[Event], as_of: int) -> dict[str, tuple[int, int, int]]:
    """Channel → came back, decided, undecided: every ticket beside every other one."""
    keeper, events = Keeper(account.customer_key), dict[str, list[Event]]()
    for kept in filter(None, map(keeper.event, history)):
        events.setdefault(kept.ticket, []).append(kept)
    tickets = [Counted(fold(ticket, told_of), account.rules) for ticket, told_of in events.items()]
    tickets = [one for one in tickets if not one.excluded and one.inbound and one.ticket.customer is not None]
    found: Counter[tuple[str, str]] = Counter()
    for one in tickets:
        if one.resolution is None:
            continue
        end = one.resolution.at
        if one.day(end) + account.rules.repeat_days + 1 > as_of:
            found[one.ticket.channel, "undecided"] += 1
            continue
        found[one.ticket.channel, "of"] += 1
        found[one.ticket.channel, "back"] += any(
            other.ticket.customer == one.ticket.customer
            and end < other.ticket.opened_at <= end + account.rules.repeat_days * A_DAY * MINUTE
            for other in tickets
            if other is not one
        )
    channels = {channel for channel, _ in found}
    return {each: (found[each, "back"], found[each, "of"], found[each, "undecided"]) for each in channels}


def by_channel(
    runtime: Runtime, account: Account, as_of: int, *, days: tuple[int, int] = (0, AFTER_ALL)
) -> dict[str, tuple[int, int, int]]:
    """What `naive` says, as the figures' store has it."""
    wanted = Wanted("", days, as_of=as_of, measures=frozenset({RATE}))
    with runtime.database.read() as connection:
        found = figures.sums(connection, account.slug, wanted, lambda _, channel: channel)
    parts = {channel: measures[RATE] for channel, measures in found.items() if RATE in measures}
    made = {channel: (part.total, part.n, part.undecided) for channel, part in parts.items()}
    return {channel: part for channel, part in made.items() if any(part)}


@configured(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(_EVENTS, min_size=1, max_size=30), seed=st.integers(0, 10**6))
def test_figures_equal_a_naive_recount_in_any_order_with_duplicates_and_in_any_batches(
    runtime: Runtime, history: list[Event], seed: int
) -> None:
    chance = random.Random(seed)
    account = add_account(runtime, f"a{next(_NUMBERS)}", exclude={"departments": ["test"]}, repeat_days=5)
    again = [*history, *chance.sample(history, len(history) // 3)]
    chance.shuffle(again)
    while again:
        take(runtime, account, *(again.pop() for _ in range(min(len(again), chance.randint(1, 5)))))
        if chance.random() < 0.3:
            figures.compact(runtime.database, account.slug, budget_seconds=5, step=chance.choice([1, 2, 50]))
    for as_of in (AFTER_ALL, MONDAY_DAY + chance.randint(0, 40)):
        assert by_channel(runtime, account, as_of) == naive(account, history, as_of)
    assert list(verify(runtime.database, account)) == []


def change_settings(runtime: Runtime, account: Account, **settings: Any) -> Account:
    changed = accounts.with_settings(account, {**account.settings, **settings})
    with runtime.database.write() as connection:
        accounts.save(connection, changed, runtime.vault)
    return changed


def nothing(_done: int, _of: int) -> None:
    """Nobody watches."""


class TestRebuilding:
    def test_other_repeat_days_count_every_customer_again(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *contact("T1", 0, 60), *contact("T2", 10 * A_DAY), *contact("T3", 0, customer="bo"))
        imports.compact(runtime, "acme")
        changed = change_settings(runtime, account, repeat_days=14)
        assert rebuild(runtime, "acme", progress=nothing)
        assert share(runtime, changed) == (1, 1)
        assert {each.rules for each in rows(runtime, schema.customers)} == {rules_version(changed.rules)}
        assert list(verify(runtime.database, changed)) == []

    def test_until_it_is_done_live_tickets_count_by_the_new_rules(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *contact("T1", 0, 60), *contact("T2", 10 * A_DAY))
        changed = change_settings(runtime, account, repeat_days=14, time_zone="Asia/Tokyo")
        take(runtime, changed, *contact("T3", 12 * A_DAY, 12 * A_DAY + 16 * 60))
        assert rebuild(runtime, "acme", progress=nothing)
        assert share(runtime, changed) == (1, 2)
        assert list(verify(runtime.database, changed)) == []

    def test_an_exclusion_takes_tickets_out_of_the_lists(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *contact("T1", 0, 60), *contact("T2", A_DAY, channel="sms"))
        changed = change_settings(runtime, account, exclude={"channels": ["sms"]})
        assert rebuild(runtime, "acme", progress=nothing)
        assert share(runtime, changed) == (0, 1)
        assert list(verify(runtime.database, changed)) == []

    @pytest.mark.parametrize("values", [{"counted": NO_TICKETS}, {"counted": '{"T1":[1]}'}, {"rules": 1}])
    def test_what_was_tampered_with_is_named_and_mended_by_counting_all_anew(
        self, runtime: Runtime, values: dict[str, Any]
    ) -> None:
        account = add_account(runtime)
        take(runtime, account, *contact("T1", 0, 60), *contact("T2", A_DAY, A_DAY + 60))
        with runtime.database.write() as connection:
            connection.execute(update(schema.customers).values(**values))
        assert next(verify(runtime.database, account)).startswith("customer ")
        with runtime.database.write() as connection:
            forget_counts(connection, "acme")
        assert rebuild(runtime, "acme", progress=nothing)
        assert share(runtime, account) == (1, 2)
        assert list(verify(runtime.database, account)) == []

    def test_a_list_that_is_missing_is_named(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, *contact("T1", 0))
        with runtime.database.write() as connection:
            connection.execute(schema.customers.delete())
        (difference,) = verify(runtime.database, account)
        assert "no list" in difference


def read(*events: Event, now: int) -> list[Incoming]:
    return [Incoming(Reading(events=events), "live", now)]


class TestAtOnce:
    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    @pytest.mark.parametrize("known", [True, False])
    def test_two_tickets_of_one_customer_end_exact(self, runtime: Runtime, *, known: bool) -> None:
        """The second worker cannot see the first one's ticket until that one is done."""
        account = add_account(runtime)
        if known:
            take(runtime, account, *contact("T0", -A_DAY))
        second = threading.Thread(target=lambda: take(runtime, account, *contact("T2", A_DAY, A_DAY + 60)))
        with runtime.database.write() as first:
            absorb(first, account, read(*contact("T1", 0, 60), now=runtime.clock()), now=runtime.clock())
            second.start()
            wait_for(lambda: is_waiting(runtime) or not second.is_alive(), what="the second worker")
        second.join()
        assert share(runtime, account) == (1, 2)
        assert list(verify(runtime.database, account)) == []

    def test_many_workers_lose_no_ticket_of_anybody(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        stories = [contact(f"T{n}", n * 60, n * 60 + 30, customer=f"c{n % 3}") for n in range(24)]

        def store(mine: list[list[Event]], connection: Connection) -> None:
            events = [event for story in mine for event in story]
            absorb(connection, account, read(*events, now=runtime.clock()), now=runtime.clock())

        batches = [partial(store, [stories[n], stories[(n + 7) % 24]]) for n in range(24)]
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(partial(in_transaction, runtime.database), batches))
        assert share(runtime, account) == (21, 24)
        assert list(verify(runtime.database, account)) == []
