"""Present values become events only where the dated facts do not explain them."""

from __future__ import annotations

from typing import Any

from integrations.base import Present
from tests.workers.stories import at, created, sent, status, ticket_of, told
from workers.observing import observed


def present(values: dict[str, Any], **more: Any) -> Present:
    """What the desk says at minute 60."""
    return Present("T1", at(60), values, **more)


def test_what_the_facts_explain_is_no_event() -> None:
    ticket = ticket_of(created(agent="eva", department="sales", tags=["a"], fields={"x": "1"}), status("open", 5))
    values = {
        "status": "open",
        "agent": "eva",
        "department": "sales",
        "channel": "email",
        "tags": ["a"],
        "fields": {"x": 1},
    }
    assert list(observed(present(values), ticket)) == []


def test_each_value_that_differs_is_one_observed_event() -> None:
    values = {"status": "resolved", "agent": None, "department": "x", "tags": ["b"], "fields": {"y": "2"}}
    events = list(observed(present(values), ticket_of(created(agent="eva"))))
    assert [event.type for event in events] == [
        "status.changed", "ticket.assigned", "ticket.moved", "ticket.tagged", "ticket.updated",
    ]  # fmt: skip
    assert all(event.observed for event in events)


def test_it_is_dated_by_the_desks_time_for_the_value_else_updated_at_else_when_we_asked() -> None:
    values = {"status": "resolved", "agent": "max"}
    dated = present(values, times={"status": at(10)}, updated_at=at(20))
    assert [event.at for event in observed(dated, ticket_of(created()))] == [at(10), at(20)]
    assert {event.at for event in observed(present(values), ticket_of(created()))} == {at(60)}


def test_a_status_older_than_the_last_one_known_is_stale() -> None:
    ticket = ticket_of(created(), status("open", 5), status("resolved", 30))
    assert list(observed(present({"status": "open"}, updated_at=at(10)), ticket)) == []
    assert len(list(observed(present({"status": "open"}, updated_at=at(40)), ticket))) == 1


def test_a_second_refresh_adds_nothing() -> None:
    history = [created(), sent(5)]
    told_now = present({"status": "resolved", "agent": "max"})
    events = list(observed(told_now, ticket_of(*history)))
    assert list(observed(told_now, ticket_of(*history, *events))) == []


def test_a_ticket_that_is_gone_is_observed_deleted() -> None:
    (gone,) = observed(present({"status": "deleted"}), ticket_of(created(), told("ticket.assigned", 1, agent="eva")))
    assert (gone.type, gone.data) == ("status.changed", {"status": "deleted"})
