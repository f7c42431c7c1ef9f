"""Text as Zammad shows it: HTML in articles, a plain line as a title, and the marks by which ours is known again."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from typing import Final

from integrations.actions import AddNote, PutSummary

_PREFIX: Final = "deskpulse:"
_MARK: Final = re.compile(r"\[deskpulse:[^\]\s]+\]")
_REVISION: Final = re.compile(r"#(\d{1,6})-([0-9a-f]{8})\]")
#: What a database or a web page takes for no text: controls, line ends beside those of HTML, half surrogate pairs.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
#: What Zammad's own templates begin with; an article is none, but a text module or a trigger may quote one.
_PLACEHOLDER: Final = re.compile(r"#(?=\{)")
_LONGEST_TITLE: Final = 150


def mark(marker: str) -> str:
    """A marker, with its brackets or without, as it stands in a note or a title: `[deskpulse:…]`."""
    return f"[{_PREFIX}{_bare(marker)}]"


def _bare(marker: str) -> str:
    return "-".join(marker.strip("[]").split()).removeprefix(_PREFIX)


def has_mark(text: str) -> bool:
    """Whether any mark of ours is in a title."""
    return _MARK.search(text) is not None


def marks(text: str) -> list[str]:
    """Every mark of ours in a title or a body."""
    return _MARK.findall(html.unescape(text))


def is_marked(body: str) -> bool:
    """Whether any mark of ours is in the body of an article, as Zammad may have escaped it."""
    return _MARK.search(html.unescape(body)) is not None


def holds(body: str, marker: str) -> bool:
    """Whether this very mark is in the body of an article."""
    return mark(marker) in html.unescape(body)


def plain(text: str) -> str:
    """One line without controls, placeholders and marks of ours."""
    line = _CONTROL.sub(" ", text).strip()
    return _PLACEHOLDER.sub("# ", line).replace("[" + _PREFIX, "(" + _PREFIX)


def note(action: AddNote) -> str:
    """The body of a note: its lines, then the mark."""
    return _body((*map(plain, action.lines), mark(action.marker)))


def title(action: PutSummary) -> str:
    """The title of a summary ticket, its mark at the end."""
    return f"{plain(action.title)[:_LONGEST_TITLE].rstrip()} {mark(action.marker)}".lstrip()


def summary(action: PutSummary, number: int) -> str:
    """The body of a summary's revision: its sections under their headings, then the mark with number and digits."""
    lines = _lines(action)
    return _body((*lines, mark(f"{_bare(action.marker)}#{number}-{_digits(lines)}")))


def is_current(action: PutSummary, revision: tuple[int, str]) -> bool:
    """Whether the last revision says what the action says."""
    return revision[1] == _digits(_lines(action))


def latest_revision(bodies: Iterable[str], marker: str) -> tuple[int, str]:
    """The number and the digits of the last revision in the bodies; (0, "") when there is none."""
    opens = mark(marker)[:-1]
    found = [
        (int(match[1]), match[2])
        for body in map(html.unescape, bodies)
        for at in _places(body, opens)
        if (match := _REVISION.match(body, at))
    ]
    return max(found, default=(0, ""))


def _places(body: str, opens: str) -> list[int]:
    return [found.end() for found in re.finditer(re.escape(opens), body)]


def _lines(action: PutSummary) -> list[str]:
    lines = [plain(action.title)]
    for section in action.sections:
        lines += ["", plain(section.heading), *(f"- {plain(line)}" for line in section.lines)]
    return lines


def _digits(lines: Sequence[str]) -> str:
    """Eight hex digits that are the same for the same text."""
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()[:8]


def _body(lines: Iterable[str]) -> str:
    return "<br>\n".join(html.escape(line, quote=False) for line in lines)
