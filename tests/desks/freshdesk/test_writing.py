"""What we write into a simulated Freshdesk: once, escaped, beside everything that others wrote there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from integrations.actions import SUMMARY_TAG, AddNote, AddTag, PutSummary, RemoveTag, Section, SetField
from integrations.errors import Rejected, Skip, Unavailable, Unclear
from integrations.freshdesk import simulated_shapes as shapes
from integrations.freshdesk.markup import LONGEST_SUBJECT
from integrations.freshdesk.simulated_world import CLOSED, Kept
from integrations.times import DAY
from tests.desks.freshdesk.samples import DESK
from tests.desks.freshdesk.world import Shop, at
from tests.desks.hooks import NOW
from tests.desks.wired import DOWN, TIMEOUT, Fault
from workers.tickets import fold

SECTIONS = (Section("Volume", ("71 tickets", "9 more than the week before")), Section("Next", ("Add a macro",)))
WEEK = PutSummary("deskpulse:2026-W24", "Week 24: 71 tickets", SECTIONS)
NOTE = AddNote("1", "[deskpulse:c0ffee]", ("CSAT answer: 1 on the scale 1 to 3", "Please follow up."))


def done(shop: Shop, action: Any, **options: Any) -> tuple[str | None, bool]:
    """What came of the action: the object's id, and whether anything changed."""
    with shop.open(access=shop.access(**options)) as (session, _):
        outcome = DESK.apply(action, session)
    return outcome.object_id, outcome.changed


def sent(shop: Shop, action: Any) -> list[str]:
    """The requests that the action makes."""
    with shop.open() as (session, wire):
        DESK.apply(action, session)
        return [line.replace("/api/v2", "") for line in wire.sent]


def shop_with_ticket(**more: Any) -> tuple[Shop, Kept]:
    shop = Shop()
    return shop, shop.ticket("15 09:00", **more)


class TestTags:
    def test_a_tag_is_added_beside_the_others_in_their_order(self) -> None:
        shop, ticket = shop_with_ticket(tags=["z", "vip", "a"])
        assert done(shop, AddTag("1", "channel-email")) == (None, True)
        assert ticket.tags == ["z", "vip", "a", "channel-email"]
        assert done(shop, AddTag("1", "channel-email")) == (None, False)

    def test_one_is_taken_away_and_the_others_stay(self) -> None:
        shop, ticket = shop_with_ticket(tags=["vip", "channel-email", "deskpulse-follow-up"])
        assert done(shop, RemoveTag("1", "channel-email")) == (None, True)
        assert ticket.tags == ["vip", "deskpulse-follow-up"]
        assert done(shop, RemoveTag("1", "channel-email")) == (None, False)

    def test_a_ticket_without_tags_gets_its_first(self) -> None:
        shop, ticket = shop_with_ticket(tags=[])
        done(shop, AddTag("1", "channel-email"))
        assert ticket.tags == ["channel-email"]

    def test_the_last_tag_can_be_taken_away(self) -> None:
        shop, ticket = shop_with_ticket(tags=["channel-email"])
        done(shop, RemoveTag("1", "channel-email"))
        assert ticket.tags == []

    def test_the_set_is_read_immediately_before_it_is_written(self) -> None:
        shop, _ = shop_with_ticket()
        assert sent(shop, AddTag("1", "channel-email")) == ["GET /tickets/1", "PUT /tickets/1"]
        assert sent(shop, AddTag("1", "channel-email")) == ["GET /tickets/1"]

    def test_looking_before_writing_is_one_call_of_the_limit_for_no_moments_are_asked_for(self) -> None:
        shop, ticket = shop_with_ticket()
        shop.api.calls_per_minute = 2
        done(shop, AddTag("1", "channel-email"))
        assert "channel-email" in ticket.tags

    def test_a_tag_that_somebody_added_before_we_looked_is_kept(self) -> None:
        shop, ticket = shop_with_ticket(tags=["vip"])
        ticket.tags.append("refund")
        done(shop, AddTag("1", "channel-email"))
        assert ticket.tags == ["vip", "refund", "channel-email"]

    def test_what_the_desk_shows_otherwise_is_looked_at_again(self) -> None:
        shop, ticket = shop_with_ticket(tags=["vip"])
        shown = json.dumps(shapes.page(ticket)).encode()
        with shop.open() as (session, wire):
            wire.spoil(Fault("other tags", done=False, answer=(200, {}, shown)), "PUT .*")
            with pytest.raises(Unclear, match="shows others"):
                DESK.apply(AddTag("1", "channel-email"), session)

    @pytest.mark.parametrize("held", [["VIP", "vip"], ["a b", "ü"], ["x" * 32]])
    def test_tags_of_others_go_back_as_they_came(self, held: list[str]) -> None:
        shop, ticket = shop_with_ticket(tags=list(held))
        done(shop, AddTag("1", "channel-email"))
        assert ticket.tags == [*held, "channel-email"]


