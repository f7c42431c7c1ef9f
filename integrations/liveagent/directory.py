"""LiveAgent's tags, agents and departments: ids and names, asked for once in a session and only when needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from weakref import WeakKeyDictionary

from integrations.liveagent.client import Client
from integrations.liveagent.mapping import ROLES
from integrations.liveagent.payloads import Named
from integrations.session import Session


class Directory:
    """What ids mean in one account's LiveAgent."""

    def __init__(self) -> None:
        self._tags: dict[str, str] | None = None
        self._agents: list[Named] | None = None
        self._departments: list[Named] | None = None

    def tag_names(self, client: Client, ids: Iterable[str]) -> list[str]:
        """The names of these tags; one that was made since we last looked is looked for again, once."""
        wanted = list(ids)
        if wanted and (self._tags is None or not self._tags.keys() >= set(wanted)):
            self.forget_tags()
            self.tag_ids(client)
        return [(self._tags or {}).get(tag, tag) for tag in wanted]

    def tag_ids(self, client: Client) -> Mapping[str, str]:
        """Tag name → id."""
        if self._tags is None:
            self._tags = {tag.id: tag.name for tag in client.tags()}
        return {name: tag for tag, name in self._tags.items()}

    def forget_tags(self) -> None:
        """The tags are asked for again when they are next needed: one was made."""
        self._tags = None

    def agents(self, client: Client) -> list[Named]:
        """Every agent there is."""
        if self._agents is None:
            self._agents = client.agents()
        return self._agents

    def agents_by_email(self, client: Client) -> Mapping[str, str]:
        """Lower-case address → agent id: reports name an agent's contact, tickets name the agent."""
        return {agent.email.lower(): agent.id for agent in self.agents(client) if agent.email}

    def departments(self, client: Client) -> list[Named]:
        """Every department there is."""
        if self._departments is None:
            self._departments = client.departments()
        return self._departments

    def names(self, client: Client) -> dict[str, dict[str, str]]:
        """Names of agents and departments, for `Reading.names`."""
        found = {"agent": self.agents(client), "department": self.departments(client)}
        return {kind: {one.id: one.name for one in members if one.name} for kind, members in found.items()}

    def spokesman(self, client: Client) -> Named | None:
        """The agent in whose name a summary is opened when the account names none: owner, then admin."""
        known = [agent for agent in self.agents(client) if agent.email]
        return min(known, key=_by_role, default=None)


def _by_role(agent: Named) -> tuple[int, str]:
    role = agent.role or ""
    return (ROLES.index(role) if role in ROLES else len(ROLES), agent.id)


_directories: WeakKeyDictionary[Session, Directory] = WeakKeyDictionary()


def directory_of(session: Session) -> Directory:
    """The directory of this session's account, kept as long as the session is."""
    return _directories.setdefault(session, Directory())
