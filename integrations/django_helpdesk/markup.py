"""Text for django-helpdesk: follow-ups are Django templates there, and `#7` in one writes into ticket 7.

Seen on 2.6.1 (`helpdesk/update_ticket.py`): a comment is rendered with the ticket as its context, `{{ }}` and a lone
`%}` end in a server error, `{# #}` disappears, and `#7` makes a follow-up in ticket 7 (HELPDESK_ENABLE_BACKLINKS).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from integrations.actions import AddNote, PutSummary

#: The longest title that the desk stores; a longer one is cut by it, and with it our marker.
LONGEST_TITLE: Final = 200

_OPENS: Final = re.compile(r"\{(?=[{%#])")
_CLOSES: Final = re.compile(r"([%#}])(?=\})")
_REFERS: Final = re.compile(r"#(?=\d)")
#: What a database takes for no text: controls but line ends and tabs, and half surrogate pairs.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]+")
_PREFIX: Final = "deskpulse:"
_MARKER: Final = re.compile(rf"\[{_PREFIX}[^\[\]\s]+\]")


def harmless(text: str) -> str:
    """The text with a blank inside everything that the desk would take for a template or a reference.

    A marker that somebody else wrote becomes none, so that it stands for no note or summary of ours.
    """
    shown = _CONTROL.sub(" ", text).replace("[" + _PREFIX, "(" + _PREFIX)
    return _REFERS.sub("# ", _CLOSES.sub(r"\1 ", _OPENS.sub("{ ", shown)))


def marked(marker: str) -> str:
    """A marker as it stands in texts of ours, `[deskpulse:…]`, whether or not it came with its brackets."""
    return f"[{_PREFIX}{marker.strip('[]').removeprefix(_PREFIX)}]"


def is_marked(text: str) -> bool:
    """Whether the text carries a marker of ours."""
    return _MARKER.search(text) is not None


def note(action: AddNote) -> str:
    """The comment of a private note: its lines, then the marker."""
    return _text(action.lines, marker=action.marker)


def summary_title(action: PutSummary) -> str:
    """The title of a summary: its own, cut where the marker would not fit, and the marker."""
    mark = marked(action.marker)
    return f"{harmless(action.title)[: LONGEST_TITLE - len(mark) - 1]} {mark}".lstrip()  # as the desk strips it


def summary_text(action: PutSummary) -> str:
    """The description of a summary: its sections under their headings, then the marker."""
    parts = ([section.heading, *(f"- {line}" for line in section.lines)] for section in action.sections)
    return _text("\n\n".join("\n".join(part) for part in parts).split("\n"), marker=action.marker)


def _text(lines: Iterable[str], *, marker: str) -> str:
    return "\n".join((*map(harmless, lines), "", marked(marker))).lstrip()  # as the desk strips it
