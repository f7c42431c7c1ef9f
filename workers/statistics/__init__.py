"""How sure a figure is, and whether a change of it means anything; pure."""
