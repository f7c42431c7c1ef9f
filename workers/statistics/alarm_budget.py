"""How strict each test of change must be, so that an account sees few false alarms over all of them; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: At most so many false alarms a year over all tests of finished weeks and months of an account (docs/design.md).
FALSE_ALARMS_A_YEAR: Final = 4.0
#: At most so many a year, beside those, over all streams of answers that are watched for a lasting shift.
FALSE_SHIFTS_A_YEAR: Final = 2.0
#: No test is looser than the 95 % interval that is drawn beside it.
LOOSEST: Final = 0.05
WEEKS_A_YEAR: Final = 365.2425 / 7
_MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Watched:
    """How many streams (one metric of one row each) are tested at the end of every week, and of every month."""

    weekly: int
    monthly: int

    @property
    def tests_a_year(self) -> float:
        """How many tests these streams make in a year."""
        return self.weekly * WEEKS_A_YEAR + self.monthly * _MONTHS_A_YEAR

    @property
    def alpha(self) -> float:
        """How likely each test may call a change where there is none.

        The expected number of false alarms is the sum of these over all tests, however the tests depend on one
        another (C. E. Bonferroni, 1936, for expectations): 4 a year, spread evenly.
        """
        return min(LOOSEST, FALSE_ALARMS_A_YEAR / self.tests_a_year) if self.tests_a_year else LOOSEST
