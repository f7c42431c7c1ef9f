"""Token buckets: how much is allowed, when there is more, and that strangers cannot fill the memory."""

from __future__ import annotations

import pytest

from plugin.known_accounts import KnownAccounts
from plugin.limits import TokenBuckets, address_key
from workers.accounts import Account, Secret
from workers.rules import rules_of


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_then_the_rate() -> None:
    clock = _Clock()
    buckets = TokenBuckets(rate=2, burst=3, clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    clock.now += 0.5
    assert [buckets.take("a"), buckets.take("a")] == [0.0, 0.5]


def test_waiting_without_end_fills_no_more_than_the_burst() -> None:
    clock = _Clock()
    buckets = TokenBuckets(rate=2, burst=3, clock=clock)
    buckets.take("a")
    clock.now += 1e9
    assert [buckets.take("a") for _ in range(4)].count(0.0) == 3


def test_one_key_has_nothing_to_do_with_another() -> None:
    buckets = TokenBuckets(rate=1, burst=1, clock=_Clock())
    assert (buckets.take("a"), buckets.take("b"), buckets.take("a")) == (0.0, 0.0, 1.0)


def test_a_rate_of_zero_limits_nothing() -> None:
    buckets = TokenBuckets(rate=0, burst=0)
    assert {buckets.take("a") for _ in range(100)} == {0.0}


def test_only_so_many_keys_are_remembered() -> None:
    buckets = TokenBuckets(rate=1, burst=1, most=10, clock=_Clock())
    for number in range(1000):
        buckets.take(str(number))
    assert len(buckets._buckets) == 10
    assert buckets.take("999") > 0


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
        ("no address", "no address"),
        ("", ""),
    ],
)
def test_an_ipv6_network_counts_as_one_address(address: str, key: str) -> None:
    assert address_key(address) == key


class _Source:
    """Accounts that a test changes, and a count of how often they were read."""

    def __init__(self, *slugs: str) -> None:
        self.accounts = {slug: _account(slug, "first") for slug in slugs}
        self.finds = 0
        self.lists = 0

    def find(self, slug: str) -> Account | None:
        self.finds += 1
        return self.accounts.get(slug)

    def slugs(self) -> frozenset[str]:
        self.lists += 1
        return frozenset(self.accounts)


def _account(slug: str, secret: str) -> Account:
    return Account(slug, "generic", {}, rules_of({}, 1), (Secret(secret),), {}, b"k" * 32)


def test_an_account_is_read_once_in_two_seconds() -> None:
    clock, source = _Clock(), _Source("acme")
    known = KnownAccounts(source, clock=clock)
    for _ in range(100):
        assert known.find("acme")
        clock.now += 0.01
    assert source.finds == 1
    clock.now += 2.0
    known.find("acme")
    assert source.finds == 2


def test_a_removed_account_is_unknown_after_two_seconds_for_good() -> None:
    clock, source = _Clock(), _Source("acme")
    known = KnownAccounts(source, clock=clock)
    known.find("acme")
    source.accounts.clear()
    clock.now += 2.1
    assert [known.find("acme"), known.find("acme")] == [None, None]


def test_a_changed_secret_is_seen_at_once_by_a_call_that_the_old_one_refuses() -> None:
    source = _Source("acme")
    known = KnownAccounts(source, clock=_Clock())
    before = known.find("acme")
    source.accounts["acme"] = _account("acme", "second")
    assert before is not None
    after = known.reread(before)
    assert after is not None
    assert after.secrets(0) == [b"second"]
    assert known.reread(before) is after, "who still holds the old one gets the newer without another read"


def test_wrong_proofs_do_not_hammer_the_database() -> None:
    clock, source = _Clock(), _Source("acme")
    known = KnownAccounts(source, clock=clock)
    for _ in range(1000):
        found = known.find("acme")
        assert found is not None
        known.reread(found)
        clock.now += 0.001
    assert source.finds <= 10


def test_invented_names_do_not_hammer_the_database_or_fill_the_memory() -> None:
    clock, source = _Clock(), _Source("acme")
    known = KnownAccounts(source, clock=clock)
    for number in range(1000):
        assert known.find(f"invented-{number}") is None
        clock.now += 0.001
    assert source.lists <= 10
    assert source.finds == 0
    assert known._known == {}
    assert known.find("acme")
