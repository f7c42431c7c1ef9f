"""Who can receive a digest: e-mail addresses and Slack's incoming webhooks, checked before anything is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

#: More receivers are a mailing list, which the mail server keeps better.
MOST_RECEIVERS: Final = 20
#: What a digest may tell about.
PERIODS: Final = ("daily", "weekly")
#: Begins an encoded word (RFC 2047), which programs read in names and addresses too, whatever is in it.
ENCODED: Final = "=?"
_LONGEST_ADDRESS: Final = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
_LONGEST_LOCAL: Final = 64
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
#: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: the path is the secret.
_SLACK: Final = re.compile(r"https://hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{10,200}")


def check_address(text: str) -> None:
    """Return when this is one plain e-mail address; ValueError otherwise.

    Domains outside ASCII are written in their `xn--` form: not every mail server takes another.
    """
    is_plain = _ADDRESS.fullmatch(text) and ENCODED not in text
    if len(text) > _LONGEST_ADDRESS or not is_plain or text.index("@") > _LONGEST_LOCAL:
        raise ValueError("Write an e-mail address such as lead@desk.example, without a name.")


def check_apart(addresses: Sequence[str]) -> None:
    """Return when no receiver is named twice; ValueError otherwise. Nearly every server ignores capitals."""
    if len({address.lower() for address in addresses}) < len(addresses):
        raise ValueError("Name each receiver once.")


def check_slack(text: str) -> None:
    """Return when this is the address of a Slack incoming webhook; ValueError, which does not repeat it, otherwise."""
    if not _SLACK.fullmatch(text):
        raise ValueError("the address of an incoming webhook, such as https://hooks.slack.com/services/…/…/…")
