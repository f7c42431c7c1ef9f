"""Face: what a desk, a customer and a support lead meet over HTTP."""
