"""Custom fields: which of them tell tickets apart, which are ours, and which hold the answer to a survey.

Zendesk asks only for satisfaction. Whoever asks for more has the answer written into a custom field, and says so in the
account's settings: `[desk.answers.ces]` with `field` (its id) and `scale`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from integrations.events import KINDS, JSONObject, JSONValue
from integrations.zendesk import mapping

_ANSWERS: Final = "answers"
#: The account's option with the ids of the fields that `connect` made for us.
OWN_FIELDS: Final = "own_fields"


def kept(values: Mapping[str, JSONValue], options: JSONObject) -> dict[str, JSONValue]:
    """The fields that an event may hold: not ours, no answers, no prose."""
    return {
        name: value for name, value in _readable(values) if not is_own(name, options) and name not in asked(options)
    }


def _readable(values: Mapping[str, JSONValue]) -> Iterator[tuple[str, JSONValue]]:
    for name, value in values.items():
        try:
            yield name, mapping.field_value(value)
        except ValueError:
            continue


def is_own(name: str, options: JSONObject) -> bool:
    """Whether the field was made for us and is only written by us."""
    own = options.get(OWN_FIELDS)
    return isinstance(own, Mapping) and name in own.values()


def asked(options: JSONObject) -> dict[str, tuple[str, list[float]]]:
    """Field → kind and scale of the answers it holds; what the settings say wrongly is left out."""
    table = options.get(_ANSWERS)
    found: dict[str, tuple[str, list[float]]] = {}
    for kind, told in table.items() if isinstance(table, Mapping) else ():
        match told:
            case {"field": str() | int() as name, "scale": [int() | float() as low, int() | float() as high]}:
                if kind in KINDS and low < high:
                    found[str(name)] = (kind, [low, high])
    return found


def answer(name: str, value: JSONValue, options: JSONObject) -> dict[str, Any] | None:
    """The answer that a field's new value is; None when it is none, or off its scale."""
    kind, scale = asked(options).get(name, ("", []))
    score = _number(value)
    if not kind or score is None or not scale[0] <= score <= scale[1]:
        return None
    return {"survey": f"field-{name}", "kind": kind, "score": score, "scale": scale}


def _number(value: JSONValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return int(number) if number.is_integer() else number
