"""Digests by e-mail: one message a receiver, handed to one mail server (RFC 5321, RFC 5322).

A server that took the whole message and was not heard again may have sent it: that is Unclear after handing
over, and the message is not sent a second time. Everything before that point can be tried again.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final, NoReturn

from integrations.errors import DeskpulseError, Rejected, Unavailable, Unclear
from integrations.outlets import letter
from integrations.outlets.base import Digest
from integrations.outlets.mail_server import MailServer
from integrations.times import utc

#: Seconds to connect and for each answer; all of one delivery stays below the lease of its row.
_TIMEOUT: Final = 10.0
_LONGEST_SAID: Final = 200


@dataclass(frozen=True, slots=True)
class Email:
    """One receiver by e-mail."""

    server: MailServer
    sender: Address
    receiver: str
    timeout: float = _TIMEOUT

    def send(self, digest: Digest, *, handing_over: Callable[[], None]) -> None:
        """As `Outlet.send`: it is handing over once the server is ready for the content."""
        content = _on_the_wire(message_of(digest, self.sender, self.receiver))
        with _said_by(self.server):
            client = _connected(self.server, self.timeout)
        try:
            with _said_by(self.server):
                _open_letter(client, self.sender.addr_spec, self.receiver)
            handing_over()
            _hand_over(client, content, self.server)
        finally:
            _leave(client)


def message_of(digest: Digest, sender: Address, receiver: str) -> EmailMessage:
    """The whole message; its Message-ID is that of the period, so that a repetition is recognised."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(addr_spec=receiver)
    message["Subject"] = digest.title.replace("=?", "= ?")  # no encoded word but our own
    message["Date"] = format_datetime(utc(digest.at))
    message["Message-ID"] = f"<{digest.marker.replace(':', '.')}@{sender.domain}>"
    message["List-Id"] = f"<{digest.account}.deskpulse.{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    message.set_content(letter.text(digest), cte="quoted-printable")
    message.add_alternative(letter.html(digest), subtype="html", cte="quoted-printable")
    message["Content-Language"] = digest.language  # here, for what begins with Content goes into the first part
    return message


def _on_the_wire(message: EmailMessage) -> bytes:
    """The content as DATA takes it: a dot at the start of a line is doubled, and one alone ends it."""
    lines = message.as_bytes(policy=SMTP)
    return re.sub(rb"(?m)^\.", b"..", lines).rstrip(b"\r\n") + b"\r\n.\r\n"


def _connected(server: MailServer, timeout: float) -> smtplib.SMTP:
    """A server that knows who we are, over a way that nobody reads where one was asked for."""
    trusted = ssl.create_default_context()
    if server.cover == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=trusted)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=timeout)
    with ExitStack() as opening:
        opening.callback(client.close)
        client.ehlo_or_helo_if_needed()
        if server.cover == "starttls":
            client.starttls(context=trusted)
        if server.user:
            client.login(server.user, server.password)
        opening.pop_all()
    return client


def _open_letter(client: smtplib.SMTP, sender: str, receiver: str) -> None:
    """Everything up to the server's word that it is ready for the content."""
    client.ehlo_or_helo_if_needed()
    for answer in (client.mail(sender), client.rcpt(receiver)):
        _expect(answer, (250, 251))
    client.putcmd("DATA")
    _expect(client.getreply(), (354,))


def _hand_over(client: smtplib.SMTP, content: bytes, server: MailServer) -> None:
    try:
        client.send(content)
        answer = client.getreply()
    except (OSError, smtplib.SMTPException) as error:
        kind = type(error).__name__
        raise Unclear(f"{server.host} took the message and was not heard again ({kind}): it may have arrived") from None
    with _said_by(server):
        _expect(answer, (250,))


def _leave(client: smtplib.SMTP) -> None:
    # What became of the message is known by now, and a server that does not say goodbye changes nothing.
    with contextlib.suppress(OSError, smtplib.SMTPException):
        client.quit()
    client.close()


def _expect(answer: tuple[int, bytes], codes: tuple[int, ...]) -> None:
    if answer[0] not in codes:
        raise smtplib.SMTPResponseException(*answer)


@contextlib.contextmanager
def _said_by(server: MailServer) -> Iterator[None]:
    """What goes wrong before the server has the message, as our errors; none of their texts holds the password."""
    try:
        yield
    except (OSError, smtplib.SMTPException, ValueError) as error:
        _raise(error, server)


def _raise(error: Exception, server: MailServer) -> NoReturn:
    if isinstance(error, smtplib.SMTPResponseException):
        raise _of_answer(error.smtp_code, error.smtp_error, server) from None
    if isinstance(error, smtplib.SMTPNotSupportedError) or type(error) is smtplib.SMTPException:
        raise Rejected(f"{server.host} offers no {server.cover or 'sign-in'}: check DESKPULSE_SMTP_URL") from None
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        raise Rejected(f"{server.host} cannot be asked so: check DESKPULSE_SMTP_URL") from None
    raise Unavailable(f"{server.host} cannot be reached or did not answer ({type(error).__name__})") from None


def _of_answer(code: int, text: bytes | str, server: MailServer) -> DeskpulseError:
    """4xx is for now and 5xx is for good, RFC 5321 §4.2.1; 530, 534 and 535 are about who we are, RFC 4954."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if server.password:
        said = said.replace(server.password, "…")
    told = f"{server.host} answered {code} {' '.join(said.split())[:_LONGEST_SAID]}".rstrip()
    if code in (530, 534, 535):
        return Rejected(f"{told}: check the user and the password in DESKPULSE_SMTP_URL")
    return Rejected(told) if 500 <= code < 600 else Unavailable(told)
