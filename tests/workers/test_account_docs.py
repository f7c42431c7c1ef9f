"""The page of the account's settings names every key, and its example is valid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, fields

from workers.rules import SettingsSchema, read_settings

PAGE = (Path(__file__).parents[2] / "docs" / "account.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]


def keys(schema: Schema) -> Iterator[str]:
    """Every key that the settings know, however deep."""
    for name, field in schema.fields.items():
        yield field.data_key or name
        inner: Any = field.value_field if isinstance(field, fields.Dict) else field
        if isinstance(inner, fields.Nested):
            yield from keys(inner.schema)


def test_the_example_is_valid() -> None:
    assert read_settings(EXAMPLE)["surveys"]["csat"]["follow_up_below"] == 3


@pytest.mark.parametrize("key", sorted(set(keys(SettingsSchema()))))
def test_every_key_is_on_the_page(key: str) -> None:
    assert re.search(rf"\b{key}\b", EXAMPLE) or key in ("tue", "wed", "thu", "fri", "sat")
    assert key in PAGE
