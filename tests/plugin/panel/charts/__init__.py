"""The pictures of the panel."""
