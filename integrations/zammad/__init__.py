"""Zammad: signed webhooks that may be late, a history of every ticket, tags one by one."""
