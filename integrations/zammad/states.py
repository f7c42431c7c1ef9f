"""The types of a Zammad's states: as found when it was connected, asked for again when an unknown one turns up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from weakref import WeakKeyDictionary

from integrations.events import JSONObject
from integrations.session import Session
from integrations.zammad.client import Client

#: Where `connect` keeps the table: id of a state → its type.
OPTION: Final = "state_types"

_asked: WeakKeyDictionary[Session, dict[str, str]] = WeakKeyDictionary()


def known(options: JSONObject) -> dict[str, str]:
    """The table as it was found when the desk was connected."""
    told = options.get(OPTION)
    return {str(id_): str(kind) for id_, kind in told.items()} if isinstance(told, Mapping) else {}


def types_of(session: Session, states: Iterable[int | None]) -> dict[str, str]:
    """Id of a state → its type, for these states at least; asked for once in a session, and only when needed."""
    types = _asked.get(session) or known(session.access.options)
    if any(state is not None and str(state) not in types for state in states) and session not in _asked:
        types = {**types, **Client(session).states()}
        _asked[session] = types
    return types
