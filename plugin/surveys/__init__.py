"""What a customer sees after a chat or a resolved ticket: one question, one tap, and a word of thanks."""
