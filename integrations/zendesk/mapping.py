"""Zendesk's words in ours: statuses, channels, roles, survey words, and what each kind of event is to us.

Sources: the pages "Via object reference", "Tickets" and "Ticket events" of developer.zendesk.com. Events write via
types (`mail`, `web_form`), the REST API display words (`email`, `web`); old objects have numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from integrations.actions import is_own_tag
from integrations.events import FIELDS, JSONValue
from integrations.zendesk.markup import EXTERNAL_PREFIX
from integrations.zendesk.payloads import OWN_FIELDS, Ticket

#: The author of what Zendesk itself does: automations, deletions.
SYSTEM_USER: Final = "-1"
CLOSED: Final = "closed"
MERGED_TAG: Final = "closed_by_merge"
#: A follow-up of a closed ticket: it has its parent's channel.
FOLLOW_UP: Final = "closed_ticket"
#: What our own custom fields are called.
OWN_FIELD: Final = "deskpulse_"

STATUS: Final[Mapping[str, str]] = {
    "new": "new", "open": "open", "pending": "pending", "hold": "on_hold", "solved": "resolved", "closed": "closed",
    "archived": "closed", "deleted": "deleted", "scrubbed": "deleted",
}  # fmt: skip

_CHANNELS: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("mail", "email", "mailgun", "connect_mail", "recovered_from_suspended_tickets"),
    "web_form": (
        "web_form", "web", "dropbox", "helpcenter", "help_center", "web_widget", "get_satisfaction", "topic", "forum",
        "blog", "chat_offline_message",
    ),
    "chat": ("chat", "chat_transcript"),
    "messaging": (
        "native_messaging", "omnichannel", "sunshine_conversations_api", "sunshine_conversations_facebook_messenger",
        "sunshine_conversations_twitter_dm", "whatsapp", "line", "wechat", "telegram", "viber", "kakaotalk",
        "apple_business_chat", "google_business_messages", "google_rcs", "instagram_dm",
        "business_messaging_slack_connect", "facebook_message", "twitter_dm", "symphony", "mobile_sdk", "mobile",
        "iphone", "answer_bot", "answer_bot_api", "answer_bot_for_agents", "answer_bot_for_sdk",
        "answer_bot_for_slack", "answer_bot_for_web_widget", "automatic_solution_suggestions", "messaging",
    ),
    "social": ("twitter", "twitter_favorite", "facebook_post", "facebook"),
    "voice": (
        "phone_call_inbound", "phone_call_outbound", "voicemail", "api_phone_call_inbound", "api_phone_call_outbound",
        "api_voicemail", "voice", "phone",
    ),
    "sms": ("sms", "text_message", "twilio_sms", "messagebird_sms", "connect_sms"),
    "api": ("web_service", "api", "import", "ticket_sharing", "github", "resource_push", "connect_ipm"),
    "internal": (
        "rule", "rule_revision", "linked_problem", "group_change", "group_deletion", "user_change", "user_deletion",
        "user_merge", "merge", "batch", "macro_reference", "lotus", "monitor_event", "churned_account",
        "sample_ticket", "sample_interactive_ticket", "admin_setting", "satisfaction_prediction", "ticket_tagging",
        "side_conversation", "logmein_rescue",
    ),
}  # fmt: skip
#: A via word → our channel.
CHANNEL: Final = {word: channel for channel, words in _CHANNELS.items() for word in words}
#: The numbers that stand for via words in old objects.
_VIA_IDS: Final[Mapping[str, str]] = {
    "0": "web_form", "4": "mail", "5": "web_service", "8": "rule", "9": "linked_problem", "10": "group_deletion",
    "11": "user_change", "12": "user_deletion", "13": "group_change", "14": "resource_push", "15": "iphone",
    "16": "get_satisfaction", "17": "dropbox", "19": "merge", "20": "batch",
    "21": "recovered_from_suspended_tickets", "22": "automatic_solution_suggestions", "23": "twitter_favorite",
    "24": "topic", "26": "twitter_dm", "27": "closed_ticket", "29": "chat", "30": "twitter",
}  # fmt: skip

#: A user's role → who they are to us.
ROLE: Final[Mapping[str, str]] = {"end-user": "customer", "agent": "agent", "admin": "agent"}
#: `actor.type` of a message in messaging.
ACTOR: Final[Mapping[str, str]] = {"end_user": "customer", "agent": "agent", "trigger": "system", "system": "system"}
#: `actor.id` of the bot, whose type is system too.
BOT: Final = "zd:answerbot"

#: Whose a ticket is: the property, the event that tells another one, its type and its field in ours.
_WHOSE: Final = (
    ("assignee_id", "ticket.agent_assignment_changed", ("ticket.assigned", "agent")),
    ("group_id", "ticket.group_assignment_changed", ("ticket.moved", "department")),
    ("requester_id", "ticket.requester_changed", ("ticket.updated", "customer")),
)
#: The same by the name of the property, and by the kind of the event.
HANDED: Final = {key: ours for name, kind, ours in _WHOSE for key in (name, kind)}
#: Properties that are slices of a ticket, as its audits name them → our names.
OWN_FIELD_NAMES: Final = {key: name for key, name in OWN_FIELDS.items() if key != "form_id"}
#: Events whose `current` is the new value of such a property.
FIELD_EVENTS: Final = {f"ticket.{name}_changed": name for name in OWN_FIELDS.values()}
#: Events of which the ticket's history tells more than they do, so the desk is asked.
ASKED_ABOUT: Final = frozenset(
    {
        "ticket.created", "ticket.comment_made_private", "ticket.undeleted", "ticket.merged",
        "ticket.problem_link_changed", "ticket.custom_status_changed",
    }
)  # fmt: skip
#: Events that change nothing that is counted.
SILENT: Final = frozenset(
    {
        "ticket.attachment_linked_to_comment", "ticket.attachment_redacted_from_comment", "ticket.comment_redacted",
        "ticket.description_changed", "ticket.email_ccs_changed", "ticket.external_id_changed",
        "ticket.followers_changed", "ticket.ola_policy_changed", "ticket.schedule_changed",
        "ticket.sla_policy_changed", "ticket.subject_changed", "ticket.submitter_changed",
        "ticket.task_due_at_changed",
    }
)  # fmt: skip
#: Events after which a ticket is out of the count.
ENDED: Final[Mapping[str, str]] = {
    "ticket.marked_as_spam": "spam",
    "ticket.soft_deleted": "deleted",
    "ticket.permanently_deleted": "deleted",
}

#: The older survey: good or bad.
RATING_SCORE: Final[Mapping[str, int]] = {"good": 1, "bad": 0}
RATING_SCALE: Final = (0, 1)
OFFERED: Final = "offered"
#: `question.sub_type` of the newer survey → kind of survey. Only the first is documented.
QUESTION: Final[Mapping[str, str]] = {
    "customer_satisfaction": "csat", "customer_effort": "ces", "net_promoter_score": "nps",
}  # fmt: skip


def status(word: str | None) -> str | None:
    """Our status; None for a word that is not documented."""
    return STATUS.get((word or "").lower())


def channel(word: str | None) -> str | None:
    """Our channel, or Zendesk's own word, which counts as `other`; None for a follow-up and where none is told."""
    known = _VIA_IDS.get(word or "", word)
    return None if known in (None, FOLLOW_UP) else CHANNEL.get(str(known), known)


