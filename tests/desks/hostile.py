"""Bodies that no desk should send and somebody will: a corpus, and ways to spoil a genuine body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_DEEP = 100_000

#: Every one of these is read to something or is Unreadable; nothing else.
BODIES: tuple[bytes, ...] = (
    b"", b" ", b"\0", b"null", b"[]", b"{}", b'"x"', b"0", b"true", b"[null]", b"[[]]", b"[{}]", b"{", b"nul",
    b"[" * _DEEP, b'{"a":' * _DEEP, b"[" * 500 + b"]" * 500, b'{"ticket":' * 900 + b"1" + b"}" * 900,
    b"NaN", b"[NaN]", b'{"ticket": NaN, "score": Infinity, "id": -Infinity}',
    b"1" + b"0" * 400, b'{"ticket": 1' + b"0" * 400 + b"}", b'{"id": 1e999, "score": -1e999}',
    b'{"id": 1' + b"0" * 5000 + b"}",
    b'{"ticket": "a\\u0000b"}', b'{"ticket": "\0"}', b'{"ticket": "\\ud800"}', b'{"\\udfff": "\\ud800\\ud800"}',
    b'{"at": "0001-01-01T00:00:00+14:00"}', b'{"at": "9999-12-31T23:59:59-14:00"}',
    b'{"id": 1, "id": 2, "id": null}', b'{"__proto__": {}, "constructor": 1, "": ""}',
    "{}".encode("utf-16"), '{"ticket": "1"}'.encode("utf-32"), b"\xef\xbb\xbf{}", b"\xff\xfe",
    b"\xc3\x28", b"\x80" * 64,
    b"ticket=1&ticket=2&%zz=%", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n",
    b'{"ticket": "{$conv_id}", "status": "{{ticket.status}}"}',
)  # fmt: skip

#: What a leaf of a genuine JSON body is replaced with, as JSON text.
LEAVES: tuple[str, ...] = (
    "null", "true", "0", "-1", "1" + "0" * 400, "1e308", "0.5", '""', '" "', '"\\u0000"', '"\\ud800"', '"é"',
    '"0001-01-01T00:00:00+14:00"', '"2026-02-30T00:00:00Z"', '"9999-12-31T23:59:59-14:00"', '"' + "x" * 3000 + '"',
    "[]", "{}", "[[]]", '[{"id": {}}]', '{"id": []}', '[null, 1, "a"]', "[" * 300 + "]" * 300,
)  # fmt: skip


def spoiled(body: bytes) -> Iterator[bytes]:
    """The body with each of its values in turn left out, and replaced by each hostile leaf."""
    try:
        genuine = json.loads(body)
    except ValueError:
        return
    for path in _paths(genuine, ()):
        yield json.dumps(_without(genuine, path)).encode()
        for leaf in LEAVES:
            # Put in as text: the leaf must reach the reader as it stands, not as this module would write it.
            yield json.dumps(_replaced(genuine, path)).replace('"@@leaf@@"', leaf).encode()


def _paths(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths(inner, (*path, key))


def _without(value: Any, path: tuple[str | int, ...]) -> Any:
    key, rest = path[0], path[1:]
    if not rest:
        if isinstance(value, dict):
            return {name: inner for name, inner in value.items() if name != key}
        return [inner for index, inner in enumerate(value) if index != key]
    return _with(value, key, _without(value[key], rest))


def _replaced(value: Any, path: tuple[str | int, ...]) -> Any:
    if not path:
        return "@@leaf@@"
    return _with(value, path[0], _replaced(value[path[0]], path[1:]))


def _with(value: Any, key: str | int, inner: Any) -> Any:
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = inner
    return copy
