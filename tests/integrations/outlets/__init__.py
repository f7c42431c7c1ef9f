"""Tests of what carries digests out of the house."""
