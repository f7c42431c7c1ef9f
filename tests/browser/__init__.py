"""The panel as a browser shows it, and the worlds that it shows."""
