"""Text for Chatwoot: notes are Markdown with mentions that notify, and Liquid templates that Chatwoot fills in.

A backslash before every sign of Markdown also takes `{{ }}` and `{% %}` apart, and the brackets of a mention
(`[@Eva](mention://user/1/Eva)`), so a text stands in a note as it was written and nobody is notified of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from integrations.actions import AddNote, PutSummary

_PREFIX: Final = "deskpulse:"
#: A marker as we write it; one that somebody else wrote into a text of ours has a backslash in it.
_MARKER: Final = re.compile(rf"(?<!\\)\[{_PREFIX}[^\[\]\s\\]+\]")
_SIGNS: Final = re.compile(r"([\\`*_{}\[\]<>()#|~!%&@])")
#: What starts a list, a rule or a heading only at the beginning of a line.
_AT_START: Final = re.compile(r"^(\d*)([-+=.])")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
_LONGEST_LINE: Final = 8000  #: Chatwoot takes messages of 150,000 characters


def plain(text: str) -> str:
    """One line that Chatwoot shows as it stands."""
    line = _SIGNS.sub(r"\\\1", _CONTROL.sub(" ", text).strip()[:_LONGEST_LINE])
    return _AT_START.sub(r"\1\\\2", line)


def marked(marker: str) -> str:
    """A marker as it stands in texts of ours, `[deskpulse:…]`, whether or not it came with its brackets."""
    return f"[{_PREFIX}{_bare(marker)}]"


def _bare(marker: str) -> str:
    return "-".join(marker.strip("[]").split()).removeprefix(_PREFIX)


def is_marked(text: str) -> bool:
    """Whether the text carries a marker of ours."""
    return _MARKER.search(text) is not None


def note(action: AddNote) -> str:
    """The text of a private note: its lines, then the marker."""
    return _paragraphs((*map(plain, action.lines), marked(action.marker)))


def summary(action: PutSummary) -> str:
    """The text of a summary without its marker: the title, then each heading with its lines."""
    lines = [f"**{plain(action.title)}**"]
    for section in action.sections:
        lines += [f"**{plain(section.heading)}**", "\n".join(f"- {plain(line)}" for line in section.lines)]
    return _paragraphs(lines)


def revised(action: PutSummary, number: int) -> str:
    """A summary's text with the marker of its revision: `[deskpulse:…#2-1f3a99c0]`."""
    return _paragraphs((summary(action), marked(f"{_bare(action.marker)}#{number}-{digits(action)}")))


def digits(action: PutSummary) -> str:
    """Eight hexadecimal digits that are the same for the same text."""
    return hashlib.sha256(summary(action).encode()).hexdigest()[:8]


def latest_revision(texts: Iterable[str], marker: str) -> tuple[int, str]:
    """The number and the digits of the last revision in the texts; (0, "") when there is none."""
    pattern = re.compile(re.escape(marked(marker)[:-1]) + r"#(\d{1,6})-([0-9a-f]{8})\]")
    found = [(int(match[1]), match[2]) for text in texts for match in pattern.finditer(text)]
    return max(found, default=(0, ""))


def _paragraphs(parts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, parts))
