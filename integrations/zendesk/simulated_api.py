"""The HTTP face of a simulated Zendesk: the API as documented, and strict about everything else.

What the documentation does not allow is answered as Zendesk would and written down in `violations`, so that a test can
fail for a request that happened to work.
"""

from __future__ import annotations

import base64
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from integrations.zendesk import simulated_shapes as shapes
from integrations.zendesk.simulated_world import Clock, Ticket, World

_PAGING: Final = frozenset({"page[size]", "page[after]"})
_TICKET_KEYS: Final = frozenset(
    {
        "subject", "comment", "status", "priority", "type", "assignee_id", "group_id", "requester_id", "tags",
        "external_id", "custom_fields", "safe_update", "updated_stamp",
    }
)  # fmt: skip
_IMPORT_KEYS: Final = (_TICKET_KEYS - {"comment", "safe_update", "updated_stamp"}) | {
    "comments", "created_at", "solved_at", "submitter_id", "updated_at",
}  # fmt: skip
_COMMENT_KEYS: Final = frozenset({"body", "html_body", "public", "author_id", "value", "created_at"})
_LONGEST_PAGE: Final = 100

#: Method, path, view, and whether only administrators may.
TICKETS: Final = (
    ("GET", "/tickets", "list_tickets", False),
    ("GET", "/tickets/<int:ticket>", "show_ticket", False),
    ("PUT", "/tickets/<int:ticket>", "update_ticket", False),
    ("GET", "/tickets/<int:ticket>/audits", "audits", False),
    ("GET", "/tickets/<int:ticket>/comments", "comments", False),
    ("PUT", "/tickets/<int:ticket>/tags", "add_tags", False),
    ("DELETE", "/tickets/<int:ticket>/tags", "remove_tags", False),
    ("POST", "/imports/tickets", "import_ticket", True),
    ("GET", "/incremental/tickets/cursor", "export", True),
    ("GET", "/satisfaction_ratings", "ratings", False),
    ("GET", "/satisfaction_ratings/<int:rating>", "rating", False),
    ("GET", "/guide/survey_responses", "responses", False),
)

Answer = Response | tuple[Response, int] | tuple[Response, int, dict[str, str]]


