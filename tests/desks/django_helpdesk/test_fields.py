"""Field by field: which key of django-helpdesk's JSON is which value, and what odd values there come to."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from integrations.django_helpdesk import payloads
from integrations.django_helpdesk.payloads import FollowUp, Hook, Ticket
from integrations.errors import Unreadable
from integrations.times import instant_of_iso
from tests.desks.django_helpdesk.samples import by_form, entry, hook, present, read, ticket

DATE = "2026-06-15T09:30:00Z"
REFUSED = object()  #: the object cannot be read
MOST = 2**63
NUMBER: list[tuple[Any, Any]] = [
    (0, 0), (7, 7), (MOST, MOST), (MOST + 1, REFUSED), (-1, REFUSED), (1.5, REFUSED), ("seven", REFUSED),
    ("", REFUSED), ([], REFUSED), ({}, REFUSED), ([7], REFUSED),
]  # fmt: skip
TEXT: list[tuple[Any, Any]] = [
    ("Where?", "Where?"), ("", ""), (" a\n", " a\n"), ("x" * 100_000, "x" * 100_000), ("é🙂\u202e", "é🙂\u202e"),
    (None, ""), (7, REFUSED), ([], REFUSED), ({}, REFUSED), (True, REFUSED),
]  # fmt: skip
#: How a value is read → what stands there, and what comes of it.
READ: dict[str, list[tuple[Any, Any]]] = {
    "number!": [*NUMBER, (None, REFUSED)],
    "number": [*NUMBER, (None, None)],
    "text": TEXT,
    "text or none": [*((told, value) for told, value in TEXT if told is not None), (None, None)],
    "flag": [(True, True), (False, False), ("true", True), (0, False), (None, REFUSED), ("x", REFUSED), ([], REFUSED)],
    "date!": [
        (DATE, instant_of_iso(DATE)), ("2026-06-15T11:30:00+02:00", instant_of_iso(DATE)),
        ("2026-06-15T09:30:00.000001Z", instant_of_iso(DATE) + 1),
        ("1990-01-01T00:00:00Z", instant_of_iso("1990-01-01T00:00:00Z")),
        (None, REFUSED), ("", REFUSED), ("2026-06-15", REFUSED), ("2026-06-15T09:30:00", REFUSED), ("soon", REFUSED),
        ("1970-01-01T00:00:00Z", REFUSED), ("9999-12-31T23:59:59-14:00", REFUSED), ("2026-02-30T00:00:00Z", REFUSED),
        ("x" * 100_000, REFUSED), (1781515800, REFUSED), ([], REFUSED),
    ],
    "recipients": [
        ([], ()), (["a@customer.example", "b"], ("a@customer.example", "b")), (None, None), ("a", REFUSED),
        ({}, REFUSED), ([None], REFUSED), ([7], REFUSED),
    ],
}  # fmt: skip
#: Value → (its key in the desk's serializers, how it is read).
FOLLOW_UP: dict[str, tuple[str, str]] = {
    "id": ("id", "number!"), "ticket": ("ticket", "number"), "date": ("date", "date!"), "user": ("user", "number"),
    "title": ("title", "text"), "comment": ("comment", "text"), "public": ("public", "flag"),
    "new_status": ("new_status", "number"), "message_id": ("message_id", "text"),
    "recipients": ("email_recipients", "recipients"),
}  # fmt: skip
TICKET: dict[str, tuple[str, str]] = {
    "id": ("id", "number!"), "queue": ("queue", "number!"), "title": ("title", "text"),
    "description": ("description", "text"), "resolution": ("resolution", "text or none"),
    "customer": ("submitter_email", "text"), "agent": ("assigned_to", "number"), "status": ("status", "number!"),
    "on_hold": ("on_hold", "flag"), "merged_to": ("merged_to", "number"),
}  # fmt: skip
HOOK: dict[str, tuple[str, str]] = {"queue_slug": ("queue_slug", "text"), "follow_up": ("followup_id", "number")}
LEAST: dict[type[Any], dict[str, Any]] = {
    FollowUp: {"id": 1, "date": DATE},
    Ticket: {"id": 1, "queue": 2, "status": 1, "followup_set": []},
    Hook: {"ticket": {"id": 1, "queue": 2, "status": 1, "followup_set": []}},
}
READERS: dict[type[Any], Callable[[Any], Any]] = {
    FollowUp: payloads.read_follow_up,
    Ticket: payloads.read_ticket,
    Hook: lambda told: payloads.read_hook(json.dumps(told).encode()),
}
SHAPES = {FollowUp: FOLLOW_UP, Ticket: TICKET, Hook: HOOK}
FIELDS = [(made, name, *where) for made, shape in SHAPES.items() for name, where in shape.items()]


def values(found: Any) -> dict[str, Any]:
    return {one.name: getattr(found, one.name) for one in dataclasses.fields(found)}


@pytest.mark.parametrize(
    ("made", "others"), [(FollowUp, set()), (Ticket, {"follow_ups", "custom"}), (Hook, {"ticket"})]
)
def test_the_tables_have_a_row_for_every_value(made: type[Any], others: set[str]) -> None:
    assert {one.name for one in dataclasses.fields(made)} == set(SHAPES[made]) | others


@pytest.mark.parametrize("made", SHAPES)
def test_the_least_is_read_and_everything_else_is_nothing(made: type[Any]) -> None:
    found = values(READERS[made](LEAST[made]))
    assert {name: found[name] for name, (key, _) in SHAPES[made].items() if key not in LEAST[made]} == {
        name: {"number": None, "text": "", "text or none": None, "flag": False, "recipients": None}[read]
        for name, (key, read) in SHAPES[made].items()
        if key not in LEAST[made]
    }


@pytest.mark.parametrize("made", SHAPES)
def test_without_any_one_of_the_least_it_cannot_be_read_and_the_key_is_named(made: type[Any]) -> None:
    for key in LEAST[made]:
        with pytest.raises(Unreadable, match=f"{key}: Missing data"):
            READERS[made]({name: value for name, value in LEAST[made].items() if name != key})


@pytest.mark.parametrize(("made", "name", "key", "read"), FIELDS)
def test_each_key_is_its_value_and_no_other(made: type[Any], name: str, key: str, read: str) -> None:
    plain = values(READERS[made](LEAST[made]))
    for told, value in READ[read]:
        row = {**LEAST[made], key: told}
        if value is REFUSED:
            with pytest.raises(Unreadable, match=f"not what django-helpdesk sends: (ticket\\.)?{key}"):
                READERS[made](row)
        else:
            assert values(READERS[made](row)) == {**plain, name: value}, told


@pytest.mark.parametrize("told", [None, 7, "x", [], True])
def test_what_is_no_object_cannot_be_read(told: Any) -> None:
    for reader in READERS.values():
        with pytest.raises(Unreadable, match="not what django-helpdesk sends"):
            reader(told)
    with pytest.raises(Unreadable, match="ticket"):
        payloads.read_hook(json.dumps({"ticket": told}).encode())


@pytest.mark.parametrize("told", [None, 7, "x", {}, [None], [7], [{}], [{"id": 1}], [{"id": 1, "date": None}]])
def test_a_history_that_is_none_makes_the_ticket_unreadable(told: Any) -> None:
    with pytest.raises(Unreadable, match="followup_set"):
        payloads.read_ticket({**LEAST[Ticket], "followup_set": told})


def test_a_history_has_a_most() -> None:
    with pytest.raises(Unreadable, match="followup_set: Longer than maximum length 10000"):
        payloads.read_ticket({**LEAST[Ticket], "followup_set": [LEAST[FollowUp]] * 10_001})


def test_a_history_is_in_the_order_of_its_dates_then_of_its_numbers() -> None:
    told = [(3, "2026-06-15T11:30:00+02:00"), (2, DATE), (9, "2026-06-15T09:29:59Z"), (1, "2026-06-15T09:30:00.5Z")]
    history = [{"id": id_, "date": date} for id_, date in told]
    found = payloads.read_ticket({**LEAST[Ticket], "followup_set": history})
    assert [one.id for one in found.follow_ups] == [9, 2, 3, 1]


@pytest.mark.parametrize(
    ("told", "custom"),
    [
        ({}, {}), ({"custom_a": 1}, {"a": 1}), ({"custom_": 1}, {"": 1}),
        ({"custom_custom_a": None}, {"custom_a": None}),
        ({"a": 1, "customer": 2, "Custom_a": 3}, {}), ({"custom": {"a": 1}}, {}),
        ({"custom_a": {"b": []}}, {"a": {"b": []}}),
    ],
)  # fmt: skip
def test_custom_fields_are_the_keys_with_their_prefix(told: dict[str, Any], custom: dict[str, Any]) -> None:
    assert payloads.read_ticket({**LEAST[Ticket], **told}).custom == custom


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("north", "north"), ("", None), (None, None), (7, "7"), (1.5, "1.5"), (True, "true"), ("é🙂", "é🙂"),
        ("2026-06-15", "2026-06-15"), ("x" * 5000, ...), ([1], ...), ({"a": 1}, ...), ("a\0b", ...), (2**70, ...),
    ],
)  # fmt: skip
def test_a_custom_field_tells_tickets_apart_where_it_holds_one_short_value(value: Any, kept: Any) -> None:
    fields = present(read(ticket(by_form(), custom_region=value, custom_shop="a"))).get("fields", {})
    assert fields.get("region", ...) == kept
    assert fields["shop"] == "a"


@pytest.mark.parametrize("name", ["channel", "tags", "csat", "ces", "nps", "deskpulse_channel", "deskpulse_"])
def test_a_field_of_ours_or_read_as_something_else_tells_no_tickets_apart(name: str) -> None:
    assert name not in present(read(ticket(by_form(), **{f"custom_{name}": "email"}))).get("fields", {})


def test_a_huge_ticket_is_read() -> None:
    history = [by_form(), *(entry(600 + n, n + 1, "x" * 1000) for n in range(500))]
    reading = read(ticket(*history, **{f"custom_{n}": f"v{n}" for n in range(200)}))
    assert len([one for one in reading.events if one.type == "message.sent"]) == 501
    assert len(present(reading)["fields"]) >= 200


@pytest.mark.parametrize("body", [b"", b" ", b"nul", b"{", b"\xff", hook(ticket(by_form()))[:-1], b"[" * 100_000])
def test_a_body_that_is_no_json_says_so(body: bytes) -> None:
    with pytest.raises(Unreadable, match="the body is not JSON"):
        payloads.read_hook(body)
