"""The page of all metrics, `docs/metrics.md`, written from them: `python -m workers.metrics.documented`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from workers.metrics import METRICS, METRICS_VERSION
from workers.metrics.base import Metric

PAGE: Final = Path("docs/metrics.md")

_HEAD: Final = f"""# Metrics

Every figure says how many tickets, answers or surveys stand behind it (`n`). Shares are percentages with their
95 % Wilson interval; durations are seconds, told as median, 90th percentile (from 20 values) and mean, the
median with its order-statistic interval (from 6). Below five answers there are counts and no percentage. A figure
of nothing is null, never zero. Days are cut in the account's time zone.

*Elsewhere* tells how others count the same thing, as far as their documentation or code was read; where it says
"not verified", only what others write of it was.

This page is written from the definitions in `workers/metrics/` (version {METRICS_VERSION}).
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_entry(metric) for metric in METRICS)])


def _entry(metric: Metric) -> str:
    figures = ", ".join(f"`{name}`" for name in metric.figures)
    return f"""## {metric.title}

{metric.definition}

| | |
|---|---|
| figures | {figures} |
| formula | {metric.formula} |
| a ticket's period | {metric.cohort} |
| left out | {metric.exclusions} |
| source | {metric.source} |

*Example.* {metric.example}

*Elsewhere.* {metric.elsewhere}
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
