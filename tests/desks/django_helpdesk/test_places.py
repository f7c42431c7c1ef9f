"""Where a walk through django-helpdesk's lists stands, and answers that are no lists."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.actions import PutSummary
from integrations.base import Page
from integrations.errors import DeskpulseError, Refused, Rejected, Unavailable
from integrations.session import NoGate, Session
from integrations.times import DAY, SECOND, instant_of_iso
from tests.desks.django_helpdesk.samples import CUSTOMER, DESK, by_form, simulated, ticket
from tests.desks.django_helpdesk.test_failing import Standing, standing
from tests.desks.hooks import NOW
from tests.desks.wired import Fault

STRANGE = (
    "x", ":", "::", "0", "0:", "0::x", "0:x:0", "x::0", "-1::0", "0:-1:0", "0::-1", "0::0:0", "0::²", "100::0", " 0::0",
    "0::0 ", "0:1.5:0", "0:" + "9" * 40 + ":0",
)  # fmt: skip


def walked(desk: Standing, cursor: str | None) -> list[Page]:
    return list(DESK.reconcile(desk.session, since=NOW - 400 * DAY, cursor=cursor))


@pytest.mark.parametrize("cursor", STRANGE)
def test_a_cursor_that_is_none_of_ours_is_refused_before_anything_is_asked(cursor: str) -> None:
    with standing() as desk:
        for walk in (DESK.backfill, DESK.reconcile):
            with pytest.raises(Rejected, match="start again without it"):
                next(walk(desk.session, since=0, cursor=cursor))
        assert desk.wire.sent == []


@given(st.from_regex(r"[0-9]{0,3}:[0-9]{0,12}:[0-9]{0,12}", fullmatch=True) | st.text(min_size=1, max_size=12))
def test_any_cursor_is_a_place_or_refused(cursor: str) -> None:
    with standing() as desk:
        try:
            pages = walked(desk, cursor)
        except Rejected:
            return
    assert pages[-1].cursor is None


@pytest.mark.parametrize("pages", [0, 1, 2])
def test_a_cursor_of_a_list_that_the_account_asks_for_no_more_is_the_end(pages: int) -> None:
    """The account set `finished_pages` to 0 while a reconciliation stood in the finished tickets."""
    with standing(finished_pages=pages) as desk:
        rest = walked(desk, "2::0")
    assert [page.cursor for page in rest][-1] is None
    assert len(rest) == (2 if pages else 1)
    assert bool(rest[0].reading.events) is False


def test_every_cursor_that_is_given_is_taken_again() -> None:
    with simulated(page_size=1) as desk:
        for number in range(4):
            made = desk.desk.opened_by_form(f"Number {number}", "?", customer=CUSTOMER)
            if number % 2:
                desk.desk.replied(made, "Done", status=3)
        whole = list(DESK.backfill(desk.session, since=0))
        cursors = [page.cursor for page in whole if page.cursor is not None]
        again = [next(DESK.backfill(desk.session, since=0, cursor=cursor)) for cursor in cursors]
    assert [page.cursor for page in again] == [page.cursor for page in whole[1:]]
    told = [[(now.ticket, now.values) for now in page.reading.present] for page in (*whole[1:], *again)]
    assert told[: len(again)] == told[len(again) :]


NO_LISTS = (
    b"null", b"[]", b"{}", b"7", b'"x"', b'{"results": []}', b'{"count": 1}', b'{"count": 1, "results": null}',
    b'{"count": 1, "results": {}}', b'{"count": 1, "results": "abc"}', b'{"count": 1, "results": 7}',
    b'{"count": null, "results": []}', b'{"count": "many", "results": []}', b'{"count": [], "results": []}',
    b'{"count": 1.5, "results": []}', b'{"detail": "ok"}',
)  # fmt: skip


@pytest.mark.parametrize("body", NO_LISTS)
def test_an_answer_that_is_no_list_is_asked_for_again(body: bytes) -> None:
    with standing() as desk:
        whole = [page.cursor for page in walked(desk, None)]
        desk.wire.spoil(Fault("no list", done=False, answer=(200, {}, body)), "GET /api/tickets/")
        with pytest.raises(Unavailable, match="not a list"):
            walked(desk, None)
        assert [page.cursor for page in walked(desk, None)] == whole


ROWS: dict[str, tuple[Any, set[str]]] = {
    "nothing": (None, set()),
    "a text": ("x", set()),
    "a list": ([], set()),
    "no number": ({"queue": 1}, set()),
    "a number as text": ({"id": "7"}, set()),
    "a truth for a number": ({"id": True}, set()),
    "only a number": ({"id": 7}, {"7"}),
    "no history": ({**ticket(), "id": 7, "followup_set": None}, {"7"}),
    "a history of nothing": ({**ticket(), "id": 7, "followup_set": [None]}, {"7"}),
    "an entry without a date": ({**ticket({**by_form(), "date": None}), "id": 7}, {"7"}),
    "an entry of the far future": ({**ticket({**by_form(), "date": "2199-01-01T00:00:00Z"}), "id": 7}, {"7"}),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_that_cannot_be_read_is_asked_about_and_hides_no_other(name: str) -> None:
    row, asked = ROWS[name]
    body = json.dumps({"count": 2, "results": [row, ticket(by_form())]}).encode()
    with standing() as desk:
        desk.wire.spoil(Fault("an odd row", done=False, answer=(200, {}, body)), "GET /api/tickets/")
        page = next(DESK.backfill(desk.session, since=0))
    assert set(page.reading.refresh) == asked
    assert {one.ticket for one in page.reading.events} == {"204"}
    assert [now.ticket for now in page.reading.present] == ["204"]


@pytest.mark.parametrize("row", [None, "x", {}, {"id": 1}, {"id": 1, "date": "soon"}, {"id": "1", "date": None}])
def test_an_entry_that_cannot_be_read_stops_the_reconciliation_and_loses_no_place(row: Any) -> None:
    body = json.dumps({"count": 1, "results": [row]}).encode()
    with standing() as desk:
        pages = DESK.reconcile(desk.session, since=NOW - 400 * DAY)
        *_, last = [next(pages) for _ in ("open", "resolved", "closed")]
        desk.wire.spoil(Fault("an odd entry", done=False, answer=(200, {}, body)), "GET /api/followups/")
        with pytest.raises(DeskpulseError, match="not what django-helpdesk sends"):
            next(pages)
        assert walked(desk, last.cursor)[-1].cursor is None


OPTIONS: list[tuple[Any, bool]] = [
    ({"actions": {"POST": {"status": {"choices": None}}}}, True),
    ({"actions": {"POST": {"status": {"choices": [None, 7, {}, {"value": [1]}, {"value": 9}]}}}}, True),
    ({"actions": {"POST": {"status": 7}}}, True),
    ({"actions": {"POST": {}}}, True),
    ({"actions": {"POST": []}}, False),
    ({"actions": []}, False),
    ([], False),
    ("x", False),
    (None, False),
]


@pytest.mark.parametrize(("answer", "connected"), OPTIONS)
def test_connecting_reads_what_the_api_takes_or_says_that_it_is_another_desk(answer: Any, connected: bool) -> None:
    body = json.dumps(answer).encode()
    with standing() as desk:
        desk.wire.spoil(Fault("what it takes", done=False, answer=(200, {}, body)), "OPTIONS .*")
        if not connected:
            with pytest.raises(Rejected, match="not that of a django-helpdesk"):
                DESK.install(desk.session, webhook_url="https://us.example/hook", secret="s")
            return
        installed = DESK.install(desk.session, webhook_url="https://us.example/hook", secret="s")
    assert any("Add in the admin" in step for step in installed.by_hand)
    assert any("[desk.statuses]" in step for step in installed.by_hand) is ("9" in body.decode())


@pytest.mark.parametrize(
    ("statuses", "asked"),
    [({}, "4,5"), ({"6": "pending"}, "4,5,6"), ({"7": "spam", "4": "resolved"}, "4,5,7"),
     ({"x": "open", "": "new"}, "4,5"), ("6", "4,5"), (None, "4,5"),
     ({"1": "new", "2": "pending", "3": "closed", "6": "pending"}, "4,5,6")],
)  # fmt: skip
def test_the_last_list_of_tickets_is_of_every_status_but_those_of_the_others(statuses: Any, asked: str) -> None:
    with simulated(statuses=statuses) as desk:
        list(DESK.backfill(desk.session, since=0))
        lists = [one.partition("status=")[2].partition("&")[0].replace("%2C", ",") for one in desk.api.asked]
    assert lists == ["1,2", "3", asked]


@pytest.mark.parametrize(("told", "size"), [(1, 1), (50, 50), *((odd, 100) for odd in (0, -1, "50", True, None))])
def test_a_page_has_as_many_tickets_as_the_account_says_if_it_says_a_number(told: Any, size: int) -> None:
    with simulated(page_size=told, finished_pages=0) as desk:
        list(DESK.reconcile(desk.session, since=0))
        assert desk.api.asked == [
            f"GET /api/tickets/?status=1%2C2&page_size={size}&page=last",
            "GET /api/followups/?page_size=200&page=last",
        ]


@pytest.mark.parametrize(("told", "looked_at"), [(0, 0), (1, 1), (2, 2), *((odd, 1) for odd in (-1, "2", True, None))])
def test_as_many_pages_of_finished_tickets_are_looked_at_as_the_account_says(told: Any, looked_at: int) -> None:
    with simulated(page_size=1, finished_pages=told) as desk:
        for number in range(1, 10):
            made = desk.desk.opened_by_form("Blender", "?", customer=CUSTOMER)
            desk.desk.patched(made, status=3 if number > 5 else 4)
        pages = list(DESK.reconcile(desk.session, since=desk.session.now() + DAY))
    found = [now.ticket for page in pages for now in page.reading.present]
    assert found == [*["9", "8"][:looked_at], *["5", "4"][:looked_at]]


@pytest.mark.parametrize("days", [0, 5])
def test_a_lost_summary_is_looked_for_no_further_than_its_answer_may_have_been_lost(days: int) -> None:
    with simulated() as desk:
        made = desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
        for number in range(401):
            desk.desk.noted(made, f"Note {number}")
        later = desk.session.now() / SECOND + days * DAY / SECOND
        with Session(desk.session.access, NoGate(), allow_private=True, clock=lambda: later) as session:
            DESK.apply(PutSummary("deskpulse:w:9", "Week 9", ()), session)
        pages = [one.rpartition("page=")[2] for one in desk.api.asked if one.startswith("GET /api/followups/")]
    assert pages == (["last"] if days else ["last", "2", "1"])


def test_reading_lists_needs_a_user_of_the_staff() -> None:
    with simulated(token="token-of-guest") as desk:
        for walk in (DESK.backfill, DESK.reconcile):
            with pytest.raises(Refused, match="is_staff") as caught:
                next(walk(desk.session, since=0))
            assert caught.value.permission == "is_staff"


def test_custom_fields_are_named_in_the_order_of_the_alphabet() -> None:
    names = ("region", "paid", "shop", "age")
    pairs = {"csat": names[:2], "ces": names[2:]}
    surveys = {kind: {"field": a, "comment": b, "scale": [1, 5]} for kind, (a, b) in pairs.items()}
    body = json.dumps({"actions": {"POST": {"custom_zone": {}, "title": {}, "custom_area": {}}}}).encode()
    with standing(answers=surveys) as desk:
        desk.wire.spoil(Fault("what it takes", done=False, answer=(200, {}, body)), "OPTIONS .*")
        installed = DESK.install(desk.session, webhook_url="https://us.example/hook", secret="s")
    assert installed.done[-1] == "Custom fields of the desk: area, zone."
    missing = [step.split()[4] for step in installed.by_hand if "[desk.answers]" in step]
    assert missing == ["age", "paid", "region", "shop"]


@pytest.mark.parametrize(("later", "told"), [(-1, 1), (0, 1), (1, 0)])
def test_an_entry_of_the_very_moment_is_still_new(later: int, told: int) -> None:
    with simulated(finished_pages=0) as desk:
        made = desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
        desk.desk.patched(made, status=3)
        since = instant_of_iso(desk.desk.follow_ups[1]["date"]) + later
        entries = list(DESK.reconcile(desk.session, since=since))[-1].reading
    assert len(entries.events) == told
