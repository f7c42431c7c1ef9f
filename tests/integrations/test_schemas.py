"""Desks' JSON is checked for what is needed, and what is wrong is named with its place."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError, fields

from integrations.errors import Unreadable
from integrations.events import JSONValue
from integrations.schemas import DeskSchema, Text, checked, first_reason, json_of


class _Row(DeskSchema):
    id = fields.Integer(required=True, strict=True)
    subject = Text(data_key="title")


class _Rows(DeskSchema):
    rows = fields.List(fields.Nested(_Row), required=True)


@pytest.mark.parametrize("said", [{"title": None}, {}, {"title": ""}])
def test_a_text_that_is_null_or_missing_is_empty_and_unknown_fields_are_passed_over(said: dict[str, JSONValue]) -> None:
    assert checked(_Row(), {"id": 7, "new_in_the_next_version": [1], **said}, desk="Acme") == {"id": 7, "subject": ""}


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"rows": [{"id": 1}, {"id": "x"}]}, "rows.1.id: Not a valid integer."),
        ({"rows": [{"id": 1, "title": 5}]}, "rows.0.title: Not a valid string."),
        ({}, "rows: Missing data for required field."),
        ([1], "_schema: Invalid input type."),
        (None, "_schema: Invalid input type."),
    ],
)
def test_the_first_wrong_place_is_named_with_the_desk(told: JSONValue, place: str) -> None:
    with pytest.raises(Unreadable) as caught:
        checked(_Rows(), told, desk="Acme")
    assert str(caught.value) == f"not what Acme sends: {place}"


def test_a_reason_without_a_place_is_told_as_it_is() -> None:
    assert first_reason(ValidationError({"date": ["Not a time."]})) == "date: Not a time."
    assert first_reason(ValidationError({"a": {}})) == "a: {}"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"NaN", b'{"a": 1}x'])
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="the body is not JSON"):
        json_of(body)


def test_json_is_read_as_it_is() -> None:
    assert json_of(b' {"a": [1, null, "\xc3\xa9"]} ') == {"a": [1, None, "\u00e9"]}
