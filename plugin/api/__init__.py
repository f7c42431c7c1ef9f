"""The REST API: what the command line tells, over HTTP, to whoever holds a token of the account."""
