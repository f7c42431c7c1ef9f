"""django-helpdesk fulfils what every desk must."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from integrations.base import Access, Call
from integrations.registry import desk_named
from integrations.session import Session
from integrations.times import Instant, instant_of_iso
from tests.desks.contract import DeskContract, Way, Written
from tests.desks.django_helpdesk.samples import (
    CUSTOMER,
    EVA,
    PLUGIN,
    Simulated,
    access,
    by_form,
    by_mail,
    by_staff,
    entry,
    hook,
    simulated,
    ticket,
)


def _in_address(body: bytes, secret: bytes, now: Instant) -> Call:
    return Call(body, {"content-type": "application/json"}, {"token": secret.decode()}, now)


def _in_header(body: bytes, secret: bytes, now: Instant) -> Call:
    return Call(body, {"x-deskpulse-token": secret.decode()}, {}, now)


class _Served:
    """The simulated desk, filled, as the contract looks at it."""

    def __init__(self, simulated_desk: Simulated) -> None:
        self._simulated = simulated_desk
        desk = simulated_desk.desk
        desk.opened_by_mail("Old question", "?", customer=CUSTOMER)
        number = desk.opened_by_form("The blender hums", "At night", customer=CUSTOMER)
        desk.replied(number, "Is it old?")
        desk.noted(number, "Third one this week")
        desk.patched(number, custom_tags="vip,blender")
        desk.opened_by_api("From the phone", "Wants a call", customer=CUSTOMER)
        closed = desk.opened_by_form("Thanks", "Bye", customer=CUSTOMER)
        desk.replied(closed, "Bye", status=4)
        self.ticket = str(number)

    since: Instant = instant_of_iso("2026-01-01T00:00:00Z")

    @property
    def session(self) -> Session:
        return self._simulated.session

    def written(self) -> Written:
        desk = self._simulated.desk
        tickets = {str(number): desk.json_of(number) for number in desk.tickets}
        summaries = {id_: told for id_, told in tickets.items() if told["queue"] == 5}
        return Written(
            tags={id_: frozenset((told["custom_tags"] or "").split(",")) - {""} for id_, told in tickets.items()},
            fields={id_: _fields(told) for id_, told in tickets.items()},
            notes={id_: _notes(told) for id_, told in tickets.items()},
            summaries={id_: f"{told['title']}\n{told['description']}" for id_, told in summaries.items()},
        )

    def lose_next_answer(self) -> None:
        self._simulated.api.troubles.append("drop")


def _fields(told: Mapping[str, Any]) -> dict[str, str]:
    return {name.removeprefix("custom_"): str(value) for name, value in told.items() if name.startswith("custom_")}


def _notes(told: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(held["comment"] for held in told["followup_set"] if not held["public"])


class TestDjangoHelpdesk(DeskContract):
    desk = desk_named("django_helpdesk")

    def ways(self) -> Sequence[Way]:
        return (
            Way("address", _in_address, ("?token",), covers_body=False),
            Way("header", _in_header, ("x-deskpulse-token",), covers_body=False),
        )

    def samples(self) -> Mapping[str, Call]:
        bodies = {
            "new by form": hook(ticket(by_form())),
            "new by mail": hook(ticket(by_mail(), queue=1), queue_slug="mail"),
            "new by staff": hook(ticket(by_staff(), custom_channel="phone")),
            "resolved": hook(ticket(by_mail(), entry(502, 9, user=EVA, new_status=3), status=3), follow_up=502),
            "taken": hook(
                ticket(by_form(), entry(502, 9, "", user=EVA, public=False, title="Assigned to eva"), assigned_to=EVA),
                follow_up=502,
            ),
            "our note": hook(ticket(by_form(), entry(502, 9, user=PLUGIN, public=False)), follow_up=502),
            "answered": hook(ticket(by_form(), custom_survey_score=2, custom_survey_comment="Late")),
            "merged": hook(ticket(merged_to=9, status=5)),
        }
        return {name: self.call(body) for name, body in bodies.items()}

    def access(self) -> Access:
        return access(answers={"csat": {"field": "survey_score", "comment": "survey_comment", "scale": [1, 5]}})

    @contextmanager
    def served(self) -> Iterator[_Served]:
        with simulated(page_size=2) as desk:
            yield _Served(desk)
            assert desk.api.violations == []

    def tagged(self, tags: Sequence[str]) -> Call:
        return self.call(hook(ticket(by_form(), custom_tags=",".join(tags))))


def test_the_samples_are_what_the_desk_would_send() -> None:
    told = json.loads(hook(ticket(by_form())))
    assert set(told) == {"ticket", "queue_slug"}
    assert set(told["ticket"]["followup_set"][0]) >= {"id", "user", "date", "public", "new_status", "message_id"}
