"""A bridge's answers field by field, its pages one by one, and a call's events wherever they stand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.actions import AddTag
from integrations.base import Page
from integrations.errors import DeskpulseError, Gone, Rejected, Unavailable, Unclear, Unreadable
from integrations.events import STATUSES, TYPES
from integrations.session import NoGate, Session
from integrations.times import DAY, SECOND, instant_of_iso, iso
from tests.desks.contract import NOW
from tests.desks.test_generic import GENERIC, access, call, line
from tests.desks.test_generic_bridge import URL, refreshed
from tests.tries import tries

LONG = "x" * 5000
#: Present value → what stands there, and what comes of it; `...` where it cannot be read.
PRESENT: dict[str, list[tuple[Any, Any]]] = {
    "status": [*((word, word) for word in STATUSES), ("", ...), ("Open", ...), (None, ...), (7, ...), ([], ...)],
    "channel": [("email", "email"), ("fax", "fax"), ("é🙂", "é🙂"), ("", ...), (LONG, ...), ([], ...), ("a\0b", ...)],
    "agent": [("a-4", "a-4"), (7, "7"), (None, None), ("", None), (True, ...), (1.5, ...), ({}, ...), (LONG, ...)],
    "department": [("d-1", "d-1"), (0, "0"), (None, None), ("", None), (False, ...), ([], ...), (2**60, ...)],
    "customer": [("c-1", "c-1"), ("Jo@Mail.Example", "Jo@Mail.Example"), (None, None), ("", None), ([], ...)],
    "tags": [
        ([], []), (["vip"], ["vip"]), (["b", "a", "b"], ["a", "b"]), ([7], ["7"]), (["é"], ["é"]), (None, ...),
        ("a", ...), ([None], ...), ([""], ...), ([[]], ...), ([LONG], ...), ({}, ...),
        (["channel-email", "vip"], ["vip"]), (["deskpulse-follow-up"], []),
        (["deskpulse-summary"], ["deskpulse-summary"]),
    ],
    "fields": [
        ({}, {}), ({"a": "1"}, {"a": "1"}), ({"a": 1}, {"a": "1"}), ({"a": True}, {"a": "true"}),
        ({"a": None}, {"a": None}), ({"a": ""}, {"a": None}), ({"a": 1.5}, {"a": "1.5"}), ({"a": []}, ...),
        ({"": "a"}, ...), ([], ...), (None, ...),
        ("a", ...), ({"a": LONG}, ...),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", PRESENT)
def test_each_present_value_is_read_alone_or_its_place_is_named(name: str) -> None:
    for told, value in PRESENT[name]:
        if value is ...:
            with pytest.raises(Rejected, match=f"ticket T-71 cannot be read: present: {name} must"):
                refreshed({"present": {name: told}})
        else:
            (now,) = refreshed({"present": {name: told}}).present
            assert (now.values, now.times, now.updated_at) == ({name: value}, {}, None), told


MOMENTS: list[tuple[Any, str | None]] = [
    ("2026-06-15T11:00:00Z", "2026-06-15T11:00:00Z"), ("2026-06-15T13:00:00+02:00", "2026-06-15T11:00:00Z"),
    ("2026-03-29T03:00:00+02:00", "2026-03-29T01:00:00Z"), ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z"),
    ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z"), ("2026-06-15T11:00:00.5Z", "2026-06-15T11:00:00.500000Z"),
    ("2026-06-15T11:00:00", None), ("2026-06-15", None), ("", None), ("0001-01-01T00:00:00Z", None),
    ("9999-12-31T23:59:59Z", None), (1781515800, None), ([], None), ("yesterday", None), ("x" * 9000, None),
]  # fmt: skip


@pytest.mark.parametrize(("told", "moment"), MOMENTS)
def test_each_moment_of_a_present_value_has_its_offset(told: Any, moment: str | None) -> None:
    for body in ({"updated_at": told}, {"status": "open", "times": {"status": told}}):
        if moment is None:
            with pytest.raises(Rejected, match=r"present: (updated_at|times) "):
                refreshed({"present": body})
            continue
        (now,) = refreshed({"present": body}).present
        assert [now.updated_at, *now.times.values()] in ([instant_of_iso(moment)], [None, instant_of_iso(moment)])


def test_times_are_kept_for_every_value_and_nothing_else() -> None:
    at = "2026-06-15T11:00:00Z"
    times = dict.fromkeys((*PRESENT, "mood", "answers", ""), at)
    (now,) = refreshed({"present": {"status": "open", "times": times}}).present
    assert now.times == dict.fromkeys(PRESENT, instant_of_iso(at))


# ---------------------------------------------------------------------------------------------- pages


@contextmanager
def paging(*answers: Any) -> Iterator[tuple[Session, responses.RequestsMock]]:
    """A bridge that gives these pages, one after another; a text is sent as it stands."""
    with responses.RequestsMock() as wire, Session(access(URL), NoGate(), clock=lambda: NOW / SECOND) as session:
        for answer in answers:
            body = answer if isinstance(answer, str) else json.dumps(answer)
            wire.get(f"{URL}/events", body=body, content_type="application/json")
        yield session, wire


def page(*tickets: str, following: str | None = None, **more: Any) -> dict[str, Any]:
    return {"events": [line("ticket.created", ticket=id_) for id_ in tickets], "next": following, **more}


def told(pages: list[Page]) -> list[list[str]]:
    return [[event.ticket for event in page.reading.events] for page in pages]


def test_pages_are_asked_for_by_their_cursors_and_the_same_moment() -> None:
    with paging(page("1", following="a/b c"), page("2", following="é"), page("3")) as (session, wire):
        pages = list(GENERIC.backfill(session, since=NOW - DAY))
        asked = [dict(parse_qsl(urlsplit(str(one.request.url)).query)) for one in wire.calls]
    assert told(pages) == [["1"], ["2"], ["3"]]
    assert [page.cursor for page in pages] == ["a/b c", "é", None]
    assert asked == [{"since": iso(NOW - DAY)} | ({"cursor": one} if one else {}) for one in ("", "a/b c", "é")]


def test_a_backfill_begins_after_the_cursor_that_it_is_given() -> None:
    with paging(page("2", following="c2"), page("3")) as (session, wire):
        assert told(list(GENERIC.backfill(session, since=NOW, cursor="c1"))) == [["2"], ["3"]]
        assert "cursor=c1" in str(wire.calls[0].request.url)


def test_an_empty_page_in_the_middle_or_at_the_end_is_a_page() -> None:
    with paging(page("1", following="a"), page(following="b"), page()) as (session, _):
        assert told(list(GENERIC.backfill(session, since=NOW))) == [["1"], [], []]


def test_a_page_that_tells_what_the_one_before_told_is_the_same_events() -> None:
    with paging(page("1", "2", following="a"), page("2", "3")) as (session, _):
        first, second = GENERIC.backfill(session, since=NOW)
    assert first.reading.events[1] == second.reading.events[0]
    assert len({event.id for event in (*first.reading.events, *second.reading.events)}) == 3


def test_a_cursor_that_comes_again_is_noticed_before_it_is_asked_for_twice() -> None:
    with paging(page("1", following="a"), page("2", following="a")) as (session, wire):
        pages = GENERIC.backfill(session, since=NOW)
        assert told([next(pages), next(pages)]) == [["1"], ["2"]]
        with pytest.raises(Rejected, match="same cursor"):
            next(pages)
        assert len(wire.calls) == 2


@pytest.mark.parametrize(("total", "known"), [(7, 7), (0, 0), (None, None), ("7", None), (True, None), (1.5, None)])
def test_a_total_is_a_whole_number_or_not_known(total: Any, known: int | None) -> None:
    with paging(page("1", total=total)) as (session, _):
        assert [page.total for page in GENERIC.backfill(session, since=NOW)] == [known]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("<html>Log in</html>", Unavailable), ('{"events": [', Unavailable), ("NaN", Unavailable), ("", Rejected),
        ("null", Rejected), ('"x"', Rejected), (page("1", following=""), Rejected), (page("1", following=7), Rejected),  # type: ignore[arg-type]
        ({"events": [line("ticket.created"), {}]}, Rejected), ({"events": {}}, Rejected),
        ({"events": [], "names": 7}, Rejected), (page("1", names={"agent": []}), Rejected),
        ({"events": [line("ticket.created", at="2026-06-17T12:00:00Z")]}, Rejected),
    ],
)  # fmt: skip
def test_a_page_that_cannot_be_read_stops_there_and_the_cursor_before_it_is_good(
    answer: Any, error: type[DeskpulseError]
) -> None:
    with paging(page("1", following="a"), answer, page("2")) as (session, _):
        pages = GENERIC.backfill(session, since=NOW)
        first = next(pages)
        with pytest.raises(error):
            next(pages)
        assert told(list(GENERIC.backfill(session, since=NOW, cursor=first.cursor))) == [["2"]]


@settings(max_examples=tries(2))
@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_however_the_past_is_cut_into_pages_it_is_told_once_and_resumed_anywhere(sizes: list[int]) -> None:
    ids = iter(range(100))
    cut = [[str(next(ids)) for _ in range(size)] for size in sizes]
    last = len(cut) - 1
    answers = [page(*own, following=None if place == last else f"c{place}") for place, own in enumerate(cut)]
    with paging(*answers) as (session, _):
        pages = list(GENERIC.backfill(session, since=NOW))
    assert told(pages) == cut
    for done, one in enumerate(pages[:-1], start=1):
        with paging(*answers[done:]) as (session, _):
            assert told(list(GENERIC.backfill(session, since=NOW, cursor=one.cursor))) == cut[done:]


# ---------------------------------------------------------------------------------------------- calls


def read(value: Any) -> Any:
    return GENERIC.parse(call(value), access())


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_is_read_alone_and_in_a_list_and_its_id_is_stable(type_: str) -> None:
    (alone,) = read(line(type_)).events
    listed = read({"events": [line(type_), line(type_)]}).events
    assert listed == (alone, alone)
    assert (alone.type, alone.ticket, alone.observed) == (type_, "T-71", False)
    (own,) = read(line(type_, id="mine", seq=3, seen="2026-06-14T09:00:00Z")).events
    assert (own.id, own.seq, own.seen) == ("mine", 3, instant_of_iso("2026-06-14T09:00:00Z"))
    assert own.data == alone.data


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("wrong", [None, "", [], {}, True, 1.5, LONG, "a\0b"])
def test_a_ticket_that_is_no_id_is_named_with_its_place(type_: str, wrong: Any) -> None:
    with pytest.raises(Unreadable, match=rf"events\[1\]: {type_}: ticket "):
        read({"events": [line(type_), line(type_, ticket=wrong)]})


@pytest.mark.parametrize("type_", TYPES)
def test_every_field_that_must_be_there_is_missed_by_its_name(type_: str) -> None:
    for name in (*TYPES[type_].required, "at", "ticket"):
        whole = line(type_)
        del whole[name]
        with pytest.raises(Unreadable, match=f"{type_}: {name} "):
            read(whole)


@pytest.mark.parametrize("type_", TYPES)
def test_what_a_newer_sender_knows_is_passed_over(type_: str) -> None:
    newer = line(type_, mood="good", _links={"self": "x"}, priority=None, **{"": 1})
    assert read(newer).events == read(line(type_)).events


@pytest.mark.parametrize(
    "names", [{}, {"agent": {}}, {"agent": {"a": "Mira"}}, {"mood": {"a": "b"}, "department": {"7": "Shop"}}, None]
)
def test_names_are_those_of_agents_and_departments(names: Any) -> None:
    found = read({"events": [], "names": names}).names
    assert found == {kind: held for kind, held in (names or {}).items() if kind in ("agent", "department")}


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [(302, {"Location": f"{URL}/login"}, Rejected), (400, {}, Rejected), (409, {}, Rejected), (410, {}, Gone),
     (418, {}, Rejected), (425, {}, Unclear), (500, {}, Unclear), (502, {}, Unclear),
     (504, {"Retry-After": "5"}, Unclear), (503, {"Retry-After": "Mon, 15 Jun 2026 12:00:30 GMT"}, Unavailable)],
)  # fmt: skip
def test_an_action_that_is_not_taken_says_what_to_do_and_when(
    status: int, headers: dict[str, str], error: type[DeskpulseError]
) -> None:
    with responses.RequestsMock() as wire, Session(access(URL), NoGate(), clock=lambda: NOW / SECOND) as session:
        wire.post(f"{URL}/actions", status=status, headers=headers)
        with pytest.raises(error) as caught:
            GENERIC.apply(AddTag("T-71", "channel-email"), session)
    assert type(caught.value) is error
    assert getattr(caught.value, "after", None) == {503: 30.0, 504: 5.0}.get(status)
