"""Who may see the panel, and what proves it: users, sign-ins, tokens, roles, frames."""
