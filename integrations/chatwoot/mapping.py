"""Chatwoot's words in ours: what its statuses, channels, message types and activity lines mean, and who wrote what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from integrations.actions import is_own_field, is_own_tag
from integrations.chatwoot.markup import is_marked
from integrations.chatwoot.payloads import Conversation, Message, Named
from integrations.events import CHANNELS, FIELDS, JSONObject, JSONValue

#: `app/models/conversation.rb`. Pending waits for a bot, so for people it is open until the bot hands it over.
_STATUSES: Final[Mapping[str, str]] = {"open": "open", "pending": "open", "resolved": "resolved", "snoozed": "on_hold"}
BOT_STATUS: Final = "pending"
_OF_PEOPLE: Final = "open"

#: `app/models/channel/*`; the word stands in `channel` of webhooks and in `meta.channel` of the API.
_CHANNELS: Final[Mapping[str, str]] = {
    "Channel::WebWidget": "chat",
    "Channel::Api": "api",
    "Channel::Email": "email",
    "Channel::FacebookPage": "messaging",
    "Channel::Instagram": "messaging",
    "Channel::Whatsapp": "messaging",
    "Channel::Telegram": "messaging",
    "Channel::Line": "messaging",
    "Channel::Tiktok": "messaging",
    "Channel::TwitterProfile": "social",
    "Channel::Sms": "sms",
    "Channel::TwilioSms": "sms",
    "Channel::Voice": "voice",
}
API_CHANNEL: Final = "Channel::Api"
_TWILIO: Final = "Channel::TwilioSms"
_OVER_WHATSAPP: Final = "whatsapp"  #: the `medium` of a Twilio inbox that is none of text messages

#: `enum message_type` in `app/models/message.rb`: a word in a message's own webhook, a number everywhere else.
_TYPES: Final[Mapping[JSONValue, str]] = {
    0: "incoming", 1: "outgoing", 2: "activity", 3: "template",
    "incoming": "incoming", "outgoing": "outgoing", "activity": "activity", "template": "template",
}  # fmt: skip
_SURVEY: Final = "input_csat"
_CALL: Final = "voice_call"
#: `sender.type` and `sender_type`, in lower case.
_PEOPLE: Final = frozenset({"user"})
_BOTS: Final = frozenset({"agent_bot", "agentbot", "captain_assistant", "captain::assistant"})

#: What `content_attributes.activity` says in newer versions. Before, only the line's text tells, in the language of
#: the Chatwoot account; the English texts of `config/locales/en.yml` are known here, and another one says nothing.
_STATUS_ACTIVITY: Final = "conversation_status_changed"
_STATUS_LINES: Final = (
    (re.compile(r"Conversation was (marked )?resolved by "), "resolved"),
    (re.compile(r"Conversation was reopened by |System reopened the conversation"), "open"),
    (re.compile(r"Conversation was marked as pending by "), "pending"),
    (re.compile(r"Conversation was snoozed by "), "snoozed"),
)

#: The calls that hold a conversation, a message with its conversation, and neither, each with what it is about.
CONVERSATION_EVENTS: Final = frozenset({"conversation_created", "conversation_updated", "conversation_status_changed"})
MESSAGE_EVENTS: Final = frozenset({"message_created", "message_updated"})
OTHER_EVENTS: Final = frozenset(
    {
        "contact_created", "contact_updated", "webwidget_triggered", "inbox_created", "inbox_updated",
        "conversation_typing_on", "conversation_typing_off",
    }
)  # fmt: skip
MESSAGE_CHANGED: Final = "message_updated"
#: Of rules and of buttons that agents press: the conversation under the rule's own event.
_RULE_EVENT: Final = "automation_event."
_MACRO_EVENT: Final = "macro.executed"

SCALE: Final = [1, 5]
#: The custom attribute that holds a summary's marker, and its inbox's place in the account's options.
SUMMARY_ATTRIBUTE: Final = "deskpulse_summary"
SUMMARY_INBOX: Final = "summary_inbox"
SUMMARY_CONTACT: Final = "summary_contact"
ATTRIBUTES: Final = "attributes"
MEDIUMS: Final = "mediums"
_INBOX_FIELD: Final = "inbox"


def is_about_conversation(event: str) -> bool:
    """Whether a call of this event holds a conversation as it is."""
    return event in CONVERSATION_EVENTS or event.startswith(_RULE_EVENT) or event == _MACRO_EVENT


def status(word: JSONValue) -> str | None:
    """The canonical status; None for a word that Chatwoot is not known to have."""
    return _STATUSES.get(word) if isinstance(word, str) else None


def is_handover(before: JSONValue, after: JSONValue) -> bool:
    """Whether that change of status takes the conversation from a bot to people."""
    return (before, after) == (BOT_STATUS, _OF_PEOPLE)


def channel(conversation: Conversation, options: JSONObject) -> str | None:
    """Where it came from: by the account's `channels` (inbox → channel), else by the inbox's kind.

    An unknown kind is given as Chatwoot's own word; None when there is no word at all.
    """
    own = _table(options, "channels").get(str(conversation.inbox))
    if own in CHANNELS:
        return str(own)
    word = conversation.channel
    if word == _TWILIO and _medium(conversation, options) == _OVER_WHATSAPP:
        return "messaging"
    return _CHANNELS.get(word) or (word if _canonical("channel", word) else None)


def _medium(conversation: Conversation, options: JSONObject) -> JSONValue:
    return _table(options, MEDIUMS).get(str(conversation.inbox))


def is_summary(conversation: Conversation, options: JSONObject) -> bool:
    """Whether it is a summary of ours: it lies in the inbox for summaries, or carries a marker in an API inbox.

    Visitors may set custom attributes, so an attribute alone means nothing where the inbox is known.
    """
    inbox = options.get(SUMMARY_INBOX)
    if inbox is not None:
        return str(inbox) == str(conversation.inbox)
    return conversation.channel == API_CHANNEL and is_marked(str(conversation.custom.get(SUMMARY_ATTRIBUTE, "")))


def assignee(conversation: Conversation) -> Named | None:
    """The agent who holds it; a bot that does is nobody."""
    held = conversation.assignee
    if held is None or conversation.assignee_type in _BOTS or held.type in _BOTS:
        return None
    return held


def tags(labels: Iterable[JSONValue]) -> list[str]:
    """The labels without ours."""
    return [tag for tag in labels if isinstance(tag, str) and not is_own_tag(tag) and _canonical("tags", [tag])]


def own_fields(conversation: Conversation) -> dict[str, JSONValue]:
    """What may tell conversations apart: the custom attributes but those of ours, and the inbox."""
    found = slices(conversation.custom)
    return found if conversation.inbox is None else {**found, _INBOX_FIELD: str(conversation.inbox)}


def possible_fields(options: JSONObject) -> dict[str, JSONValue]:
    """The custom attributes that the account had when it was connected, each without a value."""
    told = options.get(ATTRIBUTES)
    return slices(dict.fromkeys(name for name in told if isinstance(name, str))) if isinstance(told, list) else {}


def slices(custom: Mapping[str, JSONValue]) -> dict[str, JSONValue]:
    """The custom attributes that may tell conversations apart, as events hold them: ours, and scores, do not."""
    found: dict[str, JSONValue] = {}
    for name, value in custom.items():
        if not (is_own_field(name) or name == _INBOX_FIELD):
            found.update(_canonical("fields", {name: value}) or {})
    return found


def kind(message: Message) -> str | None:
    """incoming, outgoing, activity or template; None for a type that Chatwoot is not known to have."""
    return _TYPES.get(message.type)


def is_survey(message: Message) -> bool:
    """Whether the message puts the CSAT question."""
    return message.content_type == _SURVEY


def is_ours(message: Message, author: str | None) -> bool:
    """Whether it is one of Deskpulse's own notes."""
    if kind(message) != "outgoing" or not message.private or _is_of(message, _BOTS):
        return False
    by_us = message.sender is not None and author is not None and str(message.sender.id) == author
    return by_us or is_marked(message.content)


