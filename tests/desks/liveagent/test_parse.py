"""What a rule's HTTP request is read to, whatever it is wrapped in."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest

from integrations.base import Access, Call, Reading
from integrations.errors import BadProof, Unreadable
from integrations.liveagent.setup import RULES
from tests.desks.liveagent.world import DESK, NOW, ZAGREB

ACCESS = Access(url="https://acme.ladesk.example", credentials={}, zone=ZAGREB)
IDS = {"ticket_id": "k3v9w1qa", "ticket_code": "MNB-VCX-123"}


def call(body: bytes | str, query: dict[str, str] | None = None, content_type: str = "application/json") -> Call:
    raw = body.encode() if isinstance(body, str) else body
    return Call(body=raw, headers={"content-type": content_type}, query=query or {}, received_at=NOW)


def refreshed(body: bytes | str, query: dict[str, str] | None = None, **more: str) -> tuple[str, ...]:
    reading = DESK.parse(call(body, query, **more), ACCESS)
    assert (reading.events, reading.present) == ((), ())
    return reading.refresh


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.event} {rule.rating}".strip())
def test_every_rule_of_the_setup_page_asks_for_its_ticket(rule) -> None:  # type: ignore[no-untyped-def]
    body = rule.body().replace("{$conv_conversationid}", "k3v9w1qa").replace("{$conv_code}", "MNB-VCX-123")
    assert json.loads(body)["event"] == rule.event
    assert refreshed(body) == ("k3v9w1qa",)


@pytest.mark.parametrize("event", ["ticket.overdue", "something.new", "", None, 7])
def test_an_event_that_nobody_knows_refreshes_too(event: object) -> None:
    assert refreshed(json.dumps({"event": event, **IDS})) == ("k3v9w1qa",)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_json_is_read_under_any_content_type(content_type: str) -> None:
    assert refreshed(json.dumps(IDS), content_type=content_type) == ("k3v9w1qa",)


def test_json_with_a_byte_order_mark_and_blanks_is_read() -> None:
    assert refreshed(b"\xef\xbb\xbf  " + json.dumps(IDS).encode() + b"\r\n") == ("k3v9w1qa",)


def test_a_form_is_read() -> None:
    assert refreshed(urlencode({"event": "ticket.created", **IDS})) == ("k3v9w1qa",)


def test_json_that_an_old_version_url_encoded_is_read() -> None:
    assert refreshed(quote(json.dumps(IDS), safe="")) == ("k3v9w1qa",)


def test_the_query_is_read_when_there_is_no_body() -> None:
    assert refreshed("", {"token": "t", "event": "ticket.created", **IDS}) == ("k3v9w1qa",)


def test_a_number_is_an_id_too() -> None:
    assert refreshed('{"ticket_id": 4711}') == ("4711",)


def test_the_code_stands_in_for_a_missing_id() -> None:
    assert refreshed('{"ticket_id": "", "ticket_code": "MNB-VCX-123"}') == ("MNB-VCX-123",)


def test_a_body_broken_by_a_quote_is_unreadable_and_says_what_to_do() -> None:
    with pytest.raises(Unreadable, match="put only ids in it"):
        DESK.parse(call('{"ticket_id":"k3v9w1qa","subject":"my 24" screen"}'), ACCESS)


def test_a_body_broken_by_a_quote_is_rescued_by_an_id_in_the_query() -> None:
    assert refreshed('{"ticket_id":"k3v9w1qa","subject":"24" screen"}', {"ticket_id": "k3v9w1qa"}) == ("k3v9w1qa",)


@pytest.mark.parametrize("variable", ["{$ticket_id}", "{$conv_conversationid", "{ $conv_id}"])
def test_a_variable_that_was_not_replaced_is_named(variable: str) -> None:
    with pytest.raises(Unreadable) as caught:
        DESK.parse(call(json.dumps({"ticket_id": variable})), ACCESS)
    assert variable in str(caught.value)
    assert "no variable of that name" in str(caught.value)


def test_of_a_long_value_with_a_variable_only_the_beginning_is_shown() -> None:
    with pytest.raises(Unreadable, match=f"did not replace {'x' * 60} in ticket_id"):
        DESK.parse(call(json.dumps({"ticket_id": "x" * 90 + "{$conv_id}"})), ACCESS)


def test_a_code_that_was_not_replaced_is_told_though_the_id_is_good() -> None:
    with pytest.raises(Unreadable, match="ticket_code"):
        DESK.parse(call('{"ticket_id": "k3v9w1qa", "ticket_code": "{$code}"}'), ACCESS)


@pytest.mark.parametrize(
    "ticket",
    ["a b", "../tickets", "a/b", "x" * 33, "é", "a?b=c", "a#", "0x\n", [], {}, ["k3v9w1qa"], True, 1.5, "k3\u0000v"],
)
def test_an_id_that_liveagent_could_not_have_written_is_unreadable(ticket: object) -> None:
    with pytest.raises(Unreadable):
        DESK.parse(call(json.dumps({"ticket_id": ticket})), ACCESS)


@pytest.mark.parametrize("code", ["abc-def-ghi", "ABC-DEF", "ABC-DEF-GHI-JKL", "ABC DEF GHI", "A" * 40])
def test_a_code_of_another_shape_is_unreadable(code: str) -> None:
    with pytest.raises(Unreadable):
        DESK.parse(call(json.dumps({"ticket_code": code})), ACCESS)


def test_a_good_code_stands_in_for_an_id_that_liveagent_could_not_have_written() -> None:
    assert refreshed('{"ticket_id": "a b", "ticket_code": "MNB-VCX-123"}') == ("MNB-VCX-123",)
    assert refreshed('{"ticket_id": ["a"], "ticket_code": "MNB-VCX-123"}') == ("MNB-VCX-123",)


def test_the_body_goes_before_the_query_and_the_id_before_the_code() -> None:
    assert refreshed(json.dumps(IDS), {"ticket_id": "other"}) == ("k3v9w1qa",)
    assert refreshed("a=1&ticket_id=", {"ticket_id": "other"}) == ("other",)


def test_a_form_of_too_many_fields_is_not_read() -> None:
    form = "&".join(f"a{number}=" for number in range(100))
    assert refreshed(form.replace("a99=", "ticket_id=k3v9w1qa\r\n")) == ("k3v9w1qa",)
    with pytest.raises(Unreadable, match="HTTP Body is not JSON with a ticket_id"):
        DESK.parse(call(f"{form}&ticket_id=k3v9w1qa"), ACCESS)
    assert refreshed(f"{form}&b=", {"ticket_id": "k3v9w1qa"}) == ("k3v9w1qa",)


@pytest.mark.parametrize("body", ["", "null", "[]", '"x"', "{}", "<xml/>", '{"event":"queue.changed"}'])
def test_a_call_about_no_ticket_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        DESK.parse(call(body), ACCESS)


def test_a_hint_is_not_taken_for_the_delivery_of_another_one() -> None:
    assert DESK.delivery(call(json.dumps(IDS))) is None


@pytest.mark.parametrize(("headers", "query"), [({"x-plugin-token": "good"}, {}), ({}, {"token": "good"})])
def test_the_token_is_taken_from_the_header_or_the_query(headers: dict[str, str], query: dict[str, str]) -> None:
    genuine = Call(body=b"", headers=headers, query=query, received_at=NOW)
    DESK.verify(genuine, [b"old", b"good"], now=NOW)
    with pytest.raises(BadProof):
        DESK.verify(genuine, [b"other"], now=NOW)


def test_one_good_token_is_enough_when_the_other_place_holds_rubbish() -> None:
    both = Call(body=b"", headers={"x-plugin-token": "é\ud800"}, query={"token": "good"}, received_at=NOW)
    DESK.verify(both, [b"good"], now=NOW)


def test_a_kept_call_is_answered_200_because_old_versions_take_202_for_a_failure() -> None:
    assert DESK.accepted == 200


def test_the_readings_of_a_hint_are_plain_values() -> None:
    assert DESK.parse(call(json.dumps(IDS)), ACCESS) == Reading(refresh=("k3v9w1qa",))
