"""Zammad fulfils what every desk must."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from integrations.base import Access, Call
from integrations.session import Session
from integrations.times import DAY, Instant
from integrations.zammad.simulated_world import CUSTOM
from tests.desks.contract import NOW, DeskContract, Way, Written
from tests.desks.zammad.office import CLOSED, DESK, OPEN, Office, access_to, article, at, body, signed, ticket, user


class _Served:
    """The simulated desk, filled, as the contract looks at it."""

    def __init__(self, office: Office, session: Session) -> None:
        self.office = office
        self.session = session
        first = office.letter(at("10 09:00"), region="north")
        office.world.say(first, at("10 09:30"), office.eva, state=OPEN, owner=office.eva.id)
        office.world.tag(first, at("10 09:31"), office.eva.id, "vip")
        other = office.world.open(at("11 09:00"), office.kim, type_="phone")
        office.world.change(other, at("11 09:05"), office.ivo.id, state=CLOSED)
        office.world.open(at("12 09:00"), office.kim, type_="web", group=2)
        self.ticket = str(first.id)
        self.since: Instant = NOW - 100 * DAY

    def written(self) -> Written:
        """What stands in the simulator."""
        simulator = self.office.simulator
        tickets = simulator.tickets()
        return Written(
            tags={id_: frozenset(one.tags) for id_, one in tickets.items()},
            fields={
                id_: {name: one.values[name] for name in CUSTOM if one.values[name] is not None}
                for id_, one in tickets.items()
            },
            notes={id_: tuple(simulator.notes(id_)) for id_ in tickets},
            summaries=simulator.summaries(),
        )

    def lose_next_answer(self) -> None:
        """Whatever is written next is done and not answered."""
        self.office.simulator.trouble.order("drop late")


class TestZammad(DeskContract):
    desk = DESK

    def ways(self) -> Sequence[Way]:
        return (Way("HMAC-SHA1 of the body", signed, ("x-hub-signature",)),)

    def samples(self) -> Mapping[str, Call]:
        closed = ticket(state="closed", state_id=CLOSED, owner=user(17, "Eva", "Novak"))
        slim = {name: value for name, value in closed.items() if not isinstance(value, dict)}
        bodies = {
            "default payload": body(slim, article(created_by=17)),
            "closed without an article": body({**slim, "group": {"id": 3, "name": "Blenders"}}),
            "by its ids": json.dumps({"ticket": {"id": "612"}, "article": {"id": "-"}}).encode(),
            "a notification": json.dumps({"ticket": "20612", "link": "https://d.example/#ticket/zoom/612"}).encode(),
        }
        return {name: self.call(told) for name, told in bodies.items()}

    def access(self) -> Access:
        return access_to()

    @contextmanager
    def served(self) -> Iterator[_Served]:
        office = Office()
        with office.open(options={"page_size": 2}) as session:
            yield _Served(office, session)