def written_by(message: Message, author: str | None) -> str:
    """Who wrote it: customer, agent, bot or system.

    What rules and campaigns send is the system's, whoever they send it as (`human_response?` in
    `app/models/message.rb`); an echo of a phone's own app is an agent's without a name.
    """
    if kind(message) == "incoming":
        return "customer"
    if kind(message) != "outgoing" or _is_sent_by_rule(message):
        return "system"
    if _is_of(message, _BOTS) or (message.sender is not None and str(message.sender.id) == author):
        return "bot"
    return "agent" if _is_of(message, _PEOPLE) or message.attributes.get("external_echo") else "system"


def _is_sent_by_rule(message: Message) -> bool:
    return bool(message.attributes.get("automation_rule_id") or message.additional.get("campaign_id"))


def _is_of(message: Message, types: frozenset[str]) -> bool:
    return (message.sender is not None and message.sender.type in types) or message.sender_type in types


def author(message: Message, by: str) -> str | None:
    """The id of who wrote it, where it is somebody's."""
    return str(message.sender.id) if message.sender is not None and by in ("customer", "agent", "bot") else None


def is_automatic(message: Message, by: str) -> bool:
    """Whether nobody wrote it: greetings, rules, campaigns, out-of-office mails; a call placed says nothing either."""
    if by == "customer":
        mail = message.attributes.get("email")
        return isinstance(mail, dict) and mail.get("auto_reply") is True
    return by == "system" or message.content_type == _CALL


def activity_status(message: Message) -> str | None:
    """Chatwoot's word for the status that an activity line tells from its moment on; None for other lines."""
    if kind(message) != "activity":
        return None
    told = message.attributes.get("activity")
    if isinstance(told, dict) and told.get("type") == _STATUS_ACTIVITY:
        return told["status"] if status(told.get("status")) else None
    return next((word for line, word in _STATUS_LINES if line.match(message.content)), None)


def is_score(rating: int) -> bool:
    """Whether the number is on the scale of Chatwoot's CSAT question."""
    return SCALE[0] <= rating <= SCALE[1]


def answer(message: Message) -> tuple[int, str] | None:
    """The rating and the comment that a customer gave to a survey; None when there is none on the scale."""
    values = message.attributes.get("submitted_values")
    given = values.get("csat_survey_response") if isinstance(values, dict) else None
    if not is_survey(message) or not isinstance(given, dict):
        return None
    rating, comment = given.get("rating"), given.get("feedback_message")
    if type(rating) is not int or not is_score(rating):
        return None
    return rating, comment if isinstance(comment, str) else ""


def _canonical(field: str, value: JSONValue) -> JSONValue | None:
    """The value as an event holds it; None when an event cannot, as of a text of many lines."""
    try:
        return FIELDS[field].check(value)
    except ValueError:
        return None


def _table(options: JSONObject, name: str) -> Mapping[str, JSONValue]:
    table = options.get(name)
    return table if isinstance(table, Mapping) else {}
