"""Chatwoot fulfils what every desk must."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from integrations.base import Access, Call
from integrations.registry import desk_named
from integrations.session import NoGate, Session
from integrations.times import HOUR, SECOND, Instant
from tests.desks.chatwoot.samples import (
    BEGIN,
    about,
    access,
    by_address,
    changed,
    conversation,
    inner_message,
    said,
    signed,
    survey,
)
from tests.desks.chatwoot.world import Office
from tests.desks.contract import DeskContract, Way, Written
from tests.desks.serving import serving


class _Served:
    """The simulated Chatwoot, filled, as the contract looks at it."""

    since: Instant = BEGIN - HOUR

    def __init__(self, office: Office, session: Session) -> None:
        self.session = session
        self._office = office
        office.simulator.api.page = 2
        for name in ("Website", "WhatsApp"):
            office.talk(name)
        talk = office.talk()
        world, clock = office.world, office.clock
        world.assign(talk, clock.later(), office.eva)
        world.reply(talk, clock.later(), office.eva, "Is it an old one?")
        world.note(talk, clock.later(), office.eva, "The third this week")
        world.set_labels(talk, clock.later(), ["lamp", "vip"])
        world.set_custom(talk, clock.later(), {"region": "south"})
        world.set_status(talk, clock.later(), "resolved")
        world.rate(talk, clock.later(), 4, "Kind")
        world.write(talk, clock.later(), "It flickers again")
        self.ticket = str(talk.id)

    def written(self) -> Written:
        return self._office.written()

    def lose_next_answer(self) -> None:
        self._office.simulator.api.troubles.append("drop")


#: A conversation as little as one can be; what else it holds is in the calls about conversations.
_BARE = {
    "id": 310, "inbox_id": 12, "channel": "Channel::WebWidget", "status": "open", "created_at": BEGIN // SECOND,
    "updated_at": BEGIN / SECOND + 0.25, "meta": {"sender": {"id": 501}},
}  # fmt: skip
#: What nobody reads; it would only be spoiled in vain, a thousand times.
_UNREAD = (
    "contact_inbox", "timestamp", "waiting_since", "first_reply_created_at", "snoozed_until", "priority", "inbox",
    "source_id", "phone_number", "email", "identifier", "thumbnail", "display_type", "city", "created_at_ip", "plan",
    "referer", "additional_attributes", "hmac_verified", "name", "last_activity_at",
)  # fmt: skip


def _thin(body: bytes) -> bytes:
    def thin(told: Any) -> Any:
        if isinstance(told, dict):
            return {name: thin(value) for name, value in told.items() if name not in _UNREAD}
        return [thin(one) for one in told] if isinstance(told, list) else told

    return json.dumps(thin(json.loads(body))).encode()


class TestChatwoot(DeskContract):
    desk = desk_named("chatwoot")

    def ways(self) -> Sequence[Way]:
        return (
            Way("signature", signed, ("x-chatwoot-signature", "x-chatwoot-timestamp")),
            Way("address", by_address, ("?token",), covers_body=False),
        )

    def samples(self) -> Mapping[str, Call]:
        moment = BEGIN + HOUR
        bodies = {
            "said": said(held=_BARE),
            "changed": about(
                "conversation_updated",
                inner_message(),
                status="resolved",
                updated=moment,
                labels=["lamp"],
                custom_attributes={"region": "south"},
                changed=changed(moment, status=("pending", "open"), label_list=([], ["lamp"]), team_id=(None, 6)),
            ),
            "rated": survey(given={"rating": 2, "feedback_message": "Slow"}, when=moment, held=_BARE),
        }
        return {name: self.call(_thin(body)) for name, body in bodies.items()}

    def access(self) -> Access:
        return access()

    @contextmanager
    def served(self) -> Iterator[_Served]:
        office = Office()
        with serving(office.simulator.app) as url:
            account = office.access(url)
            clock = lambda: office.clock.now / SECOND  # noqa: E731 -- as a session takes it
            with Session(account, NoGate(), allow_private=True, clock=clock) as session:
                yield _Served(office, session)
        assert office.simulator.violations == []

    def tagged(self, tags: Sequence[str]) -> Call:
        return self.call(about("conversation_updated", labels=list(tags)))


def test_a_sample_is_as_long_as_a_genuine_one() -> None:
    assert {"meta", "labels", "contact_inbox", "waiting_since"} <= conversation().keys()
