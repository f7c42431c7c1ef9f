"""Every action on the bridge times every way of failing, and a bridge's past folded into what its desk holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import DeskpulseError, Refused, Rejected, Retry, Skip
from integrations.events import Event
from integrations.generic.simulator import Simulator
from integrations.session import NoGate, Session
from integrations.times import DAY, HOUR, SECOND, Instant, instant_of_iso, iso
from tests.desks.contract import NOW
from tests.desks.failing import MATRIX, WRITES, WRITING, FailingContract
from tests.desks.test_generic import GENERIC, SECRET, access
from tests.desks.wired import BROKEN, HOST, LIE, LIMITED, NONSENSE, TIMEOUT, Fault, Wire, wired
from tests.tries import tries
from workers.observing import observed
from workers.tickets import Ticket, fold

TICKET = "T-0001"


@dataclass(frozen=True)
class Standing:
    """A bridge to a desk with one day behind it, and a session to it."""

    bridge: Simulator
    wire: Wire
    session: Session

    def state(self) -> dict[str, Any]:
        """Everything that an action could have changed, in every ticket."""
        held = self.bridge.tickets.items()
        tickets = {id_: (set(one.tags), dict(one.fields), list(one.notes), one.status) for id_, one in held}
        return {"tickets": tickets, "summaries": {id_: dict(one) for id_, one in self.bridge.summaries.items()}}


@contextmanager
def standing(seed: int = 7, *, now: Instant = NOW, days: int = 1) -> Iterator[Standing]:
    bridge = Simulator(seed)
    bridge.history(days, now)
    bridge.connect("", SECRET.decode())
    bridge.clock = lambda: now
    bridge.life.tickets[TICKET].tags.add("deskpulse-low")
    with wired(bridge.app) as wire, Session(access(HOST), NoGate(), clock=lambda: now / SECOND) as session:
        yield Standing(bridge, wire, session)
    assert bridge.refused == []


class TestFailing(FailingContract):
    desk = GENERIC
    ticket = TICKET
    requests = dict.fromkeys(WRITES, "POST /actions")
    looks = None  #: the bridge looks for us
    permissions: ClassVar = {}

    def standing(self) -> Any:
        return standing()

    def error(self, write: str, fault: Fault) -> type[DeskpulseError] | None:
        """The protocol takes an empty 200 for "done"."""
        return None if fault is LIE else WRITING[fault]

    @MATRIX
    def test_only_what_was_asked_for_changes(self, write: str) -> None:
        with standing() as desk:
            before = desk.state()
            GENERIC.apply(self.action(write), desk.session)
            after = desk.state()
        changed = {id_ for id_, held in after["tickets"].items() if held != before["tickets"][id_]}
        assert changed == (set() if write == "a summary" else {TICKET})
        assert len(after["summaries"]) == (write == "a summary")


CONTRACT = TestFailing()


@pytest.mark.parametrize("status", [405, 501])
@MATRIX
def test_a_bridge_may_say_that_its_desk_has_nothing_of_the_kind(write: str, status: int) -> None:
    with standing() as desk:
        before = desk.state()
        desk.wire.spoil(Fault("none of that", done=False, answer=(status, {}, b"")), "POST /actions")
        with pytest.raises(Skip, match="does not do"):
            GENERIC.apply(CONTRACT.action(write), desk.session)
        assert desk.state() == before


@pytest.mark.parametrize(
    ("body", "object_id", "changed"),
    [
        (b"", None, True), (b"{}", None, True), (b'{"id": null, "changed": null}', None, True),
        (b'{"id": 41}', "41", True), (b'{"id": "s-1", "changed": false}', "s-1", False),
        (b'{"changed": 0}', None, True),
    ],
)  # fmt: skip
def test_what_the_bridge_says_it_did_is_taken_at_its_word(body: bytes, object_id: str | None, changed: bool) -> None:
    with standing() as desk:
        desk.wire.spoil(Fault("its words", done=False, answer=(200, {}, body)), "POST /actions")
        done = GENERIC.apply(CONTRACT.action("a summary"), desk.session)
    assert (done.object_id, done.changed) == (object_id, changed)


@pytest.mark.parametrize("body", [b"[]", b'"done"', b"7", b'{"id": []}', b'{"id": {}}', b'{"id": 1.5}'])
def test_what_is_no_answer_to_an_action_is_given_up(body: bytes) -> None:
    with standing() as desk:
        desk.wire.spoil(Fault("nonsense", done=False, answer=(200, {}, body)), "POST /actions")
        with pytest.raises(Rejected, match="bridge's answer"):
            GENERIC.apply(CONTRACT.action("a note"), desk.session)


@pytest.mark.parametrize("fault", [BROKEN, LIMITED, TIMEOUT, NONSENSE], ids=str)
def test_a_backfill_cut_off_goes_on_from_the_last_cursor(fault: Fault) -> None:
    with standing(days=6) as desk:
        whole = [
            event.id for page in GENERIC.backfill(desk.session, since=NOW - 30 * DAY) for event in page.reading.events
        ]
        pages = GENERIC.backfill(desk.session, since=NOW - 30 * DAY)
        first = next(pages)
        desk.wire.spoil(fault, "GET /events")
        with pytest.raises(Retry):
            next(pages)
        rest = list(GENERIC.backfill(desk.session, since=NOW - 30 * DAY, cursor=first.cursor))
    told = [event.id for page in (first, *rest) for event in page.reading.events]
    assert told == whole
    assert rest[-1].cursor is None


@pytest.mark.parametrize(
    ("url", "secret", "error"), [(HOST, "wrong", Refused), (HOST, "", Refused), ("", SECRET.decode(), None)]
)
def test_connecting_needs_the_secret_where_there_is_a_bridge(
    url: str, secret: str, error: type[DeskpulseError] | None
) -> None:
    with standing() as desk:
        account = replace(desk.session.access, url=url, credentials={"secret": secret})
        with Session(account, NoGate()) as session:
            if error is None:
                installed = GENERIC.install(session, webhook_url="https://us.example/hook", secret="s")
                assert "nothing is written back" in installed.by_hand[-1]
            else:
                with pytest.raises(error):
                    GENERIC.install(session, webhook_url="https://us.example/hook", secret="s")
        assert len(desk.bridge.refused) == (error is not None)
        desk.bridge.refused.clear()


# ---------------------------------------------------------------------------------------------- the past


def folded(desk: Standing, events: list[Event]) -> dict[str, Ticket]:
    """Each ticket of the events after its refresh, with what only its present values tell."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        found[event.ticket].append(event)
    for ticket, own in found.items():
        reading = GENERIC.refresh(ticket, desk.session)
        own += reading.events
        for present in reading.present:
            own += observed(present, fold(ticket, own))
    return {ticket: fold(ticket, own) for ticket, own in found.items()}


