"""Token buckets against a model of them, and who counts as one address."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.limits import TokenBuckets, address_key

#: Powers of two, so that sums of them are exact.
PAUSE = st.integers(0, 64).map(lambda eighths: eighths / 8)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class TestBuckets:
    @given(
        pauses=st.lists(PAUSE, min_size=1, max_size=60), rate=st.sampled_from([0.5, 1, 2, 8]), burst=st.integers(1, 6)
    )
    def test_in_any_stretch_no_more_pass_than_burst_and_rate_allow(
        self, pauses: list[float], rate: float, burst: int
    ) -> None:
        clock, passed = Clock(), []
        buckets = TokenBuckets(rate=rate, burst=burst, clock=clock)
        for pause in pauses:
            clock.now += pause
            if not buckets.take("a"):
                passed.append(clock.now)
        for place, start in enumerate(passed):
            for number, end in enumerate(passed[place:], 1):
                assert number <= burst + (end - start) * rate

    @given(pauses=st.lists(PAUSE, min_size=1, max_size=40), rate=st.sampled_from([0.5, 1, 2, 8]))
    def test_whoever_waits_as_long_as_it_is_told_passes(self, pauses: list[float], rate: float) -> None:
        clock = Clock()
        buckets = TokenBuckets(rate=rate, burst=2, clock=clock)
        for pause in pauses:
            clock.now += pause
            wait = buckets.take("a")
            if wait:
                assert 0 < wait <= 1 / rate
                clock.now += wait
                assert buckets.take("a") == 0.0

    def test_asking_while_one_waits_makes_the_wait_no_longer(self, clock: Clock) -> None:
        buckets = TokenBuckets(rate=1, burst=1, clock=clock)
        buckets.take("a")
        assert [buckets.take("a") for _ in range(5)] == [1.0] * 5
        clock.now += 0.75
        assert buckets.take("a") == 0.25

    def test_a_burst_below_one_still_lets_one_through(self, clock: Clock) -> None:
        buckets = TokenBuckets(rate=0.5, burst=0.25, clock=clock)
        assert (buckets.take("a"), buckets.take("a")) == (0.0, 2.0)

    def test_the_key_used_longest_ago_is_forgotten_first(self, clock: Clock) -> None:
        buckets = TokenBuckets(rate=1, burst=1, most=2, clock=clock)
        for key in ("a", "b", "a", "c"):
            buckets.take(key)
        assert buckets.take("a") > 0, "it was used after b"
        assert buckets.take("b") == 0.0, "it was forgotten and starts full"

    @given(keys=st.lists(st.text(max_size=3), max_size=80), most=st.integers(1, 5))
    def test_no_stream_of_names_fills_the_memory(self, keys: list[str], most: int) -> None:
        buckets = TokenBuckets(rate=1, burst=1, most=most, clock=Clock())
        for key in keys:
            buckets.take(key)
        assert len(buckets._buckets) <= most

    def test_threads_share_the_tokens(self, clock: Clock) -> None:
        buckets = TokenBuckets(rate=1, burst=10, clock=clock)
        with ThreadPoolExecutor(8) as threads:
            waits = list(threads.map(lambda _: buckets.take("a"), range(200)))
        assert waits.count(0.0) == 10


class TestAddresses:
    @given(st.ip_addresses(v=4))
    def test_an_ipv4_address_is_itself_also_inside_ipv6(self, address: IPv4Address) -> None:
        assert address_key(str(address)) == str(address)
        assert address_key(f"::ffff:{address}") == str(address)

    @given(network=st.integers(1, 2**64 - 1), one=st.integers(0, 2**64 - 1), other=st.integers(0, 2**64 - 1))
    def test_all_of_one_subscribers_ipv6_addresses_are_one(self, network: int, one: int, other: int) -> None:
        first, second = (str(IPv6Address(network << 64 | host)) for host in (one, other))
        assert address_key(first) == address_key(second)
        assert int(ip_address(address_key(first))) == network << 64

    @given(st.integers(1, 2**64 - 2))
    def test_neighbouring_networks_are_two(self, network: int) -> None:
        assert address_key(str(IPv6Address(network << 64))) != address_key(str(IPv6Address((network + 1) << 64)))

    @given(st.text(max_size=40))
    def test_any_text_is_a_key(self, text: str) -> None:
        assert isinstance(address_key(text), str)
