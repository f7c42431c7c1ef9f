"""The generic desk fulfils the contract, reads its own language, and proves calls in three ways."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.base import Access, Call, Desk
from integrations.errors import BadProof, Refused, Skip, Unreadable
from integrations.events import KINDS, TYPES
from integrations.generic.simulator import Simulator
from integrations.registry import desk_named
from integrations.session import NoGate, Session
from integrations.times import DAY, SECOND, Instant, instant_of_iso
from tests.desks.contract import NOW, DeskContract, Way, Written
from tests.desks.serving import serving
from tests.integrations.test_events import LINES

GENERIC: Desk = desk_named("generic")
SECRET = DeskContract.secrets[0]


def access(url: str = "") -> Access:
    return Access(url=url, credentials={"secret": SECRET.decode()}, zone=ZoneInfo("UTC"), account="acme")


def standard(body: bytes, secret: bytes, now: Instant, *, id_: str = "msg_71") -> Call:
    """Signed here by hand, as the specification says, and not with the code under test."""
    timestamp = str(now // SECOND)
    key = base64.b64decode(secret.removeprefix(b"whsec_"))
    digest = hmac.new(key, f"{id_}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "content-type": "application/json", "webhook-id": id_, "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }  # fmt: skip
    return Call(body=body, headers=headers, query={}, received_at=now)


def x_signature(body: bytes, secret: bytes, now: Instant) -> Call:
    proof = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return Call(body=body, headers={"x-signature": proof}, query={}, received_at=now)


def bearer(body: bytes, secret: bytes, now: Instant) -> Call:
    return Call(body=body, headers={"authorization": f"Bearer {secret.decode()}"}, query={}, received_at=now)


def line(type_: str, **changes: Any) -> dict[str, Any]:
    return {"type": type_, "ticket": "T-71", "at": "2026-06-14T08:30:00Z", **LINES[type_], **changes}


def call(value: Any) -> Call:
    return standard(json.dumps(value).encode(), SECRET, NOW)


@dataclass(frozen=True)
class Bridge:
    """A simulated desk behind its bridge."""

    simulator: Simulator
    session: Session
    ticket: str
    since: Instant

    def written(self) -> Written:
        tickets = self.simulator.tickets
        return Written(
            tags={id_: frozenset(ticket.tags) for id_, ticket in tickets.items()},
            fields={id_: dict(ticket.fields) for id_, ticket in tickets.items()},
            notes={id_: tuple(ticket.notes) for id_, ticket in tickets.items()},
            summaries={id_: json.dumps(summary) for id_, summary in self.simulator.summaries.items()},
        )

    def lose_next_answer(self) -> None:
        self.simulator.misbehave("drop")


@contextmanager
def bridge(*, days: int = 3) -> Iterator[Bridge]:
    simulator = Simulator(71)
    simulator.connect("", SECRET.decode())
    simulator.clock = lambda: NOW
    simulator.history(days, NOW)
    waiting = next(id_ for id_, ticket in simulator.tickets.items() if ticket.status in ("open", "pending"))
    with (
        serving(simulator.app) as url,
        Session(access(url), NoGate(), allow_private=True, clock=lambda: NOW / SECOND, timeout=(5, 5)) as session,
    ):
        yield Bridge(simulator, session, waiting, NOW - 30 * DAY)


class TestContract(DeskContract):
    desk = GENERIC

    def ways(self) -> Sequence[Way]:
        return (
            Way("Standard Webhooks", standard, ("webhook-id", "webhook-timestamp", "webhook-signature")),
            Way("X-Signature", x_signature, ("x-signature",)),
            Way("bearer", bearer, ("authorization",), covers_body=False),
        )

    def samples(self) -> Mapping[str, Call]:
        each = {type_: call(line(type_)) for type_ in TYPES}
        return {**each, "several": call({"events": [line(type_) for type_ in list(TYPES)[:4]]})}

    def access(self) -> Access:
        return access()

    @contextmanager
    def served(self) -> Iterator[Bridge]:
        with bridge() as found:
            yield found
            assert [line for line in found.simulator.refused if "there is no ticket" not in line] == []

    def tagged(self, tags: Sequence[str]) -> Call:
        return call({"events": [line("ticket.created", tags=tags), line("ticket.tagged", tags=tags, add_tags=tags)]})


class TestProofs:
    def test_any_of_several_signatures_will_do(self) -> None:
        signed = standard(b"{}", SECRET, NOW)
        good = signed.headers["webhook-signature"]
        for several in (f"v1,AAAA {good}", f"{good} v1,AAAA", f"v1a,b4 v2,{good[3:]}  {good}"):
            GENERIC.verify(replace(signed, headers={**signed.headers, "webhook-signature": several}), [SECRET], now=NOW)
        other = {**signed.headers, "webhook-signature": f"v2,{good[3:]}"}
        with pytest.raises(BadProof):
            GENERIC.verify(replace(signed, headers=other), [SECRET], now=NOW)

    @pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
    def test_a_clock_may_be_300_seconds_off_both_ways(self, seconds: int) -> None:
        GENERIC.verify(standard(b"{}", SECRET, NOW + seconds * SECOND), [SECRET], now=NOW)

    @pytest.mark.parametrize("seconds", [-86400, -301, 301, 86400])
    def test_a_signature_of_another_time_is_refused(self, seconds: int) -> None:
        with pytest.raises(BadProof, match="300 seconds"):
            GENERIC.verify(standard(b"{}", SECRET, NOW + seconds * SECOND), [SECRET], now=NOW)

    def test_the_strongest_proof_decides(self) -> None:
        """A right bearer secret does not heal a wrong signature."""
        for weaker in (x_signature(b"{}", SECRET, NOW), bearer(b"{}", SECRET, NOW)):
            broken = standard(b"{ }", SECRET, NOW).headers
            with pytest.raises(BadProof):
                GENERIC.verify(replace(weaker, headers={**weaker.headers, **broken}), [SECRET], now=NOW)
        right = {**bearer(b"{}", SECRET, NOW).headers, "x-signature": "sha256=00"}
        with pytest.raises(BadProof):
            GENERIC.verify(Call(b"{}", right, {}, NOW), [SECRET], now=NOW)

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    def test_the_scheme_is_read_in_any_case_and_no_other_scheme_is(self, scheme: str) -> None:
        GENERIC.verify(Call(b"", {"authorization": f"{scheme} {SECRET.decode()}"}, {}, NOW), [SECRET], now=NOW)
        for wrong in (f"Basic {SECRET.decode()}", SECRET.decode(), f"Token {SECRET.decode()}"):
            with pytest.raises(BadProof):
                GENERIC.verify(Call(b"", {"authorization": wrong}, {}, NOW), [SECRET], now=NOW)

    def test_a_signed_call_without_an_id_is_refused(self) -> None:
        with pytest.raises(BadProof, match="webhook-id"):
            GENERIC.verify(standard(b"{}", SECRET, NOW, id_=""), [SECRET], now=NOW)

    def test_a_secret_in_the_address_is_no_proof(self) -> None:
        with pytest.raises(BadProof):
            GENERIC.verify(
                Call(b"{}", {}, {"secret": SECRET.decode(), "token": SECRET.decode()}, NOW), [SECRET], now=NOW
            )


class TestDelivery:
    def test_webhook_id_names_the_delivery_whatever_the_proof(self) -> None:
        assert GENERIC.delivery(standard(b"{}", SECRET, NOW, id_="msg_9")) == "msg_9"
        assert GENERIC.delivery(Call(b"", {"webhook-id": " 9 "}, {}, NOW)) == "9"

    def test_without_one_every_call_is_new(self) -> None:
        assert GENERIC.delivery(bearer(b"{}", SECRET, NOW)) is None
        assert GENERIC.delivery(Call(b"", {"webhook-id": ""}, {}, NOW)) is None

    def test_an_id_that_no_table_could_hold_is_digested(self) -> None:
        for odd in ("x" * 5000, "a\0b", "é", "\ud800"):
            found = GENERIC.delivery(Call(b"", {"webhook-id": odd}, {}, NOW))
            assert found == GENERIC.delivery(Call(b"", {"webhook-id": odd}, {}, NOW))
            assert found is not None
            assert len(found) == 64


def unreadable(body: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        GENERIC.parse(standard(body, SECRET, NOW), access())
    return str(caught.value)


class TestReading:
    def test_one_event_and_a_list_of_one_are_the_same(self) -> None:
        one = GENERIC.parse(call(line("survey.answered")), access())
        listed = GENERIC.parse(call({"events": [line("survey.answered")]}), access())
        assert one.events == listed.events
        assert one.events[0].data["score"] == 6

    def test_the_order_of_a_list_is_kept_and_an_empty_one_says_nothing(self) -> None:
        types = list(TYPES)
        reading = GENERIC.parse(call({"events": [line(type_) for type_ in types]}), access())
        assert [event.type for event in reading.events] == types
        assert GENERIC.parse(call({"events": []}), access()).events == ()

    def test_one_bad_event_stops_the_call_and_is_named(self) -> None:
        lines = [line("ticket.created"), line("survey.answered", score="five"), line("status.changed")]
        assert (
            unreadable(json.dumps({"events": lines}).encode()) == "events[1]: survey.answered: score must be a number"
        )
        assert unreadable(b'{"events": [null]}') == "events[0]: an event must be a JSON object"
        assert unreadable(b'{"events": {}}') == "events must be a list of event objects"

    def test_a_body_that_is_not_json_says_so(self) -> None:
        assert unreadable(b"ticket=71").startswith("the body is not JSON")

    @pytest.mark.parametrize("left", ["{{ticket.id}}", "{$conv_id}", "${id}", "T-{{ id }}", "{% id %}", "<%= id %>"])
    def test_a_placeholder_that_was_not_filled_in_is_unreadable(self, left: str) -> None:
        for spoiled in (
            line("ticket.created", ticket=left), line("ticket.created", tags=["vip", left]),
            line("ticket.created", fields={"region": left}), line("ticket.created", channel=left),
        ):  # fmt: skip
            said = unreadable(json.dumps(spoiled).encode())
            assert "placeholder" in said
            assert "did not fill in" in said

    def test_a_customer_may_write_braces(self) -> None:
        reading = GENERIC.parse(call(line("survey.answered", comment="I saw {{first_name}} in the mail")), access())
        assert "{{first_name}}" in reading.events[0].data["comment"]

    def test_adding_a_tag_of_ours_comes_back_as_nothing(self) -> None:
        ours = {"type": "ticket.tagged", "ticket": "T-71", "at": "2026-06-14T08:30:00Z", "add_tags": ["channel-email"]}
        assert GENERIC.parse(call(ours), access()).events == ()
        (kept,) = GENERIC.parse(call({**ours, "tags": ["channel-email"]}), access()).events
        assert kept.data["tags"] == []

    def test_the_tag_of_our_summaries_is_read(self) -> None:
        (made,) = GENERIC.parse(call(line("ticket.created", tags=["deskpulse-summary", "vip"])), access()).events
        assert made.data["tags"] == ["deskpulse-summary", "vip"]

    def test_names_come_beside_the_events(self) -> None:
        body = {"events": [], "names": {"agent": {"a-4": "Mira", "a-5": "Tom"}, "mood": {}}}
        assert GENERIC.parse(call(body), access()).names == {"agent": {"a-4": "Mira", "a-5": "Tom"}}
        hostile: list[Any] = [[], 7, "x", {"agent": []}, {"agent": {"a": {}}}, {"agent": {"": "x"}}]
        for wrong in hostile:
            assert unreadable(json.dumps({"events": [], "names": wrong}).encode()).startswith("names must be")

    def test_an_event_far_in_the_future_is_unreadable(self) -> None:
        assert "24 hours" in unreadable(json.dumps(line("ticket.created", at="2026-06-16T12:00:01Z")).encode())
        at_the_edge = GENERIC.parse(call(line("ticket.created", at="2026-06-16T12:00:00Z")), access())
        assert at_the_edge.events[0].at == instant_of_iso("2026-06-16T12:00:00Z")


class TestWithoutABridge:
    def test_it_is_skipped_and_nothing_is_called(self) -> None:
        with Session(access(), NoGate()) as session:
            with pytest.raises(Skip, match=r"\[desk\] url"):
                GENERIC.refresh("T-71", session)
            with pytest.raises(Skip, match=r"\[desk\] url"):
                list(GENERIC.backfill(session, since=NOW))
            with pytest.raises(Skip, match=r"\[desk\] url"):
                list(GENERIC.reconcile(session, since=NOW))

    def test_connecting_says_what_to_do_by_hand(self) -> None:
        with Session(access(), NoGate()) as session:
            found = GENERIC.install(session, webhook_url="https://pulse.example/webhooks/generic/acme", secret="s3cret")
        assert found.done == ()
        assert "https://pulse.example/webhooks/generic/acme" in found.by_hand[0]
        assert not any("s3cret" in step for step in found.by_hand)

    def test_connecting_with_a_bridge_tries_it(self) -> None:
        with bridge() as found:
            done = GENERIC.install(found.session, webhook_url="https://pulse.example/x", secret=SECRET.decode())
            assert done.done == (f"The bridge at {found.session.access.url} answers",)
            asked = GENERIC.install(
                found.session, webhook_url="https://pulse.example/x", secret=SECRET.decode(), link_fields=("a_link",)
            )
            assert asked.by_hand == (*done.by_hand, "Let the bridge take links to surveys: set_field of a_link")
            found.simulator.connect("", "another secret")
            with pytest.raises(Refused, match="check the credentials"):
                GENERIC.install(found.session, webhook_url="https://pulse.example/x", secret=SECRET.decode())


def test_the_desk_asks_all_kinds_of_survey() -> None:
    assert GENERIC.capabilities.surveys == KINDS
