"""Zammad's words in ours: states by their type, article types as channels, senders, and which attributes are custom.

Sources: Zammad's seeds (`ticket_state_types`, `ticket_states`, `ticket_article_types`, `ticket_article_senders`) and
its table of tickets. States can be renamed and added; their types cannot.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from integrations.actions import is_own_field, is_own_tag
from integrations.events import FIELDS, STATUSES, JSONObject, JSONValue
from integrations.zammad.markup import has_mark, is_marked
from integrations.zammad.payloads import Article, Ticket

#: The user who stands for "nobody" as an owner and for Zammad itself as an author.
SYSTEM_USER: Final = 1
MERGED: Final = "merged"
CLOSED: Final = "closed"
#: Type of a state → status. A merged ticket is no status; see `facts`. What Zammad calls closed opens again when the
#: customer writes and may still be changed, which is our `resolved`; the account's `states` can say `closed`.
STATE_TYPES: Final[Mapping[str, str]] = {
    "new": "new",
    "open": "open",
    "pending reminder": "on_hold",
    "pending action": "on_hold",
    CLOSED: "resolved",
    "removed": "deleted",
}
#: The states that every Zammad begins with → their types.
_SEEDED: Final[Mapping[str, str]] = {
    "new": "new",
    "open": "open",
    "pending reminder": "pending reminder",
    "pending close": "pending action",
    "closed": CLOSED,
    "merged": MERGED,
    "removed": "removed",
}

#: Type of the article that opened a ticket → channel. `fax` stays Zammad's own word, which counts as `other`.
CHANNELS: Final[Mapping[str, str]] = {
    "email": "email",
    "sms": "sms",
    "chat": "chat",
    "fax": "fax",
    "phone": "voice",
    "twitter status": "social",
    "twitter direct-message": "messaging",
    "facebook feed post": "social",
    "facebook feed comment": "social",
    "facebook direct-message": "messaging",
    "telegram personal-message": "messaging",
    "whatsapp message": "messaging",
    "web": "web_form",
    "note": "internal",
}
#: Senders of articles → who wrote.
_SENDERS: Final[Mapping[str, str]] = {"Customer": "customer", "Agent": "agent", "System": "system"}
#: The one type that reaches nobody outside (`communication: false` in the seeds; `web` comes from the customer).
NOTE: Final = "note"

#: Columns that every ticket has (`create_ticket.rb` and later migrations), and the names of what they refer to.
_COLUMNS: Final = frozenset(
    {
        "id", "group", "group_id", "priority", "priority_id", "state", "state_id", "organization", "organization_id",
        "number", "title", "owner", "owner_id", "customer", "customer_id", "note", "first_response_at",
        "first_response_escalation_at", "first_response_in_min", "first_response_diff_in_min", "close_at",
        "close_escalation_at", "close_in_min", "close_diff_in_min", "last_close_at", "update_escalation_at",
        "update_in_min", "update_diff_in_min", "last_contact_at", "last_contact_agent_at", "last_contact_customer_at",
        "last_owner_update_at", "create_article_type", "create_article_type_id", "create_article_sender",
        "create_article_sender_id", "article_count", "article_ids", "articles", "escalation_at", "pending_time",
        "type", "time_unit", "preferences", "created_by", "created_by_id", "updated_by", "updated_by_id",
        "created_at", "updated_at", "ticket_time_accounting", "ticket_time_accounting_ids", "referencing_checklists",
        "referencing_checklist_ids", "checklist", "checklist_id", "checklist_item_ids", "mentions", "mention_ids",
        "flags", "flag_ids", "tags", "ai_agent_running",
    }
)  # fmt: skip


def state_type(state_id: int | None, name: str | None, types: Mapping[str, str]) -> str | None:
    """The type of a state, by its id in the desk's table, else by its name if it is one of Zammad's first states."""
    found = types.get(str(state_id)) if state_id is not None else None
    return found or _SEEDED.get((name or "").lower())


def status_of(kind: str | None, *, state_id: int | None, name: str | None, options: JSONObject) -> str | None:
    """The status of a state of that type, unless the account's `states` say better; None for one that has none."""
    own = _table(options, "states")
    told = own.get(name or "") or own.get(str(state_id))
    return told if told in STATUSES else STATE_TYPES.get(kind or "")


def channel_of(article_type: str | None, *, options: JSONObject) -> str | None:
    """The channel that tickets of this kind come from; a type that nobody knows stays Zammad's word."""
    if article_type is None:
        return None
    word = _table(options, "channels").get(article_type) or CHANNELS.get(article_type.lower(), article_type)
    told: str | None = _canonical("channel", word)
    return told


def opened_by(ticket: Ticket) -> str | None:
    """Who opened the ticket; None where nothing says so."""
    return _SENDERS.get(ticket.article_sender or "")


def written_by(article: Article) -> str:
    """Who wrote an article; whoever is unknown is Zammad itself."""
    by = _SENDERS.get(article.sender or "", "system")
    return "system" if by == "agent" and article.created_by_id == SYSTEM_USER else by


def changed_by(user: int | None, *, customer_id: int | None) -> str | None:
    """Who changed something; None where the history names nobody."""
    if user is None:
        return None
    if user == SYSTEM_USER:
        return "system"
    return "customer" if user == customer_id else "agent"


def is_public(article: Article, *, options: JSONObject) -> bool:
    """Whether the customer was told.

    An agent's note is no message even where the customer could read it in the portal: Zammad counts none as a
    response, unless a setting of it says that public notes count; the account's `public_notes` says the same.
    """
    if article.internal is not False:
        return False
    return article.type != NOTE or written_by(article) == "customer" or options.get("public_notes") is True


def is_ours(article: Article) -> bool:
    """Whether the article is one of Deskpulse's own notes."""
    return article.internal is True and article.type == NOTE and is_marked(article.body or "")


def is_summary(ticket: Ticket) -> bool:
    """Whether the ticket is one of Deskpulse's summaries: an agent's note opened it and its title bears a mark.

    A customer may copy a mark into a subject; that must not hide the ticket.
    """
    return has_mark(ticket.title) and ticket.article_type == NOTE and opened_by(ticket) == "agent"


def is_custom(attribute: str) -> bool:
    """Whether an attribute of a ticket is one that an administrator added."""
    return attribute not in _COLUMNS


def own_fields(ticket: Ticket, *, without: Collection[str]) -> dict[str, JSONValue]:
    """The custom attributes that may tell tickets apart, and the priority: none of those named, nor that we write."""
    told = {"priority": ticket.priority} if ticket.priority is not None else {}
    for name, value in ticket.attributes.items():
        if not is_custom(name) or is_own_field(name) or name in without:
            continue
        if not isinstance(value, dict | list):
            told |= field(name, value)
    return told


def field(name: str, value: JSONValue) -> dict[str, JSONValue]:
    """One custom attribute as an event holds it; empty when an event cannot, as of a text that is too long."""
    return _canonical("fields", {name: value}) or {}


def tags(names: list[str]) -> list[str]:
    """Tags without ours."""
    return [tag for tag in names if not is_own_tag(tag) and _canonical("tags", [tag])]


def is_tag(name: str | None) -> bool:
    """Whether a word of the history is a tag of the desk's own."""
    return name is not None and bool(tags([name]))


def _canonical(field: str, value: JSONValue) -> JSONValue | None:
    """The value as an event holds it; None when an event cannot, as of a text that is too long."""
    try:
        return FIELDS[field].check(value)
    except ValueError:
        return None


def _table(options: JSONObject, name: str) -> Mapping[str, JSONValue]:
    table = options.get(name)
    return table if isinstance(table, Mapping) else {}
