"""The page of a survey, from the link to the kept answer."""
