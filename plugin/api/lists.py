"""`/tickets` and `/answers`: rows, a page at a time or all of them in a stream."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

import orjson
from flask import Response

from plugin.api import forms, schemas
from plugin.api.parts import Parts
from plugin.api.queries import USUAL_ROWS, AnswersQuery, TicketsQuery, invalid
from plugin.api.routes import Routes
from plugin.exports import Row
from workers import answer_list
from workers.periods import day_of
from workers.store import tickets
from workers.store.answer_pages import Place
from workers.ticket_rows import COLUMNS, read_row

_FORMS: Final = tuple(forms.MIMETYPES)
#: Rows read in one go: nobody who reads slowly holds a snapshot of the database open.
_PAGE: Final = 1000
_MOST_DAY: Final = 1_000_000

#: A row with what `after` must say for the rows behind it.
Placed = tuple[str, Row]


def add_lists(routes: Routes, parts: Parts) -> None:
    """Add both addresses."""

    def get_tickets(query: dict[str, Any], account: str) -> Response:
        """One row a ticket, of those created between two days.

        The same rows as `deskpulse tickets`. Needs the scope `read`.
        """
        rows = _tickets(parts, account, _days(query), query["after"])
        return _answer(rows, COLUMNS, query, account=account, name="tickets")

    def get_answers(query: dict[str, Any], account: str) -> Response:
        """What customers answered between two days, with their comments, and whether it counts or why not.

        Needs the scope `answers`.
        """
        after = _place_of(query["after"])
        rows = _answers(parts, account, {**_days(query), "kind": query.get("kind")}, after)
        return _answer(rows, answer_list.COLUMNS, query, account=account, name="answers")

    routes.add("GET", "/tickets", get_tickets, query=TicketsQuery, answer=schemas.Tickets, told=schemas.TICKETS)
    routes.add("GET", "/answers", get_answers, query=AnswersQuery, answer=schemas.Answers, told=schemas.ANSWERS)


def _answer(
    placed: Iterator[Placed], columns: tuple[str, ...], query: Mapping[str, Any], *, account: str, name: str
) -> Response:
    form = forms.chosen(query.get("format"), *_FORMS)
    if form != forms.JSON:
        rows = islice((row for _, row in placed), query.get("limit"))
        return forms.file(rows, columns, form, name=f"{account}-{name}")
    limit = query.get("limit", USUAL_ROWS)
    page = list(islice(placed, limit + 1))
    told = [{column: row.get(column) for column in columns} for _, row in page[:limit]]
    return forms.document({"account": account, name: told, "next": page[limit - 1][0] if len(page) > limit else None})


def _days(query: Mapping[str, Any]) -> dict[str, int | None]:
    return {name: day_of(query[name]) if name in query else None for name in ("first", "last")}


def _tickets(parts: Parts, slug: str, days: Mapping[str, int | None], after: str) -> Iterator[Placed]:
    while True:
        with parts.database.read() as connection:
            page = next(tickets.pages(connection, slug, first=days["first"], last=days["last"], after=after), ())
        if not page:
            return
        yield from ((row.ticket, read_row(row.state)) for row in page)
        after = page[-1].ticket


def _answers(parts: Parts, slug: str, asked: Mapping[str, Any], after: Place | None) -> Iterator[Placed]:
    while True:
        with parts.database.read() as connection:
            page = answer_list.listed(connection, slug, **asked, after=after, limit=_PAGE)
        if not page:
            return
        yield from ((_cursor(place), row) for place, row in page)
        after = page[-1][0]


def _cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(tuple(place))).decode().rstrip("=")


def _place_of(cursor: str) -> Place | None:
    """The place that a cursor of ours says; Problem 422 for any other text."""
    if not cursor:
        return None
    try:
        day, *texts = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        ticket, kind, survey, touchpoint = (_text(text) for text in texts)
    except (ValueError, TypeError, binascii.Error) as error:
        raise invalid({"after": "Take it from `next` of the page before."}) from error
    if type(day) is not int or abs(day) > _MOST_DAY:  # True is an int to isinstance, and no day to a database
        raise invalid({"after": "Take it from `next` of the page before."})
    return Place(day, ticket, kind, survey, touchpoint)


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("not a text that a database keeps")
    return value
