"""Sparkline, hours of the week, flows and the funnel of a survey."""

from __future__ import annotations

import re

import pytest

from plugin.panel.charts.created_and_resolved import CreatedAndResolved, Flow, created_and_resolved
from plugin.panel.charts.heat_table import HeatTable, heat_table
from plugin.panel.charts.sparkline import Sparkline, SparkPoint, sparkline
from plugin.panel.charts.survey_funnel import FunnelStep, SurveyFunnel, survey_funnel
from tests.plugin.panel.charts.samples import ENGLISH, days
from tests.plugin.panel.pictures import drawn_texts, of_class, share, table_texts, tree
from workers.wording.language import language


def spark(*values: float | None, n: int = 100, unfinished: int | None = None) -> Sparkline:
    points = (
        SparkPoint(day, value, place == unfinished)
        for place, (day, value) in enumerate(zip(days(len(values)), values, strict=True))
    )
    return Sparkline("CSAT", tuple(points), n, "%")


class TestSparkline:
    def test_below_thirty_there_is_no_line(self) -> None:
        picture = sparkline(spark(70, 80, 90, n=29), ENGLISH)
        assert picture.svg == ""
        assert picture.finding == "Fewer than 30 in these days: too few for a trend."

    def test_from_thirty_on_there_is_one(self) -> None:
        picture = sparkline(spark(70, 80, 90, n=30), ENGLISH)
        assert len(of_class(picture.svg, "spark")) == 1
        assert picture.finding == "Between 70% and 90%; last 90% (Wednesday 18 November 2026)."

    def test_what_is_not_over_is_left_out(self) -> None:
        picture = sparkline(spark(70, 80, 10, unfinished=2), ENGLISH)
        [dot] = of_class(picture.svg, "dot")
        assert share(dot.get("cx")) == 0.5
        assert "last 80%" in picture.finding
        assert table_texts(picture.table)[2] == ["Wednesday 18 November 2026 (not over)", "10%"]

    def test_a_day_without_a_figure_breaks_the_line(self) -> None:
        assert len(of_class(sparkline(spark(70, 80, None, 75, 85), ENGLISH).svg, "spark")) == 2

    def test_a_level_line_lies_in_the_middle(self) -> None:
        [dot] = of_class(sparkline(spark(80, 80, 80), ENGLISH).svg, "dot")
        assert float(dot.get("cy", 0)) == 18

    def test_counts_start_at_zero(self) -> None:
        points = tuple(SparkPoint(day, value) for day, value in zip(days(2), (50.0, 100.0), strict=True))
        [line] = of_class(sparkline(Sparkline("Tickets", points, 150), ENGLISH).svg, "spark")
        first, last = (float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", line.get("d", "")))
        assert (31 - first) * 2 == pytest.approx(31 - last)


def hours(**cells: float | None) -> HeatTable:
    """Zero but for `d2h9=34`."""
    rows = tuple(tuple(cells.get(f"d{day}h{hour}", 0.0) for hour in range(24)) for day in range(7))
    return HeatTable("When tickets come in", "Europe/Zagreb", rows)


class TestHeatTable:
    def test_every_cell_has_its_number(self) -> None:
        markup = heat_table(hours(d1h10=34, d2h9=3), ENGLISH).svg
        cells = [one for one in tree(markup).iter("span") if re.fullmatch(r"heat-\d", one.get("class", ""))]
        assert len(cells) == 168
        assert [cell.text for cell in cells].count("0") == 166

    def test_the_finding_says_when_most_come(self) -> None:
        found = heat_table(hours(d1h10=34, d2h9=3), ENGLISH).finding
        assert found == "Most on Tuesday 10:00–11:00: 34."

    def test_the_zone_is_named(self) -> None:
        assert heat_table(hours(), ENGLISH).note == "Hours are those of Europe/Zagreb."

    def test_the_shade_follows_the_number(self) -> None:
        picture = heat_table(hours(d0h0=10, d0h1=20, d0h2=60, d0h3=100), ENGLISH)
        shades = [one.get("class") for one in tree(picture.svg).iter("span") if one.text in ("10", "20", "60", "100")]
        assert shades[-4:] == ["heat-1", "heat-1", "heat-3", "heat-5"]

    def test_what_is_not_known_is_no_zero(self) -> None:
        picture = heat_table(hours(d0h0=10, d6h0=None), ENGLISH)
        assert table_texts(picture.table)[6][1:3] == ["–", "0"]

    @pytest.mark.parametrize(
        ("most", "written", "note"),
        [(99_999, "99,999", ""), (10**7, "10,000", " In thousands."), (3 * 10**8, "300", " In millions.")],
    )
    def test_large_numbers_are_told_in_a_unit_that_fits(self, most: int, written: str, note: str) -> None:
        picture = heat_table(hours(d0h0=most), ENGLISH)
        assert picture.note == f"Hours are those of Europe/Zagreb.{note}"
        assert table_texts(picture.table)[0][1] == written
        assert written in drawn_texts(picture.svg)

    def test_means_keep_a_decimal_where_they_are_small(self) -> None:
        assert table_texts(heat_table(hours(d0h0=3.25, d0h1=12.5), ENGLISH).table)[0][1:3] == ["3.2", "12"]

    def test_only_cells_with_something_in_them_are_links(self) -> None:
        data = hours(d0h0=3)
        linked = HeatTable(data.name, data.zone, data.cells, (("/t",) * 24,) * 7)
        [link] = tree(heat_table(linked, ENGLISH).svg).iter("a")
        assert link.get("aria-label") == "Monday 00:00–01:00: 3"

    def test_the_last_hour_of_a_day_ends_at_midnight(self) -> None:
        assert "Sunday 23:00–00:00: 5" in heat_table(hours(d6h23=5), ENGLISH).finding


FLOWS = (
    Flow("2026-11-16", 40, 20, 100),
    Flow("2026-11-17", 20, 30, 120),
    Flow("2026-11-18", 10, 10, 110, unfinished=True),
)


class TestCreatedAndResolved:
    def test_the_finding_says_how_the_backlog_changed(self) -> None:
        assert created_and_resolved(CreatedAndResolved("Flow", FLOWS), ENGLISH).finding == (
            "70 created, 60 resolved; the backlog is 110 (+10 since the first of these days)."
        )

    def test_the_lines_differ_by_shape(self) -> None:
        svg = created_and_resolved(CreatedAndResolved("Flow", FLOWS), ENGLISH).svg
        assert {one.tag for one in of_class(svg, "dot-1")} == {"circle"}
        assert {one.tag for one in of_class(svg, "dot-2")} == {"rect"}
        assert len(of_class(svg, "dot-1")) == len(of_class(svg, "dot-2")) == 4  # one is in the legend

    def test_the_line_lies_at_the_counts(self) -> None:
        svg = created_and_resolved(CreatedAndResolved("Flow", FLOWS), ENGLISH).svg
        path = next(one for one in of_class(svg, "line-1") if one.tag == "path")
        first, second, third = (float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path.get("d", "")))
        assert (second - first) == pytest.approx(2 * (third - second))

    def test_the_backlog_is_a_step_for_each_day(self) -> None:
        [edge] = of_class(created_and_resolved(CreatedAndResolved("Flow", FLOWS), ENGLISH).svg, "stock-edge")
        points = re.findall(r"[ML]([\d.]+) ([\d.]+)", edge.get("d", ""))
        assert [x for x, _ in points] == ["0", "1", "1", "2", "2", "3"]
        assert len({y for _, y in points}) == 3

    def test_without_a_backlog_only_the_flow_is_told(self) -> None:
        flows = tuple(Flow(flow.when, flow.created, flow.resolved) for flow in FLOWS)
        picture = created_and_resolved(CreatedAndResolved("Flow", flows), ENGLISH)
        assert picture.finding == "70 created, 60 resolved."
        assert of_class(picture.svg, "stock") == []
        assert "Backlog" not in [*drawn_texts(picture.svg), *picture.table.head]

    def test_a_gap_breaks_the_line(self) -> None:
        flows = (*FLOWS, Flow("2026-11-19", None, None), *FLOWS)
        svg = created_and_resolved(CreatedAndResolved("Flow", flows), ENGLISH).svg
        assert len([one for one in of_class(svg, "line-1") if one.tag == "path"]) == 2

    def test_a_lonely_day_among_ninety_is_a_point(self) -> None:
        flows = [Flow(day, None, None) for day in days(90)]
        flows[40] = Flow(flows[40].when, 7, None)
        svg = created_and_resolved(CreatedAndResolved("Flow", tuple(flows)), ENGLISH).svg
        assert [one.get("class") for one in of_class(svg, "dot-1")][1:] == ["dot-1"]

    def test_the_day_that_is_not_over_is_hatched(self) -> None:
        picture = created_and_resolved(CreatedAndResolved("Flow", FLOWS), ENGLISH)
        grounds = [one for one in tree(picture.svg).iter("rect") if one.get("fill", "").endswith("-u)")]
        assert len(grounds) == 1
        assert picture.note == "What is hatched is not whole: it is not over yet, or these days begin within it."


