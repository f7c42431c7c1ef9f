"""The page of the metrics is generated and current."""

from __future__ import annotations

from pathlib import Path

from workers.metrics import METRICS
from workers.metrics.documented import PAGE, page

ROOT = Path(__file__).parents[2]


def test_the_generated_page_of_the_metrics_is_current() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page()


def test_the_readme_tells_how_many_metrics_there_are() -> None:
    assert f"{len(METRICS)} metrics" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_metric_and_figure_has_its_entry_on_the_generated_page() -> None:
    for metric in METRICS:
        assert f"## {metric.title}" in page()
        assert all(f"`{name}`" in page() for name in metric.figures)
