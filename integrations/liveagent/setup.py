"""Connecting LiveAgent: checking both keys, making our tags, and the rules for an administrator to paste.

LiveAgent has no API for rules, so nothing can be registered by us: a rule is a form that a person fills in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from integrations.actions import FOLLOW_UP_TAG, SUMMARY_TAG, channel_tag
from integrations.base import Installed
from integrations.errors import Gone, Rejected, Retry
from integrations.events import CHANNELS
from integrations.liveagent.client import Client
from integrations.liveagent.directory import Directory, directory_of
from integrations.liveagent.local import is_time, text_of
from integrations.session import Session
from integrations.times import DAY, HOUR


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: LiveAgent's own name of its trigger, and the word our hint carries."""

    trigger: str
    event: str
    condition: str = ""
    rating: str = ""

    def body(self) -> str:
        """The HTTP Body: ids only, because LiveAgent does not escape what it puts into JSON."""
        rating = f',"rating":"{self.rating}"' if self.rating else ""
        ids = '"ticket_id":"{$conv_conversationid}","ticket_code":"{$conv_code}"'
        return f'{{"event":"{self.event}",{ids}{rating}}}'

    def text(self, address: str) -> str:
        """The rule as an administrator fills it in."""
        name = f"Deskpulse {self.event}" + (f" {self.rating}" if self.rating else "")
        return "\n".join(
            (
                f"Rule: {name}",
                f"  Apply when: {self.trigger}",
                f"  Conditions: {self.condition or 'none'}",
                "  Action: HTTP Request, method POST",
                f"  URL: {address}",
                f"  HTTP Body: {self.body()}",
            )
        )


RULES: Final = (
    Rule("ticket created", "ticket.created"),
    Rule("ticket status changed", "ticket.status_changed"),
    Rule("ticket transferred", "ticket.transferred"),
    Rule("ticket tags changed", "ticket.tags_changed"),
    Rule("message group added", "message.group_added"),
    Rule("chat started", "chat.started"),
    Rule("incoming call started", "call.started"),
    Rule("agent rated", "survey.submitted", "agent rating type is Reward", "reward"),
    Rule("agent rated", "survey.submitted", "agent rating type is Punishment", "punishment"),
)

#: The tags we may set; made beforehand because v1 does not promise to make a tag that is missing.
TAGS: Final = (*(channel_tag(channel) for channel in CHANNELS if channel != "internal"), FOLLOW_UP_TAG, SUMMARY_TAG)


def install(session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
    """Both keys are good, our tags exist, and the administrator knows which rules to paste; Refused otherwise."""
    client, directory = Client(session), directory_of(session)
    departments = directory.departments(client)
    made = _make_tags(client, directory)
    _check_v1(client)
    address = f"{webhook_url}?token={quote(secret, safe='')}"
    first = "Configuration > Automation > Rules > Create: one rule for each of the following texts, all of them active"
    return Installed(
        options=_options(client, directory, [one.id for one in departments]),
        done=(
            f"The API v3 key works; {len(departments)} departments and {len(directory.agents(client))} agents found",
            "The API v1 key works",
            f"{made} tags made, {len(TAGS) - made} were there already",
            _clock(client),
        ),
        by_hand=(first, *(rule.text(address) for rule in RULES), *map(_field_step, link_fields)),
    )


def _field_step(code: str) -> str:
    """No document tells of an API for custom fields, so whether there is one cannot be seen either."""
    return (
        f"Configuration > System > Custom fields for tickets: where there is none yet, add a text with the code {code},"
        " into which links to surveys go"
    )


def _make_tags(client: Client, directory: Directory) -> int:
    there = directory.tag_ids(client)
    missing = [tag for tag in TAGS if tag not in there]
    for tag in missing:
        client.create_tag(tag)
    directory.forget_tags()
    return len(missing)


def _check_v1(client: Client) -> None:
    """The ranking report is what the key is mostly for, and its refusal tells a wrong key."""
    session = client.session
    now, zone = session.now(), session.access.zone
    client.ratings(text_of(now - DAY, zone), text_of(now, zone), offset=0)


def _options(client: Client, directory: Directory, departments: list[str]) -> dict[str, Any]:
    spokesman = directory.spokesman(client)
    chosen = {
        "summary_department": min(departments, default=None),
        "summary_agent": spokesman and spokesman.id,
        "summary_recipient": spokesman and spokesman.email,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def _clock(client: Client) -> str:
    """What v1 says about its clock, if it says anything: the shape of this answer is not documented."""
    zone = client.session.access.zone
    advice = f"check that LiveAgent's own time zone is {zone.key}, which its times are read in"
    try:
        told = _first_time(client.application())
    except (Retry, Rejected, Gone):
        told = None
    if told is None:
        return f"LiveAgent did not tell its time: {advice}"
    ours = datetime.fromisoformat(text_of(client.session.now(), zone))
    hours = (datetime.fromisoformat(told) - ours).total_seconds() / (HOUR / 1_000_000)
    if abs(hours) < 0.25:
        return f"LiveAgent's clock agrees with the time zone {zone.key}"
    return f"LiveAgent says it is {told}, which is {hours:+.1f} hours from {zone.key}: set time_zone under [desk]"


def _first_time(value: object) -> str | None:
    if isinstance(value, dict):
        return next((found for item in value.values() if (found := _first_time(item))), None)
    return value if isinstance(value, str) and is_time(value) else None
