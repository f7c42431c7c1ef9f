"""Up to five fields of tickets by which figures are cut besides channel, department, agent and tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from plugin.panel.forms.draft import Draft
from plugin.panel.forms.fields import Field, Scene, Section

KEY: Final = "slices"
_MOST: Final = 5
_FIELD: Final = "field:"


def section(settings: Mapping[str, Any], scene: Scene) -> Section:
    """Two fields a slice."""
    say, held = scene.language.say, list(settings.get("slices", {}).items())
    rows = [*held, *[("", _FIELD)] * (_MOST - len(held))]
    fields = []
    for place, (name, source) in enumerate(rows):
        group = say("Slice {number}", number=place + 1)
        fields.append(
            Field(f"slice.{place}.name", say("Called"), name, group=group, help=say("small letters, such as region"))
        )
        fields.append(Field(f"slice.{place}.field", say("Field of the desk"), source.removeprefix(_FIELD), group=group))
    return Section(
        KEY,
        say("Slices of your own"),
        say("Cut figures by fields of your tickets: region, brand, language, product."),
        tuple(fields),
    )


def take(draft: Draft, sent: Mapping[str, str]) -> None:
    """Put what was sent into the draft."""
    found: dict[str, str] = {}
    for place in range(_MOST):
        name, source = (sent.get(f"slice.{place}.{part}", "").strip() for part in ("name", "field"))
        if name in found:
            draft.wrong[f"slice.{place}.name"] = draft.language.say("Another slice is called so already.")
        elif name and source:
            found[name] = _FIELD + source
        elif name or source:
            draft.wrong[f"slice.{place}.{'field' if name else 'name'}"] = draft.language.say("Give both, or neither.")
    draft.put("slices", found or None)
