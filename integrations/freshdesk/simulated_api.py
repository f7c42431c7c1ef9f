"""The HTTP face of a simulated Freshdesk: the API v2 as documented, and strict about everything else.

What the documentation does not allow is answered as Freshdesk would and written down in `violations`, so that a test
can fail for a request that happened to work.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from integrations.freshdesk import simulated_shapes as shapes
from integrations.freshdesk.simulated_routes import API, Refusal, routes
from integrations.freshdesk.simulated_world import Clock, Kept, World
from integrations.times import DAY, instant_of_iso

_LIST: Final = frozenset(
    {"filter", "requester_id", "email", "company_id", "updated_since", "order_by", "order_type", "include"}
)
_PAGING: Final = frozenset({"page", "per_page"})
_ORDERS: Final = {"created_at": "created", "updated_at": "updated", "status": "status"}
_CREATE: Final = frozenset(
    {"name", "requester_id", "email", "phone", "subject", "type", "status", "priority", "description", "responder_id",
     "cc_emails", "custom_fields", "email_config_id", "group_id", "parent_id", "product_id", "source", "tags"}
)  # fmt: skip
_NOTE: Final = frozenset({"body", "incoming", "notify_emails", "private", "user_id"})
#: How many characters a single-line text holds.
_LONGEST_TEXT: Final = 255
_FIELD: Final = frozenset(
    {"label", "label_for_customers", "type", "customers_can_edit", "displayed_to_customers", "position",
     "required_for_closure", "required_for_agents", "required_for_customers", "choices"}
)  # fmt: skip
_RETRY_AFTER: Final = 34

Answer = Response | tuple[Response, int]


class Api:
    """Routes over one world. A test may change the key, the limits, and what the key's agent may do."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world = world
        self.clock = clock
        self.api_key = "key-of-the-simulated-agent"
        self.me: int = 0  #: the agent whose key it is
        self.calls_per_minute = 200
        self.lists_per_minute = 20
        self.is_administrator = True
        self.has_surveys = True
        self.rules: dict[int, list[dict[str, Any]]] = {1: [], 4: []}
        self.not_listed: set[int] = set()  #: tickets that lists do not show yet
        self.before_update: Callable[[Kept], object] = _nothing  #: what somebody else does just before
        self.mailed: list[str] = []  #: addresses that Freshdesk wrote to
        self.violations: list[str] = []
        self.requests: list[str] = []
        self.lock = threading.RLock()
        self._spent: deque[tuple[float, str]] = deque()

    def app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """What answers below the desk's address."""
        return routes()({**environ, API: self}, start_response)

    def serve(self, view: str, names: dict[str, Any]) -> Any:
        """One request, let in and counted."""
        with self.lock:
            self.requests.append(f"{request.method} {request.path}")
            self._limit()
            self._let_in()
            return getattr(self, view)(**names)

    # ------------------------------------------------------------------------------------------ strictness

    def _limit(self) -> None:
        """Embedding costs: one further call on a ticket's page, two in a list."""
        now = time.monotonic()
        while self._spent and self._spent[0][0] <= now - 60:
            self._spent.popleft()
        listed = request.method == "GET" and request.path.endswith("/tickets")
        extra = sum(1 for name in request.args.get("include", "").split(",") if name) * (2 if listed else 1)
        lists = sum(1 for _, what in self._spent if what == "list")
        if len(self._spent) + 1 + extra > self.calls_per_minute or (listed and lists >= self.lists_per_minute):
            raise Refusal(429, "rate_limit")
        self._spent.extend([(now, "list" if listed else "call")] + [(now, "embedded")] * extra)

    def _let_in(self) -> None:
        given = request.authorization
        if given is None or given.type != "basic":
            raise Refusal(401, "invalid_credentials", "You have to be logged in to perform this action.")
        if given.username != self.api_key:
            raise Refusal(401, "invalid_credentials", "You have to be logged in to perform this action.", sin=False)
        if request.method != "GET" and not request.is_json:
            raise Refusal(415, "unsupported_content_type")

    def _administer(self) -> None:
        if not self.is_administrator:
            raise Refusal(403, "access_denied", "You are not authorized to perform this action.", sin=False)

    def lost(self, error: HTTPException) -> Answer:
        """Nothing is there, or not for this method."""
        self.violations.append(f"{request.method} {request.path}: {error.code}")
        return jsonify(message=error.name), error.code or 500

    def refused(self, refusal: Refusal) -> Answer:
        """The answer to a request that is not taken."""
        if refusal.sin:
            self.violations.append(f"{request.method} {request.path}: {refusal}")
        if refusal.status == 400:
            row = {"field": refusal.code, "message": str(refusal), "code": "invalid_field"}
            return jsonify(description="Validation failed", errors=[row]), 400
        answer = jsonify(code=refusal.code, message=str(refusal))
        if refusal.status == 429:
            answer.headers["Retry-After"] = str(_RETRY_AFTER)
        return answer, refusal.status

    def _asked(self, allowed: frozenset[str]) -> None:
        unknown = set(request.args) - allowed
        if unknown:
            raise Refusal(400, ",".join(sorted(unknown)), "unexpected")

    def _body(self, allowed: frozenset[str]) -> dict[str, Any]:
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or set(body) - allowed:
            raise Refusal(400, "body", f"must be an object with some of {sorted(allowed)}")
        return body

    def _ticket(self, ticket: int, *, archived: bool = False) -> Kept:
        found = self.world.tickets.get(ticket)
        if found is None or found.archived is not archived:
            raise Refusal(404, "not_found", sin=False)
        return found

    def _page(self, rows: list[Any]) -> Response:
        size, page = (int(request.args.get(name, usual)) for name, usual in (("per_page", "30"), ("page", "1")))
        if not 1 <= size <= 100 or not 1 <= page <= 300:
            raise Refusal(400, "per_page", "must be 1 to 100, page 1 to 300")
        return jsonify(rows[(page - 1) * size : page * size])

    # ------------------------------------------------------------------------------------------ reading

    def list_tickets(self) -> Response:
        """GET /tickets: of the last 30 days unless told otherwise; spam and deleted ones by their filters only."""
        self._asked(_LIST | _PAGING)
        only = request.args.get("filter")
        if only not in (None, "spam", "deleted"):
            raise Refusal(400, "filter")
        rows = [one for one in self.world.tickets.values() if self._is_listed(one, only)]
        order = _ORDERS[request.args.get("order_by", "created_at")]
        falling = request.args.get("order_type", "desc") == "desc"
        rows.sort(key=lambda one: (getattr(one, order), one.id), reverse=falling)
        return self._page([shapes.ticket(one) for one in rows])

    def _is_listed(self, one: Kept, only: str | None) -> bool:
        since = request.args.get("updated_since")
        recent = one.created >= self.clock() - 30 * DAY if since is None else one.updated >= instant_of_iso(since)
        place = "deleted" if one.deleted else "spam" if one.spam else None
        requester = request.args.get("requester_id")
        of_requester = requester is None or one.requester == int(requester)
        return recent and place == only and of_requester and not one.archived and one.id not in self.not_listed

    def show_ticket(self, ticket: int) -> Response:
        """GET /tickets/{id}, with what is embedded."""
        self._asked(frozenset({"include"}))
        one = self._ticket(ticket)
        told = shapes.page(one)
        return jsonify({**told, "stats": shapes.stats(one)} if request.args.get("include") == "stats" else told)

    def show_archived(self, ticket: int) -> Response:
        """GET /tickets/archived/{id}: without moments."""
        self._asked(frozenset())
        return jsonify({**shapes.page(self._ticket(ticket, archived=True)), "archived": True})

    def conversations(self, ticket: int) -> Response:
        """GET /tickets/{id}/conversations, oldest first."""
        self._asked(_PAGING)
        one = self._ticket(ticket)
        return self._page([shapes.conversation(said, one.id) for said in one.said])

    def ratings_of(self, ticket: int) -> Response:
        """GET /tickets/{id}/satisfaction_ratings."""
        self._survey()
        self._asked(frozenset())
        one = self._ticket(ticket)
        return jsonify([shapes.rating(rated) for rated in self.world.ratings if rated.ticket == one.id])

    def ratings(self) -> Response:
        """GET /surveys/satisfaction_ratings, newest first."""
        self._survey()
        self._asked(_PAGING | {"created_since", "user_id"})
        since = instant_of_iso(request.args["created_since"]) if "created_since" in request.args else 0
        found = [shapes.rating(rated) for rated in reversed(self.world.ratings) if rated.at >= since]
        return self._page(found)

    def surveys(self) -> Response:
        """GET /surveys."""
        self._survey()
        self._asked(frozenset({"state"}))
        question = {"id": "default_question", "label": "How was it?"}
        return jsonify(
            [{"id": id_, "title": "Survey", "questions": [{**question, "accepted_ratings": codes}]}
             for id_, codes in self.world.surveys.items()]
        )  # fmt: skip

    def _survey(self) -> None:
        if not self.has_surveys:
            message = "The Surveys feature is not supported in your plan."
            raise Refusal(403, "require_feature", message, sin=False)

    def agents(self) -> Response:
        """GET /agents: names stand inside contacts."""
        self._asked(_PAGING)
        return self._page([self._agent(id_) for id_ in self.world.agents])

    def show_me(self) -> Response:
        """GET /agents/me."""
        return jsonify(self._agent(self.me))

    def _agent(self, id_: int) -> dict[str, Any]:
        person = self.world.agents[id_]
        return {"id": id_, "contact": {"name": person.name, "email": person.email, "active": True}, "occasional": False}

    def groups(self) -> Response:
        """GET /groups."""
        self._asked(_PAGING)
        return self._page([{"id": id_, "name": name} for id_, name in self.world.groups.items()])

    def ticket_fields(self) -> Response:
        """GET /ticket_fields."""
        self._asked(frozenset({"type"}))
        default = [
            {"id": 4, "name": "source", "label": "Source", "type": "default_source", "choices": self.world.sources},
            {"id": 5, "name": "status", "label": "Status", "type": "default_status", "choices": self.world.statuses},
        ]
        types = self.world.field_types
        custom = [
            {"name": key, "label": label, "type": types.get(key, "custom_text")}
            for key, label in self.world.fields.items()
        ]
        rows = [{**row, "default": True} for row in default] + [{**row, "default": False} for row in custom]
        return jsonify(rows)

    def list_rules(self, kind: int) -> Response:
        """GET /automations/{type}/rules, for administrators."""
        self._administer()
        return jsonify(rules=self.rules.get(kind, []), meta={"count": len(self.rules.get(kind, []))})

    # ------------------------------------------------------------------------------------------ writing

    def create_field(self) -> Answer:
        """POST /admin/ticket_fields, for administrators; the key is made of the label."""
        self._administer()
        body = self._body(_FIELD)
        label = body.get("label")
        if not isinstance(label, str) or label in self.world.fields.values() or body.get("type") != "custom_text":
            raise Refusal(400, "label", "is taken, or the type is not simulated")
        key = f"cf_{label.lower().replace(' ', '_')}"
        self.world.fields[key] = label
        return jsonify(id=self.world.new_id(), name=key, label=label, type="custom_text", default=False), 201

    def create_ticket(self) -> Answer:
        """POST /tickets: the requester is written to, unless it is an agent."""
        body = self._body(_CREATE)
        requester = body.get("requester_id")
        if type(requester) is not int or requester not in {*self.world.agents, *self.world.contacts}:
            raise Refusal(400, "requester_id", "There is no contact matching the given requester_id")
        if not body.get("subject") or not body.get("description"):
            raise Refusal(400, "subject", "It should not be blank as this is a mandatory field")
        self._check(body)
        if requester in self.world.contacts:
            self.mailed.append(self.world.contacts[requester].email)
        one = self.world.open(
            self.clock(),
            requester,
            subject=body["subject"],
            body=body["description"],
            **{name: body[name] for name in ("source", "status", "priority", "tags") if name in body},
        )
        return jsonify(shapes.page(one)), 201

    def update_ticket(self, ticket: int) -> Answer:
        """PUT /tickets/{id}: only the listed keys change; `tags` replaces the set."""
        body = self._body(_CREATE)
        one = self._ticket(ticket)
        if one.deleted or one.spam:
            raise Refusal(405, "method_not_allowed", sin=False)
        self._check(body)
        self.before_update(one)
        one.fields |= body.get("custom_fields", {})
        one.tags = list(dict.fromkeys(body.get("tags", one.tags)))
        one.subject, one.description = body.get("subject", one.subject), body.get("description", one.description)
        self.world.update(one, self.clock(), {})
        return jsonify(shapes.page(one))

    def _check(self, body: dict[str, Any]) -> None:
        for name, value in body.get("custom_fields", {}).items():
            if name not in self.world.fields:
                raise Refusal(400, name, "Unexpected/invalid field in request", sin=False)
            if name not in self.world.field_types and len(str(value)) > _LONGEST_TEXT:
                raise Refusal(400, name, "Has too many characters", sin=False)
        if len(body.get("subject", "")) > 255 or any(len(tag) > 32 for tag in body.get("tags", ())):
            raise Refusal(400, "subject", "or a tag is too long")

    def add_note(self, ticket: int) -> Answer:
        """POST /tickets/{id}/notes: private unless told otherwise."""
        body = self._body(_NOTE)
        one = self._ticket(ticket)
        if one.deleted or one.spam:
            raise Refusal(404, "not_found", sin=False)
        if not isinstance(body.get("body"), str) or not body["body"]:
            raise Refusal(400, "body", "Mandatory attribute missing")
        self.mailed += body.get("notify_emails", [])
        private = body.get("private", True)
        said = self.world.say(one, self.clock(), self.me, body["body"], private=private, source=2)
        return jsonify(shapes.conversation(said, one.id)), 201


def _nothing(_ticket: Kept) -> None:
    """Nobody else does anything."""
