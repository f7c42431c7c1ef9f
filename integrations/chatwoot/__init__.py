"""Chatwoot, hosted or one's own."""
