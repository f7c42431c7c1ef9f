"""The parts of the docs that are made from the code: `python -m tests.integrations.event_docs` writes them anew."""

from __future__ import annotations

import json
import re
from pathlib import Path

from integrations.events import FIELDS, TYPES, JSONObject, json_schema

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = DOCS / "event.schema.json"
PAGE = DOCS / "desks" / "generic.md"


def schema_text() -> str:
    """`docs/event.schema.json`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def type_table() -> str:
    """Every event type with its fields."""
    rows = [
        f"| `{name}` | {kind.meaning} | {_words(kind.required)} | {_words(kind.optional)} |"
        for name, kind in TYPES.items()
    ]
    return "\n".join(("| `type` | says | must have | may have |", "|---|---|---|---|", *rows))


def field_table() -> str:
    """Every field of an event."""
    rows = [f"| `{name}` | {_value(field.schema)} | {field.meaning} |" for name, field in FIELDS.items()]
    return "\n".join(("| field | value | meaning |", "|---|---|---|", *rows))


def with_tables(page: str) -> str:
    """The page with its generated parts made anew."""
    for mark, table in (("event types", type_table()), ("event fields", field_table())):
        pattern = f"(<!-- made from the code: {mark} -->\n).*?(\n<!-- end -->)"
        page = re.sub(pattern, lambda found, table=table: found[1] + table + found[2], page, flags=re.DOTALL)  # type: ignore[misc]
    return page


def _words(names: tuple[str, ...]) -> str:
    return " ".join(f"`{name}`" for name in names)


_PLAIN = {"boolean": "true or false", "number": "a number", "object": "an object"}


def _value(schema: JSONObject) -> str:
    if "enum" in schema:
        return _words(tuple(schema["enum"]))
    if "anyOf" in schema:
        return "an id or a text" + (", or null" if {"type": "null"} in schema["anyOf"] else "")
    if schema["type"] == "array":
        return "[number, number]" if "minItems" in schema else "a list of texts"
    return "a text or null" if isinstance(schema["type"], list) else _PLAIN[schema["type"]]


def main() -> None:
    """Write the schema and the tables."""
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
