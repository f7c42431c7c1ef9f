"""The pages of the panel: what they say, and that their numbers are those of the reports."""
