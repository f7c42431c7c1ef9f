"""What a browser tells about a request by itself, and what it keeps for us: one cookie, never inside a frame.

Sec-Fetch-* (W3C Fetch Metadata) cannot be set by a page; browsers since 2023 send them to every https address.
"""

from __future__ import annotations

from typing import Final

from flask import Response, request

from plugin.panel.access.tokens import COOKIE, LIFETIMES
from workers.settings import Settings

#: The prefix makes browsers refuse it unless it is Secure, for all paths, and for this very host alone.
COOKIE_NAME: Final = "__Host-deskpulse"

_IN_FRAMES: Final = frozenset({"iframe", "frame", "embed", "object", "fencedframe"})
_OWN: Final = frozenset({"same-origin", "none"})
#: A page, or a part of one that a script of ours fetches.
_NAVIGATE: Final = "navigate"


def framed() -> bool | None:
    """Whether this page is shown inside another one; None when the browser does not tell."""
    place = request.headers.get("Sec-Fetch-Dest")
    return None if place is None else place in _IN_FRAMES


def asked_behind_ones_back() -> bool:
    """Whether another site asked for this as part of a page of its own, as an image or by a script."""
    return request.headers.get("Sec-Fetch-Site") == "cross-site" and request.headers.get("Sec-Fetch-Mode") != _NAVIGATE


def posted_from_elsewhere() -> bool:
    """Whether a page of another site sent this form; not when the browser does not tell.

    Origin says nothing here: under our Referrer-Policy browsers send `null`.
    """
    return request.headers.get("Sec-Fetch-Site", "none") not in _OWN


def cookie() -> str:
    """What was kept; '' inside a frame, whoever sent it there, and where nothing was."""
    return "" if framed() else request.cookies.get(COOKIE_NAME, "")


def keeps_cookies(settings: Settings) -> bool:
    """Whether a Secure cookie can be kept: the browser reaches us over https, also where a proxy ends that."""
    return request.is_secure or settings.public_url.startswith("https://")


def keep(response: Response, text: str) -> None:
    """Have the browser keep this, for this site alone and out of every script's reach."""
    seconds = LIFETIMES[COOKIE]
    response.set_cookie(COOKIE_NAME, text, max_age=seconds, path="/", secure=True, httponly=True, samesite="Lax")


def drop(response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(COOKIE_NAME, path="/", secure=True, httponly=True, samesite="Lax")
