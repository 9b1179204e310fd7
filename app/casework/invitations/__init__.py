"""Sending one client a link to choose a time."""
