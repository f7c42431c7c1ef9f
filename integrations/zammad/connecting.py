"""Connecting a Zammad: what the token may do, the webhook and its triggers, and what is left for its administrator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from integrations.actions import FOLLOW_UP_TAG, SUMMARY_TAG, channel_tag
from integrations.base import Installed
from integrations.errors import Refused
from integrations.events import CHANNELS, JSONObject, JSONValue
from integrations.session import Session
from integrations.times import instant_of_iso
from integrations.zammad import answers, link_attributes, states, walks, writing
from integrations.zammad.client import TAGS as TAG_PERMISSION
from integrations.zammad.client import TRIGGERS as TRIGGER_PERMISSION
from integrations.zammad.client import WEBHOOKS as WEBHOOK_PERMISSION
from integrations.zammad.client import WHERE, Client

#: The tags that we may set; made beforehand for a Zammad whose agents may not make new ones.
TAGS: Final = (*(channel_tag(channel) for channel in CHANNELS if channel != "internal"), FOLLOW_UP_TAG, SUMMARY_TAG)
#: The webhook's and the triggers' names; a trigger's name is a header of its calls, so it must be ASCII.
NAME: Final = "Deskpulse"
#: Ids are all that leaves Zammad; what they mean is asked for. An old Zammad sends everything instead.
PAYLOAD: Final = '{"ticket": {"id": "#{ticket.id}"}, "article": {"id": "#{article.id}"}}'
_LONG_AGO: Final = instant_of_iso("1990-01-02T00:00:00Z")
_RIGHTS: Final = frozenset({"full", "create"})
_CHANGED: Final = {"operator": "has changed"}


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger: its name after ours, its conditions for the API, and the same as an administrator clicks them."""

    name: str
    condition: Mapping[str, Mapping[str, str]]
    clicks: str

    @property
    def title(self) -> str:
        """The trigger's whole name."""
        return f"{NAME}: {self.name}"


TRIGGERS: Final = (
    Trigger("ticket created", {"ticket.action": {"operator": "is", "value": "create"}}, "Ticket › Action is created"),
    Trigger(
        "article created", {"article.action": {"operator": "is", "value": "create"}}, "Article › Action is created"
    ),
    Trigger("state changed", {"ticket.state_id": _CHANGED}, "Ticket › State has changed"),
    Trigger("owner changed", {"ticket.owner_id": _CHANGED}, "Ticket › Owner has changed"),
    Trigger("group changed", {"ticket.group_id": _CHANGED}, "Ticket › Group has changed"),
)


@dataclass(slots=True)
class _Report:
    """What was done so far, and what is left."""

    options: dict[str, JSONValue] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)


