"""Bodies as django-helpdesk 2.6.1 sends them, built from what a test wants to say; and sessions to a simulated one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from integrations.base import Access, Call, Reading
from integrations.django_helpdesk.simulated_api import Api
from integrations.django_helpdesk.simulator import Simulator
from integrations.django_helpdesk.webhook import DjangoHelpdesk
from integrations.events import Event
from integrations.session import NoGate, Session
from integrations.times import SECOND, Instant, instant_of_iso, iso
from tests.desks.hooks import NOW
from tests.desks.serving import serving

DESK = DjangoHelpdesk()
SECRET = b"a-secret-in-the-address"
#: The number of Deskpulse's own user in every sample, and of two agents.
PLUGIN, EVA, IVO = 3, 11, 12
CUSTOMER = "mara@customer.example"
OPENED = instant_of_iso("2026-06-15T09:30:00.250000Z")
MAIL = "<c41.7@customer.example>"


def at(minutes: int) -> Instant:
    """So many minutes after the ticket was opened."""
    return OPENED + minutes * 60 * SECOND


def entry(id_: int, minutes: int, comment: str | None = "Words", **changes: Any) -> dict[str, Any]:
    """One follow-up: public, by nobody with an account, unless said otherwise."""
    return {
        "id": id_,
        "ticket": 204,
        "user": None,
        "title": "The blender hums",
        "comment": comment,
        "public": True,
        "new_status": None,
        "time_spent": None,
        "followupattachment_set": [],
        "date": iso(at(minutes)),
        "message_id": None,
        "email_recipients": [CUSTOMER],
        **changes,
    }


def by_form(**changes: Any) -> dict[str, Any]:
    """The follow-up that opens a ticket in the public form."""
    return entry(501, 0, "It hums at night", **{"title": "Ticket Opened Via Web", **changes})


def by_mail(**changes: Any) -> dict[str, Any]:
    """The follow-up that opens a ticket by mail."""
    said = {"title": f"E-Mail Received from {CUSTOMER}", "message_id": MAIL}
    return entry(501, 0, "It hums at night\n", **{**said, **changes})


def by_staff(**changes: Any) -> dict[str, Any]:
    """The follow-up that opens a ticket through the API or in the agents' form."""
    return entry(501, 0, "It hums at night", **{"user": EVA, "title": "Ticket Opened", **changes})


def ticket(*history: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """One ticket with its history and the custom fields of a desk that has a few."""
    return {
        "id": 204,
        "queue": 2,
        "title": "The blender hums",
        "description": "It hums at night",
        "resolution": None,
        "submitter_email": CUSTOMER,
        "assigned_to": None,
        "status": 1,
        "on_hold": False,
        "priority": 3,
        "due_date": None,
        "merged_to": None,
        "followup_set": list(history),
        "custom_channel": None,
        "custom_tags": None,
        "custom_csat": None,
        "custom_region": None,
        **changes,
    }


def hook(told: Mapping[str, Any], *, follow_up: int | None = None, queue_slug: str = "shop") -> bytes:
    """The body of a webhook about that ticket; without a follow-up it is new."""
    body = {"ticket": told, "queue_slug": queue_slug} | ({} if follow_up is None else {"followup_id": follow_up})
    return json.dumps(body).encode()


def call(body: bytes, *, received_at: Instant = NOW, query: Mapping[str, str] | None = None) -> Call:
    """The call that brings the body, with the secret in its address."""
    asked = {"token": SECRET.decode()} if query is None else query
    headers = {"content-type": "application/json", "user-agent": "python-requests/2.34.2"}
    return Call(body=body, headers=headers, query=asked, received_at=received_at)


def access(url: str = "https://desk.example", **options: Any) -> Access:
    """How the account is read: Deskpulse's own user is number 3 and has a token."""
    return Access(
        url=url,
        credentials={"token": "token-of-deskpulse"},
        zone=ZoneInfo("UTC"),
        author=str(PLUGIN),
        options=options,
        account="acme",
    )


def read(told: Mapping[str, Any], *, follow_up: int | None = None, queue_slug: str = "shop", **options: Any) -> Reading:
    """What is read from a webhook about that ticket."""
    body = hook(told, follow_up=follow_up, queue_slug=queue_slug)
    return DESK.parse(call(body), access(**options))


def of_type(reading: Reading, type_: str) -> list[Event]:
    """The events of that type."""
    return [event for event in reading.events if event.type == type_]


def present(reading: Reading) -> Mapping[str, Any]:
    """The present values of the one ticket."""
    (now,) = reading.present
    return now.values


@dataclass(frozen=True)
class Simulated:
    """A simulated desk on a socket and a session to it."""

    desk: Simulator
    api: Api
    session: Session
    url: str

    def to(self, **options: Any) -> Session:
        """Another session, with these options of the account."""
        return Session(access(self.url, **options), NoGate(), allow_private=True)


@contextmanager
def simulated(*, token: str = "token-of-deskpulse", **options: Any) -> Iterator[Simulated]:
    """A simulated desk with no tickets; queue 5 takes the summaries."""
    desk = Simulator()
    api = Api(desk)
    with serving(api.app()) as url:
        options.setdefault("summary_queue", 5)
        allowed = Access(url, {"token": token}, ZoneInfo("UTC"), author=str(PLUGIN), options=options, account="acme")
        with Session(allowed, NoGate(), allow_private=True, timeout=(2.0, 5.0)) as session:
            yield Simulated(desk, api, session, url)
