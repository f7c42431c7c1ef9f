"""Where digests go besides the desk: e-mail and Slack."""
