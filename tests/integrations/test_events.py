"""Reading canonical events: what is taken, what is refused, and what makes two events the same."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import Unreadable
from integrations.events import FIELDS, STATUSES, TYPES, Event, event, json_schema, read_event
from integrations.times import DAY, SECOND, instant_of_iso, iso
from tests.desks.hostile import LEAVES
from tests.tries import tries

NOW = instant_of_iso("2026-06-15T12:00:00Z")
AT = instant_of_iso("2026-06-14T08:30:00Z")

#: One good line of every type, with every field that it may hold.
LINES: dict[str, dict[str, Any]] = {
    "ticket.created": {
        "channel": "email", "customer": "c-19", "tags": ["vip", "refund"], "fields": {"region": "south", "gold": None},
        "by": "customer", "author": "c-19", "agent": "a-4", "department": "d-2",
    },
    "ticket.updated": {"fields": {"product": "modem"}, "customer": "c-20"},
    "ticket.moved": {"channel": "Fax", "department": None},
    "ticket.assigned": {"agent": None, "by": "system", "author": None},
    "ticket.tagged": {"tags": ["vip"], "add_tags": ["vip"], "remove_tags": []},
    "message.sent": {
        "by": "agent", "author": "a-4", "public": True, "message": "m-881", "auto": False, "channel": "chat",
        "customer": "c-19", "agent": "a-4", "department": "d-2",
    },
    "ticket.handover": {},
    "live.queued": {
        "contact": "k-1", "media": "chat", "direction": "in", "channel": "chat", "by": "customer", "author": "c-19",
        "agent": None, "department": "d-2",
    },
    "live.answered": {"contact": "k-1", "agent": "a-4"},
    "live.ended": {"contact": "k-1", "outcome": "handled"},
    "status.changed": {"status": "resolved", "by": "agent", "author": "a-4", "agent": "a-4"},
    "survey.sent": {
        "kind": "ces", "survey": "s-1", "touchpoint": "after chat", "version": "2", "agent": "a-4", "department": "d-2",
        "scale": [1, 7], "direction": "effort",
    },
    "survey.answered": {
        "kind": "ces", "score": 6, "scale": [1, 7], "survey": "s-1", "touchpoint": "after chat", "version": "2",
        "agent": "a-4", "department": "d-2", "comment": "Quick, but two forms", "direction": "easy", "customer": "c-19",
    },
    "survey.invalidated": {"kind": "ces", "survey": "s-1", "reason": "a test"},
    "survey.restored": {"kind": "ces", "survey": "s-1"},
    "ticket.merged": {"into": "T-80"},
}  # fmt: skip


def line(type_: str, **changes: Any) -> dict[str, Any]:
    return {"type": type_, "ticket": "T-71", "at": "2026-06-14T08:30:00Z", **copy.deepcopy(LINES[type_]), **changes}


def read(some: Any) -> Event:
    return read_event(some, received_at=NOW)


def unreadable(some: Any) -> str:
    with pytest.raises(Unreadable) as caught:
        read(some)
    return str(caught.value)


@pytest.mark.parametrize("type_", TYPES)
class TestEveryType:
    def test_its_line_is_read_with_all_its_fields(self, type_: str) -> None:
        found = read(line(type_))
        assert (found.type, found.ticket, found.at) == (type_, "T-71", AT)
        assert set(found.data) == set(LINES[type_])
        assert set(LINES[type_]) <= {*TYPES[type_].required, *TYPES[type_].optional}

    def test_it_survives_being_written_and_read_again(self, type_: str) -> None:
        first = read(line(type_, seq=7, seen="2026-06-14T09:00:00.25+02:00"))
        again = read(orjson.loads(orjson.dumps(first.json())))
        assert again == first
        assert again.content_hash() == first.content_hash()

    def test_our_own_code_makes_the_same_event(self, type_: str) -> None:
        assert event(type_, "T-71", AT, **LINES[type_]) == read(line(type_))

    def test_each_required_field_is_missed_by_name(self, type_: str) -> None:
        for name in ("ticket", "at", *TYPES[type_].required):
            lacking = line(type_)
            del lacking[name]
            said = unreadable(lacking)
            assert name in said
            assert type_ in said

    def test_unknown_fields_are_ignored(self, type_: str) -> None:
        assert read(line(type_, loudness=11, __proto__={"a": []})) == read(line(type_))

    def test_a_field_of_another_type_is_ignored_in_json_and_a_mistake_in_code(self, type_: str) -> None:
        (other, *_) = sorted(set(FIELDS) - {*TYPES[type_].required, *TYPES[type_].optional})
        assert read(line(type_, **{other: [[]]})) == read(line(type_))
        with pytest.raises(TypeError, match=other):
            event(type_, "T-71", AT, **{**LINES[type_], other: "x"})

    def test_any_one_value_spoiled_is_read_or_unreadable(self, type_: str) -> None:
        for name in line(type_, id="e-1", seq=1, seen="2026-06-14T08:30:00Z"):
            for leaf in LEAVES:
                spoiled = line(type_, **{name: json.loads(leaf)})
                try:
                    found = read(spoiled)
                except Unreadable as error:
                    said = str(error)
                    assert name in said or name == "type", said
                    assert len(said) < 700
                else:
                    assert read(orjson.loads(orjson.dumps(found.json()))).content_hash() == found.content_hash()


_ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["\ud800", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=tries(8))
@given(type_=st.sampled_from(list(TYPES)), data=st.data())
def test_any_json_is_an_event_or_unreadable(type_: str, data: st.DataObject) -> None:
    names = ["type", "ticket", "at", "id", "seq", "seen", *TYPES[type_].required, *TYPES[type_].optional]
    changes = data.draw(st.dictionaries(st.sampled_from(names), _ANY, max_size=4))
    try:
        found = read(line(type_, **changes))
    except Unreadable:
        return
    assert len(found.content_hash()) == 16
    assert read(orjson.loads(orjson.dumps(found.json()))) == found


@pytest.mark.parametrize("some", [None, [], "x", 7, True, [{}], {}, {"type": []}, {"type": "ticket.exploded"}])
def test_what_is_no_event_is_unreadable(some: Any) -> None:
    assert "type" in unreadable(some) or "object" in unreadable(some)


class TestTimes:
    def test_a_day_ahead_is_read_and_a_moment_more_is_not(self) -> None:
        assert read(line("ticket.handover", at=iso(NOW + DAY))).at == NOW + DAY
        assert "24 hours" in unreadable(line("ticket.handover", at=iso(NOW + DAY + 1)))
        assert "seen" in unreadable(line("ticket.handover", seen=iso(NOW + DAY + 1)))

    @pytest.mark.parametrize("at", ["2026-06-14T08:30:00", "2026-06-14", 1_781_425_800, "", None, "0001-01-01T00:00Z"])
    def test_a_time_without_offset_or_off_the_calendar_is_unreadable(self, at: Any) -> None:
        assert "at must be an ISO 8601 time with offset" in unreadable(line("ticket.handover", at=at))


class TestValues:
    def test_numbers_are_taken_as_ids(self) -> None:
        found = read(line("message.sent", ticket=71, message=881.0, author=4))
        assert (found.ticket, found.data["message"], found.data["author"]) == ("71", "881", "4")

    def test_an_empty_text_is_nobody_where_nobody_is_possible(self) -> None:
        assert read(line("ticket.assigned", agent="")).data["agent"] is None
        assert read(line("ticket.moved", department="")).data["department"] is None
        assert "into" in unreadable(line("ticket.merged", into=""))

    def test_null_is_a_value_and_absent_is_none(self) -> None:
        assert read(line("ticket.moved")).data["department"] is None
        lacking = line("ticket.moved")
        del lacking["department"]
        assert "department" not in read(lacking).data

    def test_tags_are_a_set(self) -> None:
        one, other = line("ticket.tagged", tags=["b", "a", "b"]), line("ticket.tagged", tags=["a", "b"])
        assert read(one) == read(other)
        assert read(one).data["tags"] == ["a", "b"]

    def test_custom_fields_are_texts(self) -> None:
        found = read(line("ticket.updated", fields={"a": True, "b": 3.0, "c": 0.25, "d": "", "e": 12, "f": False}))
        assert found.data["fields"] == {"a": "true", "b": "3", "c": "0.25", "d": None, "e": "12", "f": "false"}
        assert "fields" in unreadable(line("ticket.updated", fields={"a": []}))
        assert "fields" in unreadable(line("ticket.updated", fields={"a": math.nan}))

    def test_a_score_is_on_its_scale_or_unreadable(self) -> None:
        assert read(line("survey.answered", score=7.0)).data["score"] == 7
        assert read(line("survey.answered", score=1)).data["scale"] == [1, 7]
        for score in (0, 8, -1, 7.01, math.inf, math.nan, 10**400, True, "6"):
            assert "score" in unreadable(line("survey.answered", score=score))

    @pytest.mark.parametrize("scale", [[5, 1], [1, 1], [1], [1, 5, 7], "1-5", None, [1, math.nan], [True, 5]])
    def test_a_scale_runs_from_low_to_high(self, scale: Any) -> None:
        assert "scale" in unreadable(line("survey.answered", scale=scale))

    def test_direction_means_who_called_or_what_a_high_score_says(self) -> None:
        assert read(line("live.queued", direction="out")).data["direction"] == "out"
        assert "direction" in unreadable(line("live.queued", direction="easy"))
        assert "direction" in unreadable(line("survey.answered", direction="in"))

    def test_a_comment_is_cut_and_cleaned_and_never_a_reason_to_refuse(self) -> None:
        assert read(line("survey.answered", comment="a\0b")).data["comment"] == "ab"
        assert read(line("survey.answered", comment="\0")).data["comment"] is None
        assert read(line("survey.answered", comment="")).data["comment"] is None
        assert read(line("survey.answered", comment="half \ud83d")).data["comment"] == "half ?"
        assert len(read(line("survey.answered", comment="x" * 30_000)).data["comment"]) == 20_000

    @pytest.mark.parametrize("id_", ["a\0b", "\ud800", "x" * 513, "", [], {}, True, 0.5, 10**400])
    def test_ids_are_short_texts_without_nul_or_half_characters(self, id_: Any) -> None:
        assert "ticket" in unreadable(line("ticket.handover", ticket=id_))
        assert "id" in unreadable(line("ticket.handover", id=id_))

    @pytest.mark.parametrize("name", ["ticket", "id", "agent", "department"])
    def test_an_id_takes_no_more_bytes_than_an_index_can_hold_three_of(self, name: str) -> None:
        told = line("ticket.created", agent="a", department="d", by="agent")
        longest = "а" * 400
        assert isinstance(read({**told, name: longest}), Event)
        assert name in unreadable({**told, name: f"{longest}b"})
        assert name in unreadable({**told, name: "😀" * 201})

    def test_what_is_no_id_may_be_as_long_as_any_text(self) -> None:
        long = "а" * 512
        assert read(line("ticket.created", tags=[long], fields={"x": long})).data["tags"] == [long]
        assert read(line("survey.invalidated", reason=long)).data["reason"] == long

    @pytest.mark.parametrize("seq", [-1, 2**53 + 1, 0.5, True, "1", math.nan, [], 10**400])
    def test_seq_is_a_whole_number(self, seq: Any) -> None:
        assert "seq" in unreadable(line("ticket.handover", seq=seq))
        with pytest.raises(Unreadable, match="seq"):
            event("ticket.handover", "T-71", AT, seq=seq)


class TestIdentity:
    """What may change without making another event, and what may not: the design's table."""

    @pytest.mark.parametrize("type_", TYPES)
    def test_the_ticket_and_the_type_are_part_of_it(self, type_: str) -> None:
        assert read(line(type_)).id != read(line(type_, ticket="T-72")).id
        assert len({read(line(other)).id for other in TYPES}) == len(TYPES)

    @pytest.mark.parametrize(
        ("type_", "same", "other"),
        [
            ("ticket.created", {"at": "2026-06-14T08:31:00Z", "channel": "chat", "customer": "c-1", "seq": 4}, {}),
            ("ticket.updated", {"fields": {"product": "router"}, "customer": "c-1"}, {"fields": {"brand": "x"}}),
            ("ticket.moved", {"seq": 4}, {"department": "d-3"}),
            ("ticket.moved", {"seq": 4}, {"channel": "email"}),
            ("ticket.assigned", {"by": "agent", "author": "a-4"}, {"agent": "a-4"}),
            ("ticket.tagged", {"seq": 4}, {"add_tags": []}),
            ("message.sent", {"at": "2026-06-14T08:31:00Z", "by": "bot", "public": False}, {"message": "m-882"}),
            ("ticket.handover", {"seq": 4}, {"at": "2026-06-14T08:31:00Z"}),
            ("live.queued", {"at": "2026-06-14T08:31:00Z", "agent": "a-4"}, {"contact": "k-2"}),
            ("live.ended", {"outcome": "missed"}, {"contact": "k-2"}),
            ("status.changed", {"by": "system", "agent": None}, {"status": "closed"}),
            ("survey.sent", {"at": "2026-06-14T08:31:00Z", "version": "3", "scale": [1, 5]}, {"survey": "s-2"}),
            ("survey.answered", {"score": 2, "comment": None, "customer": None}, {"at": "2026-06-14T08:31:00Z"}),
            ("survey.answered", {"touchpoint": "e-mail"}, {"kind": "csat"}),
            ("survey.invalidated", {"reason": None}, {"survey": "s-2"}),
            ("ticket.merged", {"seq": 4}, {"into": None}),
        ],
    )
    def test_it_holds_what_the_design_says(self, type_: str, same: dict[str, Any], other: dict[str, Any]) -> None:
        assert read(line(type_, **same)).id == read(line(type_)).id
        if other:
            assert read(line(type_, **other)).id != read(line(type_)).id

    def test_a_message_without_an_id_is_told_by_author_kind_moment_and_order(self) -> None:
        bare = line("message.sent")
        del bare["message"]
        assert read(bare).id == read({**bare, "public": False, "author": "a-9"}).id
        others = [{**bare, "by": "customer"}, {**bare, "seq": 2}, {**bare, "at": "2026-06-14T08:30:01Z"}]
        assert len({read(some).id for some in (bare, *others)}) == 4

    def test_a_department_left_out_and_one_taken_away_are_two_events(self) -> None:
        lacking = line("ticket.moved")
        del lacking["department"]
        assert read(lacking).id != read(line("ticket.moved")).id

    def test_a_survey_without_an_id_goes_by_its_kind(self) -> None:
        lacking = line("survey.sent")
        del lacking["survey"]
        assert read(lacking).id == read({**lacking, "survey": "ces"}).id

    def test_an_own_id_is_honoured_and_null_is_none(self) -> None:
        assert read(line("ticket.handover", id="evt_1")).id == "evt_1"
        assert read(line("ticket.handover", id=None, seq=None, seen=None)) == read(line("ticket.handover"))


