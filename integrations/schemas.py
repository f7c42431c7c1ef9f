"""What desks check their JSON with: fields that nobody named are passed over, and an error names its place."""

from __future__ import annotations

from typing import Any

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from integrations.errors import Unreadable
from integrations.events import JSONValue


class DeskSchema(Schema):
    """What a desk sends; it may send more."""

    class Meta:
        """What marshmallow does with fields that the schema does not name."""

        unknown = EXCLUDE


class Text(fields.String):
    """A text that may be null or missing: both are the empty text."""

    def __init__(self, *, data_key: str | None = None) -> None:
        super().__init__(allow_none=True, load_default="", data_key=data_key)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> str:
        """As marshmallow asks for it."""
        return super().deserialize(value, attr, data, **kwargs) or ""


def json_of(body: bytes) -> JSONValue:
    """The JSON of a call's body; Unreadable when it is none."""
    try:
        told: JSONValue = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"the body is not JSON: {error}") from error
    return told


def checked(schema: Schema, told: JSONValue, *, desk: str) -> Any:
    """What the schema makes of it; Unreadable, naming the desk and the first wrong place, when it is something else."""
    try:
        return schema.load(told)
    except ValidationError as error:
        raise Unreadable(f"not what {desk} sends: {first_reason(error)}") from error


def first_reason(error: ValidationError) -> str:
    """The first of marshmallow's nested messages, with the way to it: `ticket.status: Missing data …`."""
    path: list[str] = []
    told: Any = error.messages_dict
    while isinstance(told, dict) and told:
        name = next(iter(told))
        path.append(str(name))
        told = told[name]
    return f"{'.'.join(path)}: {told[0] if isinstance(told, list) and told else told}"
