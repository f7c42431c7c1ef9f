"""The contract's part on proofs: who is let in, and that nothing but BadProof keeps the others out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.base import Call
from integrations.errors import BadProof
from integrations.times import SECOND
from tests.desks.hooks import NOW, DeskHooks, Way, carried, with_carrier
from tests.tries import tries

#: Inherited tests run for several classes, which hypothesis takes for a mistake.
EVERY_DESK = settings(max_examples=tries(4), suppress_health_check=[HealthCheck.differing_executors])

_BODY = b'{"ticket": "71", "note": "Gr\xc3\xbc\xc3\x9fe"}'
_HOSTILE = (
    "", " ", ",", "=", ".", "\0", "\ud800", "é", "٣", "-1", "NaN", "9" * 400, "v1,", "v1,é", "v1a,x", "sha256=",
    "sha256=é", "whsec_", "Bearer", "Bearer ", "Bearer \0", "Basic Og==", "v1," + "A" * 100_000,
)  # fmt: skip
_ANY_TEXT = st.one_of(st.text(max_size=80), st.sampled_from(_HOSTILE))


class ProofContract(DeskHooks):
    """What `verify` and `delivery` must do with genuine, changed and hostile calls."""

    def test_a_genuine_call_is_let_in_every_way(self) -> None:
        for way in self.ways():
            self.desk.verify(self._signed(way), self.secrets[:1], now=NOW)

    def test_a_missing_proof_is_refused(self) -> None:
        for way in self.ways():
            for carrier in way.carriers:
                self._refused(with_carrier(self._signed(way), carrier, None))
                self._refused(with_carrier(self._signed(way), carrier, ""))

    def test_a_proof_with_any_character_changed_is_refused(self) -> None:
        for way in self.ways():
            call = self._signed(way)
            for carrier in way.carriers:
                for text in _one_character_changed(carried(call, carrier)):
                    self._refused(with_carrier(call, carrier, text))

    def test_a_truncated_proof_is_refused(self) -> None:
        for way in self.ways():
            call = self._signed(way)
            for carrier in way.carriers:
                text = carried(call, carrier)
                for length in range(len(text)):
                    self._refused(with_carrier(call, carrier, text[:length]))

    def test_a_changed_body_is_refused_where_the_proof_covers_it(self) -> None:
        for way in self.ways():
            call = self._signed(way)
            for body in (call.body + b" ", call.body[:-1], b"", call.body.swapcase()) if way.covers_body else ():
                self._refused(replace(call, body=body))

    def test_a_proof_made_with_another_secret_is_refused(self) -> None:
        for way in self.ways():
            self._refused(self._signed(way), secrets=self.secrets[1:])

    def test_without_any_secret_nobody_is_let_in(self) -> None:
        for way in self.ways():
            self._refused(self._signed(way), secrets=())

    def test_an_empty_secret_lets_nobody_in(self) -> None:
        for way in self.ways():
            self._refused(way.sign(_BODY, b"", NOW), secrets=(b"",))

    def test_during_a_rotation_both_secrets_are_good_and_afterwards_only_the_new_one(self) -> None:
        old, new = self.secrets
        for way in self.ways():
            of_old, of_new = way.sign(_BODY, old, NOW), way.sign(_BODY, new, NOW)
            for both in ((old, new), (new, old)):
                self.desk.verify(of_old, both, now=NOW)
                self.desk.verify(of_new, both, now=NOW)
            self.desk.verify(of_new, (new,), now=NOW)
            self._refused(of_old, secrets=(new,))

    @EVERY_DESK
    @given(data=st.data())
    def test_hostile_proofs_are_refused_and_never_an_accident(self, data: st.DataObject) -> None:
        way = data.draw(st.sampled_from(list(self.ways())))
        call = self._signed(way)
        carrier = data.draw(st.sampled_from(way.carriers))
        text = data.draw(_ANY_TEXT)
        if text.strip() != carried(call, carrier).strip():
            self._refused(with_carrier(call, carrier, text))

    @EVERY_DESK
    @given(body=st.binary(max_size=200), query=st.dictionaries(_ANY_TEXT, _ANY_TEXT, max_size=3), data=st.data())
    def test_hostile_calls_are_refused_and_never_an_accident(
        self, body: bytes, query: dict[str, str], data: st.DataObject
    ) -> None:
        names = sorted({carrier.lstrip("?") for way in self.ways() for carrier in way.carriers})
        headers = data.draw(st.dictionaries(st.sampled_from([*names, "content-type", "x-other"]), _ANY_TEXT))
        asked = query | data.draw(st.dictionaries(st.sampled_from(names), _ANY_TEXT, max_size=2))
        call = Call(body=body, headers=headers, query=asked, received_at=NOW)
        self._refused(call, secrets=self.secrets)
        delivery = self.desk.delivery(call)
        assert delivery is None or isinstance(delivery, str)

    def test_the_same_call_has_the_same_delivery_id(self) -> None:
        for way in self.ways():
            call = self._signed(way)
            later = replace(call, received_at=call.received_at + 3600 * SECOND)
            assert self.desk.delivery(call) == self.desk.delivery(later)

    def _signed(self, way: Way) -> Call:
        return way.sign(_BODY, self.secrets[0], NOW)

    def _refused(self, call: Call, *, secrets: Sequence[bytes] | None = None) -> None:
        with pytest.raises(BadProof) as caught:
            self.desk.verify(call, self.secrets[:1] if secrets is None else secrets, now=NOW)
        for secret in self.secrets:
            assert secret.decode() not in str(caught.value)


def _one_character_changed(text: str) -> list[str]:
    """The text with each character replaced by one that is not the same letter in the other case."""
    return [text[:i] + ("0" if text[i] != "0" else "1") + text[i + 1 :] for i in range(len(text))]
