"""Plain text as LiveAgent shows it, and the marks by which our own notes and summaries are known again.

Notes and summaries are sent as plain text (`is_html_message` N), so nothing is escaped for HTML. What has to
be disarmed is LiveAgent's own syntax for variables, `{$…}`, and marks that somebody else wrote.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Final

from integrations.actions import Section

_PREFIX: Final = "deskpulse:"
_MARK: Final = re.compile(r"\[deskpulse:[^\]\s]+\]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
_LONGEST_TITLE: Final = 150


def mark(marker: str) -> str:
    """A marker, with its brackets or without, as it stands in a note or a subject: `[deskpulse:…]`."""
    return f"[{_PREFIX}{_bare(marker)}]"


def _bare(marker: str) -> str:
    return "-".join(marker.strip("[]").split()).removeprefix(_PREFIX)


def has_mark(text: str) -> bool:
    """Whether any mark of ours is in the text."""
    return _MARK.search(text) is not None


def plain(text: str) -> str:
    """One line that LiveAgent shows as it stands: no line breaks, no variables, no marks of ours."""
    line = _CONTROL.sub(" ", text).strip()
    return line.replace("{$", "{ $").replace("[" + _PREFIX, "(" + _PREFIX)


def note(lines: Sequence[str], marker: str) -> str:
    """The text of a private note, its mark in the last line."""
    return "\n".join((*map(plain, lines), mark(marker)))


def subject(title: str, marker: str) -> str:
    """The subject of a summary ticket, its mark at the end."""
    return f"{plain(title)[:_LONGEST_TITLE].rstrip()} {mark(marker)}"


def summary(title: str, sections: Iterable[Section]) -> str:
    """The text of a summary: its title, then each heading with its lines."""
    blocks = ("\n".join((plain(one.heading), *(f"- {plain(line)}" for line in one.lines))) for one in sections)
    return "\n\n".join((plain(title), *blocks))


def revision(text: str) -> str:
    """Eight hex digits that are the same for the same text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def revised(text: str, marker: str, number: int) -> str:
    """A summary's text with the mark of its revision: `[deskpulse:…#2-1f3a99c0]`."""
    return f"{text}\n\n{mark(f'{_bare(marker)}#{number}-{revision(text)}')}"


def latest_revision(texts: Iterable[str], marker: str) -> tuple[int, str]:
    """The number and the digits of the last revision in the texts; (0, "") when there is none."""
    pattern = re.compile(re.escape(mark(marker)[:-1]) + r"#(\d{1,6})-([0-9a-f]{8})\]")
    found = [(int(match[1]), match[2]) for text in texts for match in pattern.finditer(text)]
    return max(found, default=(0, ""))
