"""The HTTP face of a simulated Chatwoot: the documented API, strict about everything else, unreliable on demand.

What no document allows is answered as Chatwoot would and written down in `violations`, so that a test can fail for a
request that happened to work.
"""

from __future__ import annotations

import re
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from integrations.chatwoot import simulated_shapes as shapes
from integrations.chatwoot.simulated_account import Account
from integrations.chatwoot.simulated_http import Refusal, answer, body_with
from integrations.chatwoot.simulated_world import Person, Talk, World
from integrations.times import MINUTE, SECOND, Instant

_METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_A: Final = f"/api/v1/accounts/{shapes.ACCOUNT}"
_PAGE: Final = 25
_MESSAGES: Final = 100
_SORTS: Final = {"last_activity_at_desc": ("active", True), "created_at_desc": ("created", True),
                 "created_at_asc": ("created", False)}  # fmt: skip
_LISTED: Final = frozenset({"status", "assignee_type", "sort_by", "page", "inbox_id", "updated_within"})
_RATED: Final = frozenset({"page", "since", "until", "inbox_id", "rating", "user_ids[]", "team_id"})
_LONGEST_HANG: Final = 30.0  #: seconds
WAIT: Final = 9  #: seconds in the Retry-After of "429 for a while"
#: Troubles that befall a request before anything is done.
_EARLY: Final = {"429": (429, {}), "429 for a while": (429, {"Retry-After": str(WAIT)}), "500": (500, {})}


