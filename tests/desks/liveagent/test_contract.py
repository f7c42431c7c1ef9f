"""LiveAgent fulfils what every desk must."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from integrations.base import Access, Call
from integrations.liveagent.webhook import LiveAgent
from integrations.session import Session
from integrations.times import DAY, Instant
from tests.desks.contract import NOW, DeskContract, Way, Written
from tests.desks.liveagent.world import ZAGREB, Office, at

_EVENTS = (
    "ticket.created", "ticket.status_changed", "ticket.transferred", "ticket.tags_changed", "message.group_added",
    "chat.started", "call.started", "ticket.overdue",
)  # fmt: skip


class _Desk:
    """The simulated desk as the contract sees it."""

    def __init__(self, office: Office, session: Session) -> None:
        self.office = office
        self.session = session
        letter = office.letter(at("06-10 09:00"))
        office.answered(letter, at("06-10 09:30"))
        office.world.set_tags(letter, at("06-10 09:31"), [office.world.add_tag("vip")])
        other = office.letter(at("06-11 09:00"))
        office.world.rate(other, at("06-11 10:00"), office.eva, "R", "Fine")
        self.ticket = letter.id
        self.since: Instant = NOW - 100 * DAY

    def written(self) -> Written:
        """What stands in the simulator."""
        simulator = self.office.simulator
        tickets = [one for one in simulator.world.tickets if one not in simulator.summaries()]
        return Written(
            tags={ticket: simulator.tags(ticket) for ticket in tickets},
            fields={ticket: simulator.fields(ticket) for ticket in tickets},
            notes={ticket: tuple(simulator.notes(ticket)) for ticket in tickets},
            summaries=simulator.summaries(),
        )

    def lose_next_answer(self) -> None:
        """Whatever is written next is done and not answered."""
        self.office.simulator.trouble.lose_next_write()


class TestLiveAgent(DeskContract):
    desk = LiveAgent()

    def ways(self) -> Sequence[Way]:
        def in_header(body: bytes, secret: bytes, now: Instant) -> Call:
            return Call(body=body, headers={"x-plugin-token": secret.decode()}, query={}, received_at=now)

        def in_query(body: bytes, secret: bytes, now: Instant) -> Call:
            return Call(body=body, headers={}, query={"token": secret.decode()}, received_at=now)

        return (
            Way("token in the query", in_query, ("?token",), covers_body=False),
            Way("token in a header", in_header, ("x-plugin-token",), covers_body=False),
        )

    def samples(self) -> Mapping[str, Call]:
        hints = {name: {"event": name} for name in _EVENTS}
        hints |= {
            f"survey.submitted {rating}": {"event": "survey.submitted", "rating": rating}
            for rating in ("reward", "punishment")
        }
        ids = {"ticket_id": "tk0931", "ticket_code": "QRS-TUV-007"}
        return {name: self.call(json.dumps({**hint, **ids}).encode()) for name, hint in hints.items()}

    def access(self) -> Access:
        return Access(url="https://acme.ladesk.example", credentials={}, zone=ZAGREB)

    @contextmanager
    def served(self) -> Iterator[_Desk]:
        office = Office(now=NOW)
        office.simulator.api.limit_per_minute = 1000  # the contract asks for more in a minute than an account would
        with office.open() as session:
            yield _Desk(office, session)
