"""One ticket's page, conversations and moments in, whole events out: every field compared."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from integrations.actions import SUMMARY_TAG
from integrations.base import Reading
from integrations.errors import Unreadable
from integrations.events import Event
from integrations.freshdesk import facts
from integrations.freshdesk.markup import mark
from integrations.times import DAY, MINUTE, instant_of_iso
from tests.desks.freshdesk.samples import (
    CUSTOMER,
    EVA,
    IVO,
    ORDERS,
    PLUGIN,
    RETURNS,
    TICKET,
    access,
    at,
    brief,
    by_customer,
    moment,
    only,
    page,
    read_said,
    read_ticket,
    said,
    stats,
    ticket,
)
from tests.desks.hooks import NOW
from tests.workers.stories import agent_of
from workers.observing import observed
from workers.tickets import Ticket, fold


def refreshed(told: dict[str, Any], *conversations: dict[str, Any], **options: Any) -> Reading:
    """What a refresh at NOW reads from these answers."""
    return facts.of_ticket(
        read_ticket(told), [read_said(one) for one in conversations], access(**options), asked_at=NOW
    )


def folded(*readings: Reading) -> Ticket:
    """The ticket as the pipeline makes it of these readings, one after the other."""
    events: list[Event] = []
    for reading in readings:
        events += reading.events
        for present in reading.present:
            events += observed(present, fold(TICKET, events))
    return fold(TICKET, events)


class TestWhole:
    def test_a_ticket_that_was_answered_and_resolved_and_closed(self) -> None:
        moments = stats(status_updated=90, resolved=60, closed=90)
        reading = refreshed(
            page(91, status=5, responder_id=int(EVA), stats=moments),
            said(31, 20),
            by_customer(32, 30),
            said(33, 45, private=True, source=2, user_id=int(IVO)),
            said(34, 50),
        )
        words = {"public": True, "by": "customer", "author": CUSTOMER}
        opened = {"by": "customer", "author": CUSTOMER, "customer": CUSTOMER}
        assert brief(reading.events) == [
            ("ticket.created", 0, {**opened, "channel": "email", "department": ORDERS}),
            ("status.changed", 0, {"status": "open"}),
            ("message.sent", 0, {"message": "description", **words}),
            ("status.changed", 60, {"status": "resolved"}),
            ("status.changed", 90, {"status": "closed"}),
            ("message.sent", 20, {"message": "31", "public": True, "by": "agent", "author": EVA}),
            ("message.sent", 30, {"message": "32", **words}),
            ("message.sent", 45, {"message": "33", "public": False, "by": "agent", "author": IVO}),
            ("message.sent", 50, {"message": "34", "public": True, "by": "agent", "author": EVA}),
        ]

    def test_what_holds_now_stands_beside_it(self) -> None:
        (now,) = refreshed(page(91, status=5, responder_id=int(EVA), tags=["vip", "channel-email"])).present
        assert (now.ticket, now.asked_at, now.updated_at, dict(now.times)) == (TICKET, NOW, at(91), {})
        assert now.values == {
            "status": "closed", "channel": "email", "agent": EVA, "department": ORDERS, "customer": CUSTOMER,
            "tags": ["vip"],
            "fields": {"region": "south", "size": None, "type": "Question", "priority": "medium", "product": "71"},
        }  # fmt: skip

    def test_nothing_is_said_twice_in_one_reading(self) -> None:
        reading = refreshed(page(60, status=4, stats=stats(status_updated=60, resolved=60)), said(31, 20))
        assert len({one.id for one in reading.events}) == len(reading.events)

    def test_folded_it_is_resolved_once_by_who_wrote_last(self) -> None:
        moments = stats(status_updated=90, resolved=60, closed=90)
        told = folded(refreshed(page(91, status=5, responder_id=int(IVO), stats=moments), said(31, 20)))
        assert [(one.at, agent_of(told, one), one.undone_at) for one in told.resolutions] == [(at(60), EVA, None)]
        assert (told.status, told.agent, told.channel, told.tags) == ("closed", IVO, "email", ("vip",))

    def test_what_a_list_says_of_the_beginning_the_page_says_too(self) -> None:
        of_list = list(facts.opening(read_ticket(ticket(5)), access()))
        of_page = refreshed(page(5)).events
        assert [(one.id, one.content_hash()) for one in of_list] == [
            (one.id, one.content_hash()) for one in of_page[: len(of_list)]
        ]


class TestMoments:
    def test_a_ticket_that_is_open_since_it_was_opened_has_no_other_moment(self) -> None:
        assert brief(only(refreshed(page()).events, "status.changed")) == [("status.changed", 0, {"status": "open"})]

    @pytest.mark.parametrize(
        ("number", "told", "expected"),
        [
            (3, {"status_updated": 5, "pending": 5}, [(5, "pending")]),
            (6, {"status_updated": 7}, [(7, "pending")]),
            (7, {"status_updated": 8}, [(8, "on_hold")]),
            (4, {"status_updated": 9, "resolved": 9}, [(9, "resolved")]),
            (5, {"status_updated": 9, "resolved": 9, "closed": 9}, [(9, "resolved"), (9, "closed")]),
            (5, {"status_updated": 20, "resolved": 9, "closed": 20}, [(9, "resolved"), (20, "closed")]),
            (2, {"status_updated": 30, "reopened": 30}, [(30, "open")]),
            (2, {"status_updated": 31, "reopened": 30, "resolved": 9}, [(9, "resolved"), (30, "open"), (31, "open")]),
            (3, {"status_updated": 40, "reopened": 30, "pending": 40}, [(30, "open"), (40, "pending")]),
            (4, {"resolved": 9}, [(9, "resolved")]),
            (8, {"status_updated": 9, "resolved": 4}, [(4, "resolved")]),
            (None, {"status_updated": 9}, []),
        ],
    )
    def test_each_moment_that_is_kept_is_a_change(
        self, number: int | None, told: dict[str, float], expected: list[tuple[float, str]]
    ) -> None:
        events = only(refreshed(page(50, status=number, stats=stats(**told))).events, "status.changed")
        found = [(minute, data["status"]) for _, minute, data in brief(events)][1:]
        assert sorted(found) == sorted((float(minute), status) for minute, status in expected)

    @pytest.mark.parametrize("told", [None, {}, {"status_updated_at": None}])
    def test_without_moments_the_present_status_is_dated_by_the_last_change(self, told: Any) -> None:
        reading = refreshed(page(44, status=4, stats=told))
        assert [change.at for change in folded(reading).resolutions] == [at(44)]

    def test_of_two_changes_in_one_second_the_one_that_holds_came_last(self) -> None:
        moments = stats(status_updated=9, resolved=9, reopened=9)
        told = folded(refreshed(page(9, status=2, stats=moments)))
        assert told.status == "open"
        assert [one.undone_at for one in told.resolutions] == [at(9)]

    def test_asked_after_each_change_every_one_of_them_is_known(self) -> None:
        """Resolved at 10, reopened at 20, resolved at 30: Freshdesk keeps the last of each."""
        asked = [
            refreshed(page(10, status=4, stats=stats(status_updated=10, resolved=10))),
            refreshed(page(20, status=2, stats=stats(status_updated=20, reopened=20))),
            refreshed(page(30, status=4, stats=stats(status_updated=30, reopened=20, resolved=30))),
        ]
        for readings in permutations(asked):
            changes = [(one.at, one.undone_at) for one in folded(*readings).resolutions]
            assert changes == [(at(10), at(20)), (at(30), None)]

    def test_asked_once_at_the_end_the_first_resolution_is_lost(self) -> None:
        told = folded(refreshed(page(30, status=4, stats=stats(status_updated=30, reopened=20, resolved=30))))
        assert [one.at for one in told.resolutions] == [at(30)]

    def test_a_ticket_that_was_created_resolved_is_resolved_at_creation(self) -> None:
        told = folded(refreshed(page(0, status=5, stats=stats(status_updated=0, resolved=0, closed=0))))
        assert [(one.at, one.undone_at) for one in told.resolutions] == [(at(0), None)]
        assert told.status == "closed"


class TestSpamAndDeletion:
    @pytest.mark.parametrize(("flag", "status"), [("spam", "spam"), ("deleted", "deleted")])
    def test_it_holds_now_and_is_dated_by_the_last_change(self, flag: str, status: str) -> None:
        told = folded(refreshed(page(12, **{flag: True})))
        assert (told.status, told.counted_status) == (status, "open")
        assert told.statuses[-1].at == at(12)

    def test_deleted_stands_over_spam(self) -> None:
        assert refreshed(page(12, spam=True, deleted=True)).present[0].values["status"] == "deleted"

    @pytest.mark.parametrize("flag", ["spam", "deleted"])
    def test_a_ticket_that_is_taken_back_counts_again_with_the_status_it_had(self, flag: str) -> None:
        moments = stats(status_updated=5, pending=5)
        readings = [
            refreshed(page(10, status=3, stats=moments, **{flag: True})),
            refreshed(page(20, status=3, stats=moments)),
        ]
        told = folded(*readings)
        assert (told.status, told.counted_status) == ("pending", "pending")
        assert told.statuses[-1].at == at(20)

    def test_a_resolution_stands_through_a_deletion(self) -> None:
        moments = stats(status_updated=5, resolved=5)
        readings = [
            refreshed(page(5, status=4, stats=moments)),
            refreshed(page(10, status=4, stats=moments, deleted=True)),
            refreshed(page(20, status=4, stats=moments)),
        ]
        assert [(one.at, one.undone_at) for one in folded(*readings).resolutions] == [(at(5), None)]


class TestOpening:
    def test_an_outbound_mail_was_opened_by_its_agent(self) -> None:
        events = refreshed(page(source=10, responder_id=int(EVA))).events
        created, _, first = events[:3]
        assert (created.data["by"], created.data["author"], created.data["customer"]) == ("agent", EVA, CUSTOMER)
        assert (first.data["by"], first.data["author"]) == ("agent", EVA)
        assert created.data["channel"] == "email"

    def test_the_group_of_the_earliest_look_is_the_first_one(self) -> None:
        early, late = refreshed(page(1)), refreshed(page(300, group_id=int(RETURNS)))
        for readings in ((early, late), (late, early)):
            told = fold(TICKET, [one for reading in readings for one in reading.events])
            assert told.stays[0].department == ORDERS

    def test_a_ticket_without_a_group_was_in_none_until_it_came_into_one(self) -> None:
        told = folded(refreshed(page(0, group_id=None)), refreshed(page(5)))
        assert [stay.department for stay in told.stays] == [None, ORDERS]
        assert told.transfers == (at(5),)

    def test_a_ticket_first_seen_late_was_always_where_it_is(self) -> None:
        told = folded(refreshed(page(200), said(31, 20)))
        assert [stay.department for stay in told.stays] == [ORDERS]
        assert told.transfers == ()

    @pytest.mark.parametrize(("opened", "changed"), [("1990-01-01", "2026-06-01"), ("2010-01-01", "2199-12-01")])
    def test_however_old_a_ticket_is_its_opening_can_be_stored(self, opened: str, changed: str) -> None:
        old = read_ticket(ticket(created_at=f"{opened}T00:00:00Z", updated_at=f"{changed}T00:00:00Z"))
        created = next(iter(facts.opening(old, access())))
        assert instant_of_iso("1990-01-01T00:00:00Z") < (created.seen or 0)

    @pytest.mark.parametrize(
        "told", [page(requester_id=None), page(source=None), page(group_id=None, responder_id=None)]
    )
    def test_what_is_not_told_is_not_made_up(self, told: dict[str, Any]) -> None:
        created = refreshed(told).events[0]
        assert created.type == "ticket.created"
        assert set(created.data) <= {"by", "author", "customer", "channel", "department"}
        assert ("channel" in created.data) is (told["source"] is not None)


class TestInternal:
    @pytest.mark.parametrize(
        "told", [{"association_type": 2}, {"association_type": 3}, {"type": "Service Task"}], ids=str
    )
    def test_work_that_agents_give_each_other_was_never_a_contact(self, told: dict[str, Any]) -> None:
        reading = refreshed(page(**told))
        assert brief(only(reading.events, "ticket.moved")) == [("ticket.moved", 0, {"channel": "internal"})]
        assert reading.present[0].values["channel"] == "internal"
        assert folded(reading).channel == "internal"

    @pytest.mark.parametrize("association", [None, 1, 4])
    def test_a_parent_and_a_related_ticket_are_customers_contacts(self, association: int | None) -> None:
        assert folded(refreshed(page(association_type=association))).channel == "email"

    def test_a_list_that_does_not_tell_it_moves_nothing_back(self) -> None:
        child, listed = (
            refreshed(page(association_type=2)),
            facts.present(read_ticket(ticket(9)), access(), asked_at=NOW),
        )
        assert "channel" not in listed.values
        assert folded(child, Reading(present=(listed,))).channel == "internal"


class TestSummary:
    @pytest.mark.parametrize(
        "told",
        [
            {"tags": [SUMMARY_TAG]},
            {"tags": [SUMMARY_TAG, "vip"], "requester_id": int(CUSTOMER)},
            {"tags": [], "requester_id": int(PLUGIN)},
        ],
    )
    def test_it_is_internal_tagged_and_says_nothing_else(self, told: dict[str, Any]) -> None:
        own = page(9, subject=f"Week 24 {mark('w:24')}", status=5, **told)
        reading = refreshed(own, said(31, 5))
        assert [(one.type, one.data) for one in reading.events] == [
            ("ticket.created", {"by": "system", "channel": "internal"}),
            ("ticket.tagged", {"add_tags": [SUMMARY_TAG]}),
        ]
        assert reading.present == ()

    @pytest.mark.parametrize(
        "told",
        [
            {"subject": f"Re: Week 24 {mark('w:24')}"},
            {"subject": "Week 24", "tags": [SUMMARY_TAG]},
            {"subject": "[deskpulse:]", "requester_id": int(PLUGIN)},
            {"subject": "", "requester_id": int(PLUGIN)},
        ],
    )
    def test_half_of_what_makes_a_summary_makes_none(self, told: dict[str, Any]) -> None:
        assert refreshed(page(**told)).events[0].data["by"] == "customer"


class TestMerges:
    @pytest.mark.parametrize(
        "text",
        [
            "This ticket is closed and merged into ticket 5100",
            "  This ticket is closed and merged into ticket #5100",
            "This ticket is closed and merged into ticket 5100 by the TicketMerger App!",
            "This ticket is closed and merged into ticket 5100\nSee there.",
        ],
    )
    @pytest.mark.parametrize("private", [True, False])
    def test_the_note_of_a_merge_merges_and_is_no_message(self, text: str, private: bool) -> None:
        reading = refreshed(page(30, status=5), said(31, 20, source=2, private=private, body_text=text))
        assert brief(only(reading.events, "ticket.merged")) == [("ticket.merged", 20, {"into": "5100"})]
        assert [one.data["message"] for one in only(reading.events, "message.sent")] == ["description"]

    @pytest.mark.parametrize(
        "text",
        [
            "Is it true that This ticket is closed and merged into ticket 5100?",
            "This ticket is closed and merged into ticket",
            f"This ticket is closed and merged into ticket {TICKET}",
            "",
        ],
    )
    def test_what_only_speaks_of_a_merge_merges_nothing(self, text: str) -> None:
        reading = refreshed(page(30), said(31, 20, body_text=text))
        assert only(reading.events, "ticket.merged") == []
        assert len(only(reading.events, "message.sent")) == 2

    def test_a_customer_cannot_merge(self) -> None:
        text = "This ticket is closed and merged into ticket 5100"
        assert only(refreshed(page(), by_customer(31, 20, body_text=text)).events, "ticket.merged") == []

    @pytest.mark.parametrize(
        "text", ["Tickets with ids 5022 and 5023 are merged into this ticket.", "Merged from ticket 5022\nSubject: x",
                 "Ticket with id 5022 is merged into this ticket."]
    )  # fmt: skip
    def test_what_a_merge_leaves_in_the_other_ticket_is_no_response(self, text: str) -> None:
        (_, note) = only(refreshed(page(), said(31, 20, source=2, body_text=text)).events, "message.sent")
        assert (note.data["by"], note.data["auto"]) == ("agent", True)


class TestWords:
    def test_the_requesters_public_note_is_the_customers_wherever_it_was_written(self) -> None:
        note = said(31, 20, source=2, user_id=int(CUSTOMER))
        (_, told) = only(refreshed(page(), note).events, "message.sent")
        assert told.data["by"] == "customer"

    def test_an_agents_public_note_is_a_response(self) -> None:
        (_, told) = only(refreshed(page(), said(31, 20, source=2)).events, "message.sent")
        assert (told.data["by"], told.data["public"], "auto" in told.data) == ("agent", True, False)

    def test_somebody_who_was_copied_in_writes_as_a_customer(self) -> None:
        (_, told) = only(refreshed(page(), by_customer(31, 20, user_id=555)).events, "message.sent")
        assert (told.data["by"], told.data["author"]) == ("customer", "555")

    @pytest.mark.parametrize("incoming", [True, False])
    def test_our_mark_in_somebody_elses_words_hides_nothing(self, incoming: bool) -> None:
        words = said(31, 20, incoming=incoming, body_text=f"What is {mark('n:1')}?")
        assert len(only(refreshed(page(), words).events, "message.sent")) == 2

    def test_two_messages_in_one_second_keep_the_order_of_their_ids(self) -> None:
        told = folded(refreshed(page(), by_customer(40, 20), said(39, 20)))
        assert [one.by for one in told.messages if one.at == at(20)] == ["agent", "customer"]

    def test_an_id_beyond_what_can_be_ordered_has_no_order(self) -> None:
        (_, told) = only(refreshed(page(), said(2**53 + 2, 20)).events, "message.sent")
        assert (told.seq, told.data["message"]) == (None, str(2**53 + 2))


def test_a_page_that_was_changed_tomorrow_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="future"):
        refreshed(page(updated_at=moment(2 * DAY / MINUTE)))
