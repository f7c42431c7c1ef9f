"""What a lead changes in the panel: fields that become settings, checked as settings are everywhere."""
