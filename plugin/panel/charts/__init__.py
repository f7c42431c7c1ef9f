"""Honest pictures: each chart is a pure function from plain numbers to a name, a finding, marks and an equal table."""
