"""What holds for every picture, whatever it is made of."""

from __future__ import annotations

import pytest

from plugin.panel.charts.picture import Link
from tests.plugin.panel.charts.samples import CHARTS, ENGLISH, HOSTILE, of_every_chart
from tests.plugin.panel.pictures import drawn_texts, faults, of_class, table_texts, tree
from workers.wording.language import LANGUAGES, language

#: Charts of one shape, whatever is asked for.
FIXED = {"heat_table", "survey_funnel"}
WITHOUT_NAMES = {"duration_band", "sparkline", "created_and_resolved", "heat_table", "survey_funnel"}
WITHOUT_LINKS = {"sparkline", "mix_and_rate"}


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("n", [1, 2, 7, 50])
def test_a_picture_is_named_and_has_a_table_with_the_numbers_it_draws(chart: str, n: int) -> None:
    picture = of_every_chart(n=n)[chart](ENGLISH)
    assert faults(picture) == []
    assert len(picture.table.rows) >= (1 if chart in FIXED else n)


@pytest.mark.parametrize("chart", CHARTS)
def test_numbers_of_ten_millions_are_drawn(chart: str) -> None:
    picture = of_every_chart(n=5, times=10**6)[chart](ENGLISH)
    assert faults(picture) == []
    assert picture.svg


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("kind", ["zero", "empty"])
def test_where_nothing_was_counted_nothing_is_drawn_and_a_sentence_says_so(chart: str, kind: str) -> None:
    picture = of_every_chart(n=3, zero=True, empty=kind == "empty")[chart](ENGLISH)
    assert faults(picture) == []
    assert picture.finding.endswith(".")
    assert not picture.svg or chart == "mix_and_rate"


@pytest.mark.parametrize("chart", sorted(set(CHARTS) - FIXED - {"mix_and_rate"}))
def test_without_a_single_row_a_sentence_stands_alone(chart: str) -> None:
    picture = of_every_chart(n=0, zero=True, empty=True)[chart](ENGLISH)
    assert faults(picture) == []
    assert (picture.svg, picture.table.rows) == ("", ())
    assert len(picture.finding) > 10


@pytest.mark.parametrize("chart", CHARTS)
def test_a_hostile_name_is_text(chart: str) -> None:
    picture = of_every_chart(n=2, name=HOSTILE, href="javascript:alert(1)")[chart](ENGLISH)
    assert faults(picture) == []
    assert "<script" not in picture.svg
    assert list(tree(picture.svg).iter("a")) == []


@pytest.mark.parametrize("chart", sorted(set(CHARTS) - WITHOUT_NAMES))
def test_a_hostile_name_is_shown_as_it_is(chart: str) -> None:
    picture = of_every_chart(n=1, name=HOSTILE)[chart](ENGLISH)
    assert any(HOSTILE in text for text in drawn_texts(picture.svg))


@pytest.mark.parametrize("chart", sorted(set(CHARTS) - WITHOUT_LINKS))
def test_marks_and_rows_lead_to_their_tickets(chart: str) -> None:
    picture = of_every_chart(n=2, href="/panel/acme/tickets?day=1&slice=a")[chart](ENGLISH)
    assert faults(picture) == []
    links = list(tree(picture.svg).iter("a"))
    assert links
    assert {one.get("href") for one in links} == {"/panel/acme/tickets?day=1&slice=a"}


@pytest.mark.parametrize("chart", sorted(set(CHARTS) - WITHOUT_LINKS - {"heat_table"}))
def test_a_table_has_the_links_of_the_marks(chart: str) -> None:
    picture = of_every_chart(n=2, href="https://desk.example.com/7")[chart](ENGLISH)
    linked = [row for row in picture.table.rows if isinstance(row[0], Link)]
    assert len(linked) == 2
    assert all(cells for cells in table_texts(picture.table))


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_draws_the_numbers_of_its_table(chart: str, code: str) -> None:
    assert faults(of_every_chart(n=8, times=100)[chart](language(code))) == []


@pytest.mark.parametrize("chart", CHARTS)
def test_the_same_numbers_give_the_same_picture(chart: str) -> None:
    one, other = (of_every_chart(n=4)[chart](ENGLISH) for _ in range(2))
    assert one == other


def test_pictures_with_other_names_share_no_id() -> None:
    markups = [make(ENGLISH).svg for name in ("A", "B") for make in of_every_chart(n=3, name=name).values()]
    ids = [element.get("id") for markup in markups for element in tree(markup).iter() if element.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("chart", ["share_whiskers", "target_bullets", "three_parts"])
def test_every_row_of_fifty_is_there(chart: str) -> None:
    picture = of_every_chart(n=50)[chart](ENGLISH)
    assert len([row for row in of_class(picture.svg, "row") if len(row.get("class", "").split()) == 1]) == 50