class TestFields:
    def test_one_field_is_set_and_the_others_keep_their_values(self) -> None:
        shop, ticket = shop_with_ticket(fields={"cf_region": "south"})
        assert done(shop, SetField("1", "deskpulse_score", "2")) == (None, True)
        assert ticket.fields == {"cf_region": "south", "cf_deskpulse_channel": None, "cf_deskpulse_score": "2"}
        assert done(shop, SetField("1", "deskpulse_score", "2")) == (None, False)

    def test_a_field_goes_by_the_key_that_connecting_found(self) -> None:
        shop, ticket = shop_with_ticket()
        shop.world.fields["cf_deskpulse_csat_4471"] = "Deskpulse csat"
        done(shop, SetField("1", "csat", "1"), fields={"csat": "cf_deskpulse_csat_4471"})
        assert ticket.fields["cf_deskpulse_csat_4471"] == "1"

    def test_a_field_that_is_not_there_is_given_up(self) -> None:
        shop, _ = shop_with_ticket()
        with pytest.raises(Rejected, match="cf_csat"):
            done(shop, SetField("1", "csat", "1"))

    @pytest.mark.parametrize(("held", "value", "changed"), [(None, "", False), ("", "", False), ("2", "", True)])
    def test_an_empty_value_is_the_same_as_none(self, held: str | None, value: str, changed: bool) -> None:
        shop, _ = shop_with_ticket(fields={"cf_region": held})
        assert done(shop, SetField("1", "region", value)) == (None, changed)


class TestNotes:
    def test_a_note_is_private_ours_and_tells_nobody(self) -> None:
        shop, ticket = shop_with_ticket()
        id_, changed = done(shop, NOTE)
        (said,) = ticket.said
        assert (str(said.id), said.private, said.incoming, said.user) == (id_, True, False, shop.api.me)
        assert changed
        assert shop.api.mailed == []
        assert said.body == (
            "<div>CSAT answer: 1 on the scale 1 to 3</div><div>Please follow up.</div><div>[deskpulse:c0ffee]</div>"
        )

    def test_the_same_note_is_found_again_and_not_written_twice(self) -> None:
        shop, ticket = shop_with_ticket()
        first = done(shop, NOTE)
        assert done(shop, NOTE) == (first[0], False)
        assert done(shop, replace(NOTE, lines=("Another text",))) == (first[0], False)
        assert len(ticket.said) == 1

    @pytest.mark.parametrize("others", [99, 100, 150])
    def test_it_is_found_behind_any_number_of_others(self, others: int) -> None:
        shop, ticket = shop_with_ticket()
        for _ in range(others):
            shop.world.say(ticket, at("15 09:05"), shop.eva, "Hm.", private=True, source=2)
        done(shop, NOTE)
        assert done(shop, NOTE)[1] is False

    @pytest.mark.parametrize(
        "how", [{"incoming": True}, {"private": False, "source": 2}, {"incoming": True, "private": True}]
    )
    def test_our_mark_in_somebody_elses_words_does_not_stand_for_it(self, how: dict[str, Any]) -> None:
        shop, ticket = shop_with_ticket()
        shop.world.say(ticket, at("15 09:05"), shop.customer, "Why [deskpulse:c0ffee]?", **how)
        assert done(shop, NOTE)[1] is True
        assert len(ticket.said) == 2

    def test_it_changes_neither_status_nor_holder(self) -> None:
        shop, ticket = shop_with_ticket(status=CLOSED, agent=None)
        done(shop, NOTE)
        assert (ticket.status, ticket.agent, ticket.group) == (CLOSED, None, shop.orders)

    def test_an_answer_that_was_lost_leaves_one_note(self) -> None:
        shop, ticket = shop_with_ticket()
        with shop.open() as (session, wire):
            for _ in range(3):
                wire.spoil(TIMEOUT, "POST .*")
                try:
                    DESK.apply(NOTE, session)
                except Unclear:
                    continue
        assert len(ticket.said) == 1


