"""Zendesk's vocabulary: every documented word has its place, and an unknown one stays visible."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.errors import Unreadable
from integrations.events import CHANNELS
from integrations.times import instant_of_iso
from integrations.zendesk import mapping, values
from integrations.zendesk.payloads import Hint, Notice, Via, read_audit, read_call, read_comment, read_ticket, read_user
from tests.desks.zendesk.office import OPENED, happened, read, snapshot
from workers.channels import canonical

#: The words of the via object and of the pages on events, by our channel.
VIA = {
    "email": "mail email mailgun connect_mail recovered_from_suspended_tickets",
    "web_form": "web_form web dropbox helpcenter web_widget get_satisfaction topic forum blog chat_offline_message",
    "chat": "chat chat_transcript",
    "messaging": "native_messaging omnichannel sunshine_conversations_api sunshine_conversations_facebook_messenger"
    " sunshine_conversations_twitter_dm whatsapp line wechat telegram viber kakaotalk apple_business_chat"
    " google_business_messages google_rcs instagram_dm business_messaging_slack_connect facebook_message twitter_dm"
    " symphony mobile_sdk mobile iphone answer_bot answer_bot_api answer_bot_for_agents answer_bot_for_sdk"
    " answer_bot_for_slack answer_bot_for_web_widget automatic_solution_suggestions",
    "social": "twitter twitter_favorite facebook_post",
    "voice": "phone_call_inbound phone_call_outbound voicemail api_phone_call_inbound api_phone_call_outbound"
    " api_voicemail voice phone",
    "sms": "sms text_message twilio_sms messagebird_sms connect_sms",
    "api": "web_service api import ticket_sharing github resource_push connect_ipm",
    "internal": "rule rule_revision linked_problem group_change group_deletion user_change user_deletion user_merge"
    " merge batch macro_reference lotus monitor_event churned_account sample_ticket sample_interactive_ticket"
    " admin_setting satisfaction_prediction ticket_tagging side_conversation logmein_rescue",
}
NUMBERS = {
    0: "web_form", 4: "email", 5: "api", 8: "internal", 9: "internal", 10: "internal", 11: "internal", 12: "internal",
    13: "internal", 14: "api", 15: "messaging", 16: "web_form", 17: "web_form", 19: "internal", 20: "internal",
    21: "email", 22: "messaging", 23: "social", 24: "web_form", 26: "messaging", 29: "chat", 30: "social",
}  # fmt: skip
WORDS = [(word, channel) for channel, words in VIA.items() for word in words.split()]


@pytest.mark.parametrize(("word", "channel"), WORDS)
def test_every_via_word_has_its_channel_in_calls_of_any_case(word: str, channel: str) -> None:
    assert mapping.channel(word) == channel
    for told in (word, word.upper()):
        event = read(happened("ticket.created", via={"channel": told})).events[0]
        assert event.data["channel"] == channel


@pytest.mark.parametrize(("number", "channel"), NUMBERS.items())
def test_every_number_that_stands_for_a_via_has_its_channel(number: int, channel: str) -> None:
    for told in (number, str(number), {"channel": number}):
        assert read(happened("ticket.created", via=told)).events[0].data["channel"] == channel


def test_no_word_has_two_channels_and_all_are_canonical() -> None:
    words = [word for word, _ in WORDS]
    assert len(words) == len(set(words))
    assert set(mapping.CHANNEL.values()) <= set(CHANNELS)
    assert set(words) <= set(mapping.CHANNEL)


@pytest.mark.parametrize("word", ["any_channel", "carrier_pigeon", "31", "999"])
def test_an_unknown_word_is_kept_and_counts_as_other(word: str) -> None:
    event = read(happened("ticket.created", via={"channel": word})).events[0]
    assert event.data["channel"] == word
    assert canonical(event.data["channel"]) == "other"


@pytest.mark.parametrize("via", [None, {}, "", [], {"channel": None}, {"channel": ""}, {"channel": []}, True])
def test_without_a_word_no_channel_is_told(via: Any) -> None:
    assert "channel" not in read(happened("ticket.created", via=via)).events[0].data


@pytest.mark.parametrize("word", ["closed_ticket", "27"])
def test_a_follow_up_has_no_channel_of_its_own(word: str) -> None:
    assert mapping.channel(word) is None
    assert mapping.is_follow_up(word)
    assert not mapping.is_follow_up("mail")


STATUSES = {
    "NEW": "new", "open": "open", "Pending": "pending", "HOLD": "on_hold", "solved": "resolved", "CLOSED": "closed",
    "ARCHIVED": "closed", "DELETED": "deleted", "SCRUBBED": "deleted", "": None, "SLEEPING": None, "on-hold": None,
}  # fmt: skip


@pytest.mark.parametrize(("word", "status"), STATUSES.items())
def test_every_status_has_our_word(word: str, status: str | None) -> None:
    assert mapping.status(word) == status


def test_no_event_is_in_two_tables() -> None:
    tables = [mapping.SILENT, set(mapping.ENDED), set(mapping.FIELD_EVENTS), mapping.ASKED_ABOUT]
    assert sum(map(len, tables)) == len(set().union(*tables))


# ------------------------------------------------------------------------------------------------ payloads


@pytest.mark.parametrize(
    "text",
    ["2026-06-15T09:00:00Z", "2026-06-15T09:00:00.000000000Z", "2026-06-15T09:00:00.0Z", "2026-06-15T11:00:00+02:00",
     "2026-06-15T09:00:00.000000999Z"],
)  # fmt: skip
def test_times_with_up_to_nine_digits_are_read(text: str) -> None:
    assert read_ticket(snapshot(created_at=text)).created == OPENED == values.moment(text)


def test_the_digits_beyond_a_microsecond_are_cut() -> None:
    notice = read_call(b'{"type":"zen:event-type:x","time":"2025-01-08T14:25:30.123456789Z"}')
    assert isinstance(notice, Notice)
    assert notice.time == instant_of_iso("2025-01-08T14:25:30.123456Z")


@pytest.mark.parametrize(
    "text", [None, "", "now", "2026-06-15", "2026-06-15T09:00:00", 1781514000, "0001-01-01T00:00Z"]
)
def test_a_ticket_without_a_date_that_can_be_read_is_unreadable(text: Any) -> None:
    with pytest.raises(Unreadable, match="ticket: cannot read created_at"):
        read_ticket(snapshot(created_at=text))


def test_calls_and_api_are_read_alike() -> None:
    of_call = read_ticket(snapshot(assignee_id="902", status="OPEN", priority="HIGH", form_id="6"))
    of_api = read_ticket(
        {
            "id": 71, "created_at": "2026-06-15T09:00:00Z", "updated_at": "2026-06-15T09:05:00Z", "brand_id": 5,
            "via": {"channel": "mail", "source": {"from": {}, "to": {}, "rel": None}}, "requester_id": 501,
            "submitter_id": 501, "assignee_id": 902, "group_id": 33, "ticket_form_id": 6, "organization_id": None,
            "status": "open", "priority": "high", "type": None, "external_id": None, "subject": "The kettle leaks",
            "tags": ["kettle"], "actor_id": 902,
        }
    )  # fmt: skip
    assert of_call == of_api


@pytest.mark.parametrize(
    ("told", "tags"),
    [(["a", "b"], ("a", "b")), ("a b", ("a", "b")), ("", ()), (None, ()), ([], ()), ({}, ()), (7, ()),
     (["a", None, 7, "", "x\ny", "z" * 300], ("a",))],
)  # fmt: skip
def test_tags_are_a_list_or_one_text(told: Any, tags: tuple[str, ...]) -> None:
    assert read_ticket(snapshot(tags=told)).tags == tags


@pytest.mark.parametrize(
    ("told", "id_"),
    [("902", "902"), (902, "902"), ("", None), (None, None), ("0", None), (0, None), ("-1", "-1"), (-1, "-1"),
     ("x", None), (True, None), (9.5, None), ([], None), ("9" * 20, None), ("٣", None), (" 9", None)],
)  # fmt: skip
def test_ids_are_numbers_written_in_either_way(told: Any, id_: str | None) -> None:
    assert values.id_of(told) == id_
    assert read_ticket(snapshot(assignee_id=told)).agent == id_


@pytest.mark.parametrize("told", [None, "", "x", 0, [], {}, True])
def test_a_ticket_without_an_id_is_unreadable(told: Any) -> None:
    with pytest.raises(Unreadable, match="ticket: cannot read id"):
        read_ticket(snapshot(id=told))


@pytest.mark.parametrize("told", [None, 7, "x", []])
def test_what_is_no_object_is_unreadable(told: Any) -> None:
    for reads in (read_ticket, read_audit, read_comment, read_user):
        with pytest.raises(Unreadable):
            reads(told)


def test_a_via_tells_what_it_refers_to() -> None:
    source = {"from": {"ticket_id": 3, "channel": "Email"}, "to": {"ticket_id": "4"}, "rel": "merge"}
    assert read_ticket(snapshot(via={"channel": "web", "source": source})).via == Via("web", "merge", "3", "email", "4")
    assert read_ticket(snapshot(via={"channel": "web", "source": {"from": None, "to": []}})).via == Via("web")


def test_custom_fields_are_told_by_id() -> None:
    rows = [{"id": 7, "value": "x"}, {"id": "8", "value": None}, {"id": None, "value": 1}, "no row", {"id": 9}]
    assert read_ticket(snapshot(custom_fields=rows)).custom == {"7": "x", "8": None, "9": None}
    assert read_ticket(snapshot(custom_fields="none")).custom == {}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"NaN"])
def test_a_body_that_is_no_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"not (a )?JSON"):
        read_call(body)


@pytest.mark.parametrize("missing", ["time", "detail"])
def test_an_event_without_what_it_needs_is_unreadable(missing: str) -> None:
    body = {key: value for key, value in happened("ticket.created").items() if key != missing}
    with pytest.raises(Unreadable):
        read(body)


def test_an_event_needs_neither_subject_nor_a_delta() -> None:
    body = happened("ticket.created")
    del body["subject"], body["event"]
    assert read(body).events[0].ticket == "71"


def test_a_hint_is_not_an_event() -> None:
    assert read_call(b'{"ticket_id": 9}') == Hint("9")


@pytest.mark.parametrize(
    ("told", "text"),
    [({"plain_body": "p", "body": "b"}, "p"), ({"body": "b"}, "b"), ({"plain_body": "", "body": "b"}, "b"), ({}, "")],
)
def test_the_text_of_a_comment_is_the_plain_one(told: dict[str, str], text: str) -> None:
    comment = read_comment({"id": 1, "public": True, **told})
    assert (comment.text, comment.public) == (text, True)
    assert read_comment({"id": 1, "public": "yes"}).public is False


@pytest.mark.parametrize(
    ("told", "name"),
    [("Eva Novak", "Eva Novak"), (" Eva\nNovak\x00 ", "Eva Novak"), (None, ""), (7, ""), ("x" * 300, "x" * 255)],
)
def test_a_name_is_one_line_that_can_be_shown(told: Any, name: str) -> None:
    assert read_user({"id": 9, "name": told}).name == name


def test_tags_of_ours_are_not_among_those_of_others() -> None:
    assert mapping.others_tags(["vip", "channel-email", "deskpulse-summary", "vip"]) == ["vip"]
