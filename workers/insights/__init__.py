"""What a lead should do next: what changed and where, and where most is to be gained."""

from workers.insights.changes import SHARES as SHARES
from workers.insights.next import what_next as what_next
from workers.insights.shapes import Insight as Insight
from workers.insights.shapes import Place as Place
from workers.insights.slicing import split_of as split_of
