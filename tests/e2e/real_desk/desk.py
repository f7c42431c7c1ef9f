"""A running django-helpdesk, and everything that its customers and agents do to it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final, Self

import requests

from tests.e2e.real_desk.environment import Environment, environment

_UP_WITHIN: Final = 30.0  #: seconds until the desk must answer
_TIMEOUT: Final = 30.0  #: seconds for one request to it
RESOLVED: Final = 3
CLOSED: Final = 4
REOPENED: Final = 2
_HOOKS: Final = ("HELPDESK_NEW_TICKET_WEBHOOK_URLS", "HELPDESK_FOLLOWUP_WEBHOOK_URLS")


class RealDesk:
    """One desk in a folder of its own; use it in a `with` block.

    `hook_url` is where it sends its webhooks; `point_hooks_at` changes it. Everything an agent does is done as `eva`;
    Deskpulse is the user `deskpulse`.
    """

    def __init__(self, *, hook_url: str | None = None) -> None:
        self._made: Environment = environment()
        self._home = Path(tempfile.mkdtemp(prefix="real-desk-"))
        shutil.copytree(self._made.template, self._home, dirs_exist_ok=True)
        self._server: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self._hook_url = hook_url
        self._mails = 0
        self.url = f"http://127.0.0.1:{self.port}"
        self.queues: dict[str, int] = dict(self._made.seeded["queues"])
        self.users: dict[str, int] = {name: user["id"] for name, user in self._made.seeded["users"].items()}
        self._tokens: dict[str, str] = {name: user["token"] for name, user in self._made.seeded["users"].items()}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def token(self) -> str:
        """The API token of Deskpulse's own user."""
        return self._tokens["deskpulse"]

    def token_of(self, user: str) -> str:
        """The API token of a user."""
        return self._tokens[user]

    # --- running it -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the desk and waits until it answers."""
        with (self._home / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    self._made.program("gunicorn"),
                    *("--bind", f"127.0.0.1:{self.port}", "--threads", "4", "--graceful-timeout", "2"),
                    "django.core.wsgi:get_wsgi_application()",
                ],
                env=self._variables(),
                cwd=self._home,
                stdout=log,
                stderr=log,
            )
        give_up = time.monotonic() + _UP_WITHIN
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"the desk did not start: {self.log()[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stops the desk; its data stay until the end of the `with` block."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)
            self._server = None

    def point_hooks_at(self, hook_url: str | None) -> None:
        """Sends the webhooks there from now on (nowhere for None): the desk reads its variables before each."""
        self._hook_url = hook_url
        self._inside("variables", json=dict.fromkeys(_HOOKS, hook_url))

    def log(self) -> str:
        """What the server printed."""
        return (self._home / "log").read_text("utf-8", "replace")

    def mails_sent(self) -> list[str]:
        """The mails that the desk sent, as text."""
        return [file.read_text("utf-8", "replace") for file in sorted((self._home / "outbox").iterdir())]

    # --- what customers do ----------------------------------------------------------------------------------------

    def opened_by_form(self, *, queue: str = "shop", title: str, text: str, customer: str) -> int:
        """A customer fills in the public form; the new ticket's id."""
        with requests.Session() as browser:
            page = f"{self.url}/tickets/submit/"
            token = _csrf(browser, page)
            fields = {"queue": self.queues[queue], "title": title, "body": text, "submitter_email": customer}
            answer = browser.post(
                page,
                data={"csrfmiddlewaretoken": token, "priority": 3, "due_date": "", **fields},
                allow_redirects=False,
                timeout=_TIMEOUT,
            )
        assert answer.status_code == 302, answer.text[:2000]
        return self._newest(title)

    def opened_by_mail(self, *, title: str, text: str, customer: str) -> int:
        """A customer writes a mail; the new ticket's id."""
        self._receive(sender=customer, subject=title, text=text, extra={})
        return self._newest(title)

    def answered_by_mail(self, ticket: int, *, text: str, customer: str, automatic: bool = False) -> None:
        """A customer answers by mail; `automatic` makes it an out-of-office notice."""
        subject = f"Re: [mail-{ticket}] {self.ticket(ticket)['title']}"
        extra = {"Auto-Submitted": "auto-replied"} if automatic else {}
        self._receive(sender=customer, subject=subject, text=text, extra=extra)

    # --- what agents do -------------------------------------------------------------------------------------------

    def opened_by_api(
        self, *, queue: str = "shop", title: str, text: str, customer: str | None = None, **fields: Any
    ) -> int:
        """An agent's program opens a ticket, for a customer when there is one; its id."""
        body = {"queue": self.queues[queue], "title": title, "description": text, "priority": 3, **fields}
        if customer:
            body["submitter_email"] = customer
        return int(self.ask("POST", "/api/tickets/", json=body)["id"])

    def replied(self, ticket: int, text: str, *, status: int | None = None) -> int:
        """A public answer, with a change of status when there is one; the follow-up's id."""
        return self._follow_up(ticket, text, public=True, status=status)

    def noted(self, ticket: int, text: str) -> int:
        """A private note; the follow-up's id."""
        return self._follow_up(ticket, text, public=False, status=None)

    def resolved(self, ticket: int, text: str = "Done") -> int:
        """An answer that resolves the ticket."""
        return self.replied(ticket, text, status=RESOLVED)

    def reopened(self, ticket: int, text: str = "Not done yet") -> int:
        """An answer that reopens the ticket."""
        return self.replied(ticket, text, status=REOPENED)

    def closed(self, ticket: int, text: str = "Closed") -> int:
        """An answer that closes the ticket."""
        return self.replied(ticket, text, status=CLOSED)

    def patched(self, ticket: int, **fields: Any) -> None:
        """A change through the API (`status=3`, `on_hold=True`, `queue=…`), for which no hook is sent."""
        self.ask("PATCH", f"/api/tickets/{ticket}/", json=fields)

    def deleted(self, ticket: int) -> None:
        """The ticket is gone; no hook is sent."""
        self.ask("DELETE", f"/api/tickets/{ticket}/")

    def taken(self, ticket: int) -> None:
        """The agent takes the ticket in the desk's own pages."""
        self._page("GET", f"/tickets/{ticket}/?take")

    def held(self, ticket: int) -> None:
        """The agent puts the ticket on hold in the desk's own pages; no hook is sent."""
        self._page("POST", f"/tickets/{ticket}/hold/")

    def dragged(self, ticket: int, status: int) -> None:
        """The agent moves the ticket on the board: no follow-up, no hook."""
        self._page("POST", f"/tickets/{ticket}/kanban-update/", json={"status": status})

    def closed_in_bulk(self, *tickets: int) -> None:
        """The agent closes several tickets from the list: a follow-up each, no hook."""
        self._page("POST", "/tickets/update/", data={"action": "close", "ticket_id": list(tickets)})

    def merged(self, ticket: int, *, into: int) -> None:
        """The agent merges the ticket into another one of its queue; no hook is sent."""
        self._page("POST", f"/tickets/merge?tickets={ticket}&tickets={into}", data={"chosen_ticket": into})
        assert self.ticket(ticket)["merged_to"] == into

    # --- looking --------------------------------------------------------------------------------------------------

    def ticket(self, ticket: int) -> dict[str, Any]:
        """The ticket as the API gives it."""
        found: dict[str, Any] = self.ask("GET", f"/api/tickets/{ticket}/")
        return found

    def follow_ups(self, ticket: int) -> list[dict[str, Any]]:
        """The ticket's history, oldest first."""
        found: list[dict[str, Any]] = self.ticket(ticket)["followup_set"]
        return found

    def tickets(self) -> list[dict[str, Any]]:
        """Every ticket."""
        found: list[dict[str, Any]] = self.ask("GET", "/api/tickets/?page_size=10000")["results"]
        return found

    def ask(self, method: str, path: str, *, user: str = "eva", json: object = None) -> Any:
        """One request to the API; its answer's JSON."""
        headers = {"Authorization": f"Token {self._tokens[user]}"}
        answer = requests.request(method, self.url + path, headers=headers, json=json, timeout=_TIMEOUT)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:1000]}"
        return answer.json() if answer.content else None

    # --- inside ---------------------------------------------------------------------------------------------------

    def _variables(self) -> dict[str, str]:
        return self._made.variables(self._home) | (dict.fromkeys(_HOOKS, self._hook_url) if self._hook_url else {})

    def _inside(self, what: str, **options: Any) -> None:
        """What an operator does at the desk's machine, done by the running desk: to start another takes seconds."""
        requests.post(f"{self.url}/operator/{what}/", timeout=_TIMEOUT, **options).raise_for_status()

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/api/", timeout=_TIMEOUT).status_code < 500
        except requests.ConnectionError:
            return False

    def _newest(self, title: str) -> int:
        # By its title: Deskpulse may have opened a summary meanwhile.
        return max(int(ticket["id"]) for ticket in self.tickets() if ticket["title"] == title)

    def _follow_up(self, ticket: int, text: str, *, public: bool, status: int | None) -> int:
        body = {"ticket": ticket, "comment": text, "public": public} | ({"new_status": status} if status else {})
        return int(self.ask("POST", "/api/followups/", json=body)["id"])

    def _receive(self, *, sender: str, subject: str, text: str, extra: dict[str, str]) -> None:
        self._mails += 1
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "mail@desk.example", subject
        mail["Message-Id"] = f"<{self._mails}.{self.port}@customer.example>"
        for name, value in extra.items():
            mail[name] = value
        mail.set_content(text)
        (self._home / "mail" / f"{self._mails}.eml").write_bytes(bytes(mail))
        self._inside("get_email")

    def _page(self, method: str, path: str, **options: Any) -> None:
        with requests.Session() as browser:
            login = f"{self.url}/login/"
            fields = {"csrfmiddlewaretoken": _csrf(browser, login), "username": "eva", "password": "eva-password"}
            browser.post(login, data=fields, timeout=_TIMEOUT, allow_redirects=False).raise_for_status()
            headers = {"X-CSRFToken": browser.cookies["csrftoken"]}
            answer = browser.request(method, self.url + path, headers=headers, timeout=_TIMEOUT, **options)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:1000]}"


def _csrf(browser: requests.Session, page: str) -> str:
    text = browser.get(page, timeout=_TIMEOUT).text
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)
    assert found, f"{page} has no form"
    return found[1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
