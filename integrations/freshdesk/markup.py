"""Text as Freshdesk shows it, and the marks by which our own notes and summaries are known again.

Notes and descriptions are HTML, subjects are plain text of at most 255 characters. Freshdesk's own placeholders,
`{{ticket.…}}`, are taken apart: whether it fills them in what the API writes is not documented.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from typing import Final

from integrations.actions import Section

#: The longest subject that Freshdesk keeps.
LONGEST_SUBJECT: Final = 255

_PREFIX: Final = "deskpulse:"
_MARK: Final = re.compile(r"\[deskpulse:[^\[\]\s<>&]+\]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
_OPENS: Final = re.compile(r"\{(?=[{%])")
_CLOSES: Final = re.compile(r"([}%])(?=\})")


def mark(marker: str) -> str:
    """A marker, with its brackets or without, as it stands in a note or a subject: `[deskpulse:…]`."""
    return f"[{_PREFIX}{_bare(marker)}]"


def _bare(marker: str) -> str:
    return "-".join(marker.strip("[]").split()).removeprefix(_PREFIX)


def has_mark(text: str) -> bool:
    """Whether any mark of ours is in the text."""
    return _MARK.search(text) is not None


def plain(text: str) -> str:
    """One line without line breaks, placeholders, and marks of ours that somebody else wrote."""
    line = _CONTROL.sub(" ", text).strip().replace("[" + _PREFIX, "(" + _PREFIX)
    return _CLOSES.sub(r"\1 ", _OPENS.sub("{ ", line))


def note(lines: Sequence[str], marker: str) -> str:
    """The HTML of a private note, its mark in the last line."""
    return _paragraphs((*map(plain, lines), mark(marker)))


def subject(title: str, marker: str) -> str:
    """The subject of a summary: its title, cut where the mark would not fit, and the mark."""
    own = mark(marker)
    return f"{plain(title)[: LONGEST_SUBJECT - len(own) - 1].rstrip()} {own}".lstrip()


def summary(title: str, sections: Iterable[Section], marker: str) -> str:
    """The HTML of a summary: its title, each heading with its lines, and the mark of this revision of it."""
    parts = "".join(_section(section) for section in sections)
    text = f"<h3>{_escaped(title)}</h3>{parts}"
    digits = hashlib.sha256(text.encode()).hexdigest()[:8]
    return text + _paragraphs((mark(f"{_bare(marker)}#{digits}"),))


def revision(text: str, marker: str) -> str | None:
    """The mark of the revision that stands in a summary's text; None when there is none.

    Freshdesk writes the HTML that it is given in its own way, so texts cannot be compared, only their marks.
    """
    found = re.search(re.escape(mark(marker)[:-1]) + r"#[0-9a-f]{8}\]", text)
    return found[0] if found else None


def _section(section: Section) -> str:
    lines = "".join(f"<li>{_escaped(line)}</li>" for line in section.lines)
    return f"<h4>{_escaped(section.heading)}</h4><ul>{lines}</ul>"


def _paragraphs(lines: Iterable[str]) -> str:
    return "".join(f"<div>{html.escape(line, quote=False)}</div>" for line in lines)


def _escaped(text: str) -> str:
    return html.escape(plain(text), quote=False)
