"""Two accounts with a few tickets, tokens that open them, and the whole web application before both."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from plugin import errors
from plugin.api.serving import add_api
from tests.workers.small_world import Story, answer, at, tell, ticket
from tests.workers.standing import Clock, Nudged, add_account
from workers.accounts import Account
from workers.runtime import Runtime
from workers.secrets import vault
from workers.settings import Settings
from workers.store import tokens
from workers.store.database import open_database

NOW = "2026-03-18 12:00"
WEEK = "from=2026-03-09&to=2026-03-15"


def stories() -> list[Story]:
    """Six tickets of one week: three by e-mail, two by chat, one that is spam; with answers of every fate."""
    return [
        ticket("T-1", "2026-03-09 10:00", answered=30, resolved=90, csat=5, comment="thank you", department="berlin"),
        ticket("T-2", "2026-03-10 10:00", answered=60, resolved=120, csat=2, comment="=too slow"),
        [
            *ticket("T-3", "2026-03-11 10:00", answered=10, csat=4),
            answer("T-3", at("2026-03-12 10:00"), kind="csat", score=3, scale=[1, 5], survey="again"),
        ],
        ticket("T-4", "2026-03-11 11:00", channel="chat", answered=1, ces=6),
        ticket("T-5", "2026-03-12 11:00", channel="chat", agent="=cmd", answered=3),
        ticket("T-6", "2026-03-13 11:00", tags=("junk",), csat=1),
    ]


@dataclass
class API:
    """The web application, and who asks it."""

    runtime: Runtime
    app: Flask
    account: Account

    def token(self, *scopes: str, account: str = "acme", name: str = "", days: int | None = None) -> str:
        """A new token; every scope without one."""
        with self.runtime.database.write() as connection:
            count = len(tokens.listed(connection, account))
            chosen = scopes or tuple(tokens.SCOPES)
            return tokens.add(connection, account, name or f"t{count}", chosen, now=self.runtime.clock(), days=days)

    def ask(
        self, path: str, *, token: str | None = None, method: str = "GET", headers: dict[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:  # fmt: skip
        """One request below /api/v1; about `acme` with a token of its own where nothing else is said."""
        shown = self.token() if token is None else token
        sent = {**({"Authorization": f"Bearer {shown}"} if shown else {}), **(headers or {})}
        whole = path if path.startswith("/") else f"/accounts/acme/{path}"
        return self.app.test_client().open(f"/api/v1{whole}", method=method, headers=sent, buffered=True, **more)

    def well(self, path: str, **more: Any) -> Any:
        """The JSON of an answer that went well."""
        found = self.ask(path, **more)
        assert found.status_code == 200, found.text
        return found.get_json()

    def refused(self, path: str, status: int = 422, **more: Any) -> dict[str, Any]:
        """What is said of a request that is refused, in the one shape."""
        found = self.ask(path, **more)
        assert found.status_code == status, (found.status_code, found.text)
        told: dict[str, Any] = found.get_json()
        assert set(told) == {"error"}
        assert set(told["error"]) == {"code", "message", "details"}
        assert found.headers["Cache-Control"] == "no-store"
        error: dict[str, Any] = told["error"]
        return error

    def table(self, path: str, **more: Any) -> list[dict[str, str]]:
        """The rows of an answer in CSV."""
        found = self.ask(path, **more)
        assert (found.status_code, found.mimetype) == (200, "text/csv"), found.text
        return list(csv.DictReader(io.StringIO(found.text, newline="")))


@contextmanager
def opened(settings: Settings) -> Iterator[API]:
    """The application on a database with the accounts `acme` and `other`."""
    clock = Clock(at(NOW))
    database = open_database(settings.database_url)
    runtime = Runtime(settings, database, vault(settings), clock=clock, nudge=Nudged())
    rules = {"exclude": {"tags": ["junk"]}}
    account = add_account(runtime, "acme", desk="generic", url="https://desk.example", **rules)
    other = add_account(runtime, "other", desk="generic")
    tell(runtime, account, *stories(), names={"agent": {"7": "Eva"}})
    tell(runtime, other, ticket("O-1", "2026-03-09 10:00", csat=1, comment="a secret of others"))
    app = Flask("plugin", static_folder=None)
    errors.register(app)
    add_api(app, settings, database, clock=clock)
    yield API(runtime, app, account)
    database.dispose()
