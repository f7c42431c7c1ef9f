"""Rows of several accounts with the same ids: each reads and changes its own, alike in both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert

from integrations.errors import GiveUp
from integrations.times import DAY, HOUR, MINUTE
from tests.workers.small_world import at
from tests.workers.standing import Clock, add_account
from workers.runtime import Runtime
from workers.store import (
    digests,
    freshness,
    jobs,
    moments,
    one_ticket,
    recent,
    reported,
    schema,
    slice_values,
    survey_asks,
    users,
)
from workers.store.digests import Claimed
from workers.store.due import Summary
from workers.store.leases import LeaseLost
from workers.store.reported import Seen, Snapshot
from workers.store.survey_asks import Asked, NewAsk
from workers.surveys.asking import ASKED, Ask

NOW = at("2026-03-18 12:00")
SLUGS = ("one", "other", "empty")
#: Ids that mean something to JSON, to LIKE, to SQL or to a database that folds letters.
NAMES = ("A", "a", "a%", "a_", 'a"b', "a\\", "a'b", "ä", "Ä", "Ж", "10", "9", " a", "a ", "\u2028", "😀")


@pytest.fixture(autouse=True)
def accounts(runtime: Runtime, clock: Clock) -> None:
    clock.now = NOW
    for slug in SLUGS:
        add_account(runtime, slug)


def put(connection: Connection, table: Table, *rows: dict[str, Any]) -> None:
    connection.execute(insert(table), [dict(row) for row in rows])


def ticket(account: str, name: str, **told: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("day", "waiting_since", "due_at", "missed_at", "reached_at", "customer", "channel"))
    written = {"state": '["x"]', "counted": f'["{account}"]', "version": 0, "rules": 0}
    return {"account": account, "ticket": name, **empty, **written, **told}


def answer(account: str, name: str, day: int, **told: Any) -> dict[str, Any]:
    usual = {"kind": "csat", "survey": "", "touchpoint": "", "at": day * DAY, "channel": "email", "valid": True}
    return {"account": account, "ticket": name, "day": day, "score": 1.0, "low": 1.0, "high": 5.0, **usual, **told}


class TestRecent:
    def test_the_newest_day_first_within_the_days_and_the_account(self, runtime: Runtime) -> None:
        days = {"a": 9, "b": 10, "c": 11, "d": 12, "e": 13, "f": 11, "g": None}
        with runtime.database.write() as connection:
            put(connection, schema.tickets, *(ticket("one", name, day=day) for name, day in days.items()))
            put(connection, schema.tickets, ticket("other", "c", day=10), ticket("other", "x", day=12))
            assert recent.created(connection, "one", (10, 12), limit=9) == ["d", "f", "c", "b"]
            assert recent.created(connection, "one", (10, 12), limit=2) == ["d", "f"]
            assert recent.created(connection, "one", (14, 20), limit=9) == []
            assert recent.created(connection, "other", (10, 12), limit=9) == ["x", "c"]
            assert recent.created(connection, "empty", (0, 99), limit=9) == []

    def test_rated_tickets_are_told_once_and_invalid_answers_are_none(self, runtime: Runtime) -> None:
        told = (
            answer("one", "a", 10), answer("one", "a", 12, touchpoint="later"), answer("one", "b", 11),
            answer("one", "c", 11, valid=False), answer("one", "d", 11, kind="nps"), answer("other", "b", 12),
        )  # fmt: skip
        with runtime.database.write() as connection:
            put(connection, schema.answers, *told)
            assert recent.rated(connection, "one", "csat", (10, 12), limit=9) == ["a", "b"]
            assert recent.rated(connection, "one", "csat", (11, 11), limit=9) == ["b"]
            assert recent.rated(connection, "one", "nps", (10, 12), limit=9) == ["d"]
            assert recent.rated(connection, "other", "csat", (10, 12), limit=9) == ["b"]
            assert recent.rated(connection, "empty", "csat", (10, 12), limit=9) == []

    def test_facts_come_in_the_order_they_are_asked_for(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            for account in ("one", "other"):
                put(connection, schema.tickets, *(ticket(account, name) for name in NAMES))
            asked = ["nobody", *reversed(NAMES)]
            found = list(recent.counted(connection, "one", asked))
            assert [name for name, _ in found] == asked[1:]
            assert {facts for _, facts in found} == {'["one"]'}
            assert list(recent.counted(connection, "one", [])) == []
            assert list(recent.counted(connection, "empty", asked)) == []


class TestMoments:
    def test_a_missed_contact_counts_from_the_very_moment_on(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            rows = [
                ticket("one", name, missed_at=NOW + place) for place, name in ((0, "a"), (1, "b"), (-1, "c"), (1, "0"))
            ]
            put(connection, schema.tickets, *rows, ticket("other", "a", missed_at=NOW + 9, customer="k"))
            found = moments.missed_since(connection, "one", NOW)
            assert [(one.ticket, one.at - NOW, one.customer) for one in found] == [
                ("0", 1, None), ("b", 1, None), ("a", 0, None),
            ]  # fmt: skip
            assert [one.customer for one in moments.missed_since(connection, "other", NOW)] == ["k"]
            assert moments.missed_since(connection, "empty", 0) == []

    @pytest.mark.parametrize("customers", [1, 500, 501, 1001])
    def test_any_number_of_customers_is_asked_about(self, runtime: Runtime, customers: int) -> None:
        names = [f"k{number:04d}" for number in range(customers)]
        last = names[-1]
        with runtime.database.write() as connection:
            rows = [ticket("one", name, customer=last, reached_at=reached) for name, reached in
                    (("a", 5), ("b", 9), ("c", 7), ("d", None))]  # fmt: skip
            put(connection, schema.tickets, *rows, ticket("other", "a", customer=last, reached_at=99))
            put(connection, schema.tickets, ticket("one", "e", customer="k never", reached_at=None))
            assert moments.last_reached(connection, "one", {*names, "k never"}) == {last: 9}
            assert moments.last_reached(connection, "other", names) == {last: 99}
            assert moments.last_reached(connection, "empty", names) == {}

    def test_the_longest_wait_comes_first_and_who_does_not_wait_not_at_all(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            rows = [ticket("one", name, waiting_since=since) for name, since in (("a", 7), ("b", None), ("c", 3))]
            put(connection, schema.tickets, *rows, ticket("other", "a", waiting_since=1, due_at=2, channel="sms"))
            assert [one.ticket for one in moments.waiting_tickets(connection, "one")] == ["c", "a"]
            assert moments.waiting_tickets(connection, "other") == [("a", 1, 2, "sms", None, None)]
            assert moments.waiting_tickets(connection, "empty") == []

    def test_the_first_day_is_that_of_a_ticket_with_a_day(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            rows = (ticket("one", "a", day=12), ticket("one", "b"), ticket("one", "c", day=3, state='["c","merged"]'))
            put(connection, schema.tickets, *rows, ticket("other", "a", day=2), ticket("other", "d", day=-4))
            assert moments.first_day(connection, "one") == 12
            assert moments.first_day(connection, "other") == -4
            assert moments.first_day(connection, "empty") is None

    def test_a_ticket_by_its_whole_id_only(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            put(connection, schema.tickets, ticket("one", "a", state="[]"), ticket("other", "A", state="[]"))
            found = [one_ticket.find(connection, slug, name) for slug in SLUGS for name in ("a", "A", "%", "")]
        assert found == [None] * 12


class TestSliceValues:
    def test_values_are_told_one_by_one_in_one_order_in_both_databases(self, runtime: Runtime) -> None:
        chunk = {"kind": "department", "channel": "sms", "span": 0, "counts": b"", "durations": b""}
        more = {**chunk, "account": "one", "kind": "tag", "value": "other kind", "channel": "email"}
        with runtime.database.write() as connection:
            for span in (0, 7):
                rows = [{**chunk, "account": "one", "value": name, "span": span} for name in (*NAMES, "")]
                put(connection, schema.chunks, *rows)
            put(connection, schema.chunks, more, {**chunk, "account": "other", "value": "theirs"})
            in_order = sorted(NAMES, key=str.encode)
            for slug, most, due in (("one", 99, in_order), ("one", 3, in_order[:3]), ("one", 0, [])):
                assert slice_values.values(connection, slug, ["department"], most=most) == {"department": due}
            found = slice_values.values(connection, "one", ["tag", "department"], most=99)
            assert found == {"tag": ["other kind"], "department": in_order}
            assert slice_values.values(connection, "other", ["department"], most=9) == {"department": ["theirs"]}
            # what is told of one slice only is no channel of the account
            assert [slice_values.channels(connection, slug) for slug in SLUGS] == [[], [], []]


class TestSurveyAsks:
    def test_a_customers_turn_comes_when_the_pause_is_over_to_the_microsecond(self, runtime: Runtime) -> None:
        def turn(account: str, now: int, pause: int = HOUR, customer: str = "k") -> bool:
            with runtime.database.write() as connection:
                return survey_asks.take_turn(connection, account, customer, now=now, pause=pause)

        assert turn("one", NOW)
        assert not turn("one", NOW)
        assert not turn("one", NOW + HOUR - 1)
        assert turn("one", NOW + HOUR)
        assert not turn("one", NOW + 2 * HOUR - 1)
        assert turn("other", NOW)
        assert turn("one", NOW, customer="K")
        assert turn("other", NOW, pause=0)

    def test_it_is_written_down_with_the_transaction_only(self, runtime: Runtime) -> None:
        def turn(*, fails: bool) -> None:
            with runtime.database.write() as connection:
                assert survey_asks.take_turn(connection, "one", "k", now=NOW, pause=HOUR)
                if fails:
                    raise GiveUp("the decision was not written")

        with pytest.raises(GiveUp):
            turn(fails=True)
        turn(fails=False)

    def test_decisions_and_numbers_are_the_accounts_own(self, runtime: Runtime) -> None:
        asks = [NewAsk("a", "csat", number, NOW - number, outcome, "email")
                for number, outcome in enumerate((ASKED, "asked_lately", ASKED, "not_sampled"))]  # fmt: skip
        with runtime.database.write() as connection:
            survey_asks.add(connection, "one", asks, now=NOW)
            survey_asks.add(connection, "other", asks[1:2], now=NOW + 5)
            survey_asks.add(connection, "one", asks[1:2], now=NOW + 9)
            assert len(survey_asks.earlier(connection, "one", ["a", "b"])["a"]) == 4
            assert survey_asks.earlier(connection, "other", ["a", "b"]) == {"a": [Ask("csat", "asked_lately", NOW + 5)]}
            assert survey_asks.earlier(connection, "empty", ["a"]) == {}
            assert survey_asks.earlier(connection, "one", []) == {}
            held = {"asked_lately": 1, "not_sampled": 1}
            assert survey_asks.counts(connection, "one", since=NOW) == Asked(2, 0, held)
            assert survey_asks.counts(connection, "one", since=NOW + 1) == Asked()
            assert survey_asks.counts(connection, "empty", since=0) == Asked()

    def test_only_the_first_handing_over_counts_and_only_there(self, runtime: Runtime) -> None:
        ask = NewAsk("a", "csat", 1, NOW, ASKED, "email")
        with runtime.database.write() as connection:
            for account in ("one", "other"):
                survey_asks.add(connection, account, [ask], now=NOW)
            for kind, number in (("csat", 1), ("csat", 1), ("csat", 2), ("nps", 1)):
                survey_asks.hand_over(connection, "one", "a", kind, number, now=NOW + 1)
            assert survey_asks.counts(connection, "one", since=0).handed_over == 1
            assert survey_asks.counts(connection, "other", since=0).handed_over == 0

    def test_who_is_forgotten_may_be_asked_there_and_waits_elsewhere(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            for account in ("one", "other"):
                assert survey_asks.take_turn(connection, account, "k", now=NOW, pause=HOUR)
            survey_asks.forget(connection, "one", "k")
            assert survey_asks.take_turn(connection, "one", "k", now=NOW, pause=HOUR)
            assert not survey_asks.take_turn(connection, "other", "k", now=NOW, pause=HOUR)


WEEK = Summary("one", "weekly", 20)
TO = (("email", "a@x.example"), ("email", "b@x.example"), ("slack", "s"))


class TestDigests:
    @pytest.fixture(autouse=True)
    def begun(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            digests.begin(connection, WEEK, TO, now=NOW)
            digests.begin(connection, Summary("other", "weekly", 20), TO[:1], now=NOW)

    def claim(self, runtime: Runtime, summary: Summary = WEEK, now: int = NOW) -> Claimed | None:
        with runtime.database.write() as connection:
            return digests.claim(connection, summary, now=now)

    def test_who_comes_later_gets_the_next_one(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            digests.begin(connection, WEEK, [("email", "c@x.example")], now=NOW)
            assert digests.is_begun(connection, WEEK)
            assert not digests.is_begun(connection, Summary("one", "daily", 20))
            assert not digests.is_begun(connection, Summary("empty", "weekly", 20))
            assert digests.due(connection, now=NOW) == [WEEK, Summary("other", "weekly", 20)]
            assert digests.due(connection, now=NOW - 1) == []

    def test_each_receiver_is_claimed_once_until_the_lease_is_over(self, runtime: Runtime) -> None:
        claimed = [self.claim(runtime) for _ in range(4)]
        assert [each and each.receiver for each in claimed] == ["a@x.example", "b@x.example", "s", None]
        assert self.claim(runtime, now=NOW + digests.LEASE - 1) is None
        again = self.claim(runtime, now=NOW + digests.LEASE)
        assert again is not None
        assert (again.receiver, again.attempts, again.interrupted) == ("a@x.example", 2, False)

    def test_a_lease_that_another_has_settles_nothing(self, runtime: Runtime) -> None:
        first = self.claim(runtime)
        later = NOW + digests.LEASE
        second = self.claim(runtime, now=later)
        assert first is not None
        assert second is not None
        assert first.token != second.token
        with pytest.raises(LeaseLost), runtime.database.write() as connection:
            digests.finish(connection, first)
        with runtime.database.write() as connection:
            digests.hand_over(connection, second, now=later)
        third = [self.claim(runtime, now=later + digests.LEASE) for _ in TO]
        assert {each.receiver: each.interrupted for each in third if each} == {
            "a@x.example": True, "b@x.example": False, "s": False,
        }  # fmt: skip

    @pytest.mark.parametrize(("counts", "attempts"), [(True, 2), (False, 1)])
    def test_what_is_put_off_comes_again_at_its_time(self, runtime: Runtime, counts: bool, attempts: int) -> None:
        other = Summary("other", "weekly", 20)
        claimed = self.claim(runtime, other)
        assert claimed is not None
        with runtime.database.write() as connection:
            digests.postpone(connection, claimed, at=NOW + MINUTE, error="busy", counts=counts)
            assert digests.state(connection, "other") == digests.State(0, 1, "busy")
        assert self.claim(runtime, other, now=NOW + MINUTE - 1) is None
        again = self.claim(runtime, other, now=NOW + MINUTE)
        assert again is not None
        assert again.attempts == attempts

    def test_what_was_given_up_is_tried_again_in_that_account_only(self, runtime: Runtime) -> None:
        for summary, error in ((WEEK, "first"), (Summary("other", "weekly", 20), "theirs")):
            claimed = self.claim(runtime, summary)
            assert claimed is not None
            with runtime.database.write() as connection:
                digests.give_up(connection, claimed, error=error)
        with runtime.database.write() as connection:
            assert digests.state(connection, "one") == digests.State(1, 0, "first")
            assert digests.try_again(connection, "one", now=NOW + 9) == 1
            assert digests.try_again(connection, "one", now=NOW + 9) == 0
            assert digests.state(connection, "one") == digests.State(0, 0, "")
            assert digests.state(connection, "other") == digests.State(1, 0, "theirs")
            assert digests.try_again(connection, "empty", now=NOW) == 0

    def test_the_latest_that_anybody_has_is_the_one_that_was_sent(self, runtime: Runtime) -> None:
        claimed = self.claim(runtime)
        assert claimed is not None
        with runtime.database.write() as connection:
            assert digests.sent(connection, "one") is None
            digests.finish(connection, claimed)
            assert [digests.sent(connection, slug) for slug in SLUGS] == [20, None, None]


def told(day: int, period: str = "daily", **more: Any) -> Snapshot:
    usual: dict[str, Any] = {"volume": 2, "figures": {}, "basis": {}, "tickets": {"a": "", "b": "spam"}}
    return Snapshot(period, day, NOW, 1, **{**usual, **more})


class TestReported:
    def test_the_first_telling_stays_and_each_account_has_its_own(self, runtime: Runtime) -> None:
        keys = [("daily", 5), ("weekly", 5), ("daily", 6)]
        with runtime.database.write() as connection:
            reported.keep(connection, "one", told(5, volume=7))
            reported.keep(connection, "one", told(5, volume=8))
            reported.keep(connection, "other", told(5, volume=9))
            found = [reported.find(connection, slug, ("daily", 5)) for slug in SLUGS]
            assert [each and each.volume for each in found] == [7, 9, None]
            assert [reported.have(connection, slug, keys) for slug in SLUGS] == [{keys[0]}, {keys[0]}, set()]
            assert reported.have(connection, "one", []) == set()

    def test_any_id_can_be_forgotten_and_no_other_goes_with_it(self, runtime: Runtime) -> None:
        everyone = {name: "" if place % 2 else "spam" for place, name in enumerate(NAMES)}
        for gone in NAMES:
            with runtime.database.write() as connection:
                reported.keep(connection, "one", told(NAMES.index(gone), tickets=everyone))
        with runtime.database.write() as connection:
            reported.keep(connection, "other", told(0, tickets=everyone))
            reported.forget(connection, "one", NAMES[:3])
            found = reported.find(connection, "one", ("daily", 4))
            other = reported.find(connection, "other", ("daily", 0))
        assert found is not None
        assert other is not None
        assert (found.tickets, found.forgotten) == ({name: everyone[name] for name in NAMES[3:]}, 1)
        assert (other.tickets, other.forgotten) == (everyone, 0)

    def test_larger_ones_are_those_of_more_tickets_that_were_kept(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            for each in (
                told(5, volume=10),
                told(6, volume=11),
                told(7, "weekly", volume=99),
                told(8, volume=99, tickets=None),
            ):
                reported.keep(connection, "one", each)
            assert reported.larger(connection, "one", 10) == [("weekly", 7), ("daily", 6)]
            assert reported.larger(connection, "other", 0) == []
            reported.explain(connection, "one", ("daily", 6), now=12, why=[("late", 1)])
            found = [reported.find(connection, "one", ("daily", day)) for day in (5, 6)]
        assert [each and (each.compared, each.why) for each in found] == [(None, ()), (12, (("late", 1),))]

    def test_what_began_on_the_day_itself_is_not_dropped(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            for account in ("one", "other"):
                for day in (4, 5, 6):
                    reported.keep(connection, account, told(day))
            reported.drop(connection, "one", before=5)
            keys = [("daily", day) for day in (4, 5, 6)]
            assert reported.have(connection, "one", keys) == set(keys[1:])
            assert reported.have(connection, "other", keys) == set(keys)

    @pytest.mark.parametrize(
        ("job", "filling"), [("backfill", True), ("import:7", True), ("rebuild", True), ("reconcile", False)]
    )
    def test_only_history_that_comes_in_makes_figures_unfinished(
        self, runtime: Runtime, job: str, filling: bool
    ) -> None:
        with runtime.database.write() as connection:
            jobs.start(connection, "one", job, since=0, now=NOW)
            assert [reported.is_filling(connection, slug) for slug in SLUGS] == [filling, False, False]

    def test_tickets_are_seen_by_day_or_by_id_in_any_number(self, runtime: Runtime) -> None:
        names = [f"t{number:04d}" for number in range(1001)]
        with runtime.database.write() as connection:
            rows = [ticket("one", name, day=5 + place % 2, state="[]") for place, name in enumerate(names)]
            put(connection, schema.tickets, *rows, ticket("other", names[0], day=9, state="[]"))
            assert reported.seen_of(connection, "one", [*names, "nobody"]).keys() == set(names)
            assert len(reported.seen_on(connection, "one", 5, 5)) == 501
            assert reported.seen_of(connection, "other", names) == {names[0]: Seen(9, "", None)}
            assert reported.seen_on(connection, "empty", 0, 99) == reported.seen_of(connection, "one", []) == {}


class TestUsers:
    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A slow hash is proved elsewhere."""
        monkeypatch.setattr(users, "generate_password_hash", lambda password, _method: f"hash of {len(password)}")

    def add(
        self, runtime: Runtime, name: str = "ana", account: str = "one", role: str = "lead", password: str = "p" * 10
    ) -> None:
        with runtime.database.write() as connection:
            users.add(connection, account, name, role, password, now=NOW)

    def test_one_name_in_two_accounts_is_two_people(self, runtime: Runtime) -> None:
        self.add(runtime)
        self.add(runtime, account="other", role="viewer")
        with runtime.database.write() as connection:
            mine, theirs = (users.find(connection, slug, "ana") for slug in SLUGS[:2])
            assert mine is not None
            assert theirs is not None
            assert (mine.role, theirs.role, mine.number != theirs.number) == ("lead", "viewer", True)
            users.note_use(connection, "one", "ana", 7)
            users.speak(connection, "one", "ana", "hr")
            assert users.sign_out(connection, "one", "ana")
            assert users.find(connection, "other", "ana") == theirs
            changed = users.find(connection, "one", "ana")
            assert changed is not None
            assert (changed.used_day, changed.language, changed.number != mine.number) == (7, "hr", True)
            assert users.remove(connection, "one", "ana")
            assert not users.remove(connection, "one", "ana")
            assert users.listed(connection, "other") == [theirs]

    def test_of_nobody_there_is_nothing_to_change(self, runtime: Runtime) -> None:
        self.add(runtime)
        with runtime.database.write() as connection:
            assert not users.sign_out(connection, "other", "ana")
            assert not users.remove(connection, "one", "Ana")
            assert users.listed(connection, "empty") == []
            assert users.find(connection, "one", "ana ") is None

    def test_they_are_listed_in_one_order_in_both_databases(self, runtime: Runtime) -> None:
        names = ("b", "B", "ž", "a b", "ab", "10", "9")
        for name in names:
            self.add(runtime, name)
        with runtime.database.read() as connection:
            assert [user.name for user in users.listed(connection, "one")] == sorted(names, key=str.encode)

    @pytest.mark.parametrize("name", ["a", "a" * 64, "a b", "Žana Đ", "张伟", "a'b; --"])
    def test_a_name_that_can_be_printed_is_taken_once(self, runtime: Runtime, name: str) -> None:
        self.add(runtime, name)
        with pytest.raises(GiveUp, match="already"):
            self.add(runtime, name, role="viewer")

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"name": ""}, "1 to 64"), ({"name": "a" * 65}, "1 to 64"), ({"name": " a"}, "1 to 64"),
            ({"name": "a "}, "1 to 64"),
            ({"name": "a\n"}, "1 to 64"), ({"name": "a\nb"}, "1 to 64"), ({"name": "a\u202eb"}, "1 to 64"),
            ({"name": "\u00a0"}, "1 to 64"), ({"role": "admin"}, "no role"), ({"role": ""}, "no role"),
            ({"password": "p" * 9}, "10 to 1024"), ({"password": "p" * 1025}, "10 to 1024"),
        ],
    )  # fmt: skip
    def test_nothing_else_is_kept(self, runtime: Runtime, wrong: dict[str, str], said: str) -> None:
        with pytest.raises(GiveUp, match=said):
            self.add(runtime, **wrong)
        with runtime.database.read() as connection:
            assert users.listed(connection, "one") == []

    def test_nobody_proves_nothing(self) -> None:
        assert not users.proves(None, "")
        assert len({users.new_password() for _ in range(20)}) == 20
        assert len(users.new_password()) == 20


def test_nothing_is_fresh_or_waits_in_an_account_without_anything(runtime: Runtime) -> None:
    with runtime.database.write() as connection:
        jobs.start(connection, "one", jobs.BACKFILL, since=0, now=NOW)
        found = [freshness.freshness(runtime.database, connection, slug) for slug in SLUGS]
    assert [each.backfill is not None for each in found] == [True, False, False]
    assert found[1] == found[2]
    assert found[2].troubles == found[2].calls == 0
