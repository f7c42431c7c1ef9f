"""Who can receive a digest and which server takes it: what is wrong is refused before anything is kept."""

from __future__ import annotations

import pytest

from integrations.outlets.mail_server import MailServer, sender_of, server_of
from integrations.outlets.receivers import check_address, check_apart, check_slack


class TestAddresses:
    @pytest.mark.parametrize(
        "address", ["lead@desk.example", "a.b+c=d@sub.desk.example", "o'neil@xn--d1acufc.example", "1@2.example"]
    )
    def test_an_address_is_taken(self, address: str) -> None:
        check_address(address)

    @pytest.mark.parametrize(
        "address",
        [
            "", "lead", "@desk.example", "lead@", "lead@desk", "a b@desk.example", "a@b@desk.example", "a@x.example\0",
            ".a@desk.example", "a@-desk.example", "a@desk..example", "Eva <a@desk.example>", "a@x.example,b@x.example",
            "a@desk.example\n", "a@desk.example\r\nBcc: b@desk.example", "ž@desk.example", "a@дом.example",
            '"a b"@desk.example', "a@[127.0.0.1]", f"{'a' * 65}@x.example", f"a@{'b.' * 130}example", "a..b@x.example",
        ],
    )  # fmt: skip
    def test_anything_else_is_refused(self, address: str) -> None:
        with pytest.raises(ValueError, match="Write an e-mail address"):
            check_address(address)

    def test_each_is_named_once(self) -> None:
        check_apart(["a@desk.example", "b@desk.example"])
        with pytest.raises(ValueError, match="once"):
            check_apart(["a@desk.example", "A@Desk.example"])


class TestSlack:
    @pytest.mark.parametrize("host", ["hooks.slack.com", "hooks.slack-gov.com"])
    def test_an_incoming_webhook_is_taken(self, host: str) -> None:
        check_slack(f"https://{host}/services/T00000000/B00000000/abcDEF123456")

    @pytest.mark.parametrize(
        "address",
        [
            "", "https://hooks.slack.com/", "http://hooks.slack.com/services/T0/B0/abcDEF123456",
            "https://hooks.slack.com.evil.example/services/T0/B0/abcDEF12", "https://x@hooks.slack.com/services/T0/B0/abc",
            "https://hooks.slack.com:8443/services/T0/B0/abcDEF12", "https://hooks.slack.com/services/../../x/y/z/abcdef",
            "https://10.0.0.1/services/T0/B0/abcDEF123456", "https://hooks.slack.com/services/T0/B0/abcDEF12\n",
        ],
    )  # fmt: skip
    def test_anything_else_is_refused_and_not_repeated(self, address: str) -> None:
        with pytest.raises(ValueError, match="incoming webhook") as refused:
            check_slack(address)
        assert str(refused.value).count("https://") == 1  # the example


class TestServer:
    @pytest.mark.parametrize(
        ("url", "server"),
        [
            ("smtp://mail.example", MailServer("mail.example", 25)),
            ("smtp://mail.example:2525/", MailServer("mail.example", 2525)),
            ("smtp://mail.example?starttls", MailServer("mail.example", 587, cover="starttls")),
            (
                "smtp://pulse%40x:p%2Fw%3A%23@mail.example:587?starttls",
                MailServer("mail.example", 587, "pulse@x", "p/w:#", "starttls"),
            ),
            ("smtps://u:p@mail.example", MailServer("mail.example", 465, "u", "p", "tls")),
            ("smtp://u:p@127.0.0.1", MailServer("127.0.0.1", 587, "u", "p")),
        ],
    )
    def test_an_address_is_read(self, url: str, server: MailServer) -> None:
        assert server_of(url) == server

    @pytest.mark.parametrize(
        "url",
        [
            "mail.example", "https://mail.example", "smtp://", "smtp://mail.example/box", "smtp://mail.example?tls",
            "smtps://mail.example?starttls", "smtp://u@mail.example?starttls", "smtp://mail.example#x",
            "smtp://mail.example:99999", "smtp://user:pa/ss@mail.example?starttls",
        ],
    )  # fmt: skip
    def test_anything_else_is_refused_without_its_password(self, url: str) -> None:
        with pytest.raises(ValueError, match="smtp://user:password@host:587") as refused:
            server_of(url)
        assert "pa/" not in str(refused.value)
        assert "'pa'" not in str(refused.value)

    def test_a_password_is_not_sent_in_the_clear_to_another_machine(self) -> None:
        with pytest.raises(ValueError, match="starttls"):
            server_of("smtp://u:p@mail.example")

    def test_a_password_is_not_shown(self) -> None:
        assert "pass-word" not in repr(server_of("smtps://u:pass-word@mail.example"))


class TestSender:
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("pulse@desk.example", "pulse@desk.example"),
            ("Deskpulse <pulse@desk.example>", "Deskpulse <pulse@desk.example>"),
            (" <pulse@desk.example>", "pulse@desk.example"),
            ("Služba, Rijeka <pulse@desk.example>", '"Služba, Rijeka" <pulse@desk.example>'),
        ],
    )
    def test_a_sender_may_have_a_name(self, text: str, written: str) -> None:
        assert str(sender_of(text)) == written
        assert sender_of(written.replace('"', "")) == sender_of(text)

    @pytest.mark.parametrize("text", ["", "Deskpulse", "a <b> <c@desk.example>", "x\nBcc: y <c@desk.example>", "a@b@c"])
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"address|name"):
            sender_of(text)