def install(session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
    """Checks the token and arranges what it may; Refused, naming the permission, when it may not even read tickets."""
    client, report = Client(session), _Report()
    me = client.me()
    report.options[states.OPTION] = client.states()
    report.done.append(f"The token is good; Deskpulse writes as user {me['id']}.")
    _find_walk(client, report)
    _choose_group(client, me, report)
    _register(client, report, webhook_url=webhook_url, secret=secret)
    _make_tags(client, report)
    _look_at_answers(client, report)
    done, by_hand = link_attributes.arrange(client, link_fields)
    report.done += done
    report.by_hand += by_hand
    return Installed(
        author=str(me["id"]), options=report.options, done=tuple(report.done), by_hand=tuple(report.by_hand)
    )


def _find_walk(client: Client, report: _Report) -> None:
    """Whether the search answers conditions; where it does not, everything has to be gone through."""
    if client.listed(page=1, size=1) and not client.changed_after(_LONG_AGO, page=1, size=1):
        report.options[walks.OPTION] = walks.LIST
        report.done.append(
            "The search of this Zammad answers no conditions, so every reconciliation lists all tickets."
        )


def _choose_group(client: Client, me: JSONObject, report: _Report) -> None:
    groups, told = client.groups(), me.get("group_ids")
    rights = told if isinstance(told, Mapping) else {}
    shut = sorted(name for group, name in groups.items() if group not in rights)
    if shut:
        report.by_hand.append(
            f"Give the token's user full access to these groups, or their tickets stay unseen: {', '.join(shut)}."
        )
    if client.session.access.options.get(writing.GROUP):
        return
    able = [group for group, may in rights.items() if isinstance(may, list) and _RIGHTS & set(map(str, may))]
    chosen = min((group for group in able if group.isdecimal()), key=int, default=None)
    if chosen is None:
        report.by_hand.append(
            f"Set {writing.GROUP} under [desk] to the id of a group in which the token's user may open tickets."
            " Without it, there are no summaries."
        )
        return
    report.options[writing.GROUP] = chosen
    report.done.append(f"Summaries are opened in the group {groups.get(chosen, chosen)}.")


# --- the webhook and its triggers -----------------------------------------------------------------------------------


def _register(client: Client, report: _Report, *, webhook_url: str, secret: str) -> None:
    try:
        webhook = _webhook(client, webhook_url, secret)
    except Refused as refused:
        report.by_hand += [_lacks(refused), *_webhook_steps(webhook_url, secret), *map(_trigger_step, TRIGGERS)]
        return
    report.done.append(f"The webhook {NAME} calls {webhook_url} and is signed.")
    try:
        there = client.objects("triggers", TRIGGER_PERMISSION)
        changed = sum(_trigger(client, trigger, webhook, _named(there, trigger.title)) for trigger in TRIGGERS)
    except Refused as refused:
        report.by_hand += [_lacks(refused), *map(_trigger_step, TRIGGERS)]
        return
    report.done.append(f"{changed} triggers set, {len(TRIGGERS) - changed} were right already.")


def _webhook(client: Client, webhook_url: str, secret: str) -> int | None:
    there = _named(client.objects("webhooks", WEBHOOK_PERMISSION), NAME)
    values = {
        "name": NAME,
        "endpoint": webhook_url,
        "signature_token": secret,
        "ssl_verify": True,
        "active": True,
        "customized_payload": True,
        "custom_payload": PAYLOAD,
    }
    known = None if there is None else there["id"]
    if there is not None and {**there, **values} == there:
        return int(there["id"])
    return client.put_object("webhooks", values, id_=known, permission=WEBHOOK_PERMISSION)


def _trigger(client: Client, trigger: Trigger, webhook: int | None, there: JSONObject | None) -> bool:
    """Whether the trigger had to be made or set right."""
    values = {
        "name": trigger.title,
        "activator": "action",
        "execution_condition_mode": "selective",
        "condition": {name: dict(told) for name, told in trigger.condition.items()},
        "perform": {"notification.webhook": {"webhook_id": str(webhook)}},
        "active": True,
    }
    if there is not None and {**there, **values} == there:
        return False
    known = None if there is None else there["id"]
    client.put_object("triggers", values, id_=known, permission=TRIGGER_PERMISSION)
    return True


def _named(rows: list[JSONObject], name: str) -> JSONObject | None:
    return next((row for row in rows if row.get("name") == name and type(row.get("id")) is int), None)


def _lacks(refused: Refused) -> str:
    return f"The token lacks {refused.permission}: give it that permission under {WHERE} and connect again, or:"


def _webhook_steps(webhook_url: str, secret: str) -> list[str]:
    return [
        f"Admin › Webhook › New Webhook: name {NAME}, endpoint {webhook_url}, HMAC SHA1 Signature Token {secret}",
        f"There, where it is offered, custom payload: {PAYLOAD}",
    ]


def _trigger_step(trigger: Trigger) -> str:
    return (
        f"Admin › Trigger › New Trigger: name {trigger.title}, activated by Action, execution mode Selective,"
        f" condition {trigger.clicks}, execute changes on objects: Webhook {NAME}"
    )


def _make_tags(client: Client, report: _Report) -> None:
    try:
        there = {row.get("name") for row in client.objects("tag_list", TAG_PERMISSION)}
        missing = [tag for tag in TAGS if tag not in there]
        for tag in missing:
            client.put_object("tag_list", {"name": tag}, id_=None, permission=TAG_PERMISSION)
    except Refused:
        report.by_hand.append(
            f"Where agents may not make tags (Admin › Tags), add these there: {', '.join(TAGS)}. The token lacks"
            f" {TAG_PERMISSION}, so this could not be looked at."
        )
        return
    report.done.append(f"{len(missing)} tags made, {len(TAGS) - len(missing)} were there already.")


def _look_at_answers(client: Client, report: _Report) -> None:
    """What is wrong with the account's `answers`, and which attributes they need that tickets have not."""
    options = client.session.access.options
    report.by_hand += answers.mistakes(options)
    wanted = {*answers.attributes(options), *(survey.kind for survey in answers.surveys(options))}
    rows = client.listed(page=1, size=1) if wanted else []
    missing = sorted(wanted - set(rows[0])) if rows and isinstance(rows[0], dict) else []
    report.by_hand += [
        f"Add the attribute {name} under Admin › Objects › Ticket and click Update Database." for name in missing
    ]
