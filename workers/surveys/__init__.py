"""Surveys that Deskpulse asks itself: who is asked when, by which link, and which answers are doubted."""
