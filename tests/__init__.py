"""Tests: every name is a sentence that states the expectation."""
