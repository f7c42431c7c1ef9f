"""Who wrote a message: a customer, an agent or LiveAgent itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from integrations.liveagent.mapping import SYSTEM_USER, group_kind, message_kind
from integrations.liveagent.payloads import Group, Interval, Ticket


@dataclass(frozen=True, slots=True)
class People:
    """The user ids that are known to be agents', and the plugin's own."""

    agents: frozenset[str]
    author: str | None = None

    def role(self, user: str | None, flow: str) -> str:
        """customer, agent or system, by who it is, else by what the message group is for."""
        if user == SYSTEM_USER:
            return "system"
        if user is not None and (user in self.agents or user == self.author):
            return "agent"
        if flow == "third":
            return "system"  # neither our customer nor one of ours
        return "agent" if flow in ("out", "aside") else "customer"


def known_agents(ticket: Ticket, intervals: Iterable[Interval]) -> frozenset[str]:
    """The agents that the ticket itself and its history name."""
    return frozenset(agent for agent in (ticket.agent, *(one.agent for one in intervals)) if agent)


def needs_agents(groups: Iterable[Group], agents: frozenset[str]) -> bool:
    """Whether the list of agents must be asked for: either side may have written, and we do not know who did.

    Otherwise a second agent in a chat would pass for the customer.
    """
    told = agents | {SYSTEM_USER}
    return any(
        message.user not in told
        for group in groups
        if group_kind(group.type).flow == "talk"
        for message in group.messages
        if message_kind(message.type) in ("text", "attachment")
    )
