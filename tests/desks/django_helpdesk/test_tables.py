"""Row by row: what each word, number, title and custom field of a django-helpdesk means."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.django_helpdesk import mapping
from integrations.django_helpdesk.payloads import read_ticket
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
    "a mail that closes": ({"message_id": MAIL, "new_status": 4}, ("customer", True, False, None)),
    "an answer that closes": ({"user": EVA, "new_status": 4}, ("agent", True, False, str(EVA))),
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


@pytest.mark.parametrize(
    ("statuses", "number", "word"),
    [({"1": "new"}, 1, "on_hold"), ({"7": "pending"}, 7, "on_hold"), ({"7": "on_hold"}, 7, "on_hold"),
     ({"7": "spam"}, 7, "spam"), ({"7": "resolved"}, 7, "resolved"), ({}, 7, None)],
)  # fmt: skip
def test_a_held_ticket_is_on_hold_where_somebody_still_works_on_it(
    statuses: dict[str, str], number: int, word: str | None
) -> None:
    assert present(read(ticket(by_mail(), status=number, on_hold=True), statuses=statuses)).get("status") == word


@pytest.mark.parametrize(
    ("number", "automatic"),
    [(1, False), (2, False), (3, True), (4, True), (5, True), (7, True), (8, False), (9, False)],
)
def test_the_public_page_puts_words_into_the_mouth_of_who_ends_the_conversation(number: int, automatic: bool) -> None:
    said = entry(502, 10, "Accepted", new_status=number)
    sent = of_type(read(ticket(by_form(), said), statuses={"7": "closed", "8": "pending"}), "message.sent")
    assert sent[-1].data.get("auto", False) is automatic


@pytest.mark.parametrize(("theirs", "ours", "automatic"), [([CUSTOMER], [], False), ([], [CUSTOMER], True)])
def test_whether_the_desk_sends_mail_is_told_by_the_tickets_own_opening(
    theirs: list[str], ours: list[str], automatic: bool
) -> None:
    merged_in = entry(499, -90, title="[Merged from #203] Humming", message_id=MAIL, email_recipients=theirs)
    away = entry(502, 5, "I am away", message_id=MAIL, email_recipients=[])
    sent = of_type(read(ticket(merged_in, by_mail(email_recipients=ours), away)), "message.sent")
    assert [bool(one.data.get("auto")) for one in sent] == [False, automatic]


@pytest.mark.parametrize(
    ("title", "merged_in"),
    [("[Merged from #7] Blender", True), ("[#7] Blender", True), ("[Fusionné de #7] ", True), ("[a 7] Blender", False),
     ("[#7]Blender", False), ("see [#7] Blender", False), ("[a] [b #7] Blender", False), ("[#7 b] Blender", False)],
)  # fmt: skip
def test_an_entry_of_a_merged_ticket_is_known_by_the_start_of_its_title(title: str, merged_in: bool) -> None:
    sent = of_type(read(ticket(by_mail(), entry(502, 5, user=EVA, title=title))), "message.sent")
    assert len(sent) == (1 if merged_in else 2)


LONGEST = "e" * 150


@pytest.mark.parametrize(
    ("title", "name"),
    [("Assigned to eva", "eva"), ("Assigned to eva and Resolved", "eva"), (f"Assigned to {LONGEST}", LONGEST),
     (f"Assigned to {LONGEST}e", None), ("Assigned to eva and then some", None), ("Assigned to Eva N", None),
     ("Reassigned to eva", None), ("assigned to eva", None), ("Assigned to ", None), ("Zugewiesen an eva", None)],
)  # fmt: skip
def test_an_agents_name_is_read_from_a_title_that_only_assigns(title: str, name: str | None) -> None:
    told = ticket(by_form(), entry(502, 5, "", user=IVO, title=title), assigned_to=EVA)
    assert read(told, follow_up=502, queue_slug="").names == ({"agent": {str(EVA): name}} if name else {})
    assert "agent" not in read({**told, "assigned_to": None}, follow_up=502).names


NOTE = "1 of 5\n\n[deskpulse:answer-7]"


@pytest.mark.parametrize(
    ("shown", "said", "resolution"),
    [
        (None, [("Done", 3)], None), ("Repaired", [("Done", 3)], "Repaired"), ("", [("Done", 3)], ""), (NOTE, [], None),
        (NOTE, [("First", 3), ("Second", 4), ("Third", None)], "Second"), (NOTE, [("First", 4), ("Then", 3)], "Then"),
        (NOTE, [("Closed", 4)], "Closed"), (NOTE, [("Twice", 5), ("Open", 1)], None),
    ],
)  # fmt: skip
def test_the_resolution_is_what_ended_the_conversation_where_our_note_stands_in_its_place(
    shown: str | None, said: list[tuple[str, int | None]], resolution: str | None
) -> None:
    history = [entry(502 + n, n, words, user=EVA, new_status=status) for n, (words, status) in enumerate(said, start=1)]
    assert mapping.resolution(read_ticket(ticket(by_form(), *history, resolution=shown))) == resolution


@pytest.mark.parametrize(
    ("status", "shown", "replaced"),
    [(3, None, True), (3, "Done", True), (4, None, True), (4, "", False), (4, "Done", False), (1, None, False),
     (2, None, False), (5, None, False)],
)  # fmt: skip
def test_a_note_becomes_the_resolution_of_a_resolved_ticket_and_of_a_closed_one_without_any(
    status: int, shown: str | None, replaced: bool
) -> None:
    assert mapping.shows_notes(read_ticket(ticket(by_form(), status=status, resolution=shown))) is replaced


@pytest.mark.parametrize(
    ("told", "channels", "channel"),
    [(" Fax ", {}, "Fax"), ("  ", {}, "email"), ("f" * 512, {}, "f" * 512), ("f" * 513, {}, "email"),
     ("a\0b", {"shop": "sms"}, "sms"), (7, {}, "email"), (None, {"2": ""}, "email"), (None, {"2": "f" * 513}, "email")],
)  # fmt: skip
def test_a_channel_that_no_event_can_hold_is_none_and_the_ticket_is_read(
    told: Any, channels: dict[str, str], channel: str
) -> None:
    reading = read(ticket(by_mail(), custom_channel=told), channels=channels)
    assert of_type(reading, "ticket.created")[0].data["channel"] == channel
    assert present(reading)["channel"] == channel
