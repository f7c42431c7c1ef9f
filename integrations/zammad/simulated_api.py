"""The REST API of a simulated Zammad: strict about what it is asked.

What the documentation does not allow is answered as Zammad would and written down in `violations`, so that a test can
fail for a request that happened to work: an unknown path or parameter, a key that would be dropped in silence, a
change of state, owner or group, an article that would be mailed.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import orjson
from werkzeug.wrappers import Request, Response

from integrations.times import MINUTE, Instant, instant_of_iso
from integrations.zammad import simulated_rules as rules
from integrations.zammad import simulated_shapes as shapes
from integrations.zammad.simulated_rules import Refusal
from integrations.zammad.simulated_world import STATES, Clock, Ticket, User, World


class Api:
    """A WSGI app over one world. A test may change the token, its permissions, the groups it sees, and the limit.

    `views` answers each kind of request, `GET /tickets/#`; a test may put itself before one of them.
    """

    def __init__(self, world: World, clock: Clock, plugin: User) -> None:
        self.world = world
        self.clock = clock
        self.plugin = plugin
        self.token = "token-of-the-simulation"  # noqa: S105 -- nobody's
        self.permissions = {"ticket.agent", "admin.webhook", "admin.trigger", "admin.tag", "admin.object"}
        self.rights: dict[str, list[str]] = {str(group): ["full"] for group in world.groups}
        self.maintenance = False
        self.limit_per_minute: int | None = None  #: as a proxy before Zammad may have; Zammad itself has none
        self.stale_search = False  #: the search knows of nothing
        self.violations: list[str] = []
        self.asked: list[str] = []  #: method and path of every request
        self.lock = threading.RLock()
        self.views: dict[str, Callable[..., Any]] = {key: getattr(self, view) for _, _, key, _, view in rules.ROUTES}
        self._recent: deque[Instant] = deque()
        self._request = Request({"REQUEST_METHOD": "GET", "PATH_INFO": "/"})

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request; one at a time."""
        with self.lock:
            self._request = Request(environ)
            try:
                answer = self._checked() or self._answered()
            except Refusal as refusal:
                answer = self._refused(refusal)
        return answer(environ, start_response)

    # --- every request --------------------------------------------------------------------------------------------

    @property
    def _line(self) -> str:
        return f"{self._request.method} {self._request.path}"

    def _checked(self) -> Response | None:
        self.asked.append(self._line)
        if self.maintenance:
            return _answer({"error": "Maintenance mode enabled!"}, 403)
        if self._is_over_limit():
            answer = _answer({"error": "Too many requests"}, 429)
            answer.headers["Retry-After"] = "7"
            return answer
        proof = self._request.headers.get("Authorization")
        if proof is None:
            raise Refusal(403, "Authentication required")
        return None if proof == f"Token token={self.token}" else _answer({"error": "Can't find User for Token"}, 401)

    def _is_over_limit(self) -> bool:
        now = self.clock()
        while self._recent and self._recent[0] <= now - MINUTE:
            self._recent.popleft()
        if self.limit_per_minute is not None and len(self._recent) >= self.limit_per_minute:
            return True
        self._recent.append(now)
        return False

    def _answered(self) -> Response:
        method, path = self._request.method, self._request.path
        found = [(route, part) for route in rules.ROUTES if (part := route[1].fullmatch(path)) is not None]
        for (allowed, _, key, permission, _), part in found:
            if allowed == method:
                if permission and permission not in self.permissions:
                    raise Refusal(403, "Not authorized", sin=False)
                return _answer(self.views[key](*map(int, part.groups())), 201 if method == "POST" else 200)
        raise Refusal(405 if found else 404, "No route matches")

    def _refused(self, refusal: Refusal) -> Response:
        if refusal.sin:
            self.violations.append(f"{self._line}: {refusal}")
        return _answer({"error": str(refusal), "error_human": str(refusal)}, refusal.status)

    def _asked_only(self, known: frozenset[str]) -> None:
        for name in self._request.args.keys() - known:
            raise Refusal(422, f"there is no parameter {name}")

    def _body(self, known: frozenset[str]) -> dict[str, Any]:
        told = self._request.get_json(silent=True)
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
        self._asked_only(rules.LISTED)
        return self._page(sorted(self._visible(), key=lambda ticket: ticket.id), most=100)

    def _search(self) -> list[dict[str, Any]]:
        found: dict[str, dict[str, str]] = {}
        for name in self._request.args:
            part = rules.CONDITION.fullmatch(name)
            if part is not None:
                found.setdefault(part[1], {})[part[2]] = self._request.args[name]
            elif name not in rules.SEARCHED:
                raise Refusal(422, f"there is no parameter {name}")
        tickets = [] if self.stale_search else self._visible()
        for attribute, told in found.items():
            if told.get("operator") != rules.OPERATORS[attribute]:
                raise Refusal(422, f"{told} is no condition for {attribute}")
            tickets = [ticket for ticket in tickets if _matches(ticket, attribute, told["value"])]
        sort, order = self._request.args.get("sort_by", "updated_at"), self._request.args.get("order_by", "desc")
        if sort not in ("updated_at", "created_at") or order not in ("asc", "desc"):
            raise Refusal(422, f"cannot sort by {sort} {order}")
        return self._page(sorted(tickets, key=lambda one: (getattr(one, sort), one.id), reverse=order == "desc"), 200)

    def _visible(self) -> list[Ticket]:
        return [ticket for ticket in self.world.tickets.values() if str(ticket.values["group"]) in self.rights]

    def _page(self, tickets: list[Ticket], most: int) -> list[dict[str, Any]]:
        size, page = int(self._request.args.get("per_page", 50)), int(self._request.args.get("page", 1))
        if not 1 <= size <= most or page < 1 or self._request.args.get("expand") != "true":
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
        if self._request.args.get("object") != "Ticket":
            raise Refusal(422, "tags of what?")
        found = self.world.tickets.get(int(self._request.args["o_id"]))
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
        told = self._body(rules.OPENED)
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
        told = self._body(frozenset({"title", *self.world.custom}))
        self.world.change(found, self.clock(), self.plugin.id, **told)
        return shapes.row(self.world, found)

    def _say(self) -> dict[str, Any]:
        told = self._body(rules.NOTE | {"ticket_id"})
        ticket = self._ticket(told.get("ticket_id"))
        note = self._note({name: value for name, value in told.items() if name != "ticket_id"})
        more = {"type_": "note", "internal": True, "body": note["body"]}
        return shapes.article(self.world, self.world.say(ticket, self.clock(), self.plugin, **more))

    def _note(self, told: Any) -> dict[str, Any]:
        if not isinstance(told, dict) or not told.get("body") or told.keys() - rules.NOTE:
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

    def _attributes(self) -> list[dict[str, Any]]:
        names = [name for name in self.world.custom if name not in map(_name, self.world.attributes.values())]
        column = {"object": "Ticket", "data_type": "input", "to_create": False, "to_migrate": False}
        options = {"type": "text", "maxlength": 255, "null": True}
        others = [{"id": 900, **column, "object": "User", "name": "vip", "data_type": "boolean", "data_option": {}}]
        known = [{"id": id_, **column, "name": name, "data_option": options} for id_, name in enumerate(names, 100)]
        return [*others, *known, *self.world.attributes.values()]

    def _make_attribute(self) -> dict[str, Any]:
        told = self._body(rules.ATTRIBUTE)
        taken = {row["name"] for row in self._attributes() if row["object"] == told.get("object")}
        if told.get("object") != "Ticket" or told["name"] in taken or not rules.ATTRIBUTE_NAME.fullmatch(told["name"]):
            raise Refusal(422, "already exists, or is no name")
        options = told.get("data_option")
        if told.get("data_type") != "input" or not isinstance(options, dict) or options.get("type") != "text":
            raise Refusal(422, "only texts are simulated")
        if type(options.get("maxlength")) is not int or not told.get("display"):
            raise Refusal(422, "must have integer for :maxlength, and something to display")
        return _stored(self.world.attributes, None, {**told, "to_create": True, "to_migrate": True})

    def _webhooks(self) -> list[dict[str, Any]]:
        return list(self.world.webhooks.values())

    def _triggers(self) -> list[dict[str, Any]]:
        return list(self.world.triggers.values())

    def _make_webhook(self, number: int | None = None) -> dict[str, Any]:
        told = self._body(rules.WEBHOOK)
        if not str(told.get("endpoint", "")).startswith(("http://", "https://")):
            raise Refusal(422, "Invalid endpoint (no http/https)!")
        return _stored(self.world.webhooks, number, told)

    def _make_trigger(self, number: int | None = None) -> dict[str, Any]:
        told = self._body(rules.TRIGGER)
        others = [one["name"].lower() for id_, one in self.world.triggers.items() if id_ != number]
        if told["name"].lower() in others or not told["name"].isascii():
            raise Refusal(422, "Name has already been taken, or is no header")
        for name, condition in told["condition"].items():
            if rules.WATCHED.get(name) != condition.get("operator"):
                raise Refusal(422, f"{name} is not watched here")
        return _stored(self.world.triggers, number, told)


def _name(attribute: dict[str, Any]) -> str:
    return str(attribute["name"])


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
    return Response(orjson.dumps(body), status, content_type="application/json; charset=utf-8")
