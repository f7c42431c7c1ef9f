"""The bridge: three addresses below `[desk] url` through which a generic desk is asked and written to.

    GET  /tickets/{id}            {"events": […], "present": {…}, "names": {…}}
    GET  /events?since=&cursor=   {"events": […], "next": cursor or null, "total": n}
    POST /actions                 an action as JSON → {"id": the object's id or null, "changed": true or false}

Questions carry `Authorization: Bearer <secret>`, actions a Standard Webhooks signature. Documented in
docs/desks/generic.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote
from uuid import uuid4

import orjson

from integrations.actions import Action, AddNote, AddTag, Done, PutSummary, RemoveTag, SetField
from integrations.base import Page, Present, Reading
from integrations.errors import DeskpulseError, Gone, Rejected, Skip, Unreadable
from integrations.events import JSONObject, JSONValue
from integrations.generic import payloads
from integrations.session import Failure, Session
from integrations.signatures import standard_webhooks_signature
from integrations.times import SECOND, Instant, iso


def ticket(id_: str, session: Session) -> Reading:
    """All that the bridge knows about one ticket; a ticket that it does not know is observed deleted."""
    _require_bridge(session)
    asked_at = session.now()
    if id_ in ("", ".", ".."):  # a path of dots would lead elsewhere
        raise Gone(f"{id_} is no ticket")
    try:
        said = _object(session.get("/tickets/" + quote(id_, safe=""), headers=_bearer(session)).json)
    except Gone:
        return Reading(present=(Present(ticket=id_, asked_at=asked_at, values={"status": "deleted"}),))
    try:
        found = payloads.reading({"events": [], **said}, received_at=session.now())
        holds = (payloads.present(said["present"], ticket=id_, asked_at=asked_at),) if said.get("present") else ()
    except Unreadable as error:
        raise Rejected(f"the bridge's answer about ticket {id_} cannot be read: {error}") from error
    if any(event.ticket != id_ for event in found.events):
        raise Rejected(f"the bridge's answer about ticket {id_} holds events of another ticket")
    return Reading(events=found.events, present=holds, names=found.names)


def events(session: Session, *, since: Instant, cursor: str | None) -> Iterator[Page]:
    """Every page of events since then, after the cursor."""
    _require_bridge(session)
    return _pages(session, since, cursor)


def _pages(session: Session, since: Instant, cursor: str | None) -> Iterator[Page]:
    while True:
        page = _page(session, since, cursor)
        yield page
        if page.cursor is None:
            return
        if page.cursor == cursor:
            raise Rejected("the bridge gives the same cursor again; the next page of events cannot be asked for")
        cursor = page.cursor


def _page(session: Session, since: Instant, cursor: str | None) -> Page:
    params: dict[str, str | int] = {"since": iso(since)} if cursor is None else {"since": iso(since), "cursor": cursor}
    said = _object(session.get("/events", params=params, headers=_bearer(session)).json)
    following, total = said.get("next"), said.get("total")
    if not (following is None or (isinstance(following, str) and following)):
        raise Rejected("the bridge's answer to /events cannot be read: next must be a text or null")
    try:
        found = payloads.reading({"events": [], **said}, received_at=session.now())
    except Unreadable as error:
        raise Rejected(f"the bridge's answer to /events cannot be read: {error}") from error
    return Page(found, cursor=following, total=total if type(total) is int else None)


def check(session: Session) -> None:
    """Ask for the newest events, to see that the bridge is there and takes our secret."""
    _page(session, session.now(), None)


def act(action: Action, session: Session) -> Done:
    """Have the bridge do it; the `webhook-id` says which notes are the same one."""
    _require_bridge(session)
    body = orjson.dumps(_as_json(action))
    id_ = _id(action)
    timestamp = str(session.now() // SECOND)
    answer = session.request(
        "POST",
        "/actions",
        body=body,
        headers={
            "content-type": "application/json",
            "webhook-id": id_,
            "webhook-timestamp": timestamp,
            "webhook-signature": standard_webhooks_signature(_secret(session).encode(), id_, timestamp, body),
        },
        meaning=_not_done_here,
    )
    said = {} if answer.json is None else _object(answer.json)
    made = said.get("id")
    if not isinstance(made, str | int | None):
        raise Rejected("the bridge's answer to /actions cannot be read: id must be a text or null")
    return Done(object_id=None if made is None else str(made), changed=said.get("changed") is not False)


def _id(action: Action) -> str:
    """A note's id is made from its content, because it is added once; everything else has a new one each time.

    A tag may come, go and come again: a bridge that passes over ids that it knows must not pass over the third.
    """
    if not isinstance(action, AddNote):
        return "act_" + uuid4().hex
    return "act_" + hashlib.sha256(orjson.dumps(_as_json(action), option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


_WORDS: Final[tuple[tuple[type[Action], str], ...]] = (
    (AddTag, "add_tag"),
    (RemoveTag, "remove_tag"),
    (SetField, "set_field"),
    (AddNote, "add_note"),
    (PutSummary, "put_summary"),
)


def _as_json(action: Action) -> dict[str, JSONValue]:
    for kind, word in _WORDS:
        if isinstance(action, kind):
            try:
                # orjson writes dataclasses, nested ones too.
                return {"action": word, **orjson.loads(orjson.dumps(action))}
            except orjson.JSONEncodeError as error:
                raise Rejected(f"the action cannot be written as JSON: {error}") from error
    raise Skip(f"a bridge takes no {type(action).__name__}")


def _not_done_here(failure: Failure) -> DeskpulseError | None:
    # 405 and 501 are how the protocol lets a bridge say that its desk has nothing of the kind.
    return Skip("the bridge does not do this kind of action") if failure.status in (405, 501) else None


def _require_bridge(session: Session) -> None:
    if not session.access.url:
        raise Skip("this account has no bridge: set [desk] url to ask and write")


def _secret(session: Session) -> str:
    return session.access.credentials.get("secret", "")


def _bearer(session: Session) -> dict[str, str]:
    return {"authorization": f"Bearer {_secret(session)}"}


def _object(value: JSONValue) -> JSONObject:
    if not isinstance(value, dict):
        raise Rejected("the bridge's answer is not a JSON object")
    return value