class TestContent:
    def test_the_hash_covers_everything_but_id_seen_and_observed(self) -> None:
        plain = read(line("status.changed", seq=3))
        for same in (
            plain._replace(id="x"), plain._replace(seen=AT + SECOND), plain._replace(observed=True),
        ):  # fmt: skip
            assert same.content_hash() == plain.content_hash()
        for other in (
            plain._replace(ticket="T-72"), plain._replace(at=AT + 1), plain._replace(seq=4), plain._replace(seq=None),
            plain.with_data(status="open"), plain.with_data(agent=None),
        ):  # fmt: skip
            assert other.content_hash() != plain.content_hash()

    def test_the_order_of_the_keys_does_not_matter(self) -> None:
        turned = dict(reversed(line("survey.answered").items()))
        assert read(turned).content() == read(line("survey.answered")).content()

    def test_it_is_the_same_in_every_release(self) -> None:
        """Rows of earlier releases are found again by these two: changing them duplicates every event."""
        found = event("message.sent", "T-71", AT, by="agent", message="m-881", public=True)
        assert found.content() == (
            b'{"at":1781425800000000,"by":"agent","message":"m-881","public":true,'
            b'"ticket":"T-71","type":"message.sent"}'
        )
        assert found.id == "8eb6cd7d487020a0170733090df05cc3"  # printf … | sha256sum | cut -c1-32
        assert event("ticket.created", "T-71", AT).id == "3a78b4a80a5d2de4bc313d99561b9f22"

    def test_replaced_data_leaves_the_rest_alone(self) -> None:
        plain = read(line("ticket.created"))
        assert plain.with_data(customer="h:1") == plain._replace(data={**plain.data, "customer": "h:1"})


def test_the_ranks_are_the_order_of_the_design() -> None:
    assert [kind.rank for kind in TYPES.values()] == list(range(16))
    assert STATUSES.index("new") < STATUSES.index("on_hold") < STATUSES.index("resolved") < STATUSES.index("deleted")
    used = {name for kind in TYPES.values() for name in (*kind.required, *kind.optional)}
    assert used == set(FIELDS)


def test_the_schema_has_a_variant_for_every_type() -> None:
    assert [variant["title"] for variant in json_schema()["oneOf"]] == list(TYPES)
