"""The contract's part on failing: every action times every way of failing, at the wire."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol

import pytest

from integrations.actions import Action, AddNote, AddTag, PutSummary, RemoveTag, Section, SetField
from integrations.base import Desk
from integrations.errors import (
    DeskpulseError,
    Gone,
    RateLimited,
    Refused,
    Rejected,
    Retry,
    Unavailable,
    Unclear,
)
from integrations.session import Session
from tests.desks.wired import (
    BROKEN,
    CONFLICT,
    DOWN,
    DROP,
    DROP_LATE,
    FORBIDDEN,
    GATEWAY,
    GONE,
    INVALID,
    LIE,
    LIMITED,
    LIMITED_FOR,
    MISSING,
    MOVED,
    NONSENSE,
    TIMEOUT,
    TRUNCATED,
    UNKNOWN_KEY,
    Fault,
    Wire,
)

#: What the same fault means for a write in every desk, unless the desk's `error` knows better.
WRITING: Mapping[Fault, type[DeskpulseError]] = {
    TIMEOUT: Unclear, DROP: Unclear, DROP_LATE: Unclear, BROKEN: Unclear, GATEWAY: Unclear, DOWN: Unavailable,
    LIMITED: RateLimited, LIMITED_FOR: RateLimited, UNKNOWN_KEY: Refused, FORBIDDEN: Refused, MISSING: Gone,
    GONE: Gone, CONFLICT: Rejected, INVALID: Rejected, MOVED: Rejected, NONSENSE: Unclear, TRUNCATED: Unclear,
    LIE: Unclear,
}  # fmt: skip
#: The same for a question, which may be asked again whatever became of it.
READING: Mapping[Fault, type[DeskpulseError]] = {
    TIMEOUT: Unavailable, DROP: Unavailable, BROKEN: Unavailable, GATEWAY: Unavailable, DOWN: Unavailable,
    LIMITED: RateLimited, LIMITED_FOR: RateLimited, UNKNOWN_KEY: Refused, FORBIDDEN: Refused, CONFLICT: Rejected,
    INVALID: Rejected, MOVED: Rejected, NONSENSE: Unavailable, TRUNCATED: Unavailable,
}  # fmt: skip
WRITES = ("a tag", "a tag less", "a field", "a note", "a summary")
_ONCE: dict[type, dict[str, Mapping[str, Any]]] = {}
MATRIX = pytest.mark.parametrize("write", WRITES)
FAILING = pytest.mark.parametrize("fault", WRITING, ids=str)
ASKING = pytest.mark.parametrize("fault", READING, ids=str)


class Standing(Protocol):
    """One desk with one ticket, a session to it, and the wire between them."""

    @property
    def wire(self) -> Wire:
        """Where requests go wrong."""

    @property
    def session(self) -> Session:
        """To the simulated desk."""

    def state(self) -> Mapping[str, Any]:
        """Everything that an action could have changed."""


class FailingContract(ABC):
    """What `apply` and `refresh` must do when the desk, or the way to it, fails."""

    desk: ClassVar[Desk]
    ticket: ClassVar[str]  #: without a field `csat`, with the tag `deskpulse-low` and without `tag`
    tag: ClassVar[str] = "channel-email"
    requests: ClassVar[Mapping[str, str]]  #: each of WRITES → a pattern for the request that does it
    looks: ClassVar[str | None] = "GET /api/.*"  #: the requests that go before, None where there are none
    permissions: ClassVar[Mapping[str, str]]  #: each of WRITES → the permission that a refusal names

    @abstractmethod
    def standing(self) -> AbstractContextManager[Standing]:
        """A fresh desk, the same each time."""

    def error(self, write: str, fault: Fault) -> type[DeskpulseError] | None:
        """What this fault means for this write; None when it is taken for done."""
        return WRITING[fault]

    def action(self, write: str) -> Action:
        """What is written."""
        actions: Mapping[str, Action] = {
            "a tag": AddTag(self.ticket, self.tag),
            "a tag less": RemoveTag(self.ticket, "deskpulse-low"),
            "a field": SetField(self.ticket, "csat", "2"),
            "a note": AddNote(self.ticket, "deskpulse:n:9", ("Call back",)),
            "a summary": PutSummary("deskpulse:w:9", "Week 9", (Section("Volume", ("5 tickets",)),)),
        }
        return actions[write]

    def once(self, write: str) -> Mapping[str, Any]:
        """The state after the action, with nothing in its way; worked out once."""
        known = _ONCE.setdefault(type(self), {})
        if write not in known:
            with self.standing() as desk:
                assert self.desk.apply(self.action(write), desk.session).changed
                known[write] = desk.state()
        return known[write]

    @MATRIX
    @FAILING
    def test_a_failure_says_what_to_do_and_asked_again_it_is_done_once(self, write: str, fault: Fault) -> None:
        action, error = self.action(write), self.error(write, fault)
        with self.standing() as desk:
            before = desk.state()
            desk.wire.spoil(fault, self.requests[write])
            if error is None:
                assert self.desk.apply(action, desk.session).changed
            else:
                with pytest.raises(error) as caught:
                    self.desk.apply(action, desk.session)
                assert type(caught.value) is error
            assert desk.state() == (self.once(write) if fault.done else before)
            again = self.desk.apply(action, desk.session)
            assert error is None or again.changed is not fault.done
            assert desk.state() == self.once(write)
            assert self.desk.apply(action, desk.session).changed is False

    @MATRIX
    @ASKING
    def test_when_looking_fails_nothing_is_written(self, write: str, fault: Fault) -> None:
        if self.looks is None:
            with self.standing() as desk:
                self.desk.apply(self.action(write), desk.session)
                assert len(desk.wire.sent) == 1, "a desk that does not look asks nothing before it writes"
            return
        with self.standing() as desk:
            before = desk.state()
            desk.wire.spoil(fault, self.looks)
            with pytest.raises(READING[fault]):
                self.desk.apply(self.action(write), desk.session)
            assert desk.state() == before
            assert all(request.startswith("GET") for request in desk.wire.sent)

    @MATRIX
    def test_after_three_different_failures_in_a_row_it_is_still_done_once(self, write: str) -> None:
        with self.standing() as desk:
            for fault in (DROP, LIMITED_FOR, TIMEOUT):
                desk.wire.spoil(fault, self.requests[write])
                with pytest.raises(Retry):
                    self.desk.apply(self.action(write), desk.session)
            assert self.desk.apply(self.action(write), desk.session).changed is False
            assert desk.state() == self.once(write)

    @MATRIX
    @pytest.mark.parametrize(
        ("fault", "after"), [(LIMITED, 60.0), (LIMITED_FOR, 13.0), (DOWN, 11.0), (BROKEN, None)], ids=str
    )
    def test_how_long_to_wait_is_what_the_desk_says(self, write: str, fault: Fault, after: float | None) -> None:
        with self.standing() as desk:
            desk.wire.spoil(fault, self.requests[write])
            with pytest.raises(Retry) as caught:
                self.desk.apply(self.action(write), desk.session)
        assert caught.value.after == after

    @MATRIX
    def test_a_refusal_names_what_the_key_lacks(self, write: str) -> None:
        with self.standing() as desk:
            desk.wire.spoil(FORBIDDEN, self.requests[write])
            with pytest.raises(Refused) as caught:
                self.desk.apply(self.action(write), desk.session)
        assert caught.value.permission == self.permissions.get(write, "")
        assert self.permissions.get(write, "credentials") in str(caught.value)

    @ASKING
    def test_a_question_that_fails_is_asked_again_and_then_answered(self, fault: Fault) -> None:
        with self.standing() as desk:
            expected = self.desk.refresh(self.ticket, desk.session)
            desk.wire.spoil(fault, "GET .*")
            with pytest.raises(READING[fault]) as caught:
                self.desk.refresh(self.ticket, desk.session)
            again = self.desk.refresh(self.ticket, desk.session)
        assert type(caught.value) is READING[fault]
        assert [event.id for event in again.events] == [event.id for event in expected.events]
        assert [present.values for present in again.present] == [present.values for present in expected.present]

    @pytest.mark.parametrize("fault", [MISSING, GONE], ids=str)
    def test_a_ticket_that_is_not_there_any_more_is_deleted(self, fault: Fault) -> None:
        with self.standing() as desk:
            desk.wire.spoil(fault, "GET .*", times=3)  # a desk may look for it in several places
            reading = self.desk.refresh(self.ticket, desk.session)
        assert reading.events == ()
        assert [(now.ticket, now.values) for now in reading.present] == [(self.ticket, {"status": "deleted"})]
