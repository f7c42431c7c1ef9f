"""The contract's part on reading: what `parse`, `refresh` and `backfill` may give, and what hostile calls get."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.actions import SUMMARY_TAG, AddTag, is_own_tag
from integrations.base import Call, Present, Reading
from integrations.errors import Gone, Skip, Unreadable
from integrations.events import STATUSES, TYPES, Event, event, read_event
from tests.desks.hooks import NOW, DeskHooks
from tests.desks.hostile import BODIES, spoiled
from tests.desks.proofs import EVERY_DESK
from tests.desks.watch import io_seen
from tests.tries import tries

_PRESENT = {"status", "channel", "agent", "department", "customer", "tags", "fields", "answers"}
_TAG_FIELDS = ("tags", "add_tags", "remove_tags")
#: No desk has such a ticket; each would be another address if it were put into one as it stands.
STRANGE_IDS = ("..", ".", "", " ", "?a=1", "a?b", "#", "a#b", "%2e%2e", "%00", "é", "\u202e", "a b", "a;b", "x" * 300)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


class ReadingContract(DeskHooks):
    """What is read from calls and from the simulated desk."""

    def test_every_sample_is_proved_and_says_something(self) -> None:
        samples = self.samples()
        assert samples
        for name, call in samples.items():
            self.desk.verify(call, self.secrets, now=NOW)
            reading = self._sound(self.desk.parse(call, self.access()))
            assert reading.events or reading.present or reading.refresh, name

    def test_reading_a_call_does_no_io(self) -> None:
        for name, call in self.samples().items():
            self.desk.parse(call, self.access())  # what is loaded on first use is loaded now
            with io_seen() as seen:
                self.desk.verify(call, self.secrets, now=NOW)
                self.desk.delivery(call)
                self.desk.parse(call, self.access())
            assert seen == [], name

    def test_reading_the_same_call_twice_gives_the_same_events(self) -> None:
        for name, call in self.samples().items():
            first, second = (self.desk.parse(call, self.access()) for _ in range(2))
            assert first == second, name
            assert [event.content_hash() for event in first.events] == [e.content_hash() for e in second.events]

    def test_hostile_bodies_are_read_or_unreadable(self) -> None:
        for body in BODIES:
            self._read_or_unreadable(self.call(body))
            for call in list(self.samples().values())[:2]:
                self._read_or_unreadable(replace(call, body=body))

    def test_genuine_bodies_with_one_value_spoiled_are_read_or_unreadable(self) -> None:
        for call in self.samples().values():
            for body in spoiled(call.body):
                self._read_or_unreadable(replace(call, body=body))

    @EVERY_DESK
    @given(body=st.one_of(st.binary(max_size=200), _JSON.map(json.dumps).map(str.encode)))
    def test_any_body_is_read_or_unreadable(self, body: bytes) -> None:
        self._read_or_unreadable(self.call(body))

    @settings(EVERY_DESK, max_examples=tries(2))
    @given(query=st.dictionaries(st.text(max_size=12), st.text(max_size=40), max_size=4))
    def test_any_query_is_read_or_unreadable(self, query: dict[str, str]) -> None:
        for call in self.samples().values():
            self._read_or_unreadable(replace(call, query={**call.query, **query}))

    def test_tags_of_ours_are_not_read_back_from_calls(self) -> None:
        call = self.tagged(["channel-email", "deskpulse-follow-up", "vip"])
        if call is None:
            readings = [self.desk.parse(sample, self.access()) for sample in self.samples().values()]
            assert [_tags(reading) for reading in readings] == [set() for _ in readings]
            return
        told = _tags(self._sound(self.desk.parse(call, self.access())))
        assert "vip" in told

    def test_tags_of_ours_are_not_read_back_from_the_desk(self) -> None:
        with self.serving() as served:
            self.desk.apply(AddTag(served.ticket, "channel-email"), served.session)
            self._sound(self.desk.refresh(served.ticket, served.session))

    def test_a_refresh_tells_the_whole_ticket_and_the_same_twice(self) -> None:
        with self.serving() as served:
            first = self._sound(self.desk.refresh(served.ticket, served.session))
            second = self.desk.refresh(served.ticket, served.session)
        assert [event.id for event in first.events] == [event.id for event in second.events]
        assert {event.ticket for event in first.events} == {served.ticket}
        assert "ticket.created" in {event.type for event in first.events}
        assert [present.values for present in first.present] == [present.values for present in second.present]

    def test_a_ticket_that_is_gone_is_gone_or_deleted(self) -> None:
        with self.serving() as served:
            try:
                reading = self.desk.refresh(self.missing_ticket, served.session)
            except Gone:
                return
        assert [present.values for present in reading.present] == [{"status": "deleted"}]

    def test_a_backfill_tells_every_ticket_and_resumes_after_any_page(self) -> None:
        with self.serving() as served:
            pages = list(self.desk.backfill(served.session, since=served.since))
            told = [_told(self._sound(page.reading)) for page in pages]
            assert any(served.ticket in tickets for tickets in told)
            assert [page.cursor is None for page in pages] == [False] * (len(pages) - 1) + [True]
            for done, page in enumerate(pages[:-1], start=1):
                rest = self.desk.backfill(served.session, since=served.since, cursor=page.cursor)
                assert [_told(page.reading) for page in rest] == told[done:]

    def test_a_reconciliation_told_twice_says_the_same_and_resumes_after_any_page(self) -> None:
        with self.serving() as served:
            pages, again = (list(self.desk.reconcile(served.session, since=served.since)) for _ in range(2))
            told = [_hashes(self._sound(page.reading)) for page in pages]
            assert [_hashes(page.reading) for page in again] == told
            assert [page.cursor is None for page in pages] == [False] * (len(pages) - 1) + [True]
            for done, page in enumerate(pages[:-1], start=1):
                rest = list(self.desk.reconcile(served.session, since=served.since, cursor=page.cursor))
                assert [_hashes(page.reading) for page in rest] == told[done:]

    def test_what_a_backfill_dates_its_refresh_tells_under_the_same_id(self) -> None:
        with self.serving() as served:
            pages = list(self.desk.backfill(served.session, since=served.since))
            dated = {one.id: one.at for page in pages for one in page.reading.events if one.ticket == served.ticket}
            refreshed = {one.id: one.at for one in self.desk.refresh(served.ticket, served.session).events}
        assert dated
        assert dated.items() <= refreshed.items()

    def test_an_id_of_a_ticket_cannot_lead_elsewhere(self) -> None:
        with self.serving() as served:
            before = served.written()
            for id_ in STRANGE_IDS:
                try:
                    reading = self.desk.refresh(id_, served.session)
                except Gone:
                    continue
                assert (reading.events, reading.refresh) == ((), ()), id_
                assert [(now.ticket, now.values) for now in reading.present] == [(id_, {"status": "deleted"})]
                with pytest.raises(Skip):
                    self.desk.apply(AddTag(id_, "channel-email"), served.session)
            assert served.written() == before

    def _read_or_unreadable(self, call: Call) -> None:
        try:
            reading = self.desk.parse(call, self.access())
        except Unreadable:
            return
        self._sound(reading)

    def _sound(self, reading: Reading) -> Reading:
        for told in reading.events:
            _is_canonical(told)
        for present in reading.present:
            _is_present(present)
        for ticket in reading.refresh:
            assert ticket > ""
        for kind, names in reading.names.items():
            assert kind in ("agent", "department", "channel", "customer", "survey", "field")
            assert {type(text) for text in (*names, *names.values())} <= {str}
        assert not {tag for tag in _tags(reading) if is_own_tag(tag) and tag != SUMMARY_TAG}
        return reading


def _is_canonical(event: Event) -> None:
    assert event.type in TYPES
    line = json.loads(json.dumps(event.json()))
    again = read_event(line, received_at=max(NOW, event.at, event.seen or 0))
    assert again.id == event.id, line
    assert again.content_hash() == event.content_hash(), line
    assert (again.at, again.seq, again.seen) == (event.at, event.seq, event.seen)


def _is_present(present: Present) -> None:
    assert isinstance(present.ticket, str)
    assert present.ticket
    assert set(present.values) <= _PRESENT
    assert set(present.times) <= _PRESENT
    assert present.values.get("status", "open") in STATUSES
    for name in ("channel", "agent", "department", "customer"):
        assert isinstance(present.values.get(name), str | None)
    assert all(isinstance(tag, str) for tag in present.values.get("tags", ()))
    assert all(isinstance(name, str) for name in present.values.get("fields", ()))
    for answer in present.values.get("answers", ()):
        event("survey.answered", present.ticket, present.asked_at, **answer)
    json.dumps(dict(present.values)).encode()


def _told(reading: Reading) -> set[str]:
    return {*(event.ticket for event in reading.events), *(now.ticket for now in reading.present), *reading.refresh}


def _hashes(reading: Reading) -> list[tuple[str, bytes]]:
    return [(one.id, one.content_hash()) for one in reading.events]


def _tags(reading: Reading) -> set[str]:
    told = {tag for event in reading.events for name in _TAG_FIELDS for tag in event.data.get(name, ())}
    return told | {tag for present in reading.present for tag in present.values.get("tags", ())}
