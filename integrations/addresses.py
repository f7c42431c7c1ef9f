"""Which network addresses a desk may live at: public ones, unless the operator allows private ones."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Final

from urllib3.connection import HTTPConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError

from integrations.deadlines import TimelyAdapter, TimelyConnection, TimelyPool, TimelyTLSConnection, TimelyTLSPool

#: All of IPv6 that is given out to the open internet; what lies outside is local, reserved or a translation.
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
#: For protocols between networks; Python's tables count parts of it as public.
_PROTOCOLS: Final = ipaddress.IPv4Network("192.0.0.0/24")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is one on the open internet, also when it is wrapped in an IPv6 one."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _wrapped(ip)
        if inner is not None:
            return is_public(str(inner))
        if ip not in _GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast and ip not in _PROTOCOLS


def _wrapped(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


class PrivateAddress(NewConnectionError):
    """The desk's name leads to an address inside a private network; nothing was connected."""


def _public_addresses(connection: HTTPConnection) -> list[str]:
    try:
        found = socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        reason = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
        raise NameResolutionError(connection.host, connection, reason) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_public(address):
            raise PrivateAddress(connection, f"{connection.host} is at the private address {address}")
    return addresses


def _connect_to_public(connection: HTTPConnection, connect: Callable[[], socket.socket]) -> socket.socket:
    # Resolving once and connecting to that very address leaves no gap for a name that changes in between.
    # urllib3 connects to `_dns_host`; `host`, for TLS and the Host header, reads it too, so it is put back.
    name = connection._dns_host  # noqa: SLF001
    failure: NewConnectionError | None = None
    try:
        for address in _public_addresses(connection):
            connection._dns_host = address  # noqa: SLF001
            try:
                return connect()
            except NewConnectionError as error:
                failure = error
    finally:
        connection._dns_host = name  # noqa: SLF001
    raise failure or NewConnectionError(connection, "the name has no address")


class _PublicConnection(TimelyConnection):
    def _new_conn(self) -> socket.socket:
        return _connect_to_public(self, super()._new_conn)


class _PublicTLSConnection(TimelyTLSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect_to_public(self, super()._new_conn)


class _PublicPool(TimelyPool):
    ConnectionCls = _PublicConnection


class _PublicTLSPool(TimelyTLSPool):
    ConnectionCls = _PublicTLSConnection


class PublicAdapter(TimelyAdapter):
    """A requests adapter that connects to public addresses only, and whose exchanges end in time."""

    pools = {"http": _PublicPool, "https": _PublicTLSPool}  # noqa: RUF012 - declared a class variable above
