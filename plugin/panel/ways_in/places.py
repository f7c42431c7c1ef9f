"""Where the panel may be shown: which desks can frame it, and by which origins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from workers.accounts import Account

#: What may stand in frame-ancestors; whatever else an address holds never gets into a header.
_ORIGIN: Final = re.compile(r"^https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$")


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of a desk: whether it frames other pages, and from where besides its own address."""

    frames: bool = False
    origins: tuple[str, ...] = ()
    vouches: Callable[[Account], bool] | None = None  #: whether it can say who somebody is, for this account


def _has_own_app(_account: Account) -> bool:
    """What it signs with is the account's own secret, which there always is."""
    return True


def _has_app_key(account: Account) -> bool:
    return bool(account.credentials.get("app_public_key"))


#: A desk that is not here frames nothing. Zammad's own policy lets no page of others in; django-helpdesk has no place.
PLACES: Final[Mapping[str, Place]] = {
    "chatwoot": Place(frames=True),
    "freshdesk": Place(frames=True, vouches=_has_own_app),
    "liveagent": Place(frames=True),
    "zendesk": Place(frames=True, vouches=_has_app_key),
}


def ancestors(account: Account | None) -> str:
    """The value of frame-ancestors: the desk's own origin, the product's, those of the settings; `'none'` for none."""
    return " ".join(dict.fromkeys(_ancestors(account))) or "'none'" if account else "'none'"


def still_vouches(desk: str, account: Account) -> bool:
    """Whether what this desk said about a visitor still counts."""
    place = PLACES.get(desk)
    return account.desk == desk and place is not None and place.vouches is not None and place.vouches(account)


def origin_of(address: str) -> str:
    """The origin of an address; '' when it has none that can be named in a header."""
    try:
        parts = urlsplit(address.strip())
        port = f":{parts.port}" if parts.port else ""
        found = f"{parts.scheme}://{(parts.hostname or '').encode('idna').decode()}{port}".lower()
    except ValueError:
        return ""
    return found if _ORIGIN.match(found) and not found.endswith("\n") else ""


def _ancestors(account: Account) -> Iterator[str]:
    place = PLACES.get(account.desk)
    own = (account.access.url, *place.origins) if place is not None and place.frames else ()
    for address in (*own, *account.settings.get("panel", {}).get("origins", ())):
        origin = origin_of(str(address))
        if origin:
            yield origin
