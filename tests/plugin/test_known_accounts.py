"""The accounts as the door knows them: never older than two seconds, read sparingly, and gone when they are gone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        self.finds: list[str] = []
        self.lists = 0
        self.away = False
        self.gate = threading.Event()
        self.gate.set()

    def find(self, slug: str) -> Account | None:
        self.finds.append(slug)
        self.gate.wait(10)
        self._answer()
        return self.accounts.get(slug)

    def slugs(self) -> frozenset[str]:
        self.lists += 1
        self._answer()
        return frozenset(self.accounts)

    def _answer(self) -> None:
        if self.away:
            raise NotKept("away")


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
    one = known.find(slug)
    assert one is not None
    return one


class TestFreshness:
    @pytest.mark.parametrize(("age", "reads"), [(0.0, 1), (1.99, 1), (2.0, 1), (2.01, 2), (3600.0, 2)])
    def test_an_account_is_read_again_once_it_is_older_than_two_seconds(
        self, known: KnownAccounts, source: Source, clock: Clock, age: float, reads: int
    ) -> None:
        known.find("acme")
        clock.now += age
        known.find("acme")
        assert source.finds == ["acme"] * reads

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

    def test_two_accounts_age_apart(self, known: KnownAccounts, source: Source, clock: Clock) -> None:
        known.find("acme")
        clock.now += 1.5
        known.find("other")
        clock.now += 1.0
        known.find("other")
        known.find("acme")
        assert source.finds == ["acme", "other", "acme"]


class TestRemoval:
    def test_a_removed_account_is_seen_at_once_by_a_call_it_does_not_prove(
        self, known: KnownAccounts, source: Source
    ) -> None:
        before = found(known)
        del source.accounts["acme"]
        assert known.reread(before) is None
        assert "acme" not in known
        assert known.find("acme") is None

    def test_one_that_is_made_again_is_let_in_again(self, known: KnownAccounts, source: Source, clock: Clock) -> None:
        known.find("acme")
        gone = source.accounts.pop("acme")
        clock.now += 2.1
        assert known.find("acme") is None
        source.accounts["acme"] = gone
        clock.now += 2.1
        assert found(known).account is gone

    def test_the_name_of_a_removed_one_is_as_cheap_as_an_invented_one(
        self, known: KnownAccounts, source: Source, clock: Clock
    ) -> None:
        known.find("acme")
        del source.accounts["acme"]
        clock.now += 2.1
        for _ in range(100):
            assert known.find("acme") is None
        assert source.finds == ["acme", "acme"]
        assert source.lists <= 1 + 4

    def test_an_unknown_name_is_not_remembered(self, known: KnownAccounts) -> None:
        assert known.find("nobody") is None
        assert "nobody" not in known


class TestSparing:
    def test_a_call_that_is_not_proved_causes_one_more_read(self, known: KnownAccounts, source: Source) -> None:
        again = known.reread(found(known))
        assert again is not None
        assert source.finds == ["acme", "acme"]

    def test_the_fifth_wrong_proof_of_a_moment_is_answered_with_what_is_known(
        self, known: KnownAccounts, source: Source
    ) -> None:
        answers = [known.reread(found(known)) for _ in range(6)]
        assert None not in answers
        assert len(source.finds) == 1 + 4
        assert answers[4] is answers[5] is found(known)

    def test_a_quarter_of_a_second_later_there_is_another_read(
        self, known: KnownAccounts, source: Source, clock: Clock
    ) -> None:
        for _ in range(5):
            known.reread(found(known))
        clock.now += 0.25
        known.reread(found(known))
        assert len(source.finds) == 6

    def test_wrong_proofs_for_one_account_spare_no_read_of_another(self, known: KnownAccounts, source: Source) -> None:
        for _ in range(10):
            known.reread(found(known))
        source.accounts["other"] = account("other", Secret("second"))
        again = known.reread(found(known, "other"))
        assert again is not None
        assert again.secrets(0) == [b"second"]

    def test_a_name_of_the_list_needs_no_second_list(self, known: KnownAccounts, source: Source, clock: Clock) -> None:
        known.find("acme")
        clock.now += 0.01
        known.find("other")
        assert source.lists == 1

    def test_a_new_account_is_found_while_invented_names_come_in_after_a_moment(
        self, known: KnownAccounts, source: Source, clock: Clock
    ) -> None:
        for number in range(20):
            known.find(f"invented-{number}")
        source.accounts["new"] = account("new")
        assert known.find("new") is None, "the reads of this moment are used up"
        clock.now += 0.25
        assert found(known, "new").account.slug == "new"


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

    def test_calls_that_come_together_read_once(self, known: KnownAccounts, source: Source) -> None:
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: known.find("acme"), range(32)))
        assert len({id(answer) for answer in answers}) == 1
        assert source.finds == ["acme"]

    def test_nobody_waits_for_ever_behind_a_read_that_hangs(
        self, known: KnownAccounts, source: Source, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(known_accounts, "_PATIENCE", 0.05)
        source.gate.clear()
        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(known.find, "acme")
            while not source.finds:
                pass
            with pytest.raises(NotKept):
                known.find("acme")
            source.gate.set()
            assert first.result(5) is not None
        assert found(known) is first.result(), "and the next one is answered"
