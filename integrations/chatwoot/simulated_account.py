"""The part of a simulated Chatwoot's API that arranges an account: inboxes, labels, webhooks and the like."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from integrations.chatwoot import simulated_shapes as shapes
from integrations.chatwoot.simulated_http import Refusal, answer, body_with
from integrations.chatwoot.simulated_world import Hook, Person, World

_ALLOWED_EVENTS: Final = frozenset(
    {
        "conversation_status_changed", "conversation_updated", "conversation_created", "contact_created",
        "contact_updated", "message_created", "message_updated", "webwidget_triggered", "inbox_created",
        "inbox_updated", "conversation_typing_on", "conversation_typing_off",
    }
)  # fmt: skip


class Account:
    """Views over what an administrator arranges."""

    def __init__(self, world: World) -> None:
        self.world = world

    def inboxes(self) -> Response:
        """Every inbox."""
        return answer({"payload": [shapes.inbox(row) for row in self.world.inboxes.values()]})

    def add_inbox(self) -> Response:
        """An API inbox."""
        body = body_with("name", "channel", may=("enable_auto_assignment",))
        if body["channel"].get("type") != "api" or body.get("enable_auto_assignment") is not False:
            raise Refusal(422, "an inbox of this kind assigns or cannot be made so")
        return answer(shapes.inbox(self.world.add_inbox(body["name"], "Channel::Api", csat=False)))

    def search_contacts(self) -> Response:
        """Contacts by a part of their name, address or identifier."""
        part = request.args.get("q", "")
        if not part:
            raise Refusal(422, "Specify search string with parameter q")
        rows = [row for row in self.world.contacts.values() if part in f"{row.name} {row.email} {row.identifier}"]
        return answer({"meta": {"count": len(rows)}, "payload": [_contact(row) for row in rows]})

    def add_contact(self) -> Response:
        """A contact in an inbox; its identifier is nobody else's."""
        body = body_with("inbox_id", "name", may=("identifier",))
        if any(row.identifier == body.get("identifier") for row in self.world.contacts.values()):
            raise Refusal(422, "Identifier has already been taken")
        row = self.world.add_contact(body["name"], identifier=body.get("identifier"))
        return answer({"payload": {"contact": _contact(row), "contact_inbox": {"source_id": f"visit-{row.id}"}}})

    def labels(self) -> Response:
        """The labels of the account."""
        return answer({"payload": [{"id": id_, "title": title} for id_, title in self.world.labels.items()]})

    def add_label(self) -> Response:
        """A label that is not there yet, of letters, digits, - and _."""
        body = body_with("title", may=("description", "color", "show_on_sidebar"))
        title = body["title"]
        if title in self.world.labels.values() or not title.replace("-", "").replace("_", "").isalnum():
            raise Refusal(422, "Title has already been taken or is invalid")
        return answer({"id": self._named(self.world.labels, title.lower()), "title": title.lower()})

    def attributes(self) -> Response:
        """The custom attributes of conversations."""
        if request.args.get("attribute_model") != "0":
            raise Refusal(422, "attributes of contacts were asked for")
        types = self.world.attribute_types
        rows = self.world.attributes.items()
        return answer(
            [{"id": id_, "attribute_key": key, "attribute_display_type": types.get(key, "text")} for id_, key in rows]
        )

    def add_attribute(self) -> Response:
        """A custom attribute of conversations, of text."""
        body = body_with(
            "attribute_display_name", "attribute_display_type", "attribute_key", "attribute_model",
            may=("attribute_description",),
        )  # fmt: skip
        if body["attribute_key"] in self.world.attributes.values():
            raise Refusal(422, "Attribute key has already been taken")
        if body["attribute_display_type"] != 0 or body["attribute_model"] != 0:
            raise Refusal(422, "only texts of conversations are simulated")
        return answer({"id": self._named(self.world.attributes, body["attribute_key"])})

    def _named(self, table: dict[int, str], name: str) -> int:
        table[self.world.new_id()] = name
        return max(table)

    def webhooks(self) -> Response:
        """The webhooks of the account."""
        return answer({"payload": {"webhooks": [shapes.hook(row) for row in self.world.hooks]}})

    def add_webhook(self) -> Response:
        """A webhook to an address that has none yet; Chatwoot makes its secret."""
        told = self._hook_told()
        if any(row.url == told["url"] for row in self.world.hooks):
            raise Refusal(422, "Url has already been taken")
        secret = f"made-by-chatwoot-{self.world.random.randrange(10**9)}" if self.world.signs else None
        row = Hook(self.world.new_id(), told["url"], told["subscriptions"], secret, told.get("name", ""))
        self.world.hooks.append(row)
        return answer({"payload": {"webhook": shapes.hook(row)}})

    def change_webhook(self, number: int) -> Response:
        """Another address or other subscriptions."""
        told = self._hook_told()
        row = next((row for row in self.world.hooks if row.id == number), None)
        if row is None:
            raise Refusal(404, "Resource could not be found")
        row.url, row.events = told["url"], told["subscriptions"]
        return answer({"payload": {"webhook": shapes.hook(row)}})

    def _hook_told(self) -> dict[str, Any]:
        told: dict[str, Any] = body_with("webhook")["webhook"]
        if not {"url", "subscriptions"} <= told.keys() or not _ALLOWED_EVENTS.issuperset(told["subscriptions"]):
            raise Refusal(422, "a webhook needs an address and events that there are")
        return told

    def apps(self) -> Response:
        """The pages that conversations show."""
        return answer(list(self.world.apps.values()))

    def add_app(self) -> Response:
        """A page that conversations show."""
        body, number = body_with("title", "content"), self.world.new_id()
        self.world.apps[number] = {"id": number, **body}
        return answer(self.world.apps[number])


def _contact(row: Person) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "email": row.email, "identifier": row.identifier}
