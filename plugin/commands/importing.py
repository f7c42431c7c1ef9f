"""`deskpulse import`: a file of history, record by record, with those that cannot be read put aside."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

import orjson

from integrations.errors import GiveUp
from plugin.commands.command import ACCOUNT, CHANGE, OK, Command, Context, option
from plugin.commands.terminal import Rate, progress
from workers import imports
from workers.accounts import Account
from workers.import_mapping import read_mapping
from workers.import_sources import JSONLines, Record, Source, Table
from workers.store import tickets

_LISTED: Final = 20


def run(context: Context, options: Namespace) -> int:
    """Import the file; 2 when some of its records could not be read."""
    account = context.account(options.account)
    source = _source(Path(options.file), options.mapping, account)
    aside = _Aside(source.path.with_name(f"{source.path.name}.rejected.jsonl"))
    rate = Rate()
    goes_on = imports.goes_on(context.runtime, account.slug, source)
    with aside.writing(goes_on=goes_on), progress(context.err) as step:

        def told(now: imports.Progress) -> None:
            what = f"{now.events:,} events, {rate.of(now.events):,} a second"
            step(what, source.position, source.path.stat().st_size)

        try:
            done = imports.import_file(context.runtime, account.slug, source, rejected=aside.add, progress=told)
        except KeyboardInterrupt:
            context.note("What was stored stays; the same command goes on from there.")
            raise
    with context.runtime.database.read() as connection:
        number = tickets.count(connection, account.slug)
    context.say(
        f"{done.records:,} records read, {done.events:,} events ({rate.of(done.events):,} a second); "
        f"{account.slug} has {number:,} tickets."
    )
    return _about_rejected(context, aside)


def _source(path: Path, mapping: str | None, account: Account) -> Source:
    kind = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    if kind == "jsonl" and mapping is None:
        return JSONLines(path)
    if kind == "jsonl":
        raise GiveUp("A file of canonical events needs no mapping; leave --mapping out.")
    if kind != "csv":
        raise GiveUp(f"{path.name} is neither .jsonl nor .csv (nor one of them with .gz); docs/importing.md says more.")
    if mapping is None:
        raise GiveUp("A table needs --mapping MAPPING.toml; docs/importing.md describes it, with an example.")
    try:
        text = Path(mapping).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GiveUp(f"The mapping {mapping} cannot be read: {error}.") from error
    return Table(path, read_mapping(text), zone=account.rules.zone)


@dataclass
class _Aside:
    """The records that could not be read: the first of them to be listed, all of them in a file."""

    path: Path
    first: list[Record] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)
    unwritten: str = ""
    _file: TextIO | None = None

    @contextmanager
    def writing(self, *, goes_on: bool) -> Iterator[None]:
        """While the block runs, records may be added; what an import left before is kept when this one goes on."""
        self._begin(goes_on=goes_on)
        try:
            yield
        finally:
            if self._file is not None:
                self._file.close()

    def add(self, record: Record) -> None:
        """Put a record aside."""
        if len(self.first) < _LISTED:
            self.first.append(record)
        if record.line in self.lines:
            return
        self.lines.add(record.line)
        if self._file is None and not self.unwritten:
            self._open()
        if self._file is not None:
            kept = {"line": record.line, "reason": record.reason, "text": record.text}
            self._file.write(orjson.dumps(kept).decode() + "\n")

    def _begin(self, *, goes_on: bool) -> None:
        try:
            if goes_on and self.path.exists():
                self.lines |= {orjson.loads(line)["line"] for line in self.path.read_bytes().splitlines()}
            else:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise GiveUp(f"{self.path} cannot be replaced: {error.strerror}.") from error

    def _open(self) -> None:
        try:
            # Only for this user: the records may name customers.
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self._file = os.fdopen(os.open(self.path, flags, 0o600), "a", encoding="utf-8")
        except OSError as error:
            self.unwritten = str(error.strerror)


def _about_rejected(context: Context, aside: _Aside) -> int:
    if not aside.lines:
        return OK
    for record in aside.first:
        context.note(f"line {record.line}: {record.reason}")
    where = f"they could not be written to {aside.path} ({aside.unwritten})" if aside.unwritten else f"see {aside.path}"
    context.note(f"{len(aside.lines):,} records could not be read and the others are imported; {where}.")
    return CHANGE


COMMANDS: Final = (
    Command(
        ("import",),
        "import history from a file of canonical events (.jsonl) or a table (.csv), also packed with gzip",
        (
            option("file", help="the file", metavar="FILE"),
            ACCOUNT,
            option("--mapping", help="what the rows of a table mean (docs/importing.md)", metavar="MAPPING.toml"),
        ),
        run,
    ),
)
