"""How people come into the panel from their desk: one module a desk."""
