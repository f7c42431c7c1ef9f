"""What is kept of an event: no person in plain, no tag of our own."""

from __future__ import annotations

from dataclasses import replace

from integrations.base import Present
from tests.workers.stories import answered, at, created, sent, told
from workers.keeping import Keeper

KEEPER = Keeper(b"the key of one account")


def test_customers_and_customer_authors_are_keyed_hashes() -> None:
    ticket, message = (
        KEEPER.event(created(customer="Ana@Example.com ")),
        KEEPER.event(sent(1, "customer", author="ana@example.com")),
    )
    assert ticket is not None
    assert message is not None
    assert ticket.data["customer"] == message.data["author"]
    assert "ana" not in ticket.data["customer"]
    assert Keeper(b"another account").event(created(customer="ana@example.com")) != ticket


def test_an_agents_id_and_a_comment_are_kept_as_they_are() -> None:
    message, answer = KEEPER.event(sent(1)), KEEPER.event(answered(5, 2, comment="thanks"))
    assert message is not None
    assert answer is not None
    assert (message.data["author"], answer.data["comment"]) == ("eva", "thanks")


def test_the_id_of_an_event_does_not_change_when_its_customer_is_hidden() -> None:
    kept = KEEPER.event(created())
    assert kept is not None
    assert kept.id == created().id


def test_our_own_tags_are_no_tags_and_the_mark_of_a_summary_is_one() -> None:
    kept = KEEPER.event(created(tags=["vip", "channel-email", "deskpulse-follow-up", "deskpulse-summary"]))
    assert kept is not None
    assert kept.data["tags"] == ["deskpulse-summary", "vip"]


def test_news_of_our_own_tags_alone_is_no_event() -> None:
    assert KEEPER.event(told("ticket.tagged", 1, add_tags=["channel-email"])) is None
    assert KEEPER.event(told("ticket.tagged", 1, add_tags=["channel-email", "vip"])) is not None
    assert KEEPER.event(told("ticket.tagged", 1, tags=["channel-email"])) is not None


def test_present_values_are_kept_in_the_same_way() -> None:
    told_now = Present("T1", at(5), {"customer": "ana", "tags": ["vip", "channel-chat"], "status": "open"})
    kept, ticket = KEEPER.present(told_now), KEEPER.event(created(customer="ana"))
    assert ticket is not None
    assert kept == replace(told_now, values={"customer": ticket.data["customer"], "tags": ["vip"], "status": "open"})


LINK = "https://pulse.example.com/s/eyJhbGciOiJIUzI1NiJ9.eyJhIjoiYWNtZSJ9.c2lnbmF0dXJl"


def test_the_link_of_a_survey_is_not_kept_whatever_its_field_is_called() -> None:
    kept = KEEPER.event(created(fields={"region": "north", "360012": LINK, "cf_survey": LINK[:60]}))
    assert kept is not None
    assert kept.data["fields"] == {"region": "north"}


def test_news_of_a_link_alone_is_no_event() -> None:
    assert KEEPER.event(told("ticket.updated", 1, fields={"survey": LINK})) is None
    assert KEEPER.event(told("ticket.updated", 1, fields={"survey": LINK, "region": None})) is not None
    assert KEEPER.event(told("ticket.updated", 1, fields={"survey": LINK}, customer="ana")) is not None
    assert KEEPER.event(told("ticket.updated", 1, fields={})) is not None


def test_the_link_of_a_survey_is_not_kept_of_present_values_either() -> None:
    present = Present("T1", at(5), {"fields": {"survey": LINK, "page": "https://shop.example.com/s/eyes", "n": None}})
    assert KEEPER.present(present).values["fields"] == {"page": "https://shop.example.com/s/eyes", "n": None}
