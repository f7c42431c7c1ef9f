"""What the rows of a table mean: a mapping file (TOML) that turns each row into canonical events."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from integrations.errors import GiveUp, Unreadable
from integrations.events import LATEST_AHEAD, TYPES, Event, event
from integrations.times import Instant, instant, instant_of_local

#: The cells of one row, in the order of the header.
Row: TypeAlias = Sequence[str]
_ReadTime: TypeAlias = Callable[[str], Instant]

_COMMON: Final = ("type", "at", "seq", "id")
#: Times read lately: a survey and the reading after it meet the same ones, and strptime is slow.
_TIMES_KEPT: Final = 100_000
_NUMBERS: Final = ("score", "seq")


class InvalidMapping(GiveUp):
    """The mapping file is not what it must be, or does not fit the table."""


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValidationError(f"{name} is not a time zone such as Europe/Zagreb") from error


class _Strict(Schema):
    class Meta:
        """What marshmallow does with keys that the schema does not name."""

        unknown = RAISE


class _Time(_Strict):
    column = fields.String(required=True)
    format = fields.String()
    zone = fields.String(validate=_zone)


class _File(_Strict):
    delimiter = fields.String(validate=validate.Length(equal=1), load_default=",")
    encoding = fields.String(load_default="utf-8-sig")


class _Rule(_Strict):
    first = fields.Boolean(load_default=False)
    when = fields.Dict(fields.String(), fields.Raw(), load_default=dict)
    events = fields.List(fields.Dict(fields.String()), required=True, validate=validate.Length(min=1))


class _Cell(_Strict):
    column = fields.String(required=True)
    words = fields.Dict(fields.String(), fields.Raw(), load_default=dict)
    other = fields.Raw()
    split = fields.String()


class _Mapping(_Strict):
    ticket = fields.String(required=True)
    time = fields.Nested(_Time, required=True)
    file = fields.Nested(_File, load_default=lambda: _File().load({}))
    rules = fields.List(fields.Nested(_Rule), required=True, validate=validate.Length(min=1))


@dataclass(frozen=True, slots=True)
class Layout:
    """How the table is written down."""

    delimiter: str
    encoding: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A value that stands in a cell: translated by `words`, else `other` where there is one, else as it stands."""

    column: int
    words: Mapping[str, Any] = field(default_factory=dict)
    other: Any = None
    split: str | None = None
    number: bool = False

    def read(self, row: Row) -> Any:
        """The value, or None for an empty cell."""
        text = row[self.column].strip()
        if not text:
            return None
        if self.split is not None:
            return [self._word(part.strip()) for part in text.split(self.split) if part.strip()]
        return self._word(text)

    def _word(self, text: str) -> Any:
        found = self.words.get(text, text if self.other is None else self.other)
        return _number(found) if self.number and isinstance(found, str) else found


@dataclass(frozen=True, slots=True)
class _Made:
    """One event that a rule makes of a row."""

    type: str
    fixed: Mapping[str, Any]
    cells: Mapping[str, Cell]
    fields: Mapping[str, Any]
    at: Cell | None

    def event(self, row: Row, ticket: str, at: Instant, read_time: _ReadTime) -> Event | None:
        """The event, or None when a cell that it cannot do without is empty."""
        data = dict(self.fixed)
        for name, cell in self.cells.items():
            value = cell.read(row)
            if value is not None:
                data[name] = value
            elif name in TYPES[self.type].required:
                return None
        if self.fields:
            read = {name: _of(value, row) for name, value in self.fields.items()}
            data["fields"] = {name: str(value) for name, value in read.items() if value is not None}
        if self.at is not None:
            told = self.at.read(row)
            if told is None:
                return None
            at = read_time(told)
        return event(self.type, ticket, at, id_=data.pop("id", None), seq=data.pop("seq", None), **data)


@dataclass(frozen=True, slots=True)
class _RuleOfRows:
    """For which rows a rule is, and what it makes of them."""

    first: bool
    when: tuple[tuple[int, frozenset[str]], ...]
    events: tuple[_Made, ...]

    def covers(self, row: Row) -> bool:
        return all(row[column].strip() in words for column, words in self.when)


class Mapped:
    """A mapping that fits a table: gives the events of its rows.

    `first` rules need to know the first row of each ticket, by time: show every row to `survey` before.
    """

    def __init__(self, ticket: int, time: int, read_time: _ReadTime, rules: tuple[_RuleOfRows, ...]) -> None:
        self._ticket = ticket
        self._time = time
        self._read_time = read_time
        self._rules = rules
        self._first: dict[str, tuple[Instant, bytes]] = {}

    @property
    def needs_survey(self) -> bool:
        """Whether any rule is for the first row of a ticket."""
        return any(rule.first for rule in self._rules)

    def survey(self, row: Row) -> None:
        """Remember the row when it is the first of its ticket so far; of several at one time, by its content."""
        try:
            mark = (self._read_time(row[self._time]), _digest(row))
        except (Unreadable, IndexError):
            return
        ticket = row[self._ticket].strip()
        if ticket not in self._first or mark < self._first[ticket]:
            self._first[ticket] = mark

    def events(self, row: Row, *, received_at: Instant) -> Iterator[Event]:
        """What the row says; Unreadable when it cannot be read."""
        ticket, at = row[self._ticket].strip(), self._read_time(row[self._time])
        for rule in self._rules:
            if not rule.covers(row) or (rule.first and self._first.get(ticket) != (at, _digest(row))):
                continue
            for made in rule.events:
                found = made.event(row, ticket, at, self._read_time)
                if found is not None:
                    yield _dated(found, received_at)


