"""From a folded ticket to its row and its change: the version rises when facts do, and only then."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.base import Reading
from integrations.errors import GiveUp
from integrations.events import Event
from tests.workers.stories import answered, created, rules, sent, status, ticket_of, told
from workers.counting import count, rules_version
from workers.faults import Fault, attempted
from workers.metrics import METRICS_VERSION
from workers.metrics.facts import NOTHING, Fact, Slices, read_facts, write_facts
from workers.periods import date_of
from workers.readings import portions, tickets_of
from workers.store.figures import Change
from workers.store.tickets import TicketRow
from workers.ticket_rows import read_row
from workers.turns import Turns


def counted(before: TicketRow, *events: Event, **of: Any) -> tuple[TicketRow, Change | None]:
    return count(ticket_of(*events), rules(**of), before)


class TestCounting:
    NEW = TicketRow("T1")

    def test_a_new_ticket_puts_its_facts_in_and_takes_nothing_out(self) -> None:
        row, change = counted(self.NEW, created())
        assert change == Change("T1", 1, NOTHING, row.counted)
        assert {fact.measure for fact in read_facts(row.counted)} >= {"ticket_volume", "resolution_rate"}

    def test_the_row_says_day_customer_state_and_by_which_rules(self) -> None:
        row, _ = counted(self.NEW, created())
        assert date_of(row.day or 0).isoformat() == "2026-03-02"
        assert (row.customer, row.version, row.rules) == ("ana", 1, rules_version(rules()))
        assert read_row(row.state)["ticket"] == "T1"

    def test_a_change_takes_out_exactly_what_was_counted(self) -> None:
        before, _ = counted(self.NEW, created())
        after, change = counted(before, created(), status("resolved", 5))
        assert change == Change("T1", 2, before.counted, after.counted)

    def test_old_facts_are_read_and_never_worked_out_again(self) -> None:
        before = counted(self.NEW, created())[0]._replace(counted='[["as it was",[],[]]]')
        _, change = counted(before, created())
        assert change is not None
        assert change.old == '[["as it was",[],[]]]'

    def test_what_moves_no_fact_moves_the_row_alone(self) -> None:
        before, _ = counted(self.NEW, created(), sent(1))
        after, change = counted(before, created(), sent(1), sent(2, public=False))
        assert change is None
        assert after.version == before.version

    def test_a_ticket_that_is_out_of_count_has_nothing_in(self) -> None:
        before, _ = counted(self.NEW, created())
        after, change = counted(before, created(), status("spam", 1))
        assert change is not None
        assert (change.new, after.counted) == (NOTHING, NOTHING)

    def test_a_deleted_ticket_keeps_its_answer_in(self) -> None:
        row, _ = counted(self.NEW, created(), answered(5, 1), status("deleted", 2))
        assert [fact.measure.split(":")[0] for fact in read_facts(row.counted)] == ["csat"]

    def test_the_day_is_local(self) -> None:
        late = created(15 * 60 + 30)
        days = [counted(self.NEW, late, time_zone=zone)[0].day for zone in ("UTC", "Asia/Tokyo")]
        assert (days[1] or 0) - (days[0] or 0) == 1

    def test_rules_and_definitions_are_one_number(self) -> None:
        one, two = rules(), replace(rules(), number=2)
        assert rules_version(one) % 1_000_000 == METRICS_VERSION
        assert rules_version(two) - rules_version(one) == 1_000_000

    @given(ends=st.lists(st.sampled_from(["open", "resolved", "spam", "closed", "deleted"]), max_size=6))
    def test_changes_in_a_row_hang_together(self, ends: list[str]) -> None:
        row, story, changes = self.NEW, [created()], []
        for minutes, word in enumerate(["new", *ends]):
            story.append(status(word, minutes + 1))
            row, change = counted(row, *story)
            changes += [change] if change else []
        assert [change.version for change in changes] == list(range(1, len(changes) + 1))
        assert [change.old for change in changes] == [NOTHING, *(change.new for change in changes[:-1])]
        assert row.counted == changes[-1].new


class TestFacts:
    PLACE = Slices("chat", (("agent", "7"), ("tag", "a"), ("tag", "b")))

    def test_facts_come_back_as_they_were_written(self) -> None:
        facts = [Fact(self.PLACE, "m", 5, None, 1, 3, 3), Fact(Slices("email", ()), "m", 5, 9, 1, 0, None)]
        assert sorted(read_facts(write_facts(facts))) == sorted(facts)

    @given(order=st.permutations(range(6)))
    def test_in_any_order_the_same_facts_are_read(self, order: list[int]) -> None:
        facts = [Fact(self.PLACE, f"m{n % 2}", 5 + n % 3, n or None, 1, n, n if n % 2 else None) for n in range(6)]
        read = read_facts(write_facts(facts[place] for place in order))
        assert sorted(map(repr, read)) == sorted(map(repr, facts))

    def test_of_no_facts_the_text_is_that_of_nothing(self) -> None:
        assert write_facts([]) == NOTHING
        assert read_facts(NOTHING) == []


class TestFaults:
    def test_what_works_gives_what_it_gives(self) -> None:
        assert attempted(lambda: 5) == 5
        assert attempted(lambda: None) is None

    @pytest.mark.parametrize("error", [GiveUp("no"), ZeroDivisionError(), RecursionError(), MemoryError()])
    def test_whatever_goes_wrong_is_handed_over(self, error: Exception) -> None:
        def work() -> None:
            raise error

        assert attempted(work) == Fault(error)

    @pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
    def test_the_end_of_the_process_is_no_fault(self, end: type[BaseException]) -> None:
        def work() -> None:
            raise end

        with pytest.raises(end):
            attempted(work)


class TestTurns:
    def test_one_has_the_turn_until_it_is_given_back(self) -> None:
        turns = Turns()
        assert turns.take("acme", ("work",))
        assert not turns.take("acme", ("work",))
        assert turns.take("bravo", ("work",))
        assert turns.give_back("acme")
        assert turns.take("acme", ("work",))

    def test_who_was_not_asked_meanwhile_is_not_told_so(self) -> None:
        turns = Turns()
        assert turns.take("acme", ("work",))
        assert not turns.give_back("acme")
        assert turns.take("acme", ("work",))
        assert not turns.give_back("acme")

    def test_of_many_that_ask_at_once_one_has_it(self) -> None:
        turns, start = Turns(), threading.Barrier(8)
        had: list[bool] = []

        def ask() -> None:
            start.wait()
            had.append(turns.take("acme", ("work",)))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(had) == [False] * 7 + [True]


class TestPortions:
    def test_of_nothing_there_is_one_with_the_names(self) -> None:
        assert portions(Reading(names={"agent": {"7": "Eva"}})) == [Reading(names={"agent": {"7": "Eva"}})]

    def test_every_ticket_that_is_told_or_asked_about_is_one_of_its_tickets(self) -> None:
        assert tickets_of(Reading(events=(created(), created(ticket="T2")), refresh=("T3",))) == {"T1", "T2", "T3"}

    @given(
        tickets=st.lists(st.sampled_from(["T1", "T2", "T3", "T4"]), max_size=15),
        asked=st.lists(st.sampled_from(["T4", "T5", "T6"]), unique=True),
        most=st.integers(1, 8),
    )
    def test_nothing_is_lost_doubled_or_torn_apart(self, tickets: list[str], asked: list[str], most: int) -> None:
        events = tuple(told("ticket.handover", n, ticket=name) for n, name in enumerate(tickets))
        parts = portions(Reading(events=events, refresh=tuple(asked)), most=most)
        assert sorted(one.id for part in parts for one in part.events) == sorted(one.id for one in events)
        assert sorted(name for part in parts for name in part.refresh) == sorted(asked)
        homes = [name for part in parts for name in tickets_of(part)]
        assert len(homes) == len(set(homes))
