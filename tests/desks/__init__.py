"""Tests of the desks: each inherits `contract.DeskContract`."""
