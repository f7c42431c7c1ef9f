"""Tests of the room that all desks share."""
