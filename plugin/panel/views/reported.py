"""How the days of the overview were first told, and what changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from plugin.panel.views.asked import Asked
from plugin.panel.views.figures import title
from plugin.panel.views.sight import Sight
from workers import wording
from workers.as_reported import changes_since, key_of
from workers.store import reported
from workers.wording.as_reported import sentence
from workers.wording.language import Language


@dataclass(frozen=True, slots=True)
class Reported:
    """The sentence, and each figure that is another one now: its name, then, now."""

    sentence: str
    rows: tuple[tuple[str, str, str], ...]


def as_reported(sight: Sight, asked: Asked, total: Mapping[str, Mapping[str, Any]]) -> Reported | None:
    """Of all tickets of a day, a week or a month that was told; `total` are its figures now."""
    key = key_of(asked.period)
    if asked.slice or key is None:
        return None
    told = reported.find(sight.connection, sight.account.slug, key)
    if told is None:
        return None
    since = changes_since(sight.connection, sight.account, told, now=sight.now, total=total)
    language = sight.language
    changed = tuple(one for one in since.changed if _said(one.then, language) != _said(one.now, language))
    return Reported(
        sentence(replace(since, changed=changed), language, zone=sight.account.rules.zone, now=sight.now),
        tuple((title(language, one.name), _said(one.then, language), _said(one.now, language)) for one in changed),
    )


def _said(figure: Mapping[str, Any], language: Language) -> str:
    return wording.figure(figure, language)
