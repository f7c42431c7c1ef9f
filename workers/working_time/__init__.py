"""When an account works, and how much of that lies between two moments."""
