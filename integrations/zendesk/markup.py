"""Text for Zendesk, as HTML, and the marks by which our own notes and summaries are known again.

Notes are sent as `html_body`. Zendesk replaces Liquid placeholders, `{{…}}` and `{%…%}`, in what agents write, and a
name after `@` in a note tells that person: neither may come from the words of a customer.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable
from typing import Final

from integrations.actions import AddNote, PutSummary

#: A summary is known by its external id, which begins with this.
EXTERNAL_PREFIX: Final = "deskpulse:"
_MARK: Final = re.compile(r"\[deskpulse:[^\[\]\s]+\]")
_OPENS: Final = re.compile(r"\{(?=[{%#])")
_CLOSES: Final = re.compile(r"([%#}])(?=\})")
_TELLS: Final = re.compile(r"@(?=\w)")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
_LONGEST_SUBJECT: Final = 140
_BREAK: Final = "<br>"


def _bare(marker: str) -> str:
    return "-".join(marker.strip("[]").split()).removeprefix(EXTERNAL_PREFIX)


def external_id(marker: str) -> str:
    """The external id of the summary with this marker."""
    return EXTERNAL_PREFIX + _bare(marker)


def mark(marker: str) -> str:
    """A marker as it stands in a note, `[deskpulse:…]`, whether or not it came with its brackets."""
    return f"[{EXTERNAL_PREFIX}{_bare(marker)}]"


def is_marked(text: str) -> bool:
    """Whether any mark of ours is in the text."""
    return _MARK.search(text) is not None


def marks_in(text: str) -> str:
    """Nothing of the text but the marks of ours in it."""
    return " ".join(_MARK.findall(text))


def plain(text: str) -> str:
    """One line that Zendesk shows as it stands: no placeholder, nobody told, no mark of somebody else's."""
    line = _CONTROL.sub(" ", text).replace("[" + EXTERNAL_PREFIX, "(" + EXTERNAL_PREFIX)
    return _TELLS.sub("@ ", _CLOSES.sub(r"\1 ", _OPENS.sub("{ ", line)))


def note(action: AddNote) -> str:
    """The HTML of a private note, its mark in the last line."""
    return _html((*map(plain, action.lines), mark(action.marker)))


def subject(action: PutSummary) -> str:
    """The subject of a summary."""
    return plain(action.title)[:_LONGEST_SUBJECT].strip() or "Deskpulse"


def summary(action: PutSummary) -> str:
    """The HTML of a summary: each heading with its lines, then the mark with the digits of this very text."""
    lines = tuple(_lines(action))
    return _html((*lines, "", f"{mark(action.marker)} {_digits(lines)}"))


def key(action: PutSummary) -> str:
    """What a repeated request for this very summary is known by: Zendesk takes no key for two contents."""
    return f"{external_id(action.marker)}:{_digits((subject(action), *_lines(action)))}"


def is_latest(action: PutSummary, text: str) -> bool:
    """Whether the text of a comment is this very summary."""
    return f"{mark(action.marker)} {_digits(tuple(_lines(action)))}" in text


def _lines(action: PutSummary) -> Iterable[str]:
    for number, section in enumerate(action.sections):
        if number:
            yield ""
        yield plain(section.heading)
        yield from (f"- {plain(line)}" for line in section.lines)


def _digits(lines: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]


def _html(lines: Iterable[str]) -> str:
    return _BREAK.join(html.escape(line, quote=False) for line in lines)
