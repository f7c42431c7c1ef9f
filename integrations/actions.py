"""What Deskpulse asks a desk to do: five small requests that bear repetition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from integrations.fields import KINDS

#: Every tag that is ours starts with one of these; they are never read back as a desk's own tags.
OWN_TAG_PREFIXES: Final = ("channel-", "deskpulse-")
_OWN_FIELD_PREFIX: Final = "deskpulse_"
#: Marks our own summaries in the desk; such a ticket is out of every count.
SUMMARY_TAG: Final = "deskpulse-summary"
#: Put on a ticket whose customer answered below the account's threshold.
FOLLOW_UP_TAG: Final = "deskpulse-follow-up"


@dataclass(frozen=True, slots=True)
class AddTag:
    """Add one tag and leave the others alone."""

    ticket: str
    tag: str


@dataclass(frozen=True, slots=True)
class RemoveTag:
    """Remove one of our own tags; no tag of anybody else is ever removed."""

    ticket: str
    tag: str

    def __post_init__(self) -> None:
        if not is_own_tag(self.tag):
            raise ValueError(f"{self.tag} is not a tag of ours")


@dataclass(frozen=True, slots=True)
class SetField:
    """Set one custom field of a ticket; other fields keep their values."""

    ticket: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class AddNote:
    """Add one private note. `marker` is part of its text and is looked for before posting again."""

    ticket: str
    marker: str
    lines: tuple[str, ...]  #: plain text; the desk's markup.py escapes it


@dataclass(frozen=True, slots=True)
class PutSummary:
    """Open the summary of a period, or revise it when `object_id` (or one with the marker) exists.

    `marker` is part of the subject or the external id, so that the object is found again when the answer to
    the request that made it was lost.
    """

    marker: str
    title: str
    sections: tuple[Section, ...]
    object_id: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines, in plain text."""

    heading: str
    lines: tuple[str, ...]


Action: TypeAlias = AddTag | RemoveTag | SetField | AddNote | PutSummary


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an action: the object's id in the desk, and whether anything had to be changed."""

    object_id: str | None = None
    changed: bool = True


def is_own_tag(tag: str) -> bool:
    """Whether the tag is one that Deskpulse sets."""
    return tag.startswith(OWN_TAG_PREFIXES)


def is_own_field(name: str) -> bool:
    """Whether the custom field is one that Deskpulse sets: a score, by its kind, or one whose name begins like ours."""
    return name in KINDS or name.startswith(_OWN_FIELD_PREFIX)


def channel_tag(channel: str) -> str:
    """The tag of a canonical channel: `web_form` → `channel-web-form`."""
    return "channel-" + channel.replace("_", "-")
