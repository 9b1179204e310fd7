"""Reminders: planned when they are due, once for each time, stopped with their meeting, and never when they are of no use."""