@given(seed=st.integers(0, 10**6))
@settings(max_examples=tries(1 / 6))
def test_any_past_that_is_backfilled_is_what_the_desk_holds(seed: int) -> None:
    with standing(seed) as desk:
        pages = list(GENERIC.backfill(desk.session, since=NOW - 30 * DAY))
        tickets = folded(desk, [event for page in pages for event in page.reading.events])
    assert tickets.keys() == desk.bridge.tickets.keys()
    for id_, held in desk.bridge.tickets.items():
        told = tickets[id_]
        assert (told.status, told.agent) == (held.status, held.agent)
        assert set(told.tags) == held.tags - {"deskpulse-low"}
        answered = [line["score"] for line in held.lines if line["type"] == "survey.answered"]
        assert [answer.score for answer in told.answers] == answered


@given(seed=st.integers(0, 10**6), hours=st.integers(0, 24))
@settings(max_examples=tries(1 / 6))
def test_what_changed_since_any_moment_is_told_and_nothing_older(seed: int, hours: int) -> None:
    since = NOW - hours * HOUR
    with standing(seed) as desk:
        told = {event.ticket for page in GENERIC.backfill(desk.session, since=since) for event in page.reading.events}
    assert told == {id_ for id_, held in desk.bridge.tickets.items() if held.changed_at >= since}


@pytest.mark.parametrize("change", ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"])
@pytest.mark.parametrize("offset", ["+00:00", "+01:00", "+02:00", "-07:00"])
def test_a_time_with_any_offset_is_one_moment_around_both_clock_changes(change: str, offset: str) -> None:
    moment = instant_of_iso(change)
    for wait in (-HOUR, -SECOND, 0, SECOND, HOUR):
        hours = int(offset[:3])
        written = iso(moment + wait + hours * HOUR).removesuffix("Z") + offset
        with standing(now=moment + DAY) as desk:
            answer = b'{"present": {"status": "open", "updated_at": "%s"}}' % written.encode()
            desk.wire.spoil(Fault("its words", done=False, answer=(200, {}, answer)), "GET /tickets/.*")
            (present,) = GENERIC.refresh(TICKET, desk.session).present
        assert present.updated_at == moment + wait
