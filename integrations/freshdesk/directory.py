"""What Freshdesk's ids stand for: surveys, agents, groups; asked for once in a session and only when needed."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from integrations.errors import Refused
from integrations.freshdesk.client import Client
from integrations.session import Session


class Directory:
    """What ids mean in one account's Freshdesk."""

    def __init__(self) -> None:
        self._surveys: dict[str, tuple[int, ...]] | None = None

    def surveys(self, client: Client) -> Mapping[str, tuple[int, ...]]:
        """A survey's id → the codes that its first question takes."""
        if self._surveys is None:
            self._surveys = {survey.id: survey.codes for survey in client.surveys()}
        return self._surveys


_directories: WeakKeyDictionary[Session, Directory] = WeakKeyDictionary()


def directory_of(session: Session) -> Directory:
    """The directory of this session's account, kept as long as the session is."""
    return _directories.setdefault(session, Directory())


def names(client: Client) -> dict[str, dict[str, str]]:
    """The names of agents and groups, for `Reading.names`; none where the key's agent may not list them."""
    try:
        found = {"agent": client.agents(), "department": client.groups()}
    except Refused:
        # Names are only shown. Where the key itself is refused, the next request says so.
        return {}
    return {kind: {one.id: one.name for one in members if one.name} for kind, members in found.items()}
