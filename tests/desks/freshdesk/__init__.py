"""Tests of the Freshdesk desk."""
