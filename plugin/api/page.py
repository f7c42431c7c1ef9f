"""The page docs/api.md, made from the OpenAPI document: `python -m plugin.api.page` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from flask import Flask

from plugin.api.operations import Operation, operations
from plugin.api.queries import MOST_DAYS, MOST_DAYS_BY_DAY, MOST_ROWS, USUAL_ROWS
from plugin.api.serving import PREFIX, SCOPES, add_api
from workers.settings import Settings
from workers.store import tokens
from workers.store.database import open_database

_PAGE: Final = """\
# The API

`{prefix}/accounts/<account>/…` tells over HTTP what the command line tells, with the same names and numbers: one
function makes both. It is served beside the webhooks; put a proxy with TLS in front. The same as this page is at
`{prefix}/docs`, for programs at `{prefix}/openapi.json`.

```sh
deskpulse account token add acme --name dashboard --scope read
curl -H 'Authorization: Bearer dp_…' \\
  'https://pulse.example{prefix}/accounts/acme/report?from=2026-01-01&to=2026-01-31&by=channel'
```

## Tokens

A token opens one account. It is printed once and kept as a SHA-256 hash; `deskpulse account token list` shows how it
begins and the day it was last used, `revoke` ends it at once. It is sent as `Authorization: Bearer dp_…`, never in the
address. Scopes:

| scope | opens | addresses |
|---|---|---|
{scopes}
A wrong token, a token of another account and an unknown account are answered 401 alike; a missing scope 403. An
address that shows too many wrong tokens (`DESKPULSE_FAILED_PROOFS_PER_MINUTE`) is answered 429 until it waited; right
tokens do not count.

## Rules

- Days are `YYYY-MM-DD` in the account's time zone, both included. A period of figures has {most_days:,} days at
  most, a report by day {by_day:,}.
- Parameters that are not named here are refused, as are those that are there twice; only `metric` may be repeated.
- A list in JSON has {usual:,} rows unless `limit` says otherwise (at most {most:,}) and tells in `next` what `after`
  must say for the next page; null on the last. JSON lines and CSV stream every row unless `limit` says otherwise; what
  changes meanwhile may or may not be among rows that were not read yet.
- In CSV, text that a spreadsheet would take for a formula (it starts with `=`, `+`, `-`, `@`, a tab or a carriage
  return) has an apostrophe before it; numbers stay numbers.
- `format` outdoes the Accept header (`application/json`, `application/x-ndjson`, `text/csv`); without either it is
  JSON.
- `PATCH` of settings is a JSON Merge Patch (RFC 7396). `desk.url` is changed at the command line only: whoever moves it
  has the desk's credentials sent there.
- Half of the threads of a web process (`DESKPULSE_WEB_THREADS`) answer the API at most, so that calls of desks always
  find one; one request more is answered 503 with Retry-After.

Every error is `{{"error": {{"code", "message", "details"}}}}`; `details` names what is wrong with each parameter, or
with each setting.
"""


def page() -> str:
    """The page docs/api.md."""
    document = _document()
    head = _PAGE.format(
        prefix=PREFIX, scopes=_scopes(), most_days=MOST_DAYS, by_day=MOST_DAYS_BY_DAY, usual=USUAL_ROWS, most=MOST_ROWS
    )
    return head + "".join(map(_section, operations(document))) + _answers(document)


def _document() -> Any:
    """What an application says that nobody asks for anything else; no database is opened."""
    settings = Settings.read({"DESKPULSE_SECRET_KEY": "-" * 40})
    app = Flask("plugin", static_folder=None)
    add_api(app, settings, open_database(settings.database_url))
    return orjson.loads(app.test_client().get(f"{PREFIX}/openapi.json").data)


def _scopes() -> str:
    return "".join(
        f"| `{scope}` | {told} | {', '.join(f'`/{path}`' for path, needed in SCOPES.items() if needed == scope)} |\n"
        for scope, told in tokens.SCOPES.items()
    )


def _section(operation: Operation) -> str:
    lines = [f"\n## {operation.method} {operation.path}\n", operation.summary]
    if operation.description:
        lines.append(f"\n{operation.description}")
    if operation.body:
        lines.append(f"\nBody: {operation.body}")
    own = [each for each in operation.parameters if each.place == "query"]
    if own:
        lines.append("\n| parameter | type | |\n|---|---|---|")
        lines += (
            f"| `{each.name}` | {each.type} | {_told(each.description, each.required, each.values)} |" for each in own
        )
    lines.append(f"\n200: {operation.answer} Errors: {', '.join(code for code, _ in operation.errors)}.")
    return "\n".join(lines) + "\n"


def _told(description: str, required: bool, values: tuple[str, ...]) -> str:  # noqa: FBT001 - a column of a table
    choices = f" One of {', '.join(f'`{value}`' for value in values)}." if values else ""
    return description + choices + (" Required." if required else "")


def _answers(document: Mapping[str, Any]) -> str:
    return "\n## What the answers hold\n" + "".join(_schemas(document["components"]["schemas"]))


def _schemas(schemas: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name in (
        "Report",
        "ReportRow",
        "Figure",
        "Verdict",
        "Explanation",
        "Step",
        "ExplainedTicket",
        "Ticket",
        "Answer",
    ):
        fields = schemas[name]["properties"]
        yield f"\n**{name}**: {', '.join(map(_field, fields, fields.values()))}\n"


def _field(name: str, told: Mapping[str, Any]) -> str:
    said = told.get("description", "").rstrip(".")
    return f"`{name}`" + (f" ({said[0].lower()}{said[1:]})" if said else "")


if __name__ == "__main__":
    Path("docs/api.md").write_text(page(), encoding="utf-8")
