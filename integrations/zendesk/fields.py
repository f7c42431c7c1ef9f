"""Custom fields: which of them tell tickets apart, which are ours, and which hold the answer to a survey.

Zendesk asks only for satisfaction. Whoever asks for more has the answer written into a custom field, and says so in the
account's settings: `[desk.answers.ces]` with `field` (its id), `scale` and, where there is one, `comment`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from integrations import answer_fields
from integrations.events import JSONObject, JSONValue
from integrations.zendesk import mapping, values

#: The account's option with the ids of the fields that `connect` made for us.
OWN_FIELDS: Final = "own_fields"


def kept(held: Mapping[str, JSONValue], options: JSONObject) -> dict[str, JSONValue]:
    """The fields that an event may hold: not ours, no answers, no prose."""
    hidden = answer_fields.names(answer_fields.declared(options, _check)).union(_own(options))
    found: dict[str, JSONValue] = {}
    for name in held.keys() - hidden:
        try:
            found[name] = mapping.field_value(held[name])
        except ValueError:
            continue
    return found


def answer(name: str, held: Mapping[str, JSONValue], options: JSONObject) -> dict[str, JSONValue] | None:
    """The answer that a field's new value is; None when it is none, or off its scale.

    `held` is what was set together: the field, and perhaps the one with the comment.
    """
    for asked in answer_fields.declared(options, _check):
        told = asked.answer(held) if asked.field == name else None
        if told is not None:
            return {**told, "survey": f"field-{name}"}
    return None


def has_comment(name: str, options: JSONObject) -> bool:
    """Whether the comment of the answer in this field stands in another one."""
    return any(asked.field == name and asked.comment for asked in answer_fields.declared(options, _check))


def mistakes(options: JSONObject) -> list[str]:
    """A sentence for each kind of survey whose field the settings name wrongly."""
    return answer_fields.mistakes(options, _check)


def _own(options: JSONObject) -> Iterable[JSONValue]:
    own = options.get(OWN_FIELDS)
    return own.values() if isinstance(own, Mapping) else ()


def _check(name: str) -> None:
    if values.id_of(name) is None:
        raise ValueError(f"{name} is no id of a custom field, such as 360012345678")
