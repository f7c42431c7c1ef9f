"""What customers are asked, and how their answers are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from integrations.events import KINDS
from plugin.panel.forms.draft import Draft, is_sane
from plugin.panel.forms.fields import ON, Field, Option, Scene, Section, written

KEY: Final = "surveys"
_ENDS: Final = ("low", "high")


def section(settings: Mapping[str, Any], scene: Scene) -> Section:
    """The fields of each kind of survey, and those of all together."""
    say, held = scene.language.say, settings.get("surveys", {})
    asking, group = settings.get("asking", {}), say("All surveys")
    fields = [field for kind in KINDS for field in _fields(kind, held.get(kind, {}), scene)]
    return Section(
        KEY,
        say("Surveys"),
        say("How answers are read, and what Deskpulse asks by itself after a chat or a resolved ticket."),
        (
            *fields,
            Field(
                "asking.days_between",
                say("Leave a customer alone for so many days"),
                _text(asking.get("days_between")),
                "number",
                group=group,
            ),
            Field(
                "asking.share",
                say("Ask so many percent of the tickets"),
                _text(asking.get("share")),
                "number",
                group=group,
            ),
        ),
    )


def _fields(kind: str, held: Mapping[str, Any], scene: Scene) -> list[Field]:
    say, group, at = scene.language.say, kind.upper(), f"surveys.{kind}"
    low, high = held.get("scale") or ("", "")
    asked = f"question.{scene.language.code}"

    def number(name: str, label: str, value: float | str | None) -> Field:
        return Field(f"{at}.{name}", label, _text(value), "number", group=group)

    def text(name: str, label: str, value: str, told: str = "") -> Field:
        return Field(f"{at}.{name}", label, value, group=group, help=told)

    found = [
        Field(f"{at}.ask", say("Deskpulse asks this itself"), ON if held.get("ask") else "", "checkbox", group=group),
        number("scale.low", say("Lowest score"), low),
        number("scale.high", say("Highest score"), high),
        number("follow_up_below", say("Follow up answers below"), held.get("follow_up_below")),
        text("channels", say("Only on these channels"), ", ".join(held.get("channels", [])), ", ".join(scene.channels)),
        text(asked, say("The question, in this language"), held.get("question", {}).get(scene.language.code, "")),
        number("expires_days", say("A link can be answered for so many days"), held.get("expires_days")),
    ]
    return [*found, _direction(at, held, scene, group)] if kind == "ces" else found


def _direction(at: str, held: Mapping[str, Any], scene: Scene, group: str) -> Field:
    say = scene.language.say
    options = (Option("easy", say("easy")), Option("effort", say("much effort")))
    return Field(
        f"{at}.direction",
        say("A high score means"),
        held.get("direction", "easy"),
        "select",
        group=group,
        options=options,
    )


def take(draft: Draft, sent: Mapping[str, str]) -> None:
    """Put what was sent into the draft."""
    for kind in KINDS:
        at = f"surveys.{kind}"
        draft.put(f"{at}.ask", True if sent.get(f"{at}.ask") else None)
        _take_scale(draft, at, [sent.get(f"{at}.scale.{end}", "") for end in _ENDS])
        draft.number(f"{at}.follow_up_below", sent.get(f"{at}.follow_up_below", ""), whole=False)
        draft.number(f"{at}.expires_days", sent.get(f"{at}.expires_days", ""))
        draft.put(f"{at}.channels", sent.get(f"{at}.channels", "").replace(",", " ").split() or None)
        question = f"{at}.question.{draft.language.code}"
        draft.text(question, sent.get(question, ""))
        if kind == "ces" and f"{at}.direction" in sent:
            draft.put(f"{at}.direction", sent[f"{at}.direction"] if sent[f"{at}.direction"] != "easy" else None)
    for name in ("days_between", "share"):
        draft.number(f"asking.{name}", sent.get(f"asking.{name}", ""), whole=name == "days_between")


def _take_scale(draft: Draft, at: str, ends: list[str]) -> None:
    if not any(end.strip() for end in ends):
        draft.put(f"{at}.scale", None)
        return
    try:
        scale = [int(end) for end in ends]
    except ValueError:
        scale = []
    if scale and all(map(is_sane, scale)):
        draft.put(f"{at}.scale", scale)
    else:
        draft.wrong[f"{at}.scale.low"] = draft.language.say("Write two whole numbers.")


def _text(value: float | str | None) -> str:
    return "" if value is None or value == "" else value if isinstance(value, str) else written(value)
