"""Single answers as rows: what was said about which ticket, and whether it counts or why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row

from integrations.times import iso
from workers.store import answer_pages
from workers.store.answer_pages import Place, Spot, place_of, spot_of
from workers.surveys.suspicion import MARK

#: The names of a row's values, in their order.
COLUMNS: Final = (
    "at", "ticket", "kind", "survey", "touchpoint", "score", "low", "high", "direction", "comment", "channel",
    "agent", "department", "valid", "counted", "reason",
)  # fmt: skip
#: Why an answer does not count, besides the reasons for which a ticket does not, and `suspect:…` for one that is
#: doubted (`workers.surveys.suspicion.REASONS`; a sentence of it by `workers.surveys.wording.why_doubted`).
INVALIDATED: Final = "invalidated"  #: the desk took it back
REPLACED: Final = "replaced"  #: its customer said otherwise later
REPEATED: Final = "repeated"  #: its customer had said the same before


def listed(
    connection: Connection,
    account: str,
    *,
    first: int | None = None,
    last: int | None = None,
    kind: str | None = None,
    after: Place | None = None,
    limit: int,
) -> list[tuple[Place, dict[str, Any]]]:
    """The next answers of these local days as JSON values, each with its place; moments in ISO 8601 UTC."""
    rows = answer_pages.page(connection, account, first=first, last=last, kind=kind, after=after, limit=limit)
    return [(place_of(row), told) for row, told in _judged(connection, account, rows)]


def newest(
    connection: Connection,
    account: str,
    *,
    days: tuple[int, int],
    of: Mapping[str, str],
    before: Spot | None = None,
    limit: int,
) -> list[tuple[Spot, dict[str, Any]]]:
    """The same rows, newest first, each with its spot, from before a spot on; arguments as of `answer_pages.back`."""
    rows = answer_pages.back(connection, account, days=days, of=of, before=before, limit=limit)
    return [(spot_of(row), told) for row, told in _judged(connection, account, rows)]


def _judged(
    connection: Connection, account: str, rows: Sequence[Row[Any]]
) -> Iterator[tuple[Row[Any], dict[str, Any]]]:
    """Each row, and the same as JSON values with whether it counts or why not."""
    tickets = sorted({row.ticket for row in rows})
    out = answer_pages.exclusions(connection, account, tickets)
    standing = dict(_standing(answer_pages.beside(connection, account, tickets)))
    yield from ((row, _told(row, _reason(row, out, standing))) for row in rows)


def _standing(rows: Iterable[Row[Any]]) -> Iterator[tuple[Place, str]]:
    """Why each valid answer does not stand, '' for the one of a ticket, kind, scale and touch point that does.

    A different later answer replaces the one before, an equal one changes nothing (`Ticket.standing_answers`).
    """
    stands: dict[tuple[Any, ...], Row[Any]] = {}
    for row in rows:
        key = (row.ticket, row.kind, row.low, row.high, row.touchpoint)
        before = stands.get(key)
        if before is not None and before.score == row.score:
            yield place_of(row), REPEATED
            continue
        if before is not None:
            yield place_of(before), REPLACED
        stands[key] = row
        yield place_of(row), ""


def _reason(row: Row[Any], out: Mapping[str, str], standing: Mapping[Place, str]) -> str:
    if excluded := out.get(row.ticket, ""):
        return excluded
    if row.valid:
        return standing.get(place_of(row), "")
    return row.reason if (row.reason or "").startswith(MARK) else INVALIDATED


def _told(row: Row[Any], reason: str) -> dict[str, Any]:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's own way to a row's values by name
    told = {name: values.get(name) for name in COLUMNS}
    return {**told, "at": iso(row.at), "counted": not reason, "reason": reason}
