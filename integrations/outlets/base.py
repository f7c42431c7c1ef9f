"""What a digest is to whatever delivers it, and what an outlet promises."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from integrations.actions import Section
from integrations.times import Instant


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a small chart: a label, its value in words, and how long its bar is, from 0 to 1."""

    label: str
    value: str
    length: float


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere."""

    text: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A day or a week in plain text, in the account's language; every outlet writes it in its own way.

    `marker` is the same whenever this period of this account is told. `bars`, which show what `bars_name` says,
    stand under the heading of the section `bars_in`. The last section holds sentences; the others hold
    figures, as `name: value; change`.
    """

    account: str
    language: str
    marker: str
    at: Instant
    title: str
    sections: tuple[Section, ...]
    note: str
    bars: tuple[Bar, ...] = ()
    bars_name: str = ""
    bars_in: int = 1
    link: Link | None = None


class Outlet(Protocol):
    """One way out of the house, for one receiver."""

    def send(self, digest: Digest, *, handing_over: Callable[[], None]) -> None:
        """Deliver the digest; raises the classes of `integrations.errors`.

        `handing_over` is called right before the step after which nobody can tell whether the receiver has it:
        Unclear after that means that it must not be sent again. An outlet that does not call it may be asked
        again after any Retry.
        """


def plain(text: str) -> str:
    """A text on one line, without characters that steer a terminal, a mail client or the direction of reading."""
    return " ".join("".join(each if _is_harmless(each) else " " for each in text).split())


def _is_harmless(character: str) -> bool:
    # Cc: controls; Cs: halves of characters; of Cf only what joins letters in writing is needed.
    kind = unicodedata.category(character)
    return kind not in {"Cc", "Cs", "Cf", "Co", "Cn"} or character in "\u200c\u200d\u00ad"
