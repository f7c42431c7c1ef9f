"""Freshdesk by Freshworks."""
