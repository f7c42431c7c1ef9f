"""The simulated Zammad on a real socket: cut connections, answers that never come, several askers at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from integrations.actions import AddNote, AddTag, SetField
from integrations.errors import Rejected, Unavailable, Unclear
from integrations.session import NoGate, Session
from integrations.times import SECOND
from tests.desks.serving import serving
from tests.desks.zammad.office import DESK, Office, access_to, at


@pytest.fixture
def office() -> Office:
    office = Office()
    office.letter(at("10 09:00"))
    return office


@contextmanager
def reached(office: Office, *, patience: float = 5.0, allow_private: bool = True) -> Iterator[Session]:
    """A session over a socket; what it asked must have been documented."""
    with serving(office.simulator.app) as url:
        access = access_to(url, credentials=office.simulator.credentials)
        with Session(
            access,
            NoGate(),
            allow_private=allow_private,
            clock=lambda: office.now / SECOND,
            timeout=(patience, patience),
        ) as session:
            yield session
    assert office.simulator.violations == []


def test_a_ticket_is_asked_about_and_written_to(office: Office) -> None:
    with reached(office) as session:
        assert DESK.apply(AddTag("1", "channel-email"), session).changed
        assert DESK.apply(SetField("1", "csat", "2"), session).changed
        (now,) = DESK.refresh("1", session).present
    assert now.values["status"] == "new"
    assert office.world.tickets[1].tags == ["channel-email"]


def test_a_connection_that_is_cut_after_a_note_was_taken_leaves_one_note(office: Office) -> None:
    note = AddNote("1", "deskpulse:n:1", ("Call back",))
    with reached(office) as session:
        for _ in range(3):
            office.simulator.trouble.order("drop late")
        with pytest.raises(Unclear):
            DESK.apply(note, session)
        assert not DESK.apply(note, session).changed
    assert len(office.simulator.own_notes()["1"]) == 1


def test_an_answer_that_never_comes_is_given_up_in_time(office: Office) -> None:
    office.simulator.trouble.order("hang", "GET", "/api/v1/tickets/1")
    with reached(office, patience=0.2) as session:
        with pytest.raises(Unavailable, match="did not answer GET"):
            DESK.refresh("1", session)
        office.simulator.trouble.released.set()
        assert DESK.refresh("1", session).events


def test_a_desk_in_a_private_network_is_not_asked_unless_that_is_allowed(office: Office) -> None:
    with reached(office, allow_private=False) as session, pytest.raises(Rejected, match="private network"):
        DESK.refresh("1", session)
    assert office.api.asked == []


def test_several_who_tag_one_ticket_at_once_lose_nothing(office: Office) -> None:
    tags = [f"channel-{name}" for name in ("email", "chat", "sms", "voice", "social", "api")]
    with reached(office) as session, ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda tag: _alone(session, tag), tags))
    assert done == [True] * len(tags)
    assert sorted(office.world.tickets[1].tags) == sorted(tags)


def _alone(session: Session, tag: str) -> bool:
    with Session(session.access, NoGate(), allow_private=True) as own:
        return DESK.apply(AddTag("1", tag), own).changed
