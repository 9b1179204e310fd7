"""Booking for a client, from wherever staff are: one page that fills step by step."""
