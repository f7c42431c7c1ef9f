"""Who is who in one account's Zendesk, and which custom fields there are: asked for once in a session, when needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from weakref import WeakKeyDictionary

from integrations.events import JSONObject
from integrations.session import Session
from integrations.zendesk import mapping, values
from integrations.zendesk.client import Client
from integrations.zendesk.payloads import User


class Directory:
    """What ids mean in one account's Zendesk."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._fields: dict[str, str] | None = None

    def users(self, client: Client, ids: Iterable[str]) -> Mapping[str, User]:
        """The users with these ids; one that Zendesk does not know any more is a customer."""
        wanted = set(ids)
        unknown = wanted - self._users.keys()
        if unknown:
            self._users |= {id_: User(id_) for id_ in unknown}
            self._users |= {user.id: user for user in client.users(unknown)}
        return {id_: self._users[id_] for id_ in wanted}

    def names(self, client: Client) -> dict[str, dict[str, str]]:
        """Names of agents and groups, for `Reading.names`."""
        staff, groups = client.staff(), client.groups()
        self._users |= {user.id: user for user in staff}
        return {
            "agent": {user.id: user.name for user in staff if user.name},
            "department": {group.id: group.name for group in groups if group.name},
        }

    def field(self, client: Client, name: str) -> str | None:
        """The id of the custom field with our title for this name, else with that title or id; None without one."""
        if self._fields is None:
            self._fields = titles(ticket_fields(client))
        known = self._fields.get(mapping.OWN_FIELD + name) or self._fields.get(name)
        return name if known is None and name in self._fields.values() else known


def ticket_fields(client: Client) -> list[JSONObject]:
    """Every ticket field, those of Zendesk's own too."""
    return client.listed("/ticket_fields", "ticket_fields")


def titles(rows: Iterable[JSONObject]) -> dict[str, str]:
    """Title → id of these ticket fields."""
    pairs = ((values.text(row.get("title")), values.id_of(row.get("id"))) for row in rows)
    return {title: id_ for title, id_ in pairs if id_ is not None}


_directories: WeakKeyDictionary[Session, Directory] = WeakKeyDictionary()


def directory_of(session: Session) -> Directory:
    """The directory of this session's account, kept as long as the session is."""
    return _directories.setdefault(session, Directory())
