"""Ears and hands: the desks, and the one language everybody above them speaks."""
