"""At the edges: the longest address, the fullest message, and texts that would like to be more than text."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import default
from xml.etree import ElementTree

import pytest

from integrations.actions import Section
from integrations.outlets import letter
from integrations.outlets.base import Bar, Link
from integrations.outlets.email import message_of
from integrations.outlets.mail_server import MailServer, sender_of, server_of
from integrations.outlets.receivers import check_address, check_apart, check_slack
from integrations.outlets.slack import MOST_BLOCKS, MOST_IN_ALL, MOST_IN_HEADER, MOST_IN_SECTION, escaped, payload
from tests.integrations.outlets.samples import digest

LOCAL = "a" * 64
LABEL = "b" * 63
#: 64 + 1 + 63 + 1 + 63 + 1 + 61 letters: the longest address there can be.
LONGEST = f"{LOCAL}@{LABEL}.{LABEL}.{'c' * 61}"
SENDER = Address(display_name="Deskpulse", addr_spec="pulse@desk.example")
HOOK = "https://hooks.slack.com/services/"


class TestAddresses:
    @pytest.mark.parametrize("address", [LONGEST, f"{LOCAL}@x.example", f"a@{LABEL}.example", "a@b.c", "a@1-2.example"])
    def test_the_longest_of_each_part_is_taken(self, address: str) -> None:
        check_address(address)
        assert Address(addr_spec=address).addr_spec == address

    @pytest.mark.parametrize(
        "address",
        [
            f"{LONGEST}c", f"a{LOCAL}@x.example", f"a@b{LABEL}.example", "a@b-.example", "a.@b.example", "a@.b.example",
            "a@b.example.", "a @b.example", "a@b .example", "a\t@b.example", "a@b.example;c@d.example", "<a@b.example>",
            "a@b_c.example", "a\u00a0@b.example", "a@b\u3002example", "a\u202e@b.example", "\uff41@b.example",
        ],
    )  # fmt: skip
    def test_one_letter_more_or_another_one_is_refused(self, address: str) -> None:
        with pytest.raises(ValueError, match="Write an e-mail address"):
            check_address(address)

    @pytest.mark.parametrize("address", ["=?utf-8?q?x?=@desk.example", "a=?b@desk.example", "a.=?q?=@desk.example"])
    def test_what_mail_programs_decode_is_no_address(self, address: str) -> None:
        with pytest.raises(ValueError, match="Write an e-mail address"):
            check_address(address)

    @pytest.mark.parametrize("address", ["a=b@desk.example", "a?b@desk.example", "?=a@desk.example"])
    def test_the_two_signs_by_themselves_are_letters(self, address: str) -> None:
        check_address(address)
        assert message_of(digest(), SENDER, address)["To"].addresses[0].addr_spec == address

    @pytest.mark.parametrize(
        ("addresses", "apart"),
        [
            ([], True),
            (["a@b.example"], True),
            (["a@b.example", "a@b.example.x"], True),
            (["a@b.example", "a@B.EXAMPLE"], False),
            (["a@b.example", "c@b.example", "A@b.example"], False),
        ],
    )
    def test_receivers_differ_by_more_than_capitals(self, addresses: list[str], apart: bool) -> None:
        if apart:
            check_apart(addresses)
            return
        with pytest.raises(ValueError, match="once"):
            check_apart(addresses)

    @pytest.mark.parametrize(("length", "taken"), [(9, False), (10, True), (200, True), (201, False)])
    def test_a_webhook_has_a_path_of_usual_length(self, length: int, taken: bool) -> None:
        if taken:
            check_slack(HOOK + "a" * length)
            return
        with pytest.raises(ValueError, match="incoming webhook"):
            check_slack(HOOK + "a" * length)

    @pytest.mark.parametrize(
        "end", ["?a=b", "#x", "%2e%2e/abcdefghij", "abcdefghi\\j", "abcdefghij\u0661", "abcdefgh@x.y"]
    )
    def test_a_webhook_is_nothing_but_its_path(self, end: str) -> None:
        with pytest.raises(ValueError, match="incoming webhook"):
            check_slack(f"{HOOK}T00000000/{end}")


class TestServer:
    @pytest.mark.parametrize(
        "url",
        [
            "smtp://user:p[hushed]x@mail.example?starttls",
            "smtps://user:hushed\u2100@mail.example",
            "smtps://user:hushed@mail.example\uff03x",
            "smtp://[hushed@mail.example",
            "smtps://user:hushed@mail.example:x",
            "smtps://user:hushed@mail.example:0",
            "smtp://user:hushed@mail.example?STARTTLS",
            "smtps://user:hushed#@mail.example",
            "smtp://:hushed@mail.example?starttls",
        ],
    )
    def test_whatever_is_wrong_its_password_is_not_told(self, url: str) -> None:
        with pytest.raises(ValueError, match="smtp://user:password@host:587") as refused:
            server_of(url)
        assert "hushed" not in str(refused.value)
        assert refused.value.__cause__ is None

    @pytest.mark.parametrize(
        ("url", "server"),
        [
            ("SMTP://Mail.Example", MailServer("mail.example", 25)),
            ("smtp://u:p@localhost", MailServer("localhost", 587, "u", "p")),
            ("smtp://u:p@[::1]:2525", MailServer("::1", 2525, "u", "p")),
            ("smtp://[2001:db8::7]?starttls", MailServer("2001:db8::7", 587, cover="starttls")),
            ("smtps://mail.example:1", MailServer("mail.example", 1, cover="tls")),
            ("smtps://mail.example:65535", MailServer("mail.example", 65535, cover="tls")),
            ("smtps://u:a:b%3F@mail.example", MailServer("mail.example", 465, "u", "a:b?", "tls")),
            ("smtps://u%40x%C5%BE:p@mail.example", MailServer("mail.example", 465, "u@xž", "p", "tls")),
        ],
    )
    def test_every_part_is_where_it_belongs(self, url: str, server: MailServer) -> None:
        assert server_of(url) == server

    @pytest.mark.parametrize("host", ["127.0.0.2", "localhost.example", "10.0.0.1", "[::2]", "0.0.0.0"])
    def test_only_this_machine_gets_a_password_in_the_clear(self, host: str) -> None:
        with pytest.raises(ValueError, match="because it has a password"):
            server_of(f"smtp://u:p@{host}")
        assert server_of(f"smtp://{host}").user == ""


class TestHeaders:
    @pytest.mark.parametrize(
        "name",
        [
            "=?utf-8?q?a=0d=0aBcc:_x@evil.example?=", "=?utf-8?b?YQpCY2M6IHhAZXZpbC5leGFtcGxl?=", "a =?",
            "a\u2028Bcc: x",
            "a\x00", "a\x7fb", "a\u202eb", "a\u0085Bcc: x",
        ],
    )  # fmt: skip
    def test_the_name_of_a_sender_is_one_plain_line(self, name: str) -> None:
        with pytest.raises(ValueError, match="one line"):
            sender_of(f"{name} <pulse@desk.example>")

    @pytest.mark.parametrize(
        "name",
        [
            "Desk, Bcc: x@evil.example",
            "Ž" * 200,
            "a;b:c",
            "a\\",
            "'",
            "(a)",
            "\u5f20\u4f1f",
            "a" * 998,
            "@",
            ".",
            "a\\\\b",
        ],
    )
    def test_any_other_name_arrives_as_a_name(self, name: str) -> None:
        made = message_of(digest(), sender_of(f"{name} <pulse@desk.example>"), "lead@desk.example")
        read = message_from_bytes(made.as_bytes(), policy=default)
        (sender,) = read["From"].addresses
        assert sender.addr_spec == "pulse@desk.example"
        assert read["Bcc"] is None
        assert [each.addr_spec for each in read["To"].addresses] == ["lead@desk.example"]

    @pytest.mark.parametrize(
        "title", ["=?utf-8?q?a=0d=0aBcc:_x@evil.example?=", "=?=?utf-8?q?x?=", "ž" * 500, "a: b", " ", "x" * 2000]
    )
    def test_a_title_stays_in_its_header(self, title: str) -> None:
        written = message_of(digest(title=title), SENDER, "lead@desk.example").as_bytes()
        read = message_from_bytes(written, policy=default)
        assert read["Bcc"] is None
        assert "\n" not in read["Subject"]
        assert sorted(set(read.keys())) == sorted(read.keys())
        assert max(map(len, written.split(b"\r\n"))) <= 998

    def test_a_line_break_in_a_title_is_never_sent(self) -> None:
        with pytest.raises(ValueError, match="linefeed or carriage return"):
            message_of(digest(title="a\r\nBcc: x@evil.example"), SENDER, "lead@desk.example")


def page(**changed: object) -> str:
    made = letter.html(digest(**changed))
    ElementTree.fromstring(made.removeprefix("<!DOCTYPE html>\n").replace("&#160;", " "))
    return made


class TestLetter:
    @pytest.mark.parametrize(
        ("length", "cells"),
        [
            (-1.0, [1, 99]),
            (0.0, [1, 99]),
            (0.004, [1, 99]),
            (0.5, [50, 50]),
            (0.994, [99, 1]),
            (0.996, [100]),
            (7.0, [100]),
        ],
    )
    def test_a_bar_and_what_is_left_of_its_row_are_the_whole_row(self, length: float, cells: list[int]) -> None:
        made = page(bars=(Bar("One", "1", length),))
        assert [int(width) for width in re.findall(r'<td width="(\d+)%" height="10"', made)] == cells

    @pytest.mark.parametrize(
        ("line", "shown"),
        [
            ("Tickets: 128; 17 more than 111", ["Tickets", "128", "17 more than 111"]),
            ("Tickets: 128", ["Tickets", "128"]),
            ("Compared with Tuesday", ["Compared with Tuesday"]),
            ("Chat: Tickets: 2; as before · CSAT: none", ["Chat", "Tickets: 2", "as before", "CSAT: none"]),
            ("a:b", ["a:b"]),
            ("{ink}: {0}; %s", ["{ink}", "{0}", "%s"]),
            (": ; ", []),
        ],
    )
    def test_a_figure_is_taken_apart_and_nothing_of_it_is_lost(self, line: str, shown: list[str]) -> None:
        told = digest(sections=(Section("One", (line,)), Section("Last", ())), bars=(), link=None)
        root = ElementTree.fromstring(letter.html(told).removeprefix("<!DOCTYPE html>\n").replace("&#160;", " "))
        texts = [text.strip() for text in root.itertext() if text.strip()]
        begin = texts.index("One") + 1
        assert texts[begin : texts.index("Last")] == shown

    def test_sentences_of_the_last_section_are_not_taken_apart(self) -> None:
        told = Section("Last", ("Ticket 4: one; two · three",))
        assert "Ticket 4: one; two · three" in page(sections=(Section("One", ()), told))

    def test_without_sections_there_is_a_letter_all_the_same(self) -> None:
        assert digest().title in page(sections=(), bars=())
        assert letter.text(digest(sections=(), link=None)) == f"{digest().title}\n\n-- \n{digest().note}\n"

    def test_an_address_stays_in_its_attribute(self) -> None:
        made = page(link=Link('"><b>', 'https://pulse.example/?a="><script>&b=<'))
        assert "<script>" not in made
        assert "<b>" not in made
        assert 'href="https://pulse.example/?a=&#34;&gt;&lt;script&gt;&amp;b=&lt;"' in made


class TestSlack:
    @pytest.mark.parametrize(
        ("text", "most", "said"),
        [
            ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("a&", 6, "a&amp;"), ("a&", 5, "a…"), ("&&", 5, "…"),
            ("&&", 6, "&amp;…"),
            ("", 0, ""), ("a", 1, "a"), ("ab", 1, "…"), ("<!here>", 13, "&lt;!here&gt;"), ("<!here>", 12, "&lt;!here…"),
        ],
    )  # fmt: skip
    def test_a_text_is_cut_between_letters(self, text: str, most: int, said: str) -> None:
        assert escaped(text, most) == said

    @pytest.mark.parametrize(("length", "kept"), [(150, 150), (151, 149)])
    def test_a_title_has_150_letters_at_most(self, length: int, kept: int) -> None:
        header = payload(digest(title="T" * length))["blocks"][0]["text"]["text"]
        assert header.count("T") == kept
        assert len(header) == MOST_IN_HEADER

    @pytest.mark.parametrize("lines", [1, 10, 11, 12, 30])
    def test_lines_are_split_among_blocks_and_none_is_lost(self, lines: int) -> None:
        told = digest(
            sections=(Section("What", tuple(f"{number:03d}" + "x" * 270 for number in range(lines))),), bars=()
        )
        texts = [each["text"]["text"] for each in payload(told)["blocks"] if each["type"] == "section"]
        assert all(len(text) <= MOST_IN_SECTION for text in texts)
        assert re.findall(r"• (\d{3})x", "\n".join(texts)) == [f"{number:03d}" for number in range(lines)]

    @pytest.mark.parametrize(("sections", "blocks"), [(0, 3), (46, 49), (47, 50), (48, 50), (90, 50)])
    def test_there_are_fifty_blocks_at_most_and_the_end_is_always_there(self, sections: int, blocks: int) -> None:
        made = payload(digest(sections=(Section("What", ()),) * sections))["blocks"]
        assert len(made) == blocks <= MOST_BLOCKS
        assert [each["type"] for each in made[-2:]] == ["section", "context"]
        assert made[-2]["text"]["text"].startswith("<https://pulse.example/")

    @pytest.mark.parametrize("length", [500, 2500, 2799, 2801, 5000])
    def test_all_words_together_stay_below_the_limit(self, length: int) -> None:
        made = payload(digest(sections=tuple(Section(str(each), ("<" * length, "y" * length)) for each in range(9))))
        texts = [each["text"]["text"] for each in made["blocks"] if each["type"] == "section"]
        assert sum(map(len, texts)) <= MOST_IN_ALL
        assert texts[0].startswith("*0*\n• &lt;")
        assert not re.search(r"&(?!lt;|gt;|amp;)", "".join(texts).replace("&amp;from", ""))

    @pytest.mark.parametrize(
        ("href", "text", "said"),
        [
            ("https://x.example/a|b", "Go", "<https://x.example/a%7Cb|Go>"),
            ("https://x.example/?a=1&b=<", "A > B", "<https://x.example/?a=1&amp;b=&lt;|A &gt; B>"),
            ("https://x.example", "<!channel>", "<https://x.example|&lt;!channel&gt;>"),
        ],
    )
    def test_a_link_leads_where_it_says(self, href: str, text: str, said: str) -> None:
        assert payload(digest(link=Link(text, href)))["blocks"][-2]["text"]["text"] == said
