"""The HTTP face of a simulated LiveAgent: v3 and v1 as documented, and strict about everything else.

What the documentation does not allow is answered as LiveAgent would and written down in `violations`, so that a
test can fail for a request that happened to work.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from integrations.liveagent import simulated_shapes as shapes
from integrations.liveagent.simulated_world import Clock, Conversation, Person, World

_PAGING: Final = frozenset({"_page", "_perPage", "_from", "_to", "_sortDir", "_sortField", "_filters"})
_TICKET_COLUMNS: Final = frozenset(
    {"date_changed", "date_created", "status", "tags", "channel_type", "departmentid", "agentid", "search", "subject"}
)
#: Those of the real one that are simulated; the others are refused, rather than answered wrongly.
_OPERATORS: Final = frozenset({"E", "IN", "L", "D>=", "D<="})
_CREATE_REQUIRED: Final = ("useridentifier", "subject", "departmentid", "recipient", "message")
_CREATE_OPTIONAL: Final = frozenset(
    {
        "recipient_name", "carbon_copies", "blind_carbon_copies", "status", "mail_message_id", "do_not_send_mail",
        "use_template", "is_html_message", "custom_fields", "tags", "attachments",
    }
)  # fmt: skip
_UPDATE: Final = frozenset({"owner_contactid", "departmentid", "agentid", "status", "subject", "tags", "custom_fields"})
_RANK_PARAMETERS: Final = frozenset({"apikey", "date_from", "date_to", "columns", "limitcount", "limitfrom"})
_CONVERSATION_PARAMETERS: Final = frozenset(
    {"apikey", "owneridentifier", "department", "status", "datefrom", "dateto", "datechanged", "subject",
     "channel_type", "limit", "offset"}
)  # fmt: skip

Answer = Response | tuple[Response, int]


class Refusal(Exception):
    """LiveAgent does not take the request; `sin` is what the caller did that no document allows."""

    def __init__(self, status: int, message: str, *, sin: bool = True) -> None:
        super().__init__(message)
        self.status = status
        self.sin = sin


class Api:
    """Routes over one world. Both keys may be changed by a test; so may the limit and what the search has seen."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world = world
        self.clock = clock
        self.v3_key = "v3-key-of-the-simulation"
        self.v1_key = "v1-key-of-the-simulation"
        self.limit_per_minute = 180
        self.indexed: set[str] | None = None  #: ids that the list knows; None when it is up to date
        self.also_known: dict[str, str] = {}  #: id of a merged ticket → the one that took it in
        self.tags_as_text = False  #: some answers of v3 tell tags as one text
        self.forgets_tags = False  #: a tag is taken and not put on
        self.before_create_tag: Callable[[str], object] = _nothing  #: what somebody else does just before
        self.mailed: list[str] = []  #: addresses that LiveAgent sent an e-mail to
        self.violations: list[str] = []
        self.requests: list[str] = []
        self.lock = threading.RLock()
        self._times: deque[float] = deque()
        self.app = Flask(__name__)
        self._route()

    def _route(self) -> None:
        add = self.app.add_url_rule
        table: list[tuple[str, str, Callable[..., Any]]] = [
            ("GET", "/api/v3/tickets", self.list_tickets),
            ("POST", "/api/v3/tickets", self.create_ticket),
            ("GET", "/api/v3/tickets/<ticket>", self.show_ticket),
            ("PUT", "/api/v3/tickets/<ticket>", self.update_ticket),
            ("GET", "/api/v3/tickets/<ticket>/history", self.history),
            ("GET", "/api/v3/tickets/<ticket>/messages", self.messages),
            ("GET", "/api/v3/tags", self.list_tags),
            ("POST", "/api/v3/tags", self.create_tag),
            ("GET", "/api/v3/agents", self.list_agents),
            ("GET", "/api/v3/departments", self.list_departments),
            ("GET", "/api/v3/calls", self.list_calls),
            ("POST", "/api/conversations/<ticket>/tags", self.tag_conversation),
            ("POST", "/api/conversations/<ticket>/messages", self.write_message),
            ("GET", "/api/conversations", self.list_conversations),
            ("GET", "/api/reports/ranking", self.ranking),
            ("GET", "/api/application", self.application),
        ]
        for method, rule, view in table:
            add(rule, f"{method} {rule}", self._guarded(view), methods=[method], provide_automatic_options=False)
        self.app.register_error_handler(HTTPException, self._lost)
        self.app.register_error_handler(Refusal, self._refused)

    def _guarded(self, view: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(**names: str) -> Any:
            with self.lock:
                self.requests.append(f"{request.method} {request.path}")
                self._limit()
                self._let_in()
                return view(**names)

        return guarded

    # ------------------------------------------------------------------------------------------ strictness

    def _limit(self) -> None:
        now = time.monotonic()
        while self._times and self._times[0] <= now - 60:
            self._times.popleft()
        if len(self._times) >= self.limit_per_minute:
            raise Refusal(429, "Too many requests")
        self._times.append(now)

    def _let_in(self) -> None:
        if request.path.startswith("/api/v3"):
            if "apikey" in request.args:
                raise Refusal(403, "ApiKey in GET parameter is forbidden")
            given = request.headers.get("apikey")
            if given != self.v3_key:
                raise Refusal(403, "ApiKey not found", sin=given is None)
            return
        given = request.values.get("apikey")
        if given != self.v1_key:
            raise Refusal(403, "ApiKey not found", sin=given is None)

    def _lost(self, error: HTTPException) -> Answer:
        self.violations.append(f"{request.method} {request.path}: {error.code}")
        return jsonify(message=error.name), error.code or 500

    def _refused(self, refusal: Refusal) -> Answer:
        if refusal.sin:
            self.violations.append(f"{request.method} {request.path}: {refusal}")
        if request.path.startswith("/api/v3"):
            return jsonify(message=str(refusal)), refusal.status
        answer = {"status": "ERROR", "statuscode": refusal.status, "errormessage": str(refusal), "debugmessage": ""}
        return jsonify(response=answer), refusal.status

    def _asked(self, *more: str) -> None:
        unknown = set(request.args) - _PAGING - set(more)
        if unknown:
            raise Refusal(400, f"unknown parameters {sorted(unknown)}")

    def _body(self, allowed: frozenset[str]) -> dict[str, Any]:
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or set(body) - allowed:
            raise Refusal(400, f"the body must be a JSON object with some of {sorted(allowed)}")
        return body

    def _ticket(self, ticket: str, *, status: int = 404) -> Conversation:
        wanted = self.also_known.get(ticket, ticket)
        for one in self.world.tickets.values():
            if wanted in (one.id, one.code):
                return one
        raise Refusal(status, "conversation cannot be loaded" if status == 500 else "Ticket not found", sin=False)

    def _page(self, rows: list[Any]) -> Response:
        size = int(request.args.get("_perPage", "10"))
        page = int(request.args.get("_page", "1"))
        if not 1 <= size <= 500 or page < 1:
            raise Refusal(400, "_perPage must be 1 to 500, _page at least 1")
        return jsonify(rows[(page - 1) * size : page * size])

    def _filters(self, columns: frozenset[str], operators: frozenset[str]) -> list[list[str]]:
        found = json.loads(request.args.get("_filters", "[]"))
        for column, operator, _value in found:
            if column not in columns or operator not in operators:
                raise Refusal(400, f"no filter {column} {operator}")
        return [[str(part) for part in one] for one in found]

    # ------------------------------------------------------------------------------------------ v3

    def list_tickets(self) -> Response:
        """GET /tickets: from the search index, which may trail behind."""
        self._asked()
        filters = self._filters(_TICKET_COLUMNS, _OPERATORS)
        rows = [
            shapes.ticket(self.world, one)
            for one in self.world.tickets.values()
            if self.indexed is None or one.id in self.indexed
        ]
        rows = [row for row in rows if all(_matches(row, *one) for one in filters)]
        field = request.args.get("_sortField")
        if field is not None:
            rows.sort(key=lambda row: row[field] or "", reverse=request.args.get("_sortDir") == "DESC")
        return self._page(rows)

    def show_ticket(self, ticket: str) -> Response:
        """GET /tickets/{id or code}."""
        self._asked()
        shape = shapes.ticket(self.world, self._ticket(ticket))
        return jsonify({**shape, "tags": ",".join(shape["tags"])} if self.tags_as_text else shape)

    def history(self, ticket: str) -> Response:
        """GET /tickets/{id}/history, newest first."""
        self._asked()
        one = self._ticket(ticket)
        rows = [shapes.span(self.world, one, number, span) for number, span in enumerate(one.spans)]
        return self._page(rows[::-1])

    def messages(self, ticket: str) -> Response:
        """GET /tickets/{id}/messages, newest group first."""
        self._asked("includeQuotedMessages")
        rows = [shapes.block(self.world, number, one) for number, one in enumerate(self._ticket(ticket).blocks)]
        return self._page(rows[::-1])

    def list_tags(self) -> Response:
        """GET /tags."""
        self._asked()
        return self._page([{"id": tag, "name": name, "is_public": "N"} for tag, name in self.world.tags.items()])

    def list_agents(self) -> Response:
        """GET /agents."""
        self._asked()
        people = self.world.agents.values()
        return self._page([{"id": one.id, "name": one.name, "email": one.email, "role": one.role} for one in people])

    def list_departments(self) -> Response:
        """GET /departments."""
        self._asked()
        known = self.world.departments.items()
        return self._page([{"department_id": one, "name": name, "agent_ids": []} for one, name in known])

    def list_calls(self) -> Response:
        """GET /calls; can be filtered by time only."""
        self._asked()
        filters = self._filters(frozenset({"dateCreated"}), frozenset({">=", "<="}))
        rows = [shapes.phone_row(self.world, one) for one in self.world.calls]
        return self._page([row for row in rows if all(_matches(row, *one) for one in filters)])

    def create_tag(self) -> Answer:
        """POST /tags."""
        name = self._body(frozenset({"name", "color", "background_color", "is_public", "is_archived"})).get("name")
        self.before_create_tag(str(name))
        if not isinstance(name, str) or not name or name in self.world.tags.values():
            raise Refusal(400, f"there is a tag {name} already, or its name is empty")
        return jsonify(id=self.world.add_tag(name), name=name), 201

    def update_ticket(self, ticket: str) -> Answer:
        """PUT /tickets/{id}: only the listed keys change; `tags` replaces the set."""
        body = self._body(_UPDATE)
        one = self._ticket(ticket)
        unknown = set(body.get("tags", [])) - set(self.world.tags)
        if unknown:
            raise Refusal(400, f"unknown tags {sorted(unknown)}")
        now = self.clock()
        for row in body.get("custom_fields", []):
            one.fields[row["code"]] = row["value"]
        one.subject = body.get("subject", one.subject)
        self.world.set_tags(one, now, list(body.get("tags", one.tags)))
        self.world.touch(one, now)
        return jsonify(shapes.ticket(self.world, one))

    def create_ticket(self) -> Answer:
        """POST /tickets: e-mails the recipient unless told not to."""
        body = self._body(_CREATE_OPTIONAL | set(_CREATE_REQUIRED))
        missing = [name for name in _CREATE_REQUIRED if not body.get(name)]
        if missing or body["departmentid"] not in self.world.departments:
            raise Refusal(400, f"missing or unknown: {missing or 'departmentid'}")
        author = self.world.who(body["useridentifier"])
        if author is None:
            raise Refusal(400, "useridentifier is nobody")
        if body.get("do_not_send_mail", "N") != "Y":
            self.mailed.append(body["recipient"])
        one = self._new_ticket(body, author)
        shape = shapes.ticket(self.world, one)
        return jsonify({**shape, "tags": ",".join(one.tags)}), 201

    def _new_ticket(self, body: dict[str, Any], author: Person) -> Conversation:
        now = self.clock()
        owner = self.world.who(body["recipient"]) or self.world.add_person("", body["recipient"])
        one = self.world.open(
            now,
            owner,
            channel="E",
            department=body["departmentid"],
            subject=body["subject"],
            status=body.get("status", "N"),
            agent=author.id if author.id in self.world.agents else "",
        )
        one.resolved = now if one.status == "R" else None
        self.world.say(one, now, author.user, "4" if author.id in self.world.agents else "3", body["message"])
        return one

    # ------------------------------------------------------------------------------------------ v1

    def tag_conversation(self, ticket: str) -> Response:
        """POST /conversations/{id}/tags: one tag, by id or by a name that exists."""
        one = self._ticket(ticket, status=500)
        name, tag = request.form.get("name"), request.form.get("id")
        found = next((key for key, known in self.world.tags.items() if name == known or tag == key), None)
        if found is None:
            raise Refusal(500, "tag cannot be loaded")
        if found not in one.tags and not self.forgets_tags:
            self.world.set_tags(one, self.clock(), [*one.tags, found])
        return jsonify(response={"status": "OK", "statuscode": 0})

    def write_message(self, ticket: str) -> Response:
        """POST /conversations/{id}/messages: without a useridentifier always a note."""
        one = self._ticket(ticket, status=500)
        text = request.form.get("message")
        if not text or request.form.get("type", "M") not in ("M", "N") or "useridentifier" in request.form:
            raise Refusal(500, "message is missing, or this is no note")
        self.world.say(one, self.clock(), "system00", "I", text, type_="N")
        return jsonify(response={"status": "OK", "statuscode": "0"})

    def list_conversations(self) -> Response:
        """GET /conversations: straight from the database."""
        unknown = set(request.args) - _CONVERSATION_PARAMETERS
        if unknown:
            raise Refusal(400, f"unknown parameters {sorted(unknown)}")
        rows = [
            {"conversationid": one.id, "code": one.code, "status": one.status, "subject": one.subject}
            for one in self.world.tickets.values()
            if request.args.get("department", one.department) == one.department
            and request.args.get("subject", one.subject) in one.subject
        ]
        return jsonify(response={"conversations": rows[: int(request.args.get("limit", "10"))]})

    def ranking(self) -> Response:
        """GET /reports/ranking: rows between two times, with the columns that were asked for."""
        unknown = set(request.args) - _RANK_PARAMETERS
        if unknown or not {"date_from", "date_to"} <= set(request.args):
            raise Refusal(500, f"date_from and date_to are needed, unknown are {sorted(unknown)}")
        columns = request.args.get("columns", "").split(",")
        offset, size = (
            int(request.args.get(name, default)) for name, default in (("limitfrom", "0"), ("limitcount", "100"))
        )
        if not 1 <= size <= 1000:
            raise Refusal(500, "limitcount must be 1 to 1000")
        rows = [shapes.rating(self.world, one) for one in self.world.ratings]
        first, last = request.args["date_from"], request.args["date_to"]
        chosen = [row for row in rows if first <= row["datecreated"] <= last][offset : offset + size]
        return jsonify(response={"ranks": [{name: row[name] for name in columns if name in row} for row in chosen]})

    def application(self) -> Response:
        """GET /application; the shape of the real answer is not documented."""
        return jsonify(response={"status": "OK", "statuscode": 0, "serverdatetime": self.world.local(self.clock())})


def _nothing(_name: str) -> None:
    """Nobody else does anything."""


def _matches(row: dict[str, Any], column: str, operator: str, value: str) -> bool:
    if column == "search":
        return value.lower() in row["subject"].lower()
    held = row[column] or ""
    if operator in ("D>=", ">="):
        return bool(held >= value)
    if operator in ("D<=", "<="):
        return bool(held <= value)
    if operator == "L":
        return value in held
    return held in value.split(",")
