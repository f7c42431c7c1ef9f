"""Running `deskpulse` in this process, once each database, and putting things where it finds them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from integrations import registry
from plugin.cli import main
from tests.workers.conftest import STRICT
from tests.workers.strict_desk import State, serving
from workers.runtime import Runtime, now
from workers.secrets import vault
from workers.settings import Settings
from workers.store import calls
from workers.store.calls import NewCall
from workers.store.database import open_database


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class CLI:
    """`deskpulse` with settings of its own, on an empty database."""

    settings: Settings
    capsys: pytest.CaptureFixture[str]
    folder: Path

    def __call__(self, *arguments: str | Path, **variables: str) -> Ended:
        self.capsys.readouterr()
        code = main([str(each) for each in arguments], {**self.settings.variables, **variables})
        written = self.capsys.readouterr()
        return Ended(code, written.out, written.err)

    def well(self, *arguments: str | Path, **variables: str) -> Ended:
        ended = self(*arguments, **variables)
        assert ended.code == 0, ended.err
        return ended

    def refused(self, *arguments: str | Path, **variables: str) -> str:
        """The one line that says what must be changed."""
        ended = self(*arguments, **variables)
        assert (ended.code, ended.out) == (2, ""), ended
        assert ended.err.count("\n") == 1, ended.err
        return ended.err.strip()

    def changed(self, **variables: str) -> CLI:
        return replace(self, settings=self.settings.changed(**variables))

    def file(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def lines(self, name: str, events: Sequence[Mapping[str, Any]]) -> Path:
        return self.file(name, "".join(json.dumps(event) + "\n" for event in events))


@pytest.fixture
def cli(settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CLI:
    for name, place in STRICT.items():
        monkeypatch.setitem(registry._DESKS, name, place)
    monkeypatch.setattr("plugin.commands.terminal.sys.stdin", None)
    monkeypatch.setattr("workers.doctor._REDIS_SECONDS", 0.2)
    return CLI(settings.changed(DESKPULSE_PUBLIC_URL="https://pulse.example"), capsys, tmp_path)


@pytest.fixture
def account(cli: CLI) -> str:
    """A generic account whose days are those of Berlin."""
    path = cli.file("berlin.toml", 'time_zone = "Europe/Berlin"\n')
    cli.well("account", "add", "acme", "--desk", "generic", "--settings", path)
    return "acme"


@pytest.fixture
def runtime(cli: CLI) -> Iterator[Runtime]:
    """Into the same database, beside the command line."""
    database = open_database(cli.settings.database_url)
    yield Runtime(cli.settings, database, vault(cli.settings))
    database.dispose()


@pytest.fixture
def desk() -> Iterator[State]:
    """A strict desk on loopback that works well until it is told otherwise."""
    with serving() as state:
        yield state


def keep(runtime: Runtime, account: str, *bodies: Any, desk: str = "generic") -> list[int]:
    """What the door does with proved calls: the numbers under which they are kept."""
    writer = calls.open_writer(runtime.database.door)
    kept = writer.write(
        [
            NewCall(account, desk, None, now(), '{"content-type":"application/json"}', "{}", _bytes(body))
            for body in bodies
        ]
    )
    writer.close()
    return [each.id for each in kept]


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def story(
    ticket: str, *, customer: str = "c-1", day: str = "2026-03-02", channel: str = "email"
) -> list[dict[str, Any]]:
    """A ticket that is opened, answered after an hour, resolved after two and rated."""
    common = {"ticket": ticket}
    return [
        {
            **common, "type": "ticket.created", "at": f"{day}T09:00:00+01:00", "channel": channel, "by": "customer",
            "author": customer, "customer": customer,
        },
        {
            **common, "type": "message.sent", "at": f"{day}T10:00:00+01:00", "by": "agent", "author": "a-1",
            "message": f"{ticket}-m1",
        },
        {**common, "type": "status.changed", "at": f"{day}T11:00:00+01:00", "status": "resolved"},
        {
            **common, "type": "survey.answered", "at": f"{day}T12:00:00+01:00", "kind": "csat", "score": 5,
            "scale": [1, 5], "comment": f"thanks from {customer}", "customer": customer,
        },
    ]  # fmt: skip