class TestSummaries:
    def test_it_is_a_closed_ticket_of_our_own_that_nobody_holds(self) -> None:
        shop = Shop()
        id_, changed = done(shop, WEEK)
        made = shop.world.tickets[int(id_ or 0)]
        assert changed
        assert (made.requester, made.status, made.agent, made.group) == (shop.api.me, CLOSED, None, None)
        assert (made.tags, made.priority, made.source) == ([SUMMARY_TAG], 1, 2)
        assert made.subject == "Week 24: 71 tickets [deskpulse:2026-W24]"
        assert "<li>9 more than the week before</li>" in made.description

    def test_nobody_is_written_to(self) -> None:
        shop = Shop()
        done(shop, WEEK)
        assert shop.api.mailed == []

    def test_it_is_revised_in_place(self) -> None:
        shop = Shop()
        first, _ = done(shop, WEEK)
        revised = replace(WEEK, title="Week 24: 72 tickets", sections=SECTIONS[:1])
        assert done(shop, replace(revised, object_id=first)) == (first, True)
        assert shop.world.tickets[int(first or 0)].subject == "Week 24: 72 tickets [deskpulse:2026-W24]"
        assert "Add a macro" not in shop.world.tickets[int(first or 0)].description
        assert done(shop, replace(revised, object_id=first)) == (first, False)

    @pytest.mark.parametrize("knows", [True, False])
    def test_saying_the_same_again_writes_nothing(self, knows: bool) -> None:
        shop = Shop()
        first, _ = done(shop, WEEK)
        again = replace(WEEK, object_id=first if knows else None)
        assert all(line.startswith("GET") for line in sent(shop, again))
        assert len(shop.simulator.summaries()) == 1

    def test_one_whose_making_was_not_answered_is_found_by_its_mark(self) -> None:
        shop = Shop()
        with shop.open() as (session, wire):
            wire.spoil(TIMEOUT, "POST .*")
            with pytest.raises(Unclear):
                DESK.apply(WEEK, session)
            found = DESK.apply(WEEK, session)
        assert found.changed is False
        assert list(shop.simulator.summaries()) == [found.object_id]

    def test_it_is_found_among_many_tickets_of_ours(self) -> None:
        shop = Shop()
        first, _ = done(shop, WEEK)
        for number in range(8):
            done(shop, replace(WEEK, marker=f"deskpulse:2026-W{number + 100}"))
        assert done(shop, WEEK) == (first, False)

    def test_a_mark_that_a_customer_copied_is_not_revised(self) -> None:
        shop, ticket = shop_with_ticket(subject="Re: Week 24 [deskpulse:2026-W24]")
        id_, changed = done(shop, WEEK)
        assert (id_ != str(ticket.id), changed) == (True, True)
        assert ticket.subject == "Re: Week 24 [deskpulse:2026-W24]"

    @pytest.mark.parametrize("flag", ["spam", "deleted"])
    def test_one_that_somebody_threw_away_is_opened_again(self, flag: str) -> None:
        shop = Shop()
        first, _ = done(shop, WEEK)
        shop.world.mark(shop.world.tickets[int(first or 0)], NOW, **{flag: True})
        second, changed = done(shop, replace(WEEK, object_id=first))
        assert (second != first, changed) == (True, True)

    @pytest.mark.parametrize("author", [None, "", "eva"])
    def test_without_a_known_author_the_key_is_asked_whose_it_is(self, author: str | None) -> None:
        shop = Shop()
        with shop.open(access=replace(shop.access(), author=author)) as (session, wire):
            made = DESK.apply(WEEK, session)
        assert wire.sent[0] == "GET /api/v2/agents/me"
        assert shop.world.tickets[int(made.object_id or 0)].requester == shop.api.me

    def test_a_list_that_shows_somebody_elses_ticket_leads_to_no_change_in_it(self) -> None:
        shop, ticket = shop_with_ticket(subject="Re: Week 24 [deskpulse:2026-W24]")
        listed = json.dumps([shapes.ticket(ticket)]).encode()
        with shop.open() as (session, wire):
            wire.spoil(Fault("another's ticket", done=False, answer=(200, {}, listed)), "GET /api/v2/tickets")
            made = DESK.apply(WEEK, session)
        assert made.object_id != str(ticket.id)
        assert ticket.description == "Please help."

    def test_one_that_somebody_renamed_gets_its_subject_back(self) -> None:
        shop = Shop()
        first, _ = done(shop, WEEK)
        shop.world.tickets[int(first or 0)].subject = "Renamed [deskpulse:2026-W24]"
        assert done(shop, replace(WEEK, object_id=first)) == (first, True)
        assert shop.world.tickets[int(first or 0)].subject == "Week 24: 71 tickets [deskpulse:2026-W24]"

    def test_a_long_title_is_cut_and_the_mark_stays(self) -> None:
        shop = Shop()
        id_, _ = done(shop, replace(WEEK, title="Week " * 200))
        subject = shop.world.tickets[int(id_ or 0)].subject
        assert len(subject) <= LONGEST_SUBJECT
        assert subject.endswith(" [deskpulse:2026-W24]")

    def test_one_from_before_the_longest_retry_is_not_looked_for(self) -> None:
        shop = Shop(now=NOW - 5 * DAY)
        done(shop, WEEK)
        shop.now = NOW
        done(shop, WEEK)
        assert len(shop.simulator.summaries()) == 2

    def test_a_desk_that_is_away_gets_nothing_and_is_tried_again(self) -> None:
        shop = Shop()
        with shop.open() as (session, wire):
            wire.spoil(DOWN, "GET .*")
            with pytest.raises(Unavailable, match="503"):
                DESK.apply(WEEK, session)
        assert shop.simulator.summaries() == {}


