"""Zammad, tested."""
