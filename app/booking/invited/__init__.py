"""One client is sent a link to choose a time for a service by a date."""
