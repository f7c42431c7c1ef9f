"""Tests of the LiveAgent desk."""
