"""The fields of a form: what each shows, and how what was sent is shown again beside what is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

import orjson

from workers.wording.language import Language

#: What a checkbox sends.
ON: Final = "on"
#: The name under which a form sends the mark of what it showed.
SHOWN: Final = "shown"
_MARK: Final = 32


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field; its name is the path of its setting. `kind` is text, number, time, checkbox, lines or select."""

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    help: str = ""
    options: tuple[Option, ...] = ()
    error: str = ""
    group: str = ""  #: fields of the same group stand together under this heading


@dataclass(frozen=True, slots=True)
class Section:
    """One form: what it is about, its fields, and what is wrong beyond a single field.

    `shown` is the mark of the settings that were shown first, from which somebody began to change them.
    """

    key: str
    title: str
    help: str
    fields: tuple[Field, ...]
    errors: tuple[str, ...] = ()
    saved: bool = False
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together, under a name or '', and the number of the group in its form."""

    number: int
    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """What forms are made for: the visitor's language, and the channels that the account has."""

    language: Language
    channels: tuple[str, ...]


def written(value: float) -> str:
    """A number as a field shows it, so exactly that it is the same when it is sent again."""
    return f"{value:.10g}"


def mark_of(section: Section) -> str:
    """What another value in any field makes another one; fields that hold nothing, as of a new channel, do not."""
    held = sorted((field.name, field.value) for field in section.fields if field.value)
    return hashlib.sha256(orjson.dumps(held)).hexdigest()[:_MARK]


def grouped(fields: Iterable[Field]) -> list[Group]:
    """The fields by the groups they say, those that follow each other together."""
    parts = groupby(fields, key=lambda field: field.group)
    return [Group(number, name, tuple(found)) for number, (name, found) in enumerate(parts)]


def sent_again(section: Section, sent: Mapping[str, str], wrong: Mapping[str, str]) -> Section:
    """The section as it was sent, each reason beside the field whose setting it is about."""
    errors = {name: reason for name, reason in wrong.items() if _owner(name, section.fields)}
    return replace(
        section,
        fields=tuple(
            replace(field, value=sent.get(field.name, ""), error=_reasons(field, errors, section.fields))
            for field in section.fields
        ),
        errors=tuple(f"{name}: {reason}" for name, reason in wrong.items() if name not in errors),
        shown=sent.get(SHOWN, section.shown),
    )


def _reasons(field: Field, errors: Mapping[str, str], fields: Iterable[Field]) -> str:
    return " ".join(reason for name, reason in errors.items() if _owner(name, fields) == field.name)


def _owner(path: str, fields: Iterable[Field]) -> str:
    """The field whose setting holds this one: the longest name that the path begins with.

    Of a setting that is made of several fields, as a scale is of its ends: the first of them.
    """
    names = [field.name for field in fields]
    around = [name for name in names if f"{path}.".startswith(f"{name}.")]
    return max(around, key=len, default="") or next((name for name in names if name.startswith(f"{path}.")), "")
