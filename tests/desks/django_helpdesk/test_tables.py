"""Row by row: what each word, number, title and custom field of a django-helpdesk means."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.errors import Unreadable
from integrations.events import CHANNELS
from integrations.times import DAY, SECOND
from tests.desks.django_helpdesk.samples import (
    CUSTOMER,
    EVA,
    IVO,
    MAIL,
    OPENED,
    PLUGIN,
    at,
    by_form,
    by_mail,
    by_staff,
    entry,
    of_type,
    present,
    read,
    ticket,
)
from tests.desks.hooks import NOW

WORDS = {
    "email": "email", "e-mail": "email", "E-Mail": "email", "mail": "email", " Mails ": "email", "chat": "chat",
    "live chat": "chat", "live_chat": "chat", "LiveChat": "chat", "web": "web_form", "webform": "web_form",
    "web form": "web_form", "web_form": "web_form", "Website": "web_form", "form": "web_form", "portal": "web_form",
    "phone": "voice", "telephone": "voice", "call": "voice", "calls": "voice", "voice": "voice",
    "WhatsApp": "messaging", "telegram": "messaging", "messenger": "messaging", "messaging": "messaging",
    "facebook": "social", "Instagram": "social", "twitter": "social", "social": "social", "sms": "sms", "api": "api",
    "walk-in": "in_person", "Walk in": "in_person", "in person": "in_person", "other": "other", "internal": "internal",
}  # fmt: skip
STATUSES = {1: "open", 2: "open", 3: "resolved", 4: "closed", 5: "closed"}


def test_every_channel_of_ours_is_among_the_words() -> None:
    assert set(WORDS.values()) == set(CHANNELS)


@pytest.mark.parametrize("word", WORDS)
def test_the_field_channel_is_read_whatever_the_spelling(word: str) -> None:
    reading = read(ticket(by_mail(), custom_channel=word))
    assert of_type(reading, "ticket.created")[0].data["channel"] == WORDS[word]
    assert present(reading)["channel"] == WORDS[word]


@pytest.mark.parametrize("word", WORDS)
def test_the_name_of_a_queue_tells_the_channel_where_nothing_else_does(word: str) -> None:
    told = ticket(by_staff())
    assert present(read(told, queue_slug=word))["channel"] == WORDS[word]
    assert present(read(ticket(by_mail()), queue_slug=word))["channel"] == "email"


@pytest.mark.parametrize("word", ["fax", "Pigeon post"])
def test_a_channel_of_the_desks_own_keeps_its_word(word: str) -> None:
    assert present(read(ticket(by_mail(), custom_channel=word)))["channel"] == word
    assert "channel" not in present(read(ticket(by_staff()), queue_slug=word))


@pytest.mark.parametrize(
    ("channels", "channel"),
    [({"shop": "chat"}, "chat"), ({"2": "voice"}, "voice"), ({"shop": "sms", "2": "voice"}, "sms"), ({}, "email"),
     ({"3": "chat"}, "email"), ({"shop": 7}, "email"), ("chat", "email"), (None, "email")],
)  # fmt: skip
def test_the_account_says_what_a_queue_is_by_its_name_or_number(channels: Any, channel: str) -> None:
    assert present(read(ticket(by_mail()), channels=channels))["channel"] == channel


@pytest.mark.parametrize("number", STATUSES)
@pytest.mark.parametrize("on_hold", [False, True])
def test_a_status_is_its_word_and_held_only_while_open(number: int, on_hold: bool) -> None:
    now = present(read(ticket(by_mail(), status=number, on_hold=on_hold)))
    assert now["status"] == ("on_hold" if on_hold and STATUSES[number] == "open" else STATUSES[number])


@pytest.mark.parametrize("number", STATUSES)
def test_a_change_of_status_is_told_whole(number: int) -> None:
    changed = entry(502, 10, "", user=EVA, new_status=number)
    change = of_type(read(ticket(by_mail(), changed, status=number)), "status.changed")[-1]
    assert (change.at, change.seq, change.ticket) == (at(10), 502, "204")
    assert dict(change.data) == {"status": STATUSES[number], "by": "agent", "author": str(EVA)}


@pytest.mark.parametrize(
    ("statuses", "word"),
    [({"7": "pending"}, "pending"), ({"7": "on_hold"}, "on_hold"), ({"7": "asleep"}, None), ({"8": "open"}, None),
     ({}, None), ("pending", None)],
)  # fmt: skip
def test_a_status_of_the_desks_own_is_what_the_account_says_or_is_left_out(statuses: Any, word: str | None) -> None:
    changed = entry(502, 10, "", user=EVA, new_status=7)
    reading = read(ticket(by_mail(), changed, status=7), statuses=statuses)
    assert present(reading).get("status") == word
    assert [one.data["status"] for one in of_type(reading, "status.changed")] == ["open", *([word] if word else [])]


#: How an entry looks → who wrote it, whether it is public, automatic, and its author.
ENTRIES: dict[str, tuple[dict[str, Any], tuple[str, bool, bool, str | None]]] = {
    "a mail": ({"message_id": MAIL}, ("customer", True, False, None)),
    "a mail of somebody with an account": ({"message_id": MAIL, "user": EVA}, ("customer", True, False, None)),
    "the public page": ({}, ("customer", True, False, None)),
    "an acceptance": ({"new_status": 4}, ("customer", True, True, None)),
    "a reopening on the page": ({"new_status": 2}, ("customer", True, False, None)),
    "an answer": ({"user": EVA}, ("agent", True, False, str(EVA))),
    "a note": ({"user": IVO, "public": False}, ("agent", False, False, str(IVO))),
    "an escalation": ({"title": "Ticket Escalated"}, ("system", True, True, None)),
    "our user in public": ({"user": PLUGIN}, ("bot", True, False, str(PLUGIN))),
    "out of office": ({"message_id": MAIL, "email_recipients": []}, ("customer", True, True, None)),
    "recipients unknown": ({"message_id": MAIL, "email_recipients": None}, ("customer", True, False, None)),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_is_a_message_of_whoever_wrote_it(name: str) -> None:
    changes, (by, public, auto, author) = ENTRIES[name]
    message = of_type(read(ticket(by_mail(), entry(502, 10, "Hm", **changes))), "message.sent")[-1]
    assert (message.at, message.seq) == (at(10), 502)
    expected = {"message": "502", "by": by, "public": public, "author": author, "auto": auto or None}
    assert dict(message.data) == {key: value for key, value in expected.items() if value is not None}


@pytest.mark.parametrize(
    ("opened", "customer", "channel", "data"),
    [
        (by_mail(), CUSTOMER, "email", {"by": "customer", "customer": CUSTOMER}),
        (by_form(), CUSTOMER, "web_form", {"by": "customer", "customer": CUSTOMER}),
        (by_staff(), CUSTOMER, None, {"by": "customer", "customer": CUSTOMER}),
        (by_staff(), "", None, {"by": "agent", "author": str(EVA)}),
        (by_form(user=EVA), "", "web_form", {"by": "agent", "author": str(EVA)}),
        (by_mail(user=EVA), "", "email", {"by": "customer"}),
        (by_form(), None, "web_form", {"by": "customer"}),
    ],
)
def test_a_creation_is_told_whole(
    opened: dict[str, Any], customer: str | None, channel: str | None, data: dict[str, str]
) -> None:
    created, status, *_ = read(ticket(opened, submitter_email=customer)).events
    told = {"department": "2", **data} | ({"channel": channel} if channel else {})
    assert (created.type, created.at, dict(created.data)) == ("ticket.created", OPENED, told)
    assert (status.type, status.at, dict(status.data)) == ("status.changed", OPENED, {"status": "open"})
    assert created.seen == NOW


@pytest.mark.parametrize(
    ("text", "tags"),
    [("vip", ["vip"]), (" vip ,loud,", ["vip", "loud"]), ("vip,vip", ["vip"]),
     ("", []), (None, []), (7, []), (",,", []),
     ("channel-email,vip,deskpulse-low", ["vip"]), ("x" * 5000, []), ("é,ü", ["é", "ü"])],
)  # fmt: skip
def test_tags_are_read_from_their_field_without_ours(text: Any, tags: list[str]) -> None:
    assert present(read(ticket(by_mail(), custom_tags=text)))["tags"] == tags


@pytest.mark.parametrize(
    ("score", "answer"),
    [(4, 4), ("4", 4), (" 5 ", 5), (4.5, 4.5), ("4.5", 4.5), (1, 1), (0, None), (6, None), (True, None), ("", None),
     ("good", None), (None, None), ("nan", None), ("inf", None), ([4], None)],
)  # fmt: skip
def test_an_answer_is_a_number_on_its_scale(score: Any, answer: float | None) -> None:
    options = {"csat": {"field": "stars", "scale": [1, 5], "comment": "words"}}
    now = present(read(ticket(by_mail(), custom_stars=score, custom_words=" Fine "), answers=options))
    told = [{"kind": "csat", "survey": "stars", "score": answer, "scale": [1, 5], "comment": "Fine"}]
    assert now.get("answers") == (None if answer is None else told)
    assert not {"stars", "words"} & set(now.get("fields", {}))


@pytest.mark.parametrize(("ahead", "readable"), [(DAY, True), (DAY + SECOND, False), (-DAY, True)])
def test_an_entry_may_be_a_day_ahead_of_us_and_no_more(ahead: int, readable: bool) -> None:
    minutes = (NOW + ahead - OPENED) / (60 * SECOND)
    told = ticket(by_mail(), {**entry(502, 0, "Hm"), "date": entry(1, minutes)["date"]})  # type: ignore[arg-type]
    if readable:
        assert of_type(read(told), "message.sent")
    else:
        with pytest.raises(Unreadable, match="future"):
            read(told)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-29T01:30:00+01:00", "2026-03-29T00:30:00+00:00"),
        ("2026-03-29T03:00:00+02:00", "2026-03-29T01:00:00+00:00"),
        ("2025-10-26T02:30:00+02:00", "2025-10-26T00:30:00+00:00"),
        ("2025-10-26T02:30:00+01:00", "2025-10-26T01:30:00+00:00"),
    ],
)
def test_around_both_clock_changes_a_date_is_the_moment_it_names(written: str, moment: str) -> None:
    here, there = (of_type(read(ticket(by_mail(date=date))), "ticket.created")[0] for date in (written, moment))
    assert here.at == there.at
    assert here.content_hash() == there.content_hash()
