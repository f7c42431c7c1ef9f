"""When things happened in LiveAgent: every kind of moment, around both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import responses

from integrations.base import Access, Page, Reading
from integrations.events import Event
from integrations.session import NoGate, Session
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant, instant_of_iso
from tests.desks.liveagent.test_whole import group, interval, message, ticket
from tests.desks.liveagent.world import DESK

NOW = instant_of_iso("2026-05-20T18:00:00Z")
URL = "https://lampshop.ladesk.example"
#: Zone, and a moment of 20 past in the hour before its clocks go back: both 20 past and 50 past come twice.
BACK = {
    "Europe/Zagreb": "2026-10-25T00:20:00Z",
    "Europe/Lisbon": "2026-10-25T00:20:00Z",
    "America/Los_Angeles": "2026-11-01T08:20:00Z",
    "Australia/Sydney": "2026-04-04T15:20:00Z",
}
#: The same, before they go forward: the next hour does not exist.
FORTH = {
    "Europe/Zagreb": "2026-03-29T00:20:00Z",
    "America/Los_Angeles": "2026-03-08T09:20:00Z",
    "Australia/Sydney": "2026-10-03T15:20:00Z",
}
WAITS = (0, 10 * MINUTE, 30 * MINUTE, 50 * MINUTE, 61 * MINUTE, 90 * MINUTE, 5 * HOUR)
ZONES = pytest.mark.parametrize(("zone", "start"), [*BACK.items(), *FORTH.items()])


def local(moment: Instant, zone: str) -> str:
    """As LiveAgent writes it; made here by hand and not with the code under test."""
    return datetime.fromtimestamp(moment / SECOND, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def told(zone: str, answers: dict[str, Any], *, now: Instant) -> Reading:
    """A refresh of the ticket from these answers, path below the ticket → JSON."""
    lists = {"tags": [], "agents": [], "calls": answers.pop("calls", [])}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        for path, rows in lists.items():
            wire.get(f"{URL}/api/v3/{path}", json=rows)
        for path in ("", "/history", "/messages"):
            wire.get(f"{URL}/api/v3/tickets/r4tq81xz{path}", json=answers.get(path, []))
        wire.get(f"{URL}/api/reports/ranking", json={"response": {"ranks": answers.get("ranks", [])}})
        access = Access(URL, {"v3_key": "k3", "v1_key": "k1"}, ZoneInfo(zone))
        with Session(access, NoGate(), clock=lambda: now / SECOND) as session:
            return DESK.refresh("r4tq81xz", session)


def of(reading: Reading, prefix: str) -> list[Event]:
    return [one for one in reading.events if one.type.startswith(prefix)]


@ZONES
def test_each_change_of_status_is_at_its_moment(zone: str, start: str) -> None:
    first = instant_of_iso(start)
    texts = [local(first + wait, zone) for wait in WAITS]
    history = [
        {**interval(letter, "09:00"), "date_from": begin, "date_to": end}
        for letter, begin, end in zip("NACACAR", texts, [*texts[1:], None], strict=True)
    ]
    opened = ticket(status="R", date_created=texts[0])
    for rows in (history, history[::-1]):
        reading = told(zone, {"": opened, "/history": rows}, now=first + DAY)
        assert [one.at - first for one in of(reading, "status.")] == list(WAITS)
        assert [one.seq for one in of(reading, "status.")] == list(range(7))


@ZONES
def test_each_message_is_at_its_moment_and_in_its_order(zone: str, start: str) -> None:
    first = instant_of_iso(start)
    groups = [
        group(number, "3", "09:00", "us88", message(f"m{number}", "09:00", "us88") | dated, **dated)
        for number, dated in enumerate({"datecreated": local(first + wait, zone)} for wait in WAITS)
    ]
    for rows in (groups, groups[::-1]):
        reading = told(zone, {"": ticket(date_created=local(first, zone)), "/messages": rows}, now=first + DAY)
        assert [one.at - first for one in of(reading, "message.")] == list(WAITS)
        assert [one.data["message"] for one in of(reading, "message.")] == [f"m{n}" for n in range(len(WAITS))]


@ZONES
@pytest.mark.parametrize(("rang", "talked"), [(2, 3), (40, 3), (2, 45), (50, 61)])
def test_a_call_rings_and_lasts_as_long_as_it_did(zone: str, start: str, rang: int, talked: int) -> None:
    first = instant_of_iso(start) + 10 * MINUTE
    picked = first + rang * MINUTE
    call = {
        "id": "call4", "ticketId": "r4tq81xz", "type": "I", "dateCreated": local(first, zone),
        "dateAnswered": local(picked, zone), "dateFinished": local(picked + talked * MINUTE, zone),
    }  # fmt: skip
    rung = {**group(0, "P", "09:00", "us88"), "datecreated": local(first, zone)}
    opened = ticket(channel_type="C", date_created=local(first, zone))
    live = of(told(zone, {"": opened, "/messages": [rung], "calls": [call]}, now=first + DAY), "live.")
    assert [one.type for one in live] == ["live.queued", "live.answered", "live.ended"]
    assert live[0].at == first
    # Only the order tells which of two equal texts is meant: what lies an hour apart in the text may be the same hour.
    assert [(one.at - first) % HOUR for one in live[1:]] == [rang * MINUTE % HOUR, (rang + talked) * MINUTE % HOUR]
    assert live[0].at <= live[1].at <= live[2].at


@ZONES
@pytest.mark.parametrize("minutes", [5, 50, 70])
def test_a_call_that_nobody_answered_ends_after_it_came(zone: str, start: str, minutes: int) -> None:
    first = instant_of_iso(start) + 30 * MINUTE
    call = {
        "id": "call4", "ticketId": "r4tq81xz", "type": "I", "dateCreated": local(first, zone), "dateAnswered": None,
        "dateFinished": local(first + minutes * MINUTE, zone),
    }  # fmt: skip
    rung = {**group(0, "P", "09:00", "us88"), "datecreated": local(first, zone)}
    opened = ticket(channel_type="C", date_created=local(first, zone))
    queued, ended = of(told(zone, {"": opened, "/messages": [rung], "calls": [call]}, now=first + DAY), "live.")
    assert queued.at == first
    assert ended.at >= queued.at
    assert ended.data["outcome"] == "abandoned"


@ZONES
def test_a_deletion_is_dated_and_a_ticket_resolved_before_it_is_not(zone: str, start: str) -> None:
    first = instant_of_iso(start) - 3 * HOUR
    opened = ticket(
        status="X", date_created=local(first, zone), date_changed=local(first + 2 * HOUR, zone),
        date_resolved=local(first + HOUR, zone), date_deleted=local(first + 2 * HOUR, zone),
    )  # fmt: skip
    (now,) = told(zone, {"": opened}, now=first + DAY).present
    assert now.values["status"] == "deleted"
    assert now.times == {"status": first + 2 * HOUR}
    assert now.updated_at == first + 2 * HOUR


@pytest.mark.parametrize(
    ("status", "resolved", "dated"),
    [("R", True, True), ("L", True, True), ("C", True, False), ("A", True, False), ("R", False, False)],
)
def test_a_resolution_is_dated_only_while_it_holds(status: str, resolved: bool, dated: bool) -> None:
    told_resolved = "2026-05-20 09:30:00" if resolved else None
    reading = told("Europe/Lisbon", {"": ticket(status=status, date_resolved=told_resolved)}, now=NOW)
    assert reading.present[0].times == ({"status": instant_of_iso("2026-05-20T08:30:00Z")} if dated else {})


@pytest.mark.parametrize(("apart", "known"), [(0, True), (5, True), (-5, True), (6, False), (-6, False), (3600, False)])
def test_who_resolved_is_told_by_a_message_of_that_moment(apart: int, known: bool) -> None:
    resolved = instant_of_iso("2026-05-20T09:00:00Z")
    history = [interval("N", "09:00", "10:00"), interval("R", "10:00")]
    said = {**group(5, "R", "10:00", "ag71"), "datecreated": local(resolved + apart * SECOND, "Europe/Lisbon")}
    reading = told("Europe/Lisbon", {"": ticket(status="R"), "/history": history, "/messages": [said]}, now=NOW)
    assert of(reading, "status.")[-1].data.get("author") == ("ag71" if known else None)


@pytest.mark.parametrize(("user", "by"), [("ag71", "agent"), ("system00", "system"), (None, None)])
def test_who_resolved_is_an_agent_liveagent_itself_or_not_told(user: str | None, by: str | None) -> None:
    history = [interval("N", "09:00", "10:00"), interval("R", "10:00")]
    said = {**group(5, "R", "10:00", "x"), "userid": user}
    reading = told("Europe/Lisbon", {"": ticket(status="R"), "/history": history, "/messages": [said]}, now=NOW)
    assert of(reading, "status.")[-1].data.get("by") == by


def transferred(*clocks: str, history: str = "09:00") -> Reading:
    groups = [group(number, "T", clock, "ag71") for number, clock in enumerate(clocks)]
    return told("Europe/Lisbon", {"": ticket(), "/history": [interval("N", history)], "/messages": groups}, now=NOW)


def test_the_last_transfer_dates_the_present_holder_unless_a_status_is_later() -> None:
    assert transferred("09:10", "09:40").present[0].times == dict.fromkeys(
        ("agent", "department"), instant_of_iso("2026-05-20T08:40:00Z")
    )
    assert transferred("09:00").present[0].times.keys() == {"agent", "department"}
    assert transferred("08:59:59").present[0].times == {}
    assert transferred().present[0].times == {}


# ---------------------------------------------------------------------------------------------- rows of the list


def listed(row: dict[str, Any], zone: str = "Europe/Lisbon", **options: Any) -> Page:
    """The first page of a back-fill that finds this one row."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.get(f"{URL}/api/v3/tickets", json=[row])
        for path in ("agents", "departments"):
            wire.get(f"{URL}/api/v3/{path}", json=[])
        with Session(Access(URL, {}, ZoneInfo(zone), options=options), NoGate(), clock=lambda: NOW / SECOND) as session:
            return next(DESK.backfill(session, since=NOW - DAY))


