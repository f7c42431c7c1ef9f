"""E-mail at the wire: what a strict server takes, and what every way of failing means for a second try."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integrations.errors import DeskpulseError, Rejected, Unavailable, Unclear
from integrations.outlets.email import Email, message_of
from integrations.outlets.mail_server import MailServer
from tests.integrations.outlets.samples import HOSTILE, digest, hostile
from tests.integrations.outlets.strict_mail import DROP, SILENT, Mailbox, serving

SENDER = Address("Deskpulse", addr_spec="pulse@desk.example")
PASSWORD = "a pass:word/of these tests"


def nothing() -> None:
    """Nobody keeps rows here."""


def send(box: Mailbox, *, handing_over: Callable[[], None] = nothing, **server: str) -> None:
    way = MailServer("127.0.0.1", box.port, **server)
    Email(way, SENDER, "lead@desk.example", timeout=0.4).send(digest(), handing_over=handing_over)


def failed(box: Mailbox, **server: str) -> tuple[DeskpulseError, bool]:
    """What a delivery that fails raises, and whether it was handing over."""
    steps: list[str] = []
    with serving(box), pytest.raises(DeskpulseError) as error:
        send(box, handing_over=lambda: steps.append("over"), **server)
    return error.value, bool(steps)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    text: str = found.get_content()
    return text


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that only those trust who are told to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "strict.example")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*plain) + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


class TestLetters:
    def test_one_receiver_gets_both_forms(self) -> None:
        with serving(Mailbox()) as box:
            send(box)
        (letter,) = box.letters
        assert box.receivers == ["lead@desk.example"]
        assert (letter["From"], letter["To"]) == ("Deskpulse <pulse@desk.example>", "lead@desk.example")
        assert letter["Subject"] == "Deskpulse: Tuesday 17 March 2026"
        assert [each.get_content_type() for each in letter.iter_parts()] == ["text/plain", "text/html"]
        assert "- Tickets: 128; 17 more than 111" in part(letter, "plain")
        assert "<h1 " in part(letter, "html")

    def test_programs_see_that_it_is_no_letter_of_a_person(self) -> None:
        letter = message_of(digest(), SENDER, "lead@desk.example")
        assert letter["Auto-Submitted"] == "auto-generated"
        assert letter["X-Auto-Response-Suppress"] == "All"
        assert letter["List-Id"] == "<acme.deskpulse.desk.example>"
        assert letter["Date"] == "Wed, 18 Mar 2026 07:00:00 +0000"

    def test_a_repetition_has_the_same_id_and_another_period_has_not(self) -> None:
        ids = [
            message_of(digest(marker=marker), SENDER, "lead@desk.example")["Message-ID"]
            for marker in ("deskpulse:daily-01", "deskpulse:daily-01", "deskpulse:weekly-01")
        ]
        assert ids == [f"<deskpulse.{each}@desk.example>" for each in ("daily-01", "daily-01", "weekly-01")]

    def test_letters_of_any_language_arrive_as_they_were_written(self) -> None:
        title = "Deskpulse: вторник, 17 март 2026 г., četvrtak, šeštadienis, marți"
        told = digest(title=title, language="bg")
        with serving(Mailbox()) as box:
            Email(MailServer("127.0.0.1", box.port), SENDER, "lead@desk.example").send(told, handing_over=nothing)
        (letter,) = box.letters
        assert box.taken[0].isascii()
        assert letter["Subject"] == title
        assert letter["Content-Language"] == "bg"
        assert title in part(letter, "plain")
        assert title in part(letter, "html")

    def test_nothing_that_is_told_becomes_a_header(self) -> None:
        letter = message_of(hostile(), SENDER, "lead@desk.example")
        assert letter["Subject"] == HOSTILE.replace("=?", "= ?")
        assert len(letter.keys()) == len(message_of(digest(), SENDER, "lead@desk.example").keys())
        with pytest.raises(ValueError, match="linefeed"):
            message_of(digest(title="one\r\nBcc: x@desk.example"), SENDER, "lead@desk.example")

    def test_a_dot_at_the_start_of_a_line_ends_nothing(self) -> None:
        told = digest(note=".\r\n.\r\n..and more")
        with serving(Mailbox()) as box:
            Email(MailServer("127.0.0.1", box.port), SENDER, "lead@desk.example").send(told, handing_over=nothing)
        assert part(box.letters[0], "plain").endswith("-- \r\n.\r\n.\r\n..and more\r\n")


class TestTheWay:
    @pytest.mark.parametrize("cover", ["starttls", "tls"])
    def test_a_password_goes_through_tls(
        self, cover: str, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        box = Mailbox(password=PASSWORD, tls=tls)
        with serving(box, from_the_start=cover == "tls"):
            send(box, cover=cover, user="pulse@x", password=PASSWORD)
        assert (box.covered, box.signed_in, len(box.taken)) == (True, True, 1)

    @pytest.mark.parametrize("cover", ["starttls", "tls"])
    def test_a_server_that_nobody_vouches_for_gets_nothing(self, cover: str, tls: ssl.SSLContext) -> None:
        box = Mailbox(password=PASSWORD, tls=tls)
        with serving(box, from_the_start=cover == "tls"), pytest.raises(Unavailable, match="CertVerification"):
            send(box, cover=cover, user="pulse@x", password=PASSWORD)
        assert (box.signed_in, box.receivers) == (False, [])

    def test_a_server_without_tls_is_not_trusted_with_anything(self) -> None:
        error, over = failed(Mailbox(password=PASSWORD), cover="starttls", user="pulse@x", password=PASSWORD)
        assert (type(error), over) == (Rejected, False)
        assert "offers no starttls: check DESKPULSE_SMTP_URL" in str(error)

    def test_a_server_without_sign_in_is_told(self) -> None:
        error, _ = failed(Mailbox(), user="pulse@x", password=PASSWORD)
        assert (type(error), str(error)) == (Rejected, "127.0.0.1 offers no sign-in: check DESKPULSE_SMTP_URL")

    def test_a_wrong_password_is_given_up_and_not_repeated(self) -> None:
        box = Mailbox(password="another one")
        error, over = failed(box, user="pulse@x", password=PASSWORD)
        assert (type(error), over) == (Rejected, False)
        assert str(error).startswith("127.0.0.1 answered 535")
        assert PASSWORD not in str(error)
        assert str(error).endswith("check the user and the password in DESKPULSE_SMTP_URL")


class TestFailing:
    @pytest.mark.parametrize("step", ["connect", "ehlo", "mail", "rcpt", "data"])
    @pytest.mark.parametrize(
        "answer", ["421 4.3.2 too busy", "450 4.2.0 greylisted", "451 4.3.0 later", "452 4.2.2 full"]
    )
    def test_a_server_that_takes_nothing_for_now_is_asked_again(self, step: str, answer: str) -> None:
        error, over = failed(Mailbox(answers={step: answer}))
        assert (type(error), over) == (Unavailable, False)

    @pytest.mark.parametrize("step", ["connect", "ehlo", "mail", "rcpt", "data"])
    @pytest.mark.parametrize("answer", [DROP, SILENT])
    def test_a_server_that_is_lost_before_the_content_is_asked_again(self, step: str, answer: str) -> None:
        error, over = failed(Mailbox(answers={step: answer}))
        assert (type(error), over) == (Unavailable, False)

    @pytest.mark.parametrize(
        ("step", "answer"), [("mail", "550 5.7.1 no"), ("rcpt", "550 5.1.1 unknown"), ("data", "554 no")]
    )
    def test_a_refusal_is_given_up(self, step: str, answer: str) -> None:
        error, over = failed(Mailbox(answers={step: answer}))
        assert (type(error), over) == (Rejected, False)
        assert answer in str(error)

    def test_a_server_that_is_not_there_is_asked_again(self) -> None:
        box = Mailbox()
        with serving(box):
            pass
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1 cannot be reached"):
            send(box)

    @pytest.mark.parametrize("answer", [DROP, SILENT])
    def test_nobody_knows_what_became_of_a_content_without_an_answer(self, answer: str) -> None:
        box = Mailbox(answers={"content": answer})
        error, over = failed(box)
        assert (type(error), over, len(box.seen)) == (Unclear, True, 1)
        assert "it may have arrived" in str(error)

    @pytest.mark.parametrize(("answer", "kind"), [("451 4.3.0 later", Unavailable), ("552 5.3.4 too big", Rejected)])
    def test_an_answer_to_the_content_is_plain(self, answer: str, kind: type[DeskpulseError]) -> None:
        error, over = failed(Mailbox(answers={"content": answer}))
        assert (type(error), over) == (kind, True)

    @pytest.mark.parametrize("answer", [DROP, SILENT, "500 what"])
    def test_a_server_that_took_it_may_end_as_it_likes(self, answer: str) -> None:
        with serving(Mailbox(answers={"quit": answer})) as box:
            send(box)
        assert len(box.taken) == 1

    def test_nothing_is_handed_over_that_another_worker_has(self) -> None:
        def lost() -> None:
            raise Rejected("another's")

        with serving(Mailbox()) as box, pytest.raises(Rejected, match="another's"):
            send(box, handing_over=lost)
        assert box.seen == []