class TestEchoes:
    def test_our_tags_fields_and_notes_change_nothing_in_the_ticket(self) -> None:
        shop, ticket = shop_with_ticket(agent=None)
        before = shop.refreshed(ticket)
        for action in (AddTag("1", "channel-email"), SetField("1", "deskpulse_score", "1"), NOTE):
            done(shop, action)
        after = shop.refreshed(ticket)
        assert [one.content_hash() for one in after.events] == [one.content_hash() for one in before.events]
        assert after.present[0].values == before.present[0].values
        assert fold("1", after.events) == fold("1", before.events)

    def test_our_summary_comes_back_as_internal_and_tagged(self) -> None:
        shop = Shop()
        id_, _ = done(shop, WEEK)
        told = fold(id_ or "", shop.refreshed(id_ or "").events)
        assert (told.channel, told.tags, told.created_by, told.messages) == ("internal", (SUMMARY_TAG,), "system", ())

    def test_many_rounds_of_our_own_echo_write_once(self) -> None:
        shop, _ = shop_with_ticket()
        with shop.open() as (session, wire):
            for _ in range(20):
                DESK.apply(AddTag("1", "channel-email"), session)
                DESK.apply(NOTE, session)
                DESK.refresh("1", session)
        assert len([line for line in wire.sent if not line.startswith("GET")]) == 2


@pytest.mark.parametrize("unheard", [object(), None, "AddTag"])
def test_what_freshdesk_has_not_is_skipped(unheard: Any) -> None:
    shop = Shop()
    with pytest.raises(Skip, match="nothing like"):
        done(shop, unheard)
