"""Mind: what happens after the door."""
