"""The REST API of a simulated Zammad: strict about what it is asked.

What the documentation does not allow is answered as Zammad would and written down in `violations`, so that a test can
fail for a request that happened to work: an unknown path or parameter, a key that would be dropped in silence, a
change of state, owner or group, an article that would be mailed.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from integrations.times import MINUTE, Instant, instant_of_iso
from integrations.zammad import simulated_shapes as shapes
from integrations.zammad.simulated_world import CUSTOM, STATES, Clock, Ticket, User, World

_CONDITION: Final = re.compile(r"condition\[ticket\.(updated_at|title)\]\[(operator|value)\]")
_OPERATORS: Final = {"updated_at": "after (absolute)", "title": "contains"}
_LISTED: Final = frozenset({"expand", "page", "per_page"})
_SEARCHED: Final = frozenset({*_LISTED, "sort_by", "order_by"})
_NOTE: Final = frozenset({"subject", "body", "type", "sender", "internal", "content_type"})
_OPENED: Final = frozenset({"title", "group_id", "group", "customer_id", "state_id", "tags", "article"})
_CHANGED: Final = frozenset({"title", *CUSTOM})
_WEBHOOK: Final = frozenset(
    {"name", "endpoint", "signature_token", "ssl_verify", "active", "customized_payload", "custom_payload"}
)
_TRIGGER: Final = frozenset({"name", "activator", "execution_condition_mode", "condition", "perform", "active"})
#: Attributes a trigger may watch here, with the operators that are simulated.
_WATCHED: Final = {
    "ticket.action": "is", "article.action": "is", "ticket.state_id": "has changed", "ticket.owner_id": "has changed",
    "ticket.group_id": "has changed",
}  # fmt: skip


class Refusal(Exception):
    """Zammad does not take the request; `sin` is what no document allows, rather than what may happen to anybody."""

    def __init__(self, status: int, message: str, *, sin: bool = True) -> None:
        super().__init__(message)
        self.status = status
        self.sin = sin


class Api:
    """Routes over one world. A test may change the token, its permissions, the groups it sees, and the limit."""

    def __init__(self, world: World, clock: Clock, plugin: User) -> None:
        self.world = world
        self.clock = clock
        self.plugin = plugin
        self.token = "token-of-the-simulation"  # noqa: S105 -- nobody's
        self.permissions = {"ticket.agent", "admin.webhook", "admin.trigger", "admin.tag"}
        self.rights: dict[str, list[str]] = {str(group): ["full"] for group in world.groups}
        self.maintenance = False
        self.limit_per_minute: int | None = None  #: as a proxy before Zammad may have; Zammad itself has none
        self.stale_search = False  #: the search knows of nothing
        self.violations: list[str] = []
        self.asked: list[str] = []  #: method and path of every request
        self.lock = threading.RLock()
        self._recent: deque[Instant] = deque()
        self.app = Flask(__name__)
        self.app.before_request(self._check)
        self.app.register_error_handler(Refusal, self._refused)
        self.app.register_error_handler(HTTPException, self._unknown)
        for method, path, permission, view in self._routes():
            self.app.add_url_rule(
                f"/api/v1{path}",
                f"{method} {path}",
                self._guarded(view, permission),
                methods=[method],
                provide_automatic_options=False,
            )

    def _routes(self) -> list[tuple[str, str, str, Callable[..., Any]]]:
        agent = "ticket.agent"
        return [
            ("GET", "/tickets", agent, self._list),
            ("POST", "/tickets", agent, self._open),
            ("GET", "/tickets/search", agent, self._search),
            ("GET", "/tickets/<int:ticket>", agent, self._show),
            ("PUT", "/tickets/<int:ticket>", agent, self._change),
            ("GET", "/ticket_articles/by_ticket/<int:ticket>", agent, self._articles),
            ("POST", "/ticket_articles", agent, self._say),
            ("GET", "/ticket_history/<int:ticket>", agent, self._history),
            ("GET", "/tags", agent, self._tags),
            ("POST", "/tags/add", agent, self._add_tag),
            ("DELETE", "/tags/remove", agent, self._remove_tag),
            ("GET", "/ticket_states", agent, self._states),
            ("GET", "/groups", agent, self._groups),
            ("GET", "/users/me", "", self._me),
            ("GET", "/tag_list", "admin.tag", self._tag_list),
            ("POST", "/tag_list", "admin.tag", self._make_tag),
            ("GET", "/webhooks", "admin.webhook", lambda: list(self.world.webhooks.values())),
            ("POST", "/webhooks", "admin.webhook", self._make_webhook),
            ("PUT", "/webhooks/<int:number>", "admin.webhook", self._make_webhook),
            ("GET", "/triggers", "admin.trigger", lambda: list(self.world.triggers.values())),
            ("POST", "/triggers", "admin.trigger", self._make_trigger),
            ("PUT", "/triggers/<int:number>", "admin.trigger", self._make_trigger),
        ]

    # --- every request --------------------------------------------------------------------------------------------

    def _check(self) -> Response | None:
        self.asked.append(f"{request.method} {request.path}")
        if self.maintenance:
            return _answer({"error": "Maintenance mode enabled!"}, 403)
        if self._is_over_limit():
            answer = _answer({"error": "Too many requests"}, 429)
            answer.headers["Retry-After"] = "7"
            return answer
        if request.headers.get("Authorization") is None:
            self.violations.append(f"{request.method} {request.path} without a token")
            return _answer({"error": "Authentication required"}, 403)
        if request.headers["Authorization"] != f"Token token={self.token}":
            return _answer({"error": "Can't find User for Token"}, 401)
        return None

    def _is_over_limit(self) -> bool:
        now = self.clock()
        while self._recent and self._recent[0] <= now - MINUTE:
            self._recent.popleft()
        if self.limit_per_minute is not None and len(self._recent) >= self.limit_per_minute:
            return True
        self._recent.append(now)
        return False

    def _guarded(self, view: Callable[..., Any], permission: str) -> Callable[..., Response]:
        def answer(**parts: Any) -> Response:
            if permission and permission not in self.permissions:
                raise Refusal(403, "Not authorized", sin=False)
            with self.lock:
                told = view(**parts)
            return _answer(told, 201 if request.method == "POST" else 200)

        return answer

    def _refused(self, refusal: Refusal) -> Response:
        if refusal.sin:
            self.violations.append(f"{request.method} {request.path}: {refusal}")
        return _answer({"error": str(refusal), "error_human": str(refusal)}, refusal.status)

    def _unknown(self, error: HTTPException) -> Response:
        self.violations.append(f"{request.method} {request.path}: {error.code}")
        return _answer({"error": str(error.description)}, error.code or 500)

    def _asked_only(self, known: frozenset[str]) -> None:
        for name in request.args.keys() - known:
            raise Refusal(422, f"there is no parameter {name}")

    def _body(self, known: frozenset[str]) -> dict[str, Any]:
        told = request.get_json(silent=True)
        if not isinstance(told, dict):
            raise Refusal(422, "the body is no JSON object")
        for name in told.keys() - known:
            raise Refusal(422, f"{name} would be dropped in silence, or may not be set")
        return told

    def _ticket(self, number: Any) -> Ticket:
        found = self.world.tickets.get(number) if isinstance(number, int) else None
        if found is None:
            raise Refusal(404, f"Couldn't find Ticket with 'id'={number}", sin=False)
        if str(found.values["group"]) not in self.rights:
            raise Refusal(403, "Not authorized", sin=False)
        return found

    # --- reading --------------------------------------------------------------------------------------------------

    def _list(self) -> list[dict[str, Any]]:
        self._asked_only(_LISTED)
        return self._page(sorted(self._visible(), key=lambda ticket: ticket.id), most=100)

    def _search(self) -> list[dict[str, Any]]:
        found: dict[str, dict[str, str]] = {}
        for name in request.args:
            part = _CONDITION.fullmatch(name)
            if part is not None:
                found.setdefault(part[1], {})[part[2]] = request.args[name]
            elif name not in _SEARCHED:
                raise Refusal(422, f"there is no parameter {name}")
        tickets = [] if self.stale_search else self._visible()
        for attribute, told in found.items():
            if told.get("operator") != _OPERATORS[attribute]:
                raise Refusal(422, f"{told} is no condition for {attribute}")
            tickets = [ticket for ticket in tickets if _matches(ticket, attribute, told["value"])]
        sort, order = request.args.get("sort_by", "updated_at"), request.args.get("order_by", "desc")
        if sort not in ("updated_at", "created_at") or order not in ("asc", "desc"):
            raise Refusal(422, f"cannot sort by {sort} {order}")
        return self._page(sorted(tickets, key=lambda one: (getattr(one, sort), one.id), reverse=order == "desc"), 200)

    def _visible(self) -> list[Ticket]:
        return [ticket for ticket in self.world.tickets.values() if str(ticket.values["group"]) in self.rights]

    def _page(self, tickets: list[Ticket], most: int) -> list[dict[str, Any]]:
        size, page = int(request.args.get("per_page", 50)), int(request.args.get("page", 1))
        if not 1 <= size <= most or page < 1 or request.args.get("expand") != "true":
            raise Refusal(422, f"page {page} of {size} rows is not to be had, or it would hold no names")
        return [shapes.row(self.world, ticket) for ticket in tickets[(page - 1) * size : page * size]]

    def _show(self, ticket: int) -> dict[str, Any]:
        self._asked_only(frozenset({"expand"}))
        return shapes.row(self.world, self._ticket(ticket))

    def _articles(self, ticket: int) -> list[dict[str, Any]]:
        self._asked_only(frozenset({"expand"}))
        return [shapes.article(self.world, article) for article in self._ticket(ticket).articles]

    def _history(self, ticket: int) -> dict[str, Any]:
        self._asked_only(frozenset())
        rows = self.world.history[self._ticket(ticket).id]
        users = {str(row.by): shapes.user(self.world.users[row.by]) for row in rows}
        owners = [number for row in rows if row.attribute == "owner" for number in row.ids if number]
        users |= {str(number): shapes.user(self.world.users[number]) for number in owners}
        return {"history": [shapes.change(row) for row in rows], "assets": {"User": users, "Ticket": {}}}

    def _tags(self) -> dict[str, Any]:
        self._asked_only(frozenset({"object", "o_id"}))
        if request.args.get("object") != "Ticket":
            raise Refusal(422, "tags of what?")
        found = self.world.tickets.get(int(request.args["o_id"]))
        return {"tags": list(found.tags) if found else []}

    def _states(self) -> list[dict[str, Any]]:
        self._asked_only(frozenset({"expand"}))
        found = self.world.states.items()
        return [{"id": number, "name": name, "state_type": kind, "active": True} for number, (name, kind) in found]

    def _groups(self) -> list[dict[str, Any]]:
        return [{"id": number, "name": name, "active": True} for number, name in self.world.groups.items()]

    def _me(self) -> dict[str, Any]:
        return {**shapes.user(self.plugin), "group_ids": self.rights}

    # --- writing --------------------------------------------------------------------------------------------------

    def _open(self) -> dict[str, Any]:
        told = self._body(_OPENED)
        article = self._note(told.get("article"))
        customer = self.world.users.get(int(told.get("customer_id", 0)))
        if customer is None or not customer.agent or told.get("state_id") != STATES["closed"][0]:
            raise Refusal(422, "a ticket that would be somebody's work, or that would be mailed")
        ticket = self.world.open(
            self.clock(),
            customer,
            type_="note",
            sender="Agent",
            by=self.plugin,
            body=article["body"],
            internal=True,
            title=told["title"],
            group=self._group(told),
            state=told["state_id"],
        )
        for tag in str(told.get("tags", "")).split(","):
            self.world.tag(ticket, self.clock(), self.plugin.id, tag)
        return shapes.row(self.world, ticket)

    def _group(self, told: dict[str, Any]) -> int:
        named = {name: number for number, name in self.world.groups.items()}
        group = named.get(told["group"]) if "group" in told else int(told.get("group_id", 0))
        if group not in self.world.groups:
            raise Refusal(422, f"No lookup value found for 'group': {told.get('group')}", sin=False)
        return group

    def _change(self, ticket: int) -> dict[str, Any]:
        found = self._ticket(ticket)
        self.world.change(found, self.clock(), self.plugin.id, **self._body(_CHANGED))
        return shapes.row(self.world, found)

    def _say(self) -> dict[str, Any]:
        told = self._body(_NOTE | {"ticket_id"})
        ticket = self._ticket(told.get("ticket_id"))
        note = self._note({name: value for name, value in told.items() if name != "ticket_id"})
        more = {"type_": "note", "internal": True, "body": note["body"]}
        return shapes.article(self.world, self.world.say(ticket, self.clock(), self.plugin, **more))

    def _note(self, told: Any) -> dict[str, Any]:
        if not isinstance(told, dict) or not told.get("body") or told.keys() - _NOTE:
            raise Refusal(422, "Need at least article: { body }, and nothing unknown")
        if (told.get("type"), told.get("sender"), told.get("internal")) != ("note", "Agent", True):
            raise Refusal(422, "an article that others than agents would see")
        if "<script" in told["body"] or told.get("content_type") != "text/html":
            raise Refusal(422, "a body whose text is not escaped for HTML")
        return told

    def _add_tag(self) -> bool:
        told = self._body(frozenset({"object", "o_id", "item"}))
        self.world.tag(self._ticket(told["o_id"]), self.clock(), self.plugin.id, told["item"])
        return True

    def _remove_tag(self) -> bool:
        told = self._body(frozenset({"object", "o_id", "item"}))
        self.world.untag(self._ticket(told["o_id"]), self.clock(), self.plugin.id, told["item"])
        return True

    # --- what an administrator arranges ---------------------------------------------------------------------------

    def _tag_list(self) -> list[dict[str, Any]]:
        return [{"id": number, "name": name, "count": 0} for number, name in enumerate(self.world.known_tags, 1)]

    def _make_tag(self) -> dict[str, Any]:
        name = self._body(frozenset({"name"}))["name"]
        if name not in self.world.known_tags:
            self.world.known_tags.append(name)
        return {}

    def _make_webhook(self, number: int | None = None) -> dict[str, Any]:
        told = self._body(_WEBHOOK)
        if not str(told.get("endpoint", "")).startswith(("http://", "https://")):
            raise Refusal(422, "Invalid endpoint (no http/https)!")
        return _stored(self.world.webhooks, number, told)

    def _make_trigger(self, number: int | None = None) -> dict[str, Any]:
        told = self._body(_TRIGGER)
        others = [one["name"].lower() for id_, one in self.world.triggers.items() if id_ != number]
        if told["name"].lower() in others or not told["name"].isascii():
            raise Refusal(422, "Name has already been taken, or is no header")
        for name, condition in told["condition"].items():
            if _WATCHED.get(name) != condition.get("operator"):
                raise Refusal(422, f"{name} is not watched here")
        return _stored(self.world.triggers, number, told)


def _stored(rows: dict[int, dict[str, Any]], number: int | None, told: dict[str, Any]) -> dict[str, Any]:
    if number is not None and number not in rows:
        raise Refusal(404, "Couldn't find it")
    id_ = number or len(rows) + 1
    rows[id_] = {"id": id_, **rows.get(id_, {}), **told}
    return rows[id_]


def _matches(ticket: Ticket, attribute: str, value: str) -> bool:
    if attribute == "title":
        return value.lower() in ticket.values["title"].lower()
    return ticket.updated_at > instant_of_iso(value)


def _answer(body: Any, status: int = 200) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    return answer
