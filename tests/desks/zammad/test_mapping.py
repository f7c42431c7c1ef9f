"""Zammad's words in ours, table by table."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.events import CHANNELS, STATUSES, event
from integrations.zammad import mapping
from integrations.zammad.payloads import Article, read_article, read_ticket
from integrations.zammad.simulated_world import ARTICLE_TYPES, SENDERS, STATES
from tests.desks.zammad.office import NOW, TYPES, article, ticket
from workers.channels import canonical


def said(**changes: Any) -> Article:
    return read_article(article(**changes))


class TestStates:
    @pytest.mark.parametrize(
        ("kind", "status"),
        [
            ("new", "new"),
            ("open", "open"),
            ("pending reminder", "on_hold"),
            ("pending action", "on_hold"),
            ("closed", "resolved"),
            ("removed", "deleted"),
            ("merged", None),
            ("another", None),
            (None, None),
        ],
    )
    def test_a_state_counts_by_its_type(self, kind: str | None, status: str | None) -> None:
        assert mapping.status_of(kind, state_id=9, name="ours", options={}) == status

    def test_every_type_that_zammad_has_is_known(self) -> None:
        assert {kind for _, kind in STATES.values()} == {*mapping.STATE_TYPES, mapping.MERGED}
        assert set(mapping.STATE_TYPES.values()) <= set(STATUSES)

    @pytest.mark.parametrize("name", STATES)
    def test_the_first_states_are_known_by_name_before_anything_was_asked(self, name: str) -> None:
        assert mapping.state_type(None, name, {}) == STATES[name][1]
        assert mapping.state_type(99, name.upper(), {}) == STATES[name][1]

    def test_a_renamed_state_is_known_by_its_number(self) -> None:
        assert mapping.state_type(STATES["closed"][0], "erledigt", TYPES) == "closed"

    def test_the_table_of_the_desk_outranks_a_familiar_name(self) -> None:
        assert mapping.state_type(9, "closed", {"9": "open"}) == "open"

    def test_a_state_that_nobody_knows_has_no_type(self) -> None:
        assert mapping.state_type(9, "erledigt", TYPES) is None
        assert mapping.state_type(None, None, TYPES) is None

    @pytest.mark.parametrize("key", ["waiting for customer", "9"])
    def test_an_account_says_better_what_its_state_means(self, key: str) -> None:
        options = {"states": {key: "pending"}}
        told = mapping.status_of("pending reminder", state_id=9, name="waiting for customer", options=options)
        assert told == "pending"

    @pytest.mark.parametrize("wrong", ["done", "", None, 7, ["open"]])
    def test_a_word_that_is_no_status_changes_nothing(self, wrong: Any) -> None:
        told = mapping.status_of("open", state_id=2, name="open", options={"states": {"open": wrong}})
        assert told == "open"

    @pytest.mark.parametrize("options", [{}, {"states": None}, {"states": []}, {"states": "open"}])
    def test_settings_that_are_no_table_change_nothing(self, options: dict[str, Any]) -> None:
        assert mapping.status_of("closed", state_id=4, name="closed", options=options) == "resolved"


class TestChannels:
    @pytest.mark.parametrize(
        ("kind", "channel"),
        [
            ("email", "email"),
            ("sms", "sms"),
            ("chat", "chat"),
            ("fax", "other"),
            ("phone", "voice"),
            ("twitter status", "social"),
            ("twitter direct-message", "messaging"),
            ("facebook feed post", "social"),
            ("facebook feed comment", "social"),
            ("note", "internal"),
            ("web", "web_form"),
            ("telegram personal-message", "messaging"),
            ("facebook direct-message", "messaging"),
            ("whatsapp message", "messaging"),
        ],
    )
    def test_every_seeded_type_has_its_channel(self, kind: str, channel: str) -> None:
        assert canonical(mapping.channel_of(kind, options={})) == channel
        assert canonical(mapping.channel_of(kind.title(), options={})) == channel

    def test_the_table_is_complete(self) -> None:
        assert set(mapping.CHANNELS) == set(ARTICLE_TYPES)
        assert set(mapping.CHANNELS.values()) - {"fax"} <= set(CHANNELS)

    @pytest.mark.parametrize("word", ["fax", "signal message", "rcs", "Fernschreiber"])
    def test_a_word_of_zammads_stays_visible_and_counts_as_other(self, word: str) -> None:
        told = mapping.channel_of(word, options={})
        assert told == word
        assert canonical(told) == "other"
        assert event("ticket.created", "1", NOW, channel=told).data["channel"] == word

    def test_an_account_says_better_where_its_tickets_come_from(self) -> None:
        options = {"channels": {"note": "api", "fax": "voice"}}
        assert mapping.channel_of("note", options=options) == "api"
        assert mapping.channel_of("fax", options=options) == "voice"
        assert mapping.channel_of("email", options=options) == "email"

    @pytest.mark.parametrize("word", [None, "x" * 600, "a\0b"])
    def test_what_no_event_can_hold_is_no_channel(self, word: str | None) -> None:
        assert mapping.channel_of(word, options={}) is None

    @pytest.mark.parametrize(("wrong", "channel"), [(7, "7"), ([], "fax"), ({}, "fax"), (True, None), (["a"], None)])
    def test_a_setting_that_is_no_word_does_no_harm(self, wrong: Any, channel: str | None) -> None:
        assert mapping.channel_of("fax", options={"channels": {"fax": wrong}}) == channel


class TestPeople:
    @pytest.mark.parametrize(("sender", "by"), [("Customer", "customer"), ("Agent", "agent"), ("System", "system")])
    def test_the_sender_says_who_wrote_and_who_opened(self, sender: str, by: str) -> None:
        assert mapping.written_by(said(sender=sender)) == by
        assert mapping.opened_by(read_ticket(ticket(create_article_sender=sender))) == by

    def test_every_sender_is_known(self) -> None:
        assert {mapping.written_by(said(sender=sender)) for sender in SENDERS} == {"agent", "customer", "system"}

    @pytest.mark.parametrize("sender", [None, "Bot", "-", 7])
    def test_whoever_is_unknown_wrote_as_zammad_and_opened_as_nobody(self, sender: Any) -> None:
        assert mapping.written_by(said(sender=sender)) == "system"
        assert mapping.opened_by(read_ticket(ticket(create_article_sender=sender))) is None

    def test_what_zammad_itself_wrote_as_an_agent_is_nobodys_answer(self) -> None:
        assert mapping.written_by(said(created_by_id=mapping.SYSTEM_USER)) == "system"

    @pytest.mark.parametrize(("user", "by"), [(None, None), (1, "system"), (41, "customer"), (17, "agent")])
    def test_who_changed_something_is_told_by_who_the_customer_is(self, user: int | None, by: str | None) -> None:
        assert mapping.changed_by(user, customer_id=41) == by


class TestMessages:
    @pytest.mark.parametrize(
        ("changes", "public"),
        [
            ({}, True),
            ({"internal": True}, False),
            ({"internal": None}, False),
            ({"type": "phone"}, True),
            ({"type": "phone", "internal": True}, False),
            ({"type": "note"}, False),
            ({"type": "note", "sender": "Customer"}, True),
            ({"type": "note", "sender": "System"}, False),
            ({"type": "web", "sender": "Customer"}, True),
            ({"type": None}, True),
        ],
    )
    def test_what_the_customer_was_told(self, changes: dict[str, Any], public: bool) -> None:
        assert mapping.is_public(said(**changes), options={}) is public

    def test_public_notes_count_where_the_account_says_so(self) -> None:
        assert mapping.is_public(said(type="note"), options={"public_notes": True})
        assert not mapping.is_public(said(type="note", internal=True), options={"public_notes": True})
        assert not mapping.is_public(said(type="note"), options={"public_notes": "yes"})

    @pytest.mark.parametrize(
        ("changes", "ours"),
        [
            ({}, True),
            ({"body": "Call back<br>\n[deskpulse:n:9]"}, True),
            ({"body": "no mark"}, False),
            ({"body": None}, False),
            ({"internal": False}, False),
            ({"internal": None}, False),
            ({"type": "email"}, False),
        ],
    )
    def test_a_note_of_ours_is_internal_and_bears_a_mark(self, changes: dict[str, Any], ours: bool) -> None:
        note = {"type": "note", "internal": True, "body": "[deskpulse:n:9]"}
        assert mapping.is_ours(said(**{**note, **changes})) is ours

    @pytest.mark.parametrize(
        ("changes", "summary"),
        [
            ({}, True),
            ({"title": "Week 24"}, False),
            ({"create_article_type": "email"}, False),
            ({"create_article_sender": "Customer"}, False),
            ({"create_article_sender": None}, False),
        ],
    )
    def test_a_summary_is_an_agents_note_with_a_mark_in_its_title(self, changes: dict[str, Any], summary: bool) -> None:
        told = {"title": "Week 24 [deskpulse:w:24]", "create_article_type": "note", "create_article_sender": "Agent"}
        assert mapping.is_summary(read_ticket(ticket(**{**told, **changes}))) is summary


class TestFields:
    def test_custom_attributes_and_the_priority_tell_tickets_apart(self) -> None:
        told = read_ticket(ticket(region="north", floor=3, vip=True, weight=1.5, product=None))
        expected = {"priority": "2 normal", "region": "north", "floor": "3", "vip": "true", "weight": "1.5"}
        assert mapping.own_fields(told, without=()) == {**expected, "product": None}

    @pytest.mark.parametrize("name", ["csat", "ces", "nps", "deskpulse_channel", "deskpulse_anything"])
    def test_what_deskpulse_writes_is_not_read(self, name: str) -> None:
        assert name not in mapping.own_fields(read_ticket(ticket(**{name: "4"})), without=())

    def test_what_is_read_as_something_else_is_no_field(self) -> None:
        assert "region" not in mapping.own_fields(read_ticket(ticket()), without={"region"})

    @pytest.mark.parametrize("value", [["a", "b"], {"name": "x"}, "x" * 600, "a\0b", 2**60])
    def test_what_no_event_can_hold_is_no_field(self, value: Any) -> None:
        assert "region" not in mapping.own_fields(read_ticket(ticket(region=value)), without=())

    def test_no_column_of_zammads_own_is_a_field(self) -> None:
        names = ("note", "number", "title", "close_at", "update_in_min", "pending_time", "type", "first_response_at")
        columns = dict.fromkeys(names, "x")
        told = {**ticket(), **columns, "article_count": 2, "customer": "jo@people.example", "organization": "Acme"}
        assert set(mapping.own_fields(read_ticket(told), without=())) == {"priority", "region"}

    def test_a_ticket_without_a_priority_has_none(self) -> None:
        assert "priority" not in mapping.own_fields(read_ticket(ticket(priority=None)), without=())

    def test_tags_are_read_without_ours(self) -> None:
        told = ["vip", "channel-email", "deskpulse-follow-up", "x" * 600, "Größe"]
        assert mapping.tags(told) == ["vip", "Größe"]
        assert [mapping.is_tag(tag) for tag in (*told, None)] == [True, False, False, False, True, False]
