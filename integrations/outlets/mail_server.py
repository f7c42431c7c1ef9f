"""Which mail server takes digests, and whom they are from: read from an operator's settings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.headerregistry import Address
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from integrations.outlets.receivers import ENCODED, check_address

_PORTS: Final = {"smtp": 25, "smtps": 465}
_SUBMISSION: Final = 587  #: where a server wants to know who submits, RFC 6409
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_WANTED: Final = "smtp://user:password@host:587?starttls, smtps://user:password@host or smtp://host"
_FROM: Final = re.compile(r"(?P<name>[^<>\"]*?)\s*<(?P<address>[^<>]*)>")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and how the way there is kept from others: '', `starttls` or `tls`."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    cover: str = ""


def server_of(url: str) -> MailServer:
    """The server of `smtp://user:password@host:587?starttls` or `smtps://…`; ValueError says what is wanted.

    A password is not sent in the clear but to this machine itself.
    """
    parts, port = _parts(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.fragment:
        raise ValueError(_WANTED)
    if parts.query not in ("", "starttls") or (parts.query and parts.scheme == "smtps"):
        raise ValueError(_WANTED)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    cover = "tls" if parts.scheme == "smtps" else parts.query
    if bool(user) != bool(password):
        raise ValueError(_WANTED)
    if user and not cover and parts.hostname not in _HERE:
        raise ValueError("an address with ?starttls, or smtps://, because it has a password")
    usual = _SUBMISSION if parts.query or (user and parts.scheme == "smtp") else _PORTS[parts.scheme]
    return MailServer(parts.hostname, port or usual, user, password, cover)


def sender_of(text: str) -> Address:
    """`pulse@desk.example` or `Deskpulse <pulse@desk.example>`; ValueError when it is neither."""
    found = _FROM.fullmatch(text.strip())
    name, address = (found["name"], found["address"]) if found else ("", text.strip())
    check_address(address)
    if not name.isprintable() or ENCODED in name:  # decoded, it may be several lines
        raise ValueError("The name of a sender is one line of text.")
    return Address(display_name=name, addr_spec=address)


def _parts(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # Its text may hold the password or a part of it, where that was not escaped.
        raise ValueError(_WANTED) from None
    if port == 0:
        raise ValueError(_WANTED)
    return parts, port
