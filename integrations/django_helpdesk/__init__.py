"""django-helpdesk: webhooks that carry the whole ticket, a token API, tags in a custom field."""
