"""The part of a simulated Zendesk's API that administrators use: users, groups, fields, webhooks, triggers."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, jsonify, request

from integrations.zendesk import simulated_shapes as shapes
from integrations.zendesk.simulated_api import Answer, Api, Refusal

_WEBHOOK_KEYS: Final = frozenset(
    {
        "name", "endpoint", "http_method", "request_format", "status", "subscriptions", "signing_secret",
        "authentication", "description",
    }
)  # fmt: skip
_REQUIRED: Final = frozenset({"name", "endpoint", "http_method", "request_format", "status"})
_OPERATORS: Final = frozenset({"is", "is_not", "less_than", "greater_than", "value", "value_previous", "not_value"})
_TRIGGER: Final = "conditional_ticket_events"
_MADE_BY_ZENDESK: Final = "secret-that-zendesk-made"

_FIELD_TYPES: Final = frozenset(
    {"text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "partialcreditcard", "multiselect",
     "tagger", "lookup"}
)  # fmt: skip

#: Method, path, view, and whether only administrators may.
ADMINISTRATION: Final = (
    ("GET", "/users/me", "me", False),
    ("GET", "/users", "users", False),
    ("GET", "/users/show_many", "show_many", False),
    ("GET", "/groups", "groups", False),
    ("GET", "/ticket_fields", "list_fields", False),
    ("POST", "/ticket_fields", "create_field", True),
    ("GET", "/webhooks", "list_webhooks", True),
    ("POST", "/webhooks", "create_webhook", True),
    ("PATCH", "/webhooks/<webhook>", "revise_webhook", True),
    ("GET", "/webhooks/<webhook>/signing_secret", "signing_secret", True),
    ("GET", "/triggers", "list_triggers", True),
    ("POST", "/triggers", "create_trigger", True),
)


class Administration:
    """Views beside those of tickets."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.world = api.world
        self.takes_secrets = True  #: whether a webhook signs with the secret that it was made with
        self.tells_secrets = True

    def me(self) -> Response:
        """GET /users/me: the anonymous user for credentials that nobody has."""
        self.api.asked()
        nobody = {"id": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"}
        return jsonify(user=shapes.user(self.api.owner) if self.api.is_known() else nobody)

    def users(self) -> Response:
        """GET /users by role."""
        self.api.asked("role", "role[]")
        role = request.args.get("role[]")
        found = [one for one in self.world.people.values() if role in (None, one.role)]
        return self.api.page("users", map(shapes.user, found))

    def show_many(self) -> Response:
        """GET /users/show_many, at most 100 ids."""
        self.api.asked("ids", "external_ids")
        ids = request.args.get("ids", "").split(",")
        if not 1 <= len(ids) <= 100 or not all(id_.isdigit() for id_ in ids):
            raise Refusal(400, "ids must be 1 to 100 numbers")
        found = [self.world.people[int(id_)] for id_ in ids if int(id_) in self.world.people]
        return jsonify(users=[shapes.user(one) for one in found], count=len(found))

    def groups(self) -> Response:
        """GET /groups."""
        self.api.asked()
        return self.api.page("groups", [{"id": id_, "name": name} for id_, name in self.world.groups.items()])

    def list_fields(self) -> Response:
        """GET /ticket_fields."""
        self.api.asked()
        rows = [
            {"id": id_, "title": title, "type": self.world.field_types.get(id_, "text")}
            for id_, title in self.world.fields.items()
        ]
        return self.api.page("ticket_fields", rows)

    def create_field(self) -> Answer:
        """POST /ticket_fields."""
        told = self.api.body("ticket_field", frozenset({"type", "title", "visible_in_portal", "description", "active"}))
        if told.get("type") not in _FIELD_TYPES or not told.get("title"):
            raise Refusal(422, "a title and one of the documented types are needed")
        id_ = self.world.custom_field(told["title"], type_=told["type"])
        for ticket in self.world.tickets.values():
            ticket.fields[id_] = None
        return jsonify(ticket_field={"id": id_, **told}), 201

    # ------------------------------------------------------------------------------------------ webhooks, triggers

    def list_webhooks(self) -> Response:
        """GET /webhooks, by a part of the name."""
        self.api.asked("filter[name_contains]", "filter[status]")
        part = request.args.get("filter[name_contains]", "")
        found = [one for one in self.world.webhooks.values() if part in one["name"]]
        return self.api.page("webhooks", [{name: one[name] for name in one if name != "secret"} for one in found])

    def create_webhook(self) -> Answer:
        """POST /webhooks: events or a trigger's, never both."""
        told = self.api.body("webhook", _WEBHOOK_KEYS)
        if missing := _REQUIRED - set(told):
            raise Refusal(400, f"{sorted(missing)} are needed")
        self._check(told["subscriptions"])
        given = told.pop("signing_secret", {}).get("secret")
        id_ = f"01WEBHOOK{self.world.new_id()}"
        secret = given if given and self.takes_secrets else f"{_MADE_BY_ZENDESK}-{id_}"
        self.world.webhooks[id_] = {"id": id_, **told, "secret": secret}
        return jsonify(webhook={"id": id_, **told}), 201

    def _check(self, subscriptions: Any) -> None:
        if not isinstance(subscriptions, list) or (_TRIGGER in subscriptions and len(subscriptions) > 1):
            raise Refusal(400, "a webhook takes events or a trigger's calls")

    def revise_webhook(self, webhook: str) -> Answer:
        """PATCH /webhooks/{id}."""
        told = self.api.body("webhook", _WEBHOOK_KEYS)
        if webhook not in self.world.webhooks:
            raise Refusal(404, "Webhook not found")
        self._check(told.get("subscriptions", []))
        self.world.webhooks[webhook] |= told
        return Response(status=204)

    def signing_secret(self, webhook: str) -> Response:
        """GET /webhooks/{id}/signing_secret."""
        if not self.tells_secrets or webhook not in self.world.webhooks:
            raise Refusal(404, "Not found", sin=False)
        return jsonify(signing_secret={"algorithm": "SHA256", "secret": self.world.webhooks[webhook]["secret"]})

    def list_triggers(self) -> Response:
        """GET /triggers."""
        self.api.asked("active")
        return self.api.page("triggers", list(self.world.triggers.values()))

    def create_trigger(self) -> Answer:
        """POST /triggers: a plan without good and bad ratings knows no such condition."""
        told = self.api.body("trigger", frozenset({"title", "conditions", "actions", "description", "active"}))
        action = told["actions"][0]
        if action["field"] != "notification_webhook" or action["value"][0] not in self.world.webhooks:
            raise Refusal(422, "no such webhook")
        if unknown := {one["operator"] for one in told["conditions"]["any"]} - _OPERATORS:
            raise Refusal(422, f"unknown operators {sorted(unknown)}")
        if not self.api.has_ratings:
            raise Refusal(422, "Condition: satisfaction_score is not available", sin=False)
        id_ = self.world.new_id()
        self.world.triggers[id_] = {"id": id_, **told}
        return jsonify(trigger=self.world.triggers[id_]), 201
