"""Field by field: which key of LiveAgent's JSON is which value, and what odd values there come to."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import Rejected
from integrations.liveagent import payloads
from integrations.liveagent.payloads import Department, Group, Interval, Message, Named, PhoneCall, Rank, Ticket
from integrations.liveagent.unread import UNREAD
from tests.desks.liveagent.test_whole import group, interval, message, refreshed, ticket

DATE = "2026-05-20 09:00:00"
#: Value → (its key in the API's models, how it is read); `!` marks what must be there.
SHAPES: dict[type[Any], dict[str, tuple[str, str]]] = {
    Ticket: {
        "id": ("id", "word!"), "created": ("date_created", "time!"), "code": ("code", "word"),
        "subject": ("subject", "text"), "customer": ("owner_contactid", "word"), "address": ("owner_email", "name"),
        "department": ("departmentid", "word"), "agent": ("agentid", "word"), "status": ("status", "word"),
        "channel": ("channel_type", "word"), "changed": ("date_changed", "time"),
        "resolved": ("date_resolved", "time"), "deleted": ("date_deleted", "time"), "tags": ("tags", "ids"),
        "fields": ("custom_fields", "codes"),
    },
    Interval: {
        "start": ("date_from", "time!"), "end": ("date_to", "time"), "status": ("status", "word"),
        "department": ("department_id", "word"), "department_name": ("department_name", "name"),
        "agent": ("agent_id", "word"),
    },
    Message: {
        "id": ("id", "word!"), "at": ("datecreated", "time!"), "user": ("userid", "word"), "type": ("type", "word"),
        "text": ("message", "text"),
    },
    Group: {
        "id": ("id", "word!"), "at": ("datecreated", "time!"), "user": ("userid", "word"),
        "user_name": ("user_full_name", "name"), "type": ("type", "word"), "status": ("status", "word"),
        "order": ("sort_order", "order"), "messages": ("messages", "messages"),
    },
    PhoneCall: {
        "id": ("id", "word!"), "at": ("dateCreated", "time!"), "ticket": ("ticketId", "word"), "type": ("type", "word"),
        "answered": ("dateAnswered", "time"), "finished": ("dateFinished", "time"),
    },
    Rank: {
        "ticket": ("conversationid", "word!"), "at": ("datecreated", "time!"), "type": ("rankingType", "word"),
        "agent_email": ("agentEmail", "name"), "customer": ("contactid", "word"), "address": ("requesterEmail", "name"),
        "comment": ("comment", "text"), "validity": ("validity", "word"),
    },
    Named: {"id": ("id", "word!"), "name": ("name", "name"), "email": ("email", "name"), "role": ("role", "word")},
    Department: {
        "id": ("department_id", "word!"), "name": ("name", "name"), "email": ("email", "name"),
        "role": ("role", "word"),
    },
}  # fmt: skip
NOTHING = object()  #: the value keeps its default
REFUSED = object()  #: the object cannot be read
LONG = "x" * 513
#: How a value is read → what stands there, and what comes of it.
READ: dict[str, list[tuple[Any, Any]]] = {
    "word": [
        ("k3", "k3"), (7, "7"), (0, "0"), (-1, "-1"), ("é", "é"), ("x" * 512, "x" * 512), ("", NOTHING),
        (None, NOTHING), (LONG, REFUSED), (True, REFUSED), (1.5, REFUSED), ([], REFUSED), ({}, REFUSED),
        ("a\nb", REFUSED), ("a\0b", REFUSED), ("\ud800", REFUSED),
    ],
    "time": [
        (DATE, DATE), ("1990-01-03 00:00:00", "1990-01-03 00:00:00"), ("2199-12-29 23:59:59", "2199-12-29 23:59:59"),
        ("2024-02-29 00:00:00", "2024-02-29 00:00:00"), ("", NOTHING), (None, NOTHING),
        ("0000-00-00 00:00:00", NOTHING), ("0001-01-01 00:00:00", NOTHING), ("1970-01-01 01:00:00", NOTHING),
        ("1990-01-02 23:59:59", NOTHING), ("2200-01-01 00:00:00", REFUSED), ("9999-12-31 23:59:59", REFUSED),
        ("2026-02-29 00:00:00", REFUSED), ("2026-05-20T09:00:00", REFUSED), ("2026-05-20", REFUSED),
        ("2026-05-20 09:00:00Z", REFUSED), ("2026-05-20 24:00:00", REFUSED), ("20.05.2026 09:00:00", REFUSED),
        (f" {DATE}", REFUSED), (1779264000, REFUSED), ([DATE], REFUSED), (True, REFUSED),
        ("٢٠٢٦-05-20 09:00:00", REFUSED),
    ],
    "text": [
        ("Where?", "Where?"), ("a\nb\0", "a\nb\0"), ("x" * 100_000, "x" * 100_000), ("", ""), (None, NOTHING),
        (7, ""), ([], ""), ({}, ""), (True, ""),
    ],
    "name": [
        ("Ana Reis", "Ana Reis"), (" Ana\tReis\n", "Ana Reis"), ("\u202eAna", "Ana"), ("أنا", "أنا"),
        ("x" * 600, "x" * 512), ("", NOTHING), ("  \n ", NOTHING), (None, NOTHING), (7, NOTHING), ([], NOTHING),
    ],
    "ids": [
        (["a", "b"], ("a", "b")), ("a,b", ("a", "b")), (" a , b ,", ("a", "b")), ([1, "b"], ("1", "b")), ("", ()),
        ([], ()), (None, NOTHING), (["", " "], ()), ([None, {}, [], "a"], ("a",)), ({}, ()), (7, ()),
    ],
    "codes": [
        ([{"code": "a", "value": "1"}], {"a": "1"}), ([{"code": "a", "value": None}], {"a": None}),
        ([{"code": "a", "value": ""}], {"a": None}), ([{"code": "a"}], {"a": None}),
        ([{"code": "a", "value": 4}], {"a": "4"}), ([{"code": "a", "value": [1, "b"]}], {"a": "1, b"}),
        ([{"code": "a", "value": "x" * 600}], {"a": "x" * 512}), ([{"code": "a", "value": "b\0c\ud800"}], {"a": "bc?"}),
        ([{"code": "a", "value": "1"}, {"code": "a", "value": "2"}], {"a": "2"}),
        ([{"code": ""}, {"code": None}, {"code": 7}, {}, None, "a", []], {}), ([], {}), (None, NOTHING), ({}, {}),
        ("a", {}), (7, {}),
    ],
    "order": [
        (3, 3), ("3", 3), (0, 0), ("007", 7), ("9" * 15, int("9" * 15)), ("9" * 16, 0), (-1, 0), ("-1", 0), ("", 0),
        (None, NOTHING), (True, 0), (1.5, 0), ("x", 0), ([], 0),
    ],
    "messages": [
        ([{"id": "m1", "datecreated": DATE}], (Message("m1", DATE),)), ([], ()), (None, NOTHING), ("x", ()), ({}, ()),
        ([None, {"id": "m1"}, {"datecreated": DATE}, {"id": "m2", "datecreated": DATE}], (Message("m2", DATE),)),
    ],
}  # fmt: skip
FIELDS = [(made, name, *where) for made, shape in SHAPES.items() for name, where in shape.items()]


def least(made: type[Any]) -> dict[str, Any]:
    """The JSON of the least that can be read."""
    needed = {key: read for key, read in SHAPES[made].values() if read.endswith("!")}
    return {key: DATE if read == "time!" else "id1" for key, read in needed.items()}


def values(found: Any) -> dict[str, Any]:
    return {one.name: getattr(found, one.name) for one in dataclasses.fields(found)}


@pytest.fixture(autouse=True)
def nothing_unread() -> None:
    UNREAD.clear()


@pytest.mark.parametrize("made", SHAPES)
def test_the_table_has_a_row_for_every_value(made: type[Any]) -> None:
    assert [one.name for one in dataclasses.fields(made)] == list(SHAPES[made])
    assert len({key for key, _ in SHAPES[made].values()}) == len(SHAPES[made])


@pytest.mark.parametrize("made", SHAPES)
def test_the_least_is_read_and_everything_else_keeps_its_default(made: type[Any]) -> None:
    (found,) = payloads.rows(made, [least(made)], what="thing")
    required = {name for name, (_, read) in SHAPES[made].items() if read.endswith("!")}
    for one in dataclasses.fields(made):
        default = None if one.default is dataclasses.MISSING else one.default
        if one.name not in required:
            assert getattr(found, one.name) == (default if one.default_factory is dataclasses.MISSING else {})


@pytest.mark.parametrize("made", SHAPES)
def test_without_any_one_of_the_least_it_cannot_be_read_and_the_key_is_named(made: type[Any]) -> None:
    for key in least(made):
        for told in (
            {**least(made), key: None},
            {**least(made), key: ""},
            {k: v for k, v in least(made).items() if k != key},
        ):
            with pytest.raises(Rejected, match=f"documents: {key}$"):
                payloads.one(made, told, what="thing")


@pytest.mark.parametrize(("made", "name", "key", "read"), FIELDS)
def test_each_key_is_its_value_and_no_other(made: type[Any], name: str, key: str, read: str) -> None:
    plain = values(payloads.one(made, least(made), what="thing"))
    for told, value in READ[read.rstrip("!")]:
        found = [values(one) for one in payloads.rows(made, [{**least(made), key: told}], what="thing")]
        if value is REFUSED or (value is NOTHING and read.endswith("!")):
            assert found == [], told
        else:
            assert found == [plain if value is NOTHING else {**plain, name: value}], told


def test_a_row_that_cannot_be_read_is_counted_by_what_it_is_and_its_keys() -> None:
    rows: list[Any] = [None, 7, "x", [], {}, {"id": "a", "datecreated": "soon", "type": []}]
    assert payloads.rows(Message, rows, what="message") == []
    assert UNREAD == {
        "message row '_schema'": 4,
        "message row 'datecreated, id'": 1,
        "message row 'datecreated, type'": 1,
    }


@pytest.mark.parametrize("told", [None, 7, "x", {}, True])
def test_a_list_that_is_none_is_given_up(told: Any) -> None:
    with pytest.raises(Rejected, match="list of phone calls is no list"):
        payloads.rows(PhoneCall, told, what="phone call")


NEVER = ("0000-00-00 00:00:00", "0001-01-01 00:00:00", "1970-01-01 00:00:00", "")


@pytest.mark.parametrize("never", NEVER)
def test_a_date_that_stands_for_none_is_none_wherever_it_stands(never: str) -> None:
    """Such a date stopped a whole back-fill once: no moment can be made of it."""
    odd = ticket(status="R", date_changed=never, date_resolved=never, date_deleted=never)
    history = [{**interval("N", "09:00"), "date_to": never}, {**interval("R", "10:00"), "date_to": never}]
    said = group(0, "3", "09:00", "us88", {**message("m1", "09:00", "us88"), "datecreated": never})
    reading = refreshed(odd, history, [said, {**group(1, "4", "10:00", "ag71"), "datecreated": never}])
    assert [one.type for one in reading.events] == ["ticket.created", "status.changed", "status.changed"]
    assert {one.seen for one in reading.events} == {None}
    (now,) = reading.present
    assert (now.updated_at, now.times) == (None, {})


@given(st.text(max_size=30) | st.integers() | st.none() | st.dates().map(lambda day: f"{day} 00:00:00"))
def test_whatever_a_date_is_the_ticket_is_read_or_given_up(date: Any) -> None:
    for key in ("date_created", "date_changed", "date_resolved", "date_deleted"):
        try:
            reading = refreshed(ticket(status="R", **{key: date}), [interval("R", "09:00")], [])
        except Rejected as error:
            assert key in str(error)  # noqa: PT017 -- either way is right
        else:
            assert reading.present[0].values["status"] == "resolved"
