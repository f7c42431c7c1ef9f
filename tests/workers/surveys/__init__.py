"""Surveys: who is asked, by which link, and which answers are doubted."""
