"""Pages as Zendesk may cut them: empty, repeated, overlapping or endless; of the export, of ratings and responses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from integrations.base import Page
from integrations.errors import Unavailable
from integrations.session import NoGate, Session
from integrations.times import DAY, HOUR, SECOND, iso
from tests.desks.zendesk.office import DESK, NOW, OPENED, access

API = "https://desk.example/api/v2"
EXPORT, RATINGS, RESPONSES = "incremental/tickets/cursor", "satisfaction_ratings", "guide/survey_responses"
KEYS = {EXPORT: "tickets", RATINGS: "satisfaction_ratings", RESPONSES: "survey_responses"}


class Pages:
    """Answers each list with its pages, one after the other; the last one again and again."""

    def __init__(self, wire: responses.RequestsMock, **told: Sequence[dict[str, Any]]) -> None:
        paths = {"tickets": EXPORT, "ratings": RATINGS, "responses": RESPONSES}
        self.told = {path: list(told.get(name, [{}])) for name, path in paths.items()}
        self.asked: list[tuple[str, dict[str, str]]] = []
        for path in paths.values():
            wire.add_callback("GET", f"{API}/{path}", callback=self)
        for path, key in (("users", "users"), ("groups", "groups")):
            wire.get(f"{API}/{path}", json={key: []})

    def __call__(self, request: Any) -> tuple[int, dict[str, str], str]:
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/api/v2/")
        self.asked.append((path, {key: found[0] for key, found in parse_qs(parts.query).items()}))
        pages = self.told[path]
        page = pages.pop(0) if len(pages) > 1 else pages[0]
        whole = {KEYS[path]: [], **({"end_of_stream": True} if path == EXPORT else {}), **page}
        return 200, {}, json.dumps(whole)

    def cursors(self, path: str) -> list[str | None]:
        return [told.get("cursor") or told.get("page[after]") for asked, told in self.asked if asked == path]


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        yield found


@pytest.fixture
def session() -> Iterator[Session]:
    with Session(access(), NoGate(), clock=lambda: NOW / SECOND) as found:
        yield found


def rows(*ids: int, **more: Any) -> list[dict[str, Any]]:
    return [{"id": id_, "created_at": iso(OPENED), "via": {"channel": "email"}, **more} for id_ in ids]


def page(cursor: str | None, *ids: int, ended: bool = False) -> dict[str, Any]:
    return {"tickets": rows(*ids), "after_cursor": cursor, "end_of_stream": ended}


def rated(*tickets: int, after: str | None = None, more: bool = False) -> dict[str, Any]:
    found = [{"id": 60 + one, "ticket_id": one, "score": "good", "created_at": iso(OPENED)} for one in tickets]
    return {"satisfaction_ratings": found, "meta": {"has_more": more, "after_cursor": after}}


def walked(session: Session, **changes: Any) -> list[Page]:
    return list(DESK.backfill(session, since=NOW - DAY, **changes))


def asked_about(pages: Sequence[Page]) -> list[list[str]]:
    return [list(one.reading.refresh) for one in pages]


EXPORTS: list[tuple[list[dict[str, Any]], list[list[str]], list[str | None]]] = [
    ([page(None, ended=True)], [[]], [None]),
    ([page("a", ended=True)], [[]], [None]),
    ([page("a", 1, 2, ended=True)], [["1", "2"]], [None]),
    ([page("a", 1), page("b", 2), page("c", 3, ended=True)], [["1"], ["2"], ["3"]], [None, "a", "b"]),
    ([page("a"), page("b"), page("c", 3, ended=True)], [[], [], ["3"]], [None, "a", "b"]),
    ([page("a", 1, 1, 2, 1, ended=True)], [["1", "2"]], [None]),
    ([page("a", 1, 2), page("b", 2, 3, ended=True)], [["1", "2"], ["2", "3"]], [None, "a"]),
    ([page("a", 1), page("b", 1), page("a", 1), page(None, 1, ended=True)], [["1"]] * 4, [None, "a", "b", "a"]),
    ([page("MTU3NjYxMzUzOS4wfHw0NTF8", 1), page("x/y+z==", 2), page("", ended=True)], [["1"], ["2"], []],
     [None, "MTU3NjYxMzUzOS4wfHw0NTF8", "x/y+z=="]),
]  # fmt: skip


@pytest.mark.parametrize(("told", "expected", "cursors"), EXPORTS)
def test_the_export_is_read_to_its_end_however_it_is_cut(
    wire: responses.RequestsMock, session: Session, told: Any, expected: Any, cursors: Any
) -> None:
    pages = Pages(wire, tickets=told)
    found = walked(session)
    assert asked_about(found) == [*expected, [], []]
    assert pages.cursors(EXPORT) == cursors
    assert [path for path, _ in pages.asked[-2:]] == [RATINGS, RESPONSES]


@pytest.mark.parametrize("stuck", [page("a", 2), page(None, 2), page("", 2), {"after_cursor": "b"}])
def test_an_export_that_does_not_go_on_is_asked_again_from_where_it_was(
    wire: responses.RequestsMock, session: Session, stuck: dict[str, Any]
) -> None:
    pages = Pages(wire, tickets=[page("a", 1), {"end_of_stream": None, **stuck}, page("b", 3, ended=True)])
    walk = DESK.backfill(session, since=NOW - DAY)
    first = next(walk)
    with pytest.raises(Unavailable, match="does not go on"):
        next(walk)
    rest = walked(session, cursor=first.cursor)
    assert asked_about([first, *rest])[:2] == [["1"], ["3"]]
    assert pages.cursors(EXPORT) == [None, "a", "a"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"id": 9, "status": "deleted"}, ["9"]),
        ({"id": 9, "created_at": None}, ["9"]),
        ({"id": 9, "via": None}, ["9"]),
        ({"id": 9, "external_id": "deskpulse:w:1"}, []),
        ({"id": 9, "external_id": "deskpulse:w:1", "submitter_id": 501}, ["9"]),
        ({"id": 9, "tags": ["closed_by_merge"]}, ["9"]),
        ({"id": None}, []),
    ],
)
def test_a_row_is_asked_about_unless_it_is_ours_or_nameless(
    wire: responses.RequestsMock, session: Session, row: dict[str, Any], expected: list[str]
) -> None:
    (told,) = rows(9)
    Pages(wire, tickets=[{"tickets": [{**told, **row}], "end_of_stream": True}])
    assert asked_about(walked(session))[0] == expected


LISTS: list[tuple[list[dict[str, Any]], list[int], list[str | None]]] = [
    ([rated()], [0], [None]),
    ([rated(1, 2)], [2], [None]),
    ([rated(1, after="a", more=True), rated(2, after="b")], [1, 1], [None, "a"]),
    ([rated(after="a", more=True), rated(2)], [0, 1], [None, "a"]),
    ([rated(1, after="a", more=True), rated(1, after="a", more=True)], [1, 1], [None, "a"]),
    ([rated(1, after="", more=True)], [1], [None]),
    ([rated(1, after=None, more=True)], [1], [None]),
]


@pytest.mark.parametrize(("told", "expected", "cursors"), LISTS)
def test_ratings_are_read_to_their_end_and_never_without_end(
    wire: responses.RequestsMock, session: Session, told: Any, expected: list[int], cursors: Any
) -> None:
    pages = Pages(wire, ratings=told)
    found = walked(session)[1:-1]
    assert [len(one.reading.events) for one in found] == expected
    assert pages.cursors(RATINGS) == cursors


def test_every_stage_is_asked_from_its_own_moment(wire: responses.RequestsMock, session: Session) -> None:
    pages = Pages(wire)
    list(DESK.reconcile(session, since=NOW - HOUR))
    started = {path: told for path, told in pages.asked if path in KEYS}
    assert started[EXPORT]["start_time"] == str((NOW - HOUR) // SECOND)
    assert started[RATINGS]["start_time"] == str((NOW - 2 * DAY) // SECOND)
    assert started[RESPONSES]["filter[created_at_start]"] == str((NOW - 2 * DAY) // 1000)


def test_a_walk_from_this_very_moment_asks_from_a_minute_ago(wire: responses.RequestsMock, session: Session) -> None:
    pages = Pages(wire)
    list(DESK.backfill(session, since=NOW + HOUR))
    assert [told["start_time"] for path, told in pages.asked if path == EXPORT] == [str(NOW // SECOND - 61)]
