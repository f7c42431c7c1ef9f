"""Who may not go on like this: token buckets by address and by account, in memory, however many there are of either."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

_MOST_KEYS: Final = 10_000
_IPV6_NETWORK: Final = 64  #: the bits of an IPv6 address that one subscriber cannot choose


class TokenBuckets:
    """One bucket a key: `burst` tokens at most, filled again by `rate` a second; a rate of 0 limits nothing.

    Only the `most` keys used last are remembered; a forgotten one starts full.
    """

    def __init__(
        self, *, rate: float, burst: float, most: int = _MOST_KEYS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = max(burst, 1.0)
        self._most = most
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key → tokens, moment
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """Take one token: 0.0 when there was one, else the seconds until there is."""
        if not self._rate:
            return 0.0
        now = self._clock()
        with self._lock:
            tokens, filled = self._buckets.pop(key, (self._burst, now))
            tokens = min(self._burst, tokens + max(0.0, now - filled) * self._rate)
            wait = 0.0 if tokens >= 1.0 else (1.0 - tokens) / self._rate
            self._buckets[key] = (tokens if wait else tokens - 1.0, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        return wait


def address_key(address: str) -> str:
    """What counts as one address: an IPv4 address, or the network of an IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> (128 - _IPV6_NETWORK) << (128 - _IPV6_NETWORK)))
