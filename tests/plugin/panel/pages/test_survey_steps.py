"""From surveys that were sent to answers that count: the picture's numbers are those of the report and of the list."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest

from integrations.events import event
from integrations.times import DAY
from plugin.panel.views.asked import period_of
from plugin.panel.views.survey_steps import FIGURES
from tests.browser.world import NOW
from tests.plugin.panel.pages.looking import Pages, Seen
from tests.workers.small_world import answer, at, tell, ticket
from workers import answer_list
from workers.periods import today
from workers.reports import ReportRequest, report
from workers.store import survey_asks
from workers.store.survey_asks import NewAsk
from workers.surveys.settings import Asking, AskRule

TODAY = today(NOW, ZoneInfo("Europe/Zagreb"))
NAME = "From the survey to the answer"


def steps(seen: Seen) -> dict[str, tuple[str, str]]:
    """Step → its number and its share, from the picture's table."""
    table = seen.html.partition(f'<caption class="quiet">{NAME}</caption>')[2].partition("</table>")[0]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td></tr>', table)
    return {re.sub(r"<.*?>", "", step): (number, share) for step, number, share in rows}


def counts(seen: Seen) -> dict[str, int]:
    """Step → its number."""
    return {step: int(number.replace(",", "")) for step, (number, _) in steps(seen).items()}


@pytest.mark.parametrize("page", ["answers", "figure/survey_response_rate"])
def test_surveys_and_answers_are_the_reports(busy: Pages, page: str) -> None:
    account = busy.house.account("acme")
    assert account is not None
    days = period_of("28", today=TODAY)
    with busy.runtime.database.read() as connection:
        total = report(connection, account, ReportRequest(days.first, days.last, metrics=FIGURES), now=NOW)["total"]
    found, rate = counts(busy.see(f"acme/{page}?period=28")), total["survey_response_rate"]
    assert found["Surveys sent"] == rate["denominator"] + rate["undecided"]
    assert (found["Sent at least 7 days ago"], found["Answered within 7 days"]) == (
        rate["denominator"],
        rate["numerator"],
    )
    assert found["Answers that count"] == sum(total[kind]["n"] for kind in ("csat", "ces", "nps"))
    assert found["With a comment"] < found["Answers given in these days"]


@pytest.mark.parametrize("slice_", ["", "channel:email", "agent:a1", "department:d2", "touchpoint:after resolution"])
def test_answers_are_those_of_the_list(busy: Pages, slice_: str) -> None:
    days = period_of("90", today=TODAY)
    kind, _, value = slice_.partition(":")
    of = {kind: value} if kind else {}
    with busy.runtime.database.read() as connection:
        found = answer_list.newest(connection, "acme", days=(days.first, days.last), of=of, limit=10_000)
    rows = [row for _, row in found]
    told = counts(busy.see(f"acme/answers?period=90&slice={slice_}"))
    assert told["Answers given in these days"] == len(rows) > 0
    assert told["With a comment"] == sum(bool(row["comment"]) for row in rows)
    assert told["Answers that count"] == sum(row["counted"] for row in rows)


def test_of_a_slice_that_answers_are_not_kept_with_only_what_counts_is_told(busy: Pages) -> None:
    assert list(steps(busy.see("acme/answers?period=28&slice=tag:login"))) == [
        "Surveys sent", "Sent at least 7 days ago", "Answered within 7 days", "Answers that count",
    ]  # fmt: skip


def test_each_share_says_of_what_and_each_part_leads_to_its_list(busy: Pages) -> None:
    seen = busy.see("acme/answers?period=28&slice=channel:email")
    share, all_ = re.fullmatch(r"(\d+)% of (\d+)", steps(seen)["With a comment"][1]).groups()  # type: ignore[union-attr]
    found = counts(seen)
    assert int(all_) == found["Answers given in these days"]
    assert int(share) == round(100 * found["With a comment"] / int(all_))
    assert "/panel/acme/answers?period=28&slice=channel%3Aemail&show=comments" in seen.links()


def test_without_surveys_or_answers_nothing_is_drawn_and_the_figures_page_says_so(busy: Pages) -> None:
    assert NAME not in busy.see("empty/answers?period=28").text
    seen = busy.see("empty/figure/survey_response_rate?period=28")
    assert "There were neither surveys nor answers in these days." in seen.text
    assert steps(seen) == {}


class TestByHand:
    def test_surveys_that_nobody_told_of_are_not_zero(self, own: Pages) -> None:
        seen = own.see("acme/answers?period=28")
        assert "No survey that was sent in these days is known" in seen.text
        assert counts(seen) == {"Answers given in these days": 19, "With a comment": 4, "Answers that count": 19}

    def test_answers_of_nobody_are_found_by_that(self, own: Pages) -> None:
        account = own.house.account("acme")
        assert account is not None
        given = answer("lonely", at("2026-03-12 12:00"), kind="csat", score=4, scale=[1, 5])
        tell(own.runtime, account, [*ticket("lonely", "2026-03-12 10:00"), given])
        seen = own.see("acme/answers?period=28&slice=agent:")
        assert counts(seen) == {"Answers given in these days": 1, "With a comment": 0, "Answers that count": 1}
        assert len(seen.all("ol", class_="list")) == 1

    def test_what_is_not_decided_is_neither_answered_nor_not(self, own: Pages) -> None:
        account = own.house.account("acme")
        assert account is not None
        sent = {"w0": "2026-03-09 10:30", "w1": "2026-03-10 10:30", "b5": "2026-03-07 10:30", "w6": "2026-03-15 10:30"}
        surveys = [event("survey.sent", id_, at(when), survey="csat", kind="csat") for id_, when in sent.items()]
        late = answer("b5", at("2026-03-07 10:30") + 8 * DAY, kind="csat", score=2, scale=[1, 5], survey="late")
        tell(own.runtime, account, [*surveys, late])
        found = counts(own.see("acme/answers?period=28"))
        assert [found[step] for step in list(found)[:3]] == [4, 3, 3]
        assert "For 1 survey the 7 days are not over yet." in own.see("acme/answers?period=28").text
        assert [*counts(own.see("acme/answers?period=yesterday"))] == []

    @pytest.mark.parametrize(
        ("ask", "slice_", "said"),
        [(True, "", True), (False, "", False), (True, "channel:email", False)],
    )
    def test_who_was_left_alone_in_these_days_is_said(
        self, own: Pages, monkeypatch: pytest.MonkeyPatch, ask: bool, slice_: str, said: bool
    ) -> None:
        moments = ["2026-03-08 22:59", "2026-03-08 23:00", "2026-03-15 22:59", "2026-03-15 23:00"]
        with own.runtime.database.write() as connection:
            for number, moment in enumerate(moments, start=1):
                one = NewAsk("w1", "csat", number, at(moment), "asked_lately", "email")
                survey_asks.add(connection, "acme", [one], now=at(moment))
        rules = (AskRule(kind="csat", scale=(1, 5)),) if ask else ()
        monkeypatch.setattr("plugin.panel.views.survey_steps.asking_of", lambda _: Asking(rules))
        seen = own.see(f"acme/answers?slice={slice_}")
        assert ("2 surveys were held back: the customer was asked a few days ago." in seen.text) == said