class Refusal(Exception):
    """Zendesk does not take the request; `sin` is what the caller did that no document allows."""

    def __init__(self, status: int, message: str, *, sin: bool = True, after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.sin = sin
        self.after = after


class Api:
    """Views over one world. Tests may change the credentials, the role, the limits, and what the export has seen."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world = world
        self.clock = clock
        self.owner = world.person("Deskpulse Owner", "admin")
        self.token = "token-of-the-simulation"  # noqa: S105  # nobody's
        self.requests_per_minute = 400
        self.exports_per_minute = 10
        self.page_size = _LONGEST_PAGE  #: rows of a page, whatever larger size is asked for
        self.unexported: set[int] = set()  #: tickets that the export does not show yet
        self.has_ratings = True
        self.has_responses = True
        self.violations: list[str] = []
        self.requests: list[str] = []
        self.lock = threading.RLock()
        self._times: dict[str, deque[float]] = {"request": deque(), "export": deque()}

    # ------------------------------------------------------------------------------------------ strictness

    def limit(self, what: str, most: int) -> None:
        """Refuses what is more than so many of these in a minute."""
        now, times = time.monotonic(), self._times[what]
        while times and times[0] <= now - 60:
            times.popleft()
        if len(times) >= most:
            raise Refusal(429, "Number of allowed API requests per minute exceeded", after=60)
        times.append(now)

    def let_in(self, view: str, *, admin: bool) -> None:
        """Refuses whoever may not see this view; anybody may ask who they are."""
        known = self.is_known()
        if not known and view != "me":
            raise Refusal(401, "Couldn't authenticate you", sin="Authorization" not in request.headers)
        if known and admin and self.owner.role != "admin":
            raise Refusal(403, "You do not have access to this page", sin=False)

    def is_known(self) -> bool:
        """Whether the caller's credentials are good."""
        basic = base64.b64encode(f"{self.owner.email}/token:{self.token}".encode()).decode()
        return request.headers.get("Authorization") in (f"Basic {basic}", f"Bearer {self.token}")

    def lost(self, error: HTTPException) -> Answer:
        """What is no path or no method of the API."""
        self.violations.append(f"{request.method} {request.path}: {error.code}")
        return jsonify(error=error.name), error.code or 500

    def refused(self, refusal: Refusal) -> Answer:
        """What Zendesk does not take."""
        if refusal.sin:
            self.violations.append(f"{request.method} {request.path}: {refusal}")
        headers = {} if refusal.after is None else {"Retry-After": str(refusal.after)}
        return jsonify(error="Refused", description=str(refusal)), refusal.status, headers

    def asked(self, *names: str) -> None:
        """Refuses parameters that are not documented."""
        unknown = set(request.args) - _PAGING - set(names)
        if unknown:
            raise Refusal(400, f"unknown parameters {sorted(unknown)}")

    def body(self, key: str, allowed: frozenset[str]) -> dict[str, Any]:
        """The object in the body; refused with keys that are not documented."""
        told = request.get_json(silent=True)
        held = told.get(key) if isinstance(told, dict) else None
        if not isinstance(held, dict) or set(held) - allowed:
            raise Refusal(400, f"the body must be {key} with some of {sorted(allowed)}")
        return held

    def page(self, key: str, rows: Iterable[Any]) -> Response:
        """One page of a list by cursor."""
        asked = int(request.args.get("page[size]", _LONGEST_PAGE))
        if not 1 <= asked <= _LONGEST_PAGE:
            raise Refusal(400, "page[size] must be 1 to 100")
        every, start = list(rows), int(request.args.get("page[after]", "c0")[1:])
        end = start + min(asked, self.page_size)
        more = end < len(every)
        meta = {"has_more": more, "after_cursor": f"c{end}" if every else None, "before_cursor": None}
        return jsonify({key: every[start:end], "meta": meta, "links": {"next": "…" if more else None, "prev": None}})

    def _ticket(self, ticket: int) -> Ticket:
        found = self.world.tickets.get(ticket)
        if found is None or found.deleted:
            raise Refusal(404, "RecordNotFound", sin=False)
        return found

    def _open(self, ticket: int) -> Ticket:
        found = self._ticket(ticket)
        if found.held["status"] == "closed":
            raise Refusal(422, "Status: closed prevents ticket update", sin=False)
        return found

    # ------------------------------------------------------------------------------------------ tickets

    def list_tickets(self) -> Response:
        """GET /tickets, by external id."""
        self.asked("external_id")
        wanted = request.args.get("external_id")
        there = [one for one in self.world.tickets.values() if not one.deleted]
        found = [one for one in there if wanted in (None, one.held["external_id"])]
        return self.page("tickets", map(shapes.ticket, found))

    def show_ticket(self, ticket: int) -> Response:
        """GET /tickets/{id}."""
        self.asked()
        return jsonify(ticket=shapes.ticket(self._ticket(ticket)))

    def audits(self, ticket: int) -> Response:
        """GET /tickets/{id}/audits, oldest first."""
        self.asked()
        return self.page("audits", self._ticket(ticket).audits)

    def comments(self, ticket: int) -> Response:
        """GET /tickets/{id}/comments, oldest first."""
        self.asked()
        return self.page("comments", map(shapes.comment, self._ticket(ticket).comments))

    def update_ticket(self, ticket: int) -> Response:
        """PUT /tickets/{id}: only the keys that are given change."""
        told = self.body("ticket", _TICKET_KEYS)
        found = self._open(ticket)
        fields = {one["id"]: one["value"] for one in told.pop("custom_fields", [])}
        if unknown := set(fields) - set(self.world.fields):
            raise Refusal(422, f"unknown custom fields {sorted(unknown)}")
        comment = told.pop("comment", None)
        changes: dict[str, Any] = {**told, "fields": fields}
        if comment is not None:
            changes |= self._said(comment)
        self.world.update(found, self.clock(), self.owner.id, **changes)
        return jsonify(ticket=shapes.ticket(found), audit=found.audits[-1])

    def _said(self, comment: Any) -> dict[str, Any]:
        if not isinstance(comment, dict) or set(comment) - _COMMENT_KEYS:
            raise Refusal(422, "comment must have body or html_body, and public")
        text, html = comment.get("body") or comment.get("value"), comment.get("html_body")
        if not text and not html:
            raise Refusal(422, "Comment: cannot be blank")
        return {"comment": text, "html": html, "public": comment.get("public", True)}

    def _tags(self) -> list[str]:
        told = request.get_json(silent=True)
        tags = told.get("tags") if isinstance(told, dict) else None
        if not isinstance(tags, list) or not tags or set(told or {}) - {"tags", "safe_update", "updated_stamp"}:
            raise Refusal(400, "the body must hold tags")
        if any(" " in tag or tag != tag.lower() for tag in tags):
            raise Refusal(422, "tags are small letters without blanks")
        return tags

    def add_tags(self, ticket: int) -> Response:
        """PUT /tickets/{id}/tags adds to the others."""
        tags, found = self._tags(), self._open(ticket)
        self.world.update(found, self.clock(), self.owner.id, tags=list(dict.fromkeys([*found.tags, *tags])))
        return jsonify(tags=found.tags)

    def remove_tags(self, ticket: int) -> Response:
        """DELETE /tickets/{id}/tags takes these away."""
        tags, found = self._tags(), self._open(ticket)
        self.world.update(found, self.clock(), self.owner.id, tags=[one for one in found.tags if one not in tags])
        return jsonify(tags=found.tags)

    def import_ticket(self) -> Answer:
        """POST /imports/tickets: no trigger runs."""
        told = self.body("ticket", _IMPORT_KEYS)
        comments = told.pop("comments", [])
        if not comments or not told.get("subject"):
            raise Refusal(422, "subject and comments are needed")
        said = self._said(comments[0])
        at, requester = self.clock(), told.pop("requester_id", self.owner.id)
        text = shapes.plain(said["html"]) if said["html"] else said["comment"]
        made = self.world.open(at, requester, channel="api", text=text, public=said["public"], **self._imported(told))
        return jsonify(ticket=shapes.ticket(made)), 201

    def _imported(self, told: dict[str, Any]) -> dict[str, Any]:
        submitter = told.pop("submitter_id", self.owner.id)
        return {**told, "submitter": submitter, "tags": told.pop("tags", [])}

    def export(self) -> Response:
        """GET /incremental/tickets/cursor: a thousand rows a page, and the deleted ones too."""
        self.limit("export", self.exports_per_minute)
        self.asked("start_time", "cursor", "per_page", "include")
        place = self._export_place()
        due = [one for one in self.world.tickets.values() if one.id not in self.unexported]
        rows = sorted((one for one in due if _generated(one) > place), key=_generated)
        size = min(int(request.args.get("per_page", "1000")), 1000, self.page_size)
        told, last = rows[:size], rows[min(size, len(rows)) - 1] if rows else None
        cursor = f"{last.updated}.{last.id}" if last else f"{place[0]}.{place[1]}"
        shown = [shapes.ticket(one) for one in told]
        return jsonify(tickets=shown, after_cursor=cursor, after_url="…", end_of_stream=len(rows) <= size)

    def _export_place(self) -> tuple[int, int]:
        cursor = request.args.get("cursor")
        if cursor is not None:
            moment, _, last = cursor.partition(".")
            return int(moment), int(last)
        start = int(request.args["start_time"])
        if start > self.clock() // 1_000_000 - 60:
            raise Refusal(422, "Too recent start_time. Use a start_time older than 1 minute")
        return start * 1_000_000, 0

    # ------------------------------------------------------------------------------------------ surveys

    def ratings(self) -> Response:
        """GET /satisfaction_ratings: received ones, by the date of their creation."""
        self.asked("score", "start_time", "end_time")
        if not self.has_ratings:
            raise Refusal(403, "Feature not available", sin=False)
        start = shapes.iso(int(request.args.get("start_time", 0)) * 1_000_000)
        found = [one for one in self.world.ratings.values() if one["created_at"] >= start]
        return self.page("satisfaction_ratings", found)

    def rating(self, rating: int) -> Response:
        """GET /satisfaction_ratings/{id}."""
        self.asked()
        if rating not in self.world.ratings:
            raise Refusal(404, "RecordNotFound", sin=False)
        return jsonify(satisfaction_rating=self.world.ratings[rating])

    def responses(self) -> Response:
        """GET /guide/survey_responses, by ticket or by the date of creation in milliseconds."""
        self.asked(
            "filter[created_at_start]", "filter[created_at_end]", "filter[subject_zrns]", "filter[responder_ids]"
        )
        if not self.has_responses:
            raise Refusal(404, "Not found", sin=False)
        start = shapes.iso(int(request.args.get("filter[created_at_start]", 0)) * 1000)
        about = request.args.get("filter[subject_zrns]")
        found = [one for one in self.world.responses if one["answers"][0]["created_at"] >= start]
        return self.page("survey_responses", [one for one in found if about in (None, one["subjects"][0]["zrn"])])


def _generated(ticket: Ticket) -> tuple[int, int]:
    return ticket.updated, ticket.id
