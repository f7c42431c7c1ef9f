"""`/settings`: an account's settings, the same keys as `account.toml`, to read and to change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from flask import Response, request

from plugin.api import forms, schemas
from plugin.api.parts import Parts
from plugin.api.routes import Routes
from plugin.errors import Problem
from workers.accounts import Account
from workers.rules import InvalidSettings, SettingsSchema
from workers.store import accounts

#: Settings are no longer than this, in bytes.
_LONGEST: Final = 256 * 1024
_TYPES: Final = frozenset({"", "application/json", "application/merge-patch+json"})

Settings = Mapping[str, Any]


def add_settings(routes: Routes, parts: Parts) -> None:
    """Add the address with its three methods."""

    def get_settings(account: str) -> Response:
        """The account's settings; none of its secrets is among them.

        Needs the scope `settings`.
        """
        with parts.database.read() as connection:
            return forms.document(parts.account(connection, account).settings)

    def put_settings(account: str) -> Response:
        """Put other settings in the place of all.

        What is not named is as if it had never been set. Settings that count differently have history counted again
        in the background, as with `deskpulse account set`. Needs the scope `settings`.
        """
        body = _body()
        return _changed(parts, account, lambda _: body)

    def patch_settings(account: str) -> Response:
        """Change some settings and leave the others (JSON Merge Patch, RFC 7396: null takes a key out).

        Needs the scope `settings`.
        """
        body = _body()
        return _changed(parts, account, lambda held: _merged(held, body))

    answer, now = SettingsSchema, "The settings now in force."
    routes.add("GET", "/settings", get_settings, answer=answer, told="The settings in force.")
    routes.add("PUT", "/settings", put_settings, answer=answer, told=now, body=schemas.SETTINGS_BODY)
    routes.add("PATCH", "/settings", patch_settings, answer=answer, told=now, body=schemas.SETTINGS_BODY)


def _body() -> dict[str, Any]:
    if request.mimetype not in _TYPES:
        raise Problem(415)
    request.max_content_length = _LONGEST
    try:
        found = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"The body is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise Problem(422, "The body must be one JSON object of settings.", code="invalid_settings")
    return found


def _changed(parts: Parts, slug: str, change: Callable[[Settings], Settings]) -> Response:
    with parts.database.write() as connection:
        before = parts.account(connection, slug)
        after = _with(before, change(before.settings), parts)
        accounts.save(connection, after, parts.vault)
    return forms.document(after.settings)


def _with(before: Account, settings: Settings, parts: Parts) -> Account:
    try:
        after = accounts.with_settings(before, settings, clock=parts.clock)
    except InvalidSettings as error:
        raise _refused(str(error), error.wrong) from error
    if _desk_address(after.settings) != _desk_address(before.settings):
        # Whoever moves it has the desk's credentials sent there; a token must not reach that far.
        told = "It is changed at the command line only, by `deskpulse connect` or `account set`."
        raise _refused(f"desk.url: {told}", {"desk.url": told})
    return after


def _refused(message: str, wrong: Mapping[str, str]) -> Problem:
    """422: what is wrong with each of these settings; the message names them as they are written."""
    return Problem(422, f"{message.removesuffix('.')}.", code="invalid_settings", details=wrong)


def _desk_address(settings: Settings) -> str | None:
    address: str | None = settings.get("desk", {}).get("url")
    return address


def _merged(held: Any, patch: Any) -> Any:
    """RFC 7396: objects are merged, null takes out, all else takes the place of what was."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(held) if isinstance(held, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result