def funnel(*counts: int | None) -> SurveyFunnel:
    names = ("Sent", "Opened", "Answered", "Commented")
    return SurveyFunnel("Survey", tuple(FunnelStep(*step) for step in zip(names, counts, strict=True)), 2)


class TestSurveyFunnel:
    def test_the_bars_are_shares_of_what_was_sent(self) -> None:
        bars = of_class(survey_funnel(funnel(800, 400, 200, 50), ENGLISH).svg, "mark-1")
        assert [share(bar.get("width")) for bar in bars] == [1, 0.5, 0.25, 0.0625]

    def test_who_did_not_answer_is_in_the_finding(self) -> None:
        assert survey_funnel(funnel(800, 400, 200, 50), ENGLISH).finding == (
            "200 of 800 surveys were answered (25%); 600 were not, and what they think is not known."
        )

    def test_what_the_desk_does_not_tell_is_no_zero(self) -> None:
        picture = survey_funnel(funnel(800, None, 200, 50), ENGLISH)
        assert table_texts(picture.table)[1] == ["Opened", "not told", ""]
        assert len(of_class(picture.svg, "faint")) == 1

    @pytest.mark.parametrize(
        ("sent", "answered", "finding"),
        [
            (0, 0, "No surveys were sent in these days."),
            (None, 12, "How many surveys were answered cannot be told, for the desk does not say what it sent."),
            (None, None, "How many surveys were answered cannot be told, for the desk does not say what it sent."),
        ],
    )
    def test_without_what_was_sent_there_is_no_share(
        self, sent: int | None, answered: int | None, finding: str
    ) -> None:
        picture = survey_funnel(funnel(sent, None, answered, None), ENGLISH)
        assert picture.finding == finding
        assert "%" not in str(picture.table)

    def test_more_answers_than_surveys_stay_in_their_place(self) -> None:
        picture = survey_funnel(funnel(10, None, 14, 2), ENGLISH)
        assert max(share(bar.get("width")) for bar in of_class(picture.svg, "mark-1")) == 1
        assert "0 were not" in picture.finding

    def test_lithuanian_writes_its_own_per_cent(self) -> None:
        assert "25\u00a0%" in survey_funnel(funnel(800, 400, 200, 50), language("lt")).finding
