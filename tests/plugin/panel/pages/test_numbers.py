"""The pages' numbers are those of the reports, each leads to its tickets, and words say what is known and what not."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest

from integrations.events import event
from plugin.panel.views.asked import MOST_DAYS, STRETCHES, USUAL, asked_of, period_of
from plugin.panel.views.figure_pictures import _Drawing, _what_made_it
from plugin.panel.views.figures import main, shown, signed
from plugin.panel.views.sight import sight
from tests.browser.world import NOW
from tests.plugin.panel.pages.looking import Pages, Seen, speech, without_token
from tests.workers.now.world import lost
from tests.workers.small_world import answer, at, tell, ticket
from workers.as_reported import WEEKLY, keep_report
from workers.periods import Period, date_of, day_of, today
from workers.reports import ReportRequest, report

DAY = today(NOW, ZoneInfo("UTC"))


def cards(seen: Seen) -> dict[str, str]:
    """Figure → what its card says."""
    found = (each for each in seen.all("li", class_="card"))
    return {text.split("  ")[0]: text for text in (" ".join(each.text.split("\n")) for each in found)}


def values(html: str) -> dict[str, str]:
    """Figure → the value on its card."""
    return dict(re.findall(r'<h3><a [^>]*>([^<]+)</a></h3>\s*<p class="value"><span class="main">([^<]+)</span>', html))


class TestOverview:
    def test_its_figures_are_the_reports(self, busy: Pages) -> None:
        account = busy.house.account("acme")
        assert account is not None
        with busy.runtime.database.read() as connection:
            days = period_of("28", today=DAY)
            total = report(connection, account, ReportRequest(days.first, days.last), now=NOW)["total"]
        found = values(busy.see("acme/overview?period=28").html)
        assert found["Tickets"] == str(total["ticket_volume"]["n"])
        assert found["CSAT"] == main(speech(), total["csat"])
        assert found["First response"] == main(speech(), total["first_response_time"])

    def test_rows_of_channels_add_up_to_all(self, busy: Pages) -> None:
        rows = busy.see("acme/overview?period=28").html.split('<table class="side">')[1].split("</table>")[0]
        counts = [int(count) for count in re.findall(r'data-name="Tickets"><div><a[^>]*>(\d+)<', rows)]
        assert counts[0] == sum(counts[1:]) > 0

    def test_agents_stand_in_alphabetical_order_and_are_never_judged(self, busy: Pages) -> None:
        seen = busy.see("acme/overview?by=agent")
        rows = [text for text in seen.texts("th", scope="row") if not text.startswith(("Monday", "Tuesday", "Week"))]
        agents = [name for name in rows if " " in name and name.split()[0] in {"Ana", "Boris", "Eva", "Ivan", "Mia"}]
        assert agents == sorted(agents)
        assert len(agents) == 5
        assert rows[0] == "All"
        table = seen.html.split('<table class="side">')[1].split("</table>")[0]
        assert 'class="change' not in table

    def test_nothing_is_compared_with_days_before_history(self, own: Pages) -> None:
        seen = own.see("acme/overview?period=28")
        assert "compared with nothing: the first ticket that is known is of 2 March 2026" in seen.text
        assert 'class="change' not in seen.html

    def test_an_empty_account_says_so_and_has_no_zeros_for_shares(self, busy: Pages) -> None:
        seen = busy.see("empty/overview")
        assert "There are no tickets in these days." in seen.text
        assert values(seen.html)["CSAT"] == "–"
        assert "Zendesk has not called yet." in seen.text


def beside(html: str) -> list[tuple[str, str, str]]:
    """Of each value of the side-by-side table: its row, where it leads ('' where nowhere), and what it says."""
    table = html.split('<table class="side">')[1].split("</table>")[0]
    found = []
    for row in re.findall(r'<tr(?: class="all")?><th scope="row">(.*?)</tr>', table, re.DOTALL):
        name = re.sub("<.*?>", "", row.split("</th>")[0])
        for cell in re.findall(r'<td data-name="[^"]*"><div>(.*?)</div></td>', row, re.DOTALL):
            href = re.match(r'<a class="main" href="([^"]*)"', cell)
            value = re.sub("<.*?>", "", cell.split('<span class="quiet">')[0].split("</span>")[0])
            found.append((name, unescape(href.group(1)) if href else "", value))
    return found


def main_value(html: str) -> list[str]:
    """What the page of a figure says of it."""
    return re.findall(r'<div class="value"><span class="main">([^<]+)</span>', html)


class TestSideBySide:
    @pytest.fixture
    def rows(self, own: Pages) -> Pages:
        """Tickets of two departments and of none, of tags and of none."""
        account = own.house.account("acme")
        assert account is not None
        told: dict[str, Any] = {"department": "", "channel": "chat", "answered": 3, "resolved": 40, "csat": 5}
        tell(
            own.runtime,
            account,
            *(ticket(f"n{n}", f"2026-03-1{n} 11:00", **told) for n in range(6)),
            ticket("t", "2026-03-12 11:00", department="other", tags=("a", "b"), answered=5, agent="8"),
        )
        return own

    @pytest.mark.parametrize("slice_", ["", "channel:chat", "department:s", "agent:7", "tag:a"])
    @pytest.mark.parametrize("by", ["channel", "department", "agent", "tag"])
    def test_each_link_leads_to_the_value_it_stands_on(self, rows: Pages, by: str, slice_: str) -> None:
        found = beside(rows.see(f"acme/overview?by={by}&slice={slice_}").html)
        assert found
        for name, href, value in found:
            if href:
                page = rows.see(without_token(href).removeprefix("/panel/")).html
                assert (name, main_value(page)) == (
                    name,
                    [value],
                )

    @pytest.mark.parametrize(
        ("by", "slice_", "linked", "alone"),
        [
            ("channel", "", {"All", "E-mail", "Chat"}, set()),
            ("department", "", {"All", "s", "other"}, {"none"}),
            ("tag", "", {"All", "a", "b"}, {"none"}),
            ("channel", "department:s", {"All"}, {"E-mail", "Chat"}),
            ("department", "channel:chat", {"All"}, {"s", "none"}),
            ("channel", "channel:chat", {"All", "Chat"}, set()),
        ],
    )
    def test_what_cannot_be_asked_for_is_no_link(
        self, rows: Pages, by: str, slice_: str, linked: set[str], alone: set[str]
    ) -> None:
        found = beside(rows.see(f"acme/overview?by={by}&slice={slice_}").html)
        assert {name for name, href, _ in found if href} == linked
        assert {name for name, href, _ in found if not href} == alone


class TestYesterday:
    @pytest.fixture
    def day(self, own: Pages) -> Seen:
        """Now, after a day that brought tickets of both directions, a resolution and a reopening."""
        account = own.house.account("acme")
        assert account is not None
        tell(
            own.runtime,
            account,
            *(ticket(f"y{n}", f"2026-03-17 1{n}:00") for n in range(3)),
            ticket("z", "2026-03-17 09:00", resolved=60),
            [event("status.changed", "z", at("2026-03-17 12:00"), status="open", by="customer")],
            [
                event("ticket.created", "ours", at("2026-03-17 08:00"), channel="email", by="agent"),
                event("message.sent", "ours", at("2026-03-17 08:00"), by="agent", author="7", public=True),
            ],
        )
        return own.see("acme/")

    def test_each_link_leads_to_the_value_it_stands_on(self, own: Pages, day: Seen) -> None:
        numbers = re.findall(r'<dt>([^<]+)</dt><dd><a class="main" href="([^"]+)">([^<]+)</a>', day.html)
        assert [(name, value) for name, _, value in numbers] == [
            ("Tickets", "4"), ("Opened by us", "1"), ("Resolved", "1"), ("Reopened", "1"),
            ("Change in open tickets", "+5"),
        ]  # fmt: skip
        for name, href, value in numbers[:-1]:
            page = own.see(without_token(unescape(href)).removeprefix("/panel/")).html
            assert (name, main_value(page)) == (name, [value])

    def test_tickets_of_our_own_are_told_where_there_are_any(self, own: Pages) -> None:
        assert "Opened by us" not in own.see("acme/").texts("dt")


class TestLists:
    @pytest.fixture
    def many(self, own: Pages, monkeypatch: pytest.MonkeyPatch) -> Seen:
        """Now, with fourteen calls to come back to and fourteen late tickets, of which twelve each are listed."""
        account = own.house.account("acme")
        assert account is not None
        monkeypatch.setattr("workers.now.missed._LISTED", 12)
        monkeypatch.setattr("workers.now.waiting._LISTED", 12)
        tell(
            own.runtime,
            account,
            *(lost(f"call{n}", f"2026-03-18 09:{n + 10}") for n in range(14)),
            *(ticket(f"late{n}", f"2026-03-18 06:{n + 10}", channel="web_form") for n in range(14)),
            *(ticket(f"old{n}", f"2026-03-17 06:{n + 10}", channel="web_form") for n in range(14)),
        )
        return own.see("acme/")

    @pytest.mark.parametrize(("place", "listed"), [("missed", 12), ("due", 24)])
    def test_what_is_not_seen_at_once_opens_and_the_rest_is_counted(self, many: Seen, place: str, listed: int) -> None:
        part = many.html.split(f'<section aria-labelledby="{place}">')[1].split("</section>")[0]
        said, first, opened = part.partition("<ul")[0], *part.split("<details>")
        assert (len(re.findall("<li>", first)), len(re.findall("<li>", opened))) == (8, listed - 8)
        (more,) = map(int, re.findall(r"(\d+) more are not listed", opened))
        assert sum(map(int, re.findall(r"(\d+) (?:calls|tickets are due|are late)", said))) == listed + more > listed

    def test_where_all_is_listed_nothing_is_said_of_more(self, own: Pages) -> None:
        assert "not listed" not in own.see("acme/").text


class TestFigure:
    def test_of_another_year_the_day_of_a_ticket_says_so(self, own: Pages) -> None:
        account = own.house.account("acme")
        assert account is not None
        tell(own.runtime, account, ticket("old", "2025-12-30 10:00"), ticket("new", "2026-01-02 10:00"))
        seen = own.see("acme/figure/ticket_volume?tab=tickets&period=days&from=2025-12-01&to=2026-01-31")
        assert {"30 December 2025", "2 January"} <= set(seen.texts("td"))

    def test_answers_on_unlike_scales_are_not_nothing(self, own: Pages) -> None:
        account = own.house.account("acme")
        assert account is not None
        for number in range(40):
            story = ticket(f"u{number}", f"2026-03-12 {number % 10 + 8:02}:30")
            given = answer(f"u{number}", at("2026-03-13 10:00"), kind="csat", score=4, scale=[1, 7], survey="csat")
            tell(own.runtime, account, [*story, given])
        seen = own.see("acme/figure/csat?period=28")
        assert "Nothing was counted in these days." not in seen.text
        assert "All channels: 59 answers on different scales, not put together." in seen.text
        assert "The answers are on different scales" not in seen.text

    def test_its_tickets_are_those_that_count(self, own: Pages) -> None:
        seen = own.see("acme/figure/csat?tab=tickets")
        listed = [text.split(" ")[0] for text in seen.texts("th", scope="row")]
        assert sorted(listed) == sorted(["again", *(f"w{n}" for n in range(7)), *(f"c{n}" for n in range(4))])
        assert {"https://desk.example/agent/tickets/w0"} <= {
            each.attributes.get("href", "") for each in seen.all("a", target="_blank")
        }

    def test_pages_of_tickets_follow_each_other_without_gap_or_repetition(self, busy: Pages) -> None:
        address, found = "acme/figure/ticket_volume?tab=tickets&period=28", []
        for _ in range(20):
            seen = busy.see(address)
            found += seen.texts("th", scope="row")
            more = [link for link in seen.links() if "after=" in link]
            if not more:
                break
            address = more[0].removeprefix("/panel/")
        assert len(found) == len(set(found)) == int(values(busy.see("acme/overview?period=28").html)["Tickets"])

    def test_the_explanation_goes_from_all_tickets_to_those_that_count(self, own: Pages) -> None:
        seen = own.see("acme/figure/answered_within_target?tab=explanation")
        steps = seen.texts("li")
        assert any(step.startswith("Tickets of these days") for step in steps)
        assert any(step.startswith("Tickets that count") for step in steps)
        assert "definition" in seen.text
        assert seen.texts("dt")[:3] == ["Definition", "Formula", "Counted on the day of"]

    def test_of_a_slice_only_its_tickets_are_shown(self, own: Pages) -> None:
        seen = own.see("acme/figure/csat?tab=tickets&slice=channel:chat")
        assert [text.split(" ")[0] for text in seen.texts("th", scope="row")] == ["c0", "c1", "c2", "c3"]
        assert "Chat" in seen.texts("h1")[0]

    def test_a_slice_that_cannot_be_is_refused_in_a_sentence(self, own: Pages) -> None:
        assert "there is no slice planet:mars" in own.see("acme/figure/csat?slice=planet:mars").text


class TestAsReported:
    def test_what_changed_since_a_week_was_told_is_said_with_the_reason(self, own: Pages) -> None:
        assert "As reported" not in own.see("acme/overview").text
        keep_report(own.runtime, "acme", WEEKLY, period_of("week", today=DAY).first)
        assert "As reported on 18 March: unchanged" in own.see("acme/overview").text
        account = own.house.account("acme")
        assert account is not None
        tell(own.runtime, account, [event("status.changed", "w3", at("2026-03-18 11:00"), status="spam")])
        seen = own.see("acme/overview")
        assert "As reported on 18 March: 12 tickets. Now 11: 1 spam" in seen.text
        assert "As reported" not in own.see("acme/overview?slice=channel:email").text


class TestWhatMadeIt:
    def pictures(self, pages: Pages, **total: object) -> list[str]:
        account = pages.house.account("acme")
        assert account is not None
        with sight(pages.runtime.database, account, speech(), now=NOW) as seen:
            asked = asked_of({"period": "28"}, today=DAY)
            drawing = _Drawing(seen, asked, "csat", "CSAT", (), total)
            return [picture.finding for picture in _what_made_it(drawing)]

    def test_a_change_that_was_called_is_split_by_channel(self, busy: Pages) -> None:
        (finding,) = self.pictures(busy, verdict={"kind": "worse"})
        assert any(channel in finding for channel in ("E-mail", "Chat", "Voice", "Web form", "Messaging"))

    @pytest.mark.parametrize("kind", ["no clear change", "not tested", "too few"])
    def test_what_no_test_has_called_is_not_explained(self, busy: Pages, kind: str) -> None:
        assert self.pictures(busy, verdict={"kind": kind}) == []


class TestAnswers:
    def test_the_newest_come_first_with_their_words(self, own: Pages) -> None:
        seen = own.see("acme/answers?period=28")
        assert "Not <b>good</b>" in seen.texts("blockquote")
        dates = re.findall(r"(\d+) March 2026, \d\d:\d\d ·", seen.text)
        assert [int(day) for day in dates] == sorted((int(day) for day in dates), reverse=True)

    def test_one_that_was_replaced_is_shown_with_the_reason(self, own: Pages) -> None:
        seen = own.see("acme/answers?period=28&show=out")
        assert len(seen.all("blockquote")) == 0
        assert "not counted: Replaced by a later answer" in seen.text or "There are no such answers" in seen.text

    def test_negative_ones_alone(self, own: Pages) -> None:
        seen = own.see("acme/answers?period=28&show=negative")
        assert seen.text.count("CSAT 1 on 1 to 5") == 4
        assert "CSAT 4 on 1 to 5" not in seen.text

    def test_a_lead_takes_an_answer_out_and_puts_it_back(self, own: Pages) -> None:
        which = {"ticket": "c0", "kind": "csat", "survey": "csat", "period": "28"}
        assert own.send("acme/answers", **which, judged="doubt").status_code == 303
        out = own.see("acme/answers?period=28&show=out")
        assert "not counted" in out.text
        assert "Not <b>good</b>" in out.text
        assert own.send("acme/answers", **which, judged="restore").status_code == 303
        assert "Not <b>good</b>" not in own.see("acme/answers?period=28&show=out").text

    @pytest.mark.parametrize("query", ["kind=csat&period=28&show=comments", "period=28", "kind=csat&period=28"])
    def test_after_it_the_same_list_is_shown(self, own: Pages, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
        monkeypatch.setattr("plugin.panel.views.answers._PAGE", 2)
        (more,) = [link for link in own.see(f"acme/answers?{query}").links() if "after=" in link]
        form = own.see(more.removeprefix("/panel/")).html.split('class="judge">')[1].split("</form>")[0]
        sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
        back = without_token(own.send("acme/answers", **sent).headers["Location"])
        assert dict(parse_qsl(urlsplit(back).query)) == dict(parse_qsl(urlsplit(more).query))

    def test_a_viewer_cannot(self, own: Pages) -> None:
        sent = {"ticket": "c0", "kind": "csat", "survey": "csat", "judged": "doubt"}
        assert own.send("acme/answers", role="viewer", **sent).status_code == 403
        assert "Do not count it" not in own.see("acme/answers?period=28", role="viewer").text


class TestNow:
    def test_who_waits_is_counted_and_named(self, own: Pages) -> None:
        seen = own.see("acme/")
        assert "Customers who wait for us 1" in seen.text
        assert "1 ticket is due in the next 4 hours; 0 are late." in seen.text
        assert "today" in seen.text

    def test_negative_answers_are_to_be_followed_up(self, own: Pages) -> None:
        seen = own.see("acme/")
        assert "Unhappy customers to contact" in seen.text
        assert "Not <b>good</b>" in seen.texts("blockquote")

    def test_without_anything_it_says_that_nothing_is_to_do(self, busy: Pages) -> None:
        text = busy.see("empty/").text
        for said in ("Nobody waits.", "No call and no chat was missed", "No negative answer waits"):
            assert said in text


class TestTicket:
    def test_it_tells_what_was_measured_and_answered(self, own: Pages) -> None:
        seen = own.see("acme/ticket/c0")
        assert "First response" in seen.texts("dt")
        assert "1 min" in seen.texts("dd")
        assert "CSAT 1 on 1 to 5" in seen.text

    def test_it_tells_how_long_the_customer_waits_and_until_when(self, own: Pages) -> None:
        text = own.see("acme/ticket/today").text
        assert "The customer has waited for 3 h." in text
        assert "The first response is due on 18 March 2026, 14:00." in text

    def test_one_that_is_late_says_so(self, own: Pages) -> None:
        account = own.house.account("acme")
        assert account is not None
        tell(own.runtime, account, ticket("late", "2026-03-18 06:00"))
        assert "The first response is late by 2 h." in own.see("acme/ticket/late").text

    def test_one_that_is_not_known_is_404_with_a_sentence(self, own: Pages) -> None:
        answer = own.ask("acme/ticket/nothing")
        assert answer.status_code == 404
        assert "Nothing is known of this ticket yet." in answer.text

    def test_another_accounts_ticket_is_not_known(self, own: Pages) -> None:
        account = own.house.account("other")
        assert account is not None
        tell(own.runtime, account, ticket("theirs", "2026-03-18 06:00"))
        assert own.ask("acme/ticket/theirs").status_code == 404
        assert own.ask("other/ticket/theirs").status_code == 200


class TestPeriods:
    @pytest.mark.parametrize(
        ("stretch", "first", "last"),
        [
            ("today", "2026-03-18", "2026-03-18"), ("yesterday", "2026-03-17", "2026-03-17"),
            ("week", "2026-03-09", "2026-03-15"), ("month", "2026-02-01", "2026-02-28"),
            ("7", "2026-03-11", "2026-03-17"), ("28", "2026-02-18", "2026-03-17"),
        ],
    )  # fmt: skip
    def test_each_stretch_is_of_these_days(self, stretch: str, first: str, last: str) -> None:
        found = period_of(stretch, today=DAY)
        assert (date_of(found.first).isoformat(), date_of(found.last).isoformat()) == (first, last)

    @pytest.mark.parametrize("stretch", [each for each in STRETCHES if each != "days"])
    def test_an_address_says_what_was_asked(self, stretch: str) -> None:
        asked = asked_of({"period": stretch}, today=DAY)
        assert asked_of(asked.values, today=DAY) == asked

    def test_days_of_ones_own(self) -> None:
        asked = asked_of({"period": "days", "from": "2026-03-01", "to": "2026-03-04"}, today=DAY)
        assert (asked.period, asked.wrong) == (Period(day_of(date_of(DAY).replace(day=1)), DAY - 14), "")
        assert asked_of(asked.values, today=DAY) == asked

    @pytest.mark.parametrize(
        ("first", "last"), [("", ""), ("2026-03-04", "2026-03-01"), ("x", "y"), ("2020-01-01", "2026-01-01")]
    )
    def test_days_that_are_none_are_told_and_the_usual_ones_shown(self, first: str, last: str) -> None:
        asked = asked_of({"period": "days", "from": first, "to": last}, today=DAY)
        assert asked.stretch == USUAL
        assert str(MOST_DAYS) in asked.wrong.format(days=MOST_DAYS)


class TestWords:
    def test_below_five_there_are_counts_and_no_percentage(self) -> None:
        few = {"value": 50.0, "unit": "%", "n": 4, "numerator": 2, "denominator": 4, "low": 10.0, "high": 90.0}
        found = shown(speech(), "csat", few)
        assert (found.main, found.details) == ("2 of 4", ("too few for a percentage",))

    def test_what_is_not_all_is_never_rounded_to_all(self) -> None:
        nearly = {"value": 99.6, "unit": "%", "n": 250, "numerator": 249, "denominator": 250, "low": 98.0, "high": 99.9}
        assert shown(speech(), "csat", nearly).main == "99.6%"

    def test_nothing_is_a_dash(self) -> None:
        assert main(speech(), {"value": None, "unit": "%", "n": 0}) == "–"

    @pytest.mark.parametrize(
        ("verdict", "word", "tone"),
        [
            ("better", "Clear change for the better", "better"), ("worse", "Clear change for the worse", "worse"),
            ("higher", "Clearly more", "clear"), ("no clear change", "No clear change", "plain"),
            ("not tested", "Differs, not tested", "plain"), ("too few", "Too few to compare", "plain"),
        ],
    )  # fmt: skip
    def test_a_verdict_is_a_word_and_only_a_clear_one_has_an_arrow(self, verdict: str, word: str, tone: str) -> None:
        figure = {
            "value": 80.0, "unit": "%", "n": 100, "numerator": 80, "denominator": 100, "low": 71.0, "high": 87.0,
            "verdict": {"kind": verdict, "difference": -5.0, "low": -9.0, "high": -1.0},
        }  # fmt: skip
        change = shown(speech(), "csat", figure, {**figure, "value": 85.0}).change
        assert change is not None
        assert (change.word, change.tone, bool(change.glyph)) == (word, tone, tone != "plain")
        assert change.size == "−5 points from 85%, likely −9 points to −1 point"

    @pytest.mark.parametrize(
        ("value", "unit", "text"), [(2.5, "%", "+2.5 points"), (-90, "s", "−1 min 30 s"), (0, "tickets", "±0")]
    )
    def test_a_difference_has_a_sign(self, value: float, unit: str, text: str) -> None:
        assert signed(speech(), value, unit) == text


def test_the_clock_of_the_world_is_where_the_tests_think() -> None:
    assert at("2026-03-18 12:00") == NOW