def is_follow_up(word: str | None) -> bool:
    """Whether the ticket follows a closed one, whose channel it has."""
    return _VIA_IDS.get(word or "", word) == FOLLOW_UP


def score(word: str) -> int | None:
    """The score of a rating's word, with or without its comment; None for one that is no answer."""
    return RATING_SCORE.get(word.lower().replace("_", "").removesuffix("withcomment"))


def opened_by(submitter: str | None, requester: str | None) -> str | None:
    """Who opened a ticket for this requester: they, an agent in their stead, or unknown."""
    if submitter is None or requester is None or submitter == SYSTEM_USER:
        return None
    return "customer" if submitter == requester else "agent"


def is_summary(ticket: Ticket, author: str | None) -> bool:
    """Whether this is a summary of ours: it has our external id, which customers cannot set, and we submitted it."""
    ours = (ticket.external_id or "").startswith(EXTERNAL_PREFIX)
    return ours and (author is None or ticket.submitter in (None, author))


def others_tags(tags: Iterable[str]) -> list[str]:
    """The tags that are not ours, as far as an event can hold them."""
    return sorted({tag for tag in tags if not is_own_tag(tag)})


def field_value(value: JSONValue) -> JSONValue:
    """A custom field's value as an event holds it; ValueError for one that is prose, which is not kept."""
    if isinstance(value, list):
        value = ",".join(sorted(map(str, value)))
    if isinstance(value, str) and ("\n" in value or len(value) > _LONGEST_VALUE):
        raise ValueError("is prose")
    found: JSONValue = FIELDS["fields"].check({"value": value})
    return found["value"]


_LONGEST_VALUE: Final = 200
