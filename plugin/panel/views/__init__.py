"""The panel's pages: each reads one snapshot, makes plain data of it, and leaves the rest to its template."""
