"""The fold: every rule of what a set of events makes of a ticket."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from integrations.events import CHANNELS, STATUSES, Event, event
from tests.workers.stories import agent_of, answered, at, created, sent, status, ticket_of, told
from workers.tickets import fold


def test_a_resolution_is_a_change_from_outside_into_resolved_or_closed() -> None:
    ticket = ticket_of(created(), status("open", 5), status("resolved", 10), status("closed", 20))
    assert [resolution.at for resolution in ticket.resolutions] == [at(10)]
    assert ticket.status == "closed"


def test_closing_without_solving_is_a_resolution() -> None:
    assert [done.at for done in ticket_of(created(), status("closed", 30)).resolutions] == [at(30)]


def test_saying_again_what_holds_is_no_change() -> None:
    ticket = ticket_of(created(), status("new", 1), status("resolved", 10), status("resolved", 20))
    assert [change.at for change in ticket.statuses] == [at(10)]
    assert len(ticket.resolutions) == 1


def test_a_reopening_undoes_the_resolution_and_the_next_one_is_another() -> None:
    ticket = ticket_of(created(), status("resolved", 10), status("open", 20), status("resolved", 30))
    assert [(done.at, done.undone_at) for done in ticket.resolutions] == [(at(10), at(20)), (at(30), None)]


def test_spam_and_deleted_are_interludes() -> None:
    ticket = ticket_of(created(), status("resolved", 10), status("deleted", 20), status("resolved", 30))
    assert len(ticket.resolutions) == 1
    assert ticket.status == "resolved"
    assert [change.status for change in ticket.statuses] == ["resolved", "deleted", "resolved"]


def test_a_deleted_ticket_that_comes_back_open_was_reopened_then() -> None:
    ticket = ticket_of(created(), status("resolved", 10), status("spam", 20), status("open", 30))
    assert ticket.resolutions[0].undone_at == at(30)
    assert ticket.counted_status == "open"


def test_in_the_same_instant_the_kinds_of_events_have_their_order() -> None:
    together = [created(), sent(0, "customer"), told("ticket.assigned", 0, agent="eva"), status("resolved", 0)]
    for order in permutations(together):
        ticket = ticket_of(*order)
        assert (ticket.agent, ticket.status, agent_of(ticket, ticket.resolutions[0])) == ("eva", "resolved", "eva")


def test_in_the_same_instant_statuses_follow_their_own_order() -> None:
    for order in permutations([created(), status("resolved", 5), status("open", 5)]):
        ticket = ticket_of(*order)
        assert [change.status for change in ticket.statuses] == ["open", "resolved"]


def test_the_desks_own_order_inside_an_instant_comes_first() -> None:
    ticket = ticket_of(created(), status("resolved", 5, seq=0), status("open", 5, seq=1))
    assert [change.status for change in ticket.statuses] == ["resolved", "open"]
    assert ticket.status == "open"


def test_the_same_message_with_a_field_more_is_one_message_with_that_field() -> None:
    early = sent(5, message="m1", seen=at(5))
    late = early._replace(data={**early.data, "auto": True}, seen=at(9))
    for order in permutations([created(), early, late]):
        messages = ticket_of(*order).messages
        assert len(messages) == 1
        assert (messages[0].auto, messages[0].author) == (True, "eva")


def test_a_version_built_late_but_older_does_not_take_a_value_back() -> None:
    newer = sent(5, message="m1", public=False, seen=at(9))
    older = sent(5, message="m1", public=True, seen=at(5))
    assert ticket_of(created(), newer, older).messages[0].public is False
    assert ticket_of(created(), older, newer).messages[0].public is False


def test_a_later_version_adds_a_custom_field_and_keeps_the_others() -> None:
    first = created(fields={"region": "north"}, seen=at(0))
    second = created(fields={"brand": "blue"}, seen=at(1))
    assert ticket_of(second, first).fields == {"region": "north", "brand": "blue"}


def test_what_is_dated_before_creation_counts_as_at_creation() -> None:
    ticket = ticket_of(created(10), sent(3, "customer"), status("open", 4))
    assert ticket.messages[0].at == at(10)
    assert ticket.statuses[0].at == at(10)
    assert ticket.opened_at == at(10)


def test_without_its_creation_a_ticket_is_incomplete_but_folded() -> None:
    ticket = ticket_of(status("open", 7), sent(9))
    assert ticket.created_at is None
    assert ticket.opened_at == at(7)
    assert ticket.status == "open"


def test_a_merge_outranks_the_desks_own_close_whatever_came_last() -> None:
    merged, close = told("ticket.merged", 10, into="T2"), status("closed", 10)
    for order in permutations([created(), merged, close]):
        assert ticket_of(*order).merged_into == "T2"
    assert ticket_of(created(), merged, status("closed", 11)).merged_into == "T2"


def test_a_merge_is_undone_by_null() -> None:
    ticket = ticket_of(created(), told("ticket.merged", 10, into="T2"), told("ticket.merged", 20, into=None))
    assert ticket.merged_into is None


def test_an_observed_state_counts_from_its_own_moment() -> None:
    seen = event("status.changed", "T1", at(40), status="resolved", observed=True)
    ticket = ticket_of(created(), status("open", 5), seen)
    assert (ticket.status, ticket.resolutions[0].at) == ("resolved", at(40))


def test_tags_are_the_whole_set_or_what_was_added_and_removed() -> None:
    ticket = ticket_of(
        created(tags=["a", "b"]),
        told("ticket.tagged", 1, add_tags=["c"], remove_tags=["a"]),
        told("ticket.tagged", 2, tags=["x"]),
        told("ticket.tagged", 3, add_tags=["y"]),
    )
    assert ticket.tags == ("x", "y")


def test_a_resolution_keeps_the_department_and_tags_of_its_moment() -> None:
    ticket = ticket_of(
        created(department="sales", tags=["vip"]),
        status("resolved", 10, by="agent", author="eva"),
        told("ticket.moved", 20, department="billing"),
        told("ticket.tagged", 20, tags=["late"]),
    )
    resolution = ticket.resolutions[0]
    assert (agent_of(ticket, resolution), resolution.department, resolution.tags) == ("eva", "sales", ("vip",))
    assert (ticket.department, ticket.tags, ticket.transfers) == ("billing", ("late",), (at(20),))


def test_the_desks_own_order_stays_when_a_later_version_does_not_tell_it() -> None:
    first, second = sent(5, message="m1", seq=5), sent(5, "customer", message="m2", seq=3)
    later = first._replace(seq=None, seen=at(9))
    for order in permutations([created(), first, second, later]):
        assert [one.by for one in ticket_of(*order).messages] == ["customer", "agent"]


def test_an_automatic_resolution_is_credited_to_the_last_public_human_author() -> None:
    ticket = ticket_of(
        created(agent="ivo"), sent(5), sent(6, public=False, author="max"), status("resolved", 9, by="system")
    )
    assert agent_of(ticket, ticket.resolutions[0]) == "eva"


def test_nobody_assigned_is_a_value_and_an_absent_agent_says_nothing() -> None:
    ticket = ticket_of(created(agent="eva"), told("ticket.updated", 1, fields={"x": "1"}))
    assert ticket.agent == "eva"
    assert ticket_of(created(agent="eva"), told("ticket.assigned", 2, agent=None)).agent is None


def test_an_unknown_channel_counts_as_other_and_keeps_its_word() -> None:
    ticket = ticket_of(created(channel="telex"))
    assert (ticket.channel, ticket.channel_word) == ("other", "telex")


def test_a_different_later_answer_replaces_the_standing_one() -> None:
    standing = ticket_of(created(), answered(2, 10), answered(5, 20)).standing_answers()
    assert [(answer.score, answer.at) for answer in standing] == [(5, at(20))]


def test_an_equal_later_answer_changes_nothing_but_may_add_its_comment() -> None:
    standing = ticket_of(created(), answered(2, 10), answered(2, 20, comment="slow")).standing_answers()
    assert [(answer.score, answer.at, answer.comment) for answer in standing] == [(2, at(10), "slow")]


def test_answers_on_other_scales_kinds_and_touch_points_stand_beside_each_other() -> None:
    ticket = ticket_of(
        created(),
        answered(2, 10),
        answered(1, 11, scale=[0, 1]),
        answered(3, 12, kind="ces"),
        answered(4, 13, touchpoint="checkout"),
    )
    assert len(ticket.standing_answers()) == 4


def test_an_invalidated_answer_does_not_stand_until_it_is_restored() -> None:
    gone = told("survey.invalidated", 20, kind="csat", reason="clicked by a scanner")
    back = told("survey.restored", 30, kind="csat")
    assert ticket_of(created(), answered(1, 10), gone).standing_answers() == ()
    assert ticket_of(created(), answered(1, 10), gone, back).standing_answers()[0].score == 1
    assert ticket_of(created(), answered(1, 10), gone, answered(4, 40)).standing_answers()[0].score == 4


def test_an_answer_is_credited_as_when_the_survey_was_sent() -> None:
    ticket = ticket_of(
        created(department="sales"),
        sent(5),
        told("survey.sent", 10, kind="csat", survey="s1"),
        sent(15, author="max"),
        told("ticket.moved", 16, department="billing"),
        answered(5, 20, survey="s1"),
    )
    assert (agent_of(ticket, ticket.answers[0]), ticket.answers[0].department) == ("eva", "sales")


def test_a_live_contact_is_one_however_its_events_come() -> None:
    events = [
        created(channel="voice"),
        told("live.queued", 0, contact="c1", media="voice"),
        told("live.answered", 1, contact="c1", agent="eva"),
        told("live.ended", 9, contact="c1", outcome="handled"),
    ]
    for order in permutations(events):
        (contact,) = ticket_of(*order).contacts
        assert (contact.queued_at, contact.answered_at, contact.ended_at) == (at(0), at(1), at(9))
        assert (contact.agent, contact.outcome, contact.media) == ("eva", "handled", "voice")


_MOMENTS = st.integers(min_value=-5, max_value=40)
_WORDS = st.sampled_from(["a", "b", None])
_EVENTS = st.one_of(
    st.builds(lambda minutes, channel: created(minutes, channel=channel), _MOMENTS, st.sampled_from(CHANNELS)),
    st.builds(status, st.sampled_from(STATUSES), _MOMENTS),
    st.builds(
        lambda minutes, by, name: sent(minutes, by, message=name),
        _MOMENTS,
        st.sampled_from(["customer", "agent", "bot"]),
        st.sampled_from("pqrs"),
    ),
    st.builds(lambda minutes, agent: told("ticket.assigned", minutes, agent=agent), _MOMENTS, _WORDS),
    st.builds(lambda minutes, word: told("ticket.moved", minutes, department=word), _MOMENTS, _WORDS),
    st.builds(
        lambda minutes, tags: told("ticket.tagged", minutes, add_tags=tags), _MOMENTS, st.lists(st.sampled_from("xyz"))
    ),
    st.builds(answered, st.integers(min_value=1, max_value=5), _MOMENTS),
    st.builds(lambda minutes, word: told("ticket.merged", minutes, into=word), _MOMENTS, _WORDS),
    st.builds(lambda minutes: told("survey.invalidated", minutes, kind="csat"), _MOMENTS),
)


@given(st.lists(_EVENTS, min_size=1, max_size=12), st.data())
def test_any_order_and_any_repetition_make_the_same_ticket(events: list[Event], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(events), max_size=6))
    shuffled = data.draw(st.permutations([*events, *again]))
    assert fold("T1", shuffled) == fold("T1", events)


@given(st.lists(_EVENTS, min_size=1, max_size=12))
def test_resolutions_and_reopenings_alternate_and_end_as_the_status_says(events: list[Event]) -> None:
    ticket = fold("T1", events)
    assert all(done.undone_at is not None for done in ticket.resolutions[:-1])
    resolved = bool(ticket.resolutions) and ticket.resolutions[-1].undone_at is None
    assert resolved == (ticket.counted_status in ("resolved", "closed"))
