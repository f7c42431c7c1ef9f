"""Chatwoot when it fails: every action times every way of failing, and what only Chatwoot says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from integrations.actions import AddNote, AddTag, PutSummary, RemoveTag, SetField
from integrations.errors import DeskpulseError, RateLimited, Refused, Rejected, Unclear
from integrations.session import Session
from tests.desks.chatwoot.samples import DESK
from tests.desks.chatwoot.world import Office
from tests.desks.failing import MATRIX, WRITING, FailingContract
from tests.desks.wired import FORBIDDEN, GONE, LIE, MISSING, UNKNOWN_KEY, Fault, Wire

TICKET = "1"
_A = "/api/v1/accounts/1/conversations"


@dataclass(frozen=True)
class Standing:
    """One desk with one conversation, a session to it, and the wire between them."""

    office: Office
    session: Session
    wire: Wire

    def state(self) -> dict[str, Any]:
        """Everything that an action could have changed."""
        written = self.office.written()
        talk = self.office.world.talks[1]
        return {
            "tags": set(written.tags[TICKET]),
            "fields": dict(written.fields[TICKET]),
            "notes": list(written.notes[TICKET]),
            "summaries": sorted(written.summaries.values()),
            "status": (talk.status, talk.assignee, talk.team),
            "public": sum(not said.private for said in talk.messages if said.kind == 1),
        }


@contextmanager
def standing() -> Iterator[Standing]:
    office = Office()
    talk = office.talk()
    talk.labels = ["vip", "deskpulse-low"]
    talk.custom = {"region": "islands"}
    with office.wired() as (session, wire):
        yield Standing(office, session, wire)
    assert office.simulator.violations == []


class TestFailing(FailingContract):
    desk = DESK
    ticket = TICKET
    looks = "GET /api/.*"
    requests: ClassVar = {
        "a tag": f"POST {_A}/1/labels",
        "a tag less": f"POST {_A}/1/labels",
        "a field": f"POST {_A}/1/custom_attributes",
        "a note": f"POST {_A}/1/messages",
        "a summary": f"POST {_A}",
    }
    permissions: ClassVar = dict.fromkeys(requests, "administrator")

    def standing(self) -> Any:
        return standing()

    def error(self, write: str, fault: Fault) -> type[DeskpulseError] | None:
        if write == "a summary" and fault in (MISSING, GONE):
            return Rejected  # it is the inbox that is gone, and no ticket
        return WRITING[fault]

    @MATRIX
    def test_the_desk_holds_exactly_what_was_asked_for(self, write: str) -> None:
        expected: dict[str, Any] = {
            "tags": {"vip", "deskpulse-low"},
            "fields": {"region": "islands"},
            "notes": [],
            "summaries": [],
            "status": ("open", None, None),
            "public": 0,
        }
        changed: dict[str, dict[str, Any]] = {
            "a tag": {"tags": {"vip", "deskpulse-low", "channel-email"}},
            "a tag less": {"tags": {"vip"}},
            "a field": {"fields": {"region": "islands", "csat": "2"}},
            "a note": {"notes": ["Call back\n\n[deskpulse:n:9]"]},
        }
        state = dict(self.once(write))
        if write == "a summary":
            (summary,) = state.pop("summaries")
            expected.pop("summaries")
            assert summary.startswith("**Week 9**\n\n**Volume**\n\n- 5 tickets\n\n[deskpulse:w:9#1-")
        assert state == expected | changed.get(write, {})


REFUSED = Fault("401 of a role", done=False, answer=(401, {}, b'{"error":"You are not authorized to do this action"}'))


@pytest.mark.parametrize("fault", [UNKNOWN_KEY, REFUSED, FORBIDDEN], ids=str)
def test_a_refusal_is_one_line_that_says_what_to_grant_and_where(fault: Fault) -> None:
    with standing() as desk:
        desk.wire.spoil(fault, "GET .*")
        with pytest.raises(Refused) as caught:
            DESK.refresh(TICKET, desk.session)
    said = str(caught.value)
    assert "\n" not in said
    assert "role administrator under Settings › Agents" in said
    assert "Profile settings › Access Token" in said
    assert caught.value.permission == "administrator"
    assert "token-of-deskpulse" not in said


def test_a_rate_limit_in_words_is_one_too() -> None:
    with standing() as desk:
        desk.office.simulator.api.reading_troubles.append("429")
        with pytest.raises(RateLimited) as caught:
            DESK.refresh(TICKET, desk.session)
        assert caught.value.after == 60.0
        desk.office.simulator.api.reading_troubles.append("429 for a while")
        with pytest.raises(RateLimited) as again:
            DESK.refresh(TICKET, desk.session)
        assert again.value.after == 9.0


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"payload": null}', b'{"custom_attributes": "x"}', b"3", b""])
def test_an_answer_that_shows_nothing_is_looked_at_again(body: bytes) -> None:
    done = Fault("done and not shown", done=True, answer=(200, {}, body))
    for action in (AddTag(TICKET, "channel-email"), RemoveTag(TICKET, "deskpulse-low"), SetField(TICKET, "csat", "2")):
        with standing() as desk:
            desk.wire.spoil(done, "POST .*")
            assert DESK.apply(action, desk.session).changed
            assert len([line for line in desk.wire.sent if line.startswith("POST")]) == 1


@pytest.mark.parametrize(
    "action",
    [
        AddTag(TICKET, "channel-email"), RemoveTag(TICKET, "deskpulse-low"), SetField(TICKET, "csat", "2"),
        AddNote(TICKET, "n", ("A line",)), PutSummary("w", "Week", ()),
    ],
    ids=lambda action: type(action).__name__,
)  # fmt: skip
def test_what_chatwoot_says_it_took_and_did_not_is_noticed(action: Any) -> None:
    with standing() as desk:
        desk.wire.spoil(LIE, "POST .*")
        with pytest.raises(Unclear, match="Chatwoot took"):
            DESK.apply(action, desk.session)
        assert DESK.apply(action, desk.session).changed


def test_a_summary_without_a_place_says_to_connect_again() -> None:
    with standing() as desk, desk.office.wired(summary_inbox=None) as (session, _):
        with pytest.raises(Rejected, match="no inbox for summaries: connect the account again"):
            DESK.apply(PutSummary("w", "Week", ()), session)
        assert desk.state()["summaries"] == []


def test_a_summary_whose_inbox_was_deleted_is_given_up_and_not_skipped() -> None:
    with standing() as desk:
        del desk.office.world.inboxes[int(desk.office.options["summary_inbox"])]
        with pytest.raises(Rejected, match="any more: connect the account again"):
            DESK.apply(PutSummary("w", "Week", ()), desk.session)
