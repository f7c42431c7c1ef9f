"""A strict mail server on loopback, which does at any step what it is told to: answer so, hang up, or be silent."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

#: Instead of an answer.
DROP: Final = "drop"
SILENT: Final = "silent"


@dataclass
class Mailbox:
    """The server: `answers` by step (connect, ehlo, auth, mail, rcpt, data, content, quit), and what it took."""

    port: int = 0
    answers: Mapping[str, str] = field(default_factory=dict)
    password: str = ""
    tls: ssl.SSLContext | None = None
    taken: list[bytes] = field(default_factory=list)  #: contents that it answered 250
    seen: list[bytes] = field(default_factory=list)  #: contents that came whole, whatever it answered
    receivers: list[str] = field(default_factory=list)
    on_content: Callable[[], None] = lambda: None  #: between a content and the answer to it
    covered: bool = False
    signed_in: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def letters(self) -> list[EmailMessage]:
        """What it took, read as a mail client reads it."""
        return [message_from_bytes(each, policy=SMTP) for each in self.taken]


class _End(Exception):
    """The conversation is over."""


class _Conversation:
    def __init__(self, box: Mailbox, line: socket.socket) -> None:
        self.box = box
        self.line = line
        self.rest = b""

    def hold(self) -> None:
        self.say("connect", "220 strict.example ready")
        while True:
            words = self.read_to(b"\r\n").decode("ascii")
            step = words.split()[0].lower()
            if step == "quit":
                self.say("quit", "221 bye")
                return
            getattr(self, step)(words)

    def ehlo(self, words: str) -> None:
        offers = ["8BITMIME"]
        offers += ["STARTTLS"] if self.box.tls and not self.box.covered else []
        offers += ["AUTH PLAIN"] if self.box.password else []
        self.say("ehlo", "".join(f"250-{each}\r\n" for each in ["strict.example", *offers[:-1]]) + f"250 {offers[-1]}")

    def helo(self, words: str) -> None:
        self.say("ehlo", "250 strict.example")

    def starttls(self, words: str) -> None:
        assert self.box.tls is not None
        self.say("starttls", "220 go ahead")
        self.line = self.box.tls.wrap_socket(self.line, server_side=True)
        self.box.covered = True

    def auth(self, words: str) -> None:
        user, password = base64.b64decode(words.split()[2]).decode().split("\0")[1:]
        right = (user, password) == ("pulse@x", self.box.password)
        self.box.signed_in = right
        self.say("auth", "235 welcome" if right else f"535 5.7.8 no such user or password {password}")

    def mail(self, words: str) -> None:
        assert words.lower().startswith("mail from:<"), words
        self.say("mail", "250 sender taken")

    def rcpt(self, words: str) -> None:
        self.box.receivers.append(words[len("rcpt to:<") :].removesuffix(">"))
        self.say("rcpt", "250 receiver taken")

    def data(self, words: str) -> None:
        if not self.say("data", "354 go ahead").startswith("354"):
            return
        content = self.read_to(b"\r\n.\r\n") + b"\r\n"
        assert b"\n" not in content.replace(b"\r\n", b""), "a bare line feed"
        assert max(map(len, content.split(b"\r\n"))) <= 998
        content = content.replace(b"\r\n..", b"\r\n.")
        self.box.seen.append(content)
        self.box.on_content()
        if self.say("content", "250 queued").startswith("250"):
            self.box.taken.append(content)

    def say(self, step: str, usual: str) -> str:
        answer = self.box.answers.get(step, usual)
        if answer == DROP:
            raise _End
        if answer == SILENT:
            self.box.ended.wait(20)
            raise _End
        self.line.sendall(answer.encode() + b"\r\n")
        return answer

    def read_to(self, end: bytes) -> bytes:
        while end not in self.rest:
            more = self.line.recv(65536)
            if not more:
                raise _End
            self.rest += more
        found, _, self.rest = self.rest.partition(end)
        return found


@contextmanager
def serving(box: Mailbox, *, from_the_start: bool = False) -> Iterator[Mailbox]:
    """The server at `box.port`; `from_the_start` with TLS before a word is said."""
    listener = socket.create_server(("127.0.0.1", 0))
    box.port = listener.getsockname()[1]
    thread = threading.Thread(target=_serve, args=(box, listener, from_the_start), daemon=True)
    thread.start()
    try:
        yield box
    finally:
        box.ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
        assert not thread.is_alive()


def _serve(box: Mailbox, listener: socket.socket, from_the_start: bool) -> None:
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        line.settimeout(10)
        try:
            if from_the_start and box.tls is not None:
                line = box.tls.wrap_socket(line, server_side=True)
                box.covered = True
            talk = _Conversation(box, line)
            try:
                talk.hold()
            finally:
                talk.line.close()
        except (_End, OSError):
            line.close()
