"""What a simulated Zammad answers and allows: its routes, the keys of each, and what a trigger may watch."""

from __future__ import annotations

import re
from typing import Final

CONDITION: Final = re.compile(r"condition\[ticket\.(updated_at|title)\]\[(operator|value)\]")
OPERATORS: Final = {"updated_at": "after (absolute)", "title": "contains"}
LISTED: Final = frozenset({"expand", "page", "per_page"})
SEARCHED: Final = frozenset({*LISTED, "sort_by", "order_by"})
NOTE: Final = frozenset({"subject", "body", "type", "sender", "internal", "content_type"})
OPENED: Final = frozenset({"title", "group_id", "group", "customer_id", "state_id", "tags", "article"})
ATTRIBUTE: Final = frozenset({"name", "object", "display", "active", "position", "data_type", "data_option", "screens"})
ATTRIBUTE_NAME: Final = re.compile(r"(?!.*_ids?$)[a-z0-9_]*[a-z][a-z0-9_]*")
WEBHOOK: Final = frozenset(
    {"name", "endpoint", "signature_token", "ssl_verify", "active", "customized_payload", "custom_payload"}
)
TRIGGER: Final = frozenset({"name", "activator", "execution_condition_mode", "condition", "perform", "active"})
#: Attributes a trigger may watch here, with the operators that are simulated.
WATCHED: Final = {
    "ticket.action": "is", "article.action": "is", "ticket.state_id": "has changed", "ticket.owner_id": "has changed",
    "ticket.group_id": "has changed",
}  # fmt: skip


class Refusal(Exception):
    """Zammad does not take the request; `sin` is what no document allows, rather than what may happen to anybody."""

    def __init__(self, status: int, message: str, *, sin: bool = True) -> None:
        super().__init__(message)
        self.status = status
        self.sin = sin


#: Method, path (an id is `#`), the permission it needs, and the method of `Api` that answers.
ROUTES: Final = tuple(
    (method, re.compile("/api/v1" + path.replace("#", r"([0-9]+)")), f"{method} {path}", permission, view)
    for method, path, permission, view in (
        ("GET", "/tickets", "ticket.agent", "_list"),
        ("POST", "/tickets", "ticket.agent", "_open"),
        ("GET", "/tickets/search", "ticket.agent", "_search"),
        ("GET", "/tickets/#", "ticket.agent", "_show"),
        ("PUT", "/tickets/#", "ticket.agent", "_change"),
        ("GET", "/ticket_articles/by_ticket/#", "ticket.agent", "_articles"),
        ("POST", "/ticket_articles", "ticket.agent", "_say"),
        ("GET", "/ticket_history/#", "ticket.agent", "_history"),
        ("GET", "/tags", "ticket.agent", "_tags"),
        ("POST", "/tags/add", "ticket.agent", "_add_tag"),
        ("DELETE", "/tags/remove", "ticket.agent", "_remove_tag"),
        ("GET", "/ticket_states", "ticket.agent", "_states"),
        ("GET", "/groups", "ticket.agent", "_groups"),
        ("GET", "/users/me", "", "_me"),
        ("GET", "/tag_list", "admin.tag", "_tag_list"),
        ("POST", "/tag_list", "admin.tag", "_make_tag"),
        ("GET", "/object_manager_attributes", "admin.object", "_attributes"),
        ("POST", "/object_manager_attributes", "admin.object", "_make_attribute"),
        ("GET", "/webhooks", "admin.webhook", "_webhooks"),
        ("POST", "/webhooks", "admin.webhook", "_make_webhook"),
        ("PUT", "/webhooks/#", "admin.webhook", "_make_webhook"),
        ("GET", "/triggers", "admin.trigger", "_triggers"),
        ("POST", "/triggers", "admin.trigger", "_make_trigger"),
        ("PUT", "/triggers/#", "admin.trigger", "_make_trigger"),
    )
)
