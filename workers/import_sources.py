"""The files that can be imported, read record by record: JSON lines of canonical events, and tables with a mapping."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, TypeAlias, cast
from zoneinfo import ZoneInfo

import orjson

from integrations.errors import GiveUp, Unreadable
from integrations.events import Event, read_event
from integrations.times import Instant
from workers.import_mapping import Mapped, TableMapping

_BLOCK: Final = 1024 * 1024
_BOM: Final = b"\xef\xbb\xbf"


#: A record of a file before it is read: its place among the records, its line, its text or its cells.
Entry: TypeAlias = tuple[int, int, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file: its place among the records, its line, and its events or why it has none."""

    place: int
    line: int
    events: Sequence[Event]
    reason: str = ""
    text: str = ""  #: the record as it stands, when it cannot be read


class Source(Protocol):
    """A file to import."""

    path: Path

    @property
    def digest(self) -> str:
        """What tells this file, read in this way, from every other."""

    @property
    def position(self) -> int:
        """How many bytes of the file were read so far."""

    def entries(self, *, after: int) -> Iterator[Entry]:
        """The records after that place as they stand; GiveUp when the file itself cannot be read."""

    def read(self, entry: Entry, *, received_at: Instant) -> Record:
        """What a record says."""


class _File:
    """A file, plain or packed with gzip."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._raw: BinaryIO | None = None
        if not path.is_file():
            raise GiveUp(f"There is no file {path}; check its name.")

    @property
    def position(self) -> int:
        """How many bytes of the file were read so far."""
        return 0 if self._raw is None or self._raw.closed else self._raw.tell()

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The unpacked bytes; GiveUp when they cannot be read."""
        try:
            with self.path.open("rb") as raw:
                self._raw = raw
                packed = self.path.suffix == ".gz"
                yield cast("BinaryIO", io.BufferedReader(gzip.GzipFile(fileobj=raw), _BLOCK)) if packed else raw
        except (OSError, EOFError, zlib.error) as error:
            raise GiveUp(f"{self.path} cannot be read: {error}") from error

    def digest_with(self, more: bytes) -> str:
        """A digest of the file as it lies there, and of what else decides how it is read."""
        found = hashlib.sha256(more)
        try:
            with self.path.open("rb") as raw:
                while block := raw.read(_BLOCK):
                    found.update(block)
        except OSError as error:
            raise GiveUp(f"{self.path} cannot be read: {error.strerror}") from error
        return found.hexdigest()[:24]


class JSONLines(_File):
    """A file of canonical events, one JSON object a line."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens the file itself."""
        return JSONLines, (self.path,)

    @cached_property
    def digest(self) -> str:
        """See `Source`."""
        return self.digest_with(b"")

    def entries(self, *, after: int) -> Iterator[Entry]:
        """See `Source`."""
        with self.opened() as lines:
            for place, line in enumerate(lines, 1):
                if place > after:
                    yield place, place, line.removeprefix(_BOM) if place == 1 else line

    def read(self, entry: Entry, *, received_at: Instant) -> Record:
        """See `Source`; an empty line is a record without events."""
        place, number, line = entry
        if line.isspace() or not line:
            return Record(place, number, ())
        try:
            return Record(place, number, (read_event(orjson.loads(line), received_at=received_at),))
        except orjson.JSONDecodeError as error:
            reason = f"not JSON: {error.msg}"
        except Unreadable as error:
            reason = str(error)
        return Record(place, number, (), reason, line.decode("utf-8", "replace").rstrip("\r\n"))


class Table(_File):
    """A table in CSV with a header, and what its rows mean."""

    def __init__(self, path: Path, mapping: TableMapping, *, zone: ZoneInfo) -> None:
        super().__init__(path)
        self._mapping = mapping
        self._zone = zone

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process fits the mapping to the table itself: what it comes to cannot be sent."""
        return partial(Table, zone=self._zone), (self.path, self._mapping)

    @cached_property
    def digest(self) -> str:
        """See `Source`."""
        return self.digest_with(self._mapping.text.encode())

    def entries(self, *, after: int) -> Iterator[Entry]:
        """See `Source`; the header is no record."""
        _, _ = self._fitted  # what does not fit is told before anything is read
        for place, (line, row) in enumerate(self._rows(), 1):
            if place > after:
                yield place, line, row

    def read(self, entry: Entry, *, received_at: Instant) -> Record:
        """See `Source`."""
        place, line, row = entry
        width, mapped = self._fitted
        if not row:
            return Record(place, line, ())
        if len(row) != width:
            return Record(place, line, (), f"has {len(row)} cells where the header has {width}", _as_text(row))
        try:
            return Record(place, line, tuple(mapped.events(row, received_at=received_at)))
        except Unreadable as error:
            return Record(place, line, (), str(error), _as_text(row))

    @cached_property
    def _fitted(self) -> tuple[int, Mapped]:
        """How many cells a row has, and the mapping, which has seen all rows when it has to."""
        rows = self._lines()
        _, header = next(rows, (0, []))
        if not header:
            raise GiveUp(f"{self.path} is empty; the first line must name the columns.")
        mapped = self._mapping.fit(header, zone=self._zone)
        if mapped.needs_survey:
            for _, row in rows:
                if len(row) == len(header):
                    mapped.survey(row)
        return len(header), mapped

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        rows = self._lines()
        next(rows, None)
        return rows

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        layout = self._mapping.layout
        with self.opened() as plain:
            try:
                text = io.TextIOWrapper(plain, encoding=layout.encoding, newline="")
                reader = csv.reader(text, delimiter=layout.delimiter)
                for row in reader:
                    yield reader.line_num, row
            except (UnicodeDecodeError, LookupError) as error:
                raise GiveUp(f"{self.path} is not in {layout.encoding}; set encoding under [file].") from error
            except csv.Error as error:
                raise GiveUp(f"{self.path} is not CSV: {error}") from error


def _as_text(row: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row)
    return text.getvalue()
