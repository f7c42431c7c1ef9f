"""The small words that everybody speaks: fields, actions, errors, moments, proofs and addresses, for any value."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import math
import re
import tomllib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from integrations import errors
from integrations.actions import AddTag, RemoveTag, channel_tag, is_own_tag
from integrations.addresses import is_public
from integrations.base import Call, Capabilities, Desk, Installed, Reading
from integrations.errors import (
    BadProof,
    DeskpulseError,
    Gone,
    RateLimited,
    Refused,
    Rejected,
    Skip,
    Unavailable,
    Unclear,
)
from integrations.fields import CHANNELS, FIELDS, STATUSES, field_of, sequence_number, text
from integrations.registry import DESK_NAMES, desk_named
from integrations.session import Session, retry_after
from integrations.signatures import require_any, require_recent, standard_webhooks_key, standard_webhooks_signature
from integrations.times import SECOND, instant, instant_of_iso, instant_of_local, iso, utc
from tests.integrations.wires import NOON, URL, session_to

ROOT = Path(__file__).parents[2]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)
MOMENT = st.integers(631_238_400, 7_258_032_000).map(lambda seconds: datetime.fromtimestamp(seconds + 0.5, UTC))


class Bare(Desk):
    """A desk that can nothing but be called."""

    name = "bare"
    title = "Bare"
    capabilities = Capabilities()

    def verify(self, call: Call, secrets: Any, *, now: int) -> None:
        raise BadProof("never")

    def parse(self, call: Call, access: Any) -> Reading:
        return Reading()


class TestFields:
    @pytest.mark.parametrize("name", FIELDS)
    @given(value=JSON)
    def test_any_value_is_refused_or_made_canonical_for_good(self, name: str, value: Any) -> None:
        check = FIELDS[name].check
        try:
            made = check(value)
        except ValueError:
            return
        assert check(made) == made
        assert orjson.loads(orjson.dumps(made)) == made

    @pytest.mark.parametrize("name", [name for name, one in FIELDS.items() if "enum" in one.schema])
    def test_a_word_of_a_list_is_taken_and_no_other(self, name: str) -> None:
        words = FIELDS[name].schema["enum"]
        assert [FIELDS[name].check(word) for word in words] == words
        for wrong in (words[0].upper(), words[0] + " ", "", None, 0):
            with pytest.raises(ValueError, match="must"):
                FIELDS[name].check(wrong)

    @given(st.integers(-(2**53), 2**53))
    def test_a_whole_number_is_the_text_of_its_digits(self, number: int) -> None:
        assert text(number) == str(number)
        assert (text(float(number)) == str(number)) or abs(number) == 0

    @pytest.mark.parametrize("wrong", [2**53 + 2, 0.5, math.nan, math.inf, True, None, [], {}, "", "x" * 513, "a\0b"])
    def test_what_is_no_name_is_refused(self, wrong: Any) -> None:
        with pytest.raises(ValueError, match="must"):
            text(wrong)

    @pytest.mark.parametrize(("value", "read"), [(0, 0), (2**53, 2**53), (3.0, 3)])
    def test_an_order_is_a_whole_number_from_zero(self, value: float, read: int) -> None:
        assert sequence_number(value) == read
        for wrong in (-1, 2**53 + 2, 0.5, True, "1", None, math.nan):
            with pytest.raises(ValueError, match="whole number"):
                sequence_number(wrong)

    def test_direction_means_two_things(self) -> None:
        assert field_of("live.ended", "direction").check("in") == "in"
        assert field_of("survey.answered", "direction").check("easy") == "easy"
        with pytest.raises(ValueError, match="must"):
            field_of("survey.answered", "direction").check("in")

    def test_the_order_of_statuses_breaks_ties_as_the_design_says(self) -> None:
        assert STATUSES == ("new", "open", "pending", "on_hold", "resolved", "closed", "spam", "deleted")


class TestActions:
    @pytest.mark.parametrize("channel", CHANNELS)
    def test_the_tag_of_a_channel_is_ours_and_has_no_underscore(self, channel: str) -> None:
        tag = channel_tag(channel)
        assert tag == "channel-" + "-".join(channel.split("_"))
        assert is_own_tag(tag)

    @given(st.text(max_size=20))
    def test_no_tag_of_anybody_else_can_be_asked_to_go(self, tag: str) -> None:
        if is_own_tag(tag):
            assert RemoveTag("1", tag).tag == tag
        else:
            with pytest.raises(ValueError, match="not a tag of ours"):
                RemoveTag("1", tag)
        assert AddTag("1", tag).tag == tag


class TestDesks:
    def test_what_a_desk_cannot_do_is_nothing_to_do(self) -> None:
        desk, session = Bare(), session_to()
        for asked in (
            lambda: desk.refresh("1", session),
            lambda: desk.backfill(session, since=0),
            lambda: desk.reconcile(session, since=0),
            lambda: desk.apply(AddTag("1", "channel-email"), session),
        ):
            with pytest.raises(Skip, match=r"^Bare "):
                asked()

    def test_a_desk_without_an_api_is_installed_by_doing_nothing(self) -> None:
        assert Bare().install(session_to(), webhook_url="https://x.example", secret="s") == Installed()
        assert Bare().delivery(Call(b"", {}, {}, 0)) is None

    @pytest.mark.parametrize("name", DESK_NAMES)
    def test_each_says_what_it_is_and_wants(self, name: str) -> None:
        desk = desk_named(name)
        assert (desk.name, bool(desk.title)) == (name, True)
        assert desk.accepted in (200, 202)
        assert 0 < desk.requests_per_refresh <= desk.requests_per_minute
        assert len({each.name for each in desk.credentials}) == len(desk.credentials)

    @pytest.mark.parametrize("name", DESK_NAMES)
    def test_each_names_the_options_that_it_reads_and_its_page_those_that_are_written(self, name: str) -> None:
        modules = [path for path in (ROOT / "integrations" / name).glob("*.py") if "simulat" not in path.name]
        texts = [path.read_text(encoding="utf-8") for path in modules]
        reads = re.compile(r'(?:(?:access|self)\.options\.get\(|_table\(options, )"(\w+)"')
        read = {key for text in texts for key in reads.findall(text)}
        page = (ROOT / "docs" / "desks" / f"{name}.md").read_text(encoding="utf-8")
        blocks = (tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL))
        shown = {key for block in blocks for key in block.get("desk", {})} - {"url", "time_zone", "poll_minutes"}
        assert read | shown <= set(desk_named(name).options)
        found_when_connecting = {
            "attributes", "mediums", "own_fields", "state_types", "summary_contact", "summary_inbox",
        }  # fmt: skip
        assert {key for key in desk_named(name).options if key not in page} <= found_when_connecting


class TestErrors:
    def test_each_says_one_of_five_things_to_do(self) -> None:
        kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, DeskpulseError)]
        roots = (errors.BadProof, errors.Unreadable, errors.Retry, errors.GiveUp, errors.Skip)
        for kind in kinds:
            assert kind is DeskpulseError or sum(issubclass(kind, root) for root in roots) == 1


class TestMoments:
    @given(MOMENT, st.integers(-14 * 60, 14 * 60))
    def test_an_offset_changes_the_text_and_not_the_moment(self, moment: datetime, minutes: int) -> None:
        elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
        assert instant(elsewhere) == instant(moment)
        assert instant_of_iso(elsewhere.isoformat()) == instant(moment)

    @given(MOMENT, MOMENT)
    def test_order_and_distance_are_those_of_time(self, one: datetime, other: datetime) -> None:
        distance = instant(one) - instant(other)
        assert timedelta(microseconds=distance) == one - other
        assert (instant(one) < instant(other)) == (one < other)

    @given(MOMENT)
    def test_text_and_back_is_the_same_moment(self, moment: datetime) -> None:
        assert utc(instant_of_iso(iso(instant(moment)))) == moment
        assert iso(instant(moment)).endswith("Z")

    @given(MOMENT.map(lambda moment: moment.replace(microsecond=0)), st.sampled_from(["Europe/Zagreb", "Asia/Tokyo"]))
    def test_a_local_time_is_a_moment_at_which_the_clock_showed_it_or_was_moved(
        self, moment: datetime, name: str
    ) -> None:
        zone = ZoneInfo(name)
        shown = moment.replace(tzinfo=None).isoformat(sep=" ")
        again = utc(instant_of_local(shown, zone)).astimezone(zone).replace(tzinfo=None)
        assert abs(again - moment.replace(tzinfo=None)) <= timedelta(hours=1)


class TestProofs:
    @given(st.binary(min_size=1, max_size=64), st.binary(max_size=200))
    def test_whoever_has_the_key_signs_as_we_do(self, key: bytes, body: bytes) -> None:
        secret = b"whsec_" + base64.b64encode(key)
        assert standard_webhooks_key(secret) == key
        mac = hmac.new(key, b"id.17." + body, hashlib.sha256).digest()
        assert standard_webhooks_signature(secret, "id", "17", body) == "v1," + base64.b64encode(mac).decode()

    @given(st.binary(min_size=1, max_size=32), st.binary(max_size=64), st.integers(0, 255))
    def test_one_changed_byte_spoils_a_proof(self, secret: bytes, body: bytes, place: int) -> None:
        signature = standard_webhooks_signature(secret, "id", "17", body)
        other = bytearray(body + b"x")
        other[place % len(other)] ^= 1
        with pytest.raises(BadProof):
            require_any([secret], [signature], lambda one: standard_webhooks_signature(one, "id", "17", bytes(other)))

    @given(st.lists(st.text(max_size=5), max_size=4))
    def test_without_a_secret_nothing_is_proved(self, proofs: list[str]) -> None:
        for secrets in ([], [b""], [b"", b""]):
            with pytest.raises(BadProof):
                require_any(secrets, proofs, lambda secret: secret.decode())

    @given(st.integers(0, 10**12 - 1), st.integers(-400, 400))
    def test_a_timestamp_may_be_five_minutes_off(self, seconds: int, off: int) -> None:
        now = (seconds + off) * SECOND
        if abs(off) <= 300:
            require_recent(str(seconds), now=now)
        else:
            with pytest.raises(BadProof, match="300 seconds"):
                require_recent(str(seconds), now=now)


class TestAddresses:
    @given(st.ip_addresses(v=4))
    def test_an_address_is_as_private_inside_ipv6_as_by_itself(self, address: ipaddress.IPv4Address) -> None:
        wrapped = [f"::ffff:{address}", str(ipaddress.IPv6Address((0x64FF9B << 96) | int(address)))]
        wrapped.append(str(ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80))))
        assert {is_public(each) for each in wrapped} == {is_public(str(address))}

    @given(
        st.sampled_from(["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16", "fc00::/7", "fe80::/10"]),
        st.data(),
    )
    def test_no_address_of_a_private_network_is_public(self, network: str, data: st.DataObject) -> None:
        address = data.draw(st.ip_addresses(network=network))
        assert not is_public(str(address))

    @pytest.mark.parametrize("text_", ["", "localhost", "1.2.3", "1.2.3.4.5", "::g", "127.1", "0x7f000001"])
    def test_what_is_no_address_is_a_value_error(self, text_: str) -> None:
        with pytest.raises(ValueError, match="IPv4 or IPv6"):
            is_public(text_)


#: What each status means for a read and for a write.
MEANINGS = {
    301: (Rejected, Rejected), 302: (Rejected, Rejected), 400: (Rejected, Rejected), 401: (Refused, Refused),
    403: (Refused, Refused), 404: (Gone, Gone), 408: (Unavailable, Unclear), 409: (Rejected, Rejected),
    410: (Gone, Gone), 422: (Rejected, Rejected), 425: (Unavailable, Unclear), 429: (RateLimited, RateLimited),
    500: (Unavailable, Unclear), 502: (Unavailable, Unclear), 503: (Unavailable, Unavailable),
    504: (Unavailable, Unclear),
}  # fmt: skip


class TestSession:
    @responses.activate
    @pytest.mark.parametrize("status", MEANINGS)
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
    def test_a_write_of_which_nobody_knows_is_told_from_a_read(self, status: int, method: str) -> None:
        responses.add(method, f"{URL}/x", status=status, body=b"no")
        with session_to() as session, pytest.raises(DeskpulseError) as caught:
            session.request(method, "/x")
        assert type(caught.value) is MEANINGS[status][method != "GET"]
        assert f"desk.example answered {status} to {method} /x" in str(caught.value)

    @responses.activate
    @pytest.mark.parametrize("status", [200, 201, 202, 206])
    @pytest.mark.parametrize(
        ("body", "read"), [(b"", None), (b"  \n", None), (b'{"a": [1]}', {"a": [1]}), (b"null", None)]
    )
    def test_any_success_is_its_json_or_nothing(self, status: int, body: bytes, read: Any) -> None:
        responses.add("GET", f"{URL}/x", status=status, body=body)
        with session_to() as session:
            assert (session.get("/x").status, session.get("/x").json) == (status, read)

    @responses.activate
    def test_what_a_desk_repeats_of_our_key_is_not_told_on(self) -> None:
        responses.add("GET", f"{URL}/x", status=422, body=b"bad key k-secret-1 of x")
        with session_to(key="k-secret-1") as session, pytest.raises(Rejected) as caught:
            session.get("/x")
        assert "k-secret-1" not in str(caught.value)
        assert "bad key … of x" in str(caught.value), "and what is too short to be a key stays"

    @given(st.integers(-(10**6), 10**6))
    def test_a_date_to_wait_for_is_seconds_from_now(self, seconds: int) -> None:
        date = datetime.fromtimestamp(NOON + seconds, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        assert retry_after({"retry-after": date}, now=NOON) == min(max(seconds, 1.0), 3600.0)

    def test_its_clock_gives_whole_microseconds(self) -> None:
        with session_to() as session:
            assert isinstance(session, Session)
            assert session.now() == int(NOON) * SECOND
