"""Where things are in LiveAgent: an id cannot lead elsewhere, and a cursor is ours or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from integrations.base import Access
from integrations.errors import Gone, Rejected
from integrations.liveagent.client import Client
from integrations.session import NoGate, Session
from integrations.times import DAY
from tests.desks.liveagent.world import DESK, NOW, ZAGREB, Office, at

BASE = "https://acme.ladesk.example"
ASKS: dict[str, tuple[str, str, str, Callable[[Client, str], object]]] = {
    "a ticket": ("GET", "/api/v3/tickets/{}", "", lambda client, id_: client.ticket(id_)),
    "its history": ("GET", "/api/v3/tickets/{}", "/history", lambda client, id_: client.history(id_)),
    "its messages": ("GET", "/api/v3/tickets/{}", "/messages", lambda client, id_: client.groups(id_)),
    "a change": ("PUT", "/api/v3/tickets/{}", "", lambda client, id_: client.update(id_, {"subject": "x"})),
    "a tag": ("POST", "/api/conversations/{}", "/tags", lambda client, id_: client.add_tag(id_, "vip")),
    "a note": ("POST", "/api/conversations/{}", "/messages", lambda client, id_: client.add_note(id_, "x")),
}
ESCAPED = {
    "k3v9w1qa": "k3v9w1qa", "MNB-VCX-123": "MNB-VCX-123", "a/b": "a%2Fb", "../tags": "..%2Ftags", "a?b=1": "a%3Fb%3D1",
    "a#b": "a%23b", "%2e%2e": "%252e%252e", "a b": "a%20b", "é": "%C3%A9", "1;2": "1%3B2", "a\\b": "a%5Cb",
}  # fmt: skip


@pytest.fixture
def client() -> Iterator[Client]:
    account = Access(url=BASE, credentials={"v3_key": "k3", "v1_key": "k1"}, zone=ZAGREB)
    with Session(account, NoGate()) as session:
        yield Client(session)


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("id_", ESCAPED)
def test_an_id_stays_in_its_place_in_the_address(client: Client, ask: str, id_: str) -> None:
    method, folder, rest, work = ASKS[ask]
    with responses.RequestsMock() as wire:
        wire.add(method, BASE + folder.format(ESCAPED[id_]) + rest, status=404)
        with pytest.raises(Gone):
            work(client, id_)
        assert str(wire.calls[0].request.url).partition("?")[0] == BASE + folder.format(ESCAPED[id_]) + rest


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("dots", ["", ".", ".."])
def test_an_id_that_would_lead_elsewhere_is_no_ticket_and_nothing_is_asked(client: Client, ask: str, dots: str) -> None:
    with responses.RequestsMock() as wire:
        with pytest.raises(Gone):
            ASKS[ask][3](client, dots)
        assert len(wire.calls) == 0


@pytest.mark.parametrize("id_", ["..", ".", "", "no such one", "x?y", "x#y"])
def test_a_refresh_of_what_can_be_no_ticket_is_a_deleted_one(id_: str) -> None:
    with Office().open() as session:
        reading = DESK.refresh(id_, session)
    assert (reading.events, reading.refresh) == ((), ())
    assert [(now.ticket, now.values) for now in reading.present] == [(id_, {"status": "deleted"})]


# ---------------------------------------------------------------------------------------------- cursors

STRANGE = (
    "x", "||", "tickets", "tickets|2026-06-10 09:00:00", "tickets|2026-06-10 09:00:00|", "other|2026-06-10 09:00:00|1",
    "tickets|yesterday|1", "tickets||1", "ratings|garbage|0", "ratings|2026-06-10 09:00:00|²", "tickets|2026-06-10|1",
    "ratings|2026-06-10 09:00:00|-1", "ratings|2026-02-30 09:00:00|0", "ratings|0001-01-01 00:00:00|0",
    "ratings|9999-12-31 23:59:59|0", "tickets|2026-06-10 09:00:00|1|1", "tickets|2026-06-10 9:00:00 |1",
    "tickets|2026-06-10 09:00:00|" + "9" * 40, " tickets|2026-06-10 09:00:00|1",
)  # fmt: skip


@pytest.mark.parametrize("cursor", STRANGE)
def test_a_cursor_that_is_none_of_ours_is_refused_before_anything_is_asked(cursor: str) -> None:
    office = Office()
    with office.open() as session, pytest.raises(Rejected, match="start the back-fill again"):
        next(DESK.backfill(session, since=NOW - DAY, cursor=cursor))
    assert office.simulator.api.requests == []


@given(
    st.from_regex(r"(tickets|ratings)\|[0-9: -]{19}\|[0-9]{0,12}", fullmatch=True) | st.text(min_size=1, max_size=30)
)
def test_any_cursor_is_a_place_or_refused(cursor: str) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.get(f"{BASE}/api/v3/tickets", json=[])
        wire.get(f"{BASE}/api/v3/agents", json=[])
        wire.get(f"{BASE}/api/reports/ranking", json={"response": {"ranks": []}})
        account = Access(url=BASE, credentials={}, zone=ZAGREB)
        with Session(account, NoGate(), clock=lambda: NOW / 1_000_000) as session:
            try:
                page = next(DESK.backfill(session, since=NOW - DAY, cursor=cursor))
            except Rejected:
                return
    assert page.reading.events == ()


def test_every_cursor_that_is_given_is_taken_again_however_far_back_the_past_goes() -> None:
    office = Office()
    office.letter(at("06-10 09:00"))
    with office.open() as session:
        whole = list(DESK.backfill(session, since=NOW - 400 * DAY))
        cursors = [page.cursor for page in whole if page.cursor is not None]
        again = [next(DESK.backfill(session, since=NOW - 400 * DAY, cursor=cursor)) for cursor in cursors]
    assert len(cursors) == 14  # the tickets, then windows of thirty days of ratings
    assert [page.cursor for page in again] == [page.cursor for page in whole[1:]]


@pytest.mark.parametrize("moment", ["2026-03-29 02:30:00", "2026-10-25 02:30:00", "2024-02-29 00:00:00"])
def test_a_cursor_may_stand_at_a_time_that_the_clock_skips_or_repeats(moment: str) -> None:
    with Office().open() as session:
        pages = list(DESK.backfill(session, since=NOW, cursor=f"tickets|{moment}|1"))
    assert pages[0].cursor is not None
    assert pages[-1].cursor is None
