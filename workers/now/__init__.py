"""What a lead looks at first in the morning: who waits, what is late, whom to call back, and what is unusual."""
