"""Tests against running software: real desks, and Deskpulse as a whole."""
