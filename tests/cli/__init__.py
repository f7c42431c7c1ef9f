"""The command line, run inside the tests' own process and, where that matters, in one of its own."""
