"""The page of the account's settings names every key, and its example is valid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, fields

from workers.rules import SettingsSchema, read_settings
from workers.working_time.public_holidays import with_frozen_holidays

PAGE = (Path(__file__).parents[2] / "docs" / "account.md").read_text(encoding="utf-8")
EXAMPLE, *MORE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def keys(schema: Schema) -> Iterator[str]:
    """Every key that the settings know, however deep."""
    for name, field in schema.fields.items():
        yield field.data_key or name
        inner: Any = field.value_field if isinstance(field, fields.Dict) else field
        if isinstance(inner, fields.Nested):
            yield from keys(inner.schema)


def test_the_example_is_valid() -> None:
    assert read_settings(EXAMPLE)["surveys"]["csat"]["follow_up_below"] == 3


def test_the_example_taken_as_it_is_loses_no_holiday() -> None:
    frozen = with_frozen_holidays(read_settings(EXAMPLE), {}, year=2026)
    assert {"2026-01-06", "2026-05-30", "2026-08-15"} <= set(frozen["schedules"]["main"]["holidays_frozen"]["dates"])


@pytest.mark.parametrize("key", sorted(set(keys(SettingsSchema()))))
def test_every_key_is_on_the_page(key: str) -> None:
    assert re.search(rf"\b{key}\b", "\n".join([EXAMPLE, *MORE])) or key in ("tue", "wed", "thu", "fri", "sat")
    assert key in PAGE
