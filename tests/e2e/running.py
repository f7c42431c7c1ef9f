"""Deskpulse as its users run it: `deskpulse up` as a process with a home of its own, and the command line beside it."""

from __future__ import annotations

import http.client
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import and_, select, true, update

from plugin.cli import main
from plugin.preflight import check_port
from tests.servers import guarded, short_folder
from workers.app import Nudges
from workers.runtime import now
from workers.settings import PREFIX, Settings
from workers.store import schema
from workers.store.database import Database, open_database

_ROOT: Final = Path(__file__).parents[2]
_COMMAND: Final = (sys.executable, "-m", "plugin.cli")
#: Seconds: what happens in a minute of these tests is more than a minute's budget of requests to the desk.
_LONGEST_WAIT: Final = 90.0
#: Looking more often would take the processor from what is waited for.
_LOOK_SECONDS: Final = 0.2


def until(holds: Callable[[], bool], what: str) -> None:
    """Return soon after it holds; AssertionError when it takes too long."""
    give_up = time.monotonic() + _LONGEST_WAIT
    while not holds():
        assert time.monotonic() < give_up, f"waited {_LONGEST_WAIT} s for {what}"
        time.sleep(_LOOK_SECONDS)


class RunningDeskpulse:
    """One installation; use it in a `with` block, and `start` and `stop` inside it as often as needed.

    Its address stays the same from start to start. Commands work whether or not it runs.
    """

    def __init__(self, *, database_url: str = "") -> None:
        """An empty database address means SQLite in the home folder."""
        self._held = ExitStack()
        self._running = ExitStack()
        self._home = self._held.enter_context(short_folder())
        self._port = check_port("127.0.0.1", 0)
        self._database_url = database_url or f"sqlite:///{self._home}/deskpulse.db"
        self._variables = {
            f"{PREFIX}HOME": str(self._home),
            f"{PREFIX}DATABASE_URL": self._database_url,
            f"{PREFIX}PUBLIC_URL": f"http://127.0.0.1:{self._port}",
            f"{PREFIX}ALLOW_PRIVATE_DESKS": "1",
            "PYTHONPATH": str(_ROOT),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        with self._held:
            self.stop()

    def start(self) -> None:
        """`deskpulse up`, until it answers."""
        variables = [f"{name}={value}" for name, value in self._variables.items()]
        command = ["env", *variables, *_COMMAND, "up", "--port", str(self._port)]
        folder = Path(tempfile.mkdtemp(prefix="up-", dir=self._home))
        self._running.enter_context(guarded(command, folder=folder, ready=self.healthy))

    def stop(self) -> None:
        """What an operator's Ctrl-C does."""
        self._running.close()

    def healthy(self) -> bool:
        """Whether it answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    # --- the command line -----------------------------------------------------------------------------------------

    def run(self, *arguments: str, **variables: str) -> str:
        """What a command wrote; AssertionError with its complaint when it did not end well.

        The command runs in this process: a new one takes two seconds of a processor to start.
        """
        written, complaint = io.StringIO(), io.StringIO()
        with redirect_stdout(written), redirect_stderr(complaint):
            code = main(arguments, {**self._variables, **variables})
        assert code == 0, f"{' '.join(arguments)}: {written.getvalue()}{complaint.getvalue()}"
        return written.getvalue()

    def connect(
        self, desk: str, account: str, *, url: str, settings: str, credentials: Mapping[str, str | int]
    ) -> dict[str, str]:
        """`deskpulse connect`; the lines that it wrote, by their first words. Secrets go through the environment."""
        file = self._home / "account.toml"
        file.write_text(settings, "utf-8")
        given = {f"GIVEN_{name.upper()}": str(value) for name, value in credentials.items()}
        wanted = [word for name in credentials for word in ("--credential", f"{name}=env:GIVEN_{name.upper()}")]
        options = ("--account", account, "--url", url, "--settings", str(file))
        lines = self.run("connect", desk, *options, *wanted, **given).splitlines()
        return {first.strip(): rest.strip() for first, _, rest in (line.partition("  ") for line in lines)}

    def bring_in(self, account: str, events: Sequence[Mapping[str, Any]]) -> None:
        """`deskpulse import` of a file with these events."""
        file = Path(tempfile.mkdtemp(dir=self._home)) / "history.jsonl"
        file.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
        self.run("import", str(file), "--account", account)

    def report(self, account: str, *options: str) -> dict[str, Any]:
        """`deskpulse report --format json`."""
        made: dict[str, Any] = json.loads(self.run("report", "--account", account, "--format", "json", *options))
        return made

    def tickets(self, account: str, *options: str) -> dict[str, dict[str, Any]]:
        """`deskpulse tickets --format jsonl`: the rows by ticket."""
        lines = self.run("tickets", "--account", account, "--format", "jsonl", *options).splitlines()
        return {row["ticket"]: row for row in map(json.loads, lines)}

    def calls(self, account: str, *options: str) -> list[dict[str, Any]]:
        """`deskpulse calls --format json`, newest first."""
        found: list[dict[str, Any]] = json.loads(self.run("calls", "--account", account, "--format", "json", *options))
        return found

    # --- the clock ------------------------------------------------------------------------------------------------

    def until_next(self, account: str, what: str) -> None:
        """As if it were time for the next `reconcile`, or the next look at `summaries`; waits until that is over."""
        table = schema.summaries if what == "summaries" else schema.jobs
        ours = and_(table.c.account == account, true() if what == "summaries" else schema.jobs.c.job == what)
        with self._database() as database:

            def is_over(since: int) -> bool:
                with database.read() as connection:
                    rows = connection.execute(select(table.c.next_at, table.c.state).where(ours)).all()
                return bool(rows) and all(row.state == "waiting" and row.next_at > since for row in rows)

            sweep = partial(Nudges(Settings.read(self._variables).broker_url), "deskpulse.sweep")
            sweep()  # as the beat does every 5 s
            until(lambda: is_over(now()), f"the first {what}")
            with database.write() as connection:
                connection.execute(update(table).where(ours).values(next_at=(moved_to := now())))
            sweep()
            until(lambda: is_over(moved_to), f"the next {what}")

    @contextmanager
    def _database(self) -> Iterator[Database]:
        database = open_database(self._database_url)
        try:
            yield database
        finally:
            database.dispose()
