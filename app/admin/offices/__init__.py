"""Offices: where they are, when they are open, what is met there, and when they are closed."""
