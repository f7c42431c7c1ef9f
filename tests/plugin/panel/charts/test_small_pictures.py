"""Sparkline, hours of the week, flows and the funnel of a survey."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from plugin.panel.charts.created_and_resolved import CreatedAndResolved, Flow, created_and_resolved
from plugin.panel.charts.heat_table import HeatTable, heat_table
from plugin.panel.charts.sparkline import Sparkline, SparkPoint, Unit, sparkline
from plugin.panel.charts.survey_funnel import SurveyFunnel, survey_funnel
from tests.plugin.panel.charts.samples import ENGLISH, days
from tests.plugin.panel.pictures import drawn_texts, of_class, share, table_texts, tree
from workers.wording.language import language


def spark(*values: float | None, n: int = 34) -> Sparkline:
    points = (SparkPoint(week, value, n) for week, value in zip(weeks(len(values)), values, strict=True))
    return Sparkline("CSAT", tuple(points), "%")


def weeks(n: int) -> list[str]:
    return [f"2026-W{week}" for week in range(47 - n, 47)]


class TestSparkline:
    def test_below_thirty_there_is_no_line(self) -> None:
        picture = sparkline(
            Sparkline("CSAT", (SparkPoint("2026-W45", 70, 14), SparkPoint("2026-W46", 80, 15))), ENGLISH
        )
        assert picture.svg == ""
        assert picture.finding == "Fewer than 30 in these weeks: too few for a trend."

    def test_from_thirty_on_there_is_one(self) -> None:
        picture = sparkline(spark(70, 80, 90, n=10), ENGLISH)
        assert len(of_class(picture.svg, "spark")) == 1
        assert picture.finding == "Between 70% and 90%; last 90% (Week 46, 2026)."
        assert table_texts(picture.table)[2] == ["Week 46, 2026", "90%", "10"]

    def test_the_last_dot_is_the_last_week_that_has_a_figure(self) -> None:
        picture = sparkline(spark(70, 80, None), ENGLISH)
        [dot] = of_class(picture.svg, "dot")
        assert share(dot.get("cx")) == 0.5
        assert "last 80%" in picture.finding
        assert table_texts(picture.table)[2][1] == "–"

    def test_a_single_week_is_no_line(self) -> None:
        picture = sparkline(spark(None, 80, None), ENGLISH)
        assert (picture.svg, picture.finding) == ("", "There are no two weeks to compare.")

    def test_where_answers_are_on_unlike_scales_this_is_why_there_is_no_line(self) -> None:
        data = replace(spark(None, 80, None), unlike=True)
        assert sparkline(data, ENGLISH).finding == "The answers are on different scales, so there is no line of them."
        assert sparkline(replace(spark(70, 80), unlike=True), ENGLISH).svg

    def test_a_week_without_a_figure_breaks_the_line(self) -> None:
        assert len(of_class(sparkline(spark(70, 80, None, 75, 85), ENGLISH).svg, "spark")) == 2

    def test_a_level_line_lies_in_the_middle(self) -> None:
        [dot] = of_class(sparkline(spark(80, 80, 80), ENGLISH).svg, "dot")
        assert float(dot.get("cy", 0)) == 18

    @pytest.mark.parametrize(("unit", "part"), [("", 0.5), ("points", 0.0), ("s", 0.0)])
    def test_only_counts_start_at_zero(self, unit: Unit, part: float) -> None:
        points = tuple(SparkPoint(week, value, 75) for week, value in zip(weeks(2), (50.0, 100.0), strict=True))
        [line] = of_class(sparkline(Sparkline("Tickets", points, unit), ENGLISH).svg, "spark")
        first, last = (float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", line.get("d", "")))
        assert (31 - first) == pytest.approx((31 - last) * part)

    def test_a_count_is_told_once(self) -> None:
        table = sparkline(
            Sparkline("Tickets", (SparkPoint("2026-W45", 70, 70), SparkPoint("2026-W46", 80, 80))), ENGLISH
        )
        assert table_texts(table.table) == [["Week 45, 2026", "70"], ["Week 46, 2026", "80"]]


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


def funnel(
    sent: int = 1000, over: int = 800, answered: int = 200, given: int | None = 250, commented: int | None = 50,
    counted: int = 240, held_back: tuple[tuple[str, int], ...] = (),
) -> SurveyFunnel:  # fmt: skip
    return SurveyFunnel("Survey", sent, over, answered, given, commented, counted, held_back)


class TestSurveyFunnel:
    def test_all_bars_are_on_one_scale(self) -> None:
        bars = of_class(survey_funnel(funnel(), ENGLISH).svg, "mark-1")
        assert [share(bar.get("width")) for bar in bars] == [1, 0.8, 0.2, 0.25, 0.05, 0.24]

    def test_each_share_says_of_how_many(self) -> None:
        assert table_texts(survey_funnel(funnel(), ENGLISH).table) == [
            ["Surveys sent", "1,000", "–"],
            ["Sent at least 7 days ago", "800", "80% of 1,000"],
            ["Answered within 7 days", "200", "25% of 800"],
            ["Answers given in these days", "250", "–"],
            ["With a comment", "50", "20% of 250"],
            ["Answers that count", "240", "96% of 250"],
        ]

    @pytest.mark.parametrize(
        ("data", "finding"),
        [
            (funnel(), "200 of 800 surveys were answered within 7 days (25%)."),
            (funnel(4, 4, 3), "3 of 4 surveys were answered within 7 days."),
            (funnel(9, 0, 0), "None of these surveys was sent at least 7 days ago: nothing is decided yet."),
            (
                funnel(0, 0, 0),
                "No survey that was sent in these days is known: how many were answered cannot be told.",
            ),
            (funnel(0, 0, 0, 0, 0, 0), "There were neither surveys nor answers in these days."),
        ],
    )
    def test_it_says_what_is_decided_and_no_more(self, data: SurveyFunnel, finding: str) -> None:
        assert survey_funnel(data, ENGLISH).finding == finding

    @pytest.mark.parametrize(
        ("data", "note"),
        [
            (funnel(8, 8, 8, 0, 0, 0), ""),
            (funnel(9, 8, 8, 0, 0, 0), "For 1 survey the 7 days are not over yet."),
            (funnel(8, 8, 6, 0, 0, 0), "What those who did not answer think is not known."),
            (funnel(8, 8, 8, 9, 0, 9), "Answers stand on the day they were given, whenever their survey was sent."),
            (
                funnel(0, 0, 0, 9, 0, 9, (("asked_lately", 1), ("not_sampled", 2))),
                (
                    "1 survey was held back: the customer was asked a few days ago. "
                    "2 surveys were held back: not among the share that is asked."
                ),
            ),
        ],
    )
    def test_what_else_one_must_know_is_said(self, data: SurveyFunnel, note: str) -> None:
        assert survey_funnel(data, ENGLISH).note == note

    def test_surveys_that_are_not_known_have_no_rows(self) -> None:
        rows = table_texts(survey_funnel(funnel(0, 0, 0), ENGLISH).table)
        assert [row[0] for row in rows] == ["Answers given in these days", "With a comment", "Answers that count"]

    def test_what_is_not_known_of_a_slice_is_left_out(self) -> None:
        rows = table_texts(survey_funnel(funnel(8, 8, 2, None, None, 7), ENGLISH).table)
        assert rows[2:] == [["Answers that count", "7", "–"]]

    def test_below_five_there_is_no_percentage(self) -> None:
        picture = survey_funnel(funnel(4, 4, 1, 4, 2, 3), ENGLISH)
        assert "%" not in "".join([picture.finding, picture.note, str(picture.table), *drawn_texts(picture.svg)])

    def test_lithuanian_writes_its_own_per_cent(self) -> None:
        assert "25\u00a0%" in survey_funnel(funnel(), language("lt")).finding
