"""Any other desk: canonical events come in by webhook, and a small bridge lets us ask and write."""
