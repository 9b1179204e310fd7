"""The staff's calendar, and moving appointments by hand."""
