"""A request as a call, and the part of it that is kept: nothing that proves or identifies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from integrations.base import Call
from integrations.times import Instant
from plugin.errors import Problem
from workers.store.calls import NewCall

_SECRET: Final = re.compile(
    r"authoriz|(^|[-_])auth([-_]|$)|cookie|signature|(^|[-_])sig([-_]|$)|secret|token|api[-_]?key|access[-_]?key"
    r"|passw|hmac|credential|session|jwt|forwarded|(real|client|connecting)[-_]?ip|remote[-_]?(addr|user)|^from$",
    re.IGNORECASE,
)
_MOST_NAMES: Final = 2000
_DIGITS: Final = re.compile(r"[0-9]{1,18}", re.ASCII)

#: Header and query names met before → whether their value is kept; bounded, since anybody may invent names.
_keeps: dict[str, bool] = {}
#: Keys of a WSGI environment met before → the header's name.
_names: dict[str, str] = {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}


def read_body(environ: Mapping[str, Any], limit: int) -> bytes:
    """The body, of at most `limit` bytes; Problem 413 for a longer one, with or without a Content-Length."""
    declared = environ.get("CONTENT_LENGTH") or ""
    length = int(declared) if _DIGITS.fullmatch(declared) else None
    if length is None and not environ.get("wsgi.input_terminated"):
        return b""
    if length is not None and length > limit:
        raise Problem(413, details={"limit": limit})
    # One byte more than allowed: some servers cut a chunked body at a limit without telling.
    body: bytes = environ["wsgi.input"].read(limit + 1 if length is None else length)
    if len(body) > limit:
        raise Problem(413, details={"limit": limit})
    return body


def call_of(environ: Mapping[str, Any], body: bytes, received_at: Instant) -> Call:
    """The request as a desk's code sees it: header names in lower case, the last of equal query names."""
    query = environ.get("QUERY_STRING")
    return Call(
        body=body,
        headers=_headers(environ),
        query=dict(parse_qsl(query, keep_blank_values=True, errors="replace")) if query else {},
        received_at=received_at,
    )


def kept_call(call: Call, account: str, desk: str, delivery: str | None) -> NewCall:
    """What is kept of a proved call."""
    return NewCall(
        account=account,
        desk=desk,
        delivery=delivery,
        received_at=call.received_at,
        headers=_json(call.headers),
        query=_json(call.query) if call.query else "{}",
        body=call.body,
    )


def keeps(name: str) -> bool:
    """Whether the value of a header or of a query parameter of this name may be kept."""
    found = _keeps.get(name)
    if found is None:
        found = not _SECRET.search(name)
        if len(_keeps) < _MOST_NAMES:
            _keeps[name] = found
    return found


def _json(values: Mapping[str, str]) -> str:
    return orjson.dumps({name: value for name, value in values.items() if keeps(name)}).decode()


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {}
    for key, value in environ.items():
        name = _names.get(key)
        if name is None:
            if not key.startswith("HTTP_"):
                continue
            name = key[5:].replace("_", "-").lower()
            if len(_names) < _MOST_NAMES:
                _names[key] = name
        headers[name] = value
    return headers