class Api:
    """Routes over one world.

    `troubles` befall the next requests that change something, `reading_troubles` those that read, one each: "429",
    "429 for a while", "500" before anything is done; "500 late", "drop" and "hang" after everything is.
    """

    def __init__(self, world: World, clock: Callable[[], Instant]) -> None:
        self.world = world
        self.account = Account(world)
        self.clock = clock
        self.limit_per_minute = 3000
        self.page = _PAGE
        self.stale: set[int] | None = None  #: the conversations that lists know; None when they are up to date
        self.knows_updated_within = True
        self.violations: list[str] = []
        self.asked: list[str] = []
        self.troubles: deque[str] = deque()
        self.reading_troubles: deque[str] = deque()
        self.go_on = threading.Event()
        self.lock = threading.RLock()
        self._times: deque[Instant] = deque()
        self._begun: set[str] = set()
        # One rule and a table of our own: compiling a rule for each route costs more than a short test does.
        self._table = [(method, re.compile(rule), view) for method, rule, view in self._routes()]
        self.app = Flask(__name__, static_folder=None)
        self.app.before_request(self._check)
        self.app.after_request(self._befall)
        self.app.register_error_handler(HTTPException, self._unknown)
        self.app.register_error_handler(Refusal, self._refused)
        self.app.add_url_rule("/<path:path>", view_func=self._asked, methods=_METHODS, provide_automatic_options=False)

    def _asked(self, path: str) -> Response:
        matches = [(method, rule.fullmatch(f"/{path}"), view) for method, rule, view in self._table]
        known = [(method, found, view) for method, found, view in matches if found is not None]
        for method, found, view in known:
            if method == request.method:
                with self.lock:
                    return view(*map(int, found.groups()))
        raise Refusal(405 if known else 404, "no document has such a request")

    def _routes(self) -> list[tuple[str, str, Callable[..., Response]]]:
        return [
            ("GET", "/api/v1/profile", self.profile),
            ("GET", f"{_A}/conversations", self.conversations),
            ("POST", f"{_A}/conversations", self.open_conversation),
            ("GET", rf"{_A}/conversations/(\d+)", self.conversation),
            ("GET", rf"{_A}/conversations/(\d+)/messages", self.messages),
            ("POST", rf"{_A}/conversations/(\d+)/messages", self.write),
            ("GET", rf"{_A}/conversations/(\d+)/labels", self.labels_of),
            ("POST", rf"{_A}/conversations/(\d+)/labels", self.set_labels),
            ("POST", rf"{_A}/conversations/(\d+)/custom_attributes", self.set_custom),
            ("GET", f"{_A}/csat_survey_responses", self.answers),
            ("GET", f"{_A}/inboxes", self.account.inboxes),
            ("POST", f"{_A}/inboxes", self.account.add_inbox),
            ("GET", f"{_A}/contacts/search", self.account.search_contacts),
            ("POST", f"{_A}/contacts", self.account.add_contact),
            ("GET", f"{_A}/labels", self.account.labels),
            ("POST", f"{_A}/labels", self.account.add_label),
            ("GET", f"{_A}/custom_attribute_definitions", self.account.attributes),
            ("POST", f"{_A}/custom_attribute_definitions", self.account.add_attribute),
            ("GET", f"{_A}/webhooks", self.account.webhooks),
            ("POST", f"{_A}/webhooks", self.account.add_webhook),
            ("PATCH", rf"{_A}/webhooks/(\d+)", self.account.change_webhook),
            ("GET", f"{_A}/dashboard_apps", self.account.apps),
            ("POST", f"{_A}/dashboard_apps", self.account.add_app),
        ]

    # ------------------------------------------------------------------------------------------ every request

    def _check(self) -> Response | None:
        self.asked.append(f"{request.method} {request.full_path.rstrip('?')}")
        now = self.clock()
        while self._times and self._times[0] <= now - MINUTE:
            self._times.popleft()
        if len(self._times) >= self.limit_per_minute:
            self.violations.append("more requests in a minute than are allowed")
            return Response("Retry later\n", 429)
        self._times.append(now)
        trouble = self._next_trouble()
        if trouble in _EARLY:
            status, headers = _EARLY[trouble]
            return Response("Retry later\n" if status == 429 else "", status, headers)
        self._begun = {trouble} if trouble else set()
        return self._let_in()

    def _next_trouble(self) -> str:
        troubles = self.reading_troubles if request.method == "GET" else self.troubles
        return troubles.popleft() if troubles else ""

    def _let_in(self) -> Response | None:
        # Rack makes one name of `api_access_token` and `api-access-token`; werkzeug does too.
        user = self._user()
        if request.environ.get("HTTP_API_ACCESS_TOKEN") is None:
            self.violations.append(f"{request.method} {request.path} without api_access_token")
        if user is None:
            return answer({"error": "Invalid Access Token"}, 401)
        if request.path != "/api/v1/profile" and user.role != "administrator":
            return answer({"error": "You are not authorized to do this action"}, 401)
        return None

    def _user(self) -> Person | None:
        token = request.environ.get("HTTP_API_ACCESS_TOKEN")
        return next((user for user in self.world.users.values() if token and user.token == token), None)

    def _befall(self, told: Response) -> Response:
        trouble, self._begun = next(iter(self._begun), ""), set()
        if trouble == "hang":
            self.go_on.wait(_LONGEST_HANG)
        if trouble == "drop" and "werkzeug.socket" in request.environ:
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return Response("", 500) if trouble in ("500 late", "drop") else told

    def _unknown(self, error: HTTPException) -> Response:
        self.violations.append(f"{request.method} {request.path}: {error.code}")
        return answer({"error": str(error.description)}, error.code or 500)

    def _refused(self, error: Refusal) -> Response:
        if error.sin:
            self.violations.append(f"{request.method} {request.path}: {error}")
        return answer({"error": str(error)}, error.status)

    # ------------------------------------------------------------------------------------------ conversations

    def profile(self) -> Response:
        """Whose token it is; also for users who are no administrators."""
        user = self._user()
        if user is None:
            raise Refusal(401, "Invalid Access Token", sin=False)
        accounts = [{"id": shapes.ACCOUNT, "name": "Shop", "role": user.role}]
        return answer({"id": user.id, "name": user.name, "email": user.email, "accounts": accounts})

    def conversations(self) -> Response:
        """The list; with `updated_within`, everything that changed, without pages."""
        self._only(_LISTED)
        asked = request.args
        talks = [talk for talk in self.world.talks.values() if self.stale is None or talk.id in self.stale]
        if asked.get("status") != "all":
            raise Refusal(422, "without status=all, open conversations are all that is listed")
        if "inbox_id" in asked:
            talks = [talk for talk in talks if str(talk.inbox.id) == asked["inbox_id"]]
        name, down = _SORTS.get(asked.get("sort_by", "last_activity_at_desc"), ("", False))
        if not name:
            raise Refusal(422, f"there is no order {asked['sort_by']}")
        talks.sort(key=lambda talk: (getattr(talk, name), talk.id), reverse=down)
        rows = self._lately(talks) if "updated_within" in asked and self.knows_updated_within else self._paged(talks)
        listed = [shapes.conversation(talk, self.world) for talk in rows]
        meta = {"mine_count": 0, "unassigned_count": 0, "all_count": len(talks)}
        return answer({"data": {"meta": meta, "payload": listed}})

    def _lately(self, talks: list[Talk]) -> list[Talk]:
        since = self.clock() - int(request.args["updated_within"]) * SECOND
        return [talk for talk in talks if talk.updated > since]

    def _paged(self, rows: list[Any]) -> list[Any]:
        page = int(request.args.get("page", 1))
        if page < 1:
            raise Refusal(422, "pages begin with 1")
        return rows[(page - 1) * self.page : page * self.page]

    def conversation(self, number: int) -> Response:
        """One conversation."""
        return answer(shapes.conversation(self._talk(number), self.world))

    def open_conversation(self) -> Response:
        """A conversation in an inbox with a contact, both of which must be there."""
        body = body_with("inbox_id", "contact_id", may=("status", "message", "custom_attributes"))
        inbox = self.world.inboxes.get(body["inbox_id"])
        contact = self.world.contacts.get(body["contact_id"])
        if inbox is None or contact is None:
            raise Refusal(404, "Resource could not be found", sin=False)
        if inbox.name != "Deskpulse summaries":
            self.violations.append("a conversation was opened among those of customers")
        now = self.clock()
        talk = self.world.open(now, inbox, contact, status=body.get("status", "open"))
        talk.custom = dict(body.get("custom_attributes") or {})
        if body.get("message"):
            self._written(talk, {"message_type": "outgoing", **body["message"]})
        return answer(shapes.conversation(talk, self.world))

    def messages(self, number: int) -> Response:
        """Up to 100 after an id, the oldest first; without one, the last 20."""
        self._only(frozenset({"after", "before"}))
        talk = self._talk(number)
        rows = [shapes.message(said, talk) for said in talk.messages]
        after = request.args.get("after")
        if after is None:
            return answer({"meta": {}, "payload": rows[-20:]})
        return answer({"meta": {}, "payload": [row for row in rows if row["id"] > int(after)][:_MESSAGES]})

    def write(self, number: int) -> Response:
        """A message; one of ours that a customer would see, or that notifies somebody, is a violation."""
        body = body_with("content", may=("message_type", "private", "content_attributes"))
        return answer(self._written(self._talk(number), body))

    def _written(self, talk: Talk, body: dict[str, Any]) -> dict[str, Any]:
        text, user = body["content"], self._user()
        if not body.get("private"):
            self.violations.append("a public message reaches the customer and counts as an answer")
        if "](mention://" in text:
            self.violations.append("a mention notifies somebody")
        if "{{" in text or "{%" in text:
            self.violations.append("a text is filled in as a template")
        if len(text) > 150_000:
            raise Refusal(422, "Content is too long")
        if user is None:
            raise Refusal(401, "Invalid Access Token")
        said = self.world.note(talk, self.clock(), user, text)
        return shapes.message(said, talk)

    def labels_of(self, number: int) -> Response:
        """The labels of a conversation."""
        return answer({"payload": self._talk(number).labels})

    def set_labels(self, number: int) -> Response:
        """Replaces the labels of a conversation."""
        labels = body_with("labels")["labels"]
        self.world.set_labels(self._talk(number), self.clock(), labels)
        return answer({"payload": self._talk(number).labels})

    def set_custom(self, number: int) -> Response:
        """Replaces the custom attributes of a conversation."""
        values = body_with("custom_attributes")["custom_attributes"]
        self.world.set_custom(self._talk(number), self.clock(), values)
        return answer({"custom_attributes": self._talk(number).custom})

    def answers(self) -> Response:
        """CSAT responses by when they were first given, the latest first."""
        self._only(_RATED)
        asked = request.args
        if not {"since", "until"} <= asked.keys():
            raise Refusal(422, "without since and until every response is listed")
        since, until = int(asked["since"]) * SECOND, int(asked["until"]) * SECOND
        rows = [row for row in self.world.answers if since <= row.at // SECOND * SECOND < until]
        if "inbox_id" in asked:
            rows = [row for row in rows if str(row.talk.inbox.id) == asked["inbox_id"]]
        if "rating" in asked:
            rows = [row for row in rows if str(row.score) == asked["rating"]]
        rows.sort(key=lambda row: (row.at, row.id), reverse=True)
        return answer([shapes.answer(row) for row in self._paged(rows)])

    # ------------------------------------------------------------------------------------------ inside

    def _talk(self, number: int) -> Talk:
        talk = self.world.talks.get(number)
        if talk is None:
            raise Refusal(404, "Resource could not be found", sin=False)
        return talk

    def _only(self, allowed: frozenset[str]) -> None:
        for name in request.args.keys() - allowed:
            self.violations.append(f"{request.method} {request.path} has no parameter {name}")
