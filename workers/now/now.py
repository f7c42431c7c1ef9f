"""What is to be seen at this moment, put together from the rows of tickets and from the figures."""

from __future__ import annotations

from workers.now.page import Attainment as Attainment
from workers.now.page import Breaching as Breaching
from workers.now.page import DayCounts as DayCounts
from workers.now.page import DueTicket as DueTicket
from workers.now.page import Expected as Expected
from workers.now.page import ExpectedHour as ExpectedHour
from workers.now.page import MissedContact as MissedContact
from workers.now.page import NotCalledBack as NotCalledBack
from workers.now.page import NowPage as NowPage
from workers.now.page import Spike as Spike
from workers.now.page import WaitingHere as WaitingHere
