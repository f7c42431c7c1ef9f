"""The REST API of the simulated django-helpdesk: strict about what it is asked, and unreliable on demand."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from integrations.django_helpdesk.simulator import Broken, Simulator, User
from integrations.errors import Gone, Rejected

_LISTED: Final = frozenset({"page", "page_size", "status"})
_STATUSES: Final = (1, 2, 3, 4, 5)
_WRITABLE: Final = frozenset(
    {"title", "description", "resolution", "status", "on_hold", "queue", "assigned_to", "merged_to"}
)
_LONGEST_HANG: Final = 30.0  #: seconds


@dataclass(slots=True)
class Api:
    """The desk's HTTP side.

    `troubles` are what befalls the next requests that change something, one each: `fail` answers 500 and `drop`
    cuts the connection, both after everything is saved; `hang` answers when `go_on` is set. `reading_troubles` do the
    same to requests that read. `violations` are requests that the real desk would not take as they were meant.
    """

    desk: Simulator
    troubles: deque[str] = field(default_factory=deque)
    reading_troubles: deque[str] = field(default_factory=deque)
    violations: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  #: method and path of every request
    go_on: threading.Event = field(default_factory=threading.Event)

    def app(self) -> Flask:
        """The Flask application that answers."""
        app = Flask(__name__)
        app.before_request(self._check)
        app.after_request(self._befall)
        app.register_error_handler(HTTPException, self._unknown)
        app.register_error_handler(Broken, lambda _: Response("Server Error", 500))
        app.register_error_handler(Gone, lambda error: _answer({"ticket": [str(error)]}, 400))
        app.register_error_handler(Rejected, lambda error: _answer({str(error): ["Invalid pk."]}, 400))
        for rule, methods, view in self._routes():
            app.add_url_rule(rule, view.__name__, view, methods=methods, provide_automatic_options=False)
        return app

    def _routes(self) -> list[tuple[str, list[str], Callable[..., Response]]]:
        return [
            ("/api/tickets/", ["GET"], self._tickets),
            ("/api/tickets/", ["POST"], self._open),
            ("/api/tickets/", ["OPTIONS"], self._options),
            ("/api/tickets/<int:ticket>/", ["GET"], self._ticket),
            ("/api/tickets/<int:ticket>/", ["PATCH"], self._change),
            ("/api/followups/", ["GET"], self._follow_ups),
            ("/api/followups/", ["POST"], self._follow_up),
        ]

    # --- every request --------------------------------------------------------------------------------------------

    def _check(self) -> Response | None:
        self.asked.append(f"{request.method} {request.full_path.rstrip('?')}")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Token":
            self.violations.append(f"{request.method} {request.path} without a token")
            return _answer({"detail": "Authentication credentials were not provided."}, 401)
        user = self.desk.user_with(token)
        if user is None:
            return _answer({"detail": "Invalid token."}, 401)
        if not user.staff:
            return _answer({"detail": "You do not have permission to perform this action."}, 403)
        return None

    def _befall(self, answer: Response) -> Response:
        troubles = self.reading_troubles if request.method in ("GET", "OPTIONS") else self.troubles
        trouble = troubles.popleft() if troubles and answer.status_code < 400 else ""
        if trouble == "hang":
            self.go_on.wait(_LONGEST_HANG)
        if trouble == "drop" and "werkzeug.socket" in request.environ:
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return Response("Server Error", 500) if trouble in ("fail", "drop") else answer

    def _unknown(self, error: HTTPException) -> Response:
        self.violations.append(f"{request.method} {request.path}: {error.code}")
        return _answer({"detail": str(error.description)}, error.code or 500)

    def _user(self) -> User:
        user = self.desk.user_with(request.headers["Authorization"].partition(" ")[2])
        if user is None:
            raise Broken("no user")
        return user

    # --- what is asked --------------------------------------------------------------------------------------------

    def _tickets(self) -> Response:
        with self.desk.lock:
            return self._page([self.desk.json_of(ticket) for ticket in sorted(self._let_through())])

    def _ticket(self, ticket: int) -> Response:
        with self.desk.lock:
            if ticket not in self._let_through():
                return _answer({"detail": "No Ticket matches the given query."}, 404)
            return _answer(self.desk.json_of(ticket))

    def _follow_ups(self) -> Response:
        self._only(_LISTED - {"status"})
        with self.desk.lock:
            return self._page(sorted(self.desk.follow_ups.values(), key=lambda entry: (entry["date"], entry["id"])))

    def _options(self) -> Response:
        fields = {"title": {"type": "string"}, "status": {"choices": [{"value": status} for status in _STATUSES]}}
        custom = {f"custom_{name}": {"type": "string"} for name in self.desk.custom_fields}
        return _answer({"name": "Ticket List", "actions": {"POST": {**fields, **custom}}})

    def _let_through(self) -> set[int]:
        self._only(_LISTED)
        statuses = {int(word) for word in request.args.get("status", "").split(",") if word in map(str, _STATUSES)}
        return {id_ for id_, ticket in self.desk.tickets.items() if not statuses or ticket["status"] in statuses}

    def _page(self, rows: list[dict[str, Any]]) -> Response:
        size = int(request.args.get("page_size", 25))
        last = max(1, -(-len(rows) // size))
        asked = request.args.get("page", "1")
        number = last if asked == "last" else int(asked)
        if not 1 <= number <= last:
            return _answer({"detail": "Invalid page."}, 404)
        shown = rows[(number - 1) * size : number * size]
        return _answer({"count": len(rows), "next": None, "previous": None, "results": shown})

    def _only(self, known: frozenset[str]) -> None:
        self.violations += [f"{request.path}: {name} is passed over" for name in request.args.keys() - known]

    # --- what is changed ------------------------------------------------------------------------------------------

    def _open(self) -> Response:
        with self.desk.lock:
            body = request.get_json()
            if "priority" not in body:
                return _answer({"priority": ["This field is required."]}, 400)
            return _answer(self.desk.json_of(self.desk.posted_ticket(self._user(), body)), 201)

    def _follow_up(self) -> Response:
        with self.desk.lock:
            body = request.get_json()
            if "title" in body:
                self.violations.append("a follow-up with a title renames the ticket")
            if any(sign in str(body.get("comment")) for sign in ("{{", "{%", "{#", "%}")):
                self.violations.append("a comment is rendered as a template")
            return _answer(self.desk.posted_follow_up(self._user(), body), 201)

    def _change(self, ticket: int) -> Response:
        with self.desk.lock:
            if ticket not in self._let_through():
                return _answer({"detail": "No Ticket matches the given query."}, 404)
            body = request.get_json()
            wrong = {name: told for name, value in body.items() if (told := self._wrong(name, value))}
            if wrong:
                return _answer(wrong, 400)
            taken = {name for name in body if name in self.desk.tickets[ticket] and _may_be_patched(name)}
            self.violations += [f"PATCH of {name} is passed over" for name in body if name not in taken]
            self.desk.patched(ticket, **{name: body[name] for name in taken})
            return _answer(self.desk.json_of(ticket))

    def _wrong(self, name: str, value: Any) -> list[str]:
        choices = self.desk.custom_fields.get(name.removeprefix("custom_"))
        if choices and value not in choices:
            return [f'"{value}" is not a valid choice.']
        if name == "title" and len(value) > 200:
            return ["Ensure this field has no more than 200 characters."]
        return []


def _may_be_patched(name: str) -> bool:
    return name.startswith("custom_") or name in _WRITABLE


def _answer(body: Any, status: int = 200) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    return answer