@dataclass(frozen=True)
class TableMapping:
    """A mapping file that was read and checked, without a table yet."""

    layout: Layout
    told: Mapping[str, Any]
    text: str

    def fit(self, header: Sequence[str], *, zone: ZoneInfo) -> Mapped:
        """The mapping for a table with this header; times without offset or zone are in `zone`."""
        columns = _Columns(header)
        time = self.told["time"]
        own = ZoneInfo(time["zone"]) if "zone" in time else zone
        rules = tuple(_rule(rule, columns) for rule in self.told["rules"])
        return Mapped(columns[self.told["ticket"]], columns[time["column"]], _timer(time.get("format"), own), rules)


def read_mapping(text: str) -> TableMapping:
    """The mapping in a TOML text; InvalidMapping names the key that is wrong."""
    try:
        told: dict[str, Any] = _Mapping().load(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidMapping(f"the mapping is not TOML: {error}") from error
    except ValidationError as error:
        raise InvalidMapping(f"the mapping is not right: {_sentence(error.messages)}") from error
    for number, rule in enumerate(told["rules"], 1):
        for made in rule["events"]:
            _check_event(made, f"rules {number}")
    return TableMapping(Layout(**told["file"]), told, text)


class _Columns:
    """Where a column of the table stands."""

    def __init__(self, header: Sequence[str]) -> None:
        self._names = [name.strip() for name in header]

    def __getitem__(self, name: str) -> int:
        times = self._names.count(name)
        if times == 0:
            known = ", ".join(dict.fromkeys(self._names))
            raise InvalidMapping(f"the table has no column {name!r}; it has: {known}")
        if times > 1:
            raise InvalidMapping(f"the table has {times} columns named {name!r}; rename all but one of them")
        return self._names.index(name)


def _rule(told: Mapping[str, Any], columns: _Columns) -> _RuleOfRows:
    when = tuple((columns[name], _words(value)) for name, value in told["when"].items())
    return _RuleOfRows(told["first"], when, tuple(_made(made, columns) for made in told["events"]))


def _words(value: Any) -> frozenset[str]:
    return frozenset(str(word) for word in (value if isinstance(value, list) else [value]))


def _made(told: Mapping[str, Any], columns: _Columns) -> _Made:
    values = {name: _value(name, value, columns) for name, value in told.items() if name not in ("type", "fields")}
    at = values.pop("at", None)
    return _Made(
        type=told["type"],
        fixed={name: value for name, value in values.items() if not isinstance(value, Cell)},
        cells={name: value for name, value in values.items() if isinstance(value, Cell)},
        fields={name: _value(name, value, columns) for name, value in told.get("fields", {}).items()},
        at=at,
    )


def _value(name: str, told: Any, columns: _Columns) -> Any:
    if not isinstance(told, dict):
        return told
    try:
        cell = _Cell().load(told)
    except ValidationError as error:
        raise InvalidMapping(f"{name} in the mapping is not right: {_sentence(error.messages)}") from error
    return Cell(columns[cell["column"]], cell["words"], cell.get("other"), cell.get("split"), name in _NUMBERS)


def _check_event(made: Mapping[str, Any], where: str) -> None:
    kind = TYPES.get(made.get("type", ""))
    if kind is None:
        raise InvalidMapping(f"{where}: the type of an event must be one of {', '.join(TYPES)}")
    for name in made:
        if name not in (*_COMMON, *kind.required, *kind.optional):
            raise InvalidMapping(f"{where}: {made['type']} has no field {name}")
    missing = [name for name in kind.required if name not in made]
    if missing:
        raise InvalidMapping(f"{where}: {made['type']} must have {', '.join(missing)}")
    if "at" in made and not isinstance(made["at"], dict):
        raise InvalidMapping(f'{where}: at must name a column, as in at = {{ column = "Resolved at" }}')


def _timer(format_: str | None, zone: ZoneInfo) -> _ReadTime:
    @lru_cache(maxsize=_TIMES_KEPT)
    def read(text: str) -> Instant:
        text = text.strip()
        try:
            if format_ is None:
                return instant_of_local(text, zone)
            # The zone is put in below where the text names none.
            moment = datetime.strptime(text, format_)  # noqa: DTZ007
            return instant(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))
        except ValueError as error:
            raise Unreadable(f"the time {text[:40]!r} cannot be read: {error}") from error

    return read


def _dated(found: Event, received_at: Instant) -> Event:
    if found.at > received_at + LATEST_AHEAD:
        raise Unreadable(f"{found.type}: at is more than 24 hours in the future")
    return found


def _of(value: Any, row: Row) -> Any:
    return value.read(row) if isinstance(value, Cell) else value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Unreadable(f"{text[:40]!r} is not a number") from error


def _digest(row: Row) -> bytes:
    return hashlib.blake2b("\x1f".join(row).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _sentence(messages: Any, path: str = "") -> str:
    if isinstance(messages, Mapping):
        return "; ".join(_sentence(inner, f"{path}.{key}" if path else str(key)) for key, inner in messages.items())
    return f"{path}: {' '.join(str(message) for message in messages)}"
