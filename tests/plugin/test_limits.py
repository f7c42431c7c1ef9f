"""Token buckets: how much is allowed, when there is more, and that strangers cannot fill the memory."""

from __future__ import annotations

import pytest

from plugin.limits import TokenBuckets, address_key


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
