"""Connecting Freshdesk: whose key it is, what its sources and statuses are called, our fields, and what to paste.

Freshdesk's API knows automation rules, but its reference does not say how the content of a webhook is given to it. So
rules are pasted by hand, and the API only tells which of them are there already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from integrations.base import Installed
from integrations.errors import Refused, Rejected
from integrations.events import KINDS, JSONObject
from integrations.freshdesk import mapping
from integrations.freshdesk.client import ADMIN, Client
from integrations.session import Session

HEADER: Final = "X-Deskpulse-Token"
_FIELDS_PAGE: Final = "Admin > Workflows > Ticket Fields"
#: The types of ticket fields that hold any text.
_TEXTS: Final = ("custom_text", "custom_paragraph")
_ADMIN_PAGE: Final = "Admin > Workflows > Automations"


@dataclass(frozen=True, slots=True)
class Rule:
    """One automation rule: where it runs, and what its webhook calls the event."""

    tab: str  #: Freshdesk's own name for when such rules run
    kind: int  #: the same as a number of the API
    event: str
    when: str
    conditions: str

    @property
    def name(self) -> str:
        """How the rule is called, and known again."""
        return f"Deskpulse {self.event}"

    def content(self) -> str:
        """What the webhook sends: ids only, because Freshdesk does not escape what it puts into JSON."""
        return f'{{"freshdesk_webhook":{{"event":"{self.event}","ticket_id":"{{{{ticket.id}}}}"}}}}'

    def text(self, address: str, secret: str) -> str:
        """The rule as an administrator fills it in."""
        return "\n".join(
            (
                f"Rule: {self.name}",
                f"  {_ADMIN_PAGE} > {self.tab} > New rule",
                f"  When: {self.when}",
                f"  Conditions: {self.conditions}",
                "  Action: Trigger webhook, request type POST, encoding JSON",
                f"  URL: {address}",
                f"  Custom headers: {HEADER}: {secret}",
                f"  Content, advanced: {self.content()}",
            )
        )


_EVERY_TICKET: Final = "any of: source is Email; source is not Email (so that every ticket meets one of them)"
_CHANGES: Final = (
    "status is changed, agent is updated, group is updated, note is added (any), reply is sent,"
    " customer feedback is received, ticket is deleted, ticket is marked as spam"
)
RULES: Final = (
    Rule("Ticket Creation", 1, "ticket.created", "always, on creation", _EVERY_TICKET),
    Rule("Ticket Updates", 4, "ticket.updated", f"performed by agent or requester; {_CHANGES}", _EVERY_TICKET),
    Rule("Ticket Updates", 4, "ticket.updated.by_system", "performed by system; status is changed", _EVERY_TICKET),
)


def install(session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
    """The key is good, words are read, our fields exist where we may make them; Refused for a wrong key."""
    client = Client(session)
    me = client.me()
    fields = client.fields()
    own, made, field_steps = _own_fields(client, fields, (*KINDS, *link_fields))
    missing, kept = _rules(client)
    surveys = client.surveys()
    return Installed(
        author=me.id,
        options={"source_names": _sources(fields), "fields": own},
        done=(
            f"The api_key works; Deskpulse writes as agent {me.id}",
            *made,
            *(f"The rule {rule.name} is there" for rule in kept),
            f"{len(surveys)} surveys found" if surveys else "No survey found: customers are asked for no rating",
        ),
        by_hand=(
            *(rule.text(webhook_url, secret) for rule in missing),
            *field_steps,
            *_unfit(fields, own, link_fields),
            *_unexplained(fields, session.access.options),
        ),
    )


def _rules(client: Client) -> tuple[list[Rule], list[Rule]]:
    """The rules that are missing, and those that are there and active."""
    try:
        there = {str(one.get("name")) for kind in (1, 4) for one in client.rules(kind) if one.get("active")}
    except Refused:
        there = set()  # only an administrator's key may look
    missing = [rule for rule in RULES if rule.name not in there]
    return missing, [rule for rule in RULES if rule.name in there]


def _own_fields(
    client: Client, fields: Sequence[JSONObject], wanted: Sequence[str]
) -> tuple[dict[str, str], list[str], list[str]]:
    """Our fields' keys by name, what was made, and what is left to do for those that we may not make."""
    there = _keys(fields)
    own = {name: there[_label(name)] for name in wanted if _label(name) in there}
    made, steps = [], []
    for name in wanted:
        if name in own:
            continue
        try:
            own[name] = client.create_field(_label(name))
            made.append(f"The field {_label(name)} was made")
        except (Refused, Rejected) as error:
            why = "the key's agent is no administrator" if isinstance(error, Refused) else str(error)
            steps.append(
                f"{_FIELDS_PAGE}: add a single-line text labelled {_label(name)}, not shown to"
                f" customers, and connect again ({why}; {ADMIN} would do)"
            )
    return own, made, steps


def _keys(fields: Sequence[JSONObject]) -> dict[str, str]:
    """The keys of custom fields, by their labels and by what writing takes for their names."""
    rows = [(str(one.get("label")), str(one.get("name"))) for one in fields if one.get("default") is False]
    return {**{key.removeprefix(mapping.CUSTOM): key for _, key in rows}, **dict(rows)}


def _label(name: str) -> str:
    return f"Deskpulse {name}" if name in KINDS else name


def _unfit(fields: Sequence[JSONObject], own: Mapping[str, str], link_fields: Sequence[str]) -> Iterator[str]:
    types = {one.get("name"): one.get("type") for one in fields}
    for name in link_fields:
        type_ = types.get(own.get(name), _TEXTS[0])
        if type_ not in _TEXTS:
            yield f"{_FIELDS_PAGE}: {name} is of the type {type_}, which takes no link; delete it and connect again"


def _sources(fields: Sequence[JSONObject]) -> dict[str, str]:
    """A source's number → its label, as this account calls it."""
    return {str(number): label for label, number in _choices(fields, "default_source").items() if type(number) is int}


def _unexplained(fields: Sequence[JSONObject], options: JSONObject) -> Iterator[str]:
    known = mapping.explained_statuses(options)
    for number, labels in _choices(fields, "default_status").items():
        if number not in known:
            label = labels[0] if isinstance(labels, list) and labels else labels
            yield (
                f"Say in the account's settings what your own status {label} means, such as [desk.statuses] {number} ="
                ' "on_hold"; until then a ticket in it keeps the status it had'
            )


def _choices(fields: Sequence[JSONObject], type_: str) -> Mapping[str, Any]:
    found = next((one.get("choices") for one in fields if one.get("type") == type_), None)
    return found if isinstance(found, dict) else {}
