"""The contract's part on the way to the desk: no request to a private address, none beside the account's budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch

import pytest
import requests

from integrations.actions import Action, AddNote, AddTag, PutSummary, Section, SetField
from integrations.base import Desk
from integrations.errors import GiveUp, RateLimited
from integrations.session import NoGate, Session
from tests.desks.hooks import DeskHooks, Served
from tests.desks.watch import io_seen

_PRIVATE = (
    "https://127.0.0.1:1", "http://169.254.169.254", "https://[::ffff:127.0.0.1]:1", "https://[64:ff9b::7f00:1]:1",
    "https://100.64.0.1:1", "http://[::1]:1", "https://10.0.0.7",
)  # fmt: skip
_WAIT = 17.0


@dataclass
class _Budget:
    """Counts what is booked, and allows so many requests."""

    most: int = 10_000
    booked: int = 0

    def take(self, requests: int) -> None:
        if self.booked + requests > self.most:
            raise RateLimited("the budget is used up", after=_WAIT)
        self.booked += requests

    def hold(self, seconds: float) -> None:
        """The simulated desk does not say 429 here."""


@dataclass
class _Sent:
    """The requests that left, as METHOD and address."""

    lines: list[str] = field(default_factory=list)


@contextmanager
def _watched() -> Iterator[_Sent]:
    sent, send = _Sent(), requests.Session.send

    def watching(self: requests.Session, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        sent.lines.append(f"{request.method} {request.url}")
        return send(self, request, **more)

    with patch.object(requests.Session, "send", watching):
        yield sent


class ReachingContract(DeskHooks):
    """What holds of every request that a desk's code makes, whatever it is for."""

    def test_no_connection_is_made_to_a_private_address_whatever_is_asked(self) -> None:
        with self.serving() as served:
            known, ticket, since = served.session.access, served.ticket, served.since
        for url in _PRIVATE:
            for name, ask in self._questions(ticket, since).items():
                with Session(replace(known, url=url), NoGate()) as session, io_seen() as seen, pytest.raises(GiveUp):
                    ask(session)
                assert [one for one in seen if one.startswith("socket.connect")] == [], (url, name)

    def test_every_request_is_booked_before_it_leaves(self) -> None:
        with self.serving() as served:
            for name, ask in self._questions(served.ticket, served.since).items():
                budget = _Budget()
                with _watched() as sent, self._session(served, budget) as session:
                    ask(session)
                assert sent.lines, name
                assert budget.booked >= len(sent.lines), name

    def test_without_a_budget_nothing_leaves_and_the_wait_is_said(self) -> None:
        with self.serving() as served:
            before = served.written()
            for name, ask in self._questions(served.ticket, served.since).items():
                session = self._session(served, _Budget(most=0))
                with session, _watched() as sent, pytest.raises(RateLimited) as caught:
                    ask(session)
                assert (sent.lines, caught.value.after) == ([], _WAIT), name
            assert served.written() == before

    def test_where_the_budget_ends_half_way_nothing_is_done_twice(self) -> None:
        with self.serving() as served:
            for action in self._writes(served.ticket):
                for most in range(12):
                    try:
                        self._apply(served, action, _Budget(most=most))
                    except RateLimited:
                        continue
                    break
                once = served.written()
                self._apply(served, action, _Budget())
                assert served.written() == once, action

    def test_every_request_goes_to_the_desks_own_address(self) -> None:
        with self.serving() as served:
            url = served.session.access.url.rstrip("/") + "/"
            for name, ask in self._questions(served.ticket, served.since).items():
                with _watched() as sent, self._session(served, _Budget()) as session:
                    ask(session)
                assert [line for line in sent.lines if not line.split(" ")[1].startswith(url)] == [], name

    def _session(self, served: Served, budget: _Budget) -> Session:
        known = served.session
        return Session(known.access, budget, allow_private=True, clock=known._clock)

    def _apply(self, served: Served, action: Action, budget: _Budget) -> None:
        with self._session(served, budget) as session:
            self.desk.apply(action, session)

    def _questions(self, ticket: str, since: int) -> dict[str, Callable[[Session], object]]:
        """Everything that asks the desk for something, by name."""
        desk: Desk = self.desk
        asked: dict[str, Callable[[Session], object]] = {
            "a refresh": lambda session: desk.refresh(ticket, session),
            "a back-fill": lambda session: list(desk.backfill(session, since=since)),
            "a reconciliation": lambda session: list(desk.reconcile(session, since=since)),
        }
        for action in self._writes(ticket):
            asked[type(action).__name__] = _applying(desk, action)
        return asked

    def _writes(self, ticket: str) -> list[Action]:
        can = self.desk.capabilities
        promised: list[tuple[bool, Action]] = [
            (can.tags, AddTag(ticket, "channel-sms")),
            (can.fields, SetField(ticket, "deskpulse_score", "4")),
            (can.notes, AddNote(ticket, "[deskpulse:budget]", ("One line",))),
            (can.summaries, PutSummary("deskpulse:budget", "A day", (Section("Volume", ("5 tickets",)),))),
        ]
        return [action for able, action in promised if able]


def _applying(desk: Desk, action: Action) -> Callable[[Session], object]:
    return lambda session: desk.apply(action, session)
