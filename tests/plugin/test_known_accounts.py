"""The accounts as the door knows them: never older than two seconds, and read alike for known and invented names."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import GiveUp
from plugin import known_accounts
from plugin.known_accounts import KnownAccounts
from workers.accounts import Account, Secret
from workers.rules import rules_of
from workers.store.keeper import NotKept

SECOND = 1_000_000


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def account(slug: str, *secrets: Secret) -> Account:
    return Account(slug, "generic", {}, rules_of({}, 1), secrets or (Secret("first"),), {}, b"k" * 32)


class Source:
    """Accounts that a test changes; it counts its readers and may be made to fail or to wait."""

    def __init__(self, *slugs: str) -> None:
        self.accounts = {slug: account(slug) for slug in slugs}
        self.sealed: set[str] = set()  # whose secrets do not open
        self.finds: list[str] = []
        self.looks = 0
        self.away = False
        self.gate = threading.Event()
        self.gate.set()

    def find(self, slug: str) -> Account | None:
        self.finds.append(slug)
        if slug in self.sealed:
            raise GiveUp("it does not open")
        return self.accounts.get(slug)

    def stamps(self) -> dict[str, bytes]:
        self.looks += 1
        self.gate.wait(10)
        if self.away:
            raise NotKept("away")
        return {slug: repr(one).encode() for slug, one in self.accounts.items()}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source() -> Source:
    return Source("acme", "other")


@pytest.fixture
def known(source: Source, clock: Clock) -> KnownAccounts:
    return KnownAccounts(source, clock=clock)


def found(known: KnownAccounts, slug: str = "acme") -> known_accounts.Known:
    one = known.present().find(slug)
    assert one is not None
    return one


def refused(known: KnownAccounts, slug: str) -> known_accounts.Known | None:
    """What the door does for a call that does not prove itself; the account as it was looked up last."""
    seen = known.present()
    seen.find(slug)
    return known.newer(seen).find(slug)


class TestFreshness:
    @pytest.mark.parametrize(("age", "looks"), [(0.0, 1), (1.99, 1), (2.0, 1), (2.01, 2), (3600.0, 2)])
    def test_the_accounts_are_looked_at_again_once_that_is_older_than_two_seconds(
        self, known: KnownAccounts, source: Source, clock: Clock, age: float, looks: int
    ) -> None:
        known.find("acme")
        clock.now += age
        known.find("other")
        assert source.looks == looks

    def test_one_is_opened_again_only_when_it_was_written(
        self, known: KnownAccounts, source: Source, clock: Clock
    ) -> None:
        known.find("acme")
        source.accounts["acme"] = account("acme", Secret("second"))
        clock.now += 2.1
        assert found(known).secrets(0) == [b"second"]
        assert source.finds == ["acme", "other", "acme"]

    @given(steps=st.lists(st.tuples(st.floats(0, 3), st.booleans()), min_size=1, max_size=30))
    def test_what_is_answered_was_never_true_more_than_two_seconds_ago(self, steps: list[tuple[float, bool]]) -> None:
        source, clock = Source("acme"), Clock()
        known = KnownAccounts(source, clock=clock)
        history = [(clock.now, "first")]
        for number, (pause, changes) in enumerate(steps):
            clock.now += pause
            if changes:
                history.append((clock.now, f"s{number}"))
                source.accounts["acme"] = account("acme", Secret(f"s{number}"))
            (answered,) = found(known).secrets(0)
            recent = [secret for at, secret in history if at >= clock.now - 2.0]
            standing = [secret for at, secret in history if at < clock.now - 2.0][-1:]
            assert answered.decode() in recent + standing

    def test_a_rotated_secret_is_known_two_seconds_later_without_a_refusal(
        self, known: KnownAccounts, source: Source, clock: Clock
    ) -> None:
        assert found(known).secrets(0) == [b"first"]
        source.accounts["acme"] = account("acme", Secret("first", until=9 * SECOND), Secret("second"))
        clock.now += 2.1
        assert set(found(known).secrets(8 * SECOND)) == {b"first", b"second"}
        assert found(known).secrets(10 * SECOND) == [b"second"]


class TestRemoval:
    def test_a_removed_account_is_seen_at_once_by_a_call_it_does_not_prove(
        self, known: KnownAccounts, source: Source
    ) -> None:
        found(known)
        del source.accounts["acme"]
        assert refused(known, "acme") is None
        assert "acme" not in known
        assert known.find("acme") is None

    def test_a_removed_account_is_unknown_after_two_seconds(
        self, known: KnownAccounts, source: Source, clock: Clock
    ) -> None:
        found(known)
        del source.accounts["acme"]
        clock.now += 2.1
        assert known.present().find("acme") is None

    def test_one_that_is_made_again_is_let_in_again(self, known: KnownAccounts, source: Source, clock: Clock) -> None:
        known.find("acme")
        gone = source.accounts.pop("acme")
        clock.now += 2.1
        assert known.find("acme") is None
        source.accounts["acme"] = gone
        clock.now += 2.1
        assert found(known).account is gone


class TestSparing:
    @given(names=st.lists(st.tuples(st.sampled_from(["acme", "other", "nobody", ""]), st.floats(0, 3)), max_size=40))
    def test_what_a_refused_call_costs_does_not_depend_on_whether_its_account_exists(
        self, names: list[tuple[str, float]]
    ) -> None:
        asked, invented = Source("acme", "other"), Source("acme", "other")
        clock = Clock()
        one, another = KnownAccounts(asked, clock=clock), KnownAccounts(invented, clock=clock)
        for name, pause in names:
            clock.now += pause
            refused(one, name)
            refused(another, "invented")
            assert (asked.looks, asked.finds) == (invented.looks, invented.finds)

    @pytest.mark.parametrize("name", ["acme", "invented"])
    def test_calls_without_a_proof_do_not_hammer_the_database_or_fill_the_memory(
        self, known: KnownAccounts, source: Source, clock: Clock, name: str
    ) -> None:
        for number in range(1000):
            refused(known, name if name == "acme" else f"{name}-{number}")
            clock.now += 0.001
        assert source.looks <= 10
        assert source.finds == ["acme", "other"]
        assert set(known.present().known) == {"acme", "other"}

    def test_the_fifth_wrong_proof_of_a_moment_is_answered_with_what_is_known(
        self, known: KnownAccounts, source: Source
    ) -> None:
        answers = [refused(known, "acme") for _ in range(6)]
        assert source.looks == 1 + 4
        assert answers[4] is answers[5] is found(known)

    def test_a_quarter_of_a_second_later_there_is_another_read(
        self, known: KnownAccounts, source: Source, clock: Clock
    ) -> None:
        for _ in range(5):
            refused(known, "acme")
        clock.now += 0.25
        refused(known, "acme")
        assert source.looks == 6

    def test_wrong_proofs_for_one_account_bring_what_is_new_of_all(self, known: KnownAccounts, source: Source) -> None:
        refused(known, "acme")
        source.accounts["other"] = account("other", Secret("second"))
        refused(known, "acme")
        assert found(known, "other").secrets(0) == [b"second"]

    def test_who_still_holds_the_old_ones_gets_the_newer_without_another_read(
        self, known: KnownAccounts, source: Source
    ) -> None:
        before = known.present()
        after = known.newer(before)
        assert known.newer(before) is after
        assert source.looks == 2

    def test_a_new_account_is_found_while_invented_names_come_in_after_a_moment(
        self, known: KnownAccounts, source: Source, clock: Clock
    ) -> None:
        for number in range(20):
            known.find(f"invented-{number}")
        source.accounts["new"] = account("new")
        assert known.find("new") is None, "the reads of this moment are used up"
        clock.now += 0.25
        assert known.find("new") is not None


class TestTrouble:
    def test_a_source_that_fails_is_told_and_tried_again(self, known: KnownAccounts, source: Source) -> None:
        source.away = True
        with pytest.raises(NotKept):
            known.find("acme")
        source.away = False
        assert found(known).account.slug == "acme"

    def test_a_known_account_that_can_not_be_read_again_is_not_believed(
        self, known: KnownAccounts, source: Source, clock: Clock
    ) -> None:
        known.find("acme")
        source.away = True
        assert found(known).account.slug == "acme", "for two seconds it is"
        clock.now += 2.1
        with pytest.raises(NotKept):
            known.find("acme")

    def test_one_that_does_not_open_is_told_to_its_own_calls_only(
        self, known: KnownAccounts, source: Source, clock: Clock
    ) -> None:
        source.sealed = {"acme"}
        assert found(known, "other").account.slug == "other"
        with pytest.raises(GiveUp, match="does not open"):
            known.find("acme")
        source.sealed.clear()
        clock.now += 2.1
        assert found(known).account.slug == "acme"

    def test_calls_that_come_together_read_once(self, known: KnownAccounts, source: Source) -> None:
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: known.find("acme"), range(32)))
        assert len({id(answer) for answer in answers}) == 1
        assert (source.looks, source.finds) == (1, ["acme", "other"])

    def test_nobody_waits_for_ever_behind_a_read_that_hangs(
        self, known: KnownAccounts, source: Source, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(known_accounts, "_PATIENCE", 0.05)
        source.gate.clear()
        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(known.find, "acme")
            while not source.looks:
                pass
            with pytest.raises(NotKept):
                known.find("acme")
            source.gate.set()
            assert first.result(5) is not None
        assert found(known) is first.result(), "and the next one is answered"