@ZONES
@pytest.mark.parametrize("changed", [None, 2 * HOUR])
def test_a_row_is_seen_when_it_changed_last_and_a_refresh_tells_the_same(
    zone: str, start: str, changed: Instant | None
) -> None:
    first = instant_of_iso(start)
    row = ticket(
        status="R", date_created=local(first, zone), date_resolved=local(first + 5 * HOUR, zone),
        date_changed=changed and local(first + changed, zone),
    )  # fmt: skip
    page, reading = listed(row, zone), told(zone, {"": row}, now=NOW)
    created, resolved = page.reading.events
    assert (created.at, resolved.at, resolved.data) == (first, first + 5 * HOUR, {"status": "resolved"})
    assert {one.seen for one in page.reading.events} == {None if changed is None else first + changed}
    assert [one.id for one in of(reading, "ticket.created")] == [created.id]
    assert page.reading.refresh == ("r4tq81xz",)


@pytest.mark.parametrize(
    ("channel", "options", "told_now"),
    [
        ("E", {}, "email"), ("B", {}, "chat"), ("C", {}, None), ("W", {}, None), ("9", {}, None), (None, {}, None),
        ("E", {"channels": {"E": "chat"}}, None), ("E", {"channels": {"9": "chat"}}, "email"),
        ("E", {"channels": "nonsense"}, "email"), ("9", {"channels": {"9": "chat"}}, None),
    ],
)  # fmt: skip
def test_a_row_tells_a_channel_that_its_refresh_cannot_take_back(
    channel: str | None, options: dict[str, Any], told_now: str | None
) -> None:
    created, *_ = listed(ticket(channel_type=channel), **options).reading.events
    assert created.data.get("channel") == told_now


@pytest.mark.parametrize(
    ("status", "resolved", "deleted", "told_now"),
    [
        ("R", True, False, ["resolved"]), ("L", True, False, ["resolved"]), ("C", True, False, []),
        ("X", False, True, ["deleted"]), ("X", True, True, ["deleted"]), ("R", True, True, ["resolved"]),
        ("R", False, False, []), ("X", False, False, []), ("N", False, True, []),
    ],
)  # fmt: skip
def test_a_row_tells_the_dates_of_what_holds(status: str, resolved: bool, deleted: bool, told_now: list[str]) -> None:
    row = ticket(
        status=status, date_resolved="2026-05-20 10:00:00" if resolved else None,
        date_deleted="2026-05-20 11:00:00" if deleted else None,
    )  # fmt: skip
    changes = [one for one in listed(row).reading.events if one.type == "status.changed"]
    assert [one.data["status"] for one in changes] == told_now
    assert {one.at for one in changes} <= {instant_of_iso(f"2026-05-20T{hour}:00:00Z") for hour in ("09", "10")}
