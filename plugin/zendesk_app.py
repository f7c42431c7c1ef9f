"""The app that an administrator uploads to Zendesk: an archive that says where the panel is, and what it looks like.

What must be in it is read from the checks of Zendesk's own packager (zendesk_apps_support): `manifest.json` with an
author, a default locale, the framework's version and the places; the words of that locale; a logo in two sizes, and an
icon for the navigation bar.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from integrations.errors import GiveUp

_FRAMEWORK: Final = "2.0"
_LOCALE: Final = "en"
#: The same moment in every archive, the first that a zip can tell, so that the same account makes the same bytes.
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
_LOGO, _SMALL_LOGO = 320, 128  #: pixels a side
_GROUND, _MARK = (11, 87, 164), (255, 255, 255)
#: The bars of the sign: left, right, top, as shares of its side; they all stand on one line.
_BARS: Final = ((0.20, 0.34, 0.55), (0.43, 0.57, 0.25), (0.66, 0.80, 0.40))
_FOOT: Final = 0.78


def archive(public_url: str, account: str, *, version: str) -> bytes:
    """The archive for this account's panel; GiveUp where Zendesk could not show what is at that address."""
    address = f"{_https(public_url)}/panel/{account}/in/zendesk"
    files = {
        "manifest.json": _json(_manifest(address, version)),
        f"translations/{_LOCALE}.json": _json(_words()),
        "assets/logo.png": _png(_LOGO),
        "assets/logo-small.png": _png(_SMALL_LOGO),
        "assets/icon_nav_bar.svg": _svg().encode(),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name, content in files.items():
            made.writestr(_entry(name), content, compresslevel=9)
    return held.getvalue()


def _https(public_url: str) -> str:
    parts = urlsplit(public_url)
    local = parts.scheme == "http" and parts.hostname == "localhost"
    if parts.scheme != "https" and not local:
        raise GiveUp("Zendesk shows pages at https addresses only: set DESKPULSE_PUBLIC_URL to ours.")
    return public_url.rstrip("/")


def _manifest(address: str, version: str) -> dict[str, Any]:
    place = {"url": address, "signed": True, "autoLoad": False}
    return {
        "name": "Deskpulse",
        "author": {"name": "Deskpulse", "email": f"deskpulse@{urlsplit(address).hostname}", "url": address},
        "defaultLocale": _LOCALE,
        "private": True,
        "singleInstall": True,
        "signedUrls": True,
        "version": version,
        "frameworkVersion": _FRAMEWORK,
        "location": {"support": {"nav_bar": place, "ticket_sidebar": {**place, "autoLoad": True, "flexible": True}}},
    }


def _words() -> dict[str, Any]:
    return {
        "app": {
            "name": "Deskpulse",
            "short_description": "What waits, and how support is doing",
            "long_description": "The panel of Deskpulse: what waits now, every figure with what explains it.",
            "installation_instructions": "Upload the archive, then give Deskpulse the app's public key.",
        }
    }


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # whatever machine makes it
    entry.external_attr = 0o644 << 16
    return entry


def _png(side: int) -> bytes:
    """The sign, three bars on a ground, as a PNG of that many pixels a side (RGB of 8 bits, no filter)."""
    rows = b"".join(b"\0" + b"".join(bytes(_colour(x / side, y / side)) for x in range(side)) for y in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, *zip(*chunks, strict=True)))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _colour(x: float, y: float) -> tuple[int, int, int]:
    inside = any(left <= x < right and top <= y < _FOOT for left, right, top in _BARS)
    return _MARK if inside else _GROUND


def _svg() -> str:
    bars = "".join(
        f'<rect x="{left * 30:g}" y="{top * 30:g}" width="{(right - left) * 30:g}" height="{(_FOOT - top) * 30:g}"/>'
        for left, right, top in _BARS
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 30" fill="currentColor">{bars}</svg>'
